/** The world that the twin simulates: one record per thing that can be read, written, called or registered. */
import { CachingResolver, type Internet, type ResolverManner } from '../dns/resolver';
import { asContent, bare, type RRset, Zone } from '../dns/zone';
import type { Agenda } from './agenda';
import { CallRecords } from './call-records';
import { type CarrierTrunk, carrierOf } from './carrier';
import type { FaultSwitches } from './faults';
import type { Json, LedgerBook, SiteCalls } from './ledger';
import { idOf, type Random } from './random';
import type { SiteDescription, SiteFile } from './site-file';

export interface World {
  readonly agenda: Agenda;
  readonly random: Random;
  readonly faults: FaultSwitches;
  readonly ledger: LedgerBook;
  readonly zones: readonly Zone[];
  readonly resolvers: ReadonlyMap<string, CachingResolver>;
  readonly sites: readonly SiteWorld[];
  /** Allocation rows by table id, then by key. */
  readonly tables: ReadonlyMap<string, Map<string, AllocationRow>>;
  readonly licences: LicenceOffice;
}

/** Flat, as the data table returns it. */
export interface AllocationRow {
  KEY: string;
  allocationPercent: number;
  shadowPercent: number;
}

export interface Agent {
  readonly name: string;
  readonly user: string;
  readonly phone: Phone;
  readonly group: string;
  busy: boolean;
}

export interface Phone {
  readonly id: string;
  readonly name: string;
  /** The enterprise resolver that it asks. */
  readonly resolver: CachingResolver;
  /** The gateway that holds its registration. */
  registeredAt: 'new' | 'legacy' | null;
  /** Sandbox time of the last change of `registeredAt`. */
  since: number;
  /** Grows with every reboot, so that events of an earlier life are ignored. */
  life: number;
  booting: boolean;
}

export interface TrunkBase {
  readonly id: string;
  readonly role: 'inbound' | 'failover';
  readonly trunkId: string;
  version: number;
  /** The object as the API shows it, without id and version. */
  body: TrunkBaseBody;
  /** The carrier side follows the written state after some seconds. */
  inService: boolean;
  inServiceSince: number;
}

export interface TrunkBaseBody {
  readonly name: string;
  readonly state: string;
  readonly trunkMetabase: { readonly id: string };
  readonly trunkType: string;
  readonly managed: boolean;
  readonly site: { readonly id: string };
  readonly inboundSite: { readonly id: string };
  readonly properties: Readonly<Record<string, { readonly value: { readonly instance: Json } }>>;
}

export interface OutboundRoute {
  readonly id: string;
  version: number;
  body: {
    readonly name: string;
    readonly state: string;
    readonly classificationTypes: readonly string[];
    readonly enabled: boolean;
    readonly distribution: string;
    readonly externalTrunkBases: readonly { readonly id: string }[];
  };
}

export interface Ivr {
  readonly id: string;
  version: number;
  body: { readonly name: string; readonly dnis: readonly string[]; readonly openHoursFlow: { readonly id: string } };
}

/** While it is enabled, the site's call route runs its emergency flow, which hands every call to legacy. */
export interface EmergencyGroup {
  readonly id: string;
  version: number;
  body: {
    readonly name: string;
    readonly enabled: boolean;
    readonly emergencyCallFlows: readonly {
      readonly emergencyFlow: { readonly id: string };
      readonly ivrs: readonly { readonly id: string }[];
    }[];
  };
}

export interface Waiting {
  readonly call: Call;
  over: boolean;
  /** Tries to hand the call to a free agent; true when one took it. */
  offer(): boolean;
}

export interface NewQueue {
  readonly id: string;
  readonly agents: readonly Agent[];
  readonly members: Map<string, { joined: boolean }>;
  body: Readonly<Record<string, Json>> & { readonly name: string };
  /** Share set by the guide's invented queue API; it outranks the site's allocation row. */
  guidePercent: number | null;
  waiting: Waiting[];
  polling: boolean;
}

export interface LegacyQueue {
  readonly id: string;
  readonly agents: readonly Agent[];
  enabled: boolean;
  version: number;
  waiting: Waiting[];
  polling: boolean;
  live: number;
}

export type LegacyMode = 'active' | 'standby' | 'off';

export interface LegacyTrunk {
  readonly id: string;
  mode: LegacyMode;
  version: number;
  maxConcurrentSessions: number;
  readonly live: Set<Call>;
}

export interface Call {
  readonly site: SiteWorld;
  readonly conversation: string;
  readonly startedAt: number;
  readonly queueIndex: number;
  entry: 'new' | LegacyTrunk | null;
  over: boolean;
  agent: Agent | null;
  /** Takes the call off the queue or trunk that holds it. */
  release: (() => void)[];
}

export interface Gateway {
  readonly host: string;
  tokens: number;
  tokensAt: number;
  /** Sandbox time of the last REGISTER refused for being too many. */
  refusedAt: number;
}

export interface SiteWorld {
  readonly name: string;
  readonly file: SiteFile;
  readonly zone: Zone;
  readonly agents: readonly Agent[];
  readonly enterpriseResolvers: readonly CachingResolver[];
  readonly publicResolvers: readonly CachingResolver[];
  readonly trunkBases: readonly TrunkBase[];
  readonly routes: readonly OutboundRoute[];
  readonly ivr: Ivr;
  readonly queues: readonly NewQueue[];
  readonly legacyTrunks: readonly LegacyTrunk[];
  readonly legacyQueues: readonly LegacyQueue[];
  readonly allocation: AllocationRow;
  readonly emergencyGroup: EmergencyGroup;
  readonly newGateway: Gateway;
  /** The carrier that rings the gateways where the site has one with a lever; else carriers follow the SRV set. */
  readonly carrier: CarrierTrunk | null;
  readonly liveOnNew: Set<Call>;
  readonly calls: SiteCalls;
  readonly records: CallRecords;
  crmPlatform: 'legacy' | 'both' | 'genesys-cloud';
  siteVersion: number;
}

/** When a licence is there; kept by `licences.ts`. */
export interface LicenceOffice {
  has(user: string, licence: string): boolean;
  assigned(user: string): readonly string[];
}

const FLOOR_SECONDS = 600;

/** Builds the world as it is before any migration: everything on legacy, the new side present and inactive. */
export function buildSite(
  description: SiteDescription,
  zones: readonly Zone[],
  resolvers: ReadonlyMap<string, CachingResolver>,
  tables: Map<string, Map<string, AllocationRow>>,
  ledger: LedgerBook,
  now: number,
): SiteWorld {
  const { file } = description;
  const zone = zones.find((candidate) => candidate.name === bare(file.dns.zone));
  if (!zone) throw new Error(`no zone for ${file.site}`);
  const named = (kind: 'public' | 'enterprise') =>
    file.resolvers.filter((r) => r.kind === kind).map((r) => resolvers.get(r.name) as CachingResolver);
  const enterpriseResolvers = named('enterprise').length > 0 ? named('enterprise') : named('public');
  const agents = description.agents.map((row, i): Agent => {
    const resolver = enterpriseResolvers[i % enterpriseResolvers.length] as CachingResolver;
    const phone: Phone = {
      id: row.phone,
      name: row.agent,
      resolver,
      registeredAt: 'legacy',
      since: now,
      life: 0,
      booting: false,
    };
    return { name: row.agent, user: row.user, phone, group: row.group, busy: false };
  });
  const { platform, legacy, mirror } = file;
  const ofGroups = (groups: readonly string[]) => agents.filter((agent) => groups.includes(agent.group));
  const row = { KEY: platform.allocation.row, allocationPercent: 0, shadowPercent: 0 };
  const table = tables.get(platform.allocation.table) ?? new Map<string, AllocationRow>();
  tables.set(platform.allocation.table, table.set(row.KEY, row));
  return {
    name: file.site,
    file,
    zone,
    agents,
    enterpriseResolvers,
    publicResolvers: named('public').length > 0 ? named('public') : enterpriseResolvers,
    trunkBases: trunkBasesOf(file, now),
    routes: platform.outboundRoutes.map((route) => ({
      id: route.route,
      version: 1,
      body: {
        name: route.name,
        state: 'active',
        classificationTypes: ['National', 'International'],
        enabled: false,
        distribution: 'SEQUENTIAL',
        externalTrunkBases: platform.inboundTrunks.map((trunk) => ({ id: trunk.trunkBase })),
      },
    })),
    emergencyGroup: {
      id: platform.emergencyGroup ?? idOf('emergency-group', file.site),
      version: 1,
      body: {
        name: `${file.name} to legacy`,
        enabled: false,
        emergencyCallFlows: [
          {
            emergencyFlow: { id: idOf('emergency-flow', file.site) },
            ivrs: [{ id: platform.callRoute ?? idOf('ivr', file.site) }],
          },
        ],
      },
    },
    ivr: {
      id: platform.callRoute ?? idOf('ivr', file.site),
      version: 1,
      body: { name: `${file.name} inbound`, dnis: [...mirror.dids], openHoursFlow: { id: idOf('flow', file.site) } },
    },
    queues: platform.queues.map((queue) => ({
      id: queue.queue,
      agents: ofGroups(queue.groups),
      members: new Map(ofGroups(queue.groups).map((agent) => [agent.user, { joined: false }])),
      body: { name: queue.name, ...queueDefaults },
      guidePercent: null,
      waiting: [],
      polling: false,
    })),
    legacyTrunks: legacy.trunks.map((id) => ({
      id,
      mode: 'active',
      version: 1,
      maxConcurrentSessions: mirror.maxConcurrentSessions,
      live: new Set(),
    })),
    legacyQueues: legacy.queues.map((id, i) => ({
      id,
      agents: ofGroups(platform.queues[i % platform.queues.length]?.groups ?? []),
      enabled: true,
      version: 1,
      waiting: [],
      polling: false,
      live: 0,
    })),
    // Genesys Cloud's flow looks its row up on every call; a Studio script of CXone follows its file some seconds later.
    allocation: platform.kind === 'nice-cxone' ? { ...row } : row,
    newGateway: {
      host: bare(file.gateways.target.host),
      tokens: 2,
      tokensAt: now,
      refusedAt: Number.NEGATIVE_INFINITY,
    },
    carrier: carrierOf(file, now),
    liveOnNew: new Set(),
    calls: ledger.openSite(file.site),
    records: new CallRecords(),
    crmPlatform: 'both',
    siteVersion: 1,
  };
}

const queueDefaults: Readonly<Record<string, Json>> = {
  description: '',
  mediaSettings: { call: { alertingTimeoutSeconds: 30, serviceLevel: { percentage: 0.8, durationMs: 20000 } } },
  acwSettings: { wrapupPrompt: 'OPTIONAL', timeoutMs: 40000 },
  skillEvaluationMethod: 'NONE',
  scoringMethod: 'TimestampAndPriority',
};

function trunkBasesOf(file: SiteFile, now: number): TrunkBase[] {
  const { platform, mirror, gateways } = file;
  const property = (instance: Json) => ({ value: { instance } });
  const base =
    (role: TrunkBase['role']) =>
    (trunk: { name: string; trunkBase: string }): TrunkBase => ({
      id: trunk.trunkBase,
      role,
      trunkId: idOf('trunk', trunk.trunkBase),
      version: 1,
      inService: false,
      inServiceSince: now,
      body: {
        name: trunk.name,
        state: 'active',
        trunkMetabase: { id: 'external_sip_pcv_byoc_carrier.json' },
        trunkType: 'EXTERNAL',
        managed: false,
        site: { id: platform.site },
        inboundSite: { id: platform.site },
        properties: {
          trunk_enabled: property(false),
          trunk_label: property(trunk.name),
          trunk_media_codec: property([...mirror.codecs]),
          trunk_max_dial_timeout: property('1m'),
          trunk_max_concurrent_calls: property(mirror.maxConcurrentSessions),
          trunk_transport_protocolVariant: property(gateways.target.transport),
        },
      },
    });
  return [...platform.inboundTrunks.map(base('inbound')), ...platform.failoverTrunks.map(base('failover'))];
}

/** The zones of the site files, with their records as they stand on legacy. */
export function buildZones(sites: readonly SiteDescription[], agenda: Agenda, random: Random): Zone[] {
  const zones = new Map<string, { nameServers: readonly string[]; rrsets: RRset[] }>();
  for (const { file } of sites) {
    const name = bare(file.dns.zone);
    const zone = zones.get(name) ?? { nameServers: file.dns.nameServers, rrsets: [] };
    zones.set(name, zone);
    const set = (rrset: Pick<RRset, 'name' | 'type' | 'ttl' | 'contents'>) =>
      zone.rrsets.push({ ...rrset, comments: [] });
    for (const record of file.dns.records) {
      const contents = record.legacy.map((value) => asContent(record.type, value));
      set({ name: bare(record.name), type: record.type, ttl: record.ttl, contents });
    }
    for (const host of [file.gateways.legacy.host, ...file.dns.nameServers.map((server) => `${server}.${name}`)]) {
      if (bare(host).endsWith(`.${name}`)) set({ name: bare(host), type: 'A', ttl: 3600, contents: ['127.0.0.1'] });
    }
  }
  return [...zones].map(([name, zone]) => new Zone(name, zone.nameServers, zone.rrsets, agenda, random));
}

/** Every resolver of the site files: one that serves stale, one with a floor, one that may ignore TTLs, honest ones. */
export function buildResolvers(
  sites: readonly SiteDescription[],
  internet: Internet,
  agenda: Agenda,
  random: Random,
  faults: FaultSwitches,
): Map<string, CachingResolver> {
  const resolvers = new Map<string, CachingResolver>();
  for (const { file } of sites) {
    const enterprise = file.resolvers.filter((resolver) => resolver.kind === 'enterprise');
    const publics = file.resolvers.filter((resolver) => resolver.kind === 'public');
    for (const { name, kind } of file.resolvers) {
      if (!resolvers.has(name)) {
        const isLast = (list: readonly { name: string }[]) => list.length > 1 && list.at(-1)?.name === name;
        const manner: ResolverManner = {
          kind: isLast(publics) ? 'serve-stale' : isLast(enterprise) ? 'floor' : 'honest',
          floorSeconds: FLOOR_SECONDS,
          mayIgnoreTtl: kind === 'enterprise' && enterprise[0]?.name === name,
        };
        resolvers.set(name, new CachingResolver(name, manner, internet, agenda, random, faults));
      }
      for (const record of file.dns.records) resolvers.get(name)?.warm(record.name, record.type);
    }
  }
  return resolvers;
}

/** The part of the world that stands on one platform, with chances of its own: a site more does not change the others' calls. */
export function worldOn(world: World, kind: SiteFile['platform']['kind'], random: Random): World {
  const sites = world.sites.filter(({ file }) => file.platform.kind === kind);
  const tables = new Set(sites.map(({ file }) => file.platform.allocation.table));
  return { ...world, random, sites, tables: new Map([...world.tables].filter(([table]) => tables.has(table))) };
}

export function isTrunkEnabled(base: TrunkBase): boolean {
  return base.body.properties.trunk_enabled?.value.instance === true;
}

/** The new gateway takes calls and registrations only while an inbound trunk is in service. */
export function isInbound(site: SiteWorld): boolean {
  return site.trunkBases.some((base) => base.role === 'inbound' && base.inService && isTrunkEnabled(base));
}

export function joinedCount(queue: NewQueue): number {
  let joined = 0;
  for (const member of queue.members.values()) if (member.joined) joined += 1;
  return joined;
}
