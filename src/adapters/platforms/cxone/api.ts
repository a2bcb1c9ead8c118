import type { z } from 'zod';
import type { CallBudget } from '../../../ports/call-budget';
import type { Clock } from '../../../ports/clock';
import { Fault } from '../../../ports/fault';
import { faultOfReply } from '../../http/to-fault';
import { type TokenSource, withFreshToken } from '../../http/token-source';
import {
  createVendorClient,
  LONGEST_WAIT_MS,
  type RequestOptions,
  type VendorClient,
  type VendorReply,
} from '../../http/vendor-client';
import { fitted, SYSTEM } from './fitted';

/**
 * Authorised, paced, parsed calls. `path` is the vendor's own: of the ACD below `/inContactAPI/services/vNN.0`, of UserHub
 * (`/user-management/...`) below the host. `id` puts a value into it. Throws `Fault`.
 */
export interface CxoneApi {
  /** Null for 204: the vendor's word for nothing there. */
  get<T>(path: string, schema: z.ZodType<T>, query?: RequestOptions['query']): Promise<T | null>;
  request(method: string, path: string, options?: RequestOptions): Promise<VendorReply>;
}

export interface CxoneApiOptions {
  /** Asked before the first call. */
  readonly baseUrl: () => Promise<string>;
  /** `v33.0` */
  readonly version: string;
  readonly clock: Clock;
  /** Limit of one try, real milliseconds. */
  readonly timeoutMs: number;
  readonly tokens: TokenSource;
  readonly budget: CallBudget;
}

/** Rows of one bulk write; the vendor states larger limits for some and none for others. */
export const CHUNK = 100;

/** Statuses whose words stand in a header, where the client below does not look. */
const REFUSALS = [400, 401, 403, 404, 405, 409, 422, 429];
/** The vendor usually names no wait: these are tried, in ms. */
const WAITS_WHEN_BUSY = [2_000, 6_000];

export function createCxoneApi(options: CxoneApiOptions): CxoneApi {
  const { tokens, clock, version } = options;
  let clients: Promise<{ readonly acd: VendorClient; readonly hub: VendorClient }> | null = null;

  async function open() {
    const base = await options.baseUrl();
    const client = (baseUrl: string) =>
      createVendorClient({
        system: SYSTEM,
        baseUrl,
        headers: async () => ({ authorization: `Bearer ${await tokens.current()}` }),
        clock,
        timeoutMs: options.timeoutMs,
        budget: options.budget,
      });
    return { acd: client(`${base}/inContactAPI/services/${version}`), hub: client(base) };
  }

  async function clientOf(path: string): Promise<VendorClient> {
    clients ??= open().catch((error: unknown) => {
      clients = null;
      throw error;
    });
    const { acd, hub } = await clients;
    return path.startsWith('/user-management/') ? hub : acd;
  }

  async function send(method: string, path: string, about: RequestOptions): Promise<VendorReply> {
    const client = await clientOf(path);
    for (let attempt = 0; ; attempt += 1) {
      const reply = await client.request(method, path, { ...about, expectStatuses: REFUSALS });
      if (reply.status < 300) return reply;
      const fault = refusalOf(method, path, reply, [await tokens.current()], clock.now());
      const usual = WAITS_WHEN_BUSY[attempt];
      const waitMs = fault.retryAfterMs ?? usual;
      if (reply.status !== 429 || usual === undefined || waitMs === undefined || waitMs > LONGEST_WAIT_MS) throw fault;
      await clock.sleep(waitMs);
    }
  }

  const request = (method: string, path: string, about: RequestOptions = {}): Promise<VendorReply> =>
    withFreshToken(
      tokens,
      () => send(method, path, about),
      () => freshTokenRefused(method, path),
    );

  return {
    request,
    async get(path, schema, query) {
      const { status, body } = await request('GET', path, query ? { query } : {});
      return status === 204 ? null : fitted(schema, body, 'GET', path);
    },
  };
}

/** One segment of a path. */
export function id(value: string): string {
  return encodeURIComponent(value);
}

export function chunksOf<T>(all: readonly T[], size = CHUNK): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) => all.slice(i * size, (i + 1) * size));
}

/** What the answer found nothing of, by the id that was asked for. */
export function notThere(what: string, value: string): Fault {
  return new Fault(`${SYSTEM} knows no ${what} ${value}.`, { system: SYSTEM, transient: false, status: 404 });
}

export function noLever(what: string): Fault {
  return new Fault(`${SYSTEM} ${what}.`, { system: SYSTEM, transient: false });
}

/** The words of a refusal: the header's, else the body's under any of its names. */
function refusalOf(method: string, path: string, reply: VendorReply, secrets: readonly string[], now: number): Fault {
  const { status, headers, body } = reply;
  const message = headers.icstatusdescription || wordsOf(body);
  return faultOfReply(
    { system: SYSTEM, method, path, secrets },
    { status, text: '', headers },
    { message },
    ['retry-after'],
    now,
  );
}

function wordsOf(body: unknown): string {
  if (typeof body !== 'object' || body === null) return '';
  const fields = body as Record<string, unknown>;
  for (const name of ['error_description', 'errorDescription', 'error_Description', 'details', 'message', 'error']) {
    const value = fields[name];
    if (typeof value === 'string' && value.trim() !== '') return value;
  }
  return '';
}

function freshTokenRefused(method: string, path: string): Fault {
  const message = `${SYSTEM} refuses a fresh token for ${method} ${path}: check that the access key's user is active in this tenant.`;
  return new Fault(message, { system: SYSTEM, transient: false, status: 401 });
}
