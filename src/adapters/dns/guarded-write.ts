import type { RecordType } from '../../core/site';
import { type DnsZone, RecordChanged, type RecordSet, type WriteOutcome } from '../../ports/dns-provider';
import { Fault } from '../../ports/fault';
import { canonicalHost, sameSet } from './record-values';

/**
 * The order of every write: read, compare, put. `put` replaces the whole set in one call and gives the provider's
 * reference of the change, or null. `found` is the live set; throws `RecordChanged` when it is neither `next` nor
 * `expected`.
 */
export async function guardedWrite(
  found: RecordSet | null,
  next: RecordSet,
  expected: RecordSet,
  put: () => Promise<string | null>,
): Promise<WriteOutcome> {
  if (canonicalHost(next.name) !== canonicalHost(expected.name) || next.type !== expected.type) {
    throw new Error(`a write of ${next.name} ${next.type} was planned against ${expected.name} ${expected.type}`);
  }
  if (next.values.length === 0) throw new Error(`a write of ${next.name} ${next.type} without a value`);
  if (found && sameSet(found, next)) return { kind: 'already-so', change: null };
  if (!found || !sameSet(found, expected)) throw new RecordChanged(expected, found);
  return { kind: 'written', change: await put() };
}

/** Typed out once more: names and types come from files too, and a type that slips through would be a zone's NS set. */
const WRITABLE: readonly string[] = ['SRV', 'CNAME', 'A', 'AAAA', 'NAPTR'] satisfies readonly RecordType[];

/**
 * A name outside of the zone would be written to somebody else's, NS and SOA are the zone's own, and a CNAME at the apex
 * would stand beside them (RFC 1034 section 3.6.2): refused before anything is sent.
 */
export function assertOurs(system: string, { zone }: DnsZone, name: string, type: string): void {
  const refuse = (why: string): never => {
    throw new Fault(`${system} was not asked: ${why}.`, { system, transient: false });
  };
  const host = canonicalHost(name);
  const apex = canonicalHost(zone);
  if (host !== apex && !host.endsWith(`.${apex}`)) refuse(`${name} is not in the zone ${zone}`);
  if (!WRITABLE.includes(type)) refuse(`records of type ${type} are never touched`);
  if (host === apex && type === 'CNAME') refuse(`${name} is the apex of its zone, where no CNAME may stand`);
}

/** What an answer that does not fit the schema means: the other side is not what it is configured to be. */
export function unfitAnswer(system: string, what: string, cause: unknown): Fault {
  return new Fault(`${system} answered ${what} in a form that is not known; nothing was changed.`, {
    system,
    transient: false,
    cause,
  });
}
