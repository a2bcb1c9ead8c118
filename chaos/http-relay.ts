/** Stands before an HTTP server on loopback: every request may be refused, lost, held back or sent twice. */
import { createServer, type IncomingMessage, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly body: Buffer;
  /** Real ms at which it came. */
  readonly at: number;
}

export type Refusal =
  | 'cut'
  | 'silent'
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>> };

export interface Manners {
  /** Before the server has it; a refusal keeps it from the server. */
  readonly before?: (asked: Asked) => Promise<Refusal | null> | Refusal | null;
  /** The server has done it and answered; a refusal takes the answer's place. */
  readonly after?: (asked: Asked, status: number) => Promise<Refusal | null> | Refusal | null;
  /** Sends the same request once more, the answer goes nowhere. */
  readonly again?: (asked: Asked) => boolean;
}

export interface HttpRelay {
  readonly port: number;
  readonly url: string;
  close(): Promise<void>;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

/** `target` is asked at every request; null means that nobody is there. */
export async function startHttpRelay(target: () => string | null, manners: Manners): Promise<HttpRelay> {
  const server = createServer((incoming, outgoing) => {
    const lost = (refusal: Refusal): void => {
      if (refusal === 'silent') return;
      if (refusal === 'cut') incoming.socket.destroy();
      else outgoing.writeHead(refusal.status, { ...refusal.headers }).end();
    };
    const pass = async (): Promise<void> => {
      const body = await bodyOf(incoming);
      const asked: Asked = { method: incoming.method ?? 'GET', path: incoming.url ?? '/', body, at: Date.now() };
      const refused = await manners.before?.(asked);
      if (refused) return lost(refused);
      const base = target();
      if (base === null) return lost('cut');
      if (manners.again?.(asked)) void onward(base, incoming, body).catch(() => undefined);
      const answer = await onward(base, incoming, body);
      const gone = await manners.after?.(asked, answer.status);
      if (gone) return lost(gone);
      if (!outgoing.destroyed) outgoing.writeHead(answer.status, answer.headers).end(answer.body);
    };
    pass().catch(() => incoming.socket.destroy());
  });
  server.keepAliveTimeout = 120_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function onward(base: string, incoming: IncomingMessage, body: Buffer): Promise<Answer> {
  const { host: _host, connection: _connection, 'transfer-encoding': _chunked, ...headers } = incoming.headers;
  const to = new URL(incoming.url ?? '/', base);
  return new Promise((resolve, reject) => {
    const request = send(
      to,
      { method: incoming.method ?? 'GET', headers: { ...headers, 'content-length': body.length }, agent: false },
      (reply) => {
        bodyOf(reply).then((answered) => {
          const { connection: _gone, 'transfer-encoding': _was, ...kept } = reply.headers;
          const length = reply.statusCode === 204 ? {} : { 'content-length': String(answered.length) };
          resolve({ status: reply.statusCode ?? 502, headers: { ...kept, ...length }, body: answered });
        }, reject);
      },
    );
    request.on('error', reject);
    request.end(body);
  });
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}
