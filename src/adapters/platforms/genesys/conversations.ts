import { z } from 'zod';
import type { AnsweredCall, Interval, Platform } from '../../../ports/platform';
import type { GenesysApi } from './api';
import { endless, MOST_PAGES } from './pages';

const time = z.iso.datetime({ offset: true }).transform((text) => Date.parse(text));
const segment = z.looseObject({
  segmentType: z.string().nullish(),
  segmentStart: time.nullish(),
  segmentEnd: time.nullish(),
  queueId: z.string().nullish(),
});
const session = z.looseObject({
  flow: z
    .looseObject({
      flowId: z.string().nullish(),
      outcomes: z.array(z.looseObject({ flowOutcomeEndTimestamp: time.nullish() })).nullish(),
    })
    .nullish(),
  segments: z.array(segment).nullish(),
});
const conversation = z.looseObject({
  conversationId: z.string().min(1),
  conversationEnd: time.nullish(),
  participants: z
    .array(z.looseObject({ purpose: z.string().nullish(), sessions: z.array(session).nullish() }))
    .nullish(),
});
const answer = z.looseObject({
  conversations: z.array(conversation).nullish(),
  totalHits: z.number().int().nonnegative().nullish(),
});
type Conversation = z.infer<typeof conversation>;

const PATH = '/api/v2/analytics/conversations/details/query';
/** The vendor's most. */
const PAGE_SIZE = 100;

type ConversationMethods = Required<Pick<Platform, 'answeredCalls' | 'finishedLegs'>>;

/**
 * Conversations one by one, POST /api/v2/analytics/conversations/details/query, page by page: it gives those that had any
 * activity in the interval, so what happened outside of it is left out here. A call was answered when its first agent's
 * `interact` segment on one of the queues began; a leg was through when the flow reached its first outcome.
 */
export function genesysConversations(api: GenesysApi): ConversationMethods {
  return {
    async answeredCalls(queues, interval) {
      const found = await detailsOf(api, 'queueId', queues, interval);
      return found && within(found, interval, (one) => answeredAt(one, queues));
    },
    async finishedLegs(flow, interval) {
      const found = await detailsOf(api, 'flowId', [flow], interval);
      return found && within(found, interval, (one) => outcomeAt(one, flow));
    },
  };
}

/** Null when there is not one: nothing happened, or it is not recorded yet. */
async function detailsOf(
  api: GenesysApi,
  dimension: 'queueId' | 'flowId',
  values: readonly string[],
  { from, to }: Interval,
): Promise<readonly Conversation[] | null> {
  if (values.length === 0 || to <= from) return null;
  const voice = { type: 'and', predicates: [{ dimension: 'mediaType', value: 'voice' }] };
  const any = { type: 'or', predicates: values.map((value) => ({ dimension, value })) };
  const all: Conversation[] = [];
  for (let pageNumber = 1; pageNumber <= MOST_PAGES; pageNumber += 1) {
    const query = {
      interval: `${new Date(from).toISOString()}/${new Date(to).toISOString()}`,
      order: 'asc',
      orderBy: 'conversationStart',
      segmentFilters: [voice, any],
      paging: { pageSize: PAGE_SIZE, pageNumber },
    };
    const { conversations, totalHits } = await api.ask(PATH, query, answer);
    const page = conversations ?? [];
    all.push(...page);
    const isLast = page.length < PAGE_SIZE || (typeof totalHits === 'number' && all.length >= totalHits);
    if (isLast) return all.length === 0 ? null : all;
  }
  throw endless(PATH);
}

function within(
  all: readonly Conversation[],
  { from, to }: Interval,
  timeOf: (one: Conversation) => number | null,
): readonly AnsweredCall[] {
  return all.flatMap((one) => {
    const at = timeOf(one);
    if (at === null || at < from || at >= to) return [];
    return [{ id: one.conversationId, answeredAt: at, endedAt: one.conversationEnd ?? null }];
  });
}

function answeredAt({ participants }: Conversation, queues: readonly string[]): number | null {
  return earliest(
    (participants ?? [])
      .filter(({ purpose }) => purpose === 'agent')
      .flatMap(({ sessions }) => sessions ?? [])
      .flatMap(({ segments }) => segments ?? [])
      .filter(({ segmentType, queueId }) => segmentType === 'interact' && queues.includes(queueId ?? ''))
      .map(({ segmentStart }) => segmentStart),
  );
}

function outcomeAt({ participants }: Conversation, flowId: string): number | null {
  return earliest(
    (participants ?? [])
      .flatMap(({ sessions }) => sessions ?? [])
      .filter(({ flow }) => flow?.flowId === flowId)
      .flatMap(({ flow }) => flow?.outcomes ?? [])
      .map(({ flowOutcomeEndTimestamp }) => flowOutcomeEndTimestamp),
  );
}

function earliest(times: readonly (number | null | undefined)[]): number | null {
  const known = times.filter((at) => typeof at === 'number');
  return known.length === 0 ? null : Math.min(...known);
}
