/** What is known of a site's DNS before a wave: gathered by `engine/observe-records`, judged by `record-lint`. */
import type { RecordState } from './record-values';
import type { RecordType, Site } from './site';

/** What a DNS provider can hold and promise, as far as records are judged by it. */
export interface ProviderFacts {
  readonly name: string;
  readonly leastTtlSeconds: number;
  readonly wholeRecordSet: boolean;
  readonly types: readonly RecordType[];
  /** Host names of the zone's NS set; null when the provider cannot tell. */
  readonly nameServers: readonly string[] | null;
}

export interface HeldRecord {
  readonly name: string;
  readonly type: RecordType;
  /** Null: the provider holds no such set. */
  readonly state: RecordState | null;
}

/** A set beside those of the site, as the zone's name servers publish it. */
export interface PublishedRecord {
  readonly name: string;
  readonly type: RecordType;
  /** Empty: there is none. Null: nobody who knows answered. */
  readonly values: readonly string[] | null;
}

/** What one name server answered for one record of the site. */
export interface ServerAnswer {
  readonly server: string;
  readonly name: string;
  readonly type: RecordType;
  /** Null: it was silent. */
  readonly answer: {
    readonly rcode: string;
    readonly authoritative: boolean;
    readonly values: readonly string[];
    readonly ttl: number | null;
  } | null;
}

export interface TargetAddresses {
  readonly host: string;
  /** Where a CNAME leads from there; null without one. */
  readonly alias: string | null;
  readonly ipv4: readonly string[];
  readonly ipv6: readonly string[];
  /** False: no server answered, so the rest says nothing. */
  readonly known: boolean;
}

export interface RecordFacts {
  readonly dns: Site['dns'];
  readonly sipDomain: string | null;
  readonly provider: ProviderFacts;
  readonly held: readonly HeldRecord[];
  /** The other transports of the site's SRV names, and the NAPTR sets of their domains. */
  readonly beside: readonly PublishedRecord[];
  readonly answers: readonly ServerAnswer[];
  /** Serial of the zone by name server; null where it did not tell. */
  readonly serials: Readonly<Record<string, number | null>>;
  readonly targets: readonly TargetAddresses[];
}

/** `_sip._tcp.sitea.example.com` is the service `_sip._tcp` of `sitea.example.com`; null for what is no SRV name. */
export function serviceOf(name: string): { readonly service: string; readonly domain: string } | null {
  const found = /^(_[^.]+\._[^.]+)\.(.+)$/.exec(name);
  return found ? { service: found[1] ?? '', domain: found[2] ?? '' } : null;
}

/** The ways by which a SIP endpoint finds its gateway (RFC 3263 section 4.1): those that are left behind split a site. */
export const SIP_SERVICES: readonly string[] = ['_sip._tcp', '_sip._udp', '_sips._tcp'];

/** The host that a value leads to; null for addresses and for an SRV that offers nothing. */
export function hostOf(type: RecordType, value: string): string | null {
  const parts = value.trim().toLowerCase().split(/\s+/);
  const host = type === 'SRV' ? parts[3] : type === 'CNAME' ? parts[0] : undefined;
  const plain = host?.replace(/\.$/, '') ?? '';
  return plain === '' ? null : plain;
}

/** Names beside the site's own that say whether all ways to the gateway are moved together. */
export function namesBeside(
  records: Site['dns']['records'],
  sipDomain: string | null,
): readonly { readonly name: string; readonly type: RecordType }[] {
  const domains = new Set(sipDomain === null ? [] : [sipDomain]);
  for (const { name, type } of records) {
    const found = type === 'SRV' ? serviceOf(name) : null;
    if (found && SIP_SERVICES.includes(found.service)) domains.add(found.domain);
  }
  const declared = (name: string, type: RecordType) => records.some((each) => each.name === name && each.type === type);
  const wanted = [...domains].flatMap((domain) => [
    ...SIP_SERVICES.map((service) => ({ name: `${service}.${domain}`, type: 'SRV' as const })),
    { name: domain, type: 'NAPTR' as const },
  ]);
  return wanted.filter(({ name, type }) => !declared(name, type));
}
