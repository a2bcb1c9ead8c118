import type { LoggedEvent } from '../core/events';
import { bad, good, type Parsed, type ParseFault } from './parse-fault';
import { parseStoredEvent } from './stored-wave';

const LONGEST_LINE = 1024 * 1024;

/** An exported log: one JSON line an event. What does not read as an event is named by its line. */
export function parseExportedLog(text: string, file: string): Parsed<readonly LoggedEvent[]> {
  const faults: ParseFault[] = [];
  const events: LoggedEvent[] = [];
  const lines = text.replace(/\n$/, '').split('\n');
  for (const [i, line] of lines.entries()) {
    const place = `${file}:${i + 1}`;
    const value = line.length > LONGEST_LINE ? undefined : json(line);
    const parsed = value === undefined ? null : parseStoredEvent(value);
    if (parsed?.ok) events.push(parsed.value);
    else
      faults.push({
        place,
        wrong: `is no entry of an audit log${parsed ? `: ${parsed.faults[0]?.wrong ?? ''}` : ''}`,
        mend: 'Compare it with another export of the same wave',
      });
  }
  return faults.length > 0 ? bad(...faults.slice(0, 20)) : good(events);
}

function json(line: string): unknown {
  try {
    return JSON.parse(line) as unknown;
  } catch {
    return undefined;
  }
}
