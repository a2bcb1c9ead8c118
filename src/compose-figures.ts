import type { Figures } from './adapters/ops/figures';
import { GENESYS_BUDGET } from './adapters/platforms/genesys/call-budget';
import type { QueueDepth } from './adapters/queue/queue-figures';
import type { Census } from './adapters/store/redis-census';
import type { ThreadLag } from './adapters/store/redis-thread-lag';
import type { CallBudgetFigures } from './ports/call-budget';

/** What was read, before it is counted. */
export interface Readings {
  readonly census: Census;
  readonly thread: ThreadLag;
  readonly depths: readonly QueueDepth[];
  readonly calls: CallBudgetFigures;
}

const OPEN_STATES = ['running', 'gated', 'held', 'rolling-back', 'stuck'] as const;

/** `now`: epoch ms of the product's clock. States that no wave is in are given as 0: what is absent cannot be watched. */
export function figuresFrom({ census, thread, depths, calls }: Readings, now: number): Figures {
  const waves = new Map<string, number>([...OPEN_STATES.map((state) => [state, 0] as const), ['unread', 0]]);
  const holds = new Map<string, number>();
  const standing = new Map<string, number>([
    ['held', 0],
    ['stuck', 0],
  ]);
  for (const { status, cause, since } of census.standings.values()) {
    waves.set(status, (waves.get(status) ?? 0) + 1);
    if (cause !== null) holds.set(cause, (holds.get(cause) ?? 0) + 1);
    const longest = standing.get(status);
    if (longest !== undefined) standing.set(status, Math.max(longest, now - since));
  }
  waves.set('unread', census.unread.length);
  const { taken, limit, pausedUntil, shared } = calls;
  return {
    waves,
    holds,
    standing,
    projections: [
      {
        projection: 'thread',
        behind: thread.behind,
        lagMs: thread.oldestAt === null ? 0 : Math.max(0, now - thread.oldestAt),
      },
    ],
    queues: depths,
    budgets: [
      {
        system: GENESYS_BUDGET.system,
        taken,
        limit,
        pausedMs: pausedUntil === null ? 0 : Math.max(0, pausedUntil - now),
        shared,
      },
    ],
  };
}
