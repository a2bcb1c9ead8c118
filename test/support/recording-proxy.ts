import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request and its answer, as they went over the wire. */
export interface Recorded {
  readonly method: string;
  readonly path: string;
  readonly query: readonly string[];
  readonly body: unknown;
  readonly status: number;
  readonly answer: unknown;
}

export interface RecordingProxy {
  readonly url: string;
  readonly recorded: Recorded[];
  /** Changes the answers from here on; the record keeps what the server behind gave. */
  amend(change: ((asked: Recorded) => { status?: number; answer?: unknown; without?: string } | null) | null): void;
  close(): Promise<void>;
}

/** Stands in front of a server on loopback and notes everything that passes. */
export async function recordingProxy(target: string): Promise<RecordingProxy> {
  const recorded: Recorded[] = [];
  let change: Parameters<RecordingProxy['amend']>[0] = null;
  const server = createServer((incoming, outgoing) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const sent = Buffer.concat(chunks);
      const { host: _host, ...headers } = incoming.headers;
      const onward = send(`${target}${incoming.url}`, { method: incoming.method ?? 'GET', headers }, (reply) => {
        const parts: Buffer[] = [];
        reply.on('data', (chunk: Buffer) => parts.push(chunk));
        reply.on('end', () => {
          const url = new URL(incoming.url ?? '/', target);
          const came = Buffer.concat(parts);
          const entry: Recorded = {
            method: incoming.method ?? 'GET',
            path: url.pathname,
            query: [...new Set(url.searchParams.keys())],
            body: json(sent),
            status: reply.statusCode ?? 0,
            answer: json(came),
          };
          recorded.push(entry);
          const amended = change?.(entry) ?? {};
          const text = amended.answer === undefined ? came : Buffer.from(JSON.stringify(amended.answer));
          const kept = Object.entries(reply.headers).filter(
            ([name]) => name !== amended.without && name !== 'content-length',
          );
          outgoing.writeHead(amended.status ?? entry.status, Object.fromEntries(kept));
          outgoing.end(entry.status === 204 ? undefined : text);
        });
      });
      onward.on('error', () => outgoing.destroy());
      onward.end(sent);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    recorded,
    amend: (next) => {
      change = next;
    },
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

function json(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  try {
    return JSON.parse(bytes.toString('utf8')) as unknown;
  } catch {
    return bytes.toString('utf8');
  }
}
