/** Phones, their registration and reboot, and the stations that stand for them. */
import { z } from 'zod';
import { type ApiReply, Refused, type Routes } from '../http';
import { intendedHost, reboot } from '../model/phones';
import { idOf } from '../model/random';
import type { Agent, SiteWorld, World } from '../model/world';
import { bodyOf, listing, unknownId } from './refusals';

const EDGES = '/api/v2/telephony/providers/edges';
const MAX_REBOOTS = 100;

const rebootBody = z.strictObject({ phoneIds: z.array(z.string()).optional(), siteId: z.string().optional() });

interface Placed {
  readonly site: SiteWorld;
  readonly agent: Agent;
}

export function phoneRoutes(world: World): Routes {
  const all: readonly Placed[] = world.sites.flatMap((site) => site.agents.map((agent) => ({ site, agent })));
  const byPhone = new Map(all.map((placed) => [placed.agent.phone.id, placed]));
  const byUser = new Map(all.map((placed) => [placed.agent.user, placed]));
  const byStation = new Map(all.map((placed) => [stationId(placed.agent), placed]));
  const found = (map: ReadonlyMap<string, Placed>, what: string, id: string | undefined): Placed => {
    const placed = map.get(id ?? '');
    if (!placed) throw unknownId(what, id ?? '');
    return placed;
  };
  const rebootAll = (method: string, path: string, placed: readonly Placed[]): ApiReply => {
    for (const { site, agent } of placed) {
      const { phone } = agent;
      const before = { rebooted: null, registeredAt: phone.registeredAt };
      reboot(world, site, phone);
      const after = { rebooted: `towards ${intendedHost(site)}`, registeredAt: null };
      world.ledger.write({ system: 'genesys', method, path, resource: `phone ${phone.id}`, before, after });
    }
    return { status: 202 };
  };

  return {
    [`GET ${EDGES}/phones`]: (request) => {
      const siteId = request.query.get('siteId') ?? request.query.get('site.id');
      const status = request.query.get('statusOperationalStatus') ?? request.query.get('status.operationalStatus');
      const withStatus = (request.query.get('expand') ?? '').split(',').includes('status');
      const phones = all.filter(
        ({ site, agent }) =>
          (siteId === null || site.file.platform.site === siteId) &&
          (status === null || operationalStatus(agent) === status),
      );
      return {
        status: 200,
        body: listing(
          request,
          phones.map((placed) => shownPhone(placed, withStatus)),
        ),
      };
    },
    [`GET ${EDGES}/phones/{phone}`]: (request) => ({
      status: 200,
      body: shownPhone(found(byPhone, 'phone', request.params.phone), true),
    }),
    [`POST ${EDGES}/phones/{phone}/reboot`]: (request) =>
      rebootAll('POST', request.path, [found(byPhone, 'phone', request.params.phone)]),
    [`POST ${EDGES}/phones/reboot`]: (request) => {
      const { phoneIds, siteId } = bodyOf(rebootBody, request);
      if ((phoneIds === undefined) === (siteId === undefined))
        throw new Refused(400, 'Give either phoneIds or siteId.');
      if (phoneIds && phoneIds.length > MAX_REBOOTS)
        throw new Refused(400, `phoneIds must hold at most ${MAX_REBOOTS} ids`);
      const placed = phoneIds
        ? [...new Set(phoneIds)].map((id) => found(byPhone, 'phone', id))
        : all.filter(({ site }) => site.file.platform.site === siteId);
      if (placed.length === 0) throw unknownId('site', siteId ?? '');
      return rebootAll('POST', request.path, placed);
    },
    'GET /api/v2/stations': (request) => {
      const ids = request.query.get('id')?.split(',');
      const name = request.query.get('name');
      const stations = all.filter(
        ({ agent }) => (!ids || ids.includes(stationId(agent))) && (name === null || agent.phone.name === name),
      );
      return { status: 200, body: listing(request, stations.map(shownStation)) };
    },
    'GET /api/v2/stations/{station}': (request) => ({
      status: 200,
      body: shownStation(found(byStation, 'station', request.params.station)),
    }),
    'GET /api/v2/users/{user}/station': (request) => {
      const { agent } = found(byUser, 'user', request.params.user);
      const station = {
        id: stationId(agent),
        name: agent.phone.name,
        type: 'inin_remote',
        associatedUser: { id: agent.user },
      };
      const isThere = agent.phone.registeredAt === 'new';
      const body = isThere
        ? { associatedStation: station, effectiveStation: station, defaultStation: station }
        : { defaultStation: station };
      return { status: 200, body };
    },
  };
}

function stationId(agent: Agent): string {
  return idOf('station', agent.phone.id);
}

function operationalStatus(agent: Agent): 'OPERATIONAL' | 'OFFLINE' {
  return agent.phone.registeredAt === 'new' ? 'OPERATIONAL' : 'OFFLINE';
}

function shownPhone({ site, agent }: Placed, withStatus: boolean) {
  const { phone } = agent;
  const line = { id: idOf('line', phone.id), name: `${phone.name} line 1` };
  const isThere = phone.registeredAt === 'new';
  const since = new Date(phone.since).toISOString();
  const status = {
    id: phone.id,
    operationalStatus: operationalStatus(agent),
    edgesStatus: isThere ? 'IN_SERVICE' : 'OUT_OF_SERVICE',
    eventCreationTime: since,
    phoneAssignmentToEdgeType: 'PRIMARY',
    lineStatuses: [
      {
        id: line.id,
        reachable: isThere,
        addressOfRecord: `sip:${phone.name}@${site.newGateway.host}`,
        reachableStateTime: since,
      },
    ],
  };
  return {
    id: phone.id,
    name: phone.name,
    version: 1,
    state: 'active',
    site: { id: site.file.platform.site, name: site.file.name },
    phoneBaseSettings: { id: idOf('phone-base', site.name) },
    lines: [{ ...line, defaultForUser: { id: agent.user } }],
    ...(withStatus ? { status } : {}),
    selfUri: `${EDGES}/phones/${phone.id}`,
  };
}

function shownStation({ agent }: Placed) {
  const isThere = agent.phone.registeredAt === 'new';
  return {
    id: stationId(agent),
    name: agent.phone.name,
    type: 'inin_remote',
    status: isThere ? 'ASSOCIATED' : 'AVAILABLE',
    ...(isThere ? { userId: agent.user } : {}),
    lineAppearanceId: idOf('line', agent.phone.id),
    selfUri: `/api/v2/stations/${stationId(agent)}`,
  };
}
