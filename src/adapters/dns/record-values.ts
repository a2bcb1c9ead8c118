import type { RecordType } from '../../core/site';
import type { RecordSet } from '../../ports/dns-provider';

/** A host name as it is compared: lower case, no trailing dot; the root alone stays `.`. */
export function canonicalHost(host: string): string {
  const lower = host.trim().toLowerCase();
  return lower === '.' ? lower : lower.replace(/\.$/, '');
}

/**
 * One value in the form of `SiteRecord`: SRV `priority weight port target`, CNAME a host, A and AAAA an address (AAAA as
 * in RFC 5952, so that `2001:DB8:0::1` and `2001:db8::1` are equal). Text of another shape comes back trimmed and in
 * lower case: it then equals nothing by mistake.
 */
export function canonicalValue(type: RecordType, value: string): string {
  const text = value.trim().toLowerCase();
  if (type === 'SRV') {
    const [priority, weight, port, target, ...more] = text.split(/\s+/);
    if (target === undefined || more.length > 0) return text;
    return [...[priority, weight, port].map((figure) => String(Number(figure))), canonicalHost(target)].join(' ');
  }
  if (type === 'CNAME') return canonicalHost(text);
  if (type === 'AAAA')
    return URL.canParse(`http://[${text}]/`) ? new URL(`http://[${text}]/`).hostname.slice(1, -1) : text;
  return text;
}

/** Each value once, in the order of their text. */
export function canonicalValues(type: RecordType, values: readonly string[]): readonly string[] {
  return [...new Set(values.map((value) => canonicalValue(type, value)))].sort();
}

/** Same TTL and same values, whatever their order, case and trailing dots. */
export function sameSet(a: RecordSet, b: RecordSet): boolean {
  if (a.ttl !== b.ttl) return false;
  return canonicalValues(a.type, a.values).join('\n') === canonicalValues(b.type, b.values).join('\n');
}
