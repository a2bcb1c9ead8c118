import type { Visit } from '../src/core/commands';
import type { UndoOutcome } from '../src/core/outcome';
import { stepAt, stepIndex, type Wave } from '../src/core/wave';
import { handle } from '../src/engine/handle';
import type { Lease, StoredWave } from '../src/ports/wave-log';
import { runbook } from '../templates/runbook';
import { actorOf, contextOf, faultedBy, type JobRoom, Superseded } from './step-context';

/** One visit of a step's way back. When it cannot be done, the wave is stuck with what is left to do by hand. */
export async function undoStep(room: JobRoom, stored: StoredWave, visit: Visit, lease: Lease): Promise<void> {
  const { id } = stored.wave;
  const actor = actorOf(room);
  const begun = await handle(room.engine, id, { type: 'BeginUndo', visit, actor }, { stored, lease, after: 'goes-on' });
  if (begun.kind === 'refusal') return;
  const outcome = await outcomeOf(room, begun.wave, visit, lease);
  if (outcome === 'superseded') return;
  await handle(
    room.engine,
    id,
    { type: 'ReportUndo', visit, outcome, runbook: runbook(begun.wave), actor },
    { stored: begun.stored, lease, after: 'ends' },
  );
}

async function outcomeOf(room: JobRoom, wave: Wave, visit: Visit, lease: Lease): Promise<UndoOutcome | 'superseded'> {
  const { planned } = stepAt(wave, stepIndex(wave, visit.step));
  try {
    return await room.works[planned.kind].undo(contextOf(room, wave, visit, lease, false));
  } catch (cause) {
    return cause instanceof Superseded ? 'superseded' : faultedBy(room, wave, visit, cause);
  }
}
