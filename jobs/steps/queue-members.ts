import type { Evidence } from '../../src/core/evidence';
import type { SiteAgent, SiteQueue } from '../../src/core/site';
import { listed } from '../../src/core/wording';
import { line } from './outcomes';
import type { StepContext } from './step-work';

/** A queue of the new side against the roster. */
export interface QueueMembers {
  readonly queue: SiteQueue;
  readonly agents: readonly SiteAgent[];
  /** On the roster, but not a member. */
  readonly missing: readonly SiteAgent[];
  /** User ids of members who are not on the roster. */
  readonly extra: readonly string[];
  /** User ids of members who take calls. */
  readonly joined: readonly string[];
}

export async function queueMembers(context: StepContext): Promise<readonly QueueMembers[]> {
  const { site } = context.plan;
  const found: QueueMembers[] = [];
  for (const queue of site.platform.queues) {
    const members = await context.world.platform.members(queue.queue);
    const agents = site.agents.filter((agent) => queue.groups.includes(agent.group));
    const users = new Set(agents.map((agent) => agent.user));
    found.push({
      queue,
      agents,
      missing: agents.filter((agent) => !members.has(agent.user)),
      extra: [...members.keys()].filter((user) => !users.has(user)),
      joined: [...members].filter(([, joined]) => joined).map(([user]) => user),
    });
  }
  return found;
}

/** A call that reaches a queue without its agents is an orphan: every agent must be a member, every group must have a queue. */
export function mappingLines(context: StepContext, queues: readonly QueueMembers[]): readonly Evidence[] {
  const served = new Set(queues.flatMap(({ queue }) => queue.groups));
  const unserved = [...new Set(context.plan.site.agents.map((agent) => agent.group))].filter(
    (group) => !served.has(group),
  );
  return [
    ...queues.map(({ queue, agents, missing, extra }) => {
      const names = missing.map((agent) => agent.agent);
      const parts = [
        `${agents.length - missing.length} of ${agents.length} agents are members`,
        names.length > 0 ? `missing: ${listed(names)}` : '',
        extra.length > 0 ? `${extra.length} members are not on the roster: ${listed(extra, 3)}` : '',
        agents.length === 0 ? 'no group of the roster belongs to it' : '',
      ].filter((part) => part !== '');
      const good = agents.length > 0 && missing.length === 0 && extra.length === 0;
      return line(context, `members of queue ${queue.name}`, parts.join('; '), good);
    }),
    ...unserved.map((group) =>
      line(context, `queue of group ${group}`, 'no queue of the site names this group', false),
    ),
  ];
}
