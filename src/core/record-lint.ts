/** What would go wrong with a site's records, found before the wave instead of in it. Pure; writes and asks nothing. */
import type { Limits } from './limits';
import type { RecordFacts } from './record-facts';
import { serverFindings } from './record-lint-servers';
import { domainFindings, targetFindings } from './record-lint-targets';
import type { SiteRecord } from './site';
import { counted, duration } from './wording';

/** `refuse`: the wave may not begin. `warn`: people should know. `info`: nothing is wrong. */
export type FindingSeverity = 'refuse' | 'warn' | 'info';

export interface RecordFinding {
  readonly rule: RecordRule;
  readonly severity: FindingSeverity;
  /** `name TYPE`. */
  readonly record: string;
  /** What is wrong with it: reads on after its name, without times and counters of the moment. */
  readonly sentence: string;
  /** What to do about it; empty for `info`. */
  readonly mend: string;
}

export type RecordRule =
  | 'outside-zone'
  | 'zone-record'
  | 'missing'
  | 'unsupported'
  | 'ttl-bounds'
  | 'ttl-lead'
  | 'least-ttl'
  | 'alias-target'
  | 'no-address'
  | 'no-ipv6'
  | 'twin-missing'
  | 'twin-left-behind'
  | 'naptr-elsewhere'
  | 'silent-server'
  | 'lame-server'
  | 'servers-disagree'
  | 'serials-disagree'
  | 'unlisted-server'
  | 'not-known';

/** At 60 s and below, providers limit the rate of questions and caches thrash. */
export const REFUSED_TTL_SECONDS = 60;
export const WARNED_TTL_SECONDS = 299;

/** Every finding, worst first; within one severity in the order of the site's records. */
export function lintRecords(
  facts: RecordFacts,
  limits: Pick<Limits, 'ttlSeconds' | 'ttlLeadMs'>,
): readonly RecordFinding[] {
  const found = [
    ...facts.dns.records.flatMap((record) => [...ownFindings(facts, record), ...ttlFindings(facts, record, limits)]),
    ...targetFindings(facts),
    ...domainFindings(facts),
    ...serverFindings(facts),
  ];
  const order: readonly FindingSeverity[] = ['refuse', 'warn', 'info'];
  return order.flatMap((severity) => found.filter((each) => each.severity === severity));
}

function ownFindings({ dns, provider, held }: RecordFacts, record: SiteRecord): readonly RecordFinding[] {
  const { name, type, target } = record;
  const refuse = (rule: RecordRule, sentence: string, mend: string): RecordFinding => ({
    rule,
    severity: 'refuse',
    record: `${name} ${type}`,
    sentence,
    mend,
  });
  const zone = dns.zone.replace(/\.$/, '');
  const kind: string = type;
  if (kind === 'NS' || kind === 'SOA')
    return [refuse('zone-record', `${name} ${kind} belongs to the zone itself`, 'Take it out of the site file')];
  if (name !== zone && !name.endsWith(`.${zone}`))
    return [refuse('outside-zone', `${name} lies outside the zone ${zone}`, 'Correct the name or the zone')];
  const found: RecordFinding[] = [];
  if (name === zone && type === 'CNAME')
    found.push(
      refuse(
        'zone-record',
        `${name} is the apex of its zone, where no CNAME may stand`,
        'Use A and AAAA records there',
      ),
    );
  if (!provider.types.includes(type))
    found.push(
      refuse('unsupported', `${provider.name} holds no records of type ${type}`, 'Give the site another DNS provider'),
    );
  if (!provider.wholeRecordSet && target.length > 1) {
    const sentence = `${provider.name} holds one value a name, and ${name} is to have ${target.length}`;
    found.push(refuse('unsupported', sentence, 'Give the site another DNS provider, or one value'));
  }
  const live = held.find((each) => each.name === name && each.type === type);
  if (live?.state === null)
    found.push(
      refuse('missing', `${provider.name} holds no ${name} ${type}`, 'Create it with its legacy values a day before'),
    );
  return found;
}

function ttlFindings(
  { provider, held }: RecordFacts,
  record: SiteRecord,
  limits: Pick<Limits, 'ttlSeconds' | 'ttlLeadMs'>,
): readonly RecordFinding[] {
  const about = `${record.name} ${record.type}`;
  const found: RecordFinding[] = [];
  const add = (rule: RecordRule, severity: FindingSeverity, sentence: string, mend: string) =>
    found.push({ rule, severity, record: about, sentence, mend });
  const written = [
    ['the TTL of the migration', limits.ttlSeconds, 'Set the recipe to 300'],
    ['the TTL of ordinary days', record.ttl, 'Write 300 or more in the site file'],
  ] as const;
  for (const [what, ttl, mend] of written) {
    if (ttl <= REFUSED_TTL_SECONDS) add('ttl-bounds', 'refuse', `${what} is ${ttl} s; 60 and below is refused`, mend);
    else if (ttl <= WARNED_TTL_SECONDS) add('ttl-bounds', 'warn', `${what} is ${ttl} s; below 300 is short`, mend);
  }
  const least = Math.min(limits.ttlSeconds, record.ttl);
  if (provider.leastTtlSeconds > least) {
    const sentence = `${provider.name} takes no TTL below ${provider.leastTtlSeconds} s, and ${least} s is wanted`;
    add('least-ttl', 'refuse', sentence, `Raise the TTL to ${provider.leastTtlSeconds} or more`);
  }
  const live = held.find((each) => each.name === record.name && each.type === record.type)?.state ?? null;
  if (live && live.ttl <= REFUSED_TTL_SECONDS)
    add('ttl-bounds', 'warn', `its TTL is ${live.ttl} s today; resolvers ask for it very often`, 'Raise it to 300');
  if (live && live.ttl * 1000 > limits.ttlLeadMs) {
    const sentence = `its TTL is ${counted(live.ttl, 'second')} today, longer than the lead of ${duration(limits.ttlLeadMs)}`;
    add('ttl-lead', 'warn', sentence, 'Nothing to do: DNS is switched only once the old TTL has passed');
  }
  return found;
}
