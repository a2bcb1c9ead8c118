/** Analytics: queue observations, conversation and flow aggregates, computed from the call records. */
import { z } from 'zod';
import { type ApiReply, Refused, type Routes } from '../http';
import { type FlowRecord, type QueueRecord, recent, within } from '../model/call-records';
import { canAnswerOnNew } from '../model/queueing';
import { idOf } from '../model/random';
import { joinedCount, type NewQueue, type SiteWorld, type World } from '../model/world';
import { TAKEN_AWAY } from './authorization';
import { bodyOf } from './refusals';

const OBSERVATIONS = [
  'oActiveUsers',
  'oInteracting',
  'oMemberUsers',
  'oOffQueueUsers',
  'oOnQueueUsers',
  'oUserPresences',
  'oUserRoutingStatuses',
  'oWaiting',
  'oAlerting',
  'oLongestWaiting',
  'oLongestInteracting',
] as const;
const CONVERSATIONS = [
  'nOffered',
  'nConnected',
  'nError',
  'nOverSla',
  'nTransferred',
  'nOutbound',
  'tAnswered',
  'tAbandon',
  'tShortAbandon',
  'tHandle',
  'tTalk',
  'tAcw',
  'tWait',
  'tFlowOut',
  'oServiceLevel',
  'oServiceTarget',
] as const;
const FLOWS = [
  'nFlow',
  'nFlowOutcome',
  'nFlowOutcomeFailed',
  'tFlow',
  'tFlowDisconnect',
  'tFlowExit',
  'tFlowOut',
  'tFlowOutcome',
] as const;

const SERVICE_LEVEL_MS = 20_000;
const ACW_MS = 40_000;
const LONGEST_INTERVAL_MS = 31 * 24 * 3600_000;

const predicate = z.strictObject({
  type: z.literal('dimension').optional(),
  dimension: z.enum(['queueId', 'mediaType', 'direction', 'flowId', 'flowType', 'purpose']),
  operator: z.enum(['matches', 'exists', 'notExists']).optional(),
  value: z.string().optional(),
});
const join = z.enum(['and', 'or']);
const clause = z.strictObject({ type: join, predicates: z.array(predicate) });
const filter = z.strictObject({
  type: join,
  predicates: z.array(predicate).optional(),
  clauses: z.array(clause).optional(),
});
type Filter = z.infer<typeof filter>;

const observationQuery = z.strictObject({
  filter,
  metrics: z.array(z.enum(OBSERVATIONS)).min(1),
  detailMetrics: z.array(z.string()).optional(),
});
const aggregate = <T extends readonly [string, ...string[]]>(metrics: T) =>
  z.strictObject({
    interval: z.string(),
    metrics: z.array(z.enum(metrics)).min(1),
    groupBy: z.array(z.enum(['queueId', 'mediaType', 'flowId', 'direction'])).optional(),
    granularity: z.string().optional(),
    timeZone: z.string().optional(),
    filter: filter.optional(),
    flattenMultivaluedDimensions: z.boolean().optional(),
  });
const conversationQuery = aggregate(CONVERSATIONS);
const flowQuery = aggregate(FLOWS);

interface Stats {
  readonly count?: number;
  readonly sum?: number;
  readonly min?: number;
  readonly max?: number;
  readonly ratio?: number;
  readonly numerator?: number;
  readonly denominator?: number;
  readonly target?: number;
}

export function analyticsRoutes(world: World): Routes {
  return {
    'POST /api/v2/analytics/queues/observations/query': (request) => {
      if (world.faults.has('missing-permission'))
        throw new Refused(403, `Unable to perform the requested action. You are missing: ${TAKEN_AWAY}`);
      return observations(world, bodyOf(observationQuery, request));
    },
    'POST /api/v2/analytics/conversations/aggregates/query': (request) =>
      conversations(world, bodyOf(conversationQuery, request)),
    'POST /api/v2/analytics/flows/aggregates/query': (request) => flows(world, bodyOf(flowQuery, request)),
  };
}

function observations(world: World, query: z.infer<typeof observationQuery>): ApiReply {
  const results = queuesOf(world, query.filter).flatMap(({ site, queue }) => {
    const voice = observe(query.metrics, voiceObservations(world, site, queue));
    const users = observe(query.metrics, userObservations(world, site, queue));
    return [
      ...(voice.length > 0 ? [{ group: { queueId: queue.id, mediaType: 'voice' }, data: voice }] : []),
      { group: { queueId: queue.id }, ...(users.length > 0 ? { data: users } : {}) },
    ];
  });
  return { status: 200, body: { systemToOrganizationMappings: {}, results } };
}

interface Observation {
  readonly metric: (typeof OBSERVATIONS)[number];
  readonly qualifier?: string;
  readonly count: number;
}

function observe(metrics: readonly string[], observed: readonly Observation[]) {
  return observed
    .filter(({ metric, count }) => metrics.includes(metric) && count > 0)
    .map(({ metric, qualifier, count }) => ({ metric, ...(qualifier ? { qualifier } : {}), stats: { count } }));
}

function voiceObservations(world: World, site: SiteWorld, queue: NewQueue): Observation[] {
  const { now } = world.agenda;
  const live = recent(site.records.queue, (r) => r.offeredAt, now, now + 1).filter(
    (r) => r.queue === queue.id && r.endedAt === null,
  );
  const waiting = live.filter((record) => record.answeredAt === null);
  const longest = waiting[0] ? now - waiting[0].offeredAt : 0;
  return [
    { metric: 'oWaiting', count: waiting.length },
    { metric: 'oInteracting', count: live.length - waiting.length },
    { metric: 'oLongestWaiting', count: Math.round(longest) },
  ];
}

function userObservations(world: World, site: SiteWorld, queue: NewQueue): Observation[] {
  const joined = queue.agents.filter((agent) => queue.members.get(agent.user)?.joined === true);
  const able = joined.filter((agent) => canAnswerOnNew(world, site, queue, agent));
  const busy = able.filter((agent) => agent.busy).length;
  return [
    { metric: 'oMemberUsers', count: queue.members.size },
    { metric: 'oActiveUsers', count: joined.length },
    { metric: 'oOnQueueUsers', qualifier: 'IDLE', count: able.length - busy },
    { metric: 'oOnQueueUsers', qualifier: 'INTERACTING', count: busy },
    { metric: 'oUserRoutingStatuses', qualifier: 'IDLE', count: able.length - busy },
    { metric: 'oUserRoutingStatuses', qualifier: 'INTERACTING', count: busy },
    { metric: 'oUserRoutingStatuses', qualifier: 'OFF_QUEUE', count: queue.members.size - joinedCount(queue) },
    { metric: 'oOffQueueUsers', count: queue.members.size - joinedCount(queue) },
  ];
}

function conversations(world: World, query: z.infer<typeof conversationQuery>): ApiReply {
  const { from, to } = intervalOf(query.interval);
  const chosen = queuesOf(world, query.filter);
  const byQueue = query.groupBy?.includes('queueId') === true;
  const groups = byQueue ? chosen.map((one) => [one]) : [chosen];
  const results = groups.flatMap((group) => {
    const ids = new Set(group.map(({ queue }) => queue.id));
    const sites = new Set(group.map(({ site }) => site));
    const records = [...sites].flatMap((site) =>
      recent(site.records.queue, (r) => r.offeredAt, from, to).filter((r) => ids.has(r.queue)),
    );
    const data = buckets(from, to, query.granularity).flatMap((bucket) => {
      const metrics = statsOf(query.metrics, conversationStats(records, bucket.from, bucket.to, world.agenda.now));
      return metrics.length > 0 ? [{ interval: intervalText(bucket), metrics }] : [];
    });
    const key = byQueue ? { queueId: [...ids][0] } : {};
    return data.length > 0 ? [{ group: { mediaType: 'voice', ...key }, data }] : [];
  });
  return { status: 200, body: { results } };
}

function conversationStats(
  records: readonly QueueRecord[],
  from: number,
  to: number,
  now: number,
): Record<string, Stats> {
  const seen = (time: number | null, record: QueueRecord) => within(time, from, to) && time + record.lagMs <= now;
  const offered = records.filter((record) => seen(record.offeredAt, record));
  const answered = records.filter((record) => seen(record.answeredAt, record));
  const abandoned = records.filter((record) => seen(record.abandonedAt, record));
  const ended = records.filter(
    (record) => record.answeredAt !== null && record.failedAt === null && seen(record.endedAt, record),
  );
  const inTime = answered.filter((record) => (record.answeredAt ?? 0) - record.offeredAt <= SERVICE_LEVEL_MS).length;
  const waits = answered.map((record) => (record.answeredAt ?? 0) - record.offeredAt);
  const talks = ended.map((record) => (record.endedAt ?? 0) - (record.answeredAt ?? 0));
  return {
    nOffered: { count: offered.length },
    nConnected: { count: answered.length },
    nError: { count: records.filter((record) => seen(record.failedAt, record)).length },
    nOverSla: { count: answered.length - inTime },
    tAnswered: spread(waits),
    tWait: spread(waits),
    tAbandon: spread(abandoned.map((record) => (record.abandonedAt ?? 0) - record.offeredAt)),
    tTalk: spread(talks),
    tHandle: spread(talks.map((ms) => ms + ACW_MS)),
    tAcw: spread(talks.map(() => ACW_MS)),
    oServiceLevel:
      answered.length > 0
        ? { ratio: inTime / answered.length, numerator: inTime, denominator: answered.length, target: 0.8 }
        : {},
  };
}

function flows(world: World, query: z.infer<typeof flowQuery>): ApiReply {
  const { from, to } = intervalOf(query.interval);
  const all = world.sites.flatMap((site) => [
    { id: idOf('flow', site.name), records: site.records.flow },
    { id: site.file.platform.shadowFlow, records: site.records.shadow },
  ]);
  const chosen = all.filter(({ id }) =>
    passes(query.filter, { flowId: id, mediaType: 'voice', direction: 'inbound', flowType: 'inboundcall' }),
  );
  const byFlow = query.groupBy?.includes('flowId') === true;
  const groups = byFlow ? chosen.map((one) => [one]) : [chosen];
  const results = groups.flatMap((group) => {
    const records = group.flatMap((one) => recent(one.records, (record) => record.enteredAt, from, to));
    const data = buckets(from, to, query.granularity).flatMap((bucket) => {
      const metrics = statsOf(query.metrics, flowStats(records, bucket.from, bucket.to, world.agenda.now));
      return metrics.length > 0 ? [{ interval: intervalText(bucket), metrics }] : [];
    });
    const key = byFlow && group[0] ? { flowId: group[0].id } : {};
    return data.length > 0 ? [{ group: { mediaType: 'voice', ...key }, data }] : [];
  });
  return { status: 200, body: { results } };
}

function flowStats(records: readonly FlowRecord[], from: number, to: number, now: number): Record<string, Stats> {
  const entered = records.filter(
    (record) => within(record.enteredAt, from, to) && record.enteredAt + record.lagMs <= now,
  );
  const ended = records.filter((record) => within(record.endedAt, from, to) && record.endedAt + record.lagMs <= now);
  const lasted = (some: readonly FlowRecord[]) => spread(some.map((record) => record.endedAt - record.enteredAt));
  const hungUp = ended.filter((record) => record.outcome === 'hung-up');
  const withOutcome = ended.filter((record) => record.outcome !== 'hung-up');
  return {
    nFlow: { count: entered.length },
    nFlowOutcome: { count: withOutcome.length },
    nFlowOutcomeFailed: { count: withOutcome.filter((record) => record.outcome === 'failed').length },
    tFlow: lasted(ended),
    tFlowOutcome: lasted(withOutcome),
    tFlowExit: lasted(withOutcome),
    tFlowDisconnect: lasted(hungUp),
  };
}

/** Metrics with nothing to count are left out, as the platform does. */
function statsOf(metrics: readonly string[], stats: Readonly<Record<string, Stats>>) {
  return metrics.flatMap((metric) => {
    const found = stats[metric];
    const isEmpty =
      found === undefined || (found.count === 0 && found.ratio === undefined) || Object.keys(found).length === 0;
    return isEmpty ? [] : [{ metric, stats: found }];
  });
}

function spread(values: readonly number[]): Stats {
  if (values.length === 0) return { count: 0 };
  const whole = values.map(Math.round);
  return {
    count: whole.length,
    sum: whole.reduce((sum, value) => sum + value, 0),
    min: Math.min(...whole),
    max: Math.max(...whole),
  };
}

function queuesOf(world: World, by: Filter | undefined): { site: SiteWorld; queue: NewQueue }[] {
  const all = world.sites.flatMap((site) => site.queues.map((queue) => ({ site, queue })));
  return all.filter(({ queue }) =>
    passes(by, { queueId: queue.id, mediaType: 'voice', direction: 'inbound', purpose: 'acd' }),
  );
}

function passes(by: Filter | undefined, dimensions: Readonly<Record<string, string>>): boolean {
  if (!by) return true;
  const holds = (one: z.infer<typeof predicate>) => {
    const value = dimensions[one.dimension];
    if (one.operator === 'exists') return value !== undefined;
    if (one.operator === 'notExists') return value === undefined;
    return value !== undefined && value === one.value;
  };
  const joined = (type: 'and' | 'or', parts: readonly boolean[]) =>
    type === 'and' ? parts.every(Boolean) : parts.some(Boolean);
  const parts = [
    ...(by.predicates ?? []).map(holds),
    ...(by.clauses ?? []).map((one) => joined(one.type, one.predicates.map(holds))),
  ];
  return parts.length === 0 || joined(by.type, parts);
}

function intervalOf(text: string): { from: number; to: number } {
  const [start = '', end = ''] = text.split('/');
  const from = Date.parse(start);
  const to = Date.parse(end);
  if (Number.isNaN(from) || Number.isNaN(to))
    throw new Refused(400, 'interval must be two ISO-8601 times with a slash between them');
  if (from >= to) throw new Refused(400, 'interval must start before it ends');
  if (to - from > LONGEST_INTERVAL_MS) throw new Refused(400, 'interval must be at most 31 days');
  return { from, to };
}

function buckets(from: number, to: number, granularity: string | undefined): { from: number; to: number }[] {
  if (granularity === undefined) return [{ from, to }];
  const match = /^P(?:T(\d+)(M|H)|(\d+)D)$/.exec(granularity);
  if (!match) throw new Refused(400, `granularity ${granularity} is not an ISO-8601 duration such as PT5M`);
  const minutes = match[3] ? Number(match[3]) * 1440 : Number(match[1]) * (match[2] === 'H' ? 60 : 1);
  const step = minutes * 60_000;
  if (step === 0 || (to - from) / step > 10_000) throw new Refused(400, 'granularity is too fine for the interval');
  const list: { from: number; to: number }[] = [];
  for (let start = from; start < to; start += step) list.push({ from: start, to: Math.min(to, start + step) });
  return list;
}

function intervalText({ from, to }: { from: number; to: number }): string {
  return `${new Date(from).toISOString()}/${new Date(to).toISOString()}`;
}
