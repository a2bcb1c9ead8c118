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

export const hasStaleMark = ({ extendedErrors }: Pick<AnswerShown, 'extendedErrors'>): boolean =>
  extendedErrors.some((code) => STALE_ERRORS.includes(code));

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
  if (hasStaleMark(answer)) return 'stale';
  if (sameValues(answer.values, wanted)) return 'new';
  return former.some((values) => sameValues(answer.values, values)) ? 'old' : 'wrong';
}

const WORST_FIRST: readonly Reading[] = ['wrong', 'unknown', 'old', 'stale', 'new'];

/** A server is as far as its least advanced answer. */
export function worstReading(readings: readonly Reading[]): Reading {
  return WORST_FIRST.find((reading) => readings.includes(reading)) ?? 'unknown';
}
