import { type CallLimits, keptBelow, mostAMinute } from '../../../core/call-limits';
import type { CallBudget } from '../../../ports/call-budget';
import type { Clock } from '../../../ports/clock';
import { Fault } from '../../../ports/fault';
import { LONGEST_WAIT_MS } from '../../http/vendor-client';
import { SYSTEM } from './fitted';

/**
 * The vendor allows 300 calls a minute and client. `burst` at once, then an even flow: no minute of the clock ever sees
 * more than `perMinute + burst`, by default 245, which leaves room for a second small client of the same organisation.
 */
export const CALLS_PER_MINUTE = 220;
export const BURST = 25;

export const CALL_LIMITS: CallLimits = { perMinute: CALLS_PER_MINUTE, burst: BURST };
/** What one process keeps to when it cannot ask the others: four of them stay below the limit together. */
export const OWN_SHARE: CallLimits = { perMinute: 55, burst: 6 };
const SHARES = 4;

/** Longer than this nobody is kept away at a word of the platform, ms: it may be a slip, and the next 429 says so again. */
export const LONGEST_PAUSE_MS = 5 * 60_000;
const MINUTE_MS = 60_000;

/** For the budget that all processes share. */
export const GENESYS_BUDGET = {
  ...CALL_LIMITS,
  system: SYSTEM,
  longestWaitMs: LONGEST_WAIT_MS,
  longestPauseMs: LONGEST_PAUSE_MS,
  shares: SHARES,
};

/** A token bucket in the clock's time, for one process. */
export function createCallBudget(clock: Clock, ours: CallLimits = CALL_LIMITS): CallBudget {
  let limits = ours;
  let calls = limits.burst;
  let filledAt = clock.now();
  let pausedUntil = 0;
  let lastInLine: Promise<void> = Promise.resolve();
  let taken: number[] = [];

  async function takeOne(): Promise<void> {
    for (;;) {
      const now = clock.now();
      const msPerCall = MINUTE_MS / limits.perMinute;
      if (pausedUntil - now > LONGEST_WAIT_MS) throw stayAway(pausedUntil - now);
      calls = Math.min(limits.burst, calls + Math.max(0, now - filledAt) / msPerCall);
      filledAt = now;
      // A hair below one is one: the refill is a fraction.
      if (pausedUntil <= now && calls >= 1 - 1e-9) break;
      await clock.sleep(Math.max(pausedUntil - now, Math.ceil((1 - calls) * msPerCall)));
    }
    calls -= 1;
    taken = [...taken.filter((at) => at > clock.now() - MINUTE_MS), clock.now()];
  }

  return {
    take() {
      lastInLine = lastInLine.catch(() => undefined).then(takeOne);
      return lastInLine;
    },
    async pause(ms) {
      pausedUntil = Math.max(pausedUntil, clock.now() + Math.min(ms, LONGEST_PAUSE_MS));
    },
    keepBelow(allowed) {
      limits = keptBelow(ours, allowed);
    },
    async figures() {
      const now = clock.now();
      return {
        taken: taken.filter((at) => at > now - MINUTE_MS).length,
        limit: mostAMinute(limits),
        pausedUntil: pausedUntil > now ? pausedUntil : null,
        shared: false,
      };
    },
  };
}

/** For everybody alike: the platform has said when to come again. */
export function stayAway(ms: number): Fault {
  const message = `${SYSTEM} has asked for fewer calls; nobody calls it for another ${Math.ceil(ms / 1000)} s.`;
  return new Fault(message, { system: SYSTEM, transient: true, status: 429, retryAfterMs: ms });
}
