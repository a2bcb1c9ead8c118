import { z } from 'zod';
import type { RecordType } from '../../core/site';
import type { Clock } from '../../ports/clock';
import type { DnsProvider, DnsZone, RecordSet, WriteStamp } from '../../ports/dns-provider';
import { Fault } from '../../ports/fault';
import { vendorText } from '../http/to-fault';
import { createVendorClient, type RequestOptions } from '../http/vendor-client';
import { assertOurs, guardedWrite, unfitAnswer } from './guarded-write';
import { canonicalHost, canonicalValue, canonicalValues, naptrParts, naptrText } from './record-values';
import { stampedComment } from './write-stamp';

export interface CloudflareOptions {
  /** With its `/client/v4`. */
  readonly baseUrl: string;
  /** An API token, never the global key. */
  readonly token: string;
  readonly clock: Clock;
  /** Limit of one try, real milliseconds. */
  readonly timeoutMs: number;
}

const SYSTEM = 'Cloudflare';
/** "Automatic", which is served as this many seconds. */
const AUTOMATIC_TTL = 1;
const AUTOMATIC_SECONDS = 300;
/** Of a comment on the smallest plan, in characters. */
const COMMENT_LIMIT = 100;
const PAGE_SIZE = 100;
/** A set has a handful of records: an API that keeps on paging is broken. */
const MOST_PAGES = 10;

const envelopeShape = z.object({
  success: z.boolean(),
  errors: z.array(z.object({ code: z.number().optional(), message: z.string() })).default([]),
  result: z.unknown(),
  result_info: z.object({ total_pages: z.number().int().optional() }).nullish(),
});
const dataShape = z.object({
  priority: z.number().optional(),
  weight: z.number().optional(),
  port: z.number().optional(),
  target: z.string().optional(),
  order: z.number().optional(),
  preference: z.number().optional(),
  flags: z.string().optional(),
  service: z.string().optional(),
  regex: z.string().optional(),
  replacement: z.string().optional(),
});
/** https://developers.cloudflare.com/api/resources/dns/subresources/records/ */
const recordShape = z.object({
  id: z.string().min(1),
  name: z.string(),
  type: z.string(),
  content: z.string().default(''),
  ttl: z.number().int().positive(),
  proxied: z.boolean().default(false),
  data: dataShape.nullish(),
  comment: z.string().nullish(),
});
const zoneShape = z.object({ id: z.string().min(1), name: z.string(), name_servers: z.array(z.string()).nullish() });
type CloudflareRecord = z.infer<typeof recordShape>;

/**
 * Cloudflare's API v4, by `POST /zones/{zone}/dns_records/batch`. It holds records, not sets: a set is its records of one
 * name and type, and a batch changes them in one transaction of its database; their spread is not atomic. It has no
 * precondition. A record that is gone meanwhile makes the whole batch fail.
 */
export function createCloudflare(options: CloudflareOptions): DnsProvider {
  const client = createVendorClient({
    system: SYSTEM,
    baseUrl: options.baseUrl,
    headers: () => ({ authorization: `Bearer ${options.token}` }),
    clock: options.clock,
    timeoutMs: options.timeoutMs,
  });

  /** The reason for a refusal stands in the envelope only. */
  async function call(method: string, path: string, more: RequestOptions = {}) {
    const expectStatuses = [400, 401, 403, 404, 409, 422];
    const reply = await client.request(method, path, { ...more, expectStatuses });
    const parsed = envelopeShape.safeParse(reply.body);
    if (parsed.success && parsed.data.success && reply.status < 300) return parsed.data;
    if (!parsed.success && reply.status < 300) throw unfitAnswer(SYSTEM, `${method} ${path}`, parsed.error);
    const errors = parsed.success ? parsed.data.errors : [];
    const texts = errors.map(({ code, message }) => (code === undefined ? message : `${message} (code ${code})`));
    const said = vendorText({ message: texts.join('; ') }, [options.token]);
    const message = `${SYSTEM} answered ${reply.status} to ${method} ${path}${said ? `: ${said}` : ''}`;
    throw new Fault(message, { system: SYSTEM, transient: false, status: reply.status });
  }

  async function zonePath(zone: DnsZone): Promise<string> {
    return `/zones/${encodeURIComponent(zone.zoneId ?? (await zoneIdOf(canonicalHost(zone.zone))))}`;
  }

  async function zoneIdOf(name: string): Promise<string> {
    const { result } = await call('GET', '/zones', { query: { name } });
    const parsed = z.array(zoneShape).safeParse(result);
    if (!parsed.success) throw unfitAnswer(SYSTEM, `the zone ${name}`, parsed.error);
    const [found, ...more] = parsed.data.filter((each) => canonicalHost(each.name) === name);
    if (found && more.length === 0) return found.id;
    const how = found ? 'several zones' : 'no zone';
    const message = `${SYSTEM} shows ${how} ${name} to this token: give its id as dns.zoneId in the site file, or the token the zone.`;
    throw new Fault(message, { system: SYSTEM, transient: false });
  }

  async function records(path: string, name: string, type: RecordType): Promise<readonly CloudflareRecord[]> {
    const found = new Map<string, CloudflareRecord>();
    const host = canonicalHost(name);
    for (let page = 1; page <= MOST_PAGES; page += 1) {
      const query = { type, 'name.exact': host, per_page: PAGE_SIZE, page };
      const { result, result_info: info } = await call('GET', `${path}/dns_records`, { query });
      const parsed = z.array(recordShape).safeParse(result);
      if (!parsed.success) throw unfitAnswer(SYSTEM, `the records of ${name} ${type}`, parsed.error);
      for (const each of parsed.data) found.set(each.id, each);
      if (page >= (info?.total_pages ?? 1) || parsed.data.length === 0) break;
    }
    const ours = [...found.values()].filter((each) => each.type === type && canonicalHost(each.name) === host);
    if (ours.some((each) => each.proxied)) {
      const message = `${SYSTEM} answers ${name} ${type} with its own addresses (proxied): SIP does not pass there. Set it to "DNS only" first.`;
      throw new Fault(message, { system: SYSTEM, transient: false });
    }
    return ours;
  }

  return {
    name: SYSTEM,
    capabilities: {
      compareAndSet: false,
      settles: false,
      leastTtlSeconds: 60,
      wholeRecordSet: true,
      types: ['SRV', 'CNAME', 'A', 'AAAA', 'NAPTR'],
      stamps: 'record',
    },

    async read(zone, name, type) {
      assertOurs(SYSTEM, zone, name, type);
      return setOf(await records(await zonePath(zone), name, type), name, type);
    },

    async write(zone, next, expected, stamp) {
      assertOurs(SYSTEM, zone, next.name, next.type);
      const path = await zonePath(zone);
      const live = await records(path, next.name, next.type);
      return guardedWrite(setOf(live, next.name, next.type), next, expected, async () => {
        // A repeat would add what the first had added: only one that surely was not carried out is sent again.
        await call('POST', `${path}/dns_records/batch`, { body: batchOf(next, live, stamp), idempotent: false });
        return null;
      });
    },

    settled: async () => true,

    async authoritativeServers(zone) {
      const { result } = await call('GET', await zonePath(zone));
      const parsed = zoneShape.safeParse(result);
      if (!parsed.success) throw unfitAnswer(SYSTEM, `the zone ${zone.zone}`, parsed.error);
      return (parsed.data.name_servers ?? []).map(canonicalHost).sort();
    },
  };
}

/** The records of a set have one TTL each; the least is what counts as the set's. */
function setOf(records: readonly CloudflareRecord[], name: string, type: RecordType): RecordSet | null {
  if (records.length === 0) return null;
  const ttl = Math.min(...records.map((each) => (each.ttl === AUTOMATIC_TTL ? AUTOMATIC_SECONDS : each.ttl)));
  const values = canonicalValues(
    type,
    records.map((each) => textOf(each, type)),
  );
  return { name: canonicalHost(name), type, ttl, values };
}

function textOf({ content, data }: CloudflareRecord, type: RecordType): string {
  if (type === 'SRV' && data?.target !== undefined)
    return `${data.priority ?? 0} ${data.weight ?? 0} ${data.port ?? 0} ${data.target}`;
  if (type === 'NAPTR' && data?.replacement !== undefined) {
    const { order = 0, preference = 0, flags = '', service = '', regex = '', replacement } = data;
    return naptrText({ order, preference, flags, service, regexp: regex, replacement: replacement || '.' });
  }
  return content;
}

/**
 * What is there is changed in place, value by value as far as it goes; what is left over goes, what is missing comes. A
 * record keeps its id, and with it tags and the comment that others put there.
 */
function batchOf(next: RecordSet, live: readonly CloudflareRecord[], stamp: WriteStamp) {
  const { type } = next;
  const wanted = [...canonicalValues(type, next.values)];
  const spare: CloudflareRecord[] = [];
  const pairs: { readonly record: CloudflareRecord; readonly value: string }[] = [];
  for (const record of live) {
    const at = wanted.indexOf(canonicalValue(type, textOf(record, type)));
    if (at < 0) spare.push(record);
    else pairs.push({ record, value: wanted.splice(at, 1)[0] ?? '' });
  }
  for (const record of spare.splice(0, wanted.length)) pairs.push({ record, value: wanted.shift() ?? '' });
  const fieldsOf = (value: string, comment = '') => ({
    name: canonicalHost(next.name),
    type,
    ttl: next.ttl,
    comment: stampedComment(comment, stamp, COMMENT_LIMIT),
    ...contentOf(type, value),
  });
  return {
    deletes: spare.map(({ id }) => ({ id })),
    patches: pairs.map(({ record, value }) => ({ id: record.id, ...fieldsOf(value, record.comment ?? '') })),
    posts: wanted.map((value) => fieldsOf(value)),
  };
}

/** Types with parts are written by their parts; of the others those that could be proxied must say that they are not. */
function contentOf(type: RecordType, value: string) {
  if (type === 'SRV') {
    const [priority, weight, port, target] = value.split(' ');
    return { data: { priority: Number(priority), weight: Number(weight), port: Number(port), target } };
  }
  if (type === 'NAPTR') {
    const parts = naptrParts(value);
    if (!parts) throw new Error(`${value} is no NAPTR value`);
    const { order, preference, flags, service, regexp, replacement } = parts;
    return { data: { order, preference, flags, service, regex: regexp, replacement } };
  }
  return { content: value, proxied: false };
}
