/** The way to Sentinels, to the server that they name and to a Cluster, encrypted under an authority of one's own. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { findRedis, type RedisProgram } from '../../sandbox/redis/find-server';
import { connectRedis } from '../../src/adapters/store/redis-connection';
import type { RedisPlace } from '../../src/adapters/store/redis-place';
import { freePorts } from '../lab/free-ports';
import { openServerRoom, type ServerRoom } from '../lab/server-room';
import { type PrivateCa, privateCa } from '../support/private-ca';

const HOST = '127.0.0.1';
const PASSWORD = 'planted-redis-password-4711';

let room: ServerRoom;
let program: RedisProgram;
let authority: PrivateCa;
let stranger: PrivateCa;
let ports: readonly number[];

const access = (tlsCa: string) => ({ username: null, password: PASSWORD, tls: true, tlsCa });
const bySentinel = (tlsCa: string): RedisPlace => ({
  ...access(tlsCa),
  kind: 'sentinel',
  sentinels: [{ host: HOST, port: ports[1] ?? 0 }],
  master: 'house',
  sentinelUsername: null,
  sentinelPassword: PASSWORD,
});
const inCluster = (tlsCa: string): RedisPlace => ({
  ...access(tlsCa),
  kind: 'cluster',
  nodes: [{ host: HOST, port: ports[2] ?? 0 }],
});

beforeAll(async () => {
  [authority, stranger] = [privateCa(), privateCa()];
  program = await findRedis(() => undefined);
  room = await openServerRoom('redis-tls');
  ports = await freePorts(4);
  const { cert, key } = authority.certify([`IP:${HOST}`]);
  for (const [name, text] of [
    ['redis.crt', cert],
    ['redis.key', key],
    ['ca.crt', authority.ca],
  ] as const)
    writeFileSync(join(room.folder, name), text, { mode: 0o600 });
  const [master, sentinel, node, bus] = ports;
  const config = [`sentinel monitor house ${HOST} ${master} 1`, `sentinel auth-pass house ${PASSWORD}`];
  writeFileSync(join(room.folder, 'sentinel.conf'), `${config.join('\n')}\n`);
  await start(master ?? 0, []);
  await start(node ?? 0, [
    '--cluster-enabled',
    'yes',
    '--cluster-announce-ip',
    HOST,
    '--cluster-port',
    `${bus}`,
    '--tls-cluster',
    'yes',
  ]);
  await start(sentinel ?? 0, ['--sentinel'], 'sentinel.conf');
  const asked = client(node ?? 0);
  await asked.cluster('ADDSLOTSRANGE', 0, 16_383);
  while (!/cluster_state:ok/.test(String(await asked.cluster('INFO'))))
    await new Promise((resolve) => setTimeout(resolve, 50));
  asked.disconnect();
});
afterAll(async () => {
  await room?.close();
  authority?.remove();
  stranger?.remove();
});

function client(port: number): Redis {
  const found = new Redis(port, HOST, { password: PASSWORD, tls: { ca: authority.ca }, maxRetriesPerRequest: 0 });
  found.on('error', () => undefined);
  return found;
}

async function start(port: number, more: readonly string[], file?: string): Promise<void> {
  const at = (name: string): string => join(room.folder, name);
  const ping = client(port);
  room.onClose(() => ping.disconnect());
  const keys = [
    '--tls-cert-file',
    at('redis.crt'),
    '--tls-key-file',
    at('redis.key'),
    '--tls-ca-cert-file',
    at('ca.crt'),
  ];
  const tls = ['--tls-port', `${port}`, '--port', '0', ...keys, '--tls-auth-clients', 'no', '--tls-replication', 'yes'];
  await room.start({
    name: `redis-${port}`,
    program: program.path,
    args: [...(file ? [at(file)] : []), '--bind', HOST, ...tls, '--requirepass', PASSWORD, ...more],
    env: program.env,
    answers: async () => (await ping.ping()) === 'PONG',
  });
}

describe.each([
  ['the server that a Sentinel names', bySentinel],
  ['a Cluster', inCluster],
])('%s', (_, place) => {
  it('is spoken to under the authority that is trusted, and not under another', async () => {
    const heard: string[] = [];
    const note = (about: object): void => void heard.push(JSON.stringify(about));
    const [trusted, other] = [
      connectRedis(place(authority.ca), 'click', note),
      connectRedis(place(stranger.ca), 'click', note),
    ];
    expect(await trusted.set('{house}:a', '1')).toBe('OK');
    await expect(other.get('{house}:a')).rejects.toThrow();
    // Nothing but the authority is another; ioredis says of it only that there is no connection.
    expect(heard.join()).toContain(place === bySentinel ? 'All sentinels are unreachable' : 'Failed to refresh slots');
    expect(heard.join()).not.toContain(PASSWORD);
    trusted.disconnect();
    other.disconnect();
  });
});
