import type { Evidence } from '../../src/core/evidence';
import { counted } from '../../src/core/wording';
import type { LegacyTrunkMode } from '../../src/ports/legacy';
import { line } from './outcomes';
import type { StepContext } from './step-work';

export interface Switched {
  readonly agree: boolean;
  readonly evidence: readonly Evidence[];
}

/** Sets every trunk that differs and reads all of them back. */
export async function setLegacyTrunks(
  context: StepContext,
  wanted: readonly { readonly id: string; readonly mode: LegacyTrunkMode }[],
): Promise<Switched> {
  const { legacy } = context.world;
  const evidence: Evidence[] = [];
  for (const { id, mode } of wanted) {
    if ((await legacy.trunk(id)).mode !== mode) {
      await context.fence();
      await legacy.setTrunk(id, mode);
    }
    const back = await legacy.trunk(id);
    evidence.push(
      line(context, `legacy trunk ${id}`, `${back.mode}, ${counted(back.liveCalls, 'live call')}`, back.mode === mode),
    );
  }
  return { agree: evidence.every(({ good }) => good === true), evidence };
}

export async function setLegacyQueues(
  context: StepContext,
  wanted: readonly { readonly id: string; readonly enabled: boolean }[],
): Promise<Switched> {
  const { legacy } = context.world;
  const evidence: Evidence[] = [];
  for (const { id, enabled } of wanted) {
    if ((await legacy.queue(id)).enabled !== enabled) {
      await context.fence();
      await legacy.setQueue(id, enabled);
    }
    const back = await legacy.queue(id);
    const text = `${back.enabled ? 'on' : 'off'}, ${back.liveCalls} live and ${back.waiting} waiting calls`;
    evidence.push(line(context, `legacy queue ${id}`, text, back.enabled === enabled));
  }
  return { agree: evidence.every(({ good }) => good === true), evidence };
}
