import { z } from 'zod';
import type { Clock } from '../../../ports/clock';
import { Fault } from '../../../ports/fault';
import type { Interval } from '../../../ports/platform';
import type { PlatformChange } from '../../../ports/platform-inspection';
import { type GenesysApi, id } from './api';
import { SYSTEM } from './fitted';

const AUDITS = '/api/v2/audits/query';
const PAGE_SIZE = 500;
const MOST_PAGES = 40;
const LONGEST_MS = 30 * 24 * 3_600_000;
const POLL_MS = 2_000;
const LONGEST_POLL_MS = 60_000;

const execution = z.looseObject({ id: z.string(), state: z.string() });
const named = z.looseObject({ id: z.string().nullish(), name: z.string().nullish() }).nullish();
const message = z.looseObject({
  eventDate: z.iso.datetime({ offset: true }),
  user: named,
  client: z.looseObject({ id: z.string().nullish() }).nullish(),
  action: z.string(),
  entity: named,
  entityType: z.string().nullish(),
  status: z.string().nullish(),
  propertyChanges: z.array(z.looseObject({ property: z.string().nullish() })).nullish(),
});
const results = z.looseObject({ cursor: z.string().nullish(), entities: z.array(message).nullish() });

/**
 * The organisation's audit: POST /api/v2/audits/query for each entity, GET .../{id} until it has run, GET .../{id}/results
 * by cursor. What failed and what only looked is no change. Looks every 2 s of the clock for up to a minute, then ends in
 * a transient `Fault`. An event reaches the audit some minutes late.
 */
export async function findChanges(
  api: GenesysApi,
  clock: Clock,
  clientId: string,
  entityIds: readonly string[],
  interval: Interval,
): Promise<readonly PlatformChange[]> {
  if (entityIds.length === 0 || interval.to <= interval.from) return [];
  const wanted = [...new Set(entityIds)];
  const queries: string[] = [];
  for (const some of partsOf(interval)) for (const entityId of wanted) queries.push(await begin(api, entityId, some));
  const found: PlatformChange[] = [];
  for (const query of queries) {
    await untilRun(api, clock, query);
    for (const one of await resultsOf(api, query)) {
      if (isChange(one) && wanted.includes(one.entity?.id ?? '')) found.push(change(one, clientId));
    }
  }
  return found.sort((a, b) => a.at - b.at);
}

/** A query may span thirty days; a wave that was held may be older. */
function partsOf({ from, to }: Interval): readonly Interval[] {
  const parts: Interval[] = [];
  for (let start = from; start < to; start += LONGEST_MS)
    parts.push({ from: start, to: Math.min(to, start + LONGEST_MS) });
  return parts;
}

async function begin(api: GenesysApi, entityId: string, { from, to }: Interval): Promise<string> {
  const body = {
    interval: `${new Date(from).toISOString()}/${new Date(to).toISOString()}`,
    filters: [{ property: 'EntityId', value: entityId }],
    sort: [{ name: 'Timestamp', sortOrder: 'ascending' }],
  };
  return (await api.ask(AUDITS, body, execution)).id;
}

async function untilRun(api: GenesysApi, clock: Clock, query: string): Promise<void> {
  for (let waited = 0; ; waited += POLL_MS) {
    const { state } = await api.get(`${AUDITS}/${id(query)}`, execution);
    if (state === 'Succeeded') return;
    if (state === 'Failed' || state === 'Cancelled') throw notRun(`ended as "${state}"`);
    if (waited >= LONGEST_POLL_MS) throw notRun(`has not ended after ${LONGEST_POLL_MS / 1000} s`);
    await clock.sleep(POLL_MS);
  }
}

async function resultsOf(api: GenesysApi, query: string): Promise<readonly z.infer<typeof message>[]> {
  const all: z.infer<typeof message>[] = [];
  let cursor: string | undefined;
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const about = { pageSize: PAGE_SIZE, expand: ['user'], cursor };
    const answer = await api.get(`${AUDITS}/${id(query)}/results`, results, about);
    all.push(...(answer.entities ?? []));
    if (!answer.cursor || answer.cursor === cursor) return all;
    cursor = answer.cursor;
  }
  throw new Fault(`The audit of ${SYSTEM} does not end after ${MOST_PAGES} pages: ask for a shorter time.`, {
    system: SYSTEM,
    transient: false,
  });
}

function isChange({ action, status }: z.infer<typeof message>): boolean {
  return status !== 'FAILURE' && !/^(view|read|search|query|download|export)/i.test(action);
}

function change(one: z.infer<typeof message>, clientId: string): PlatformChange {
  const { user, client, entity, entityType, propertyChanges } = one;
  const fields = (propertyChanges ?? []).flatMap(({ property }) => (property ? [property] : []));
  return {
    at: Date.parse(one.eventDate),
    by: user?.name ?? user?.id ?? (client?.id ? `the client ${client.id}` : 'somebody whom the audit does not name'),
    ours: client?.id === clientId,
    entity: `${entityType ?? 'object'} ${entity?.name ?? entity?.id ?? ''}`.trim(),
    entityId: entity?.id ?? '',
    action: one.action,
    fields: [...new Set(fields)],
  };
}

function notRun(how: string): Fault {
  return new Fault(`A query of the audit of ${SYSTEM} ${how}; ask again later.`, { system: SYSTEM, transient: true });
}
