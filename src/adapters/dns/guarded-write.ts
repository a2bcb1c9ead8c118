import { RecordChanged, type RecordSet } from '../../ports/dns-provider';
import { Fault } from '../../ports/fault';
import { canonicalHost, sameSet } from './record-values';

/**
 * The order of every write: read, compare, put. `put` replaces the whole set in one call.
 * `found` is the live set; throws `RecordChanged` when it is neither `next` nor `expected`.
 */
export async function guardedWrite(
  found: RecordSet | null,
  next: RecordSet,
  expected: RecordSet,
  put: () => Promise<unknown>,
): Promise<'written' | 'already-so'> {
  if (canonicalHost(next.name) !== canonicalHost(expected.name) || next.type !== expected.type) {
    throw new Error(`a write of ${next.name} ${next.type} was planned against ${expected.name} ${expected.type}`);
  }
  if (found && sameSet(found, next)) return 'already-so';
  if (!found || !sameSet(found, expected)) throw new RecordChanged(expected, found);
  await put();
  return 'written';
}

/** A name outside of the zone would be written to somebody else's: refused before anything is sent. */
export function assertInZone(system: string, zone: string, name: string): void {
  const host = canonicalHost(name);
  const apex = canonicalHost(zone);
  if (host === apex || host.endsWith(`.${apex}`)) return;
  throw new Fault(`${system} was not asked: ${name} is not in the zone ${zone}.`, { system, transient: false });
}

/** What an answer that does not fit the schema means: the other side is not what it is configured to be. */
export function unfitAnswer(system: string, what: string, cause: unknown): Fault {
  return new Fault(`${system} answered ${what} in a form that is not known; nothing was changed.`, {
    system,
    transient: false,
    cause,
  });
}
