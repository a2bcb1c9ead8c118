import type { Evidence } from '../../src/core/evidence';
import { counted, listed } from '../../src/core/wording';
import type { LegacyTrunk } from '../../src/ports/legacy';
import type { Trunk } from '../../src/ports/platform';
import { judgeCarrier } from './carrier-authority';
import { readCarrier } from './carrier-switch';
import { line } from './outcomes';
import type { StepContext } from './step-work';
import { liveCallsText } from './trunk-switches';

export interface AuthorityFinding {
  /** `failed`: two ways in at once, or none. `held`: one way in, but not the one that the wave has come to. */
  readonly verdict: 'passed' | 'held' | 'failed';
  readonly summary: string;
  readonly evidence: readonly Evidence[];
}

type Phase = 'before' | 'hand-over' | 'after';

/** Whether callers find exactly one way in, and the one that the steps done so far imply. */
export async function exactlyOneInboundAuthority(context: StepContext): Promise<AuthorityFinding> {
  const phase = phaseOf(context);
  if (phase === null) return { verdict: 'passed', summary: 'This wave hands no inbound calls over.', evidence: [] };
  // Between the two trunks callers retry for half a minute: the new one is switched on before anything is asked.
  if (phase === 'hand-over' && context.step.kind === 'activate-inbound' && context.captured === null) {
    return { verdict: 'passed', summary: 'The hand-over is under way.', evidence: [] };
  }
  const { legacy, platform } = context.world;
  const oldTrunks: LegacyTrunk[] = [];
  const newTrunks: Trunk[] = [];
  for (const id of context.plan.site.legacy.trunks) oldTrunks.push(await legacy.trunk(id));
  for (const { trunkBase } of context.plan.site.platform.inboundTrunks) newTrunks.push(await platform.trunk(trunkBase));
  const trunks = judge(context, phase, oldTrunks, newTrunks);
  const view = await readCarrier(context);
  if (view === null) return trunks;
  const carrier = judgeCarrier(context, phase, view);
  const evidence = [...trunks.evidence, ...carrier.evidence];
  const worse = GRAVITY[carrier.verdict] > GRAVITY[trunks.verdict] ? carrier : trunks;
  return worse.verdict === 'passed'
    ? { ...trunks, summary: `${trunks.summary} ${carrier.summary}`, evidence }
    : { ...worse, evidence };
}

const GRAVITY: Readonly<Record<AuthorityFinding['verdict'], number>> = { passed: 0, held: 1, failed: 2 };

/** Null for a wave that has no hand-over of its own, such as a literal document, and for the preflight, which tells it as a line. */
function phaseOf(context: StepContext): Phase | null {
  if (context.step.kind === 'preflight') return null;
  if (!context.plan.steps.some((step) => step.kind === 'drain-legacy')) return null;
  if (context.isDone('activate-inbound')) return 'after';
  const handingOver = context.step.kind === 'drain-legacy' && context.captured !== null;
  return context.isDone('drain-legacy') || handingOver ? 'hand-over' : 'before';
}

function judge(
  context: StepContext,
  phase: Phase,
  oldTrunks: readonly LegacyTrunk[],
  newTrunks: readonly Trunk[],
): AuthorityFinding {
  const oldActive = oldTrunks.filter((trunk) => trunk.mode === 'active').map((trunk) => trunk.id);
  const newActive = newTrunks.filter((trunk) => trunk.enabled).map((trunk) => trunk.name);
  const wantsOld = phase === 'before';
  const evidence = [
    ...oldTrunks.map((trunk) =>
      line(
        context,
        `legacy trunk ${trunk.id}`,
        `${trunk.mode}, ${counted(trunk.liveCalls, 'live call')}`,
        (trunk.mode === 'active') === wantsOld,
      ),
    ),
    ...newTrunks.map((trunk) => {
      const good = phase === 'hand-over' ? null : trunk.enabled !== wantsOld;
      return line(
        context,
        `new trunk ${trunk.name}`,
        `${trunk.enabled ? 'enabled' : 'disabled'}, ${liveCallsText(trunk)}`,
        good,
      );
    }),
  ];
  const of = (verdict: AuthorityFinding['verdict'], summary: string): AuthorityFinding => ({
    verdict,
    summary,
    evidence,
  });
  if (oldActive.length > 0 && newActive.length > 0) {
    return of(
      'failed',
      `Two ways in at once: legacy trunk ${listed(oldActive)} and new trunk ${listed(newActive)} both take calls.`,
    );
  }
  if (oldActive.length === 0 && newActive.length === 0 && phase !== 'hand-over') {
    return of('failed', 'Callers find no way in: neither a legacy trunk nor a new one takes calls.');
  }
  const someOff = phase === 'before' ? oldActive.length < oldTrunks.length : newActive.length < newTrunks.length;
  const wrongSide = wantsOld ? newActive.length > 0 : oldActive.length > 0;
  if (wrongSide || (someOff && phase !== 'hand-over')) {
    return of(
      'held',
      `Calls do not come in where this wave has come to: ${inWords(oldActive, newActive)}. Somebody switched a trunk by hand; set it back and resume.`,
    );
  }
  return of('passed', `Exactly one way in: ${inWords(oldActive, newActive)}.`);
}

function inWords(oldActive: readonly string[], newActive: readonly string[]): string {
  if (oldActive.length > 0) return `legacy trunk ${listed(oldActive)} takes the calls`;
  return newActive.length > 0 ? `new trunk ${listed(newActive)} takes the calls` : 'the hand-over is under way';
}
