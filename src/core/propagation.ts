import { sameValues } from './record-values';

/** What one DNS answer says about a change. `stale` is an answer that the resolver itself calls out of date. */
export type Reading = 'new' | 'old' | 'stale' | 'wrong' | 'unknown';

export interface AnswerShown {
  readonly at: number;
  readonly rcode: string;
  readonly values: readonly string[];
  readonly ttl: number | null;
  readonly extendedErrors: readonly number[];
}

/** RFC 8914: 3 = stale answer, 19 = stale NXDOMAIN. */
const STALE_ERRORS = [3, 19];

/**
 * Null stands for silence. Neither silence nor an error nor an empty answer ever counts as propagated; a value that is
 * neither the wanted one nor a former one is wrong.
 */
export function readAnswer(
  answer: AnswerShown | null,
  wanted: readonly string[],
  former: readonly (readonly string[])[],
): Reading {
  if (answer === null || answer.rcode !== 'NOERROR' || answer.values.length === 0) return 'unknown';
  if (answer.extendedErrors.some((code) => STALE_ERRORS.includes(code))) return 'stale';
  if (sameValues(answer.values, wanted)) return 'new';
  return former.some((values) => sameValues(answer.values, values)) ? 'old' : 'wrong';
}

const WORST_FIRST: readonly Reading[] = ['wrong', 'unknown', 'old', 'stale', 'new'];

/** A server is as far as its least advanced answer. */
export function worstReading(readings: readonly Reading[]): Reading {
  return WORST_FIRST.find((reading) => readings.includes(reading)) ?? 'unknown';
}

/** Measured: a cached answer is gone one second after its remaining TTL, not earlier. */
export function goneAt(answer: AnswerShown): number | null {
  return answer.ttl === null ? null : answer.at + (answer.ttl + 1) * 1000;
}

const SOONEST_MS = 5_000;
const LATEST_MS = 60_000;
const UNKNOWN_MS = 10_000;

/**
 * When to look again: when the first of the answers that are in the way can have changed, not every second. `until` is
 * when the last of them will have; null when one cannot be predicted. `goneAt` null: not predictable.
 */
export function nextLook(
  inTheWay: readonly { readonly goneAt: number | null }[],
  now: number,
): { readonly afterMs: number; readonly until: number | null } {
  const times = inTheWay.map((each) => each.goneAt ?? now + UNKNOWN_MS);
  const first = Math.min(...times, now + LATEST_MS);
  const known = inTheWay.every((each) => each.goneAt !== null);
  return {
    afterMs: Math.min(LATEST_MS, Math.max(SOONEST_MS, first - now)),
    until: known && times.length > 0 ? Math.max(...times) : null,
  };
}
