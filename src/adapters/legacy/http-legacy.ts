import { z } from 'zod';
import type { Clock } from '../../ports/clock';
import type { Legacy } from '../../ports/legacy';
import type { Interval } from '../../ports/platform';
import { createVendorClient } from '../http/vendor-client';
import { fitted } from './fitted';

export interface HttpLegacyOptions {
  readonly baseUrl: string;
  /** Sent as a bearer token. */
  readonly token: string;
  readonly clock: Clock;
  /** Limit of one try of one call, real milliseconds. */
  readonly timeoutMs: number;
}

const SYSTEM = 'Legacy telephony';

const count = z.number().int().nonnegative();
const trunkAnswer = z.looseObject({
  id: z.string(),
  mode: z.enum(['active', 'standby', 'off']),
  liveCalls: count,
  dids: z.array(z.string()),
  callerId: z.string(),
  codecs: z.array(z.string()),
  maxConcurrentSessions: count,
});
const queueAnswer = z.looseObject({ id: z.string(), enabled: z.boolean(), waiting: count, liveCalls: count });
const callsAnswer = z.looseObject({
  offered: count,
  completed: count,
  failed: count,
  ivrEntered: count,
  ivrAbandoned: count,
  crmLatencyP95Ms: z.number().nonnegative().nullable(),
});

const scheduledAnswer = z.looseObject({ groups: z.record(z.string(), count) });

/**
 * The small HTTP API that stands in front of the old system:
 * - GET, PUT /v1/trunks/{id}: `{id, mode, liveCalls, dids, callerId, codecs, maxConcurrentSessions}`, PUT `{mode}`;
 * - GET, PUT /v1/queues/{id}: `{id, enabled, waiting, liveCalls}`, PUT `{enabled}`;
 * - GET /v1/sites/{site}/calls?from=ISO&to=ISO: `{offered, completed, failed, ivrEntered, ivrAbandoned, crmLatencyP95Ms}`;
 * - GET /v1/sites/{site}/scheduled?from=ISO&to=ISO: `{groups: {name: agents}}`, or 404 where nobody plans there.
 */
export function createHttpLegacy(options: HttpLegacyOptions): Legacy {
  const client = createVendorClient({
    system: SYSTEM,
    baseUrl: options.baseUrl,
    headers: () => ({ authorization: `Bearer ${options.token}` }),
    clock: options.clock,
    timeoutMs: options.timeoutMs,
  });

  async function get<T>(path: string, schema: z.ZodType<T>, query: Record<string, string> = {}): Promise<T> {
    const { body } = await client.request('GET', path, { query });
    return fitted(SYSTEM, schema, body, path);
  }

  return {
    async trunk(id) {
      const { mode, liveCalls, dids, callerId, codecs, maxConcurrentSessions } = await get(trunkPath(id), trunkAnswer);
      return { id, mode, liveCalls, dids, callerId, codecs, maxConcurrentSessions };
    },
    async setTrunk(id, mode) {
      if ((await get(trunkPath(id), trunkAnswer)).mode === mode) return false;
      await client.request('PUT', trunkPath(id), { body: { mode } });
      return true;
    },
    async queue(id) {
      const { enabled, waiting, liveCalls } = await get(queuePath(id), queueAnswer);
      return { id, enabled, waiting, liveCalls };
    },
    async setQueue(id, enabled) {
      if ((await get(queuePath(id), queueAnswer)).enabled === enabled) return false;
      await client.request('PUT', queuePath(id), { body: { enabled } });
      return true;
    },
    async calls(site, interval) {
      const answer = await get(`/v1/sites/${encodeURIComponent(site)}/calls`, callsAnswer, isoRange(interval));
      const { offered, completed, failed, ivrEntered, ivrAbandoned, crmLatencyP95Ms } = answer;
      // Without a completed call there was nothing to measure, whatever the other side makes of an empty list.
      const latency = completed === 0 ? null : crmLatencyP95Ms;
      return { offered, completed, failed, ivrEntered, ivrAbandoned, crmLatencyP95Ms: latency };
    },
    async scheduledAgents(site, interval) {
      const path = `/v1/sites/${encodeURIComponent(site)}/scheduled`;
      const { status, body } = await client.request('GET', path, { query: isoRange(interval), expectStatuses: [404] });
      if (status === 404) return null;
      return new Map(Object.entries(fitted(SYSTEM, scheduledAnswer, body, path).groups));
    },
  };
}

const trunkPath = (id: string): string => `/v1/trunks/${encodeURIComponent(id)}`;
const queuePath = (id: string): string => `/v1/queues/${encodeURIComponent(id)}`;

function isoRange({ from, to }: Interval): Record<string, string> {
  return { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
}
