import type { Visit } from '../src/core/commands';
import type { UndoOutcome } from '../src/core/outcome';
import { stepAt, stepIndex } from '../src/core/wave';
import type { Stretch } from '../src/engine/stretch';
import { runbook } from '../templates/runbook';
import { actorOf, contextOf, faultedBy, type JobRoom, Superseded, whileOurs } from './step-context';

/** One visit of a step's way back. When it cannot be done, the wave is stuck with what is left to do by hand. */
export async function undoStep(room: JobRoom, stretch: Stretch, visit: Visit): Promise<boolean> {
  const actor = actorOf(room);
  if (await stretch.tell({ type: 'BeginUndo', visit, actor })) return false;
  if (await stretch.write('goes-on')) return false;
  const wave = stretch.wave();
  const outcome = await outcomeOf(room, stretch, visit);
  if (outcome === 'superseded') return false;
  return (await stretch.tell({ type: 'ReportUndo', visit, outcome, runbook: runbook(wave), actor })) === null;
}

/** Whatever was captured since may be our own writing. */
const BY_HAND: UndoOutcome = {
  kind: 'failed',
  summary:
    'Redis has lost what was there before this step, so the bot cannot put it back: by hand, with the values of the plan; `skip` records it as done.',
  evidence: [],
};

async function outcomeOf(room: JobRoom, stretch: Stretch, visit: Visit): Promise<UndoOutcome | 'superseded'> {
  const wave = stretch.wave();
  const { planned, state } = stepAt(wave, stepIndex(wave, visit.step));
  if (state.lost) return BY_HAND;
  try {
    const context = contextOf(room, stretch, visit, false);
    return await whileOurs(room, stretch, visit, () => room.works[planned.kind].undo(context));
  } catch (cause) {
    return cause instanceof Superseded ? 'superseded' : faultedBy(room, wave, visit, cause);
  }
}
