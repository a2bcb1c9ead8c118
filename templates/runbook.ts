import type { StepId } from '../src/core/ids';
import type { Json } from '../src/core/json';
import type { PlannedStep } from '../src/core/plan';
import { undoOrder } from '../src/core/undo-order';
import { type StepState, stepAt, stepIndex, type Wave } from '../src/core/wave';
import { boundedLines } from './blocks';
import { code, cut, escaped, oneLine } from './escape';
import { SYSTEM } from './names';
import { BY_HAND } from './runbook-words';

/** Lines that a person at two in the morning still reads. */
const MAX_LINES = 60;
const MAX_LINE = 300;
const PER_STEP = 14;

/**
 * The way back by hand, from what was captured, in the order in which it must be done. Plain text, a line each: per step
 * its title, what to do and where, and what to write, `resource: field := value`.
 */
export function runbook(wave: Wave): readonly string[] {
  const steps = stepsLeft(wave).map((id) => stepAt(wave, stepIndex(wave, id)));
  const writers = steps.filter(({ planned }) => BY_HAND[planned.kind] !== null);
  if (writers.length === 0) return ['Nothing has been written that would have to be taken back.'];
  const lines = writers.flatMap(({ planned, state }, i) => stepLines(wave, planned, state, i + 1));
  const bounded = lines.map((line) => cut(line, MAX_LINE));
  if (bounded.length <= MAX_LINES) return bounded;
  const left = bounded.length - MAX_LINES + 1;
  return [
    ...bounded.slice(0, MAX_LINES - 1),
    `… and ${left} more lines; the audit log holds what every step captured (StateCaptured).`,
  ];
}

/** Such lines as mrkdwn: titles bold, values as code. */
export function runbookText(
  lines: readonly string[],
  site: string,
  bound: { readonly lines: number; readonly chars: number },
): string {
  const more = (left: number): string =>
    `… and ${left} more lines (all of them: \`/cutover status ${escaped(site, 60)}\`)`;
  return boundedLines(lines.map(lineText), { ...bound, more });
}

function lineText(line: string): string {
  if (/^\d+\. /.test(line)) return `*${escaped(line, MAX_LINE)}*`;
  const [what, ...value] = line.split(' := ');
  return value.length === 0
    ? escaped(line, MAX_LINE)
    : `${escaped(what ?? '', 200)} := ${code(value.join(' := '), 200)}`;
}

/** Where a rollback is under way its own list counts; otherwise what would be undone if it began now. */
function stepsLeft(wave: Wave): readonly StepId[] {
  return 'undo' in wave ? wave.undo : undoOrder(wave);
}

function stepLines(wave: Wave, planned: PlannedStep, state: StepState, number: number): readonly string[] {
  const words = BY_HAND[planned.kind];
  const where = words ? words(wave.plan.site) : '';
  const values = state.captured === null ? plannedValues(planned) : capturedValues(state.captured);
  const more = values.length - PER_STEP;
  return [
    `${number}. ${oneLine(planned.title)}`,
    `${oneLine(where)}${call(planned)}`,
    ...values.slice(0, PER_STEP).map((value) => `• ${value}`),
    ...(more > 0 ? [`• … and ${more} more, in the audit log (StateCaptured of ${planned.id})`] : []),
  ];
}

function call(planned: PlannedStep): string {
  if (!planned.http) return '';
  const { inverse, endpoint, method } = planned.http;
  return inverse
    ? ` ${inverse.method} ${inverse.endpoint} ${JSON.stringify(inverse.body)}`
    : ` ${method} ${endpoint} with the captured answer.`;
}

/** Before the first write nothing is captured: the plan's own readings say what should be there. */
function plannedValues(planned: PlannedStep): readonly string[] {
  if (planned.changes.length === 0) return ['nothing was captured, so this step had not written yet; have a look'];
  return planned.changes.map(
    ({ system, resource, field, from }) =>
      `${SYSTEM[system]} ${oneLine(resource)}: ${oneLine(field)} should be ${written(from)} (not captured: the step had not written yet)`,
  );
}

/** `resource: field := value` for whatever a step has captured: names lead, lists of plain values stay on one line. */
export function capturedValues(captured: Json): readonly string[] {
  return walk(captured, []);
}

function walk(value: Json, path: readonly string[]): readonly string[] {
  if (isPlain(value) || isPlainList(value)) return [`${label(path)} := ${written(value)}`];
  if (Array.isArray(value)) {
    return (value as readonly Json[]).flatMap((item, i) =>
      walk(withoutName(item), [...path, nameOf(item) ?? String(i + 1)]),
    );
  }
  const entries = Object.entries(value as Readonly<Record<string, Json>>);
  if (entries.length > FLAT_ENTRIES && entries.every(([, item]) => isPlain(item))) return flat(entries, path);
  return entries.flatMap(([key, item]) => walk(item, [...path, key]));
}

/** Maps of this many plain values (members, licences) are told by value: "true: u1, u2 …". */
const FLAT_ENTRIES = 8;

function flat(entries: readonly (readonly [string, Json])[], path: readonly string[]): readonly string[] {
  const keys = new Map<string, string[]>();
  for (const [key, item] of entries) keys.set(written(item), [...(keys.get(written(item)) ?? []), key]);
  return [...keys].map(([value, names]) => {
    const listed = names.slice(0, 3).map(oneLine).join(', ');
    return `${label(path)} := ${value} for ${names.length} (${listed}${names.length > 3 ? ', …' : ''})`;
  });
}

/** `_sip._tcp.example.com SRV: ttl` */
function label(path: readonly string[]): string {
  const names = path.map(oneLine);
  const field = names.at(-1) ?? 'value';
  return names.length < 2 ? field : `${names.slice(0, -1).join(' ')}: ${field}`;
}

const NAMES = ['name', 'resource', 'id', 'queue', 'trunk', 'trunkBase', 'route', 'record'] as const;

function nameOf(item: Json): string | null {
  if (item === null || typeof item !== 'object' || Array.isArray(item)) return null;
  const record = item as Readonly<Record<string, Json>>;
  const name = NAMES.map((key) => record[key]).find((found) => typeof found === 'string');
  if (typeof name !== 'string') return null;
  return typeof record.type === 'string' ? `${name} ${record.type}` : name;
}

function withoutName(item: Json): Json {
  const name = nameOf(item);
  if (name === null || item === null || typeof item !== 'object' || Array.isArray(item)) return item;
  const left = Object.entries(item as Readonly<Record<string, Json>>).filter(
    ([, value]) =>
      value !== name &&
      !(typeof value === 'string' && name.endsWith(` ${value}`)) &&
      !(typeof value === 'string' && name.startsWith(`${value} `)),
  );
  return left.length === 0 ? item : Object.fromEntries(left);
}

const isPlain = (value: Json): boolean => value === null || typeof value !== 'object';
const isPlainList = (value: Json): boolean => Array.isArray(value) && (value as readonly Json[]).every(isPlain);

function written(value: Json): string {
  if (!isPlainList(value)) return typeof value === 'string' ? oneLine(value) : JSON.stringify(value);
  const items = value as readonly Json[];
  if (items.length === 0) return '(none)';
  const shown = items.slice(0, 6).map((item) => (typeof item === 'string' ? oneLine(item) : JSON.stringify(item)));
  return `${shown.join(' + ')}${items.length > 6 ? ` and ${items.length - 6} more` : ''}`;
}
