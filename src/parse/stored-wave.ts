/**
 * What stands in Redis, or in an exported log, is not trusted: it becomes an event or a wave, or a list of what is wrong with
 * it. The value itself is handed on, not a copy by the schema: an event's hash covers every field of it.
 */
import type { z } from 'zod';
import type { LoggedEvent } from '../core/events';
import type { Wave } from '../core/wave';
import { findingOf, pathText } from './fit-schema';
import { isDeep, readJson } from './json-text';
import { memberAt } from './located-yaml';
import { bad, good, type Parsed, type ParseFault } from './parse-fault';
import { CAPTURED } from './stored-captured';
import { LOGGED, WAVE } from './stored-shapes';

const LONGEST_JSON = 32 * 1024 * 1024;
const MOST_FAULTS = 10;

/** An entry of a wave's log: its JSON text, or what that text means. */
export function parseStoredEvent(stored: unknown): Parsed<LoggedEvent> {
  const read = readStored(stored, 'stored event');
  if (!read.ok) return read;
  const result = LOGGED.safeParse(read.value);
  return result.success ? good(read.value as LoggedEvent) : bad(...faultsOf(result.error, 'stored event', read.value));
}

/** A wave as it stood after its newest event: its JSON text, or what that text means. */
export function parseStoredWave(stored: unknown): Parsed<Wave> {
  const read = readStored(stored, 'stored wave');
  if (!read.ok) return read;
  const result = WAVE.safeParse(read.value);
  if (!result.success) return bad(...faultsOf(result.error, 'stored wave', read.value));
  const faults = [...incoherent(result.data), ...unreadable(result.data)];
  return faults.length > 0 ? bad(...faults) : good(read.value as Wave);
}

const MEND = 'Restore the key from a backup or from an exported log; it is not overwritten';

function readStored(stored: unknown, place: string): Parsed<unknown> {
  const value = typeof stored === 'string' ? readJson(stored, LONGEST_JSON) : stored;
  if (value !== undefined && !isDeep(value)) return good(value);
  return bad({ place, wrong: `the ${place} is not JSON that can be read`, mend: MEND });
}

function faultsOf(error: z.ZodError, place: string, value: unknown, within = ''): readonly ParseFault[] {
  return error.issues.slice(0, MOST_FAULTS).map((issue) => {
    const { wrong } = findingOf(issue, memberAt(value, issue.path));
    const at = [within, pathText(issue.path)].filter((part) => part !== '').join(': ');
    return { place, wrong: `${at || `the ${place}`} ${wrong}`, mend: MEND };
  });
}

/** Numbers and names that point at something which is not there. */
function incoherent(wave: z.output<typeof WAVE>): readonly ParseFault[] {
  const ids = wave.plan.steps.map(({ id }) => id);
  const wrong: string[] = [];
  if (wave.plan.wave !== wave.id) wrong.push(`id is ${wave.id}, but the plan is that of ${wave.plan.wave}`);
  if (wave.steps.length !== ids.length) wrong.push(`steps has ${wave.steps.length} entries, the plan ${ids.length}`);
  if ('at' in wave && typeof wave.at === 'number' && wave.at >= ids.length)
    wrong.push(`at is ${wave.at}, past the last step`);
  if (wave.status === 'rolling-back' || wave.status === 'stuck') {
    const unknown = wave.undo.filter((id) => !ids.includes(id));
    if (unknown.length > 0) wrong.push(`undo names steps that the plan does not have: ${unknown.join(', ')}`);
    if (new Set(wave.undo).size < wave.undo.length) wrong.push('undo names a step twice');
  }
  return wrong.map((each) => ({ place: 'stored wave', wrong: each, mend: MEND }));
}

/** What a step had found before it wrote, where its way back could not read it. */
function unreadable(wave: z.output<typeof WAVE>): readonly ParseFault[] {
  const kept = [wave.steps, wave.lost?.base?.steps ?? []];
  return kept.flatMap((steps) =>
    wave.plan.steps.flatMap(({ id, kind }, i) => {
      const { captured = null } = steps[i] ?? {};
      const result = captured === null ? null : CAPTURED[kind]?.safeParse(captured);
      if (!result || result.success) return [];
      return faultsOf(result.error, 'stored wave', captured, `what ${id} had captured`);
    }),
  );
}
