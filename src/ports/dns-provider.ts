import type { RecordType } from '../core/site';

/** A record set as the provider holds it. `values` in the form of `SiteRecord`, sorted; `ttl` in seconds. */
export interface RecordSet {
  readonly name: string;
  readonly type: RecordType;
  readonly ttl: number;
  readonly values: readonly string[];
}

/** Who wrote and why, kept by the provider where it can hold it. */
export interface WriteStamp {
  readonly site: string;
  readonly wave: string;
}

/**
 * The API of the authoritative DNS provider. `write` replaces a whole set in one call, never deletes and creates, and is
 * idempotent. It reads first and throws `RecordChanged` when the live set is neither `expected` nor already `next`
 * (no provider here has a compare-and-set: a short race remains). Throws `Fault`.
 */
export interface DnsProvider {
  readonly name: string;
  /** Null when there is no such set. */
  read(zone: string, name: string, type: RecordType): Promise<RecordSet | null>;
  write(zone: string, next: RecordSet, expected: RecordSet, stamp: WriteStamp): Promise<'written' | 'already-so'>;
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
