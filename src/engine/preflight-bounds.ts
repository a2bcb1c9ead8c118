import type { PreflightLine } from '../core/preflight';
import type { Digest } from '../ports/digest';

/** How long a text of a line may be, in characters: a list of ten thousand numbers would fill the log and the thread. */
export const LONGEST_LINE_TEXT = 1_000;
const DIGEST_DIGITS = 12;

/**
 * The line with its texts bounded. A waiver holds for the text that was found, so what was cut leaves a digest of the whole:
 * two findings that begin alike stay two.
 */
export function boundedLine(digest: Digest, line: PreflightLine): PreflightLine {
  const { what, found, wanted, mend } = line;
  if ([what, found, wanted, mend].every(isShort)) return line;
  const bounded = (text: string): string => (isShort(text) ? text : cut(digest, text));
  return { ...line, what: bounded(what), found: bounded(found), wanted: bounded(wanted), mend: bounded(mend) };
}

const isShort = (text: string): boolean => text.length <= LONGEST_LINE_TEXT;

function cut(digest: Digest, text: string): string {
  const room = LONGEST_LINE_TEXT - tail(text.length, '0'.repeat(DIGEST_DIGITS)).length;
  // No half of a surrogate pair: the text has to stay one that every reader writes the same.
  const beginning = text.slice(0, room).replace(/[\uD800-\uDBFF]$/, '');
  return beginning + tail(text.length - beginning.length, digest(text).slice(0, DIGEST_DIGITS));
}

const tail = (more: number, digits: string): string => ` [${more} more characters, all of it ${digits}]`;
