import type { LoggedEvent } from '../core/events';
import type { ParseFault } from './parse-fault';
import { parseStoredEvent } from './stored-wave';

const LONGEST_LINE = 1024 * 1024;
const MEND = 'Compare it with another export of the same wave';

/** The entries of an exported log up to the first line that is none, and what is wrong with that line. */
export interface ExportedLog {
  readonly entries: readonly LoggedEvent[];
  readonly fault: ParseFault | null;
}

/** An exported log: one JSON line an event, exactly as the export writes it. */
export function parseExportedLog(text: string, file: string): ExportedLog {
  const entries: LoggedEvent[] = [];
  for (const [i, line] of text
    .replace(/\r?\n$/, '')
    .split(/\r?\n/)
    .entries()) {
    const read = readLine(line);
    if (typeof read === 'string')
      return { entries, fault: { place: `${file}:${i + 1}`, wrong: `is no entry of an audit log${read}`, mend: MEND } };
    entries.push(read);
  }
  return { entries, fault: null };
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
