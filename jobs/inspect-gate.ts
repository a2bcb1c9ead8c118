import { gateHash } from '../src/core/build-plan';
import type { Visit } from '../src/core/commands';
import type { Outcome } from '../src/core/outcome';
import { stepAt, stepIndex } from '../src/core/wave';
import type { Stretch } from '../src/engine/stretch';
import { inboundAuthority } from './run-step';
import { actorOf, contextOf, expects, faultedBy, type JobRoom, Superseded } from './step-context';
import { outsideWindow } from './steps/cutover-window';

/** What the machine says before people are asked: the evidence of a gate, or the reason why it stays closed. */
export async function inspectGate(room: JobRoom, stretch: Stretch, visit: Visit): Promise<boolean> {
  const wave = stretch.wave();
  if (!expects(wave, visit, true)) return false;
  const outcome = await outcomeOf(room, stretch, visit);
  if (outcome === 'superseded') return false;
  const readings = 'evidence' in outcome ? outcome.evidence.map(({ asked, answered }) => [asked, answered]) : [];
  const hash = gateHash(wave.plan, visit.step, readings, room.engine.digest);
  return (await stretch.tell({ type: 'ReportGate', visit, outcome, hash, actor: actorOf(room) })) === null;
}

async function outcomeOf(room: JobRoom, stretch: Stretch, visit: Visit): Promise<Outcome | 'superseded'> {
  const wave = stretch.wave();
  const { planned } = stepAt(wave, stepIndex(wave, visit.step));
  const work = room.works[planned.kind];
  const context = contextOf(room, stretch, visit, true);
  try {
    const { stop, evidence } = await inboundAuthority(context);
    const outside = stop ?? outsideWindow(context);
    if (outside) return outside;
    const found = (await work.ready?.(context)) ?? green(planned.title);
    // People see by which way callers come in at the moment that they decide.
    return found.kind === 'passed' ? { ...found, evidence: [...evidence, ...found.evidence] } : found;
  } catch (cause) {
    return cause instanceof Superseded ? 'superseded' : faultedBy(room, wave, visit, cause);
  }
}

const green = (title: string): Outcome => ({
  kind: 'passed',
  summary: `Everything that "${title}" needs is there.`,
  evidence: [],
});
