import { lineId } from '../core/preflight';
import { lintRecords, type RecordFinding, type RecordRule } from '../core/record-lint';
import type { SiteResolver } from '../core/site';
import { counted, listed } from '../core/wording';
import { observeRecords } from './observe-records';
import { type Answer, type Asking, answer, type Look, question } from './preflight-question';

/** With these the wave cannot be gone through, whoever takes it upon himself. */
const NEVER: readonly RecordRule[] = [
  'outside-zone',
  'zone-record',
  'missing',
  'unsupported',
  'ttl-bounds',
  'least-ttl',
  'alias-target',
  'no-address',
];

/** The provider, its records, and the zone's name servers. */
export function dnsLook(asking: Asking): Look {
  const { dns } = asking.site;
  return {
    system: 'DNS',
    reach: question('dns-provider', `zone ${dns.zone} at ${dns.provider}`, 'can be read', () => recordLines(asking), {
      waivable: false,
    }),
    questions: [],
  };
}

async function recordLines({ world, site, limits }: Asking): Promise<readonly Answer[]> {
  const facts = await observeRecords(world, site);
  const findings = lintRecords(facts, limits);
  const { name, leastTtlSeconds } = facts.provider;
  const found = `${name}, least TTL ${leastTtlSeconds} s`;
  const wanted = 'can be read';
  const what = `zone ${site.dns.zone} at ${site.dns.provider}`;
  return [
    answer('dns-provider', what, { found, wanted, good: true }, { mend: '' }),
    ...site.dns.records.flatMap((record) => linesOf(`${record.name} ${record.type}`, findings)),
    ...others(
      site.dns.records.map((record) => `${record.name} ${record.type}`),
      findings,
    ),
  ];
}

/** One green line for a record of which nothing is said, else a line for each thing that is. */
function linesOf(record: string, findings: readonly RecordFinding[]): readonly Answer[] {
  const own = findings.filter((finding) => finding.record === record && finding.severity !== 'info');
  if (own.length > 0) return own.map(lineOf);
  const good = { found: 'as the site file says', wanted: 'as the site file says', good: true };
  return [answer(lineId('record', record), record, good, { mend: '' })];
}

function others(known: readonly string[], findings: readonly RecordFinding[]): readonly Answer[] {
  return findings.filter(({ record, severity }) => severity !== 'info' && !known.includes(record)).map(lineOf);
}

function lineOf({ rule, severity, record, sentence, mend }: RecordFinding): Answer {
  return answer(
    lineId('record', rule, record),
    record,
    { found: sentence, wanted: 'no finding', good: false },
    {
      state: severity === 'refuse' ? 'red' : 'amber',
      mend: mend === '' ? '' : `${mend}.`,
      waivable: !NEVER.includes(rule),
    },
  );
}

/** Every cache that decides where callers and phones are sent. */
export function resolversLook(asking: Asking): Look {
  const { site } = asking;
  return {
    system: 'Resolvers',
    reach: null,
    questions: [
      question('resolver-locations', 'places that are asked', 'enough', async () => [locationsLine(asking)]),
      ...site.resolvers.map((resolver) =>
        question(lineId('resolver', resolver.name), `resolver ${resolver.name}`, 'answers', () =>
          resolverLines(asking, resolver),
        ),
      ),
    ],
  };
}

function locationsLine({ site, limits }: Asking): Answer {
  const places = new Set(site.resolvers.map(({ location }) => location)).size;
  const own = site.resolvers.some(({ kind }) => kind === 'enterprise');
  const wanted = `${counted(limits.resolverLocations, 'place')} or more, and a resolver of the site's own`;
  return answer(
    'resolver-locations',
    'places that are asked',
    {
      found: `${counted(places, 'place')}, ${own ? 'with' : 'without'} a resolver of the site's own`,
      wanted,
      good: places >= limits.resolverLocations && own,
    },
    { mend: 'Name more resolvers in the site file: propagation could not be confirmed.', waivable: false },
  );
}

async function resolverLines({ world, site }: Asking, { name }: SiteResolver): Promise<readonly Answer[]> {
  const [record] = site.dns.records;
  if (record === undefined) return [];
  const { rcode, values } = await world.resolver.ask(name, record.name, record.type, { recursion: true });
  const good = rcode === 'NOERROR' && values.length > 0;
  return [
    answer(
      lineId('resolver', name),
      `resolver ${name}`,
      {
        found: good ? 'answers' : `${record.name} ${record.type}: ${rcode}, ${listed(values)}`,
        wanted: 'answers',
        good,
      },
      { mend: `Have the owners of ${name} look at it: whoever uses it does not find the site.` },
    ),
  ];
}
