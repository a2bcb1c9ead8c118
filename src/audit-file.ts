import { sha256 } from './adapters/digest';
import { isSignedBy } from './adapters/signature';
import { foldLog } from './audit-export';
import { type AuditReport, auditThread } from './audit-thread';
import { canonicalJson } from './core/json';
import { isEnded } from './core/wave';
import { verifyLog } from './engine/verify-log';
import { verifyManifest } from './engine/verify-manifest';
import { type ExportedLog, parseExportedLog } from './parse/exported-log';
import { formatFaults } from './parse/parse-fault';
import { parseThreadFile } from './parse/thread-file';

export type { AuditReport } from './audit-thread';

/** What an exported file is compared with, besides itself. */
export interface Witnesses {
  /** A thread that was taken down: the text of its file. */
  readonly thread?: { readonly text: string; readonly name: string };
  /** PEM of the public key of whoever is to have signed. */
  readonly publicKey?: string;
}

/**
 * Checks an exported log offline. `head`: the last mark that the thread shows, or null; it proves the end as well. Throws
 * `Fault` when the public key is none.
 */
export function auditFile(text: string, file: string, head: string | null, witnesses: Witnesses = {}): AuditReport {
  if (head !== null && !/^[0-9a-f]{8,64}$/i.test(head))
    return bad('--head takes the last mark of the thread: 8 or more of the digits 0-9 and a-f.');
  const read = parseExportedLog(text, file);
  const { entries, manifest, fault } = read;
  // Where a line cannot be read, an earlier one may have been touched all the same: the first is named.
  const tampering = verifyLog(sha256, entries, fault === null ? (head?.toLowerCase() ?? null) : null);
  if (tampering) return bad(`${file}: NOT as it was written. Entry ${tampering.entry}: ${tampering.finding}.`);
  if (fault) return bad(...formatFaults([fault]));
  const wave = foldLog(entries);
  const last = entries.at(-1);
  if (!wave || !last) return bad(`${file}: NOT a wave's log: its events cannot have followed each other.`);
  const changed = manifest ? verifyManifest(manifest, entries, wave) : null;
  if (changed) return bad(`${file}: NOT as it was written: ${changed}.`);
  const signed = signatureLine(read, file, witnesses.publicKey);
  if (!signed.ok) return signed;
  const thread = threadReport(read, isEnded(wave), witnesses.thread);
  const isProven = head !== null || witnesses.thread !== undefined || witnesses.publicKey !== undefined;
  return {
    ok: thread.ok,
    lines: [
      `${file}: whole. ${entries.length} entries of ${last.wave}, last mark ${last.hash.slice(0, 10)}.`,
      manifest
        ? `  Exported ${manifest.exportedAt} by ${manifest.product}; the wave was ${manifest.status}; ${manifest.decisions.length} decisions of people.`
        : '  It has no manifest: an older version wrote it, or its last line was cut off.',
      ...signed.lines,
      ...thread.lines,
      ...(isProven ? [] : [COMPARE]),
    ],
  };
}

function signatureLine({ manifest, signature }: ExportedLog, file: string, publicKey: string | undefined): AuditReport {
  if (publicKey === undefined)
    return good(
      ...(signature ? [`  Signed with key ${signature.key.slice(0, 16)}; --public-key FILE checks that.`] : []),
    );
  if (!manifest || !signature) return bad(`${file}: NOT signed, so no key can vouch for it.`);
  return isSignedBy(publicKey, canonicalJson(manifest), signature.value)
    ? good(`  The signature is good: key ${signature.key.slice(0, 16)}.`)
    : bad(`${file}: NOT signed by the owner of that key, or changed after it was signed.`);
}

function threadReport({ entries, manifest }: ExportedLog, ended: boolean, thread: Witnesses['thread']): AuditReport {
  if (!thread) return good();
  const taken = parseThreadFile(thread.text);
  if (!taken) return bad(`${thread.name}: is no thread as \`npx cutover audit thread WAVE\` writes it down.`);
  const { wave, ts, channel, product } = taken.thread;
  if (wave !== entries[0]?.wave)
    return bad(`${thread.name}: is the thread of ${wave.slice(0, 60)}, the log is of ${entries[0]?.wave}.`);
  const known = manifest?.thread;
  if (known && (known.ts !== ts || known.channel !== channel))
    return bad(`${thread.name}: NOT the wave's thread; that one begins at ${known.ts} in ${known.channel}.`);
  return auditThread(entries, {
    name: thread.name,
    root: ts,
    posts: taken.posts,
    // A wave that has ended has been told to its end, whatever a file says of it.
    mustTell: ended ? entries.length : (known?.heard ?? 0),
    rootAt: ended ? entries.length : 0,
    product: manifest && manifest.product === product ? product : null,
  });
}

const COMPARE =
  'Compare that mark with the last one in the thread (or give it as --head): entries cut off at the end leave the rest whole.';

const good = (...lines: readonly string[]): AuditReport => ({ ok: true, lines });
const bad = (...lines: readonly string[]): AuditReport => ({ ok: false, lines });
