/** `POST /api/v2/analytics/conversations/details/query`: conversations one by one, from the call records. */
import { z } from 'zod';
import { type ApiReply, Refused, type Routes } from '../http';
import { type FlowRecord, type QueueRecord, recent } from '../model/call-records';
import { idOf } from '../model/random';
import type { World } from '../model/world';
import { bodyOf } from './refusals';

const LONGEST_INTERVAL_MS = 31 * 24 * 3600_000;

const predicate = z.strictObject({
  type: z.literal('dimension').optional(),
  dimension: z.enum(['queueId', 'flowId', 'mediaType']),
  operator: z.literal('matches').optional(),
  value: z.string(),
});
const query = z.strictObject({
  interval: z.string(),
  order: z.enum(['asc', 'desc']).optional(),
  orderBy: z.enum(['conversationStart', 'conversationEnd']).optional(),
  segmentFilters: z.array(z.strictObject({ type: z.enum(['and', 'or']), predicates: z.array(predicate).min(1) })),
  paging: z.strictObject({ pageSize: z.number().int().min(1).max(100), pageNumber: z.number().int().min(1) }),
});
type Filters = z.infer<typeof query>['segmentFilters'];

export function conversationRoutes(world: World): Routes {
  return {
    'POST /api/v2/analytics/conversations/details/query': (request) => details(world, bodyOf(query, request)),
  };
}

function details(world: World, asked: z.infer<typeof query>): ApiReply {
  const [from = Number.NaN, to = Number.NaN] = asked.interval.split('/').map((text) => Date.parse(text));
  if (!(from < to)) throw new Refused(400, 'interval must be two ISO-8601 times in order with a slash between them');
  if (to - from > LONGEST_INTERVAL_MS) throw new Refused(400, 'interval must be at most 31 days');
  const { now } = world.agenda;
  const found = world.sites.flatMap(({ records, file, agents }) => [
    ...recent(records.queue, (record) => record.offeredAt, from, to)
      .filter((record) => record.offeredAt + record.lagMs <= now && (record.endedAt ?? now) >= from)
      .filter(({ queue }) => passes(asked.segmentFilters, { queueId: queue }))
      .map((record) => ({ start: record.offeredAt, body: queued(record, agents[0]?.user ?? '', now) })),
    ...recent(records.shadow, (record) => record.enteredAt, from, to)
      .filter((record) => record.endedAt + record.lagMs <= now && record.endedAt >= from)
      .filter(() => passes(asked.segmentFilters, { flowId: file.platform.shadowFlow }))
      .map((record) => ({ start: record.enteredAt, body: leg(record, file.platform.shadowFlow) })),
  ]);
  const sorted = found.sort((a, b) => (asked.order === 'desc' ? b.start - a.start : a.start - b.start));
  const { pageSize, pageNumber } = asked.paging;
  const page = sorted.slice((pageNumber - 1) * pageSize, pageNumber * pageSize).map(({ body }) => body);
  // Without a hit the vendor leaves the list out.
  return { status: 200, body: { ...(page.length > 0 ? { conversations: page } : {}), totalHits: sorted.length } };
}

const iso = (time: number): string => new Date(time).toISOString();

function queued(record: QueueRecord, user: string, now: number) {
  const { conversation, queue, offeredAt, answeredAt, endedAt } = record;
  const [waitedUntil, spokeUntil] = [answeredAt ?? endedAt ?? now, endedAt];
  const session = (kind: string, segments: readonly object[]) => ({
    sessionId: idOf(kind, conversation),
    mediaType: 'voice',
    direction: 'inbound',
    segments,
  });
  const waiting = {
    segmentType: 'interact',
    queueId: queue,
    segmentStart: iso(offeredAt),
    segmentEnd: iso(waitedUntil),
  };
  const acd = {
    participantId: idOf('acd', conversation),
    purpose: 'acd',
    sessions: [session('acd-session', [waiting])],
  };
  const talk = answeredAt !== null && {
    participantId: idOf('agent', conversation),
    purpose: 'agent',
    userId: user,
    sessions: [
      session('agent-session', [
        {
          segmentType: 'interact',
          queueId: queue,
          segmentStart: iso(answeredAt),
          ...(spokeUntil === null ? {} : { segmentEnd: iso(spokeUntil) }),
        },
      ]),
    ],
  };
  return {
    conversationId: conversation,
    conversationStart: iso(offeredAt),
    ...(endedAt === null ? {} : { conversationEnd: iso(endedAt) }),
    originatingDirection: 'inbound',
    participants: [acd, ...(talk ? [talk] : [])],
  };
}

function leg({ conversation, enteredAt, endedAt, outcome }: FlowRecord, flowId: string) {
  const reached = {
    flowOutcomeId: idOf('outcome', flowId),
    flowOutcomeStartTimestamp: iso(enteredAt),
    flowOutcomeEndTimestamp: iso(endedAt),
    flowOutcomeValue: outcome === 'failed' ? 'FAILURE' : 'SUCCESS',
  };
  const flow = { flowId, flowType: 'INBOUNDCALL', outcomes: outcome === 'hung-up' ? [] : [reached] };
  const segments = [{ segmentType: 'ivr', segmentStart: iso(enteredAt), segmentEnd: iso(endedAt) }];
  const session = { sessionId: idOf('ivr', conversation), mediaType: 'voice', direction: 'inbound', flow, segments };
  return {
    conversationId: conversation,
    conversationStart: iso(enteredAt),
    conversationEnd: iso(endedAt),
    originatingDirection: 'inbound',
    participants: [{ participantId: idOf('ivr-participant', conversation), purpose: 'ivr', sessions: [session] }],
  };
}

/** Every filter must hold; what a record has no value for does not match. */
function passes(filters: Filters, dimensions: Readonly<Record<string, string>>): boolean {
  const known: Readonly<Record<string, string>> = { mediaType: 'voice', ...dimensions };
  return filters.every(({ type, predicates }) => {
    const holds = predicates.map(({ dimension, value }) => known[dimension] === value);
    return type === 'and' ? holds.every(Boolean) : holds.some(Boolean);
  });
}
