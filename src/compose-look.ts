import type { QueueFigures } from './adapters/queue/queue-figures';
import type { Keys } from './adapters/store/keys';
import { readThreadLag } from './adapters/store/redis-thread-lag';
import { asFault } from './adapters/store/redis-wave-log';
import type { Store } from './adapters/store/store';
import type { CallBudget } from './ports/call-budget';
import type { Clock } from './ports/clock';
import type { WorkLook } from './ports/work-look';

export interface LookParts {
  readonly redis: Store;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly budget: CallBudget;
}

/** Redis gives this for a key that never runs out. */
const NEVER_RUNS_OUT = -1;

export function createWorkLook({ redis, keys, clock, budget }: LookParts, queues: QueueFigures): WorkLook {
  return {
    async jobOf(effect) {
      const waits = effect.kind === 'wake' || (effect.notBefore !== null && effect.notBefore > clock.now());
      const states = [await asFault(() => queues.stateOf(waits ? 'timers' : 'steps', effect.key))];
      // Whose time has just come may still be with its timer, and a second offer has an id of its own.
      if (!waits) {
        states.push(await asFault(() => queues.stateOf('timers', effect.key)));
        states.push(await asFault(() => queues.stateOf('steps', `${effect.key}.again-1`)));
      }
      const there = states.filter((state) => state !== 'unknown');
      if (there.length === 0) return 'none';
      return there.every((state) => state === 'active') ? 'with-worker' : 'to-come';
    },
    async leaseOf(wave, purpose) {
      const left = await asFault(() => redis.pttl(keys.lease(wave, purpose)));
      if (left === NEVER_RUNS_OUT) return 'endless';
      return left > 0 ? 'held' : 'free';
    },
    threadsBehind: async () => (await readThreadLag(redis, keys)).waves,
    silentUntil: async () => (await budget.figures()).pausedUntil,
  };
}
