import { type AuditManifest, manifestOf } from '../core/audit-manifest';
import type { LoggedEvent } from '../core/events';
import { sameJson } from '../core/json';
import type { Wave } from '../core/wave';

/** What a manifest says that its events do not; null when it says the same. The log is whole by itself. */
export function verifyManifest(manifest: AuditManifest, log: readonly LoggedEvent[], wave: Wave): string | null {
  const wanted = manifestOf(log, wave, manifest);
  if (manifest.events !== wanted.events || manifest.head !== wanted.head)
    return `the manifest counts ${manifest.events} entries up to ${manifest.head.slice(0, 10)}, the file has ${wanted.events} up to ${wanted.head.slice(0, 10)}: entries were removed or added at the end`;
  for (const name of ['wave', 'site', 'status', 'decisions'] as const)
    if (!sameJson(manifest[name], wanted[name]))
      return `the manifest's ${name} is not what the entries say: it was changed`;
  return null;
}

/** What of a wave's stored state does not follow from its log; null when it is what the events make. */
export function verifyState(stored: Wave, head: string, log: readonly LoggedEvent[], folded: Wave): string | null {
  if (stored.seq !== log.length) return `the state is that after event ${stored.seq}, the log ends at ${log.length}`;
  if (head !== log.at(-1)?.hash) return 'the mark kept beside the state is not that of the last event';
  const [kept, wanted] = [partsOf(stored), partsOf(folded)];
  const names = [...new Set([...kept.keys(), ...wanted.keys()])];
  // A part that is null is not one that is missing, and neither is a name that every object has.
  const different = names.filter((name) => !sameJson({ part: kept.get(name) }, { part: wanted.get(name) }));
  return different.length === 0
    ? null
    : `the state's ${different.join(', ')} ${different.length === 1 ? 'does' : 'do'} not follow from the events: it was changed in the store`;
}

const partsOf = (wave: Wave): ReadonlyMap<string, unknown> => new Map(Object.entries(wave));
