import type { SiteAgent } from '../../src/core/site';
import { moment } from '../../src/core/wording';
import type { StepContext } from './step-work';

/** Agents who lack a licence of the site, with what they lack. A licence in the user's list is what the platform calls active. */
export interface Lack {
  readonly agent: SiteAgent;
  readonly licences: readonly string[];
}

export async function licenceLacks(context: StepContext, agents: readonly SiteAgent[]): Promise<readonly Lack[]> {
  const wanted = context.plan.site.platform.licences;
  const held = await context.world.platform.licences(agents.map((agent) => agent.user));
  return agents
    .map((agent) => ({ agent, licences: wanted.filter((licence) => !held.get(agent.user)?.has(licence)) }))
    .filter(({ licences }) => licences.length > 0);
}

/** What the vendor's support asks for first. */
export async function supportPacket(
  context: StepContext,
  lacks: readonly Lack[],
  since: number | null,
): Promise<string> {
  const { site } = context.plan;
  const organisation = await context.world.platform.organisation();
  const iso = (at: number) => new Date(at).toISOString();
  return [
    context.world.platform.capabilities.assignsLicences
      ? 'Licences were assigned but are not active'
      : 'Users are not active, or a product is not enabled for them',
    `Organisation: ${organisation.name}, ${organisation.id}`,
    `Site: ${site.name} (${site.site}), platform site ${site.platform.site}`,
    `Wave: ${context.wave}`,
    `Licences: ${site.platform.licences.join(', ')}`,
    since === null ? 'Assigned: not known' : `Assigned: ${iso(since)}, ${moment(since, site.timeZone)}`,
    `Read last: ${iso(context.now())}`,
    `Users without them: ${lacks.length} of ${site.agents.length}`,
    ...lacks.map(({ agent, licences }) => `- ${agent.user} (${agent.agent}, ${agent.group}): ${licences.join(', ')}`),
  ].join('\n');
}
