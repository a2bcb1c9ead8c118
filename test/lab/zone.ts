/** What a zone of the lab is made of. */
import type { RecordType } from '../../src/core/site';

/** A record set like those of a site: values without trailing dots; TTL in seconds. SOA values are in zone-file form. */
export interface ZoneRecord {
  readonly name: string;
  readonly type: RecordType | 'SOA' | 'NS' | 'TXT';
  readonly ttl: number;
  readonly values: readonly string[];
}

/** SOA, NS and the name servers' addresses. What is not there is remembered as such for five seconds only. */
export function apexOf(zone: string): readonly ZoneRecord[] {
  return [
    { name: zone, type: 'SOA', ttl: 60, values: [`ns1.${zone}. hostmaster.${zone}. 1 3600 5 86400 5`] },
    { name: zone, type: 'NS', ttl: 60, values: [`ns1.${zone}`, `ns2.${zone}`] },
    { name: `ns1.${zone}`, type: 'A', ttl: 60, values: ['127.0.0.1'] },
    { name: `ns2.${zone}`, type: 'A', ttl: 60, values: ['127.0.0.1'] },
  ];
}

/** A value as zone files and PowerDNS want it: a host name at its end bears the root's dot. */
export function zoneFileValue({ type }: ZoneRecord, value: string): string {
  return type === 'A' || type === 'AAAA' || type === 'SOA' || type === 'TXT' ? value : dotted(value);
}

export function dotted(name: string): string {
  return name.endsWith('.') ? name : `${name}.`;
}
