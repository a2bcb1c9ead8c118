/** Agents, their states, their teams, and the users behind them (UserHub, which knows them by UUID). */
import type { ApiRequest, Routes } from '../http';
import type { Licences } from '../model/licences';
import { idOf } from '../model/random';
import type { Agent, SiteWorld, World } from '../model/world';
import { filteredBy, listing, unknown } from './refusals';
import { ACD } from './versions';

interface Placed {
  readonly site: SiteWorld;
  readonly agent: Agent;
}

export function agentRoutes(world: World, licences: Licences, businessUnitId: number): Routes {
  const all: readonly Placed[] = world.sites.flatMap((site) => site.agents.map((agent) => ({ site, agent })));
  const list = (request: ApiRequest, name: string, rows: readonly unknown[]) =>
    listing(request, { businessUnitId, now: world.agenda.now, name }, rows);
  const placed = (request: ApiRequest): Placed => {
    const found = all.find(({ agent }) => [agent.user, userIdOf(agent)].includes(request.params.agent ?? ''));
    if (!found) throw unknown('Agent', request.params.agent ?? '');
    return found;
  };
  const userOf = (one: Placed) => shownUser(one, licences);
  return {
    [`GET ${ACD}/agents`]: (request) => {
      const rows = filteredBy(request, 'isActive', all.map(shownAgent), (row) => row.isActive);
      return list(request, 'agents', rows);
    },
    [`GET ${ACD}/agents/states`]: (request) =>
      list(
        request,
        'agentStates',
        all.map((one) => stateOf(world, one)),
      ),
    [`GET ${ACD}/agents/{agent}`]: (request) => ({ status: 200, body: { agents: [shownAgent(placed(request))] } }),
    [`GET ${ACD}/agents/{agent}/states`]: (request) => ({
      status: 200,
      body: { agentStates: [stateOf(world, placed(request))] },
    }),
    [`GET ${ACD}/teams`]: (request) => list(request, 'teams', world.sites.map(shownTeam)),
    [`GET ${ACD}/teams/{team}/agents`]: (request) => {
      const site = world.sites.find(({ file }) => file.platform.site === request.params.team);
      if (!site) throw unknown('Team', request.params.team ?? '');
      return list(
        request,
        'agents',
        site.agents.map((agent) => shownAgent({ site, agent })),
      );
    },
    'GET /user-management/v1/users': () => ({ status: 200, body: { users: all.map(userOf) } }),
    'GET /user-management/v1/users/{user}': (request) => {
      const found = all.find(({ agent }) => userIdOf(agent) === request.params.user);
      if (!found) throw unknown('User', request.params.user ?? '');
      return { status: 200, body: { user: userOf(found) } };
    },
    'GET /user-management/v2/users/identities': (request) =>
      list(
        request,
        'users',
        all.map((one) => ({ id: userIdOf(one.agent), displayName: one.agent.name, status: userOf(one).status })),
      ),
  };
}

function userIdOf(agent: Agent): string {
  return idOf('cxone-user', agent.user);
}

/** Whoever the platform has not provisioned yet is shown as pending, and asking speeds it up. */
function shownUser({ site, agent }: Placed, licences: Licences) {
  const there = new Set(licences.read(agent.user));
  const status = site.file.platform.licences.every((licence) => there.has(licence)) ? 'ACTIVE' : 'PENDING';
  return {
    id: userIdOf(agent),
    userName: `${agent.name}@example.com`,
    status,
    billable: true,
    roleUUID: idOf('role', 'agent'),
  };
}

function shownAgent({ site, agent }: Placed) {
  return {
    agentId: Number(agent.user),
    userId: userIdOf(agent),
    userName: `${agent.name}@example.com`,
    firstName: agent.name,
    lastName: agent.group,
    isActive: true,
    isBillable: true,
    locked: false,
    teamId: Number(site.file.platform.site),
    teamName: site.file.name,
    location: site.name,
  };
}

function shownTeam(site: SiteWorld) {
  const { platform, name } = site.file;
  return { teamId: Number(platform.site), teamName: name, isActive: true, agentCount: site.agents.length };
}

function stateOf(world: World, { site, agent }: Placed) {
  const { phone } = agent;
  const isIn = phone.registeredAt === 'new';
  const takesCalls = site.queues.some((queue) => queue.members.get(agent.user)?.joined === true);
  const name = !isIn ? 'LoggedOut' : agent.busy ? 'InboundContact' : takesCalls ? 'Available' : 'Unavailable';
  return {
    agentId: Number(agent.user),
    agentStateId: ['Available', 'Unavailable', 'InboundContact', 'LoggedOut'].indexOf(name) + 1,
    agentStateName: name,
    isActive: true,
    isACW: false,
    outStateId: -1,
    teamId: Number(site.file.platform.site),
    teamName: site.file.name,
    // A station is held while somebody is logged in at it.
    stationId: isIn ? Number(phone.id) : null,
    stationPhoneNumber: isIn ? `sip:${phone.name}` : '',
    startDate: new Date(phone.since).toISOString(),
    lastUpdateTime: new Date(world.agenda.now).toISOString(),
  };
}
