import { Fault } from '../../src/ports/fault';
import type { AnsweredCalls } from '../../src/ports/legacy';
import type { Interval } from '../../src/ports/platform';
import type { StepContext } from './step-work';

/** The answered calls of the new queues, which a CRM without figures of its own is compared with. */
export function answeredBy(context: StepContext, interval: Interval): AnsweredCalls {
  const { platform } = context.world;
  const queues = context.plan.site.platform.queues.map(({ queue }) => queue);
  return async () => (platform.answeredCalls ?? notListed(platform.name))(queues, interval);
}

/** The legs of the shadow, before there are answered calls. */
export function finishedIn(context: StepContext, interval: Interval): AnsweredCalls {
  const { platform } = context.world;
  return async () =>
    (platform.finishedLegs ?? notListed(platform.name))(context.plan.site.platform.shadowFlow, interval);
}

function notListed(name: string): never {
  const message = `${name} does not list its answered calls, so this CRM cannot be compared with them: use the generic CRM.`;
  throw new Fault(message, { system: name, transient: false });
}
