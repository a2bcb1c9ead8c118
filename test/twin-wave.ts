/** The moves of a wave, made by hand in a test: what the bot does, without the bot. */
import { readSites, type SiteFile } from '../sandbox/twin/model/site-file';
import { agentsOf, type Body, items, legacy, MINUTE, SECOND, SITES, setRecord, type TestWorld } from './twin-world';

const EDGES = '/api/v2/telephony/providers/edges';

export interface Moves {
  readonly file: SiteFile;
  dns(side: 'legacy' | 'target', ttl: number): Promise<void>;
  assignLicences(): Promise<void>;
  allocate(allocationPercent: number, shadowPercent?: number): Promise<void>;
  trunk(role: 'inbound' | 'failover', enabled: boolean): Promise<void>;
  route(enabled: boolean): Promise<void>;
  reboot(phones: readonly string[]): Promise<void>;
  join(joined: boolean): Promise<void>;
  legacyTrunk(mode: 'active' | 'standby' | 'off'): Promise<void>;
  legacyQueues(enabled: boolean): Promise<void>;
  /** Everything up to and including the allocation at 100 percent, in the right order. */
  shift(): Promise<void>;
  registered(): Promise<number>;
}

export function movesOf(world: TestWorld, site: string): Moves {
  const description = readSites(SITES).find((one) => one.file.site === site);
  if (!description) throw new Error(`no ${site}`);
  const { file } = description;
  const { platform } = file;
  const agents = agentsOf(site);
  const ok = async (reply: Promise<{ status: number; body: Body }>) => {
    const { status, body } = await reply;
    if (status >= 300) throw new Error(`${status} ${JSON.stringify(body)}`);
    return body;
  };
  const rewrite = async (path: string, change: (object: Body) => object) => {
    const object = await ok(world.genesys('GET', path));
    await ok(world.genesys('PUT', path, { ...object, ...change(object) }));
  };
  const moves: Moves = {
    file,
    dns: async (side, ttl) => {
      for (const record of file.dns.records)
        await ok(setRecord(world, file.dns.zone, record.name, ttl, record[side], record.type));
    },
    assignLicences: async () => {
      const userIdsAdd = agents.map((agent) => agent.user);
      const assignments = platform.licences.map((licenseId) => ({ licenseId, userIdsAdd, userIdsRemove: [] }));
      await ok(world.genesys('POST', '/api/v2/license/organization', { assignments }));
    },
    allocate: async (allocationPercent, shadowPercent = 0) => {
      const { table, row } = platform.allocation;
      await ok(
        world.genesys('PUT', `/api/v2/flows/datatables/${table}/rows/${row}`, {
          KEY: row,
          allocationPercent,
          shadowPercent,
        }),
      );
    },
    trunk: async (role, enabled) => {
      for (const { trunkBase } of role === 'inbound' ? platform.inboundTrunks : platform.failoverTrunks) {
        await rewrite(`${EDGES}/trunkbasesettings/${trunkBase}`, ({ properties }) => ({
          properties: { ...properties, trunk_enabled: { value: { instance: enabled } } },
        }));
      }
    },
    route: async (enabled) => {
      for (const { route } of platform.outboundRoutes)
        await rewrite(`${EDGES}/sites/${platform.site}/outboundroutes/${route}`, () => ({ enabled }));
    },
    reboot: async (phoneIds) => {
      await ok(world.genesys('POST', `${EDGES}/phones/reboot`, { phoneIds }));
    },
    join: async (joined) => {
      for (const { queue, groups } of platform.queues) {
        const ids = agents.filter((agent) => groups.includes(agent.group)).map((agent) => agent.user);
        for (let i = 0; i < ids.length; i += 100) {
          await ok(
            world.genesys(
              'PATCH',
              `/api/v2/routing/queues/${queue}/members`,
              ids.slice(i, i + 100).map((id) => ({ id, joined })),
            ),
          );
        }
      }
      world.go(5 * SECOND);
    },
    legacyTrunk: async (mode) => {
      for (const id of file.legacy.trunks) await ok(legacy(world, 'PUT', `/v1/trunks/${id}`, { mode }));
    },
    legacyQueues: async (enabled) => {
      for (const id of file.legacy.queues) await ok(legacy(world, 'PUT', `/v1/queues/${id}`, { enabled }));
    },
    registered: async () => {
      const path = `${EDGES}/phones?siteId=${platform.site}&statusOperationalStatus=OPERATIONAL`;
      return Number((await ok(world.genesys('GET', path))).total);
    },
    shift: async () => {
      await moves.dns('legacy', 300);
      await moves.assignLicences();
      world.go(72 * 60 * MINUTE);
      await moves.dns('target', 300);
      world.go(15 * MINUTE);
      await moves.legacyTrunk('standby');
      await moves.trunk('inbound', true);
      world.go(10 * SECOND);
      for (let i = 0; i < agents.length; i += 24) {
        await moves.reboot(agents.slice(i, i + 24).map((agent) => agent.phone));
        world.go(2 * MINUTE);
      }
      await moves.route(true);
      await moves.trunk('failover', true);
      await moves.join(true);
      await moves.allocate(100);
    },
  };
  return moves;
}

export function lossesOf(world: TestWorld, site: string): Readonly<Record<string, number>> {
  return { ...world.twin.ledger().calls[site]?.lost };
}

/** One metric of the conversation aggregates over all queues of the site, counted. */
export async function countOf(
  world: TestWorld,
  file: SiteFile,
  metric: string,
  from: number,
  to: number,
): Promise<number> {
  const predicates = file.platform.queues.map(({ queue }) => ({ dimension: 'queueId', value: queue }));
  const query = {
    interval: `${new Date(from).toISOString()}/${new Date(to).toISOString()}`,
    metrics: [metric],
    filter: { type: 'or', predicates },
  };
  const { body } = await world.genesys('POST', '/api/v2/analytics/conversations/aggregates/query', query);
  const found = items(items(items(body.results)[0]?.data)[0]?.metrics)[0];
  return Number(found?.stats?.count ?? 0);
}
