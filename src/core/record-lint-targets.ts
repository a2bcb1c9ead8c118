/** Whether the sets lead somewhere, and whether all ways by which endpoints find the gateway move together (RFC 3263). */
import { hostOf, type RecordFacts, SIP_SERVICES, serviceOf } from './record-facts';
import type { RecordFinding } from './record-lint';
import { sameValues, valuesText } from './record-values';
import type { SiteRecord } from './site';

export function targetFindings(facts: RecordFacts): readonly RecordFinding[] {
  return facts.dns.records.flatMap((record) => {
    const next = hostsOf(record, record.target);
    const former = hostsOf(record, record.legacy).filter((host) => !next.includes(host));
    return [
      ...next.flatMap((host) => hostFindings(facts, record, host, 'refuse')),
      ...former.flatMap((host) => hostFindings(facts, record, host, 'warn')),
    ];
  });
}

function hostsOf(record: SiteRecord, values: readonly string[]): readonly string[] {
  return [...new Set(values.flatMap((value) => hostOf(record.type, value) ?? []))];
}

/** A target that callers are to be sent to must be right; one that is only left behind is told. */
function hostFindings(
  { targets }: RecordFacts,
  { name, type }: SiteRecord,
  host: string,
  severity: 'refuse' | 'warn',
): readonly RecordFinding[] {
  const record = `${name} ${type}`;
  const found = targets.find((each) => each.host === host);
  if (!found?.known) {
    const sentence = `the addresses of its target ${host} are not known: no server answered for it`;
    return [{ rule: 'not-known', severity: 'warn', record, sentence, mend: `Look ${host} up by hand` }];
  }
  const findings: RecordFinding[] = [];
  if (type === 'SRV' && found.alias !== null) {
    const sentence = `its target ${host} is an alias of ${found.alias}; an SRV target must not be one (RFC 2782)`;
    const mend = `Name ${found.alias} in the record, or give ${host} addresses of its own`;
    findings.push({ rule: 'alias-target', severity, record, sentence, mend });
  }
  if (found.ipv4.length === 0 && found.ipv6.length === 0) {
    const sentence = `its target ${host} has no address`;
    findings.push({ rule: 'no-address', severity, record, sentence, mend: `Give ${host} an A record` });
  } else if (found.ipv6.length === 0) {
    const sentence = `its target ${host} has no IPv6 address`;
    findings.push({ rule: 'no-ipv6', severity: 'info', record, sentence, mend: '' });
  }
  return findings;
}

/** Twins and NAPTR of every domain whose SIP records are moved. */
export function domainFindings(facts: RecordFacts): readonly RecordFinding[] {
  const moved = facts.dns.records.filter((record) => record.type === 'SRV' && isMoved(record));
  if (moved.length === 0) return [];
  const services = moved.flatMap(({ name }) => serviceOf(name) ?? []);
  const sip = services.filter(({ service }) => SIP_SERVICES.includes(service));
  const domains = new Set([...sip.map(({ domain }) => domain), ...(facts.sipDomain ? [facts.sipDomain] : [])]);
  return [...domains].flatMap((domain) => [
    ...twinFindings(
      facts,
      domain,
      sip.filter((each) => each.domain === domain).map(({ service }) => service),
    ),
    ...naptrFindings(
      facts,
      domain,
      moved.map(({ name }) => name),
    ),
  ]);
}

const isMoved = (record: SiteRecord): boolean => !sameValues(record.legacy, record.target);

function twinFindings(facts: RecordFacts, domain: string, moved: readonly string[]): readonly RecordFinding[] {
  if (moved.length === 0) return [];
  const first = `${moved[0]}.${domain}`;
  return SIP_SERVICES.filter((service) => !moved.includes(service)).flatMap((service): readonly RecordFinding[] => {
    const name = `${service}.${domain}`;
    const record = `${name} SRV`;
    const declared = facts.dns.records.find((each) => each.name === name && each.type === 'SRV');
    if (declared) {
      if (sameValues(declared.target, targetOf(facts, first))) return [];
      const sentence = `it stays as it is while ${first} is moved: endpoints that come this way stay behind`;
      const mend = 'Give it a target of its own in the site file';
      return [{ rule: 'twin-left-behind', severity: 'refuse', record, sentence, mend }];
    }
    const published = facts.beside.find((each) => each.name === name && each.type === 'SRV')?.values ?? null;
    if (published === null) {
      const sentence = `whether it exists beside ${first} is not known: no name server answered`;
      return [{ rule: 'not-known', severity: 'warn', record, sentence, mend: `Look ${record} up by hand` }];
    }
    if (published.length > 0) {
      if (leadsToNewOnly(facts, published)) return [];
      const sentence = `it is published (${valuesText(published)}) and not in the site file: endpoints that come this way stay behind while ${first} is moved`;
      const mend = `Add ${record} to the site file`;
      return [{ rule: 'twin-left-behind', severity: 'refuse', record, sentence, mend }];
    }
    if (!moved.includes('_sip._tcp')) return [];
    const sentence = `there is none beside _sip._tcp.${domain}: endpoints of that transport look for the address of ${domain} itself`;
    const mend =
      'Make sure that no endpoint uses that transport, or create it a day before and add it to the site file';
    return [{ rule: 'twin-missing', severity: 'warn', record, sentence, mend }];
  });
}

function targetOf({ dns }: RecordFacts, name: string): readonly string[] {
  return dns.records.find((each) => each.name === name && each.type === 'SRV')?.target ?? [];
}

/** No host of it is one that the wave moves away from. */
function leadsToNewOnly({ dns }: RecordFacts, values: readonly string[]): boolean {
  const next = new Set(dns.records.flatMap((record) => hostsOf(record, record.target)));
  const former = new Set(dns.records.flatMap((record) => hostsOf(record, record.legacy)));
  return values.every((value) => {
    const host = hostOf('SRV', value);
    return host !== null && next.has(host) && !former.has(host);
  });
}

const SIP_SERVICE_FIELD = /^sips?\+d2[a-z]$/;

/** Endpoints ask NAPTR first: an entry that leads past the moved records keeps them at the old gateway. */
function naptrFindings(facts: RecordFacts, domain: string, moved: readonly string[]): readonly RecordFinding[] {
  const record = `${domain} NAPTR`;
  const declared = facts.dns.records.find((each) => each.name === domain && each.type === 'NAPTR');
  const values =
    declared?.target ?? facts.beside.find((each) => each.name === domain && each.type === 'NAPTR')?.values ?? null;
  if (values === null) {
    const sentence = 'whether it exists is not known: no name server answered';
    return [{ rule: 'not-known', severity: 'warn', record, sentence, mend: `Look ${record} up by hand` }];
  }
  return values.flatMap((value): readonly RecordFinding[] => {
    const [, service = '', replacement = ''] =
      /^\d+ \d+ "[^"]*" "([^"]*)" "[^"]*" (\S+?)\.?$/.exec(value.trim().toLowerCase()) ?? [];
    if (!SIP_SERVICE_FIELD.test(service) || moved.includes(replacement)) return [];
    const sentence = `its entry for ${service} leads to ${replacement || 'nowhere'}, which this wave does not move`;
    const mend = `Add ${replacement || 'its record'} SRV to the site file, or let the entry lead to a record that is moved`;
    return [{ rule: 'naptr-elsewhere', severity: 'refuse', record, sentence, mend }];
  });
}
