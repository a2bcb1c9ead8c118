import type { Evidence } from '../../src/core/evidence';
import { Fault } from '../../src/ports/fault';
import { line } from './outcomes';
import type { StepContext } from './step-work';

/** The site's emergency group as it was before the shift; null where the site or the platform has none. */
export type CapturedDiversion = { readonly group: string; readonly enabled: boolean } | null;

export async function readDiversion(context: StepContext): Promise<CapturedDiversion> {
  const { emergencyGroup } = context.world.platform;
  const group = context.plan.site.platform.emergencyGroup;
  if (group === undefined || !emergencyGroup) return null;
  return { group, enabled: (await emergencyGroup(group)).enabled };
}

/**
 * The fast way: one switch, and the call routes send every new call to legacy. It only helps: whatever keeps it from
 * working is told, and the slow way goes on.
 */
export async function divertNow(context: StepContext, captured: CapturedDiversion): Promise<readonly Evidence[]> {
  return captured ? setGroup(context, captured.group, true, true) : [];
}

/**
 * As before the shift, once the calls are back by the row. Trouble that passes is left to the caller; a platform that
 * refuses for good does not stop the way back: left on, the group only keeps the calls where they now belong, and the
 * next wave does not begin with it.
 */
export async function endDiversion(context: StepContext, captured: CapturedDiversion): Promise<readonly Evidence[]> {
  return captured ? setGroup(context, captured.group, captured.enabled) : [];
}

async function setGroup(
  context: StepContext,
  group: string,
  enabled: boolean,
  mayFail = false,
): Promise<readonly Evidence[]> {
  const { emergencyGroup, setEmergencyGroup } = context.world.platform;
  if (!emergencyGroup || !setEmergencyGroup) return [];
  try {
    if ((await emergencyGroup(group)).enabled !== enabled) {
      await context.fence();
      await setEmergencyGroup(group, enabled);
    }
    const back = await emergencyGroup(group);
    const text = back.enabled ? 'on: calls are diverted to legacy' : 'off';
    return [line(context, `emergency group ${back.name}`, text, back.enabled === enabled)];
  } catch (cause) {
    if (!(cause instanceof Fault) || (cause.transient && !mayFail)) throw cause;
    return [line(context, `emergency group ${group}`, cause.message, null)];
  }
}
