/** The store on a real Redis: all or nothing, in order, and known by whom it was written. */
import { keysOf } from '../src/adapters/store/keys';
import { inspectRedis } from '../src/adapters/store/redis-connection';
import { createRedisCursors } from '../src/adapters/store/redis-cursors';
import { createRedisLease } from '../src/adapters/store/redis-lease';
import { createRedisWaveArchive } from '../src/adapters/store/redis-wave-archive';
import { waveId } from '../src/core/ids';
import { Fault } from '../src/ports/fault';
import type { ThreadCursor } from '../src/ports/thread';
import { UnclearAppend } from '../src/ports/wave-log';
import { T0 } from './support/core-waves';
import { appendOf, fail, PAUSED, plan, RESUMED, STARTED, waveLogOn } from './support/log-appends';
import { type TestRedis, testRedis } from './support/private-redis';

let redis: TestRedis;
let prefixes = 0;

beforeAll(async () => {
  redis = await testRedis();
});
afterAll(() => redis.close());

function given(minReplicas = 0) {
  const keys = keysOf(`store-${prefixes++}`);
  const log = waveLogOn(redis.client, keys, minReplicas);
  return { keys, log, cursors: createRedisCursors(redis.client, keys), lease: createRedisLease(redis.client, keys) };
}

const dump = async (tag: string): Promise<string> => {
  const names = (await redis.client.keys(`${tag}*`)).sort();
  return JSON.stringify(await Promise.all(names.map(async (name) => [name, (await redis.client.dump(name))?.length])));
};

describe('an append', () => {
  it('is there as a whole: events, state, indexes and locks', async () => {
    const { log, keys } = given();
    expect(await log.append(appendOf(null, [STARTED, PAUSED]))).toEqual({ kind: 'appended', news: true });
    expect((await log.read(plan.wave)).map(({ seq }) => seq)).toEqual([1, 2]);
    expect((await log.load(plan.wave))?.wave).toMatchObject({ status: 'held', seq: 2 });
    expect(await log.openWaves()).toEqual([plan.wave]);
    expect(await log.unheardWaves()).toEqual([plan.wave]);
    expect(await log.wavesOf(plan.site.site)).toEqual([plan.wave]);
    expect(Object.keys(await redis.client.hgetall(keys.locks)).sort()).toEqual([...plan.locks].sort());
  });

  it('changes nothing at all when somebody was faster', async () => {
    const { log, keys } = given();
    await log.append(appendOf(null, [STARTED]));
    const stored = await log.load(plan.wave);
    await log.append(appendOf(stored, [PAUSED]));
    const before = await dump(keys.tag);
    expect(await log.append(appendOf(stored, [PAUSED, RESUMED]))).toEqual({ kind: 'conflict' });
    expect(await dump(keys.tag)).toBe(before);
  });

  it('changes nothing at all when one of its resources belongs to another wave', async () => {
    const { log, keys } = given();
    const taken = plan.locks.at(-1) ?? fail('no lock');
    await redis.client.hset(keys.locks, taken, 'site-z-wave-7');
    const before = await dump(keys.tag);
    expect(await log.append(appendOf(null, [STARTED]))).toEqual({
      kind: 'locked',
      resource: taken,
      by: 'site-z-wave-7',
    });
    expect(await dump(keys.tag)).toBe(before);
  });

  it('of two at the same moment is one', async () => {
    const { log } = given();
    const answers = await Promise.all(Array.from({ length: 20 }, () => log.append(appendOf(null, [STARTED]))));
    expect(answers.filter(({ kind }) => kind === 'appended')).toHaveLength(1);
    expect(await log.wavesOf(plan.site.site)).toHaveLength(1);
  });

  it('that let go of its lease and is sent again, its answer lost, has happened; it is fenced once another has gone on', async () => {
    const { log, lease, keys } = given();
    await log.append(appendOf(null, [STARTED]));
    const ours = (await lease.take(plan.wave, 'work')) ?? fail('no lease');
    const paused = appendOf(await log.load(plan.wave), [PAUSED]);
    const append = { ...paused, lease: { lease: ours, release: true } };
    expect(await log.append(append)).toMatchObject({ kind: 'appended' });
    const before = await dump(keys.tag);
    expect(await log.append(append)).toMatchObject({ kind: 'appended' });
    expect(await dump(keys.tag)).toBe(before);
    expect(await log.append({ ...append, lease: { lease: ours, release: false } })).toEqual({ kind: 'fenced' });
    await log.append(appendOf(await log.load(plan.wave), [RESUMED]));
    expect(await log.append(append)).toEqual({ kind: 'fenced' });
    expect((await log.read(plan.wave)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
  });

  it('frees its resources when the wave ends, and none of anybody else', async () => {
    const { log, keys } = given();
    await log.append(appendOf(null, [STARTED]));
    await redis.client.hset(keys.locks, plan.locks[0] ?? '', 'site-z-wave-7');
    await log.append(appendOf(await log.load(plan.wave), [{ type: 'WaveAborted', reason: 'enough', left: [] }]));
    expect(await redis.client.hgetall(keys.locks)).toEqual({ [plan.locks[0] ?? '']: 'site-z-wave-7' });
    expect(await log.openWaves()).toEqual([]);
    expect(await log.unheardWaves()).toEqual([plan.wave]);
  });

  it('that too few replicas have is told as unclear, not as undone', async () => {
    const { log } = given(1);
    await expect(log.append(appendOf(null, [STARTED]))).rejects.toBeInstanceOf(UnclearAppend);
    expect((await log.load(plan.wave))?.wave.seq).toBe(1);
  });
});

describe('a long log', () => {
  it('is read whole and in order beyond one page, or from any event on', async () => {
    const { log } = given();
    await log.append(appendOf(null, [STARTED]));
    const many = Array.from({ length: 1_204 }, (_, i) => (i % 2 === 0 ? PAUSED : RESUMED));
    await log.append(appendOf(await log.load(plan.wave), many));
    expect((await log.read(plan.wave)).map(({ seq }) => seq)).toEqual(Array.from({ length: 1_205 }, (_, i) => i + 1));
    expect((await log.read(plan.wave, 701)).map(({ seq }) => seq)).toEqual(
      Array.from({ length: 505 }, (_, i) => i + 701),
    );
    expect(await log.read(plan.wave, 1_206)).toEqual([]);
  });

  it('is not read for ever when its entries carry wrong numbers', async () => {
    const { log, keys } = given();
    await log.append(appendOf(null, [STARTED]));
    await log.append(
      appendOf(
        await log.load(plan.wave),
        Array.from({ length: 498 }, () => PAUSED),
      ),
    );
    const [first] = await log.read(plan.wave);
    await redis.client.rpush(keys.log(plan.wave), JSON.stringify(first));
    expect(await log.read(plan.wave)).toHaveLength(500);
  });
});

describe('the cursor of a thread', () => {
  const cursor: ThreadCursor = {
    root: { channel: 'C0CHANNEL', ts: '1.000' },
    heard: 7,
    intent: { from: 8, to: 9, at: T0 },
    gates: { '1': { ts: '2.000', seq: 5, drawn: 'abc' } },
    rootSeq: 7,
  };

  it('begins at nothing and comes back as it was noted', async () => {
    const { cursors, lease } = given();
    expect(await cursors.load(plan.wave)).toMatchObject({ root: null, heard: 0, intent: null });
    const ours = (await lease.take(plan.wave, 'thread')) ?? fail('no lease');
    expect(await cursors.save(plan.wave, cursor, ours)).toBe(true);
    expect(await cursors.load(plan.wave)).toEqual(cursor);
    await ours.release();
  });

  it('is not overwritten by a hand that has lost the thread', async () => {
    const { cursors, lease, keys } = given();
    const old = (await lease.take(plan.wave, 'thread')) ?? fail('no lease');
    await redis.client.del(keys.lease(plan.wave, 'thread'));
    const ours = (await lease.take(plan.wave, 'thread')) ?? fail('no lease');
    await cursors.save(plan.wave, cursor, ours);
    expect(await cursors.save(plan.wave, { ...cursor, heard: 3 }, old)).toBe(false);
    expect((await cursors.load(plan.wave)).heard).toBe(7);
    await old.release();
    expect(await ours.isHeld()).toBe(true);
    await ours.release();
  });

  it.each([['not json'], ['[]'], ['{"heard":-1}']])('that is garbage (%s) is named and left', async (garbage) => {
    const { cursors, keys } = given();
    await redis.client.set(keys.cursor(plan.wave), garbage);
    await expect(cursors.load(plan.wave)).rejects.toThrow(Fault);
    await expect(cursors.load(plan.wave)).rejects.toThrow(keys.cursor(plan.wave));
    expect(await redis.client.get(keys.cursor(plan.wave))).toBe(garbage);
  });

  it('has caught up only while nothing was appended meanwhile', async () => {
    const { cursors, log } = given();
    await log.append(appendOf(null, [STARTED]));
    await log.append(appendOf(await log.load(plan.wave), [PAUSED]));
    expect(await cursors.caughtUp(plan.wave, 1)).toBe(false);
    expect(await log.unheardWaves()).toEqual([plan.wave]);
    expect(await cursors.caughtUp(plan.wave, 2)).toBe(true);
    expect(await log.unheardWaves()).toEqual([]);
  });
});

describe('the archive', () => {
  it('knows every wave, also one from before there was a list of all', async () => {
    const { log, keys } = given();
    const archive = createRedisWaveArchive(redis.client, keys);
    await log.append(appendOf(null, [STARTED]));
    expect(await archive.waves([])).toEqual([plan.wave]);
    expect(await archive.waves([plan.site.site, 'nowhere'])).toEqual([plan.wave]);
    await redis.client.del(keys.waves);
    expect(await archive.waves([])).toEqual([]);
    expect(await archive.waves([plan.site.site])).toEqual([plan.wave]);
  });
});

describe('a lease', () => {
  it('outlives its time while its holder lives, and ends after it when the holder does not', async () => {
    const { lease, keys } = given();
    const ours = (await lease.take(plan.wave, 'work')) ?? fail('no lease');
    const dead = waveId('site-u-wave-1');
    await redis.client.set(keys.lease(dead, 'work'), 'a dead one', 'PX', 2_400);
    expect(await lease.take(dead, 'work')).toBeNull();
    for (const late = Date.now() + 4_000; Date.now() < late && !(await lease.isFree(dead, 'work')); )
      await new Promise((resolve) => setTimeout(resolve, 50));
    const next = await lease.take(dead, 'work');
    expect(next).not.toBeNull();
    expect(await ours.isHeld()).toBe(true);
    expect(await lease.take(plan.wave, 'work')).toBeNull();
    await Promise.all([ours.release(), next?.release()]);
  });

  it('is not said to be held by an answer that was read half a lease after it was asked for', async () => {
    const { keys } = given();
    const took = [1_199, 1_200, 0];
    let asked = 0;
    const lease = createRedisLease(redis.client, keys, 0, () => () => {
      asked++;
      return took.shift() ?? 1_200;
    });
    const ours = (await lease.take(plan.wave, 'thread')) ?? fail('no lease');
    expect(await ours.isHeld()).toBe(true);
    expect(asked).toBe(1);
    expect(await ours.isHeld()).toBe(true);
    expect(asked).toBe(3);
    await expect(ours.isHeld()).rejects.toThrow('too slowly');
    await ours.release();
  });

  it('is fresh to act on for half its time after the newest yes was asked for, and no more once it is lost or left', async () => {
    const { keys } = given();
    let now = 0;
    const watch = () => {
      const since = now;
      return () => now - since;
    };
    const lease = createRedisLease(redis.client, keys, 0, watch);
    const ours = (await lease.take(plan.wave, 'thread')) ?? fail('no lease');
    now += 1_199;
    expect(ours.isFresh()).toBe(true);
    now += 1;
    expect(ours.isFresh()).toBe(false);
    expect(await ours.isHeld()).toBe(true);
    expect(ours.isFresh()).toBe(true);
    await redis.client.set(keys.lease(plan.wave, 'thread'), 'another hand');
    expect(ours.isFresh()).toBe(true);
    expect(await ours.isHeld()).toBe(false);
    expect(ours.isFresh()).toBe(false);
    await redis.client.del(keys.lease(plan.wave, 'thread'));
    const next = (await lease.take(plan.wave, 'thread')) ?? fail('no lease');
    await next.release();
    expect(next.isFresh()).toBe(false);
  });

  it('is lost to whoever slept over the answer that it is held', async () => {
    const { keys } = given();
    const lease = createRedisLease(redis.client, keys, 0, () => () => {
      void redis.client.set(keys.lease(plan.wave, 'thread'), 'another hand');
      return 9_000;
    });
    const ours = (await lease.take(plan.wave, 'thread')) ?? fail('no lease');
    expect(await ours.isHeld()).toBe(false);
    await ours.release();
  });
});

describe('the inspection of Redis', () => {
  it('refuses one that may drop keys, with the cure', async () => {
    await redis.client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    try {
      await expect(inspectRedis(redis.client, keysOf('cutover'))).rejects.toThrow(/noeviction/);
    } finally {
      await redis.client.config('SET', 'maxmemory-policy', 'noeviction');
    }
    expect(await inspectRedis(redis.client, keysOf('cutover'))).toMatchObject({ policy: 'noeviction' });
  });
});
