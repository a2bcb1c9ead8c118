/** The PowerDNS HTTP API, as version 4.7 behaves: /api/v1/servers/localhost/zones/{zone.}. */
import { z } from 'zod';
import type { ApiFaults } from '../api-faults';
import { type ApiDesk, type ApiReply, type ApiRequest, jsonOf, Refused } from '../http';
import type { Json } from '../model/ledger';
import type { World } from '../model/world';
import { bare, isWithin, parseSrv, type RecordType, type RRset, type Zone, type ZoneChange } from './zone';

const BASE = '/api/v1/servers';
const TYPES: readonly string[] = ['SRV', 'CNAME', 'A', 'NS', 'SOA'];
const MAX_TTL = 2147483647;

const patchBody = z.object({
  rrsets: z.array(
    z.object({
      name: z.string(),
      type: z.string(),
      ttl: z.number().int().optional(),
      changetype: z.string(),
      records: z.array(z.object({ content: z.string(), disabled: z.boolean().optional() })).optional(),
      comments: z
        .array(z.object({ content: z.string(), account: z.string().optional(), modified_at: z.number().optional() }))
        .optional(),
    }),
  ),
});
type RRsetPatch = z.infer<typeof patchBody>['rrsets'][number];

export function powerDnsDesk(world: World, apiKey: string, faults: ApiFaults): ApiDesk {
  const zoneOf = (request: ApiRequest): Zone => {
    const asked = request.params.zone ?? '';
    const zone = world.zones.find((candidate) => `${candidate.name}.` === asked.toLowerCase());
    if (!zone) throw new Refused(404, 'Not Found');
    return zone;
  };
  const refuse = (status: number, message: string): ApiReply =>
    status === 404 || status === 401
      ? { status, body: status === 404 ? 'Not Found' : message }
      : { status, body: { error: message } };

  return {
    refuse,
    before: (request) => {
      if (request.headers['x-api-key'] !== apiKey) return { status: 401, body: 'Unauthorized' };
      return faults.before(request, refuse);
    },
    delay: () => faults.delay(),
    routes: {
      [`GET ${BASE}`]: () => ({ status: 200, body: [serverHeader] }),
      [`GET ${BASE}/localhost`]: () => ({ status: 200, body: serverHeader }),
      [`GET ${BASE}/localhost/zones`]: () => ({ status: 200, body: world.zones.map(zoneHeader) }),
      [`GET ${BASE}/localhost/zones/{zone}`]: (request) => ({
        status: 200,
        body: zoneBody(zoneOf(request), request.query),
      }),
      [`PATCH ${BASE}/localhost/zones/{zone}`]: (request) => patch(world, zoneOf(request), request),
      [`PUT ${BASE}/localhost/zones/{zone}/notify`]: (request) => {
        zoneOf(request);
        return { status: 200, body: { result: 'Notification queued' } };
      },
      [`GET ${BASE}/localhost/zones/{zone}/export`]: (request) => ({ status: 200, body: zoneText(zoneOf(request)) }),
      [`PUT ${BASE}/localhost/cache/flush`]: () => ({ status: 200, body: { count: 0, result: 'Flushed cache.' } }),
    },
  };
}

function patch(world: World, zone: Zone, request: ApiRequest): ApiReply {
  const parsed = patchBody.safeParse(jsonOf(request));
  if (!parsed.success) throw new Refused(422, `Could not parse the request: ${z.prettifyError(parsed.error)}`);
  const { rrsets } = parsed.data;
  const changes = rrsets.map((rrset) => changeOf(zone, rrset, world.agenda.now));
  refuseAliasBesideData(zone, changes);
  const before = changes.map((change) => writtenShape(present(zone, change)));
  zone.apply(changes);
  for (const [i, change] of changes.entries()) {
    const { name, type } = change.kind === 'replace' ? change.rrset : change;
    world.ledger.write({
      system: 'powerdns',
      method: request.method,
      path: request.path,
      resource: `record ${name} ${type}`,
      before: before[i] ?? null,
      after: writtenShape(present(zone, change)),
    });
  }
  return { status: 204 };
}

function present(zone: Zone, change: ZoneChange): RRset | undefined {
  return change.kind === 'replace'
    ? zone.get(change.rrset.name, change.rrset.type)
    : zone.get(change.name, change.type);
}

/** What counts as the record in the ledger: comments and serials do not. */
export function writtenShape(set: RRset | undefined): Json {
  return set ? { ttl: set.ttl, records: [...set.contents].sort() } : null;
}

function changeOf(zone: Zone, patch: RRsetPatch, now: number): ZoneChange {
  const where = `RRset ${patch.name} IN ${patch.type}`;
  if (!patch.name.endsWith('.')) throw new Refused(422, `DNS Name '${patch.name}' is not canonical`);
  if (!TYPES.includes(patch.type)) throw new Refused(422, `${where}: unknown type given`);
  const type = patch.type as RecordType;
  const name = bare(patch.name);
  if (!isWithin(name, zone.name)) throw new Refused(422, `${where}: Name is out of zone`);
  if (patch.changetype === 'DELETE') return { kind: 'delete', name, type };
  if (patch.changetype !== 'REPLACE') throw new Refused(422, 'Changetype not understood');
  if (patch.records === undefined && patch.comments === undefined)
    throw new Refused(422, `${where}: no records or comments given`);
  if (patch.ttl === undefined) throw new Refused(422, `Key 'ttl' not an Integer or not present`);
  if (patch.ttl < 0 || patch.ttl > MAX_TTL) throw new Refused(422, `Key 'ttl' is out of range`);
  const kept = zone.get(name, type);
  const contents = (patch.records ?? []).filter((record) => record.disabled !== true).map((record) => record.content);
  for (const content of contents) refuseBadContent(where, type, content);
  if (new Set(contents).size !== contents.length)
    throw new Refused(422, `${where}: duplicate record with content "${contents[0] ?? ''}"`);
  if (type === 'CNAME' && contents.length > 1) throw new Refused(422, `${where} has more than one record`);
  if (patch.records?.length === 0) return { kind: 'delete', name, type };
  const comments = patch.comments?.map((comment) => ({
    content: comment.content,
    account: comment.account ?? '',
    modifiedAt: comment.modified_at ?? Math.floor(now / 1000),
  }));
  return {
    kind: 'replace',
    rrset: {
      name,
      type,
      ttl: patch.ttl,
      contents: patch.records ? contents : (kept?.contents ?? []),
      comments: comments ?? kept?.comments ?? [],
    },
  };
}

function refuseBadContent(where: string, type: RecordType, content: string): void {
  const bad = (why: string) => new Refused(422, `Record ${where.slice(6)} '${content}': ${why}`);
  if (type === 'SRV') {
    if (!parseSrv(content)) throw bad('Parsing record content: not in expected format (parsed as SRV)');
    if (!content.endsWith('.')) throw bad('Not in expected format (target is not absolute)');
  }
  if ((type === 'CNAME' || type === 'NS') && !/^[^\s]+\.$/.test(content))
    throw bad('Not in expected format (target is not absolute)');
  if (type === 'A' && !/^\d{1,3}(\.\d{1,3}){3}$/.test(content)) throw bad('unable to parse IP address');
}

function refuseAliasBesideData(zone: Zone, changes: readonly ZoneChange[]): void {
  for (const change of changes) {
    if (change.kind !== 'replace' || change.rrset.type === 'SOA') continue;
    const { name, type } = change.rrset;
    const others = TYPES.filter((other) => other !== type && zone.get(name, other as RecordType));
    const gone = changes.flatMap((other) =>
      other.kind === 'delete' && other.name === name ? [other.type as string] : [],
    );
    const left = others.filter((other) => !gone.includes(other));
    if ((type === 'CNAME' && left.length > 0) || left.includes('CNAME')) {
      throw new Refused(422, `RRset ${name}. IN ${type}: Conflicts with pre-existing RRset`);
    }
  }
}

const serverHeader = {
  type: 'Server',
  id: 'localhost',
  daemon_type: 'authoritative',
  version: '4.7.3',
  url: `${BASE}/localhost`,
  config_url: `${BASE}/localhost/config{/config_setting}`,
  zones_url: `${BASE}/localhost/zones{/zone}`,
};

function zoneHeader(zone: Zone) {
  const { serial } = zone.primary;
  return {
    account: '',
    dnssec: false,
    edited_serial: serial,
    id: `${zone.name}.`,
    kind: 'Master',
    last_check: 0,
    masters: [],
    name: `${zone.name}.`,
    notified_serial: serial,
    serial,
    soa_edit: '',
    soa_edit_api: 'INCREASE',
    url: `${BASE}/localhost/zones/${zone.name}.`,
  };
}

function zoneBody(zone: Zone, query: URLSearchParams) {
  const header = zoneHeader(zone);
  if (query.get('rrsets') === 'false') return header;
  const name = query.get('rrset_name');
  const type = query.get('rrset_type');
  if (type !== null && name === null) throw new Refused(422, 'rrset_type filter requires rrset_name');
  const rrsets = allSets(zone).filter(
    (set) => (name === null || `${set.name}.` === name.toLowerCase()) && (type === null || set.type === type),
  );
  return { ...header, rrsets: rrsets.map(rrsetBody) };
}

function allSets(zone: Zone): RRset[] {
  const apex = zone.find(zone.primary, zone.name, 'NS');
  return [zone.soa(zone.primary), ...(apex.kind === 'answer' ? apex.rrsets : []), ...zone.primary.rrsets.values()];
}

function rrsetBody(set: RRset) {
  return {
    comments: set.comments.map((comment) => ({
      account: comment.account,
      content: comment.content,
      modified_at: comment.modifiedAt,
    })),
    name: `${set.name}.`,
    records: set.contents.map((content) => ({ content, disabled: false })),
    ttl: set.ttl,
    type: set.type,
  };
}

function zoneText(zone: Zone): string {
  const lines = allSets(zone).flatMap((set) =>
    set.contents.map((content) => `${set.name}.\t${set.ttl}\tIN\t${set.type}\t${content}`),
  );
  return `${lines.join('\n')}\n`;
}
