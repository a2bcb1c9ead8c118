/** The Redis that docs/operating.md describes, for real: encrypted, with a password, and a user who may do no more than needed. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { playWave } from '../sandbox/auto';
import { exportLog } from '../sandbox/judgement';
import { PROJECT } from '../sandbox/options';
import type { Sandbox } from '../sandbox/sandbox';
import { keysOf } from '../src/adapters/store/keys';
import { connectRedis, inspectRedis } from '../src/adapters/store/redis-connection';
import type { Store } from '../src/adapters/store/store';
import { cutover, settingsWith } from './support/cutover-process';
import { type PrivateCa, privateCa } from './support/private-ca';
import { redisRules } from './support/redis-rules';
import { openSandbox } from './support/wave-run';

jest.setTimeout(200_000);

const PASSWORD = 'planted-redis-password-4711';
const KEYS = keysOf('cutover');
const silently = (): void => undefined;

let authority: PrivateCa;
let stranger: PrivateCa;
let sitesDir: string;
let sandbox: Sandbox;
let admin: Redis;
let port: number;

beforeAll(async () => {
  authority = privateCa();
  stranger = privateCa();
  sitesDir = mkdtempSync(join(tmpdir(), 'cutover-test-sites-'));
  cpSync(join(PROJECT, 'sites'), sitesDir, { recursive: true });
  const file = join(sitesDir, 'site-a.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replaceAll('ttl: 3600', 'ttl: 300'));
  sandbox = await openSandbox({ site: 'site-a', sitesDir });
  admin = new Redis(sandbox.redis.url);
  const { cert, key } = authority.certify(['IP:127.0.0.1']);
  for (const [name, text] of [
    ['redis.crt', cert],
    ['redis.key', key],
    ['redis-ca.crt', authority.ca],
  ] as const)
    writeFileSync(join(authority.folder, name), text);
  port = await freePort();
  const at = (name: string): string => join(authority.folder, name);
  await admin.call('CONFIG', 'SET', 'tls-cert-file', at('redis.crt'), 'tls-key-file', at('redis.key'));
  await admin.call('CONFIG', 'SET', 'tls-auth-clients', 'no');
  await admin.call('CONFIG', 'SET', 'tls-port', String(port));
  await admin.call('ACL', 'SETUSER', 'cutover', ...redisRules('Redis', PASSWORD));
});
afterAll(async () => {
  admin?.disconnect();
  await sandbox?.close();
  authority?.remove();
  stranger?.remove();
  if (sitesDir) rmSync(sitesDir, { recursive: true, force: true });
});

const url = (password = PASSWORD): string => `rediss://cutover:${password}@127.0.0.1:${port}`;
const opened: Store[] = [];
const connected = (ca: string | null = authority.ca, address = url()): Store => {
  const redis = connectRedis({ kind: 'one', url: address, tlsCa: ca }, 'click', silently);
  opened.push(redis);
  return redis;
};
afterEach(() => {
  for (const redis of opened.splice(0)) redis.disconnect();
});

it('carries a wave from its start to its end, through the bot and the queues, without one command refused', async () => {
  const settings = { REDIS_URL: url(), REDIS_TLS_CA: join(authority.folder, 'redis-ca.crt') };
  cpSync(settingsWith(sandbox, 'encrypted', settings), sandbox.config);
  await admin.call('ACL', 'LOG', 'RESET');
  await sandbox.startBot();
  const start = '/cutover start site-a from guide-example.json';
  const seen = await playWave(sandbox, { site: 'site-a', say: silently, start });
  // A wave that went back says why in its last events.
  const how = seen.status === 'completed' ? [] : (await exportLog(sandbox, 'site-a-wave-1')).slice(-40);
  expect([seen.status, how]).toEqual(['completed', []]);
  expect(String(await admin.call('CLIENT', 'LIST')).match(/ user=cutover /g)?.length).toBeGreaterThan(2);
  expect((await exportLog(sandbox, 'site-a-wave-1')).length).toBeGreaterThan(10);
  const refused = (await admin.call('ACL', 'LOG')) as readonly (readonly unknown[])[];
  const asked = refused.map((entry) => entry[entry.indexOf('object') + 1]);
  // Asked and done without: the one would show the server's own secrets, the other is newer than some servers.
  expect(asked.filter((command) => command !== 'config|get' && command !== 'client|setinfo')).toEqual([]);
});

it('tells the bot how durable it is, though CONFIG is forbidden', async () => {
  const found = await inspectRedis(connected(), KEYS);
  expect(found).toMatchObject({ policy: 'noeviction', appendOnly: true });
});

it('is looked at by doctor, which repeats no password', async () => {
  const said = await cutover(['--config', sandbox.config, 'doctor', 'site-a']);
  expect(said.out).toMatch(/^site-a: /m);
  expect(said.out + said.err).not.toContain(PASSWORD);
});

it.each([
  ['FLUSHALL'],
  ['FLUSHDB'],
  ['CONFIG', 'GET', 'requirepass'],
  ['CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru'],
  ['ACL', 'LIST'],
  ['ACL', 'SETUSER', 'cutover', '+@all'],
  ['KEYS', '*'],
  ['SCAN', '0'],
  ['MONITOR'],
  ['SHUTDOWN'],
  ['REPLICAOF', 'NO', 'ONE'],
  ['MODULE', 'LIST'],
  ['SCRIPT', 'FLUSH'],
  ['CLIENT', 'LIST'],
  ['CLIENT', 'KILL', 'ID', '1'],
  ['MIGRATE', '127.0.0.1', '1', '{cutover}:open', '0', '10'],
  ['DUMP', '{cutover}:open'],
  ['PUBLISH', 'anything', 'x'],
  ['SUBSCRIBE', 'anything'],
  ['GET', 'somebody-else'],
  ['SET', 'cutover', 'x'],
  ['SET', '{cutover2}:open', 'x'],
  ['RENAME', '{cutover}:locks', 'mine'],
  ['EVAL', "return redis.call('GET', 'somebody-else')", '0'],
  ['EVAL', "return redis.call('FLUSHALL')", '0'],
])('refuses %s %s %s', async (command, ...args) => {
  await expect(connected().call(command, ...args)).rejects.toThrow(/NOPERM|No permissions|can't access|can't run/i);
});

it('lets nobody in with another password, without one, or as the user that everybody is', async () => {
  for (const address of [url('wrong'), `rediss://127.0.0.1:${port}`, `rediss://:x@127.0.0.1:${port}`]) {
    await admin.call('ACL', 'SETUSER', 'default', 'off');
    const cause: unknown = await inspectRedis(connected(authority.ca, address), KEYS)
      .catch((error: unknown) => error)
      .finally(() => admin.call('ACL', 'SETUSER', 'default', 'on'));
    expect(cause).toBeInstanceOf(Error);
    expect(String(cause)).not.toContain('wrong');
  }
});

it('is not spoken to when another authority vouches for it, or nobody', async () => {
  for (const ca of [stranger.ca, null]) {
    const heard: string[] = [];
    const redis = connectRedis({ kind: 'one', url: url(), tlsCa: ca }, 'click', (about) =>
      heard.push(JSON.stringify(about)),
    );
    opened.push(redis);
    await expect(redis.ping()).rejects.toThrow();
    expect(heard.join()).toMatch(/certificate|self-signed|unable to verify/i);
    expect(heard.join()).not.toContain(PASSWORD);
  }
});

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port on loopback');
  return address.port;
}
