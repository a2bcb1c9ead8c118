/**
 * Cloudflare's API v4 as far as DNS records go, after its published rules: records with ids instead of sets, the envelope,
 * pages, TTLs of 1 or 60 to 86400, no twin records, no CNAME beside others, batches in one transaction and in their order
 * (deletes, patches, puts, posts).
 */
import { z } from 'zod';
import type { RecordType } from '../../../src/core/site';
import type { RecordSet } from '../../../src/ports/dns-provider';
import { type DoubleReply, type DoubleRequest, type HttpDouble, httpDouble } from './http-double';

export interface CloudflareRecord {
  readonly id: string;
  readonly name: string;
  readonly type: string;
  readonly content: string;
  readonly ttl: number;
  readonly proxied: boolean;
  readonly comment: string | null;
  readonly tags: readonly string[];
  readonly data?: Readonly<Record<string, unknown>> | undefined;
}

export interface CloudflareDouble extends HttpDouble {
  readonly zoneId: string;
  put(set: RecordSet, more?: Partial<CloudflareRecord>): void;
  held(name: string, type: RecordType): RecordSet | null;
  records(): readonly CloudflareRecord[];
  /** Pages are no longer than this. */
  pageSize: number;
}

export const CLOUDFLARE_TOKEN = 'token-of-cloudflare-0123456789abcdef';
const ZONE_ID = '023e105f4ecef8ad9ca31a8372d0c353';
const NAME_SERVERS = ['max.ns.cloudflare.example', 'eva.ns.cloudflare.example'];
const TYPES = ['A', 'AAAA', 'CNAME', 'SRV', 'NAPTR'] as const;

const u16 = z.number().int().min(0).max(65_535);
const host = z.string().regex(/^([a-z0-9_]([a-z0-9_-]*[a-z0-9])?\.)+[a-z]{2,}$/);
const srvData = z.strictObject({ priority: u16, weight: u16, port: u16, target: host });
const naptrData = z.strictObject({
  order: u16,
  preference: u16,
  flags: z.string(),
  service: z.string(),
  regex: z.string(),
  replacement: z.string().min(1),
});
const common = {
  name: z.string(),
  ttl: z.number().int(),
  comment: z.string().max(100).optional(),
  tags: z.array(z.string()).optional(),
};
const fields = z.discriminatedUnion('type', [
  z.strictObject({ ...common, type: z.literal('A'), content: z.ipv4(), proxied: z.boolean().optional() }),
  z.strictObject({ ...common, type: z.literal('AAAA'), content: z.ipv6(), proxied: z.boolean().optional() }),
  z.strictObject({ ...common, type: z.literal('CNAME'), content: host, proxied: z.boolean().optional() }),
  z.strictObject({ ...common, type: z.literal('SRV'), data: srvData }),
  z.strictObject({ ...common, type: z.literal('NAPTR'), data: naptrData }),
]);
type Fields = z.infer<typeof fields>;
const batchShape = z.strictObject({
  deletes: z.array(z.strictObject({ id: z.string() })).optional(),
  patches: z.array(z.looseObject({ id: z.string() })).optional(),
  posts: z.array(z.unknown()).optional(),
});

class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly code: number,
    message: string,
  ) {
    super(message);
  }
}

export async function cloudflareDouble(zone: string): Promise<CloudflareDouble> {
  let records: readonly CloudflareRecord[] = [];
  let lastId = 0;
  const nextId = (): string => {
    lastId += 1;
    return lastId.toString(16).padStart(32, '0');
  };

  function handle(request: DoubleRequest): DoubleReply {
    try {
      if (request.headers.authorization !== `Bearer ${CLOUDFLARE_TOKEN}`)
        throw new Refusal(403, 10000, 'Authentication error');
      return route(request);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const errors = [{ code: error.code, message: error.message }];
      return { status: error.status, body: { success: false, errors, messages: [], result: null } };
    }
  }

  function route({ method, path, query, body }: DoubleRequest): DoubleReply {
    const base = `/client/v4/zones/${ZONE_ID}`;
    const about = { id: ZONE_ID, name: zone, status: 'active', name_servers: NAME_SERVERS };
    if (method === 'GET' && path === '/client/v4/zones') return good(query.get('name') === zone ? [about] : []);
    if (method === 'GET' && path === base) return good(about);
    if (method === 'GET' && path === `${base}/dns_records`) return list(query);
    if (method === 'POST' && path === `${base}/dns_records/batch`) return good(batch(body));
    throw new Refusal(404, 7003, `Could not route to ${path}, perhaps your object identifier is invalid?`);
  }

  function list(query: URLSearchParams): DoubleReply {
    const unknown = [...query.keys()].filter((key) => !['type', 'name.exact', 'per_page', 'page'].includes(key));
    if (unknown.length > 0) throw new Refusal(400, 1004, `unknown parameter ${unknown.join()}`);
    const wanted = records.filter(
      (record) =>
        (query.get('type') ?? record.type) === record.type && (query.get('name.exact') ?? record.name) === record.name,
    );
    const perPage = Math.min(Number(query.get('per_page') ?? 100), double.pageSize);
    const page = Number(query.get('page') ?? 1);
    const result = wanted.slice((page - 1) * perPage, page * perPage);
    const info = { page, per_page: perPage, count: result.length, total_count: wanted.length };
    return good(result, { ...info, total_pages: Math.ceil(wanted.length / perPage) });
  }

  /** All of it on a copy, which becomes the truth only when nothing was wrong. */
  function batch(body: string): unknown {
    const parsed = batchShape.safeParse(parseJson(body));
    if (!parsed.success) throw new Refusal(400, 9207, `Request body is invalid. ${z.prettifyError(parsed.error)}`);
    const { deletes = [], patches = [], posts = [] } = parsed.data;
    let draft = [...records];
    const indexOf = (id: string): number => {
      const at = draft.findIndex((record) => record.id === id);
      if (at < 0) throw new Refusal(404, 81044, 'Record does not exist.');
      return at;
    };
    for (const { id } of deletes) draft.splice(indexOf(id), 1);
    for (const { id, ...change } of patches) {
      const at = indexOf(id);
      const { id: _id, content, data, proxied, tags, comment, ...rest } = draft[at] as CloudflareRecord;
      const parts = data === undefined ? { content, proxied } : { data };
      const whole = { ...rest, tags: [...tags], ...(comment === null ? {} : { comment }), ...parts, ...change };
      draft[at] = { ...recordOf(whole), id };
    }
    for (const post of posts) draft = [...draft, recordOf(post)];
    refuseCollisions(draft);
    records = draft;
    return { deletes, patches, puts: [], posts };
  }

  function recordOf(raw: unknown): CloudflareRecord {
    const parsed = fields.safeParse(raw);
    if (!parsed.success) throw new Refusal(400, 9207, `Request body is invalid. ${z.prettifyError(parsed.error)}`);
    const record = parsed.data;
    if (record.ttl !== 1 && (record.ttl < 60 || record.ttl > 86_400))
      throw new Refusal(400, 9021, 'Invalid TTL. Must be between 60 and 86400 seconds, or 1 for Automatic.');
    if (record.name !== zone && !record.name.endsWith(`.${zone}`))
      throw new Refusal(400, 9000, 'DNS name is invalid for this zone.');
    const { name, type, ttl, comment = null, tags = [] } = record;
    const parts = 'data' in record ? { data: record.data, proxied: false } : { proxied: record.proxied ?? false };
    return { id: nextId(), name, type, ttl, comment, tags, content: contentOf(record), ...parts };
  }

  const double: CloudflareDouble = Object.assign(await httpDouble(handle), {
    zoneId: ZONE_ID,
    pageSize: 5_000,
    put({ name, type, ttl, values }: RecordSet, more: Partial<CloudflareRecord> = {}) {
      const others = records.filter((record) => record.name !== name || record.type !== type);
      const made = values.map((value) => recordOf({ name, type, ttl, ...partsOf(type, value) }));
      records = [...others, ...made.map((record) => ({ ...record, ...more }))];
    },
    held(name: string, type: RecordType): RecordSet | null {
      const found = records.filter((record) => record.name === name && record.type === type);
      const [first] = found;
      return first ? { name, type, ttl: first.ttl, values: found.map((record) => record.content) } : null;
    },
    records: () => records,
  });
  return double;
}

function refuseCollisions(records: readonly CloudflareRecord[]): void {
  const seen = new Set<string>();
  for (const { name, type, content } of records) {
    const key = `${name} ${type} ${content}`;
    if (seen.has(key)) throw new Refusal(400, 81058, 'An identical record already exists.');
    seen.add(key);
    const beside = records.filter((other) => other.name === name && TYPES.some((known) => known === other.type));
    if (type === 'CNAME' && beside.length > 1)
      throw new Refusal(400, 81053, 'An A, AAAA, or CNAME record with that host already exists.');
  }
}

function contentOf(record: Fields): string {
  if (record.type === 'SRV') {
    const { priority, weight, port, target } = record.data;
    return `${priority} ${weight} ${port} ${target}`;
  }
  if (record.type === 'NAPTR') {
    const { order, preference, flags, service, regex, replacement } = record.data;
    return `${order} ${preference} "${flags}" "${service}" "${regex}" ${replacement}`;
  }
  return record.content;
}

function partsOf(type: RecordType, value: string): object {
  const words = value.split(' ');
  if (type === 'SRV') {
    const [priority, weight, port] = words.map(Number);
    return { data: { priority, weight, port, target: words[3] } };
  }
  if (type === 'NAPTR') {
    const [flags, service, regex] = words.slice(2, 5).map((word) => word.slice(1, -1));
    return {
      data: { order: Number(words[0]), preference: Number(words[1]), flags, service, regex, replacement: words[5] },
    };
  }
  return { content: value, proxied: false };
}

function good(result: unknown, info?: object): DoubleReply {
  return {
    status: 200,
    body: { success: true, errors: [], messages: [], result, ...(info ? { result_info: info } : {}) },
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Refusal(400, 9207, 'Request body is invalid JSON.');
  }
}
