import type { Visit } from '../src/core/commands';
import type { Evidence } from '../src/core/evidence';
import type { Outcome } from '../src/core/outcome';
import { stepAt, stepIndex } from '../src/core/wave';
import type { Stretch } from '../src/engine/stretch';
import { actorOf, contextOf, faultedBy, type JobRoom, Superseded, whileOurs } from './step-context';
import { exactlyOneInboundAuthority } from './steps/authority';
import { outsideWindow } from './steps/cutover-window';
import type { StepContext, StepWork } from './steps/step-work';

/** One visit of the wave's present step: it applies, or it checks what was applied. False when the wave waits for another. */
export async function runStep(room: JobRoom, stretch: Stretch, visit: Visit): Promise<boolean> {
  const actor = actorOf(room);
  if (await stretch.tell({ type: 'BeginStep', visit, actor })) return false;
  const { phase } = stepAt(stretch.wave(), stepIndex(stretch.wave(), visit.step)).state;
  // Nothing is written to the world before its beginning stands in the log; a check that writes asks its fence.
  if (phase === 'apply' && (await stretch.write('goes-on'))) return false;
  const outcome = await outcomeOf(room, stretch, visit);
  if (outcome === 'superseded') return false;
  return (await stretch.tell({ type: 'ReportStep', visit, outcome, actor })) === null;
}

async function outcomeOf(room: JobRoom, stretch: Stretch, visit: Visit): Promise<Outcome | 'superseded'> {
  const wave = stretch.wave();
  const { planned, state } = stepAt(wave, stepIndex(wave, visit.step));
  const work = room.works[planned.kind];
  const context = contextOf(room, stretch, visit, true);
  try {
    return await whileOurs(room, stretch, visit, async () => {
      if (state.phase === 'check') return work.check(context);
      // Asked once, before anything of the step is written; later visits of the same apply are in the middle of it.
      const isFirst = state.captured === null && state.progress === null;
      return (isFirst ? await obstacle(context, work.ready) : null) ?? work.apply(context);
    });
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
