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

/** After a refusal: half as fast. */
export function slower(perSecond: number): number {
  return Math.max(SLOWEST_PER_SECOND, perSecond / 2);
}

/** After a batch without refusals: a little faster, up to the fastest. */
export function faster(perSecond: number, registersPerSecond: number): number {
  return Math.min(fastestPace(registersPerSecond), perSecond * GROWTH);
}

/** Phones to restart at once when the next batch follows after `intervalMs`. */
export function batchSize(perSecond: number, intervalMs: number): number {
  return Math.max(1, Math.floor((perSecond * intervalMs) / 1000));
}

/** When the next batch may follow one of this size. */
export function batchMs(phones: number, perSecond: number): number {
  return Math.ceil((1000 * phones) / perSecond);
}
