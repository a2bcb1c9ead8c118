import { counted } from '../../src/core/wording';
import { applied, NOTHING_WRITTEN, passed, recalled, waiting } from './outcomes';
import type { StepWork } from './step-work';
import {
  type CapturedTrunks,
  switchTrunksBack,
  switchTrunksOn,
  TRUNK_READ_BACK_MS,
  trunkLine,
  trunkStates,
} from './trunk-switches';

/** The failover trunks, last of all trunks. */
export const enableFailover: StepWork = {
  async apply(context) {
    const { failoverTrunks } = context.plan.site.platform;
    if (failoverTrunks.length === 0) return applied('The site has no failover trunks.', []);
    await context.capture({ trunks: await trunkStates(context, failoverTrunks) } satisfies CapturedTrunks);
    const { inService, evidence } = await switchTrunksOn(context, failoverTrunks);
    if (!inService)
      return waiting('A failover trunk is switched on and not in service yet.', evidence, {
        afterMs: TRUNK_READ_BACK_MS,
      });
    return applied(`${counted(failoverTrunks.length, 'failover trunk')} switched on.`, evidence);
  },

  async check(context) {
    const { failoverTrunks } = context.plan.site.platform;
    if (failoverTrunks.length === 0) return passed('No failover trunk is configured, so none was enabled.', []);
    const evidence = [];
    for (const { trunkBase } of failoverTrunks) {
      const trunk = await context.world.platform.trunk(trunkBase);
      evidence.push(trunkLine(context, trunk, trunk.enabled && trunk.inService));
    }
    if (evidence.every(({ good }) => good === true))
      return passed(`${counted(failoverTrunks.length, 'failover trunk')} in service.`, evidence);
    return waiting('A failover trunk is out of service.', evidence, { afterMs: TRUNK_READ_BACK_MS });
  },

  async undo(context) {
    const captured = recalled<CapturedTrunks>(context.captured);
    return captured ? switchTrunksBack(context, captured, 'The failover trunks are') : NOTHING_WRITTEN;
  },
};
