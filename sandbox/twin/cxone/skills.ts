/** Skills, which are CXone's queues, inbound and outbound, and the agents who are assigned to them. */
import { z } from 'zod';
import { type ApiReply, type ApiRequest, Refused, type Routes } from '../http';
import type { Json } from '../model/ledger';
import { callsWaiting } from '../model/queueing';
import type { Agent, NewQueue, OutboundRoute, SiteWorld, World } from '../model/world';
import type { Conflicts } from './conflicts';
import { bodyOf, filteredBy, listing, refusal, unknown } from './refusals';
import { ACD, switchesSkills } from './versions';

const VOICE = 4;
const MOST_AGENTS = 100;

const putBody = z.strictObject({
  skill: z.strictObject({
    skillName: z.string().min(1).optional(),
    isActive: z.boolean().optional(),
    callerIdOverride: z.string().optional(),
    outboundTelecomRouteId: z.number().int().optional(),
    initialPriority: z.number().int().optional(),
  }),
});
const agentsBody = z.strictObject({
  agents: z
    .array(z.strictObject({ agentId: z.union([z.string(), z.number().int()]), isActive: z.boolean().optional() }))
    .min(1),
});

export type PlacedSkill =
  | { readonly kind: 'inbound'; readonly site: SiteWorld; readonly id: string; readonly queue: NewQueue }
  | { readonly kind: 'outbound'; readonly site: SiteWorld; readonly id: string; readonly route: OutboundRoute }
  | { readonly kind: 'shadow'; readonly site: SiteWorld; readonly id: string };

export function skillsOf(world: World): readonly PlacedSkill[] {
  return world.sites.flatMap((site): PlacedSkill[] => [
    ...site.queues.map((queue) => ({ kind: 'inbound' as const, site, id: queue.id, queue })),
    ...site.routes.map((route) => ({ kind: 'outbound' as const, site, id: route.id, route })),
    { kind: 'shadow', site, id: site.file.platform.shadowFlow },
  ]);
}

export function placedSkill(world: World, request: ApiRequest): PlacedSkill {
  const found = skillsOf(world).find(({ id }) => id === request.params.skill);
  if (!found) throw unknown('Skill', request.params.skill ?? '');
  return found;
}

export function skillRoutes(world: World, businessUnitId: number, conflicts: Conflicts): Routes {
  const list = (request: ApiRequest, name: string, rows: readonly unknown[]) =>
    listing(request, { businessUnitId, now: world.agenda.now, name }, rows);
  return {
    [`GET ${ACD}/skills`]: (request) => {
      let rows: readonly ReturnType<typeof shownSkill>[] = skillsOf(world).map(shownSkill);
      rows = filteredBy(request, 'mediaTypeId', rows, (row) => row.mediaTypeId);
      rows = filteredBy(request, 'isActive', rows, (row) => row.isActive);
      rows = filteredBy(request, 'isOutbound', rows, (row) => row.isOutbound);
      return list(request, 'skills', rows);
    },
    [`GET ${ACD}/skills/activity`]: (request) => list(request, 'skillActivity', skillsOf(world).flatMap(activity)),
    [`GET ${ACD}/skills/{skill}`]: (request) => ({ status: 200, body: shownSkill(placedSkill(world, request)) }),
    [`PUT ${ACD}/skills/{skill}`]: (request) => putSkill(world, conflicts, placedSkill(world, request), request),
    [`GET ${ACD}/skills/{skill}/agents`]: (request) =>
      list(request, 'agentSkillAssignments', assignments(placedSkill(world, request))),
    [`PUT ${ACD}/skills/{skill}/agents`]: (request) =>
      putAgents(world, conflicts, placedSkill(world, request), request),
    [`GET ${ACD}/skills/{skill}/activity`]: (request) => {
      const rows = activity(placedSkill(world, request));
      const lastPollTime = new Date(world.agenda.now).toISOString();
      return rows.length === 0 ? { status: 204 } : { status: 200, body: { lastPollTime, skillActivity: rows } };
    },
  };
}

function isActive(skill: PlacedSkill): boolean {
  return skill.kind !== 'outbound' || skill.route.body.enabled;
}

function shownSkill(skill: PlacedSkill) {
  const { site, id, kind } = skill;
  const skillName =
    kind === 'inbound'
      ? skill.queue.body.name
      : kind === 'outbound'
        ? skill.route.body.name
        : `${site.file.name} shadow`;
  return {
    skillId: Number(id),
    skillName,
    mediaTypeId: VOICE,
    mediaTypeName: 'Phone Call',
    isActive: isActive(skill),
    campaignId: 1,
    isOutbound: kind === 'outbound',
    isRunning: false,
    outboundStrategy: kind === 'outbound' ? 'Manual' : '',
    callerIdOverride: kind === 'outbound' ? site.file.mirror.callerId.replace('+', '') : '',
    serviceLevelThreshold: 20,
    serviceLevelGoal: 80,
    initialPriority: 0,
    outboundTelecomRouteId: kind === 'outbound' ? 7 : null,
  };
}

function putSkill(world: World, conflicts: Conflicts, skill: PlacedSkill, request: ApiRequest): ApiReply {
  const { skill: next } = bodyOf(putBody, request);
  conflicts.meet(`skill ${skill.id}`, 'The skill is running and cannot be changed');
  if (skill.kind !== 'outbound') throw new Refused(403, 'The security profile does not allow this skill to be changed');
  const { route } = skill;
  const before: Json = { name: route.body.name, isActive: route.body.enabled };
  const enabled = switchesSkills(request) ? (next.isActive ?? route.body.enabled) : route.body.enabled;
  route.body = { ...route.body, name: next.skillName ?? route.body.name, enabled };
  const after: Json = { name: route.body.name, isActive: route.body.enabled };
  world.ledger.write({
    system: 'cxone',
    method: 'PUT',
    path: request.path,
    resource: `skill ${skill.id}`,
    before,
    after,
  });
  return { status: 200, body: { success: true, skillId: Number(skill.id) } };
}

/** 200 whatever becomes of the single agents: that stands inside. */
function putAgents(world: World, conflicts: Conflicts, skill: PlacedSkill, request: ApiRequest): ApiReply {
  const { agents } = bodyOf(agentsBody, request);
  if (agents.length > MOST_AGENTS) return refusal(400, `At most ${MOST_AGENTS} agents can be changed in one call`);
  if (skill.kind !== 'inbound') throw new Refused(400, 'Agents of this skill are not changed here');
  const { queue } = skill;
  const busy = conflicts.isFirst(`agents of skill ${skill.id}`) ? String(agents[0]?.agentId) : null;
  const shape = (): Json =>
    Object.fromEntries(
      agents.map(({ agentId }) => [String(agentId), { isActive: isAssigned(queue, String(agentId)) }]),
    );
  const before = shape();
  const agentResults = agents.map(({ agentId, isActive: wanted }) => {
    const member = queue.members.get(String(agentId));
    const error = !member
      ? 'The agent is not assigned to the skill'
      : busy === String(agentId)
        ? 'The agent is locked'
        : null;
    if (member && error === null && wanted !== undefined) member.joined = wanted;
    return { agentId: Number(agentId), success: error === null, error: error ?? '' };
  });
  const resource = `skill-agents ${skill.id}`;
  world.ledger.write({ system: 'cxone', method: 'PUT', path: request.path, resource, before, after: shape() });
  const errorCount = agentResults.filter(({ success }) => !success).length;
  return { status: 200, body: { resultSet: { errorCount, agentResults } } };
}

function isAssigned(queue: NewQueue, agent: string): boolean {
  return queue.members.get(agent)?.joined === true;
}

function assignments(skill: PlacedSkill): readonly unknown[] {
  const of = (agent: Agent, active: boolean) => ({
    agentId: Number(agent.user),
    firstName: agent.name,
    lastName: '',
    skillId: Number(skill.id),
    agentProficiencyValue: 3,
    agentProficiencyName: 'Medium',
    agentSklStatus: active ? 'Active' : 'Inactive',
    // Of the agent, not of the assignment.
    isActive: true,
    isAssigned: true,
    isSkillActive: isActive(skill),
    teamId: Number(skill.site.file.platform.site),
    teamName: skill.site.file.name,
  });
  if (skill.kind === 'shadow') return [];
  if (skill.kind === 'outbound') return skill.site.agents.map((agent) => of(agent, true));
  const { queue, site } = skill;
  const byUser = new Map(site.agents.map((agent) => [agent.user, agent]));
  return [...queue.members].flatMap(([user, { joined }]) => {
    const agent = byUser.get(user);
    return agent ? [of(agent, joined)] : [];
  });
}

function activity(skill: PlacedSkill) {
  if (skill.kind !== 'inbound') return [];
  const { queue, site } = skill;
  const loggedIn = queue.agents.filter((agent) => agent.phone.registeredAt === 'new');
  const able = loggedIn.filter((agent) => isAssigned(queue, agent.user));
  const free = able.filter((agent) => !agent.busy).length;
  return [
    {
      skillId: Number(skill.id),
      skillName: queue.body.name,
      isActive: true,
      agentsLoggedIn: loggedIn.length,
      agentsAvailable: free,
      agentsWorking: able.length - free,
      agentsUnavailable: loggedIn.length - able.length,
      contactsActive: site.liveOnNew.size,
      queueCount: callsWaiting(queue).length,
      serviceLevelGoal: 80,
      serviceLevelThreshold: 20,
    },
  ];
}
