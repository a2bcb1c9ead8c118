import type { RecordType } from '../core/site';

/** A record set as the provider holds it. `values` in the form of `SiteRecord`, sorted; `ttl` in seconds. */
export interface RecordSet {
  readonly name: string;
  readonly type: RecordType;
  readonly ttl: number;
  readonly values: readonly string[];
}

/** Who wrote and why, kept by the provider where it can hold it. The owner is always this product. */
export interface WriteStamp {
  readonly site: string;
  readonly wave: string;
}

/** A zone as a site file names it (`dns` of a site is one). `zoneId` is the provider's own id, where it has ids. */
export interface DnsZone {
  readonly zone: string;
  readonly zoneId?: string;
}

/** What a provider can promise. What it cannot is made up for by asking the name servers, and stated to people. */
export interface DnsCapabilities {
  /** A write is refused by the provider itself when the values changed since they were read: no race is left. */
  readonly compareAndSet: boolean;
  /** It tells when every one of its name servers has a change. */
  readonly settles: boolean;
  /** The least TTL that it takes, in seconds. */
  readonly leastTtlSeconds: number;
  /** It holds sets of several values under one name and replaces them in one call. */
  readonly wholeRecordSet: boolean;
  readonly types: readonly RecordType[];
  /** Where owner, site and wave stay readable: beside the record, in the provider's list of changes, or nowhere. */
  readonly stamps: 'record' | 'change' | 'none';
}

export interface WriteOutcome {
  readonly kind: 'written' | 'already-so';
  /** The provider's reference of the change, for `settled`; null where it has none, and when nothing was written. */
  readonly change: string | null;
}

/**
 * The API of the authoritative DNS provider. `write` replaces a whole set in one call, never deletes and creates apart,
 * and is idempotent: after a lost answer it finds its own work and says `already-so`. It reads first and throws
 * `RecordChanged` when the live set is neither `expected` nor already `next`; without `compareAndSet` a race between that
 * read and the write remains. Only the types of a site file can be written, never NS or SOA, only inside of the zone, and
 * no CNAME at its apex. Throws `Fault`.
 */
export interface DnsProvider {
  readonly name: string;
  readonly capabilities: DnsCapabilities;
  /** Null when there is no such set. */
  read(zone: DnsZone, name: string, type: RecordType): Promise<RecordSet | null>;
  write(zone: DnsZone, next: RecordSet, expected: RecordSet, stamp: WriteStamp): Promise<WriteOutcome>;
  /**
   * Writes a set that is so already once more, as it is: where every name server has that change, every one has the set,
   * also where the reference of the write that made it so was lost. Gives the reference; null when the set is not so any
   * more, or the provider refuses. Left out where a provider cannot tell whether it has settled.
   */
  touch?(zone: DnsZone, set: RecordSet, stamp: WriteStamp): Promise<string | null>;
  /** Whether every name server of the provider has that change; true at once where it cannot tell. */
  settled(change: string): Promise<boolean>;
  /** Host names of the zone's NS set, lower case, sorted, as the provider knows them; null when it cannot tell. */
  authoritativeServers(zone: DnsZone): Promise<readonly string[] | null>;
}

/** Somebody else changed the record since it was planned. */
export class RecordChanged extends Error {
  constructor(
    readonly expected: RecordSet,
    readonly found: RecordSet | null,
  ) {
    super(`${expected.name} ${expected.type} is not what was planned against`);
    this.name = 'RecordChanged';
  }
}
