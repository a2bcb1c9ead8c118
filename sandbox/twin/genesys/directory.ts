/** Tokens, organisation, limits, users and the published work schedules. */
import { z } from 'zod';
import { type ApiRequest, Refused, type Routes } from '../http';
import { idOf } from '../model/random';
import { offWork } from '../model/shifts';
import type { Agent, SiteWorld, World } from '../model/world';
import { LIMIT_PER_MINUTE } from './limits';
import type { Tokens } from './login';
import { bodyOf, listing, unknownId } from './refusals';

const HOUR_MS = 3600_000;
const LONGEST_SEARCH_MS = 28 * 24 * HOUR_MS;

const searchBody = z.strictObject({
  startDate: z.iso.datetime({ offset: true }),
  endDate: z.iso.datetime({ offset: true }),
  userIds: z.array(z.string()).optional(),
});

export function directoryRoutes(world: World, tokens: Tokens): Routes {
  const all = world.sites.flatMap((site) => site.agents.map((agent) => ({ site, agent })));
  const byUser = new Map(all.map((placed) => [placed.agent.user, placed]));
  const organisation = { id: world.sites[0]?.file.platform.organisation ?? '', name: 'Example Contact Centres' };
  const tokenInfo = (request: ApiRequest) => {
    const token = tokens.accept(request.headers.authorization) ?? '';
    return {
      organization: organisation,
      homeOrganization: organisation,
      dateTokenIdles: new Date(tokens.idlesAt(token)).toISOString(),
    };
  };
  return {
    'HEAD /api/v2/tokens/me': () => ({ status: 200 }),
    'GET /api/v2/tokens/me': (request) => ({ status: 200, body: tokenInfo(request) }),
    'GET /api/v2/organizations/me': () => ({
      status: 200,
      body: {
        ...organisation,
        features: { contactCenter: true, unifiedCommunications: true },
        state: 'active',
        version: 1,
        selfUri: `/api/v2/organizations/${organisation.id}`,
      },
    }),
    'GET /api/v2/organizations/limits/namespaces/{namespace}': (request) => ({
      status: 200,
      body: {
        entities: [
          {
            key: 'client.credentials.token.rate.per.minute',
            namespace: request.params.namespace,
            value: LIMIT_PER_MINUTE.realTime,
          },
        ],
      },
    }),
    'GET /api/v2/users': (request) => {
      const ids = request.query.getAll('id').flatMap((id) => id.split(','));
      const wanted = all.filter(({ agent }) => ids.length === 0 || ids.includes(agent.user));
      return {
        status: 200,
        body: listing(
          request,
          wanted.map(({ site, agent }) => shownUser(site, agent)),
        ),
      };
    },
    'GET /api/v2/users/{user}': (request) => {
      const found = byUser.get(request.params.user ?? '');
      if (!found) throw unknownId('user', request.params.user ?? '');
      return { status: 200, body: shownUser(found.site, found.agent) };
    },
    'POST /api/v2/workforcemanagement/managementunits/{unit}/agentschedules/search': (request) => {
      const site = world.sites.find((candidate) => candidate.file.platform.managementUnit === request.params.unit);
      if (!site) throw unknownId('managementUnit', request.params.unit ?? '');
      const { startDate, endDate, userIds } = bodyOf(searchBody, request);
      return { status: 200, body: schedules(site, Date.parse(startDate), Date.parse(endDate), userIds) };
    },
  };
}

function shownUser(site: SiteWorld, agent: Agent) {
  return {
    id: agent.user,
    name: agent.name,
    email: `${agent.name}@example.com`,
    department: agent.group,
    state: 'active',
    version: 1,
    locations: [{ id: idOf('location', site.name) }],
    routingSkills: [{ id: idOf('skill', agent.group), name: agent.group, proficiency: 3 }],
    selfUri: `/api/v2/users/${agent.user}`,
  };
}

/** One shift per agent over the whole span, except for the few who are off. */
function schedules(site: SiteWorld, from: number, to: number, userIds: readonly string[] | undefined) {
  if (!(from < to)) throw new Refused(400, 'startDate must be before endDate');
  if (to - from > LONGEST_SEARCH_MS) throw new Refused(400, 'The range must be at most 28 days.');
  const start = from - (from % HOUR_MS);
  const lengthMinutes = Math.ceil((to - start) / HOUR_MS) * 60;
  const week = new Date(start - ((new Date(start).getUTCDay() + 6) % 7) * 24 * HOUR_MS).toISOString().slice(0, 10);
  const schedule = { id: idOf('schedule', `${site.name}:${week}`), weekDate: week };
  const off = offWork(site);
  const agentSchedules = site.agents
    .filter((agent) => !userIds || userIds.includes(agent.user))
    .filter((agent) => !off.has(agent.user))
    .map((agent) => ({
      user: { id: agent.user },
      shifts: [
        {
          id: idOf('shift', `${agent.user}:${start}`),
          startDate: new Date(start).toISOString(),
          lengthMinutes,
          manuallyEdited: false,
          schedule,
          activities: [
            {
              activityCodeId: '0',
              startDate: new Date(start).toISOString(),
              lengthMinutes,
              description: 'On Queue',
              paid: true,
            },
          ],
        },
      ],
      fullDayTimeOffMarkers: [],
    }));
  return {
    status: 'Complete',
    result: {
      agentSchedules,
      businessUnitTimeZone: site.file.timeZone,
      publishedSchedules: [{ ...schedule, weekCount: 2 }],
    },
  };
}
