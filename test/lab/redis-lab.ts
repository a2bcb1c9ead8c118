/**
 * Redis as it is run for real, on loopback: three servers of which Sentinels choose the master, or three that share the slots
 * of a Cluster. Each can be killed without a word and come back with what it has on disk.
 */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Cluster, Redis } from 'ioredis';
import { findRedis, type RedisProgram } from '../../sandbox/redis/find-server';
import { redisRules } from '../support/redis-rules';
import { freePorts } from './free-ports';
import { openServerRoom, type ServerProcess, type ServerRoom } from './server-room';
import { until } from './until';

export interface RedisNode {
  readonly port: number;
  readonly client: Redis;
  running(): boolean;
  /** SIGKILL; resolves when it is gone. */
  kill(): Promise<void>;
  /** The process stands still, its connections stay. */
  hang(): void;
  /** The same server again: its port, its folder, its append-only file. It follows `master`, or takes itself for one. */
  start(master?: RedisNode): Promise<void>;
}

export interface RedisLab {
  readonly nodes: readonly RedisNode[];
  /** What a bot is told. */
  readonly settings: Readonly<Record<string, string>>;
  /** A client as anybody would have one, beside the product's. */
  connect(): Redis | Cluster;
  close(): Promise<void>;
}

export interface SentinelLab extends RedisLab {
  /** Whom the Sentinels name; null while they do not agree. */
  master(): Promise<RedisNode | null>;
  /** Until another than `former` is it, and has as many replicas. */
  promoted(former: RedisNode | null, replicas: number): Promise<RedisNode>;
}

export const MASTER = 'house';
const HOST = '127.0.0.1';
/** Not shorter: on a busy machine a server that lives says nothing for a second. */
const DOWN_AFTER_MS = 1_200;
const FAILOVER_MS = 20_000;
const SLOTS = 16_384;
const PASSWORD = 'planted-redis-password-4711';
/** The bot may do what docs/operating.md says, and no more. */
const USER = ['--user', 'cutover', ...redisRules('Redis', PASSWORD)];
const AS_USER = { REDIS_USERNAME: 'cutover', REDIS_PASSWORD: PASSWORD, REDIS_MIN_REPLICAS: '1' };

export async function startSentinelLab(): Promise<SentinelLab> {
  const { room, nodes, program } = await startNodes(() => []);
  const [first] = nodes;
  if (!first) throw new Error('no server was started');
  for (const replica of nodes.slice(1)) await replica.client.replicaof(HOST, first.port);
  const ports = await freePorts(3);
  await Promise.all(ports.map((port) => startSentinel(room, program, port, first.port)));
  const sentinels = ports.map((port) => ({ host: HOST, port }));
  const guides = sentinels.map(({ host, port }) => quiet(new Redis(port, host, { maxRetriesPerRequest: 1 })));
  room.onClose(() => disconnect([...guides, ...nodes.map(({ client }) => client)]));
  const master = async (): Promise<RedisNode | null> => {
    const named = await Promise.all(
      guides.map((guide) => guide.call('SENTINEL', 'GET-MASTER-ADDR-BY-NAME', MASTER).catch(() => null)),
    );
    const ports = new Set(named.map((address) => (Array.isArray(address) ? Number(address[1]) : 0)));
    return ports.size === 1 ? (nodes.find(({ port }) => ports.has(port)) ?? null) : null;
  };
  const inSync = async (node: RedisNode, replicas: number): Promise<boolean> => {
    const info = await node.client.info('replication');
    return /role:master/.test(info) && (info.match(/state=online/g)?.length ?? 0) >= replicas;
  };
  const knowEachOther = async (): Promise<boolean> => {
    const told = (await Promise.all(
      guides.map((guide) => guide.call('SENTINEL', 'CKQUORUM', MASTER)),
    )) as readonly string[];
    const seen = await Promise.all(guides.map((guide) => guide.info('sentinel')));
    return told.every((text) => text.startsWith('OK 3')) && seen.every((info) => /slaves=2,sentinels=3/.test(info));
  };
  if (!(await until(async () => (await inSync(first, 2)) && (await knowEachOther()), FAILOVER_MS)))
    throw new Error('the Sentinels do not know each other');
  return {
    nodes,
    settings: {
      REDIS_SENTINELS: sentinels.map(({ host, port }) => `${host}:${port}`).join(','),
      REDIS_SENTINEL_MASTER: MASTER,
      REDIS_SENTINEL_USERNAME: 'cutover',
      REDIS_SENTINEL_PASSWORD: PASSWORD,
      ...AS_USER,
    },
    connect: () => quiet(new Redis({ sentinels, name: MASTER, maxRetriesPerRequest: null })),
    master,
    promoted: async (former, replicas) => {
      let found: RedisNode | null = null;
      const done = await until(async () => {
        found = await master();
        return found !== null && found !== former && (await inSync(found, replicas));
      }, FAILOVER_MS);
      if (!done || found === null) throw new Error('no other master was chosen');
      return found;
    },
    close: () => room.close(),
  };
}

export interface ClusterLab extends RedisLab {
  /** The master that has the slot of this key, as soon as it is another than `former`. */
  ownerOf(key: string, former?: RedisNode): Promise<RedisNode>;
  /** Those that follow a master. */
  replicasOf(master: RedisNode): Promise<readonly RedisNode[]>;
  /** Moves the slot of this key, and all that lies in it, to another master, as it is done by hand. */
  moveSlot(key: string, to: RedisNode): Promise<void>;
}

/** Three masters. The one that has the slot of this key has a replica, and so has another. */
export async function startClusterLab(key: string): Promise<ClusterLab> {
  const count = 5;
  const buses = await freePorts(count);
  const { room, nodes } = await startNodes(
    (i) => ['--cluster-enabled', 'yes', '--cluster-port', `${buses[i]}`, '--cluster-node-timeout', '1500'],
    count,
  );
  room.onClose(() => disconnect(nodes.map(({ client }) => client)));
  const [masters, others] = [nodes.slice(0, 3), nodes.slice(3)];
  const share = Math.ceil(SLOTS / masters.length);
  for (const [i, { client }] of masters.entries())
    await client.cluster('ADDSLOTSRANGE', i * share, Math.min((i + 1) * share, SLOTS) - 1);
  for (const [i, { client }] of nodes.entries()) {
    await client.call('CLUSTER', 'SET-CONFIG-EPOCH', String(i + 1));
    await client.call('CLUSTER', 'MEET', HOST, String(nodes[0]?.port), String(buses[0]));
  }
  const together = new RegExp(`cluster_state:ok[\\s\\S]*cluster_known_nodes:${count}`);
  await all(nodes, async ({ client }) => together.test(String(await client.cluster('INFO'))));
  const ownerOf = (of: string, former?: RedisNode): Promise<RedisNode> => ownerIn(nodes, of, former);
  const owner = await ownerOf(key);
  const followed = [owner, ...masters.filter((node) => node !== owner)].slice(0, others.length);
  for (const [i, master] of followed.entries())
    await others[i]?.client.call('CLUSTER', 'REPLICATE', String(await master.client.call('CLUSTER', 'MYID')));
  const replicasOf = async (master: RedisNode): Promise<readonly RedisNode[]> => {
    const info = await master.client.info('replication');
    return nodes.filter(({ port }) => new RegExp(`port=${port},state=online`).test(info));
  };
  await all(followed, async (master) => (await replicasOf(master)).length === 1);
  return {
    nodes,
    settings: {
      REDIS_CLUSTER_NODES: nodes.map(({ port }) => `${HOST}:${port}`).join(','),
      ...AS_USER,
    },
    connect: () => {
      const known = nodes.map(({ port }) => ({ host: HOST, port }));
      return quiet(new Cluster(known, { maxRedirections: 1_000 }));
    },
    ownerOf,
    replicasOf,
    moveSlot: async (of, to) => {
      const info = await Promise.all(nodes.map(({ client }) => client.info('replication')));
      await moveSlot(
        await ownerOf(of),
        to,
        nodes.filter((_, i) => /role:master/.test(info[i] ?? '')),
        of,
      );
    },
    close: () => room.close(),
  };
}

async function all(nodes: readonly RedisNode[], ask: (node: RedisNode) => Promise<boolean>): Promise<void> {
  for (const node of nodes)
    if (!(await until(() => ask(node), FAILOVER_MS))) throw new Error('the nodes of the Cluster do not find together');
}

async function ownerIn(nodes: readonly RedisNode[], key: string, former: RedisNode | undefined): Promise<RedisNode> {
  let owner: RedisNode | undefined;
  const found = await until(async () => {
    const asked = nodes.find((node) => node.running() && node !== former);
    const slot = Number(await asked?.client.call('CLUSTER', 'KEYSLOT', key));
    const ranges = (await asked?.client.call('CLUSTER', 'SLOTS')) as readonly [number, number, [string, number]][];
    const port = ranges.find(([from, to]) => from <= slot && slot <= to)?.[2][1];
    owner = nodes.find((node) => node.port === port);
    return owner !== undefined && owner !== former && owner.running();
  }, FAILOVER_MS);
  if (!found || !owner) throw new Error(`nobody has taken over the slot of ${key}`);
  return owner;
}

async function moveSlot(from: RedisNode, to: RedisNode, masters: readonly RedisNode[], key: string): Promise<void> {
  const slot = String(await from.client.call('CLUSTER', 'KEYSLOT', key));
  const [source, target] = await Promise.all([from, to].map(({ client }) => client.call('CLUSTER', 'MYID')));
  await to.client.call('CLUSTER', 'SETSLOT', slot, 'IMPORTING', String(source));
  await from.client.call('CLUSTER', 'SETSLOT', slot, 'MIGRATING', String(target));
  for (;;) {
    const keys = (await from.client.call('CLUSTER', 'GETKEYSINSLOT', slot, '20')) as readonly string[];
    if (keys.length === 0) break;
    await from.client.call('MIGRATE', HOST, String(to.port), '', '0', '5000', 'KEYS', ...keys);
  }
  for (const { client } of [to, ...masters.filter((each) => each !== to)])
    await client.call('CLUSTER', 'SETSLOT', slot, 'NODE', String(target));
}

async function startNodes(
  more: (i: number) => readonly string[],
  count = 3,
): Promise<{ readonly room: ServerRoom; readonly nodes: readonly RedisNode[]; readonly program: RedisProgram }> {
  const program = await findRedis(() => undefined);
  const room = await openServerRoom('redis');
  try {
    const ports = await freePorts(count);
    const nodes = await Promise.all(ports.map((port, i) => startNode(room, program, port, more(i))));
    return { room, nodes, program };
  } catch (cause) {
    await room.close();
    throw cause;
  }
}

async function startNode(
  room: ServerRoom,
  program: RedisProgram,
  port: number,
  more: readonly string[],
): Promise<RedisNode> {
  const folder = join(room.folder, `redis-${port}`);
  await mkdir(folder);
  const client = quiet(new Redis(port, HOST, { maxRetriesPerRequest: null, retryStrategy: () => 50 }));
  const ping = quiet(new Redis(port, HOST, { maxRetriesPerRequest: 0, retryStrategy: () => 50, lazyConnect: true }));
  room.onClose(() => ping.disconnect());
  const args = ['--port', `${port}`, '--bind', HOST, '--dir', folder, '--appendonly', 'yes', '--save', ''];
  const manners = ['--maxmemory-policy', 'noeviction', '--repl-diskless-sync-delay', '0', '--hz', '50'];
  const launch = (master?: RedisNode): Promise<ServerProcess> =>
    room.start({
      name: `redis-${port}`,
      program: program.path,
      args: [
        ...args,
        ...manners,
        '--protected-mode',
        'no',
        ...USER,
        ...more,
        ...(master ? ['--replicaof', `${HOST} ${master.port}`] : []),
      ],
      env: program.env,
      answers: async () => (await ping.ping()) === 'PONG',
    });
  let server = await launch();
  return {
    port,
    client,
    running: () => server.running(),
    hang: () => void process.kill(server.pid, 'SIGSTOP'),
    kill: async () => {
      process.kill(server.pid, 'SIGKILL');
      await server.ended;
    },
    start: async (master) => {
      server = await launch(master);
    },
  };
}

async function startSentinel(room: ServerRoom, program: RedisProgram, port: number, master: number): Promise<void> {
  const file = join(room.folder, `sentinel-${port}.conf`);
  const lines = [
    `port ${port}`,
    `bind ${HOST}`,
    `dir ${room.folder}`,
    `sentinel monitor ${MASTER} ${HOST} ${master} 2`,
    `sentinel down-after-milliseconds ${MASTER} ${DOWN_AFTER_MS}`,
    `sentinel failover-timeout ${MASTER} 20000`,
    `sentinel parallel-syncs ${MASTER} 2`,
    `user cutover ${redisRules('Sentinel', PASSWORD).join(' ')}`,
  ];
  await writeFile(file, `${lines.join('\n')}\n`);
  const ping = quiet(new Redis(port, HOST, { maxRetriesPerRequest: 0, retryStrategy: () => 50, lazyConnect: true }));
  room.onClose(() => ping.disconnect());
  await room.start({
    name: `sentinel-${port}`,
    program: program.path,
    args: [file, '--sentinel'],
    env: program.env,
    answers: async () => (await ping.ping()) === 'PONG',
  });
}

function quiet<Client extends Redis | Cluster>(client: Client): Client {
  client.on('error', () => undefined);
  return client;
}

function disconnect(clients: readonly Redis[]): void {
  for (const client of clients) client.disconnect();
}
