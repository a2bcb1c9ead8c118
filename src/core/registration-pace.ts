/** How fast phones may be asked to register, so that the gateway's limit is never met on purpose. */

/**
 * A third of the limit: each phone costs two REGISTERs (the first is challenged), and measured against a limit of 10 a
 * second, 3 a second were never refused while 4 were.
 */
const SHARE_OF_LIMIT = 0.3;
const SLOWEST_PER_SECOND = 0.1;
const GROWTH = 1.1;

export function fastestPace(registersPerSecond: number): number {
  return Math.max(SLOWEST_PER_SECOND, SHARE_OF_LIMIT * registersPerSecond);
}

/** How fast phones are asked now, and the rate that has been refused before, which is not tried again; phones a second. */
export interface Pace {
  readonly perSecond: number;
  readonly ceiling: number;
}

/** Below what was refused, so that the same refusal is not met twice. */
const BELOW_REFUSED = 0.9;

export function firstPace(registersPerSecond: number): Pace {
  const perSecond = fastestPace(registersPerSecond);
  return { perSecond, ceiling: perSecond };
}

/** After a refusal: half as fast, and never again as fast as then. */
export function slower({ perSecond, ceiling }: Pace): Pace {
  return {
    perSecond: Math.max(SLOWEST_PER_SECOND, perSecond / 2),
    ceiling: Math.max(SLOWEST_PER_SECOND, Math.min(ceiling, BELOW_REFUSED * perSecond)),
  };
}

/** After a batch without refusals: a little faster, up to the ceiling. */
export function faster({ perSecond, ceiling }: Pace): Pace {
  return { perSecond: Math.min(ceiling, perSecond * GROWTH), ceiling };
}

/** Phones wait at least their retry interval and not all equally long. */
const WAVE_MS = 5_000;
/** After so many retries the phones of one refusal are spread, and one wave cannot be told from the next. */
const WAVES = 4;
/** A refusal is seen by the next look after it, so the wave may come by this much earlier than counted. */
const SEEN_LATE_MS = 5_000;

/**
 * The first moment from `now` on at which new registrations of `lengthMs` meet no retry wave: phones that were refused
 * come again one retry interval later, and at its multiples. Times in epoch ms.
 */
export function clearOfRetries(now: number, lengthMs: number, refusedAt: readonly number[], retryMs: number): number {
  const waves = refusedAt
    .flatMap((at) => Array.from({ length: WAVES }, (_, k) => at + (k + 1) * retryMs))
    .map((at) => ({ from: at - SEEN_LATE_MS, to: at + WAVE_MS }))
    .sort((a, b) => a.from - b.from);
  // Sorted by their starts: having passed one, only later ones can be in the way.
  return waves.reduce((start, { from, to }) => (start < to && start + lengthMs > from ? to : start), now);
}

/** Phones to restart at once when the next batch follows after `intervalMs`. */
export function batchSize(perSecond: number, intervalMs: number): number {
  return Math.max(1, Math.floor((perSecond * intervalMs) / 1000));
}

/** When the next batch may follow one of this size. */
export function batchMs(phones: number, perSecond: number): number {
  return Math.ceil((1000 * phones) / perSecond);
}
