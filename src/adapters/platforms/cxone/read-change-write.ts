import type { Clock } from '../../../ports/clock';
import { Fault } from '../../../ports/fault';
import { SYSTEM } from './fitted';

const TRIES = 3;
const WAIT_MS = 1_000;

/**
 * Reads, changes and writes again when the vendor says that the object is in use (409): three times, a second apart, then
 * a permanent `Fault` that says what to do. A dialler skill that runs cannot be changed at all.
 */
export async function untilNoConflict<T>(clock: Clock, what: string, change: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await change();
    } catch (error) {
      if (!(error instanceof Fault) || error.status !== 409) throw error;
      if (attempt === TRIES) throw stillInUse(what, error);
    }
    await clock.sleep(WAIT_MS * attempt);
  }
}

/**
 * There are no versions: what a write changed besides its own field is told, not left to be found by callers. Only fields
 * that lead calls are compared: a note or a time that differs is no reason to stop a hand-over.
 */
export function refuseOtherChanges<T extends Readonly<Record<string, unknown>>>(
  what: string,
  before: T,
  after: T,
  leading: readonly (keyof T & string)[],
): void {
  const changed = leading.filter((name) => (before[name] ?? '') !== (after[name] ?? ''));
  if (changed.length === 0) return;
  const message = `${SYSTEM} shows other values of ${what} than before the write, in ${changed.join(', ')}: look whether somebody edits it, then go on.`;
  throw new Fault(message, { system: SYSTEM, transient: false });
}

function stillInUse(what: string, cause: Fault): Fault {
  const message = `${SYSTEM} refuses to change ${what} while it is in use (${cause.message}): stop it or wait until it is free.`;
  return new Fault(message, { system: SYSTEM, transient: false, status: 409, cause });
}
