import type { StepId } from '../src/core/ids';
import type { Json } from '../src/core/json';
import type { PlannedStep } from '../src/core/plan';
import { undoOrder } from '../src/core/undo-order';
import { type StepState, stepAt, stepIndex, type Wave } from '../src/core/wave';
import { boundedLines, exportCall } from './blocks';
import { capturedValues } from './captured-values';
import { code, cut, escaped, oneLine } from './escape';
import { byHand, ORDER, UNTOUCHED } from './runbook-words';
import { hasWritten } from './undo-words';

/** Lines that a person at two in the morning still reads. */
const MAX_LINES = 60;
const MAX_LINE = 300;
const PER_STEP = 14;

/**
 * The way back by hand, from what was captured, in the order in which it must be done. Plain text, a line each: per step
 * its title, what to do and where, and what to write, `resource: field := value`.
 */
export function runbook(wave: Wave): readonly string[] {
  const writers = writersLeft(wave);
  if (writers.length === 0) return ['Nothing has been written that would have to be taken back.'];
  const lines = writers.flatMap(({ planned, state }, i) => stepLines(wave, planned, state, i + 1));
  const bounded = lines.map((line) => cut(line, MAX_LINE));
  if (bounded.length <= MAX_LINES) return bounded;
  const left = bounded.length - MAX_LINES + 1;
  return [
    ...bounded.slice(0, MAX_LINES - 1),
    `… and ${left} more lines; what every step captured: ${exportLine(wave)} (StateCaptured)`,
  ];
}

/** Whether anything that was written stands yet. */
export const hasLeft = (wave: Wave): boolean => writersLeft(wave).length > 0;

export interface RunbookBound {
  readonly lines: number;
  readonly chars: number;
}

/** Such lines as mrkdwn: titles bold, values as code. */
export function runbookText(lines: readonly string[], wave: Wave, bound: RunbookBound): string {
  const more = (left: number): string =>
    `… and ${left} more lines (\`/cutover status ${escaped(wave.plan.site.site, 60)}\`; all that was captured: ${exportCall(wave.id)})`;
  return boundedLines(lines.map(lineText), { ...bound, more });
}

function lineText(line: string): string {
  if (/^\d+\. /.test(line)) return `*${escaped(line, MAX_LINE)}*`;
  const [what, ...value] = line.split(' := ');
  return value.length === 0
    ? escaped(line, MAX_LINE)
    : `${escaped(what ?? '', 200)} := ${code(value.join(' := '), 200)}`;
}

const writersLeft = (wave: Wave): readonly { readonly planned: PlannedStep; readonly state: StepState }[] =>
  stepsLeft(wave)
    .map((id) => stepAt(wave, stepIndex(wave, id)))
    .filter(hasWritten);

const exportLine = (wave: Wave): string => `npx cutover audit export ${wave.id}`;

/** Where a rollback is under way its own list counts; otherwise what would be undone if it began now. */
function stepsLeft(wave: Wave): readonly StepId[] {
  return 'undo' in wave ? wave.undo : undoOrder(wave);
}

function stepLines(wave: Wave, planned: PlannedStep, state: StepState, number: number): readonly string[] {
  const where = byHand(planned.kind, wave.plan.site) ?? '';
  if (state.captured === null && state.lost) return lostStepLines(planned, where, number);
  const order = { first: ORDER[planned.kind] ?? [], without: UNTOUCHED[planned.kind] ?? [] };
  const { lines, whole } = capturedValues(state.captured, wave.plan.site, order);
  const shown = lines.slice(0, PER_STEP);
  return [
    `${number}. ${oneLine(planned.title)}`,
    `${oneLine(where)}${call(planned, state.captured)}`,
    ...shown.map((value) => `• ${value}`),
    ...(whole && shown.length === lines.length
      ? []
      : [`• all of them: ${exportLine(wave)} (StateCaptured of ${planned.id})`]),
  ];
}

/** What was captured is lost with the log; what was read when the wave was planned is not. */
function lostStepLines(planned: PlannedStep, where: string, number: number): readonly string[] {
  const shown = planned.changes.slice(0, PER_STEP);
  const left = planned.changes.length - shown.length;
  return [
    `${number}. ${oneLine(planned.title)} (Redis has lost what was there before; the values are those of the plan)`,
    oneLine(where),
    ...shown.map(({ resource, field, from }) => `• ${resource}: ${field} := ${plainValue(from)}`),
    ...(left > 0 ? [`• and ${left} more: the plan in the first event of the log`] : []),
    ...(planned.changes.length === 0 ? ['• the plan names no values: compare with the thread'] : []),
  ];
}

const plainValue = (value: Json): string => (Array.isArray(value) ? value.map(String).join(', ') : String(value));

function call(planned: PlannedStep, captured: Json): string {
  if (!planned.http) return '';
  const { inverse, endpoint, method } = planned.http;
  if (inverse) return ` ${inverse.method} ${inverse.endpoint} ${JSON.stringify(inverse.body)}`;
  const before = captured !== null && typeof captured === 'object' && 'kind' in captured ? captured.kind : 'answer';
  return before === 'answer'
    ? ` ${method} ${endpoint} with the captured answer.`
    : ` Before the step ${endpoint} gave no answer to write back (${oneLine(String(before))}): ask its owner.`;
}
