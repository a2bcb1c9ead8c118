import type { StepId } from './ids';
import { KIND_FACTS } from './step-kinds';
import type { Wave } from './wave';

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
