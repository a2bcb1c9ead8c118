import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { Fault } from '../../ports/fault';

/** Null when all is well, else a few words that say what is not. */
export type Check = () => Promise<string | null>;

export interface OpsOptions {
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  readonly lagMs: () => number;
  /** What must work before this process may be given work, by name. */
  readonly ready: Readonly<Record<string, Check>>;
  /** What is worth knowing and keeps nobody from being given work, by name. */
  readonly notes?: Readonly<Record<string, Check>>;
  /** Prometheus's text form. */
  readonly metrics: () => Promise<string>;
}

export interface OpsServer {
  readonly port: number;
  close(): Promise<void>;
}

/** Past this a process that still answers is no good to anybody, ms. */
export const LONGEST_LAG_MS = 5_000;
/** A check that takes longer has failed, real ms. */
const CHECK_MS = 2_500;
const REQUEST_MS = 5_000;

/**
 * `/healthz`, `/readyz` and `/metrics`, and nothing else; reads only, says nothing secret. Throws `Fault` when the port
 * cannot be had.
 */
export async function startOps(options: OpsOptions): Promise<OpsServer> {
  const { host, port } = options;
  const server = createServer((request, response) => {
    answer(options, request, response).catch(() => say(response, 500, 'no answer could be made'));
  });
  server.requestTimeout = REQUEST_MS;
  server.headersTimeout = REQUEST_MS;
  await listening(server, host, port);
  const address = server.address();
  return {
    port: typeof address === 'object' && address ? address.port : port,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function listening(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const message = `Port ${port} on ${host} cannot be listened on for health and figures (${cause.code}). Free it, or set OPS_PORT and OPS_HOST to others.`;
      reject(new Fault(message, { system: 'settings', transient: false, cause }));
    });
    server.listen(port, host, () => {
      server.removeAllListeners('error');
      server.on('error', () => undefined);
      resolve();
    });
  });
}

async function answer(options: OpsOptions, request: IncomingMessage, response: ServerResponse): Promise<void> {
  request.resume();
  const path = (request.url ?? '').split('?')[0];
  if (path !== '/healthz' && path !== '/readyz' && path !== '/metrics') return say(response, 404, 'not here');
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('allow', 'GET, HEAD');
    return say(response, 405, 'only read');
  }
  if (path === '/healthz') return health(options, response);
  if (path === '/readyz') return readiness(options, response);
  say(response, 200, await options.metrics(), 'text/plain; version=0.0.4; charset=utf-8');
}

function health({ lagMs }: OpsOptions, response: ServerResponse): void {
  const lag = Math.round(lagMs());
  const ok = lag <= LONGEST_LAG_MS;
  say(response, ok ? 200 : 503, JSON.stringify({ ok, eventLoopLagMs: lag }), 'application/json');
}

async function readiness({ ready, notes = {} }: OpsOptions, response: ServerResponse): Promise<void> {
  const [checks, noted] = await Promise.all([asked(ready), asked(notes)]);
  const ok = checks.every(([, said]) => said === 'ok');
  const body = { ready: ok, checks: Object.fromEntries(checks) };
  const worth = noted.filter(([, said]) => said !== 'ok');
  const told = worth.length === 0 ? body : { ...body, notes: Object.fromEntries(worth) };
  say(response, ok ? 200 : 503, JSON.stringify(told), 'application/json');
}

const asked = (checks: Readonly<Record<string, Check>>): Promise<readonly (readonly [string, string])[]> =>
  Promise.all(Object.entries(checks).map(async ([name, check]) => [name, (await inTime(check)) ?? 'ok'] as const));

async function inTime(check: Check): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve('does not answer'), CHECK_MS);
  });
  try {
    return await Promise.race([check().catch(() => 'does not answer'), late]);
  } finally {
    clearTimeout(timer);
  }
}

function say(response: ServerResponse, status: number, text: string, type = 'text/plain'): void {
  if (response.headersSent) return void response.destroy();
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(text);
}
