import type { Evidence } from '../../src/core/evidence';
import type { UndoOutcome } from '../../src/core/outcome';
import { counted } from '../../src/core/wording';
import type { Trunk } from '../../src/ports/platform';
import { line, undone } from './outcomes';
import type { StepContext } from './step-work';

export type TrunkState = { readonly trunkBase: string; readonly enabled: boolean };
export type CapturedTrunks = { readonly trunks: readonly TrunkState[] };

export const TRUNK_READ_BACK_MS = 5_000;

type Listed = readonly { readonly name: string; readonly trunkBase: string }[];

export async function trunkStates(context: StepContext, trunks: Listed): Promise<readonly TrunkState[]> {
  const states: TrunkState[] = [];
  for (const { trunkBase } of trunks) {
    states.push({ trunkBase, enabled: (await context.world.platform.trunk(trunkBase)).enabled });
  }
  return states;
}

/** Switches trunks on, one at a time: the next only when the one before is in service. */
export async function switchTrunksOn(
  context: StepContext,
  trunks: Listed,
): Promise<{ readonly inService: boolean; readonly evidence: readonly Evidence[] }> {
  const evidence: Evidence[] = [];
  for (const { trunkBase } of trunks) {
    await context.fence();
    await context.world.platform.setTrunk(trunkBase, true);
    const trunk = await context.world.platform.trunk(trunkBase);
    evidence.push(trunkLine(context, trunk, trunk.enabled && trunk.inService));
    if (!trunk.inService) return { inService: false, evidence };
  }
  return { inService: true, evidence };
}

/** Takes back what this step switched on; a trunk that was on before stays on. */
export async function switchTrunksBack(
  context: StepContext,
  captured: CapturedTrunks,
  what: string,
): Promise<UndoOutcome> {
  const ours = captured.trunks.filter(({ enabled }) => !enabled);
  const evidence: Evidence[] = [];
  for (const { trunkBase } of ours) {
    const { platform } = context.world;
    if ((await platform.trunk(trunkBase)).enabled) {
      await context.fence();
      await platform.setTrunk(trunkBase, false);
    }
    const back = await platform.trunk(trunkBase);
    evidence.push(trunkLine(context, back, !back.enabled && !back.inService));
  }
  if (evidence.every(({ good }) => good === true)) return undone(`${what} off again.`, evidence);
  const summary = `${what} not shown as off yet.`;
  return { kind: 'waiting', summary, evidence, recheckAfterMs: TRUNK_READ_BACK_MS, until: null };
}

export function trunkLine(context: StepContext, trunk: Trunk, good: boolean): Evidence {
  const state = `${trunk.enabled ? 'enabled' : 'disabled'}, ${trunk.inService ? 'in service' : 'out of service'}`;
  return line(context, `new trunk ${trunk.name}`, `${state}, ${liveCallsText(trunk)}. ${trunk.health}`, good);
}

export function liveCallsText({ liveCalls }: Trunk): string {
  return liveCalls === null ? 'live calls not measured' : counted(liveCalls, 'live call');
}
