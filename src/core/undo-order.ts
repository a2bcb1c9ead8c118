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
  const [first, second] = wave.undo.map((id) => stepAt(wave, stepIndex(wave, id)));
  if (!first || !second || first.planned.id !== step) return null;
  const kinds = [first.planned.kind, second.planned.kind].join();
  const isLong = now - (first.state.troubleSince ?? now) >= OVERTAKEN_AFTER_MS;
  const mayGo = (kinds === 'shift-queues,drain-legacy' && isLong) || kinds === 'drain-legacy,shift-queues';
  return mayGo && dueBefore(second.state, nextAt) ? second.planned.id : null;
}

const dueBefore = ({ nextAt }: StepState, at: number): boolean => (nextAt ?? 0) <= at;
