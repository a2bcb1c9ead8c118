/** The ground that the doubles of HTTP APIs stand on: real HTTP on loopback, one strict handler, nothing answered by chance. */
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface DoubleRequest {
  readonly method: string;
  /** As it came, still encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Path and query as they came. */
  readonly url: string;
}

export interface DoubleReply {
  readonly status: number;
  /** Text goes as it is, anything else as JSON; null is an empty body. */
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface HttpDouble {
  readonly port: number;
  readonly seen: readonly DoubleRequest[];
  /** Answers the next requests so, instead of carrying them out. */
  refuseNext(reply: DoubleReply, times?: number): void;
  /** The same for the next requests that are no GET. */
  refuseWrite(reply: DoubleReply, times?: number): void;
  /** Runs once, before the next request that is no GET is carried out. */
  beforeWrite(change: () => void): void;
  close(): Promise<void>;
}

export async function httpDouble(handle: (request: DoubleRequest) => DoubleReply): Promise<HttpDouble> {
  const seen: DoubleRequest[] = [];
  const refusals: { readonly reply: DoubleReply; readonly writesOnly: boolean; left: number }[] = [];
  let mischief: (() => void) | null = null;
  const refused = (request: DoubleRequest): DoubleReply | null => {
    const found = refusals.find(({ writesOnly, left }) => left > 0 && (!writesOnly || request.method !== 'GET'));
    if (!found) return null;
    found.left -= 1;
    return found.reply;
  };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const [path = '', query = ''] = url.split('?');
      const body = Buffer.concat(chunks).toString();
      const one = { method, path, query: new URLSearchParams(query), headers, body, url };
      seen.push(one);
      if (method !== 'GET') {
        mischief?.();
        mischief = null;
      }
      const reply = refused(one) ?? handle(one);
      const text = reply.body === null ? '' : typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body);
      const type = typeof reply.body === 'string' ? 'text/plain' : 'application/json';
      response.writeHead(reply.status, { 'content-type': type, ...reply.headers }).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    seen,
    refuseNext: (reply, times = 1) => {
      refusals.push({ reply, writesOnly: false, left: times });
    },
    refuseWrite: (reply, times = 1) => {
      refusals.push({ reply, writesOnly: true, left: times });
    },
    beforeWrite: (change) => {
      mischief = change;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
