/** What has to fit together in a site file. Reads what was written, not what the schema made: one slip must not hide another. */
import type { RecordType } from '../core/site';
import { pathText } from './fit-schema';
import type { Located, Path } from './located-yaml';
import { type Finding, isRecord, type ParseFault, shown } from './parse-fault';
import type { RosterLine } from './roster';
import { recordValueFinding } from './site-fields';

/** Answers of a resolver count once per location (guide, section 4: three or more locations). */
const LEAST_LOCATIONS = 3;
/** Of any list in a site file; what is checked pair by pair must not take long. */
export const LONGEST_LIST = 1000;
const SRV_NAME = /^_[a-z0-9-]+\._(tcp|udp|tls|sctp)\../;
const RECORD_TYPES: readonly unknown[] = ['SRV', 'CNAME', 'A', 'AAAA', 'NAPTR'] satisfies readonly RecordType[];

export function siteFaults(located: Located): readonly ParseFault[] {
  return [
    ...orderFaults(located),
    ...recordFaults(located),
    ...resolverFaults(located),
    ...trunkFaults(located),
    ...quorumFaults(located),
  ];
}

/** Every group of the roster needs a queue that serves it, and every group of a queue somebody who is in it. */
export function groupFaults(
  located: Located,
  roster: readonly RosterLine[],
  rosterFile: string,
): readonly ParseFault[] {
  const served = listAt(located, ['platform', 'queues']).flatMap((_queue, i) =>
    texts(located, ['platform', 'queues', i, 'groups']),
  );
  const inRoster = new Map<string, number>();
  for (const { agent, line } of roster) if (!inRoster.has(agent.group)) inRoster.set(agent.group, line);
  const unserved = [...inRoster].filter(([group]) => !served.some(({ text }) => text === group));
  const empty = served.filter(({ text }) => !inRoster.has(text));
  return [
    ...unserved.map(([group, line]) => ({
      place: `${rosterFile}:${line}:1`,
      wrong: `no queue serves the group ${shown(group)}`,
      mend: 'Add the group to a queue under "platform.queues", or correct it here',
    })),
    ...empty.map(({ path, text }) =>
      fault(located, path, {
        wrong: `${shown(text)} is a group that nobody in ${rosterFile} is in`,
        mend: `Groups of the roster: ${[...inRoster.keys()].join(', ')}`,
      }),
    ),
  ];
}

/** A site that waits for itself would wait for ever. */
function orderFaults(located: Located): readonly ParseFault[] {
  const own = located.get(['site']);
  const mend = 'Name the sites that come before this one, or leave "after" out';
  return texts(located, ['after'])
    .filter(({ text }) => text === own)
    .map(({ path, text }) => fault(located, path, { wrong: `${shown(text)} is this site itself`, mend }));
}

function recordFaults(located: Located): readonly ParseFault[] {
  const records = listAt(located, ['dns', 'records']);
  const zone = located.get(['dns', 'zone']);
  const names = records.map((record) => (isRecord(record) ? String(record.name).toLowerCase() : ''));
  return records.flatMap((record, i) => {
    const path: Path = ['dns', 'records', i];
    if (!isRecord(record)) return [];
    const name = names[i] ?? '';
    const found: (ParseFault | null)[] = [
      outsideZone(located, [...path, 'name'], name, zone),
      record.type === 'SRV' && !SRV_NAME.test(name)
        ? fault(located, [...path, 'name'], {
            wrong: `${shown(name)} is not the name of an SRV record`,
            mend: 'Begin it with a service and a protocol, like _sip._tcp',
          })
        : null,
      record.type === 'CNAME' && names.filter((other) => other === name).length > 1
        ? fault(located, [...path, 'type'], {
            wrong: 'is CNAME, but the name has other records too',
            mend: 'A CNAME stands alone at its name (RFC 1034): keep one of them',
          })
        : null,
    ];
    return [...found.filter((each) => each !== null), ...valueFaults(located, path, record.type)];
  });
}

function outsideZone(located: Located, path: Path, name: string, written: unknown): ParseFault | null {
  if (typeof written !== 'string' || name === '') return null;
  const zone = written.toLowerCase().replace(/\.$/, '');
  if (name === zone || name.endsWith(`.${zone}`)) return null;
  return fault(located, path, {
    wrong: `${shown(name)} lies outside the zone ${shown(zone)}`,
    mend: `End it with .${zone}`,
  });
}

function valueFaults(located: Located, record: Path, type: unknown): readonly ParseFault[] {
  if (!isRecordType(type)) return [];
  return (['legacy', 'target'] as const).flatMap((side) => {
    const values = texts(located, [...record, side]);
    const faults = values.flatMap(({ path, text }) => {
      const finding = recordValueFinding(type, text.trim().toLowerCase().replace(/\s+/g, ' '));
      return finding ? [fault(located, path, finding)] : [];
    });
    const second = type === 'CNAME' ? values[1] : undefined;
    if (second)
      faults.push(
        fault(located, second.path, { wrong: 'is a second value of a CNAME', mend: 'A CNAME has one value: keep one' }),
      );
    return faults;
  });
}

const isRecordType = (type: unknown): type is RecordType => RECORD_TYPES.includes(type);

function resolverFaults(located: Located): readonly ParseFault[] {
  const resolvers = listAt(located, ['resolvers']).filter(isRecord);
  if (!Array.isArray(located.get(['resolvers']))) return [];
  const locations = new Set(resolvers.map((resolver) => resolver.location).filter((each) => typeof each === 'string'));
  const faults: ParseFault[] = [];
  if (locations.size < LEAST_LOCATIONS) {
    faults.push(
      fault(located, ['resolvers'], {
        wrong: `stand at ${locations.size} different locations; propagation is believed from ${LEAST_LOCATIONS}`,
        mend: 'Add resolvers at other locations',
      }),
    );
  }
  if (!resolvers.some((resolver) => resolver.kind === 'enterprise')) {
    faults.push(
      fault(located, ['resolvers'], {
        wrong: 'hold none of kind enterprise, and firewalls and SD-WAN boxes are those that ignore TTLs',
        mend: "Add the resolver that the site's endpoints ask",
      }),
    );
  }
  return faults;
}

/** The same trunk as primary and as failover would be switched on twice. */
function trunkFaults(located: Located): readonly ParseFault[] {
  const baseAt = (list: string, i: number): unknown => {
    const base = located.get(['platform', list, i, 'trunkBase']);
    return typeof base === 'number' ? String(base) : base;
  };
  const inbound = listAt(located, ['platform', 'inboundTrunks']).map((_trunk, i) => baseAt('inboundTrunks', i));
  return listAt(located, ['platform', 'failoverTrunks']).flatMap((_trunk, i) => {
    const base = baseAt('failoverTrunks', i);
    if (typeof base !== 'string' || !inbound.includes(base)) return [];
    const path: Path = ['platform', 'failoverTrunks', i, 'trunkBase'];
    return [fault(located, path, { wrong: 'is an inbound trunk as well', mend: 'List each trunk once' })];
  });
}

/** With users only, and not enough of them, a gate could never be opened. Groups are counted when they are asked. */
function quorumFaults(located: Located): readonly ParseFault[] {
  const gates = located.get(['policy', 'gates']);
  const rules: readonly Path[] = [
    ['policy'],
    ...(isRecord(gates) ? Object.keys(gates) : []).map((kind) => ['policy', 'gates', kind]),
  ];
  return rules.flatMap((path) => {
    const own = texts(located, [...path, 'approvers']);
    const approvers = own.length > 0 ? own : texts(located, ['policy', 'approvers']);
    const quorum = located.get([...path, 'quorum']);
    if (typeof quorum !== 'number' || approvers.length === 0 || approvers.some(({ text }) => text.startsWith('S')))
      return [];
    if (quorum <= approvers.length) return [];
    return [
      fault(located, [...path, 'quorum'], {
        wrong: `asks for ${quorum} people of ${approvers.length}`,
        mend: 'Name more approvers or ask for fewer',
      }),
    ];
  });
}

export function fault(located: Located, path: Path, { wrong, mend }: Finding): ParseFault {
  return { place: located.place(path), wrong: `${pathText(path)} ${wrong}`, mend };
}

function listAt(located: Located, path: Path): readonly unknown[] {
  const list = located.get(path);
  return Array.isArray(list) ? list.slice(0, LONGEST_LIST) : [];
}

function texts(located: Located, path: Path): readonly { readonly path: Path; readonly text: string }[] {
  return listAt(located, path).flatMap((text, i) => (typeof text === 'string' ? [{ path: [...path, i], text }] : []));
}
