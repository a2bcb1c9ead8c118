/** The mark by which a store that may have lost something is told from one that cannot have, on a real Redis. */
import { randomUUID } from 'node:crypto';
import { keysOf } from '../src/adapters/store/keys';
import { BEAT_COUNTS_MS, createRedisMark, KNOWN_MS } from '../src/adapters/store/redis-mark';
import { waveId } from '../src/core/ids';
import { type TestRedis, testRedis } from './support/private-redis';

let redis: TestRedis;
beforeAll(async () => {
  redis = await testRedis();
  // Every mark of this file listens to one client.
  redis.client.setMaxListeners(0);
});
afterAll(() => redis.close());

const WAVE = waveId('site-a-wave-1');
const OTHER = waveId('site-b-wave-1');

async function room() {
  const keys = keysOf(randomUUID());
  await redis.client.sadd(keys.open, WAVE, OTHER);
  return { keys, mark: createRedisMark(redis.client, keys) };
}

/** A mark that nobody doubts any more. */
async function settled() {
  const { keys, mark } = await room();
  const { search } = await mark.look();
  for (const [wave, doubt] of await mark.doubted()) await mark.settle(wave, doubt);
  await mark.searched(search ?? 0);
  return { keys, mark };
}

test('a store without a mark is doubted whole, once, and is to be searched for', async () => {
  const { keys, mark } = await room();
  expect(await mark.look()).toMatchObject({ doubt: 'no mark', doubted: 2, search: 1 });
  expect(await mark.look()).toMatchObject({ doubt: null, doubted: 2, search: 1 });
  expect(await createRedisMark(redis.client, keys).look()).toMatchObject({ doubt: null, doubted: 2 });
  expect(await mark.isDoubted(WAVE)).toBe(true);
});

test('a doubt is settled wave by wave, and a newer one is not settled with it', async () => {
  const { mark } = await settled();
  expect(await mark.look()).toMatchObject({ doubt: null, doubted: 0, search: null });
  await mark.doubt(WAVE);
  const [[, first] = []] = await mark.doubted();
  await mark.doubt(WAVE);
  await mark.settle(WAVE, first ?? 0);
  expect(await mark.isDoubted(WAVE)).toBe(true);
  expect(await mark.isDoubted(OTHER)).toBe(false);
});

test('another server process is noticed by the name that it gives itself', async () => {
  const { keys, mark } = await settled();
  await redis.client.hset(keys.mark, 'run', 'the-process-before');
  expect(await mark.look()).toMatchObject({ doubt: 'restarted', doubted: 2 });
  expect(await mark.look()).toMatchObject({ doubt: null });
});

test('a store that has gone back in place is noticed by what this process wrote last', async () => {
  const { keys, mark } = await settled();
  const other = createRedisMark(redis.client, keys);
  await other.look();
  const [beat] = await redis.client.keys(`${keys.beat('')}*`);
  await mark.look();
  await redis.client.set(beat ?? '', 'what stood there before');
  const looks = [await mark.look(), await other.look()];
  expect(looks.map(({ doubt }) => doubt).sort()).toEqual(['went back', null].sort());
});

test('an emptied store is noticed by every process, and nothing is known of its waves', async () => {
  const { keys, mark } = await settled();
  await redis.client.del(...(await redis.client.keys(`${keys.tag}:*`)));
  expect(await mark.look()).toMatchObject({ doubt: 'no mark', doubted: 0, search: 1 });
});

test('what is known of a connection does not outlive it', async () => {
  const { keys, mark } = await settled();
  await mark.standing();
  await redis.client.hset(keys.mark, 'run', 'the-process-before');
  expect(await mark.isDoubted(WAVE)).toBe(false);
  redis.client.emit('close');
  expect(await mark.isDoubted(WAVE)).toBe(true);
});

describe('as time goes by', () => {
  let now = 0;
  beforeEach(() => {
    jest.spyOn(performance, 'now').mockImplementation(() => now);
  });
  afterEach(() => jest.restoreAllMocks());

  test.each([
    ['that has run out since is no sign of a store that went back', 1, null],
    ['that cannot have run out yet is missed', 0, 'went back'],
  ])('a beat %s', async (_which, past, doubt) => {
    const { keys, mark } = await settled();
    await mark.look();
    await redis.client.del(...(await redis.client.keys(`${keys.beat('')}*`)));
    now += BEAT_COUNTS_MS + past;
    expect(await mark.look()).toMatchObject({ doubt });
    expect(await mark.look()).toMatchObject({ doubt: null });
  });

  test('a doubt that another connection finds is seen, a moment later and without a look', async () => {
    const { keys, mark } = await settled();
    const other = createRedisMark(redis.client, keys);
    expect(await mark.isDoubted(WAVE)).toBe(false);
    await other.doubt(WAVE);
    now += KNOWN_MS;
    expect(await mark.isDoubted(WAVE)).toBe(false);
    now += 1;
    expect([await mark.isDoubted(WAVE), await mark.isDoubted(OTHER)]).toEqual([true, false]);
  });

  test('a mark that is gone meanwhile is looked for, and every open wave is doubted', async () => {
    const { keys, mark } = await settled();
    await mark.standing();
    await redis.client.del(keys.mark);
    now += KNOWN_MS + 1;
    expect(await mark.standing()).toMatchObject({ doubted: 2, search: 1 });
  });

  test('a doubt grows older while nothing new is read, and is as old as Redis says after that', async () => {
    const { keys, mark } = await settled();
    await mark.doubt(WAVE);
    const { ageMs } = await mark.standing();
    now += KNOWN_MS;
    expect(await mark.standing()).toMatchObject({ doubted: 1, ageMs: ageMs + KNOWN_MS });
    const [seconds] = await redis.client.time();
    await redis.client.hset(keys.mark, 'since', (Number(seconds) - 3_600) * 1_000);
    now += 1;
    expect((await mark.standing()).ageMs).toBeGreaterThanOrEqual(3_600_000);
  });
});
