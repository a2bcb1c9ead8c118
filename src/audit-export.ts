import { sha256 } from './adapters/digest';
import { signText } from './adapters/signature';
import { type AuditManifest, manifestOf } from './core/audit-manifest';
import type { LoggedEvent } from './core/events';
import { canonicalJson } from './core/json';
import type { ThreadPost } from './core/thread-post';
import { evolve, type Wave } from './core/wave';
import { verifyLog } from './engine/verify-log';
import type { ThreadFile } from './parse/thread-file';

/** As it stands in every file that this version writes: name and version of package.json. */
export const PRODUCT = 'cutover 0.1.0';

/**
 * One file that stands alone: a JSON line an event, then one with the manifest, signed where there is a key. Line n is
 * event n. A log that is not whole is exported all the same, and without a manifest: nobody is to vouch for it.
 */
export function auditExport(
  log: readonly LoggedEvent[],
  thread: AuditManifest['thread'],
  made: { readonly at: number; readonly signingKey: string | null },
): { readonly lines: readonly string[]; readonly broken: string | null } {
  const lines = log.map((entry) => JSON.stringify(entry));
  const tampering = verifyLog(sha256, log, null);
  const wave = tampering ? null : foldLog(log);
  if (!wave)
    return { lines, broken: tampering ? `entry ${tampering.entry}: ${tampering.finding}` : 'it does not begin' };
  const manifest = manifestOf(log, wave, { exportedAt: new Date(made.at).toISOString(), product: PRODUCT, thread });
  const signature = made.signingKey === null ? null : signText(made.signingKey, canonicalJson(manifest));
  return { lines: [...lines, JSON.stringify({ manifest, ...(signature ? { signature } : {}) })], broken: null };
}

/** The thread as it was taken down, for `verify --thread`. */
export function threadText(
  wave: string,
  root: { readonly channel: string; readonly ts: string },
  posts: readonly ThreadPost[],
  at: number,
): string {
  const { channel, ts } = root;
  const file: ThreadFile = {
    thread: { format: 1, wave, channel, ts, takenAt: new Date(at).toISOString(), product: PRODUCT },
    posts,
  };
  return `${JSON.stringify(file, null, 1)}\n`;
}

/** The wave after these events; null for none, or where they cannot have followed each other. */
export function foldLog(log: readonly LoggedEvent[]): Wave | null {
  try {
    return log.reduce<Wave | null>((wave, logged) => evolve(wave, logged), null);
  } catch {
    return null;
  }
}
