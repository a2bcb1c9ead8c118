/**
 * A caching resolver whose cache ages in sandbox time.
 *
 * - `honest`: keeps an answer for its TTL.
 * - `floor`: keeps it for at least `floorSeconds`, as middleboxes with a minimum TTL do.
 * - `serve-stale`: hands an expired answer out once more with TTL 30 (RFC 8767), then asks again.
 * While the fault `propagation-lag` is on, a resolver with `mayIgnoreTtl` keeps its old answer until 25 minutes
 * after the change.
 */
import type { Agenda } from '../model/agenda';
import type { FaultSwitches } from '../model/faults';
import type { Random } from '../model/random';
import { bare, isWithin, type RecordType, type RRset, type Zone } from './zone';

export interface ResolverManner {
  readonly kind: 'honest' | 'floor' | 'serve-stale';
  readonly floorSeconds: number;
  readonly mayIgnoreTtl: boolean;
}

/** What lies outside our zones: the gateways' addresses. */
export interface Internet {
  readonly zones: readonly Zone[];
  /** Host name to IPv4 address. */
  readonly hosts: ReadonlyMap<string, string>;
}

export interface ResolverAnswer {
  readonly rcode: 'NOERROR' | 'NXDOMAIN';
  /** The chain, aliases first, each with the TTL that is left. */
  readonly rrsets: readonly RRset[];
  /** For a negative answer: the SOA with the life that is left. */
  readonly soa: RRset | null;
  readonly stale: boolean;
}

interface CacheEntry {
  readonly rrset: RRset | null;
  readonly negative: 'no-data' | 'no-name' | null;
  readonly soa: RRset | null;
  expiresAt: number;
}

const STALE_TTL_SECONDS = 30;
const MAX_STALE_MS = 24 * 3600_000;
export const LAG_MS = 25 * 60_000;
const HOST_TTL_SECONDS = 60;

export class CachingResolver {
  private readonly cache = new Map<string, CacheEntry>();

  constructor(
    readonly name: string,
    readonly manner: ResolverManner,
    private readonly internet: Internet,
    private readonly agenda: Agenda,
    private readonly random: Random,
    private readonly faults: FaultSwitches,
  ) {}

  /** Fills the cache as if the record had been asked for at some time within its TTL. */
  warm(name: string, type: RecordType): void {
    const entry = this.fetch(bare(name), type);
    const life = entry.expiresAt - this.agenda.now;
    entry.expiresAt = this.agenda.now + this.random.next() * life;
  }

  resolve(name: string, type: string): ResolverAnswer {
    const rrsets: RRset[] = [];
    let stale = false;
    let wanted = bare(name);
    for (let hops = 0; hops < 8; hops++) {
      const found = this.lookUp(wanted, type);
      stale ||= found.stale;
      const { rrset, negative } = found.entry;
      if (!rrset) {
        const rcode = negative === 'no-name' ? 'NXDOMAIN' : 'NOERROR';
        return { rcode, rrsets, soa: found.entry.soa && this.aged(found.entry.soa, found), stale };
      }
      rrsets.push(this.aged(rrset, found));
      if (rrset.type === type || rrset.type !== 'CNAME') break;
      wanted = bare(rrset.contents[0] ?? '');
    }
    return { rcode: 'NOERROR', rrsets, soa: null, stale };
  }

  /** What lies in the cache, fresh or not, without touching it. */
  peek(name: string, type: RecordType): RRset | null {
    return this.cache.get(`${bare(name)}/${type}`)?.rrset ?? null;
  }

  private aged(rrset: RRset, found: { entry: CacheEntry; stale: boolean }): RRset {
    const left = Math.max(0, Math.ceil((found.entry.expiresAt - this.agenda.now) / 1000));
    return { ...rrset, ttl: found.stale ? STALE_TTL_SECONDS : left };
  }

  private lookUp(name: string, type: string): { entry: CacheEntry; stale: boolean } {
    const { now } = this.agenda;
    const alias = `${name}/CNAME`;
    // That there is no alias says nothing of the other types.
    const key = this.cache.has(`${name}/${type}`) || !this.cache.get(alias)?.rrset ? `${name}/${type}` : alias;
    const cached = this.cache.get(key);
    if (!cached) return { entry: this.fetch(name, type), stale: false };
    if (cached.expiresAt > now) return { entry: cached, stale: false };
    if (this.clingsTo(cached)) return { entry: cached, stale: false };
    this.cache.delete(key);
    const mayServeStale = this.manner.kind === 'serve-stale' && now - cached.expiresAt < MAX_STALE_MS;
    if (mayServeStale && cached.rrset) return { entry: cached, stale: true };
    return { entry: this.fetch(name, type), stale: false };
  }

  /** The fault: a changed answer is not taken up until `LAG_MS` after the change. */
  private clingsTo(entry: CacheEntry): boolean {
    const { rrset } = entry;
    if (!rrset || !this.manner.mayIgnoreTtl || !this.faults.has('propagation-lag')) return false;
    const zone = this.internet.zones.find((candidate) => isWithin(rrset.name, candidate.name));
    const present = zone?.get(rrset.name, rrset.type);
    if (!zone || present?.contents.toString() === rrset.contents.toString()) return false;
    const until = zone.lastChange(rrset.name, rrset.type) + LAG_MS;
    if (until <= this.agenda.now) return false;
    entry.expiresAt = Math.min(until, this.agenda.now + Math.max(1, rrset.ttl) * 1000);
    return true;
  }

  private fetch(name: string, type: string): CacheEntry {
    const entry = this.ask(name, type);
    this.cache.set(`${name}/${entry.rrset ? entry.rrset.type : type}`, entry);
    return entry;
  }

  private ask(name: string, type: string): CacheEntry {
    const { now } = this.agenda;
    const zone = this.internet.zones.find((candidate) => isWithin(name, candidate.name));
    if (!zone) return this.askElsewhere(name, type);
    const copy = zone.copyAt(this.random.pick(zone.nameServers));
    const finding = zone.find(copy, name, type);
    if (finding.kind === 'answer') {
      const rrset = finding.rrsets[0] ?? null;
      return { rrset, negative: null, soa: null, expiresAt: now + this.lifeOf(rrset?.ttl ?? 0) };
    }
    const soa = zone.soa(copy);
    const negativeTtl = Math.min(soa.ttl, Number(soa.contents[0]?.split(' ').at(-1)));
    return { rrset: null, negative: finding.kind, soa, expiresAt: now + this.lifeOf(negativeTtl) };
  }

  private askElsewhere(name: string, type: string): CacheEntry {
    const address = this.internet.hosts.get(name);
    const expiresAt = this.agenda.now + this.lifeOf(HOST_TTL_SECONDS);
    if (address !== undefined && type === 'A') {
      const rrset: RRset = { name, type: 'A', ttl: HOST_TTL_SECONDS, contents: [address], comments: [] };
      return { rrset, negative: null, soa: null, expiresAt };
    }
    const soa: RRset = {
      name: name.split('.').slice(-2).join('.'),
      type: 'SOA',
      ttl: HOST_TTL_SECONDS,
      contents: ['ns.invalid. hostmaster.invalid. 1 10800 3600 604800 60'],
      comments: [],
    };
    return { rrset: null, negative: address === undefined ? 'no-name' : 'no-data', soa, expiresAt };
  }

  private lifeOf(ttlSeconds: number): number {
    const seconds = this.manner.kind === 'floor' ? Math.max(ttlSeconds, this.manner.floorSeconds) : ttlSeconds;
    return seconds * 1000;
  }
}
