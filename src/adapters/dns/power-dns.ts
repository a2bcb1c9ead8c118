import { z } from 'zod';
import type { RecordType } from '../../core/site';
import type { Clock } from '../../ports/clock';
import type { DnsProvider, DnsZone, RecordSet, WriteStamp } from '../../ports/dns-provider';
import { createVendorClient } from '../http/vendor-client';
import { assertOurs, guardedWrite, unfitAnswer } from './guarded-write';
import { canonicalHost, canonicalValue, canonicalValues, dottedHost, zoneFileValue } from './record-values';
import { OWNER, stampText } from './write-stamp';

export interface PowerDnsOptions {
  /** Of the API's web server, for example `http://127.0.0.1:8081`; `/api/v1` is added. */
  readonly baseUrl: string;
  readonly apiKey: string;
  /** `localhost`, unless a proxy serves several. */
  readonly serverId: string;
  readonly clock: Clock;
  /** Limit of one try, real milliseconds. */
  readonly timeoutMs: number;
}

const SYSTEM = 'PowerDNS';

/** https://doc.powerdns.com/authoritative/http-api/zone.html, objects Zone, RRSet, Record and Comment. */
const rrsetShape = z.object({
  name: z.string(),
  type: z.string(),
  ttl: z.number().int().nonnegative(),
  records: z.array(z.object({ content: z.string(), disabled: z.boolean().default(false) })),
  comments: z
    .array(z.object({ content: z.string(), account: z.string().default(''), modified_at: z.number().optional() }))
    .default([]),
});
const zoneShape = z.object({ rrsets: z.array(rrsetShape) });
type RrSet = z.infer<typeof rrsetShape>;

/**
 * PowerDNS Authoritative HTTP API, proven with 4.7: `GET` and `PATCH /api/v1/servers/{server}/zones/{zone.}`. REPLACE
 * takes the whole set and is atomic and idempotent. Names and targets need their trailing dot there (422 without). It has
 * neither versions nor preconditions, and does not tell what its secondaries have.
 */
export function createPowerDns(options: PowerDnsOptions): DnsProvider {
  const client = createVendorClient({
    system: SYSTEM,
    baseUrl: options.baseUrl,
    headers: () => ({ 'x-api-key': options.apiKey }),
    clock: options.clock,
    timeoutMs: options.timeoutMs,
  });
  const pathOf = ({ zone }: DnsZone) =>
    `/api/v1/servers/${encodeURIComponent(options.serverId)}/zones/${encodeURIComponent(dottedHost(zone))}`;

  async function readRrset(zone: DnsZone, name: string, type: RecordType | 'NS'): Promise<RrSet | null> {
    const query = { rrset_name: dottedHost(name), rrset_type: type };
    const reply = await client.request('GET', pathOf(zone), { query });
    const parsed = zoneShape.safeParse(reply.body);
    if (!parsed.success) throw unfitAnswer(SYSTEM, `the zone ${zone.zone}`, parsed.error);
    // A server that does not know the filter hands out the whole zone.
    return parsed.data.rrsets.find((one) => one.type === type && dottedHost(one.name) === dottedHost(name)) ?? null;
  }

  return {
    name: SYSTEM,
    capabilities: {
      compareAndSet: false,
      settles: false,
      leastTtlSeconds: 0,
      wholeRecordSet: true,
      types: ['SRV', 'CNAME', 'A', 'AAAA', 'NAPTR'],
      stamps: 'record',
    },

    async read(zone, name, type) {
      assertOurs(SYSTEM, zone, name, type);
      const rrset = await readRrset(zone, name, type);
      return rrset && recordSetOf(rrset, type);
    },

    async write(zone, next, expected, stamp) {
      assertOurs(SYSTEM, zone, next.name, next.type);
      const rrset = await readRrset(zone, next.name, next.type);
      const found = rrset && recordSetOf(rrset, next.type);
      return guardedWrite(found, next, expected, async () => {
        const body = { rrsets: [replacement(next, rrset, stamp)] };
        await client.request('PATCH', pathOf(zone), { body, idempotent: true });
        return null;
      });
    },

    settled: async () => true,

    async authoritativeServers(zone) {
      const rrset = await readRrset(zone, zone.zone, 'NS');
      const served = (rrset?.records ?? []).filter((record) => !record.disabled);
      return served.map((record) => canonicalHost(record.content)).sort();
    },
  };
}

/** Disabled records are not served, so they are no part of the set; null when nothing is served. */
function recordSetOf(rrset: RrSet, type: RecordType): RecordSet | null {
  const served = rrset.records.filter((record) => !record.disabled).map((record) => record.content);
  if (served.length === 0) return null;
  return { name: canonicalHost(rrset.name), type, ttl: rrset.ttl, values: canonicalValues(type, served) };
}

function replacement(next: RecordSet, live: RrSet | null, stamp: WriteStamp) {
  const values = canonicalValues(next.type, next.values);
  // REPLACE drops what it does not name: records that somebody parked and comments that somebody wrote go along.
  const parked = (live?.records ?? []).filter(
    (record) => record.disabled && !values.includes(canonicalValue(next.type, record.content)),
  );
  const others = (live?.comments ?? []).filter((comment) => comment.account !== OWNER);
  return {
    name: dottedHost(next.name),
    type: next.type,
    ttl: next.ttl,
    changetype: 'REPLACE',
    records: [...values.map((value) => ({ content: zoneFileValue(next.type, value), disabled: false })), ...parked],
    comments: [...others, { content: stampText(stamp), account: OWNER }],
  };
}
