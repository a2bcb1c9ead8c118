import type { z } from 'zod';
import type { Clock } from '../../../ports/clock';
import { Fault } from '../../../ports/fault';
import type { GenesysApi } from './api';
import { SYSTEM } from './fitted';

export const VERSION_TRIES = 10;
export const VERSION_WAIT_MS = 500;

/**
 * GET, change, PUT of a whole versioned object (trunk base, outbound route): `change` gives the next object with the
 * version just read, or null when nothing differs. When somebody else wrote in between (409, or 400 about the version)
 * the change is made again on what is there now: at most 10 tries, 500 ms x try apart, then a transient `Fault`.
 * Returns whether a write was tried; what a conflicting PUT left behind cannot be told from a colleague's.
 */
export async function changeVersioned<T extends { readonly version: number }>(
  api: GenesysApi,
  clock: Clock,
  path: string,
  schema: z.ZodType<T>,
  change: (current: T) => T | null,
): Promise<boolean> {
  const versions = new Set<number>();
  for (let attempt = 1; ; attempt += 1) {
    const current = await api.get(path, schema);
    const next = change(current);
    versions.add(current.version);
    if (next === null) return attempt > 1;
    try {
      await api.request('PUT', path, { body: next });
      return true;
    } catch (error) {
      if (!isVersionMismatch(error)) throw error;
      if (attempt === VERSION_TRIES)
        throw versions.size > 1 ? outlivedConflict(path, error) : otherConflict(path, error);
    }
    await clock.sleep(VERSION_WAIT_MS * attempt);
  }
}

function isVersionMismatch(error: unknown): error is Fault {
  if (!(error instanceof Fault)) return false;
  if (error.status === 409) return true;
  return (
    error.status === 400 && /\bversion\b/i.test(error.message) && /match|current|stale|conflict/i.test(error.message)
  );
}

/** Nobody else wrote: the platform objects to something else, and says so in its own words. */
function otherConflict(path: string, cause: Fault): Fault {
  const message = `${SYSTEM} refused ${VERSION_TRIES} writes to ${path} as conflicts, although nobody else has changed it. ${cause.message}`;
  return new Fault(message, { system: SYSTEM, transient: true, status: cause.status, cause });
}

function outlivedConflict(path: string, cause: Fault): Fault {
  const message = `${SYSTEM} keeps changing ${path}: ${VERSION_TRIES} writes met another version. Find who else edits it.`;
  return new Fault(message, { system: SYSTEM, transient: true, status: cause.status, cause });
}
