import type { Visit } from '../src/core/commands';
import { due } from '../src/core/due';
import type { Evidence } from '../src/core/evidence';
import type { Outcome } from '../src/core/outcome';
import { stepAt, stepIndex, type Wave } from '../src/core/wave';
import { enqueue, handle, type Shift } from '../src/engine/handle';
import type { Lease, StoredWave } from '../src/ports/wave-log';
import { actorOf, contextOf, faultedBy, type JobRoom, Superseded } from './step-context';
import { exactlyOneInboundAuthority } from './steps/authority';
import { outsideWindow } from './steps/cutover-window';
import type { StepContext, StepWork } from './steps/step-work';

/** One visit of the wave's present step: apply and then, when nothing has to be waited for, check. Its report moves the wave on. */
export async function runStep(room: JobRoom, stored: StoredWave, visit: Visit, lease: Lease): Promise<void> {
  const { id } = stored.wave;
  const actor = actorOf(room);
  const begun = await handle(room.engine, id, { type: 'BeginStep', visit, actor }, { stored, lease, after: 'goes-on' });
  if (begun.kind === 'refusal') return;
  const outcome = await outcomeOf(room, begun.wave, visit, lease);
  if (outcome === 'superseded') return;
  const isApplied = outcome.kind === 'applied';
  const shift: Shift = { stored: begun.stored, lease, after: isApplied ? 'goes-on' : 'ends' };
  const reported = await handle(room.engine, id, { type: 'ReportStep', visit, outcome, actor }, shift);
  if (reported.kind === 'refusal' || !isApplied) return;
  const next = checkOf(reported.wave, visit);
  // Somebody paused or went back meanwhile: whatever is due now is for the queue.
  if (next === null) return enqueue(room.engine, reported.wave, due(reported.wave));
  await runStep(room, reported.stored, next, lease);
}

/** The visit that checks what has just been applied; null when something else is due. */
function checkOf(wave: Wave, { step }: Visit): Visit | null {
  const [next] = due(wave);
  return next?.kind === 'run-step' && next.visit.step === step && next.notBefore === null ? next.visit : null;
}

async function outcomeOf(room: JobRoom, wave: Wave, visit: Visit, lease: Lease): Promise<Outcome | 'superseded'> {
  const { planned, state } = stepAt(wave, stepIndex(wave, visit.step));
  const work = room.works[planned.kind];
  const context = contextOf(room, wave, visit, lease, true);
  try {
    if (state.phase === 'check') return await work.check(context);
    // Asked once, before anything of the step is written; later visits of the same apply are in the middle of it.
    if (state.captured === null && state.progress === null)
      return (await obstacle(context, work.ready)) ?? (await work.apply(context));
    return await work.apply(context);
  } catch (cause) {
    return cause instanceof Superseded ? 'superseded' : faultedBy(room, wave, visit, cause);
  }
}

/** What keeps the step from beginning: its own conditions, or that callers would not find exactly one way in. */
async function obstacle(context: StepContext, ready: StepWork['ready']): Promise<Outcome | null> {
  const { stop } = await inboundAuthority(context);
  const outside = stop ?? outsideWindow(context);
  if (outside) return outside;
  const outcome = await ready?.(context);
  return outcome && outcome.kind !== 'passed' && outcome.kind !== 'applied' ? outcome : null;
}

/** The split-brain check between steps, with its evidence; `stop` when the wave must not go on. */
export async function inboundAuthority(
  context: StepContext,
): Promise<{ readonly stop: Outcome | null; readonly evidence: readonly Evidence[] }> {
  const { verdict, summary, evidence } = await exactlyOneInboundAuthority(context);
  if (verdict === 'passed') return { stop: null, evidence };
  const stop: Outcome =
    verdict === 'failed'
      ? { kind: 'failed', summary, evidence }
      : { kind: 'held', cause: 'split-brain', summary, evidence };
  return { stop, evidence };
}
