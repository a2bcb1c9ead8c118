import type { LoggedEvent } from '../core/events';
import type { Digest } from '../ports/digest';
import { chainHash } from './draft';

/** What an entry consists of: its hash covers all but itself. */
const COVERED = ['wave', 'seq', 'at', 'by', 'event', 'hash'];

/** The first entry of a log that does not belong where it stands, and how that shows. */
export interface Tampering {
  /** Position in the file, 1 is the first. */
  readonly entry: number;
  readonly finding: string;
}

/**
 * Whether an exported log is whole: sequence without gap, one wave, times that do not run back, and every hash follows
 * from the one before it. `expectedHead`, when known from elsewhere (the thread shows it), also proves the end.
 */
export function verifyLog(digest: Digest, log: readonly LoggedEvent[], expectedHead: string | null): Tampering | null {
  let previous = '';
  for (const [index, entry] of log.entries()) {
    const found = tamperingAt(digest, log, index, previous);
    if (found) return { entry: index + 1, finding: found };
    previous = entry.hash;
  }
  if (expectedHead !== null && !previous.startsWith(expectedHead)) {
    return {
      entry: log.length + 1,
      finding: `the log ends at ${previous.slice(0, 8)}, but ${expectedHead.slice(0, 8)} was given as its last mark: entries are missing at the end or were added there`,
    };
  }
  return null;
}

function tamperingAt(digest: Digest, log: readonly LoggedEvent[], index: number, previous: string): string | null {
  const entry = log[index];
  const first = log[0];
  if (!entry || !first) return 'the entry is missing';
  if (entry.wave !== first.wave) return `it belongs to wave ${entry.wave}, the log is of ${first.wave}`;
  const wanted = index + 1;
  if (entry.seq !== wanted) {
    if (log.slice(0, index).some((other) => other.seq === entry.seq))
      return `it has the number ${entry.seq} of an earlier entry: added or repeated`;
    if (log.slice(index).some((other) => other.seq === wanted))
      return `it has the number ${entry.seq} where ${wanted} belongs, and ${wanted} stands further on: the order was changed`;
    return `it has the number ${entry.seq} where ${wanted} belongs: an entry was removed`;
  }
  const foreign = Object.keys(entry).filter((name) => !COVERED.includes(name));
  if (foreign.length > 0) return `it has a field that no hash covers (${foreign[0]?.slice(0, 40)}): it was added later`;
  if (chainHash(digest, previous, entry) !== entry.hash)
    return `entry ${entry.seq} (${entry.event.type}) does not fit its hash: it was changed, or stands in another's place`;
  return null;
}
