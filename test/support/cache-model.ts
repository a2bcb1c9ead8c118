/** Caches that know what they hold: resolvers of every manner before two name servers, of which one may lag. Time is the world's. */
import type { RecordSet } from '../../src/ports/dns-provider';
import type { DnsAnswer, Resolver } from '../../src/ports/resolver';

export interface Manner {
  readonly caches: number;
  /** Which cache answers: each in its turn, or any. */
  readonly pick: 'turns' | 'any';
  readonly floor: number;
  /** 0: none. */
  readonly clamp: number;
  readonly servesStale: boolean;
  /** Whether TTLs are shown rounded up, as some do, or down, as others. */
  readonly roundsUp: boolean;
}

export interface ModelOptions {
  readonly now: () => number;
  /** Every question takes so long. */
  readonly pass: (ms: number) => void;
  readonly questionMs: number;
  readonly manners: ReadonlyMap<string, Manner>;
  /** How long the second name server goes on giving what it had; ms. */
  readonly lagMs: number;
  /** What the provider holds now, and before. */
  readonly records: ReadonlyMap<string, RecordSet>;
  /** 0 up to 1. */
  readonly random: () => number;
}

interface Entry {
  readonly set: RecordSet;
  readonly until: number;
}

export type CacheModel = ReturnType<typeof createCacheModel>;

export function createCacheModel(options: ModelOptions) {
  const { now, manners, random, lagMs } = options;
  const caches = new Map(
    [...manners].map(([name, { caches: n }]) => [name, Array.from({ length: n }, () => new Map<string, Entry>())]),
  );
  const turns = new Map<string, number>();
  const before = new Map<string, RecordSet>(options.records);
  const changedAt = new Map<string, number>();
  let serial = 7;

  /** The second name server's copy is as old as its lag. */
  function authority(server: 'ns1' | 'ns2', question: string): RecordSet | null {
    notice();
    const changed = changedAt.get(question);
    const lags = server === 'ns2' && changed !== undefined && now() < changed + lagMs;
    return (lags ? before.get(question) : options.records.get(question)) ?? null;
  }

  function notice(): void {
    for (const [question, set] of options.records) {
      if (before.get(question) === set || changedAt.has(question)) continue;
      changedAt.set(question, now());
      serial += 1;
    }
  }

  function serialAt(server: string): number {
    notice();
    const lags = server === 'ns2' && [...changedAt.values()].some((at) => now() < at + lagMs);
    return lags ? serial - changedAt.size : serial;
  }

  function fromCache(name: string, index: number, question: string) {
    const manner = manners.get(name);
    const cache = caches.get(name)?.[index];
    if (!manner || !cache) throw new Error(`the model has no cache ${index} of ${name}`);
    const entry = cache.get(question);
    if (entry && entry.until > now()) return { set: entry.set, left: entry.until - now(), stale: false };
    const fresh = fetched(manner, question);
    if (fresh) cache.set(question, fresh);
    if (entry && manner.servesStale) return { set: entry.set, left: 30_000, stale: true };
    return fresh && { set: fresh.set, left: fresh.until - now(), stale: false };
  }

  function fetched({ floor, clamp }: Manner, question: string): Entry | null {
    const set = authority(random() < 0.5 ? 'ns1' : 'ns2', question);
    if (!set) return null;
    const life = Math.max(clamp > 0 ? Math.min(set.ttl, clamp) : set.ttl, floor);
    return { set, until: now() + life * 1000 };
  }

  function picked(name: string): number {
    const manner = manners.get(name);
    if (!manner) throw new Error(`the model has no resolver ${name}`);
    if (manner.pick === 'any') return Math.floor(random() * manner.caches);
    const turn = turns.get(name) ?? 0;
    turns.set(name, turn + 1);
    return turn % manner.caches;
  }

  const resolver: Resolver = {
    knows: () => true,
    ask: async (server, name, type): Promise<DnsAnswer> => {
      options.pass(options.questionMs);
      const question = `${name} ${type}`;
      const answer = {
        server,
        question,
        at: now(),
        authoritative: false,
        authenticData: false,
        truncatedOverUdp: false,
        negativeTtl: null,
        extendedErrors: [],
        elapsedMs: options.questionMs,
        rcode: 'NOERROR',
      };
      if (server === 'ns1' || server === 'ns2') {
        if (type === 'SOA')
          return { ...answer, authoritative: true, values: [`ns1 ops ${serialAt(server)} 1 1 1 1`], ttl: 60 };
        const set = authority(server, question);
        return { ...answer, authoritative: true, values: set?.values ?? [], ttl: set?.ttl ?? null };
      }
      const found = fromCache(server, picked(server), question);
      if (!found) return { ...answer, rcode: 'NXDOMAIN', values: [], ttl: null };
      const round = manners.get(server)?.roundsUp ? Math.ceil : Math.floor;
      const ttl = round(found.left / 1000);
      return { ...answer, values: found.set.values, ttl, extendedErrors: found.stale ? [3] : [] };
    },
  };

  return {
    resolver,
    /** A client of the resolver asks one of its caches. */
    clientAsks: (name: string, index: number, question: string) => void fromCache(name, index, question),
    /** When the last entry that differs from what is published now leaves the caches of a resolver; null without one. */
    oldUntil: (name: string): number | null => {
      const old = (caches.get(name) ?? []).flatMap((cache) =>
        [...cache].filter(([question, { set }]) => set !== options.records.get(question)).map(([, { until }]) => until),
      );
      return old.length === 0 ? null : Math.max(...old);
    },
  };
}
