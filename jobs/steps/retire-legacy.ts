import type { Evidence } from '../../src/core/evidence';
import type { Outcome } from '../../src/core/outcome';
import { counted } from '../../src/core/wording';
import type { LegacyTrunkMode } from '../../src/ports/legacy';
import { carrierLines, readCarrier } from './carrier-switch';
import { setLegacyQueues, setLegacyTrunks } from './legacy-switches';
import { applied, held, line, NOTHING_WRITTEN, passed, recalled, undone, waiting } from './outcomes';
import type { StepContext, StepWork } from './step-work';

type Captured = {
  readonly trunks: readonly { readonly id: string; readonly mode: LegacyTrunkMode }[];
  readonly queues: readonly { readonly id: string; readonly enabled: boolean }[];
};

const DRAIN_MS = 15_000;
const READ_BACK_MS = 2_000;

/** Legacy trunks and queues off, once nobody talks or waits there. The last return that costs nothing ends here. */
export const retireLegacy: StepWork = {
  async ready(context) {
    const { evidence, calls } = await look(context);
    if (!context.isDone('observe-calls')) {
      return held('not-ready', 'The calls on the new side have not been watched to the end; legacy stays.', evidence);
    }
    const rest =
      calls === 0 ? 'Nobody talks or waits on legacy.' : `${counted(calls, 'call')} on legacy will be waited for.`;
    return passed(`${rest} After this, going back means switching legacy on again.`, evidence);
  },

  async apply(context) {
    const { evidence, calls, state } = await look(context);
    if (calls > 0) {
      return waiting(`${counted(calls, 'call')} still on legacy; it is switched off when they have ended.`, evidence, {
        afterMs: DRAIN_MS,
      });
    }
    const astray = await stillLedToLegacy(context);
    if (astray) return astray;
    await context.capture(state);
    const { trunks, queues } = context.plan.site.legacy;
    const off = await setLegacyTrunks(
      context,
      trunks.map((id) => ({ id, mode: 'off' })),
    );
    const disabled = await setLegacyQueues(
      context,
      queues.map((id) => ({ id, enabled: false })),
    );
    const proof = [...off.evidence, ...disabled.evidence];
    if (!off.agree || !disabled.agree)
      return waiting('Legacy does not show everything as off yet.', proof, { afterMs: READ_BACK_MS });
    return applied(
      `${counted(trunks.length, 'legacy trunk')} and ${counted(queues.length, 'legacy queue')} switched off.`,
      proof,
    );
  },

  async check(context) {
    const { evidence, state } = await look(context);
    const off = state.trunks.every(({ mode }) => mode === 'off') && state.queues.every(({ enabled }) => !enabled);
    if (off) return passed('Legacy is retired.', evidence);
    return waiting('Something of legacy is on again.', evidence, { afterMs: READ_BACK_MS });
  },

  /** Queues first, so that the trunks never lead into closed queues. */
  async undo(context) {
    const captured = recalled<Captured>(context.captured);
    if (!captured) return NOTHING_WRITTEN;
    const queues = await setLegacyQueues(context, captured.queues);
    const trunks = await setLegacyTrunks(context, captured.trunks);
    const evidence = [...queues.evidence, ...trunks.evidence];
    if (queues.agree && trunks.agree) return undone('Legacy queues and trunks are as before.', evidence);
    const summary = 'Legacy does not show everything as before yet.';
    return { kind: 'waiting', summary, evidence, recheckAfterMs: READ_BACK_MS, until: null };
  },
};

/** A carrier that still rings legacy would lose callers on a trunk that is off. Nothing is written there: somebody changed it. */
async function stillLedToLegacy(context: StepContext): Promise<Outcome | null> {
  const view = await readCarrier(context);
  if (view === null || (view.target.enabled && !view.legacy.enabled)) return null;
  const evidence = carrierLines(context, view, { legacy: !view.legacy.enabled, target: view.target.enabled });
  return held(
    'split-brain',
    'The carrier may still send calls to legacy, so it stays on. Set the carrier back, then resume.',
    evidence,
  );
}

async function look(
  context: StepContext,
): Promise<{ readonly evidence: readonly Evidence[]; readonly calls: number; readonly state: Captured }> {
  const { legacy } = context.world;
  const evidence: Evidence[] = [];
  const trunks = [];
  const queues = [];
  let calls = 0;
  for (const id of context.plan.site.legacy.trunks) {
    const trunk = await legacy.trunk(id);
    calls += trunk.liveCalls;
    trunks.push({ id, mode: trunk.mode });
    evidence.push(line(context, `legacy trunk ${id}`, `${trunk.mode}, ${counted(trunk.liveCalls, 'live call')}`, null));
  }
  for (const id of context.plan.site.legacy.queues) {
    const queue = await legacy.queue(id);
    calls += queue.liveCalls + queue.waiting;
    queues.push({ id, enabled: queue.enabled });
    const text = `${queue.enabled ? 'on' : 'off'}, ${queue.liveCalls} live and ${queue.waiting} waiting calls`;
    evidence.push(line(context, `legacy queue ${id}`, text, null));
  }
  return { evidence, calls, state: { trunks, queues } };
}
