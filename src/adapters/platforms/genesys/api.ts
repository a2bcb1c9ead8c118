import type { z } from 'zod';
import type { CallBudget } from '../../../ports/call-budget';
import type { Clock } from '../../../ports/clock';
import { Fault } from '../../../ports/fault';
import { type TokenSource, withFreshToken } from '../../http/token-source';
import { createVendorClient, type RequestOptions, type VendorReply } from '../../http/vendor-client';
import { fitted, SYSTEM } from './fitted';
import { untilNotThrottled } from './throttling';

/** Authorised, paced, parsed calls. `path` is the vendor's own; `id` puts a value into it. Throws `Fault`. */
export interface GenesysApi {
  get<T>(path: string, schema: z.ZodType<T>, query?: RequestOptions['query']): Promise<T>;
  /** A query that the vendor wants as a POST: it changes nothing and may be repeated. */
  ask<T>(path: string, body: unknown, schema: z.ZodType<T>): Promise<T>;
  request(method: string, path: string, options?: RequestOptions): Promise<VendorReply>;
}

export interface GenesysApiOptions {
  readonly apiUrl: string;
  readonly clock: Clock;
  /** Limit of one try, real milliseconds. */
  readonly timeoutMs: number;
  readonly tokens: TokenSource;
  readonly budget: CallBudget;
}

/** Most ids that one write may carry; the vendor states it for queue members and it is kept everywhere. */
export const CHUNK = 100;

export function createGenesysApi(options: GenesysApiOptions): GenesysApi {
  const { tokens, clock } = options;
  const client = createVendorClient({
    system: SYSTEM,
    baseUrl: options.apiUrl,
    headers: async () => ({ authorization: `Bearer ${await tokens.current()}` }),
    clock,
    timeoutMs: options.timeoutMs,
    budget: options.budget,
  });

  async function send(method: string, path: string, about: RequestOptions): Promise<VendorReply> {
    const secrets = [await tokens.current()];
    return untilNotThrottled(clock, options.budget, { method, path, secrets }, () =>
      client.request(method, path, { ...about, expectStatuses: [429] }),
    );
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
      const { body } = await request('GET', path, query ? { query } : {});
      return fitted(schema, body, 'GET', path);
    },
    async ask(path, body, schema) {
      const reply = await request('POST', path, { body, idempotent: true });
      return fitted(schema, reply.body, 'POST', path);
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

function freshTokenRefused(method: string, path: string): Fault {
  const message = `${SYSTEM} refuses a fresh token for ${method} ${path}: check that the client is active in this region.`;
  return new Fault(message, { system: SYSTEM, transient: false, status: 401 });
}
