import { sha256 } from './adapters/digest';
import { verifyLog } from './engine/verify-log';
import { parseExportedLog } from './parse/exported-log';
import { formatFaults } from './parse/parse-fault';

export interface AuditReport {
  readonly ok: boolean;
  readonly lines: readonly string[];
}

/** Checks an exported log offline. `head`: the last mark that the thread shows, or null; it proves the end as well. */
export function auditFile(text: string, file: string, head: string | null): AuditReport {
  if (head !== null && !/^[0-9a-f]{8,64}$/i.test(head))
    return bad('--head takes the last mark of the thread: 8 or more of the digits 0-9 and a-f.');
  const { entries, fault } = parseExportedLog(text, file);
  // Where a line cannot be read, an earlier one may have been touched all the same: the first is named.
  const tampering = verifyLog(sha256, entries, fault === null ? (head?.toLowerCase() ?? null) : null);
  if (tampering) return bad(`${file}: NOT as it was written. Entry ${tampering.entry}: ${tampering.finding}.`);
  if (fault) return bad(...formatFaults([fault]));
  const last = entries.at(-1);
  return {
    ok: true,
    lines: [
      `${file}: whole. ${entries.length} entries of ${last?.wave}, last mark ${last?.hash.slice(0, 8)}.`,
      ...(head === null ? [COMPARE] : []),
    ],
  };
}

const COMPARE =
  'Compare that mark with the last one in the thread (or give it as --head): entries cut off at the end leave the rest whole.';

const bad = (...lines: readonly string[]): AuditReport => ({ ok: false, lines });
