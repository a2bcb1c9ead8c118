/** The store where another server takes over: what an append is worth, and what a master says that is none any more. */
import { keysOf } from '../src/adapters/store/keys';
import { connectRedis } from '../src/adapters/store/redis-connection';
import { createRedisLease } from '../src/adapters/store/redis-lease';
import { asFault } from '../src/adapters/store/redis-wave-log';
import type { Store } from '../src/adapters/store/store';
import { UnclearAppend } from '../src/ports/wave-log';
import { appendOf, fail, PAUSED, plan, STARTED, waveLogOn } from './support/log-appends';
import { type TestRedis, testRedis } from './support/private-redis';

let master: TestRedis;
let replica: TestRedis;
let prefixes = 0;
const opened: Store[] = [];

beforeAll(async () => {
  [master, replica] = await Promise.all([testRedis(), testRedis()]);
  await follow();
});
afterEach(() => {
  for (const store of opened.splice(0)) store.disconnect();
});
afterAll(() => Promise.all([master.close(), replica.close()]));

async function until(ask: () => Promise<boolean>, limitMs: number): Promise<boolean> {
  for (const end = Date.now() + limitMs; Date.now() < end; ) {
    if (await ask()) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

/** The replica has all that the master has. */
async function follow(): Promise<void> {
  await master.client.config('SET', 'repl-diskless-sync-delay', '0');
  await replica.client.replicaof('127.0.0.1', Number(new URL(master.url).port));
  const heard = async (): Promise<boolean> => {
    await master.client.set('heard', 'yes');
    return (await master.client.wait(1, 500)) === 1;
  };
  if (!(await until(heard, 15_000))) fail('the replica does not follow');
}

function given(redis: TestRedis = master, manner: 'click' | 'work' = 'click') {
  const keys = keysOf(`failover-${prefixes++}`);
  const store = connectRedis({ kind: 'one', url: redis.url, tlsCa: null }, manner, () => undefined);
  opened.push(store);
  return { keys, store, log: waveLogOn(store, keys, 1), lease: createRedisLease(store, keys, 1) };
}

describe('an append that has to be on a replica', () => {
  it('counts once it is there, also where the server does not know the script yet', async () => {
    const { log, lease } = given();
    await master.client.script('FLUSH');
    expect(await log.append(appendOf(null, [STARTED]))).toMatchObject({ kind: 'appended' });
    expect(await log.append(appendOf(await log.load(plan.wave), [PAUSED]))).toMatchObject({ kind: 'appended' });
    const ours = await lease.take(plan.wave, 'work');
    expect(await ours?.isHeld()).toBe(true);
    await ours?.release();
  });

  it('is unclear while the replica stands still, and nobody may work on what only the master has', async () => {
    const { log, lease, keys } = given();
    await log.append(appendOf(null, [STARTED]));
    process.kill(replica.pid ?? fail('no replica'), 'SIGSTOP');
    try {
      const late = log.append(appendOf(await log.load(plan.wave), [PAUSED]));
      await expect(late).rejects.toBeInstanceOf(UnclearAppend);
      expect((await log.load(plan.wave))?.wave.seq).toBe(2);
      await expect(lease.take(plan.wave, 'work')).rejects.toMatchObject({ transient: true, system: 'Redis' });
      expect(await master.client.exists(keys.lease(plan.wave, 'work'))).toBe(0);
      expect(await lease.take(plan.wave, 'thread')).not.toBeNull();
    } finally {
      process.kill(replica.pid ?? 0, 'SIGCONT');
    }
    const ours = await lease.take(plan.wave, 'work');
    expect(await ours?.isHeld()).toBe(true);
    await ours?.release();
  });
});

describe('a server that may not write', () => {
  const told = (call: Promise<unknown>): Promise<unknown> => asFault(() => call).catch((cause: unknown) => cause);

  it.each([
    ['READONLY You can’t write against a read only replica.', true],
    ['ERR Error running script: -READONLY You can’t write against a read only replica.', true],
    ['LOADING Redis is loading the dataset in memory', true],
    ['MASTERDOWN Link with MASTER is down', true],
    ['CLUSTERDOWN Hash slot not served', true],
    ['TRYAGAIN Multiple keys request during rehashing of slot', true],
    ['NOREPLICAS Not enough good replicas to write.', true],
    ['ERR Script attempted to access a non local key in a cluster node', true],
    ['ERR unknown command', false],
    ['NOPERM this user has no permissions', false],
    ['WRONGTYPE Operation against a key holding the wrong kind of value', false],
  ])('%s: may pass: %s', async (message, transient) => {
    const refusal = Object.assign(new Error(message), { name: 'ReplyError' });
    expect(await told(Promise.reject(refusal))).toMatchObject({ system: 'Redis', transient });
  });

  it('is no server that holds something foreign: the same append may be tried again', async () => {
    const { log, keys } = given();
    await log.append(appendOf(null, [STARTED]));
    const append = appendOf(await log.load(plan.wave), [PAUSED]);
    const atReplica = waveLogOn(replica.client, keys);
    expect(await until(async () => (await atReplica.load(plan.wave)) !== null, 10_000)).toBe(true);
    await expect(atReplica.append(append)).rejects.toMatchObject({
      transient: true,
      message: expect.stringMatching(/READONLY/),
    });
    expect((await atReplica.load(plan.wave))?.wave.seq).toBe(1);
  });

  it('is left by its connection, and work is done again once it is master', async () => {
    const { log } = given(replica, 'work');
    const connections = async (): Promise<number> =>
      Number(/total_connections_received:(\d+)/.exec(await replica.client.info('stats'))?.[1]);
    const first = await connections();
    const done = log.append(appendOf(null, [STARTED]));
    done.catch(() => undefined);
    expect(await until(async () => (await connections()) >= first + 3, 10_000)).toBe(true);
    await replica.client.replicaof('NO', 'ONE');
    const cause: unknown = await done.catch((why: unknown) => why);
    // Nobody follows the new master yet, so it is there and counts for nothing.
    expect(cause).toBeInstanceOf(UnclearAppend);
    expect((await log.load(plan.wave))?.wave.seq).toBe(1);
    await follow();
  });
});
