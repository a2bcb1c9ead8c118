import type { Evidence } from '../../src/core/evidence';
import { line } from './outcomes';
import type { StepContext } from './step-work';

/** What people have to look at before they let callers over, where neither the platform nor a carrier's adapter shows the trunk. */
export function unseenTrunks(context: StepContext): readonly Evidence[] {
  const { gateways, mirror, carrier } = context.plan.site;
  if (context.world.platform.capabilities.showsTrunks || carrier) return [];
  const { host, port, transport } = gateways.target;
  const wanted = `in service, ${mirror.codecs.join(', ')}, ${mirror.maxConcurrentSessions} sessions, numbers ${mirror.dids.join(', ')}`;
  const asked = `the carrier's trunk to ${host}:${port} (${transport})`;
  return [line(context, asked, `not shown to the bot: look at the carrier that it is ${wanted}`, null)];
}
