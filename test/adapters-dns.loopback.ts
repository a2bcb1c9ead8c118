/** Small servers on loopback that speak what the tests need of the wire, and a clock that only moves when slept on. */
import { createServer, type IncomingHttpHeaders, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Clock } from '../src/ports/clock';

export interface SleepingClock extends Clock {
  readonly sleeps: readonly number[];
}

export function sleepingClock(start = Date.UTC(2027, 2, 1, 12)): SleepingClock {
  let now = start;
  const sleeps: number[] = [];
  return {
    sleeps,
    now: () => now,
    realMsUntil: () => 0,
    sleep: async (ms) => {
      sleeps.push(ms);
      now += ms;
    },
  };
}

export interface Seen {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface HttpSite {
  readonly url: string;
  readonly seen: readonly Seen[];
  close(): Promise<void>;
}

/** Answers come in order; the last one is repeated. */
export type Reply = (seen: Seen, ...args: Parameters<RequestListener>) => void;

export async function serve(...replies: readonly Reply[]): Promise<HttpSite> {
  const seen: Seen[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const one = { method, url, headers, body: Buffer.concat(chunks).toString() };
      seen.push(one);
      replies[Math.min(seen.length, replies.length) - 1]?.(one, request, response);
    });
  });
  const port = await listening(server);
  return {
    url: `http://127.0.0.1:${port}`,
    seen,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listening(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

export function answer(status: number, body: unknown = null, headers: Record<string, string> = {}): Reply {
  return (_seen, _request, response) => {
    const text = body === null ? '' : typeof body === 'string' ? body : JSON.stringify(body);
    response.writeHead(status, headers).end(text);
  };
}

/** What a call threw; fails when it did not. */
export async function thrownBy(call: Promise<unknown>): Promise<unknown> {
  return call.then(
    (value) => {
      throw new Error(`it gave ${JSON.stringify(value)} instead of throwing`);
    },
    (error: unknown) => error,
  );
}
