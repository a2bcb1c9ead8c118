import type { Logged, RunRecord, WaveRecord } from '../record';
import { eventText } from './ending';
import { type Violation, violation } from './violation';

/** Forward by the plan, each step passed once and begun only after the one before; backward by the rollback's own list. */
export function stepOrder({ waves }: RunRecord): readonly Violation[] {
  return waves.flatMap((wave) => [...forward(wave), ...backward(wave)]);
}

function forward({ id, log }: WaveRecord): readonly Violation[] {
  const plan = log[0]?.event.plan;
  if (!plan) return log.length === 0 ? [] : [violation('order', id, 'its log does not begin with a plan')];
  const steps = plan.steps.map((step) => step.id);
  const found: Violation[] = [];
  let next = 0;
  let back = false;
  for (const entry of log) {
    const { type, step } = entry.event;
    if (type === 'RollbackStarted') back = true;
    if (!FORWARD.includes(type)) continue;
    const bad = (text: string) => found.push(violation('order', id, text, [eventText(entry)]));
    if (back) bad(`${type} of ${step} after the way back had begun`);
    else if (step !== steps[next]) bad(`${type} of ${step} where ${steps[next] ?? 'the end'} belongs`);
    else if (type === 'StepPassed') next++;
  }
  const completed = log.at(-1)?.event.type === 'WaveCompleted';
  if (completed && next !== steps.length)
    found.push(violation('order', id, `it completed after ${next} of ${steps.length} steps`, [`next: ${steps[next]}`]));
  return found;
}

const FORWARD = ['StepBegun', 'StateCaptured', 'StepApplied', 'StepPassed', 'StepWaited', 'StepSkipped'];

function backward({ id, log }: WaveRecord): readonly Violation[] {
  const started = log.find(({ event }) => event.type === 'RollbackStarted');
  const undone = log.filter(({ event }) => event.type === 'StepUndone' || event.type === 'UndoneByHand');
  if (!started)
    return undone.map((entry) => violation('order', id, 'a step was undone without a rollback', [eventText(entry)]));
  const wanted = started.event.undo as readonly string[];
  const out = outOfTurn(wanted, log);
  if (out) return [violation('order', id, out, undone.map(eventText))];
  const rolledBack = log.at(-1)?.event.type === 'WaveRolledBack';
  if (rolledBack && undone.length !== wanted.length)
    return [
      violation('order', id, `rolled back after ${undone.length} of ${wanted.length} undos`, undone.map(eventText)),
    ];
  return twice(id, log);
}

/** In the rollback's own order, but for a way back that the log says goes first because another cannot go on. */
function outOfTurn(wanted: readonly string[], log: readonly Logged[]): string | null {
  let left = wanted;
  for (const { event } of log) {
    const { type, step, overtakenBy: ahead } = event;
    if (type === 'UndoFaulted' && typeof ahead === 'string') left = [ahead, ...left.filter((other) => other !== ahead)];
    if (type !== 'StepUndone' && type !== 'UndoneByHand') continue;
    if (step !== left[0]) return `undo ${wanted.length - left.length + 1} should be of ${left[0] ?? 'nothing'}`;
    left = left.slice(1);
  }
  return null;
}

/** There is one way back. */
function twice(id: string, log: readonly Logged[]): readonly Violation[] {
  const starts = log.filter(({ event }) => event.type === 'RollbackStarted');
  return starts.length > 1 ? [violation('order', id, 'its rollback was started twice', starts.map(eventText))] : [];
}
