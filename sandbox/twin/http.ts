/** A small HTTP front: routes, JSON bodies, clean refusals. Bad input gets an answer, never a crash. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { type Listening, listen } from './listen';

export interface ApiRequest {
  readonly method: string;
  /** Path without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Values of `{name}` in the route's path. */
  readonly params: Readonly<Record<string, string>>;
}

export interface ApiReply {
  readonly status: number;
  /** Sent as JSON; a string goes out as plain text; undefined sends no body. */
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export type Handler = (request: ApiRequest) => ApiReply;
export type Routes = Readonly<Record<string, Handler>>;

export interface ApiDesk {
  readonly routes: Routes;
  /** Asked before the route: authentication, limits, faults. A reply ends the matter. */
  before?(request: ApiRequest): ApiReply | undefined;
  /** Sandbox or other delay before the reply leaves. */
  delay?(): Promise<void> | undefined;
  /** The vendor's way of saying no: 400 malformed, 404 unknown path, 413 too large, 500 our own bug. */
  refuse(status: number, message: string, request: ApiRequest): ApiReply;
  /** Headers that every reply carries. */
  headers?(request: ApiRequest, reply: ApiReply): Readonly<Record<string, string>>;
}

/** Thrown inside a handler to answer with a refusal. */
export class Refused extends Error {
  constructor(
    readonly status: number,
    message: string,
    readonly extra: Readonly<Record<string, unknown>> = {},
  ) {
    super(message);
  }
}

export const MAX_BODY_BYTES = 512_000;

interface Route {
  readonly method: string;
  readonly segments: readonly string[];
  readonly handler: Handler;
}

/** Serves the desk; `advance` brings the world up to now before each request. */
export async function serveHttp(desk: ApiDesk, advance: () => void): Promise<Listening> {
  const routes = Object.entries(desk.routes).map(([key, handler]): Route => {
    const [method = '', path = ''] = key.split(' ');
    return { method, segments: path.split('/'), handler };
  });
  const server = createServer((incoming, outgoing) => {
    answer(desk, routes, advance, incoming, outgoing).catch(() => outgoing.destroy());
  });
  server.on('clientError', (_error, socket) => {
    if (socket.writable) socket.end('HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Length: 0\r\n\r\n');
    else socket.destroy();
  });
  return listen(server);
}

async function answer(
  desk: ApiDesk,
  routes: readonly Route[],
  advance: () => void,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> {
  const body = await readBody(incoming);
  const request = requestOf(incoming, body ?? '');
  advance();
  const reply = request && body !== null ? decide(desk, routes, request) : null;
  const asked = request ?? {
    method: 'GET',
    path: '/',
    query: new URLSearchParams(),
    headers: {},
    body: '',
    params: {},
  };
  const final =
    reply ??
    desk.refuse(
      body === null ? 413 : 400,
      body === null ? 'The request body is too large.' : 'The address is malformed.',
      asked,
    );
  await desk.delay?.();
  send(
    outgoing,
    { ...final, headers: { ...desk.headers?.(asked, final), ...final.headers } },
    incoming.method === 'HEAD',
  );
}

function decide(desk: ApiDesk, routes: readonly Route[], request: ApiRequest): ApiReply {
  try {
    const early = desk.before?.(request);
    if (early) return early;
    for (const route of routes) {
      const params = route.method === request.method ? match(route.segments, request.path) : null;
      if (params) return route.handler({ ...request, params });
    }
    return desk.refuse(404, `There is no ${request.method} ${request.path} here.`, request);
  } catch (error) {
    if (!(error instanceof Refused))
      return desk.refuse(500, error instanceof Error ? error.message : 'unknown', request);
    const reply = desk.refuse(error.status, error.message, request);
    return typeof reply.body === 'object' ? { ...reply, body: { ...reply.body, ...error.extra } } : reply;
  }
}

function match(segments: readonly string[], path: string): Record<string, string> | null {
  const parts = path.replace(/\/+$/, '').split('/');
  if (parts.length !== segments.length) return null;
  const params: Record<string, string> = {};
  for (const [i, segment] of segments.entries()) {
    const part = parts[i] ?? '';
    if (!segment.startsWith('{')) {
      if (segment !== part) return null;
      continue;
    }
    const value = decode(part);
    if (value === null || value === '') return null;
    params[segment.slice(1, -1)] = value;
  }
  return params;
}

function decode(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null;
  }
}

function requestOf(incoming: IncomingMessage, body: string): ApiRequest | null {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) if (typeof value === 'string') headers[name] = value;
  try {
    const url = new URL(incoming.url ?? '/', 'http://127.0.0.1');
    return { method: incoming.method ?? 'GET', path: url.pathname, query: url.searchParams, headers, body, params: {} };
  } catch {
    return null;
  }
}

/** Null when the body is larger than the limit. */
async function readBody(incoming: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming) {
    const bytes = Buffer.isBuffer(chunk) ? chunk : Buffer.from(String(chunk));
    size += bytes.length;
    if (size <= MAX_BODY_BYTES) chunks.push(bytes);
  }
  return size > MAX_BODY_BYTES ? null : Buffer.concat(chunks).toString('utf8');
}

function send(outgoing: ServerResponse, reply: ApiReply, headersOnly: boolean): void {
  if (outgoing.destroyed) return;
  const text = reply.body === undefined ? '' : typeof reply.body === 'string' ? reply.body : JSON.stringify(reply.body);
  const type = typeof reply.body === 'string' ? 'text/plain; charset=utf-8' : 'application/json';
  const content: Record<string, string> = reply.body === undefined ? {} : { 'content-type': type };
  if (reply.status !== 204) content['content-length'] = String(Buffer.byteLength(text));
  outgoing.writeHead(reply.status, { ...content, ...reply.headers });
  outgoing.end(headersOnly ? undefined : text);
}

/** The body as JSON. Throws a `Refused` 400 with the place of the mistake. */
export function jsonOf(request: ApiRequest): unknown {
  try {
    return JSON.parse(request.body) as unknown;
  } catch (error) {
    throw new Refused(400, `The request body is not JSON: ${error instanceof Error ? error.message : ''}`);
  }
}
