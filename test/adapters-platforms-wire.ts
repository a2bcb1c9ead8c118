import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGenesysCloud, type GenesysCloud } from '../src/adapters/platforms/genesys-cloud';
import type { Clock } from '../src/ports/clock';
import { Fault } from '../src/ports/fault';

/** One request as it came over the wire. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly body: unknown;
}

/** `text` in place of `body` is sent as it is; `cut` ends the connection without an answer. */
export interface Answer {
  readonly status?: number;
  readonly body?: unknown;
  readonly text?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly cut?: true;
}

type Handler = (asked: Asked) => Answer;

/** A server on a free loopback port that knows exactly the routes it is given; the last answer of a list repeats. */
export class WireDouble {
  readonly asked: Asked[] = [];
  url = '';
  private readonly routes = new Map<string, Handler>();
  private readonly server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const url = new URL(request.url ?? '/', 'http://double');
      const text = Buffer.concat(chunks).toString();
      const isJson = request.headers['content-type'] === 'application/json';
      const method = request.method ?? '';
      const query = Object.fromEntries(url.searchParams);
      const body: unknown = isJson ? JSON.parse(text) : undefined;
      const asked: Asked = { method, path: url.pathname, query, headers: request.headers, text, body };
      this.asked.push(asked);
      const answer = this.routes.get(`${method} ${url.pathname}`)?.(asked) ?? {
        status: 404,
        body: { message: 'not known here', code: 'not.found' },
      };
      if (answer.cut) {
        request.socket.destroy();
        return;
      }
      response.writeHead(answer.status ?? 200, answer.headers ?? {});
      response.end(answer.text ?? (answer.body === undefined ? '' : JSON.stringify(answer.body)));
    });
  });

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    this.url = `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    return this;
  }

  stop(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => resolve()));
  }

  /** `route` is `METHOD /path`. */
  on(route: string, ...answers: readonly (Answer | Handler)[]): this {
    let turn = 0;
    this.routes.set(route, (asked) => {
      const answer = answers[Math.min(turn, answers.length - 1)] ?? {};
      turn += 1;
      return typeof answer === 'function' ? answer(asked) : answer;
    });
    return this;
  }

  times(route: string): number {
    return this.asked.filter((one) => `${one.method} ${one.path}` === route).length;
  }

  bodies(route: string): readonly unknown[] {
    return this.asked.filter((one) => `${one.method} ${one.path}` === route).map((one) => one.body);
  }
}

/** A clock that stands still until somebody sleeps. */
export class ManualClock implements Clock {
  readonly slept: number[] = [];
  constructor(private at = Date.parse('2027-03-01T08:00:00Z')) {}
  now(): number {
    return this.at;
  }
  realMsUntil(at: number): number {
    return Math.max(0, at - this.at);
  }
  async sleep(ms: number): Promise<void> {
    this.slept.push(ms);
    this.at += ms;
  }
  pass(ms: number): void {
    this.at += ms;
  }
}

/** The `Fault` that a call ends in; fails the test when it succeeds or throws something else. */
export async function faultOf(call: Promise<unknown>): Promise<Fault> {
  const outcome = await call.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  if ('error' in outcome && outcome.error instanceof Fault) return outcome.error;
  throw new Error(`expected a Fault, got ${JSON.stringify(outcome)}`);
}

/** Everything that a log could print of an error, its causes included. */
export function printed(error: unknown): string {
  const texts: string[] = [];
  for (let one: unknown = error; one instanceof Error; one = one.cause) {
    texts.push(one.message, one.stack ?? '', JSON.stringify(one, Object.getOwnPropertyNames(one)));
  }
  return texts.join('\n');
}

export const SECRET = 's3cret-of-the-client';
export const TOKEN = 'token-one-abcdef';
export const ORGANISATION = '/api/v2/organizations/me';

/** A Genesys Cloud adapter before a double that knows the login and the organisation. */
export async function genesysOverWire(): Promise<{ wire: WireDouble; clock: ManualClock; platform: GenesysCloud }> {
  const wire = await new WireDouble().start();
  const clock = new ManualClock();
  wire.on('POST /oauth/token', { body: { access_token: TOKEN, token_type: 'bearer', expires_in: 86_400 } });
  wire.on(`GET ${ORGANISATION}`, { body: { id: 'org-1', name: 'Acme' } });
  const urls = { apiUrl: wire.url, loginUrl: wire.url };
  const credentials = { clientId: 'client-1', clientSecret: SECRET };
  return { wire, clock, platform: createGenesysCloud({ ...urls, ...credentials, clock, timeoutMs: 2000 }) };
}
