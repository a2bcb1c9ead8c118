import type { Clock } from '../../../ports/clock';

export interface CallBudget {
  /** Resolves when one call may be sent; callers are served in the order of asking. */
  take(): Promise<void>;
}

/**
 * The vendor allows 300 calls a minute and client. `burst` at once, then an even flow: no minute of the clock ever sees
 * more than `perMinute + burst`, by default 245, which leaves room for a second small client of the same organisation.
 */
export const CALLS_PER_MINUTE = 220;
export const BURST = 25;

/** A token bucket in the clock's time, for one process. */
export function createCallBudget(
  clock: Clock,
  limits: { readonly perMinute: number; readonly burst: number } = { perMinute: CALLS_PER_MINUTE, burst: BURST },
): CallBudget {
  const msPerCall = 60_000 / limits.perMinute;
  let calls = limits.burst;
  let filledAt = clock.now();
  let lastInLine: Promise<void> = Promise.resolve();

  async function takeOne(): Promise<void> {
    for (;;) {
      const now = clock.now();
      calls = Math.min(limits.burst, calls + Math.max(0, now - filledAt) / msPerCall);
      filledAt = now;
      // A hair below one is one: the refill is a fraction.
      if (calls >= 1 - 1e-9) break;
      await clock.sleep(Math.ceil((1 - calls) * msPerCall));
    }
    calls -= 1;
  }

  return {
    take() {
      lastInLine = lastInLine.catch(() => undefined).then(takeOne);
      return lastInLine;
    },
  };
}
