import { z } from 'zod';
import type { Clock } from '../../ports/clock';
import type { Crm } from '../../ports/legacy';
import { createVendorClient } from '../http/vendor-client';
import { fitted } from './fitted';

export interface HttpCrmOptions {
  readonly baseUrl: string;
  /** Sent as a bearer token. */
  readonly token: string;
  readonly clock: Clock;
  /** Limit of one try of one call, real milliseconds. */
  readonly timeoutMs: number;
}

const SYSTEM = 'CRM';

const count = z.number().int().nonnegative();
const entryAnswer = z.looseObject({ entry: z.string(), platform: z.string() });
const syncAnswer = z.looseObject({
  calls: count,
  synced: count,
  p95LatencyMs: z.number().nonnegative().nullable(),
});

/**
 * The small HTTP API that stands in front of the CRM:
 * - GET /v1/sites/{entry}: `{entry, platform}`;
 * - GET /v1/sites/{entry}/sync?from=ISO&to=ISO: `{calls, synced, p95LatencyMs}`, milliseconds, null without a call.
 */
export function createHttpCrm(options: HttpCrmOptions): Crm {
  const client = createVendorClient({
    system: SYSTEM,
    baseUrl: options.baseUrl,
    headers: () => ({ authorization: `Bearer ${options.token}` }),
    clock: options.clock,
    timeoutMs: options.timeoutMs,
  });

  return {
    async entry(entry) {
      const path = `/v1/sites/${encodeURIComponent(entry)}`;
      const { body } = await client.request('GET', path);
      const found = fitted(SYSTEM, entryAnswer, body, path);
      return { entry: found.entry, platform: found.platform };
    },
    async sync(entry, { from, to }) {
      const path = `/v1/sites/${encodeURIComponent(entry)}/sync`;
      const query = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
      const { body } = await client.request('GET', path, { query });
      const { calls, synced, p95LatencyMs } = fitted(SYSTEM, syncAnswer, body, path);
      // Without a record there was nothing to measure, whatever the other side makes of an empty list.
      return { calls, synced, p95LatencyMs: synced === 0 ? null : p95LatencyMs };
    },
  };
}
