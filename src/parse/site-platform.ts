/** What the ids of a site's platform look like depends on the platform: UUIDs on Genesys Cloud, whole numbers on NICE CXone. */
import type { PlatformKind } from '../core/site';
import type { Located, Path } from './located-yaml';
import { type Finding, type ParseFault, shown } from './parse-fault';
import { fault, LONGEST_LIST } from './site-checks';
import { idFinding, wordFinding } from './site-fields';

type Check = (text: string) => Finding | null;

/** Fields that only Genesys Cloud has. */
const GENESYS_ONLY = ['emergencyGroup', 'callRoute'];

/** Reads what was written, like the other checks: nothing of it is silent because something else is wrong. */
export function platformFaults(located: Located): readonly ParseFault[] {
  const kind = located.get(['platform', 'kind']);
  if (kind !== 'genesys-cloud' && kind !== 'nice-cxone') return [];
  return [...idFaults(located, kind), ...(kind === 'nice-cxone' ? cxoneFaults(located) : [])];
}

/** The ids of an agent and of a phone on that platform, as a roster names them. */
export const rosterIdFinding: Readonly<Record<PlatformKind, Check>> = {
  'genesys-cloud': (text) => idFinding(text.toLowerCase()),
  'nice-cxone': (text) => numberFinding(text, 'the agent id or station id'),
};

function idFaults(located: Located, kind: PlatformKind): readonly ParseFault[] {
  const platform: Path = ['platform'];
  const single = ['organisation', 'site', 'shadowFlow', 'managementUnit', ...GENESYS_ONLY].map((name) => [
    ...platform,
    name,
  ]);
  const listed = (list: string, key: string): readonly Path[] =>
    listAt(located, [...platform, list]).map((_each, i) => [...platform, list, i, key]);
  const paths: readonly Path[] = [
    ...single,
    ...listed('inboundTrunks', 'trunkBase'),
    ...listed('failoverTrunks', 'trunkBase'),
    ...listed('outboundRoutes', 'route'),
    ...listed('queues', 'queue'),
    ...(kind === 'genesys-cloud' ? [[...platform, 'allocation', 'table']] : []),
  ];
  const check: Check =
    kind === 'genesys-cloud' ? (text) => idFinding(text.toLowerCase()) : (text) => numberFinding(text, WHERE);
  return paths
    .filter((path) => kind === 'genesys-cloud' || ![...GENESYS_ONLY, 'managementUnit'].includes(String(path.at(-1))))
    .flatMap((path) => checked(located, path, check));
}

function cxoneFaults(located: Located): readonly ParseFault[] {
  const only = GENESYS_ONLY.flatMap((name) => {
    const path: Path = ['platform', name];
    if (located.get(path) === undefined) return [];
    return [fault(located, path, { wrong: 'is there on Genesys Cloud only', mend: 'Take it out' })];
  });
  const unit: Path = ['platform', 'managementUnit'];
  const named = located.get(unit);
  const unitFault =
    named === undefined || named === null
      ? []
      : [fault(located, unit, { wrong: 'is named, but NICE CXone shows the bot no schedules', mend: 'Write null' })];
  return [
    ...only,
    ...unitFault,
    ...checked(located, ['platform', 'allocation', 'table'], fileFinding),
    ...checked(located, ['platform', 'allocation', 'row'], wordFinding),
  ];
}

const WHERE = 'the id that the platform shows beside the name';

function numberFinding(text: string, what: string): Finding | null {
  if (/^[1-9]\d{0,14}$/.test(text)) return null;
  return { wrong: `${shown(text)} is not a whole number`, mend: `On NICE CXone write ${what}, like 770101` };
}

/** A path in the business unit's files, with either slash between folders. */
function fileFinding(text: string): Finding | null {
  const parts = text.split(/[\\/]/);
  if (text.length <= 200 && parts.every((part) => /^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(part))) return null;
  return {
    wrong: `${shown(text)} is not the name of a file`,
    mend: 'Write the file that the script reads, like cutover-site-d.csv',
  };
}

function checked(located: Located, path: Path, check: Check): readonly ParseFault[] {
  const value = located.get(path);
  if (typeof value !== 'string' && typeof value !== 'number') return [];
  const finding = check(String(value));
  return finding ? [fault(located, path, finding)] : [];
}

function listAt(located: Located, path: Path): readonly unknown[] {
  const list = located.get(path);
  return Array.isArray(list) ? list.slice(0, LONGEST_LIST) : [];
}
