import type { RecordType } from '../../core/site';
import type { RecordSet } from '../../ports/dns-provider';

/** A host name as it is compared: lower case, no trailing dot; the root alone stays `.`. */
export function canonicalHost(host: string): string {
  const lower = host.trim().toLowerCase();
  return lower === '.' ? lower : lower.replace(/\.$/, '');
}

/** The same with its last dot, as zone files and most APIs want it. */
export function dottedHost(host: string): string {
  const plain = canonicalHost(host);
  return plain.endsWith('.') ? plain : `${plain}.`;
}

/**
 * One value in the form of `SiteRecord`: SRV `priority weight port target`, CNAME a host, A and AAAA an address (AAAA as
 * in RFC 5952, so that `2001:DB8:0::1` and `2001:db8::1` are equal), NAPTR with its three texts in quotes. Text of
 * another shape comes back trimmed and in lower case: it then equals nothing by mistake.
 */
export function canonicalValue(type: RecordType, value: string): string {
  const text = value.trim().toLowerCase();
  switch (type) {
    case 'SRV': {
      const [priority, weight, port, target, ...more] = text.split(/\s+/);
      if (target === undefined || more.length > 0) return text;
      return [...[priority, weight, port].map((figure) => String(Number(figure))), canonicalHost(target)].join(' ');
    }
    case 'CNAME':
      return canonicalHost(text);
    case 'AAAA':
      return URL.canParse(`http://[${text}]/`) ? new URL(`http://[${text}]/`).hostname.slice(1, -1) : text;
    case 'NAPTR': {
      const parts = naptrParts(value);
      if (parts === null) return text;
      // Flags and service know no case; the regular expression does, and is kept as it is.
      const { flags, service, replacement } = parts;
      const plain = { flags: flags.toLowerCase(), service: service.toLowerCase() };
      return naptrText({ ...parts, ...plain, replacement: canonicalHost(replacement) });
    }
    case 'A':
      return text;
  }
}

/** Each value once, in the order of their text. */
export function canonicalValues(type: RecordType, values: readonly string[]): readonly string[] {
  return [...new Set(values.map((value) => canonicalValue(type, value)))].sort();
}

/** A canonical value as zone files and most APIs want it: host names end with a dot. */
export function zoneFileValue(type: RecordType, value: string): string {
  const named = type === 'SRV' || type === 'CNAME' || type === 'NAPTR';
  return named && !value.endsWith('.') ? `${value}.` : value;
}

/** Same TTL and same values, whatever their order, case and trailing dots. */
export function sameSet(a: RecordSet, b: RecordSet): boolean {
  if (a.ttl !== b.ttl) return false;
  return canonicalValues(a.type, a.values).join('\n') === canonicalValues(b.type, b.values).join('\n');
}

/** RFC 3403 section 4.1. The texts as a zone file holds them, without their quotes. */
export interface NaptrParts {
  readonly order: number;
  readonly preference: number;
  readonly flags: string;
  readonly service: string;
  readonly regexp: string;
  readonly replacement: string;
}

const TEXT = String.raw`(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))`;
const NAPTR = new RegExp(String.raw`^\s*(\d{1,5})\s+(\d{1,5})\s+${TEXT}\s+${TEXT}\s+${TEXT}\s+(\S+)\s*$`);

/** Null for what is no NAPTR value. */
export function naptrParts(value: string): NaptrParts | null {
  const found = NAPTR.exec(value);
  if (!found) return null;
  const [, order, preference, flags, bareFlags, service, bareService, regexp, bareRegexp, replacement = ''] = found;
  return {
    order: Number(order),
    preference: Number(preference),
    flags: flags ?? bareFlags ?? '',
    service: service ?? bareService ?? '',
    regexp: regexp ?? bareRegexp ?? '',
    replacement,
  };
}

export function naptrText({ order, preference, flags, service, regexp, replacement }: NaptrParts): string {
  return `${order} ${preference} "${flags}" "${service}" "${regexp}" ${replacement}`;
}
