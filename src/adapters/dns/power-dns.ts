import { z } from 'zod';
import type { RecordType } from '../../core/site';
import type { Clock } from '../../ports/clock';
import type { DnsProvider, RecordSet, WriteStamp } from '../../ports/dns-provider';
import { createVendorClient } from '../http/vendor-client';
import { assertInZone, guardedWrite, unfitAnswer } from './guarded-write';
import { canonicalHost, canonicalValue, canonicalValues } from './record-values';

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
/** Marks our comments on a set; those of others are kept. */
const ACCOUNT = 'cutover';

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
 * takes the whole set and is atomic and idempotent. Names and targets need their trailing dot there (422 without).
 */
export function createPowerDns(options: PowerDnsOptions): DnsProvider {
  const client = createVendorClient({
    system: SYSTEM,
    baseUrl: options.baseUrl,
    headers: () => ({ 'x-api-key': options.apiKey }),
    clock: options.clock,
    timeoutMs: options.timeoutMs,
  });
  const pathOf = (zone: string) =>
    `/api/v1/servers/${encodeURIComponent(options.serverId)}/zones/${encodeURIComponent(dotted(zone))}`;

  async function readRrset(zone: string, name: string, type: RecordType): Promise<RrSet | null> {
    assertInZone(SYSTEM, zone, name);
    const query = { rrset_name: dotted(name), rrset_type: type };
    const reply = await client.request('GET', pathOf(zone), { query });
    const parsed = zoneShape.safeParse(reply.body);
    if (!parsed.success) throw unfitAnswer(SYSTEM, `the zone ${zone}`, parsed.error);
    // A server that does not know the filter hands out the whole zone.
    return parsed.data.rrsets.find((one) => one.type === type && dotted(one.name) === dotted(name)) ?? null;
  }

  return {
    name: SYSTEM,

    async read(zone, name, type) {
      const rrset = await readRrset(zone, name, type);
      return rrset && recordSetOf(rrset, type);
    },

    async write(zone, next, expected, stamp) {
      const rrset = await readRrset(zone, next.name, next.type);
      const found = rrset && recordSetOf(rrset, next.type);
      return guardedWrite(found, next, expected, () =>
        client.request('PATCH', pathOf(zone), {
          body: { rrsets: [replacement(next, rrset, stamp)] },
          idempotent: true,
        }),
      );
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
  const others = (live?.comments ?? []).filter((comment) => comment.account !== ACCOUNT);
  return {
    name: dotted(next.name),
    type: next.type,
    ttl: next.ttl,
    changetype: 'REPLACE',
    records: [...values.map((value) => ({ content: contentOf(next.type, value), disabled: false })), ...parked],
    comments: [...others, { content: `site ${stamp.site}, wave ${stamp.wave}`, account: ACCOUNT }],
  };
}

function contentOf(type: RecordType, value: string): string {
  return type === 'SRV' || type === 'CNAME' ? dotted(value) : value;
}

function dotted(name: string): string {
  const host = canonicalHost(name);
  return host.endsWith('.') ? host : `${host}.`;
}
