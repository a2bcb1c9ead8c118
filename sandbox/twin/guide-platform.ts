/**
 * The platform of the migration guide: the API that its text invents, on the same world.
 *
 * It exists so that a wave document in the guide's literal form can run. `trunkId` is a trunk base id, `queueId` a
 * queue id. Activating a trunk makes the site's phones register; shifting a queue joins its members, who were
 * licensed beforehand, as the guide asks.
 */
import { z } from 'zod';
import { type ApiDesk, type ApiReply, type ApiRequest, jsonOf, Refused } from './http';
import { followTrunkBase } from './model/by-hand';
import { recent, within } from './model/call-records';
import type { Licences } from './model/licences';
import { reboot } from './model/phones';
import { callsWaiting } from './model/queueing';
import { isTrunkEnabled, type NewQueue, type Phone, type SiteWorld, type TrunkBase, type World } from './model/world';

const EDGE = '/api/v2/telephony/providers/edge';
const REALTIME_MS = 30 * 60_000;
const PHONE_EVERY_MS = 1000;
const BRING_AGAIN_MS = 10 * 60_000;

const trunkBody = z.object({
  enabled: z.boolean().optional(),
  status: z.enum(['ACTIVE', 'INACTIVE', 'STANDBY']).optional(),
  maxConcurrentSessions: z.number().int().positive().optional(),
  codecPreferences: z.array(z.string()).optional(),
  callerId: z.string().optional(),
  siteId: z.string().optional(),
});
const queueBody = z.object({ allocationPercent: z.number().min(0).max(100) });

export function guideDesk(world: World, licences: Licences, token: string): ApiDesk {
  const trunkOf = (id: string | undefined | null) => {
    for (const site of world.sites) for (const base of site.trunkBases) if (base.id === id) return { site, base };
    throw new Refused(404, `There is no trunk ${id ?? ''}.`);
  };
  const queueOf = (id: string | undefined | null) => {
    for (const site of world.sites) for (const queue of site.queues) if (queue.id === id) return { site, queue };
    throw new Refused(404, `There is no queue ${id ?? ''}.`);
  };
  const refuse = (status: number, message: string): ApiReply => ({ status, body: { message, status } });
  return {
    refuse,
    before: (request) =>
      request.headers.authorization === `Bearer ${token}`
        ? undefined
        : refuse(401, 'A valid bearer token is required.'),
    routes: {
      [`GET ${EDGE}/trunks/{trunk}`]: (request) => ({
        status: 200,
        body: shownTrunk(trunkOf(request.params.trunk)),
      }),
      [`PATCH ${EDGE}/trunks/{trunk}`]: (request) => patchTrunk(world, trunkOf(request.params.trunk), request),
      [`GET ${EDGE}/endpoints`]: (request) => {
        const { site } = trunkOf(request.query.get('trunkId'));
        const status = request.query.get('status');
        const all = site.agents.map((agent) => ({
          id: agent.phone.id,
          name: agent.phone.name,
          status: agent.phone.registeredAt === 'new' ? 'REGISTERED' : 'UNREGISTERED',
        }));
        const entities = all.filter((endpoint) => status === null || endpoint.status === status);
        return { status: 200, body: { entities, total: entities.length, endpoints: all.length } };
      },
      'GET /api/v2/routing/queues/{queue}': (request) => {
        const { site, queue } = queueOf(request.params.queue);
        return { status: 200, body: shownQueue(site, queue) };
      },
      'PATCH /api/v2/routing/queues/{queue}': (request) =>
        patchQueue(world, licences, queueOf(request.params.queue), request),
      'GET /api/v2/analytics/routing/queues/realtime': (request) => ({
        status: 200,
        body: realtime(world, queueOf(request.query.get('queueId'))),
      }),
    },
  };
}

function patchTrunk(world: World, { site, base }: { site: SiteWorld; base: TrunkBase }, request: ApiRequest): ApiReply {
  const body = bodyOf(trunkBody, request);
  const wanted = body.enabled ?? (body.status === undefined ? isTrunkEnabled(base) : body.status === 'ACTIVE');
  const before = { enabled: isTrunkEnabled(base) };
  const sessions = body.maxConcurrentSessions;
  base.body = {
    ...base.body,
    properties: {
      ...base.body.properties,
      trunk_enabled: { value: { instance: wanted } },
      ...(sessions === undefined ? {} : { trunk_max_concurrent_calls: { value: { instance: sessions } } }),
    },
  };
  base.version += 1;
  followTrunkBase(world, site, base);
  if (wanted && !before.enabled && base.role === 'inbound') {
    // The guide's trunk brings its endpoints along; one a second, so that this alone is no storm.
    for (const [i, { phone }] of site.agents.entries()) {
      world.agenda.after(i * PHONE_EVERY_MS, () => bringAlong(world, site, base, phone));
    }
  }
  world.ledger.write({
    system: 'guide',
    method: 'PATCH',
    path: request.path,
    resource: `trunk-base ${base.id}`,
    before,
    after: { enabled: wanted },
  });
  return { status: 200, body: shownTrunk({ site, base }) };
}

/** The endpoint is told to register until it has, for DNS may still send it to the old gateway. */
function bringAlong(world: World, site: SiteWorld, base: TrunkBase, phone: Phone): void {
  if (!isTrunkEnabled(base) || phone.registeredAt === 'new') return;
  reboot(world, site, phone);
  world.agenda.after(BRING_AGAIN_MS, () => bringAlong(world, site, base, phone));
}

function patchQueue(
  world: World,
  licences: Licences,
  { site, queue }: { site: SiteWorld; queue: NewQueue },
  request: ApiRequest,
): ApiReply {
  const { allocationPercent } = bodyOf(queueBody, request);
  const before = { allocationPercent: queue.guidePercent ?? site.allocation.allocationPercent };
  const isAsTheRow = allocationPercent === site.allocation.allocationPercent;
  queue.guidePercent = isAsTheRow ? null : allocationPercent;
  for (const agent of queue.agents) {
    queue.members.set(agent.user, { joined: allocationPercent > 0 });
    for (const licence of site.file.platform.licences) licences.addSettled(agent.user, licence);
  }
  world.ledger.write({
    system: 'guide',
    method: 'PATCH',
    path: request.path,
    resource: `queue ${queue.id}`,
    before,
    after: { allocationPercent },
  });
  return { status: 200, body: shownQueue(site, queue) };
}

function bodyOf<T>(schema: z.ZodType<T>, request: ApiRequest): T {
  const parsed = schema.safeParse(jsonOf(request));
  if (!parsed.success) throw new Refused(400, z.prettifyError(parsed.error));
  return parsed.data;
}

function shownTrunk({ site, base }: { site: SiteWorld; base: TrunkBase }) {
  const enabled = isTrunkEnabled(base);
  return {
    id: base.id,
    name: base.body.name,
    enabled,
    status: enabled && base.inService ? 'ACTIVE' : 'STANDBY',
    maxConcurrentSessions: base.body.properties.trunk_max_concurrent_calls?.value.instance ?? null,
    codecPreferences: site.file.mirror.codecs.map((codec) => codec.replace('audio/', '').toUpperCase()),
    callerId: site.file.mirror.callerId,
    siteId: site.name,
  };
}

function shownQueue(site: SiteWorld, queue: NewQueue) {
  const allocationPercent = queue.guidePercent ?? site.allocation.allocationPercent;
  return { id: queue.id, name: queue.body.name, allocationPercent };
}

/** The last 30 sandbox minutes; `failureRate` is a share of 1, failed over finished, 0 when nothing finished. */
function realtime(world: World, { site, queue }: { site: SiteWorld; queue: NewQueue }) {
  const to = world.agenda.now + 1;
  const from = to - REALTIME_MS;
  const records = recent(site.records.queue, (record) => record.offeredAt, from, to).filter(
    (record) => record.queue === queue.id,
  );
  const offered = records.filter((record) => within(record.offeredAt, from, to)).length;
  const completed = records.filter(
    (r) => r.answeredAt !== null && r.failedAt === null && within(r.endedAt, from, to),
  ).length;
  const failed = records.filter((r) => within(r.failedAt, from, to) || within(r.abandonedAt, from, to)).length;
  const finished = completed + failed;
  const failureRate = finished === 0 ? 0 : failed / finished;
  return { queueId: queue.id, offered, completed, failed, waiting: callsWaiting(queue).length, failureRate };
}
