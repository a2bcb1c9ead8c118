import type { Outcome } from './outcome';
import type { StepState } from './wave';

const HOUR = 60 * 60_000;
/** What has stood still for longer than an hour is looked at after this share of the time that it has stood still. */
const SHARE = 200;

/**
 * After how many ms a step that waits is looked at again: as it asks, but for one that has found the very same for more
 * than an hour. So the log of a wave that waits for days for something that nobody can date grows by its logarithm: each
 * look is kept, and there are at most 200 of them while the time waited grows by the factor 2.7. `since`: epoch ms at
 * which the waiting began; `end`: where the step's time is up, null for none.
 */
export function lookAgainMs(
  state: StepState,
  outcome: Extract<Outcome, { kind: 'waiting' }>,
  times: { readonly since: number; readonly now: number; readonly end: number | null },
): number {
  const { recheckAfterMs, until, summary, progress } = outcome;
  const { since, now, end } = times;
  const stoodStill = summary === state.summary && progress === undefined;
  if (!stoodStill || now - since <= HOUR) return recheckAfterMs;
  const latest = Math.min(until ?? Number.POSITIVE_INFINITY, end ?? Number.POSITIVE_INFINITY) - now;
  return Math.max(recheckAfterMs, Math.min(Math.floor((now - since) / SHARE), latest));
}
