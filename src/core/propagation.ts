import { sameValues } from './record-values';

/**
 * What one DNS answer says about a change. `stale` is an answer that the resolver itself calls out of date, `stale-new` one
 * that it calls so although it is the new one: an idle cache gives one whenever its entry has expired (RFC 8767).
 */
export type Reading = 'new' | 'stale-new' | 'old' | 'stale' | 'wrong' | 'unknown';

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
  const isNew = sameValues(answer.values, wanted);
  if (hasStaleMark(answer)) return isNew ? 'stale-new' : 'stale';
  if (isNew) return 'new';
  return former.some((values) => sameValues(answer.values, values)) ? 'old' : 'wrong';
}

/** The old answer is out of that cache: a stale answer alone does not prove it for the next one. */
export const givesNew = (reading: Reading): boolean => reading === 'new' || reading === 'stale-new';

const WORST_FIRST: readonly Reading[] = ['wrong', 'unknown', 'old', 'stale', 'stale-new', 'new'];

/** A server is as far as its least advanced answer. */
export function worstReading(readings: readonly Reading[]): Reading {
  return WORST_FIRST.find((reading) => readings.includes(reading)) ?? 'unknown';
}
