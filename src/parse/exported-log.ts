import { z } from 'zod';
import type { AuditManifest, AuditSignature } from '../core/audit-manifest';
import type { LoggedEvent } from '../core/events';
import { isDeep } from './json-text';
import type { ParseFault } from './parse-fault';
import { parseStoredEvent } from './stored-wave';

/** The first event holds the plan with its roster; the store takes no longer one either. */
const LONGEST_LINE = 32 * 1024 * 1024;
const MEND = 'Compare it with another export of the same wave';

/** The entries of an exported log up to the first line that is none, and what is wrong with that line. */
export interface ExportedLog {
  readonly entries: readonly LoggedEvent[];
  /** The last line; null in files of versions that wrote none, and where it was cut off. */
  readonly manifest: AuditManifest | null;
  readonly signature: AuditSignature | null;
  readonly fault: ParseFault | null;
}

/** An exported log: one JSON line an event, then one with the manifest, exactly as the export writes them. */
export function parseExportedLog(text: string, file: string): ExportedLog {
  const entries: LoggedEvent[] = [];
  const lines = text.replace(/\r?\n$/, '').split(/\r?\n/);
  for (const [i, line] of lines.entries()) {
    const isLast = i === lines.length - 1;
    const end = isLast && line.startsWith('{"manifest":') ? readManifest(line) : null;
    if (end !== null && typeof end !== 'string') return { entries, ...end, fault: null };
    const read = end ?? readLine(line);
    if (typeof read === 'string')
      return {
        entries,
        manifest: null,
        signature: null,
        fault: { place: `${file}:${i + 1}`, wrong: `is no entry of an audit log${read}`, mend: MEND },
      };
    entries.push(read);
  }
  return { entries, manifest: null, signature: null, fault: null };
}

const text = z.string().max(2_000);
const count = z.int().min(0);
const Manifest = z.strictObject({
  manifest: z.strictObject({
    format: z.literal(1),
    wave: text,
    site: text,
    status: text,
    events: count,
    head: z.string().regex(/^[0-9a-f]{64}$/),
    exportedAt: z.iso.datetime(),
    product: text,
    thread: z.strictObject({ channel: text, ts: text, heard: count }).nullable(),
    decisions: z.array(
      z.strictObject({
        seq: count,
        at: z.number(),
        by: z.looseObject({}),
        what: text,
        step: text.nullable(),
        reason: z.string().nullable(),
        evidence: count.nullable(),
      }),
    ),
  }),
  signature: z.strictObject({ algorithm: z.literal('ed25519'), key: text, value: z.base64() }).optional(),
});

function readManifest(line: string): Pick<ExportedLog, 'manifest' | 'signature'> | string {
  const value = json(line);
  if (value === undefined || isDeep(value)) return ', nor its manifest: it cannot be read';
  if (!Manifest.safeParse(value).success)
    return ', nor a manifest that this version knows: it was changed, or a newer version wrote it';
  if (JSON.stringify(value) !== line) return ', nor its manifest as it is exported: it was written anew';
  const read = value as { manifest: AuditManifest; signature?: AuditSignature };
  return { manifest: read.manifest, signature: read.signature ?? null };
}

/** The entry, or what is wrong with the line. */
function readLine(line: string): LoggedEvent | string {
  const value = line.length > LONGEST_LINE ? undefined : json(line);
  if (value === undefined) return '';
  const parsed = parseStoredEvent(value);
  if (!parsed.ok) return `: ${parsed.faults[0]?.wrong ?? ''}`;
  // A field that stands there twice reads as its last value, while a person may see the first.
  return JSON.stringify(value) === line
    ? parsed.value
    : ' as it is exported: a field stands there twice, or it was written anew';
}

function json(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
