/**
 * Changes of one record set each, on real name servers and in real caches: the product's own steps forecast, sample and judge,
 * while an observer asks every cache by itself, also those behind the pool's address, and knows better.
 */

import type { CacheFigures } from '../../jobs/steps/cache-figures';
import { goneIn } from '../../jobs/steps/propagation-watch';
import { systemClock } from '../../src/adapters/clock/system-clock';
import { createPowerDns } from '../../src/adapters/dns/power-dns';
import { createResolver } from '../../src/adapters/probes/dns-client';
import type { ServerAddress } from '../../src/adapters/probes/server-address';
import type { Propagation } from '../../src/core/convergence';
import { forecast } from '../../src/core/convergence-forecast';
import type { Outcome } from '../../src/core/outcome';
import type { Site } from '../../src/core/site';
import type { StepKind } from '../../src/core/step-kinds';
import { type DnsLab, lookAt, type ResolverKind, until } from '../lab/lab';
import { observedOf, planOf, siteOf } from '../support/core-waves';
import { createMemoryWorld, type MemoryWorld } from '../support/memory-world';
import { type Visits, visitsIn } from '../support/step-visits';

export const ZONE = 'conv.example';
const OLD = [`10 0 5060 sbc.${ZONE}`];
const NEW = [`10 0 5060 new.${ZONE}`, `20 0 5060 sbc.${ZONE}`];
const HOUR = 3_600_000;
/** What NOTIFY and transfer take here, as `lower-ttl` would have measured it. */
const USUAL_LAG_MS = 3_500;
const LOOK_EVERY_MS = 300;
const AFTERWARDS_MS = 3_000;
const LONGEST_MS = 60_000;

/** The site's resolvers, each in the place of one that sites have. */
export const RESOLVERS: Readonly<Record<string, ResolverKind>> = {
  google: 'honest',
  cloudflare: 'stale',
  'site-dc': 'floor',
  'site-sdwan': 'pool',
};

export interface ChangeOfOne {
  readonly name: string;
  readonly ttl: number;
  /** Somebody asks every cache again and again, so that what expires is fetched at once; else only the product asks. */
  readonly busy: boolean;
}

export const recordsOf = (changes: readonly ChangeOfOne[]) => [
  ...changes.map(({ name, ttl }) => ({ name, type: 'SRV' as const, ttl, values: OLD })),
  ...['new', 'sbc'].map((host) => ({ name: `${host}.${ZONE}`, type: 'A' as const, ttl: 60, values: ['127.0.0.1'] })),
];

/** Of one resolver at one change. Moments epoch ms. */
export interface Arrival {
  readonly kind: ResolverKind;
  /** When the last of its caches was first seen new for good; null where nobody but the product looked. */
  readonly arrivedAt: number | null;
  readonly beforeChange: { readonly expectedAt: number };
  readonly onceAuthoritative: { readonly expectedAt: number; readonly latestAt: number };
}

export interface ChangeReport {
  readonly name: string;
  readonly last: Outcome;
  readonly authoritativeAt: number;
  readonly verdictAt: number;
  readonly arrivals: readonly Arrival[];
  /** What still gave another answer than the new one after the verdict. */
  readonly tooEarly: readonly string[];
  readonly flips: number;
  readonly late: number;
  readonly looks: number;
}

export async function runChange(lab: DnsLab, change: ChangeOfOne): Promise<ChangeReport> {
  const visits = visitsOf(lab, change);
  const observer = change.busy ? observe(lab, change) : null;
  try {
    await untilDone(visits, 'switch-dns', 'applied');
    const changedAt = Date.now();
    const { caches } = visits.stateOf('switch-dns').result as { readonly caches: readonly CacheFigures[] };
    const before = caches.map((one) => ({
      resolver: one.resolver,
      ...forecast(goneIn(one), one.manner, { authoritativeAt: changedAt + USUAL_LAG_MS, oldTtl: change.ttl }),
    }));
    await untilDone(visits, 'switch-dns', 'passed');
    const { authoritativeAt } = visits.stateOf('switch-dns').result as { readonly authoritativeAt: number };
    const watched = await confirm(visits);
    const verdictAt = Date.now();
    const tooEarly = await stillOld(lab, change);
    const seen = observer?.stop() ?? null;
    return {
      name: change.name,
      last: watched.last,
      authoritativeAt,
      verdictAt,
      arrivals: Object.entries(RESOLVERS).map(([resolver, kind]) => ({
        kind,
        arrivedAt: seen === null ? null : arrival(seen.get(kind) ?? [], changedAt),
        beforeChange: found(before.find((one) => one.resolver === resolver)),
        onceAuthoritative: found(watched.first.find((one) => one.resolver === resolver)),
      })),
      tooEarly,
      flips: watched.final.reduce((sum, watch) => sum + watch.flips, 0),
      late: watched.late,
      looks: watched.looks,
    };
  } finally {
    observer?.stop();
  }
}

function visitsOf(lab: DnsLab, { name, ttl }: ChangeOfOne): Visits {
  const record = { name, type: 'SRV' as const, ttl, legacy: OLD, target: NEW };
  const site: Site = siteOf({
    dns: { provider: 'powerdns', zone: ZONE, nameServers: [...lab.nameServers.keys()], records: [record] },
    resolvers: Object.keys(RESOLVERS).map((resolver) => ({
      name: resolver,
      location: `at ${resolver}`,
      kind: resolver.startsWith('site') ? 'enterprise' : 'public',
    })),
    gateways: {
      target: { host: `new.${ZONE}`, port: 5060, transport: 'tcp' },
      legacy: { host: `sbc.${ZONE}`, port: 5060, transport: 'udp' },
    },
  });
  const observed = observedOf({ records: [{ name, type: 'SRV', ttl, values: OLD }] });
  const plan = planOf({ site, observed });
  const memory = realTime(createMemoryWorld(site), lab);
  const visits = visitsIn(memory, { plan: { ...plan, limits: { ...plan.limits, ttlSeconds: ttl } } });
  visits.stateOf('lower-ttl').result = {
    shownAt: Date.now() - 73 * HOUR,
    oldTtl: ttl,
    nameServerLagMs: USUAL_LAG_MS,
    caches: [],
  };
  return visits;
}

/** The real DNS, in real time; everything else stays in memory. */
function realTime(memory: MemoryWorld, lab: DnsLab): MemoryWorld {
  const servers = new Map<string, ServerAddress>([
    ...lab.nameServers,
    ...Object.entries(RESOLVERS).map(([name, kind]): [string, ServerAddress] => [name, lab.resolvers[kind].address]),
  ]);
  const provider = createPowerDns({
    baseUrl: lab.powerDns.apiUrl,
    apiKey: lab.powerDns.apiKey,
    serverId: 'localhost',
    clock: systemClock,
    timeoutMs: 5_000,
  });
  const world = {
    ...memory.world,
    clock: systemClock,
    dns: () => provider,
    resolver: createResolver({ servers, clock: systemClock, timeoutMs: 2_000, tries: 2 }),
  };
  return Object.defineProperties({} as MemoryWorld, {
    ...Object.getOwnPropertyDescriptors(memory),
    world: { value: world },
    now: { get: () => Date.now() },
  });
}

async function untilDone(visits: Visits, kind: StepKind, wanted: Outcome['kind']): Promise<Outcome> {
  for (const end = Date.now() + LONGEST_MS; Date.now() < end; ) {
    const outcome = await visits.visit(kind);
    if (outcome.kind === wanted) return outcome;
    if (outcome.kind !== 'waiting') throw new Error(`${kind} ended ${JSON.stringify(outcome)}`);
    await systemClock.sleep(outcome.recheckAfterMs);
  }
  throw new Error(`${kind} does not end`);
}

async function confirm(visits: Visits) {
  await untilDone(visits, 'confirm-propagation', 'applied');
  const firsts: Propagation['watches'][] = [];
  let looks = 0;
  let late = 0;
  const said: string[] = [];
  for (const end = Date.now() + LONGEST_MS; Date.now() < end; ) {
    const last = await visits.visit('confirm-propagation');
    looks += 1;
    said.push(last.summary);
    const { watches } = (visits.stateOf('confirm-propagation').progress ?? { watches: [] }) as Propagation;
    firsts.push(watches);
    if (last.summary.includes('ignores the TTL')) late += 1;
    if (last.kind !== 'waiting') return { last, first: firsts[0] ?? [], final: watches, looks, late };
    await systemClock.sleep(last.recheckAfterMs);
  }
  throw new Error(`confirm-propagation does not end: ${said.slice(-8).join('\n')}`);
}

type Seen = { readonly cache: string; readonly at: number; readonly isNew: boolean };

function observe(lab: DnsLab, { name }: ChangeOfOne) {
  const seen = new Map<ResolverKind, Seen[]>();
  let stopped = false;
  for (const kind of Object.values(RESOLVERS)) {
    const list: Seen[] = [];
    seen.set(kind, list);
    for (const cache of lab.resolvers[kind].caches) {
      void until(
        async () => {
          if (stopped) return true;
          const answer = await lookAt(cache, name, 'SRV');
          list.push({ cache: `${cache.port}`, at: answer.at, isNew: isNew(answer.values) });
          return false;
        },
        2 * LONGEST_MS,
        LOOK_EVERY_MS,
      );
    }
  }
  return {
    stop: () => {
      stopped = true;
      return seen;
    },
  };
}

/** Per cache the first new answer after its last old one; of the resolver the latest of these. */
function arrival(seen: readonly Seen[], changedAt: number): number {
  const caches = [...new Set(seen.map(({ cache }) => cache))];
  const each = caches.map((cache) => {
    const own = seen.filter((one) => one.cache === cache);
    const lastOld = Math.max(changedAt, ...own.filter(({ isNew }) => !isNew).map(({ at }) => at));
    return own.find(({ at, isNew }) => isNew && at >= lastOld)?.at ?? Number.POSITIVE_INFINITY;
  });
  return Math.max(...each);
}

/** Everything that anybody could ask: each cache by itself, each address as often as a pool may have caches, each name server. */
async function stillOld(lab: DnsLab, { name }: ChangeOfOne): Promise<readonly string[]> {
  const old = new Set<string>();
  const look = async (who: string, server: ServerAddress, recursion: boolean): Promise<void> => {
    const { values } = await lookAt(server, name, 'SRV', recursion);
    if (!isNew(values)) old.add(`${who} gave ${values.join(' + ')}`);
  };
  for (const end = Date.now() + AFTERWARDS_MS; Date.now() < end; await systemClock.sleep(LOOK_EVERY_MS)) {
    for (const [ns, server] of lab.nameServers) await look(ns, server, false);
    for (const kind of Object.values(RESOLVERS)) {
      for (const cache of lab.resolvers[kind].caches) await look(`a cache of ${kind}`, cache, true);
      for (let i = 0; i < 4; i++) await look(kind, lab.resolvers[kind].address, true);
    }
  }
  return [...old];
}

const isNew = (values: readonly string[]): boolean => [...values].sort().join() === [...NEW].sort().join();

function found<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('a resolver is missing from the figures');
  return value;
}
