/** What stands between workers and a vendor to keep work in the middle for as long as is wanted: each worker has an entrance of its own. */
import { createServer, type IncomingMessage, type Server, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request as it came; `answeredAt` stays null while it is held, and for ever when its sender has died. Epoch ms. */
export interface Passing {
  readonly entrance: string;
  readonly method: string;
  readonly path: string;
  readonly at: number;
  answeredAt: number | null;
}

/** Resolves when the request may go on. `before` the vendor has seen it, or `after` the vendor has done it. */
export type Hold = (passing: Passing, stage: 'before' | 'after') => Promise<void> | void;

export interface SlowDoor {
  /** A URL of its own for whoever is called that. */
  entrance(name: string): Promise<string>;
  /** All that came, oldest first. */
  readonly passed: readonly Passing[];
  hold: Hold;
  close(): Promise<void>;
}

export async function slowDoor(target: string): Promise<SlowDoor> {
  const passed: Passing[] = [];
  const servers: Server[] = [];
  const door: SlowDoor = {
    passed,
    hold: () => undefined,
    async entrance(name) {
      const server = createServer((incoming, outgoing) => {
        const { method = 'GET', url = '/' } = incoming;
        const passing: Passing = { entrance: name, method, path: url, at: Date.now(), answeredAt: null };
        passed.push(passing);
        void (async () => {
          const body = await bodyOf(incoming);
          await door.hold(passing, 'before');
          const { host: _host, ...headers } = incoming.headers;
          const answer = await asked(`${target}${url}`, method, headers, body);
          await door.hold(passing, 'after');
          passing.answeredAt = Date.now();
          outgoing.writeHead(answer.status, { 'content-type': answer.type }).end(answer.body);
        })().catch(() => outgoing.destroy());
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      servers.push(server);
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    async close() {
      for (const server of servers) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
  return door;
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly body: Buffer;
}

function asked(url: string, method: string, headers: IncomingMessage['headers'], body: Buffer): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const onward = send(url, { method, headers, agent: false }, (reply) => {
      const type = reply.headers['content-type'] ?? 'application/json';
      bodyOf(reply).then((text) => resolve({ status: reply.statusCode ?? 502, type, body: text }), reject);
    });
    onward.once('error', reject);
    onward.end(body);
  });
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of message) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
}
