import { z } from 'zod';
import type { CallFigures, Interval, Platform } from '../../../ports/platform';
import type { GenesysApi } from './api';

/** Interactions that a metric counted; the vendor leaves out a metric, its stats or a whole group when nothing happened. */
const aggregates = z.looseObject({
  results: z
    .array(
      z.looseObject({
        group: z.record(z.string(), z.string()),
        data: z
          .array(
            z.looseObject({
              metrics: z
                .array(
                  z.looseObject({
                    metric: z.string(),
                    stats: z.looseObject({ count: z.number().nonnegative().optional() }).nullish(),
                  }),
                )
                .nullish(),
            }),
          )
          .nullish(),
      }),
    )
    .nullish(),
});

const CALL_METRICS = ['nOffered', 'tAnswered', 'tAbandon', 'tShortAbandon', 'nError'];
const FLOW_METRICS = ['nFlow', 'nFlowOutcome', 'nFlowOutcomeFailed'];

type AnalyticsMethods = Pick<Platform, 'calls' | 'flow'>;

/**
 * Voice calls per queue, POST /api/v2/analytics/conversations/aggregates/query:
 * - `offered` is `nOffered`: calls that entered the queues, those still waiting included;
 * - `completed` is the count of `tAnswered`: calls that an agent answered;
 * - `failed` is `nError` plus `tAbandon` less `tShortAbandon`: calls that ended in an error, and callers who gave up
 *   after the organisation's short-abandon limit (the vendor counts short ones among the abandoned).
 * A call that was answered and then broke counts on both sides. Calls in progress count as soon as they are answered.
 *
 * Legs through a flow, POST /api/v2/analytics/flows/aggregates/query: `nFlow`, `nFlowOutcome`, `nFlowOutcomeFailed`.
 * A leg that reaches two outcomes counts twice in `finished`.
 *
 * Null when none of the metrics has a count: no traffic, or not counted yet. The vendor counts late: end the interval
 * two minutes ago or earlier.
 */
export function genesysAnalytics(api: GenesysApi): AnalyticsMethods {
  return {
    async calls(queues, interval) {
      if (queues.length === 0 || interval.to <= interval.from) return null;
      const voice = { dimension: 'mediaType', value: 'voice' };
      const anyQueue = { type: 'or', predicates: queues.map((value) => ({ dimension: 'queueId', value })) };
      const query = {
        interval: isoInterval(interval),
        groupBy: ['queueId'],
        metrics: CALL_METRICS,
        filter: { type: 'and', predicates: [voice], clauses: [anyQueue] },
      };
      const answer = await api.ask('/api/v2/analytics/conversations/aggregates/query', query, aggregates);
      const counts = countsOf(answer, CALL_METRICS, (group) => queues.includes(group.queueId ?? ''));
      return counts && callFigures(counts);
    },

    async flow(flow, interval) {
      if (interval.to <= interval.from) return null;
      const query = {
        interval: isoInterval(interval),
        groupBy: ['flowId'],
        metrics: FLOW_METRICS,
        filter: { type: 'and', predicates: [{ dimension: 'flowId', value: flow }] },
      };
      const answer = await api.ask('/api/v2/analytics/flows/aggregates/query', query, aggregates);
      const counts = countsOf(answer, FLOW_METRICS, (group) => group.flowId === flow);
      if (counts === null) return null;
      return {
        entered: counts.get('nFlow') ?? 0,
        finished: counts.get('nFlowOutcome') ?? 0,
        failed: counts.get('nFlowOutcomeFailed') ?? 0,
      };
    },
  };
}

function callFigures(counts: ReadonlyMap<string, number>): CallFigures {
  const of = (metric: string): number => counts.get(metric) ?? 0;
  return {
    offered: of('nOffered'),
    completed: of('tAnswered'),
    failed: of('nError') + Math.max(0, of('tAbandon') - of('tShortAbandon')),
  };
}

/** Sums per metric over the groups that were asked for; null without a single count. */
function countsOf(
  answer: z.infer<typeof aggregates>,
  metrics: readonly string[],
  isAsked: (group: Readonly<Record<string, string>>) => boolean,
): ReadonlyMap<string, number> | null {
  const counts = new Map<string, number>();
  const groups = (answer.results ?? []).filter((result) => isAsked(result.group));
  for (const { metric, stats } of groups.flatMap((group) => group.data ?? []).flatMap((data) => data.metrics ?? [])) {
    if (stats?.count === undefined || !metrics.includes(metric)) continue;
    counts.set(metric, (counts.get(metric) ?? 0) + stats.count);
  }
  return counts.size === 0 ? null : counts;
}

function isoInterval({ from, to }: Interval): string {
  return `${new Date(from).toISOString()}/${new Date(to).toISOString()}`;
}
