import type { StepId } from './ids';
import { KIND_FACTS } from './step-kinds';
import { type RollingBackWave, type StepState, stepAt, stepIndex, type Wave } from './wave';

/**
 * The steps to undo, first to last: every step that may have written something, newest first, except that the ranks of
 * `KIND_FACTS` go before: queues back and legacy re-armed while the new side still takes calls, only then the new side off.
 */
export function undoOrder(wave: Wave): readonly StepId[] {
  return wave.plan.steps
    .map((planned, index) => ({ planned, index, state: wave.steps[index] }))
    .filter(
      // Skipped after it had begun: it may have written as well.
      ({ state }) => state !== undefined && state.startedAt !== null && state.status !== 'undone',
    )
    .sort((a, b) => KIND_FACTS[a.planned.kind].undoRank - KIND_FACTS[b.planned.kind].undoRank || b.index - a.index)
    .map(({ planned }) => planned.id);
}

/** Trouble of our own with giving calls back is borne so long before legacy is re-armed without it, ms. */
const OVERTAKEN_AFTER_MS = 10_000;

/**
 * The way back that goes before that of `step` from now on, which meets trouble of our own and is tried again at
 * `nextAt`; null: none. Only legacy is re-armed before the queues are back, because that takes another system and only
 * adds a way in: callers must not stand outside for as long as the platform cannot be asked. Where it meets trouble too,
 * the two take turns, whichever is due first.
 */
export function overtaking(wave: RollingBackWave, step: StepId, nextAt: number, now: number): StepId | null {
  const [first, second] = firstTwo(wave, step);
  if (!first || !second) return null;
  const isLong = now - (first.state.troubleSince ?? now) >= OVERTAKEN_AFTER_MS;
  const mayGo = (isArming(first, second) && isLong) || isArming(second, first);
  return mayGo && dueBefore(second.state, nextAt) ? second.planned.id : null;
}

/**
 * The same for a way back that people have to look at: the wave is stuck, but not before legacy takes calls. It is tried
 * once more then.
 */
export function overtakingAtLast(wave: RollingBackWave, step: StepId): StepId | null {
  const [first, second] = firstTwo(wave, step);
  return first && second && isArming(first, second) ? second.planned.id : null;
}

type PlannedAndState = ReturnType<typeof stepAt>;

function firstTwo(wave: RollingBackWave, step: StepId): readonly PlannedAndState[] {
  return wave.undo[0] === step ? wave.undo.slice(0, 2).map((id) => stepAt(wave, stepIndex(wave, id))) : [];
}

/** The second of the two arms legacy again, and the first gives it its queues. */
const isArming = (first: PlannedAndState, second: PlannedAndState): boolean =>
  first.planned.kind === 'shift-queues' && second.planned.kind === 'drain-legacy';

const dueBefore = ({ nextAt }: StepState, at: number): boolean => (nextAt ?? 0) <= at;
