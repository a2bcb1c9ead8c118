/** A small world in memory with a clock that is moved by hand: everything that a step may read or change, and a list of what it wrote. */
import { afterWrite, type Destinations } from '../../src/core/carrier-order';
import type { Json } from '../../src/core/json';
import type { Site } from '../../src/core/site';
import { RecordChanged, type RecordSet } from '../../src/ports/dns-provider';
import { Fault } from '../../src/ports/fault';
import type { LegacyBaseline, LegacyTrunkMode } from '../../src/ports/legacy';
import type { CallFigures, FlowFigures, Interval } from '../../src/ports/platform';
import type { DnsAnswer } from '../../src/ports/resolver';
import type { SipOutcome } from '../../src/ports/sip-probe';
import type { SiteWorld } from '../../src/ports/world';
import { HOUR, MINUTE, sha256, siteOf, T0 } from './core-waves';

export const SRV = '_sip._tcp.t.example.com';
const RESOLVERS = [
  { name: 'google', location: 'anycast-google', kind: 'public' },
  { name: 'cloudflare', location: 'anycast-cloudflare', kind: 'public' },
  { name: 'dc', location: 'datacentre', kind: 'enterprise' },
] as const;

/** A site whose resolvers stand in three places. */
export function steppedSite(more: Partial<Site> = {}, agents = 40): Site {
  return siteOf({ resolvers: RESOLVERS, ...more }, agents);
}

export type MemoryWorld = ReturnType<typeof createMemoryWorld>;

export function createMemoryWorld(site: Site = steppedSite()) {
  const state = {
    now: T0,
    writes: [] as string[],
    records: new Map(site.dns.records.map((r) => [key(r), setOf(r.name, r.type, r.ttl, r.legacy)])),
    /** Changes that the provider has not brought to all of its name servers. */
    unsettled: new Set<string>(),
    /** Hosts outside of the zone with their addresses: the gateways. */
    hosts: new Map([site.gateways.target.host, site.gateways.legacy.host].map((host, i) => [host, `192.0.2.${i + 1}`])),
    /** What a server answers instead of what the zone holds. */
    answers: new Map<string, Partial<DnsAnswer> | 'silent'>(),
    /** Caches: an entry is kept until its time. */
    caches: new Map<string, { readonly set: RecordSet; readonly until: number }>(),
    trunks: new Map(
      [...site.platform.inboundTrunks, ...site.platform.failoverTrunks].map(({ name, trunkBase }) => [
        trunkBase,
        {
          id: trunkBase,
          name,
          enabled: false,
          broken: false,
          codecs: [...site.mirror.codecs] as readonly string[],
          maxConcurrentSessions: site.mirror.maxConcurrentSessions as number | null,
          liveCalls: 0,
        },
      ]),
    ),
    routes: new Map(
      site.platform.outboundRoutes.map(({ name, route }) => [route, { id: route, name, enabled: false }]),
    ),
    numbers: { dids: [...site.mirror.dids] as readonly string[], callerId: site.mirror.callerId as string | null },
    members: new Map(
      site.platform.queues.map(({ queue, groups }) => [
        queue,
        new Map(site.agents.filter((agent) => groups.includes(agent.group)).map((agent) => [agent.user, false])),
      ]),
    ),
    shares: { allocationPercent: 0, shadowPercent: 0 },
    /** Numbers of every call route, by its id. */
    callRoutes: new Map<string, readonly string[]>([[site.platform.callRoute ?? 'ivr-main', site.mirror.dids]]),
    emergency: false,
    emergencyFault: null as Fault | null,
    stubbornShares: false,
    /** When each licence of each user is there. */
    licences: new Map<string, Map<string, number>>(),
    licenceDelayMs: 20 * MINUTE,
    neverLicensed: new Set<string>(),
    registered: new Set<string>(),
    neverRegisters: new Set<string>(),
    restarts: [] as { readonly at: number; readonly phones: readonly string[] }[],
    scheduled: new Set(site.agents.map((agent) => agent.user)) as ReadonlySet<string> | null,
    legacyTrunks: new Map(
      site.legacy.trunks.map((id) => [
        id,
        { mode: 'active' as LegacyTrunkMode, liveCalls: 0, dids: site.mirror.dids, codecs: site.mirror.codecs },
      ]),
    ),
    legacyQueues: new Map(site.legacy.queues.map((id) => [id, { enabled: true, waiting: 0, liveCalls: 0 }])),
    /** Agents planned on legacy by group; null: it does not tell. */
    legacyPlan: null as ReadonlyMap<string, number> | null,
    crmPlatform: 'both',
    sip: (_host: string): SipOutcome => ({
      kind: 'answered',
      status: 200,
      reason: 'OK',
      retryAfterSeconds: null,
      elapsedMs: 3,
    }),
    calls: (interval: Interval): CallFigures | null => figures(interval, 400),
    flow: (interval: Interval): FlowFigures | null => ({
      entered: count(interval, 20),
      finished: count(interval, 20),
      failed: 0,
    }),
    baseline: (interval: Interval): LegacyBaseline => ({
      ...figures(interval, 400),
      ivrEntered: count(interval, 400),
      ivrAbandoned: 0,
      crmLatencyP95Ms: 400,
    }),
    sync: (interval: Interval) => ({
      calls: count(interval, 400),
      synced: count(interval, 400),
      p95LatencyMs: 500 as number | null,
    }),
    /** What the carrier has for the site's two destinations. */
    carrier: {
      legacy: { enabled: true, priority: 10, weight: 10 },
      target: { enabled: false, priority: 10, weight: 20 },
    } as Destinations,
    /** Takes a change and shows the old settings. */
    stubbornCarrier: false,
    http: new Map<string, { status: number; body: Json }>(),
    /** Thrown by the next write. */
    fault: null as Fault | null,
  };

  const write = (text: string): void => {
    if (state.fault) {
      const { fault } = state;
      state.fault = null;
      throw fault;
    }
    state.writes.push(text);
  };
  const trunk = (id: string) => existing(state.trunks.get(id), id);
  const route = (id: string) => existing(state.routes.get(id), id);
  const membersOf = (id: string) => existing(state.members.get(id), id);
  const legacyTrunk = (id: string) => existing(state.legacyTrunks.get(id), id);
  const legacyQueue = (id: string) => existing(state.legacyQueues.get(id), id);

  const sides = ['legacy', 'target'] as const;
  const idAt = (side: keyof Destinations) => existing(site.carrier?.[side], side);

  const world: SiteWorld = {
    platforms: () => world.platform,
    inspections: () => world.inspection,
    crms: () => world.crm,
    carriers: (kind) => {
      throw new Fault(`no carrier ${kind} here`, { system: 'settings', transient: false });
    },
    carrier: site.carrier
      ? {
          name: 'memory carrier',
          targets: async () => sides.map((side) => ({ id: idAt(side), uri: `sip:${side}`, ...state.carrier[side] })),
          setTarget: async (_trunk, id, set) => {
            const which = existing(
              sides.find((side) => idAt(side) === id),
              id,
            );
            const given = Object.entries(set).map(([field, value]) => `${field} ${value}`);
            write(`carrier ${which} ${given.join(' ')}`);
            if (!state.stubbornCarrier) state.carrier = afterWrite(state.carrier, { which, set });
            return true;
          },
        }
      : null,
    inspection: {
      permissions: async () => [],
      entitlements: async () => [],
      licenceStock: async (licences) => licences.map((licence) => ({ licence, owned: 1000, assigned: 0 })),
      callAllowance: async () => ({ allowed: 300, used: 0, ours: 245 }),
      clockSkewMs: async () => 0,
      availableAgents: async () => 1,
      changes: async () => [],
    },
    home: {
      store: async () => ({
        policy: 'noeviction',
        appendOnly: true,
        failsOver: false,
        replicasWanted: 0,
        replicas: null,
        clockSkewMs: 0,
      }),
      inFlight: async () => ({ most: 10, waves: [] }),
      newestWave: async () => null,
      workspace: async () => ({ team: 'Test', bot: 'cutover' }),
      channel: async () => ({ channel: 'C0TEST', member: true, detail: '' }),
      groupSize: async () => 2,
    },
    clock: {
      now: () => state.now,
      realMsUntil: () => 0,
      // Time passes while somebody waits, or whoever waits for a deadline would wait for ever.
      sleep: async (ms) => {
        state.now += ms;
      },
    },
    digest: sha256,
    dns: () => ({
      name: 'memory',
      capabilities: {
        compareAndSet: true,
        settles: true,
        leastTtlSeconds: 0,
        wholeRecordSet: true,
        types: ['SRV', 'CNAME', 'A', 'AAAA', 'NAPTR'],
        stamps: 'none',
      },
      settled: async (change) => !state.unsettled.has(change),
      authoritativeServers: async () => [...site.dns.nameServers].sort(),
      read: async (_zone, name, type) => state.records.get(`${name} ${type}`) ?? null,
      write: async (_zone, next, expected) => {
        const found = state.records.get(key(next)) ?? null;
        if (found && same(found, next)) return { kind: 'already-so', change: null };
        if (!found || !same(found, expected)) throw new RecordChanged(expected, found);
        write(`dns ${key(next)} = ${[...next.values].sort().join(' + ')} ttl ${next.ttl}`);
        state.records.set(key(next), setOf(next.name, next.type, next.ttl, next.values));
        return { kind: 'written', change: `change of ${key(next)}` };
      },
    }),
    resolver: {
      knows: () => true,
      ask: async (server, name, type, { recursion = true } = {}) => {
        const question = `${name} ${type}`;
        const scripted = state.answers.get(server);
        if (scripted === 'silent') throw new Fault(`${server} is silent`, { system: server, transient: true });
        const address = type === 'A' ? state.hosts.get(name) : undefined;
        const shown =
          type === 'SOA'
            ? soa(name)
            : address !== undefined
              ? { values: [address], ttl: 60 }
              : recursion
                ? cached(server, question)
                : fresh(question);
        return {
          server,
          question,
          at: state.now,
          rcode: shown || state.hosts.has(name) ? 'NOERROR' : 'NXDOMAIN',
          authoritative: !recursion,
          authenticData: false,
          truncatedOverUdp: false,
          values: shown?.values ?? [],
          ttl: shown?.ttl ?? null,
          negativeTtl: shown ? null : 300,
          extendedErrors: [],
          elapsedMs: 2,
          ...(type === 'SOA' || state.hosts.has(name) ? {} : scripted),
        };
      },
    },
    sip: { options: async (gateway) => state.sip(gateway.host) },
    platform: {
      name: 'memory',
      capabilities: {
        inboundSwitch: 'trunk',
        showsTrunks: true,
        restartsPhones: true,
        assignsLicences: true,
        showsSchedules: true,
      },
      organisation: async () => ({ id: site.platform.organisation, name: 'Test organisation' }),
      trunk: async (id) => {
        const { broken, ...found } = trunk(id);
        const inService = found.enabled && !broken;
        return { ...found, inService, health: inService ? 'In service.' : 'Out of service.' };
      },
      setTrunk: async (id, enabled) => {
        const found = trunk(id);
        if (found.enabled === enabled) return false;
        write(`trunk ${id} ${enabled ? 'on' : 'off'}`);
        found.enabled = enabled;
        if (!enabled) state.registered.clear();
        return true;
      },
      outboundRoute: async (_site, id) => ({ ...route(id) }),
      setOutboundRoute: async (_site, id, enabled) => {
        if (route(id).enabled === enabled) return false;
        write(`route ${id} ${enabled ? 'on' : 'off'}`);
        route(id).enabled = enabled;
        return true;
      },
      numbers: async () => state.numbers,
      callRoute: async (id, dids) => ({
        id,
        name: `Route ${id}`,
        dids: existing(state.callRoutes.get(id), id),
        elsewhere: dids.flatMap((did) =>
          [...state.callRoutes].flatMap(([other, has]) =>
            other !== id && has.includes(did) ? [{ did, owner: `Route ${other}` }] : [],
          ),
        ),
      }),
      routeNumbers: async (id, { add, remove }) => {
        const has = existing(state.callRoutes.get(id), id);
        const next = [...has.filter((did) => !remove.includes(did)), ...add.filter((did) => !has.includes(did))];
        write(`numbers ${id} +${add.length} -${remove.length}`);
        state.callRoutes.set(id, next);
        return true;
      },
      emergencyGroup: async (id) => {
        if (state.emergencyFault) throw state.emergencyFault;
        return { id, name: `Group ${id}`, enabled: state.emergency };
      },
      setEmergencyGroup: async (id, enabled) => {
        write(`emergency ${id} ${enabled ? 'on' : 'off'}`);
        state.emergency = enabled;
        return true;
      },
      queue: async (id) => {
        const members = membersOf(id);
        return { id, name: id, members: members.size, joined: [...members.values()].filter(Boolean).length };
      },
      members: async (id) => new Map(membersOf(id)),
      setJoined: async (id, users, joined) => {
        const members = membersOf(id);
        const differing = users.filter((user) => members.get(user) === !joined);
        if (differing.length > 0) write(`${joined ? 'joined' : 'left'} ${id} ${differing.length}`);
        for (const user of differing) members.set(user, joined);
        return differing.length > 0;
      },
      allocation: async () => ({ ...state.shares }),
      setAllocation: async (_table, _row, next) => {
        write(`shares ${next.allocationPercent ?? '-'} ${next.shadowPercent ?? '-'}`);
        if (!state.stubbornShares) Object.assign(state.shares, next);
        return true;
      },
      licences: async (users) =>
        new Map(
          users.map((user) => [
            user,
            new Set([...(state.licences.get(user) ?? [])].filter(([, at]) => at <= state.now).map(([id]) => id)),
          ]),
        ),
      assignLicences: async (users, licences) => {
        write(`assign ${licences.join('+')} ${users.length}`);
        for (const user of users) {
          const held = state.licences.get(user) ?? new Map<string, number>();
          state.licences.set(user, held);
          const at = state.neverLicensed.has(user) ? Number.POSITIVE_INFINITY : state.now + state.licenceDelayMs;
          for (const licence of licences) if (!held.has(licence)) held.set(licence, at);
        }
        return true;
      },
      removeLicences: async (users, licences) => {
        // As the vendor's API does it: what is not visible yet cannot be taken away.
        const visible = users.filter((user) =>
          licences.some((licence) => (state.licences.get(user)?.get(licence) ?? Number.POSITIVE_INFINITY) <= state.now),
        );
        if (visible.length > 0) write(`remove ${licences.join('+')} ${visible.length}`);
        for (const user of visible) for (const licence of licences) state.licences.get(user)?.delete(licence);
        return visible.length > 0;
      },
      registeredPhones: async () => new Set(state.registered),
      restartPhones: async (phones) => {
        write(`restart ${phones.length}`);
        state.restarts.push({ at: state.now, phones });
        for (const phone of phones) if (!state.neverRegisters.has(phone)) state.registered.add(phone);
      },
      calls: async (_queues, interval) => state.calls(interval),
      flow: async (_flow, interval) => state.flow(interval),
      scheduledAgents: async () => state.scheduled,
    },
    legacy: {
      trunk: async (id) => ({
        id,
        ...legacyTrunk(id),
        callerId: site.mirror.callerId,
        maxConcurrentSessions: site.mirror.maxConcurrentSessions,
      }),
      setTrunk: async (id, mode) => {
        if (legacyTrunk(id).mode === mode) return false;
        write(`legacy trunk ${id} ${mode}`);
        legacyTrunk(id).mode = mode;
        return true;
      },
      queue: async (id) => ({ id, ...legacyQueue(id) }),
      setQueue: async (id, enabled) => {
        if (legacyQueue(id).enabled === enabled) return false;
        write(`legacy queue ${id} ${enabled ? 'on' : 'off'}`);
        legacyQueue(id).enabled = enabled;
        return true;
      },
      calls: async (_site, interval) => state.baseline(interval),
      scheduledAgents: async () => state.legacyPlan,
    },
    crm: {
      entry: async (entry) => ({ entry, platform: state.crmPlatform }),
      sync: async (_entry, interval) => state.sync(interval),
    },
    http: {
      systemFor: () => 'memory',
      call: async (method, endpoint, body) => {
        const found = state.http.get(endpoint) ?? { status: 404, body: null };
        if (method === 'GET') return found;
        write(`${method} ${endpoint} ${JSON.stringify(body ?? null)}`);
        if (found.status >= 400 && found.status !== 404) return found;
        const merged = {
          ...(found.body as Record<string, Json> | null),
          ...(body as Record<string, Json> | undefined),
        };
        state.http.set(endpoint, { status: 200, body: merged });
        return { status: 200, body: merged };
      },
    },
  };

  function fresh(question: string) {
    return state.records.get(question) ?? null;
  }

  function cached(server: string, question: string) {
    const entry = state.caches.get(`${server} ${question}`);
    if (entry && entry.until > state.now) return { ...entry.set, ttl: Math.ceil((entry.until - state.now) / 1000) };
    const set = fresh(question);
    if (set) state.caches.set(`${server} ${question}`, { set, until: state.now + set.ttl * 1000 });
    return set;
  }

  return Object.assign(state, {
    site,
    world,
    pass: (ms: number): void => {
      state.now += ms;
    },
    /** Everything that a rollback must bring back. */
    snapshot: () =>
      structuredClone({
        records: state.records,
        trunks: state.trunks,
        routes: state.routes,
        members: state.members,
        shares: state.shares,
        legacyTrunks: state.legacyTrunks,
        legacyQueues: state.legacyQueues,
        carrier: state.carrier,
        licences: [...state.licences]
          .map(([user, held]) => [user, [...held.keys()]])
          .filter(([, held]) => held?.length),
      }),
  });
}

export function setOf(name: string, type: RecordSet['type'], ttl: number, values: readonly string[]): RecordSet {
  return { name, type, ttl, values: [...values].sort() };
}

function key({ name, type }: { readonly name: string; readonly type: string }): string {
  return `${name} ${type}`;
}

function same(a: RecordSet, b: RecordSet): boolean {
  return a.ttl === b.ttl && [...a.values].sort().join() === [...b.values].sort().join();
}

function soa(zone: string) {
  return { values: [`ns1.${zone} hostmaster.${zone} 2027060701 10800 3600 604800 300`], ttl: 3600 };
}

/** At `perHour`, as many as the interval makes whole. */
export function count({ from, to }: Interval, perHour: number): number {
  return Math.floor((perHour * (to - from)) / HOUR);
}

export function figures(interval: Interval, perHour: number): CallFigures {
  const offered = count(interval, perHour);
  return { offered, completed: offered, failed: 0 };
}

function existing<Value>(value: Value | undefined, id: string): Value {
  if (value === undefined) throw new Fault(`there is no ${id}`, { system: 'memory', transient: false, status: 404 });
  return value;
}
