/** The customer's own middleware: the legacy telephony and the CRM, each behind a bearer token. */
import { z } from 'zod';
import { type ApiDesk, type ApiReply, type ApiRequest, jsonOf, Refused } from './http';
import { setLegacyQueue, setLegacyTrunk } from './model/by-hand';
import { p95, recent, type SyncRecord, within } from './model/call-records';
import { callsWaiting, canAnswerOnLegacy } from './model/queueing';
import { offWork } from './model/shifts';
import type { LegacyQueue, LegacyTrunk, SiteWorld, World } from './model/world';

const trunkBody = z.strictObject({ mode: z.enum(['active', 'standby', 'off']) });
const queueBody = z.strictObject({ enabled: z.boolean() });
const crmBody = z.strictObject({ platform: z.enum(['legacy', 'both', 'genesys-cloud']) });

/** `/v1/trunks/{id}`, `/v1/queues/{id}`, `/v1/sites/{site}/calls`, `/v1/sites/{site}/scheduled`, `/v1/sites/{site}/agents`. */
export function legacyDesk(world: World, token: string): ApiDesk {
  const trunkOf = (request: ApiRequest) =>
    found(
      world.sites.flatMap((site) => site.legacyTrunks.map((it) => ({ site, it }))),
      request,
      'trunk',
    );
  const queueOf = (request: ApiRequest) =>
    found(
      world.sites.flatMap((site) => site.legacyQueues.map((it) => ({ site, it }))),
      request,
      'queue',
    );
  return bearerDesk(token, {
    'GET /v1/trunks/{id}': (request) => {
      const { site, it } = trunkOf(request);
      return { status: 200, body: shownTrunk(site, it) };
    },
    'PUT /v1/trunks/{id}': (request) => {
      const { site, it } = trunkOf(request);
      const { mode } = bodyOf(trunkBody, request);
      const before = { mode: it.mode };
      setLegacyTrunk(world, site, it, mode);
      world.ledger.write({
        system: 'legacy',
        method: 'PUT',
        path: request.path,
        resource: `legacy-trunk ${it.id}`,
        before,
        after: { mode },
      });
      return { status: 200, body: shownTrunk(site, it) };
    },
    'GET /v1/queues/{id}': (request) => ({ status: 200, body: shownQueue(queueOf(request).it) }),
    'PUT /v1/queues/{id}': (request) => {
      const { it } = queueOf(request);
      const { enabled } = bodyOf(queueBody, request);
      const before = { enabled: it.enabled };
      setLegacyQueue(world, it, enabled);
      world.ledger.write({
        system: 'legacy',
        method: 'PUT',
        path: request.path,
        resource: `legacy-queue ${it.id}`,
        before,
        after: { enabled },
      });
      return { status: 200, body: shownQueue(it) };
    },
    'GET /v1/sites/{site}/calls': (request) => {
      const site = siteOf(world, request);
      return { status: 200, body: legacyCalls(site, ...spanOf(request)) };
    },
    'GET /v1/sites/{site}/scheduled': (request) => {
      const site = siteOf(world, request);
      spanOf(request);
      const groups: Record<string, number> = {};
      const off = offWork(site);
      for (const { group, user } of site.agents) groups[group] = (groups[group] ?? 0) + (off.has(user) ? 0 : 1);
      return { status: 200, body: { groups } };
    },
    'GET /v1/sites/{site}/agents': (request) => {
      const site = siteOf(world, request);
      const loggedIn = new Set(
        site.legacyQueues.flatMap((queue) => queue.agents.filter((agent) => canAnswerOnLegacy(queue, agent))),
      );
      return { status: 200, body: { scheduled: site.agents.length, loggedIn: loggedIn.size } };
    },
  });
}

/** `/v1/sites/{entry}` and `/v1/sites/{entry}/sync`. */
export function crmDesk(world: World, token: string): ApiDesk {
  const entryOf = (request: ApiRequest): SiteWorld => {
    const site = world.sites.find((candidate) => candidate.file.crm.entry === request.params.entry);
    if (!site) throw new Refused(404, `There is no CRM entry ${request.params.entry ?? ''}.`);
    return site;
  };
  const shown = (site: SiteWorld) => ({ entry: site.file.crm.entry, platform: site.crmPlatform });
  return bearerDesk(token, {
    'GET /v1/sites/{entry}': (request) => ({ status: 200, body: shown(entryOf(request)) }),
    'PUT /v1/sites/{entry}': (request) => {
      const site = entryOf(request);
      const { platform } = bodyOf(crmBody, request);
      const before = { platform: site.crmPlatform };
      site.crmPlatform = platform;
      world.ledger.write({
        system: 'crm',
        method: 'PUT',
        path: request.path,
        resource: `crm-entry ${site.file.crm.entry}`,
        before,
        after: { platform },
      });
      return { status: 200, body: shown(site) };
    },
    'GET /v1/sites/{entry}/sync': (request) => {
      const site = entryOf(request);
      const [from, to] = spanOf(request);
      const rows = recent(site.records.sync, (row) => row.answeredAt, from, to).filter((row) =>
        within(row.answeredAt, from, to),
      );
      const of = (platform: SyncRecord['platform']) => synced(rows.filter((row) => row.platform === platform));
      const byPlatform = { legacy: of('legacy'), 'genesys-cloud': of('genesys-cloud'), shadow: of('shadow') };
      return { status: 200, body: { ...synced(rows.filter((row) => row.platform !== 'shadow')), byPlatform } };
    },
  });
}

function bearerDesk(token: string, routes: ApiDesk['routes']): ApiDesk {
  const refuse = (status: number, message: string): ApiReply => ({ status, body: { error: message } });
  return {
    refuse,
    before: (request) =>
      request.headers.authorization === `Bearer ${token}`
        ? undefined
        : refuse(401, 'A valid bearer token is required.'),
    routes,
  };
}

function found<T extends { readonly id: string }>(
  all: readonly { site: SiteWorld; it: T }[],
  request: ApiRequest,
  what: string,
) {
  const one = all.find(({ it }) => it.id === request.params.id);
  if (!one) throw new Refused(404, `There is no ${what} ${request.params.id ?? ''}.`);
  return one;
}

function siteOf(world: World, request: ApiRequest): SiteWorld {
  const site = world.sites.find((candidate) => candidate.name === request.params.site);
  if (!site) throw new Refused(404, `There is no site ${request.params.site ?? ''}.`);
  return site;
}

function bodyOf<T>(schema: z.ZodType<T>, request: ApiRequest): T {
  const parsed = schema.safeParse(jsonOf(request));
  if (!parsed.success) throw new Refused(400, z.prettifyError(parsed.error));
  return parsed.data;
}

function spanOf(request: ApiRequest): [number, number] {
  const from = Date.parse(request.query.get('from') ?? '');
  const to = Date.parse(request.query.get('to') ?? '');
  if (Number.isNaN(from) || Number.isNaN(to) || from > to)
    throw new Refused(400, 'from and to must be ISO-8601 times in order.');
  return [from, to];
}

function shownTrunk(site: SiteWorld, trunk: LegacyTrunk) {
  const { dids, callerId, codecs } = site.file.mirror;
  const { id, mode, live, maxConcurrentSessions, version } = trunk;
  return { id, mode, liveCalls: live.size, dids, callerId, codecs, maxConcurrentSessions, version };
}

function shownQueue(queue: LegacyQueue) {
  const waiting = callsWaiting(queue).length;
  return { id: queue.id, enabled: queue.enabled, waiting, liveCalls: queue.live, version: queue.version };
}

function legacyCalls(site: SiteWorld, from: number, to: number) {
  const records = recent(site.records.legacy, (record) => record.offeredAt, from, to);
  const count = (timeOf: (record: (typeof records)[number]) => number | null) =>
    records.filter((r) => within(timeOf(r), from, to)).length;
  const menu = records.filter((record) => record.throughMenu);
  const done = records.filter((record) => within(record.completedAt, from, to));
  return {
    offered: count((record) => record.offeredAt) - count((record) => record.hungUpAt),
    completed: done.length,
    failed: count((record) => record.failedAt),
    ivrEntered: menu.filter((record) => within(record.offeredAt, from, to)).length,
    ivrAbandoned: menu.filter((record) => within(record.hungUpAt, from, to)).length,
    crmLatencyP95Ms: p95(done.map((record) => record.crmLatencyMs)),
  };
}

function synced(rows: readonly SyncRecord[]) {
  const done = rows.filter((row) => row.synced);
  return { calls: rows.length, synced: done.length, p95LatencyMs: p95(done.map((row) => row.latencyMs)) };
}
