import { type AuditDecision, decisionsOf } from './decisions';
import type { LoggedEvent } from './events';
import type { Wave } from './wave';

/** The last line of an exported file: what the file is, so that it can be read and checked without anything else. */
export interface AuditManifest {
  /** Of this description; a reader refuses one that it does not know. */
  readonly format: 1;
  readonly wave: string;
  readonly site: string;
  /** How the wave stood after the last event. */
  readonly status: string;
  readonly events: number;
  /** Hash of the last event: it covers all of them. */
  readonly head: string;
  /** ISO 8601. */
  readonly exportedAt: string;
  /** `cutover 1.2.3` */
  readonly product: string;
  /** Where the wave's thread is, and the last event that it told when the file was made; null before its first post. */
  readonly thread: { readonly channel: string; readonly ts: string; readonly heard: number } | null;
  /** Who decided what, and the event whose evidence lay before them. Made of the events; `verify` makes it again. */
  readonly decisions: readonly AuditDecision[];
}

/** The manifest of a log that is not empty; `wave` is the wave after its last event. */
export function manifestOf(
  log: readonly LoggedEvent[],
  wave: Wave,
  made: Pick<AuditManifest, 'exportedAt' | 'product' | 'thread'>,
): AuditManifest {
  const { exportedAt, product, thread } = made;
  return {
    format: 1,
    wave: wave.id,
    site: wave.plan.site.site,
    status: wave.status,
    events: log.length,
    head: log.at(-1)?.hash ?? '',
    exportedAt,
    product,
    thread,
    decisions: decisionsOf(log),
  };
}

/** What signs a manifest: Ed25519 over its canonical JSON as UTF-8, in base64. `key` tells keys apart. */
export interface AuditSignature {
  readonly algorithm: 'ed25519';
  readonly key: string;
  readonly value: string;
}
