/**
 * Zone data: the primary's copy, its history, and the copies that the secondaries have reached.
 *
 * Names are kept in lower case without the last dot; contents as PowerDNS writes them, targets with it.
 */
import type { Agenda } from '../model/agenda';
import type { Random } from '../model/random';

export type RecordType = 'SRV' | 'CNAME' | 'A' | 'NS' | 'SOA';

export interface Comment {
  readonly content: string;
  readonly account: string;
  /** Epoch seconds. */
  readonly modifiedAt: number;
}

export interface RRset {
  readonly name: string;
  readonly type: RecordType;
  readonly ttl: number;
  readonly contents: readonly string[];
  readonly comments: readonly Comment[];
}

export type ZoneChange =
  | { readonly kind: 'replace'; readonly rrset: RRset }
  | { readonly kind: 'delete'; readonly name: string; readonly type: RecordType };

export interface ZoneCopy {
  readonly serial: number;
  readonly rrsets: ReadonlyMap<string, RRset>;
}

/** What an authoritative server has to say on one question. */
export type Finding =
  | { readonly kind: 'answer'; readonly rrsets: readonly RRset[] }
  | { readonly kind: 'no-data' | 'no-name' };

const SOA_MINIMUM = 300;

export class Zone {
  private readonly copies = new Map<string, ZoneCopy>();
  /** Sandbox time at which the contents of a set (not its TTL) last changed. */
  private readonly changedAt = new Map<string, number>();

  constructor(
    readonly name: string,
    readonly nameServers: readonly string[],
    rrsets: readonly RRset[],
    private readonly agenda: Agenda,
    private readonly random: Random,
  ) {
    const first: ZoneCopy = {
      serial: 2026110101,
      rrsets: new Map(rrsets.map((set) => [keyOf(set.name, set.type), set])),
    };
    for (const server of nameServers) this.copies.set(server, first);
  }

  /** The primary's copy. */
  get primary(): ZoneCopy {
    return this.copyAt(this.nameServers[0] ?? '');
  }

  copyAt(nameServer: string): ZoneCopy {
    const copy = this.copies.get(nameServer);
    if (!copy) throw new Error(`${nameServer} does not serve ${this.name}`);
    return copy;
  }

  get(name: string, type: RecordType): RRset | undefined {
    return this.primary.rrsets.get(keyOf(name, type));
  }

  lastChange(name: string, type: RecordType): number {
    return this.changedAt.get(keyOf(name, type)) ?? 0;
  }

  /** All changes at once; the secondaries follow 1 to 3 seconds later, as after a NOTIFY. */
  apply(changes: readonly ZoneChange[]): void {
    const rrsets = new Map(this.primary.rrsets);
    for (const change of changes) {
      const key =
        change.kind === 'replace' ? keyOf(change.rrset.name, change.rrset.type) : keyOf(change.name, change.type);
      const before = rrsets.get(key)?.contents.toString();
      if (change.kind === 'replace') rrsets.set(key, change.rrset);
      else rrsets.delete(key);
      if (rrsets.get(key)?.contents.toString() !== before) this.changedAt.set(key, this.agenda.now);
    }
    const next: ZoneCopy = { serial: this.primary.serial + 1, rrsets };
    const [primary = '', ...secondaries] = this.nameServers;
    this.copies.set(primary, next);
    for (const secondary of secondaries) {
      this.agenda.after(this.random.between(1000, 3000), () => {
        if (this.copyAt(secondary).serial < next.serial) this.copies.set(secondary, next);
      });
    }
  }

  /** Follows aliases inside the zone, as an authoritative server does (RFC 1034, 4.3.2). */
  find(copy: ZoneCopy, name: string, type: string): Finding {
    const found: RRset[] = [];
    let wanted = name.toLowerCase();
    for (let hops = 0; hops < 8; hops++) {
      const set = copy.rrsets.get(`${wanted}/${type}`) ?? this.apexSet(copy, wanted, type);
      if (set) return { kind: 'answer', rrsets: [...found, set] };
      const alias = copy.rrsets.get(`${wanted}/CNAME`);
      if (!alias) break;
      found.push(alias);
      wanted = bare(alias.contents[0] ?? '');
      if (!isWithin(wanted, this.name)) return { kind: 'answer', rrsets: found };
    }
    if (found.length > 0) return { kind: 'answer', rrsets: found };
    return { kind: this.hasName(copy, name.toLowerCase()) ? 'no-data' : 'no-name' };
  }

  soa(copy: ZoneCopy): RRset {
    const contents = [
      `${this.nameServers[0] ?? 'ns1'}.${this.name}. hostmaster.${this.name}. ${copy.serial} 10800 3600 604800 ${SOA_MINIMUM}`,
    ];
    return { name: this.name, type: 'SOA', ttl: 3600, contents, comments: [] };
  }

  private apexSet(copy: ZoneCopy, name: string, type: string): RRset | undefined {
    if (name !== this.name) return undefined;
    if (type === 'SOA') return this.soa(copy);
    if (type !== 'NS') return undefined;
    return {
      name,
      type: 'NS',
      ttl: 3600,
      contents: this.nameServers.map((server) => `${server}.${this.name}.`),
      comments: [],
    };
  }

  /** A name exists when it or anything below it holds data (RFC 8020). */
  private hasName(copy: ZoneCopy, name: string): boolean {
    if (name === this.name) return true;
    for (const set of copy.rrsets.values()) if (isWithin(set.name, name)) return true;
    return false;
  }
}

export function keyOf(name: string, type: RecordType): string {
  return `${name.toLowerCase()}/${type}`;
}

/** Lower case, without the last dot. */
export function bare(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

export function isWithin(name: string, zone: string): boolean {
  return name === zone || name.endsWith(`.${zone}`);
}

export interface SrvTarget {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}

/** Reads `10 0 5060 host.example.com.`; null when it is not that. */
export function parseSrv(content: string): SrvTarget | null {
  const match = /^(\d{1,5}) (\d{1,5}) (\d{1,5}) (\S+)$/.exec(content);
  if (!match) return null;
  const [, priority = '', weight = '', port = '', target = ''] = match;
  if ([priority, weight, port].some((number) => Number(number) > 65535)) return null;
  return { priority: Number(priority), weight: Number(weight), port: Number(port), target: bare(target) };
}

/** A site file's value as PowerDNS content: with the target's last dot. */
export function asContent(type: RecordType, value: string): string {
  return type === 'A' || value.endsWith('.') ? value : `${value}.`;
}
