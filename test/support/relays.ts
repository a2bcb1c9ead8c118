/**
 * What stands between an adapter and its server, to let things happen that a network does: somebody else changes a record
 * between our read and our write, and an answer gets lost after the work was done.
 */
import { createServer as createHttpServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { type AddressInfo, createConnection, createServer, type Server, type Socket } from 'node:net';

export interface Relay {
  readonly port: number;
  /** Runs once, when the next write has left the adapter and before the server sees it. */
  beforeNextWrite(change: () => Promise<void>): void;
  /** The next write is carried out, but its answer never arrives. */
  loseNextAnswer(): void;
  /** From now on every answer of a DNS server passes through this. */
  changeAnswers(change: (answer: Buffer) => Buffer): void;
  readonly writes: () => number;
  readonly requests: () => number;
  close(): Promise<void>;
}

interface Mischief {
  change: (() => Promise<void>) | null;
  loseAnswer: boolean;
  changeAnswer: (answer: Buffer) => Buffer;
  writes: number;
  requests: number;
}

/** In front of an HTTP API: whatever is no GET counts as a write. */
export async function httpRelay(upstreamPort: number): Promise<Relay> {
  const mischief = noMischief();
  const server = createHttpServer((request, response) => {
    const write = request.method !== 'GET';
    void bodyOf(request).then(async (body) => {
      const lost = await before(mischief, write);
      const { method, url, headers } = request;
      const to = { host: '127.0.0.1', port: upstreamPort, agent: false, method, path: url, headers };
      const onward = httpRequest(to, (reply) => {
        void bodyOf(reply).then((answer) => {
          if (lost) return request.socket.destroy();
          response.writeHead(reply.statusCode ?? 500, reply.headers).end(answer);
        });
      });
      onward.on('error', () => request.socket.destroy());
      onward.end(body);
    });
  });
  return relayOf(server, mischief, () => server.closeAllConnections());
}

/** In front of a DNS server that is asked over TCP: a message with the opcode UPDATE counts as a write. */
export async function dnsRelay(upstreamPort: number): Promise<Relay> {
  const mischief = noMischief();
  const open = new Set<Socket>();
  const server = createServer((client) => {
    open.add(client);
    client.on('close', () => open.delete(client));
    client.on('error', () => client.destroy());
    let received = Buffer.alloc(0);
    client.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      const whole = received;
      const update = ((whole.readUInt16BE(4) >> 11) & 0xf) === 5;
      void before(mischief, update).then((lost) => {
        const upstream = createConnection({ host: '127.0.0.1', port: upstreamPort }, () => upstream.write(whole));
        upstream.on('error', () => client.destroy());
        upstream.on('data', (answer) => {
          if (lost) client.destroy();
          else client.write(mischief.changeAnswer(answer));
        });
        client.on('close', () => upstream.destroy());
      });
    });
  });
  return relayOf(server, mischief, () => {
    for (const socket of open) socket.destroy();
  });
}

const noMischief = (): Mischief => ({
  change: null,
  loseAnswer: false,
  changeAnswer: (answer) => answer,
  writes: 0,
  requests: 0,
});

async function before(mischief: Mischief, write: boolean): Promise<boolean> {
  mischief.requests += 1;
  if (!write) return false;
  mischief.writes += 1;
  const { change, loseAnswer } = mischief;
  mischief.change = null;
  mischief.loseAnswer = false;
  await change?.();
  return loseAnswer;
}

async function relayOf(server: Server, mischief: Mischief, hangUp: () => void): Promise<Relay> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    beforeNextWrite: (change) => {
      mischief.change = change;
    },
    loseNextAnswer: () => {
      mischief.loseAnswer = true;
    },
    changeAnswers: (change) => {
      mischief.changeAnswer = change;
    },
    writes: () => mischief.writes,
    requests: () => mischief.requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        hangUp();
      }),
  };
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
