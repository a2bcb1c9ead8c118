import type { Site } from '../core/site';
import { fitSchema } from './fit-schema';
import { type Located, parseLocated } from './located-yaml';
import { bad, good, type Parsed, type ParseFault } from './parse-fault';
import { parseRoster, type RosterLine } from './roster';
import { fault, groupFaults, siteFaults } from './site-checks';
import { bareFileFinding } from './site-fields';
import { platformFaults, rosterIdFinding } from './site-platform';
import { SITE_FILE, type SiteFile } from './site-schema';
import { wallClock } from './wall-clock';

type Window = NonNullable<Site['window']>;

/** A site file and the roster that it names. `readRoster` gives the text of a file beside it, or null. */
export function parseSite(text: string, file: string, readRoster: (name: string) => string | null): Parsed<Site> {
  const read = parseLocated(text, file);
  if (!read.ok) return read;
  const located = read.value;
  const { value, faults } = fitSchema(located, SITE_FILE);
  const roster = rosterOf(located, readRoster);
  const window = windowOf(located);
  const all = [
    ...faults,
    ...siteFaults(located),
    ...platformFaults(located),
    ...(roster.ok ? [] : roster.faults),
    ...(window.ok ? [] : window.faults),
  ];
  if (value === null || !roster.ok || !window.ok || all.length > 0) return bad(...all);
  return good(siteOf(value, roster.value, window.value));
}

function rosterOf(located: Located, readRoster: (name: string) => string | null): Parsed<readonly RosterLine[]> {
  const name = located.get(['agentsFile']);
  // Anything but a bare name has been found by the schema, and is never handed on to whoever reads files.
  if (typeof name !== 'string' || bareFileFinding(name) !== null) return bad();
  const text = readRoster(name);
  if (text === null) {
    return bad(
      fault(located, ['agentsFile'], {
        wrong: `names ${name}, which is not there`,
        mend: 'Put the roster beside the site file',
      }),
    );
  }
  const kind = located.get(['platform', 'kind']);
  const roster = parseRoster(text, name, rosterIdFinding[kind === 'nice-cxone' ? kind : 'genesys-cloud']);
  if (!roster.ok) return roster;
  const faults = groupFaults(located, roster.value, name);
  return faults.length === 0 ? roster : bad(...faults);
}

function windowOf(located: Located): Parsed<Window | null> {
  const zone = located.get(['timeZone']);
  const [opens, closes] = [located.get(['window', 'opens']), located.get(['window', 'closes'])];
  if (typeof zone !== 'string' || typeof opens !== 'string' || typeof closes !== 'string') return good(null);
  const [from, to] = [wallClock(opens, zone), wallClock(closes, zone)];
  const faults: ParseFault[] = [];
  if (!('at' in from)) faults.push(fault(located, ['window', 'opens'], from));
  if (!('at' in to)) faults.push(fault(located, ['window', 'closes'], to));
  if (!('at' in from) || !('at' in to)) return bad(...faults);
  if (to.at > from.at) return good({ opens: from.at, closes: to.at });
  return bad(
    fault(located, ['window', 'closes'], {
      wrong: `is ${closes}, not after it opens (${opens})`,
      mend: 'Write a later time',
    }),
  );
}

function siteOf(file: SiteFile, roster: readonly RosterLine[], window: Window | null): Site {
  const { agentsFile: _read, window: _local, ...rest } = file;
  return { ...rest, agents: roster.map(({ agent }) => agent), window };
}
