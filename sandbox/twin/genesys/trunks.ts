/** Sites, trunk bases, trunks and outbound routes: /api/v2/telephony/providers/edges/... */
import { z } from 'zod';
import { type ApiReply, type ApiRequest, Refused, type Routes } from '../http';
import { followTrunkBase, splitBrain } from '../model/by-hand';
import type { Json } from '../model/ledger';
import {
  isInbound,
  isTrunkEnabled,
  type OutboundRoute,
  type SiteWorld,
  type TrunkBase,
  type World,
} from '../model/world';
import { bodyOf, listing, unknownId } from './refusals';
import { Versions } from './versions';

const EDGES = '/api/v2/telephony/providers/edges';

const json: z.ZodType<Json> = z.json() as z.ZodType<Json>;
const reference = z.looseObject({ id: z.string() });
/** What the API itself adds; accepted in a PUT and ignored. */
const readOnly = {
  id: z.string().optional(),
  selfUri: z.string().optional(),
  division: z.unknown().optional(),
  description: z.string().optional(),
  dateCreated: z.string().optional(),
  dateModified: z.string().optional(),
  modifiedBy: z.string().optional(),
  createdBy: z.string().optional(),
  modifiedByApp: z.string().optional(),
  createdByApp: z.string().optional(),
};

const trunkBaseBody = z.strictObject({
  ...readOnly,
  name: z.string().min(1),
  version: z.number().int(),
  state: z.enum(['active', 'inactive', 'deleted']).default('active'),
  trunkMetabase: reference,
  trunkType: z.enum(['EXTERNAL', 'PHONE', 'EDGE']),
  managed: z.boolean().default(false),
  site: reference.optional(),
  inboundSite: reference,
  properties: z.record(z.string(), z.looseObject({ value: z.looseObject({ instance: json }) })),
});

const outboundRouteBody = z.strictObject({
  ...readOnly,
  name: z.string().min(1),
  version: z.number().int(),
  state: z.enum(['active', 'inactive', 'deleted']).default('active'),
  classificationTypes: z.array(z.string()).min(1),
  enabled: z.boolean(),
  distribution: z.enum(['SEQUENTIAL', 'RANDOM']),
  externalTrunkBases: z.array(reference),
  site: z.unknown().optional(),
  managed: z.boolean().optional(),
});

export function trunkRoutes(world: World): Routes {
  const versions = new Versions(world);
  const rearmed = new Set<string>();
  world.faults.onChange((name) => {
    if (name === 'split-brain') rearmed.clear();
  });
  const bases = () => world.sites.flatMap((site) => site.trunkBases.map((base) => ({ site, base })));
  const baseOf = (id: string) => {
    const found = bases().find(({ base }) => base.id === id);
    if (!found) throw unknownId('trunkBase', id);
    return found;
  };
  const trunkOf = (id: string) => {
    const found = bases().find(({ base }) => base.trunkId === id);
    if (!found) throw unknownId('trunk', id);
    return found;
  };
  const siteOf = (id: string) => {
    const found = world.sites.find((site) => site.file.platform.site === id);
    if (!found) throw unknownId('site', id);
    return found;
  };
  const routeOf = (request: ApiRequest) => {
    const site = siteOf(request.params.site ?? '');
    const route = site.routes.find((candidate) => candidate.id === request.params.route);
    if (!route) throw unknownId('outboundRoute', request.params.route ?? '');
    return { site, route };
  };

  return {
    [`GET ${EDGES}/sites`]: (request) => {
      const name = request.query.get('name');
      const sites = world.sites.filter((site) => name === null || site.file.name === name);
      return ok(listing(request, sites.map(shownSite)));
    },
    [`GET ${EDGES}/sites/{site}`]: (request) => ok(shownSite(siteOf(request.params.site ?? ''))),
    [`GET ${EDGES}/sites/{site}/outboundroutes`]: (request) =>
      ok(listing(request, siteOf(request.params.site ?? '').routes.map(shownRoute))),
    [`GET ${EDGES}/sites/{site}/outboundroutes/{route}`]: (request) => ok(shownRoute(routeOf(request).route)),
    [`PUT ${EDGES}/sites/{site}/outboundroutes/{route}`]: (request) => {
      const { site, route } = routeOf(request);
      const reply = putRoute(world, versions, route, request);
      if (world.faults.has('split-brain') && route.body.enabled && !rearmed.has(site.name)) {
        rearmed.add(site.name);
        splitBrain(world, site);
      }
      return reply;
    },
    [`GET ${EDGES}/trunkbasesettings`]: (request) => {
      const withProperties = (request.query.get('expand') ?? '').split(',').includes('properties');
      const name = request.query.get('name');
      const found = bases().filter(({ base }) => name === null || base.body.name === name);
      return ok(
        listing(
          request,
          found.map(({ base }) => shownBase(base, withProperties)),
        ),
      );
    },
    [`GET ${EDGES}/trunkbasesettings/{base}`]: (request) => ok(shownBase(baseOf(request.params.base ?? '').base, true)),
    [`PUT ${EDGES}/trunkbasesettings/{base}`]: (request) => {
      const { site, base } = baseOf(request.params.base ?? '');
      return putBase(world, versions, site, base, request);
    },
    [`GET ${EDGES}/trunks`]: (request) => {
      const baseId = request.query.get('trunkBaseId') ?? request.query.get('trunkBase.id');
      const type = request.query.get('trunkType');
      const found = bases().filter(
        ({ base }) => (baseId === null || base.id === baseId) && (type === null || type === base.body.trunkType),
      );
      return ok(
        listing(
          request,
          found.map(({ base }) => shownTrunk(base)),
        ),
      );
    },
    [`GET ${EDGES}/trunks/metrics`]: (request) => {
      const ids = (request.query.get('trunkIds') ?? '').split(',').filter((id) => id !== '');
      if (ids.length === 0) throw new Refused(400, 'trunkIds is required');
      return ok(ids.map((id) => shownMetrics(world, trunkOf(id))));
    },
    [`GET ${EDGES}/trunks/{trunk}`]: (request) => ok(shownTrunk(trunkOf(request.params.trunk ?? '').base)),
    [`GET ${EDGES}/trunks/{trunk}/metrics`]: (request) => ok(shownMetrics(world, trunkOf(request.params.trunk ?? ''))),
  };
}

function ok(body: unknown): ApiReply {
  return { status: 200, body };
}

function putBase(world: World, versions: Versions, site: SiteWorld, base: TrunkBase, request: ApiRequest): ApiReply {
  const body = bodyOf(trunkBaseBody, request);
  if (body.id !== undefined && body.id !== base.id)
    throw new Refused(400, 'The id in the body differs from the id in the path.');
  const enabled = body.properties.trunk_enabled?.value.instance;
  if (typeof enabled !== 'boolean')
    throw new Refused(400, 'properties.trunk_enabled.value.instance must be true or false');
  if (base.body.managed) throw new Refused(400, 'A managed trunk base cannot be edited.');
  versions.advance(base, body.version);
  const before = shape(base);
  base.body = {
    name: body.name,
    state: body.state,
    trunkMetabase: { id: body.trunkMetabase.id },
    trunkType: body.trunkType,
    managed: body.managed,
    site: { id: body.site?.id ?? body.inboundSite.id },
    inboundSite: { id: body.inboundSite.id },
    properties: body.properties,
  };
  followTrunkBase(world, site, base);
  world.ledger.write({
    system: 'genesys',
    method: 'PUT',
    path: request.path,
    resource: `trunk-base ${base.id}`,
    before,
    after: shape(base),
  });
  return ok(shownBase(base, true));
}

/** What counts as the trunk base in the ledger and the snapshot: all but its version. */
export function shape(base: TrunkBase): Json {
  const properties = Object.fromEntries(
    Object.entries(base.body.properties).map(([key, property]) => [key, property.value.instance]),
  );
  return { ...base.body, properties };
}

function putRoute(world: World, versions: Versions, route: OutboundRoute, request: ApiRequest): ApiReply {
  const body = bodyOf(outboundRouteBody, request);
  versions.advance(route, body.version);
  const before: Json = { ...route.body };
  route.body = {
    name: body.name,
    state: body.state,
    classificationTypes: body.classificationTypes,
    enabled: body.enabled,
    distribution: body.distribution,
    externalTrunkBases: body.externalTrunkBases.map(({ id }) => ({ id })),
  };
  world.ledger.write({
    system: 'genesys',
    method: 'PUT',
    path: request.path,
    resource: `outbound-route ${route.id}`,
    before,
    after: { ...route.body },
  });
  return ok(shownRoute(route));
}

function shownSite(site: SiteWorld) {
  const { file } = site;
  return {
    id: file.platform.site,
    name: file.name,
    version: site.siteVersion,
    state: 'active',
    mediaModel: 'Cloud',
    coreSite: false,
    managed: false,
    callerId: file.mirror.callerId,
    callerName: file.name,
    location: { id: file.platform.site.replace(/.$/, '0'), name: file.name },
    selfUri: `${EDGES}/sites/${file.platform.site}`,
  };
}

function shownRoute(route: OutboundRoute) {
  return { id: route.id, version: route.version, ...route.body, selfUri: `${EDGES}/outboundroutes/${route.id}` };
}

function shownBase(base: TrunkBase, withProperties: boolean) {
  const { properties, ...rest } = base.body;
  const selfUri = `${EDGES}/trunkbasesettings/${base.id}`;
  return { id: base.id, version: base.version, ...rest, ...(withProperties ? { properties } : {}), selfUri };
}

function shownTrunk(base: TrunkBase) {
  const since = new Date(base.inServiceSince).toISOString();
  const proxyAddress = '127.0.0.1';
  return {
    id: base.trunkId,
    name: base.body.name,
    version: base.version,
    state: base.body.state,
    trunkType: base.body.trunkType,
    trunkBase: { id: base.id, name: base.body.name },
    trunkMetabase: base.body.trunkMetabase,
    inService: isTrunkEnabled(base),
    enabled: base.inService,
    connectedStatus: { connected: base.inService, connectedStateTime: since },
    optionsEnabledStatus: 'ENABLED',
    optionsStatus: [{ proxyAddress, optionState: base.inService, optionStateTime: since }],
    registersEnabledStatus: 'NOT_SUPPORTED',
    family: 2,
    selfUri: `${EDGES}/trunks/${base.trunkId}`,
  };
}

function shownMetrics(world: World, { site, base }: { site: SiteWorld; base: TrunkBase }) {
  const carriesCalls = base.role === 'inbound' && (isInbound(site) || site.liveOnNew.size > 0);
  return {
    eventTime: new Date(world.agenda.now).toISOString(),
    trunk: { id: base.trunkId, name: base.body.name },
    calls: { inboundCallCount: carriesCalls ? site.liveOnNew.size : 0, outboundCallCount: 0 },
  };
}
