/** Open waves are counted inside Redis: what has not changed is not looked at again, and garbage does not stop the count. */
import { Redis } from 'ioredis';
import { keysOf } from '../src/adapters/store/keys';
import { createCensus } from '../src/adapters/store/redis-census';
import { LOOKED_AT, readThreadLag } from '../src/adapters/store/redis-thread-lag';
import { waveId } from '../src/core/ids';
import { type TestRedis, testRedis } from './support/private-redis';

let server: TestRedis;
let redis: Redis;
let numbers = 0;

beforeAll(async () => {
  server = await testRedis();
  redis = new Redis(server.url, { maxRetriesPerRequest: null });
  redis.on('error', () => undefined);
});
afterAll(async () => {
  redis.disconnect();
  await server.close();
});

const PADDING = 'x'.repeat(8_000);

function given() {
  const keys = keysOf(`census-${numbers++}`);
  const put = async (name: string, status: string, seq = 1, more: object = {}): Promise<void> => {
    const state = { id: name, steps: [{ status: 'pending', summary: PADDING }], lastAt: 1_000 + seq, ...more, status };
    await redis.hset(keys.wave(waveId(name)), { seq: String(seq), state: JSON.stringify(state) });
    await redis.sadd(keys.open, name);
  };
  return { keys, put, take: createCensus(redis, keys) };
}

/** Bytes that Redis has sent while `work` ran. */
async function sent(work: () => Promise<unknown>): Promise<number> {
  const read = async () => Number(/total_net_output_bytes:(\d+)/.exec(await redis.info('stats'))?.[1]);
  const before = await read();
  await work();
  return (await read()) - before;
}

it('tells status, cause and moment of each, of the wave and not of its steps', async () => {
  const { put, take } = given();
  await put('a-wave-1', 'held', 7, { hold: { cause: 'lag', at: 5 } });
  await put('b-wave-1', 'rolling-back', 3, { hold: null });
  const { standings, unread } = await take();
  expect(Object.fromEntries(standings)).toEqual({
    'a-wave-1': { status: 'held', cause: 'lag', since: 1_007 },
    'b-wave-1': { status: 'rolling-back', cause: null, since: 1_003 },
  });
  expect(unread).toEqual([]);
});

it('follows a wave that moves on, and forgets one that has ended', async () => {
  const { keys, put, take } = given();
  await put('a-wave-1', 'running', 1);
  await put('b-wave-1', 'running', 1);
  await take();
  await put('a-wave-1', 'gated', 2);
  await redis.srem(keys.open, 'b-wave-1');
  expect([...(await take()).standings].map(([id, { status }]) => [id, status])).toEqual([['a-wave-1', 'gated']]);
});

it('names what is no wave’s state, and counts the others', async () => {
  const { keys, put, take } = given();
  await put('a-wave-1', 'running');
  await redis.sadd(keys.open, 'b-wave-1', 'c-wave-1', 'd-wave-1', 'e-wave-1');
  await redis.set(keys.wave(waveId('b-wave-1')), 'a text');
  await redis.hset(keys.wave(waveId('c-wave-1')), { seq: '1', state: '{"status":' });
  await redis.hset(keys.wave(waveId('d-wave-1')), { seq: '1', state: '[]' });
  const { standings, unread } = await take();
  expect([...standings.keys()]).toEqual(['a-wave-1']);
  expect([...unread].sort()).toEqual(['b-wave-1', 'c-wave-1', 'd-wave-1', 'e-wave-1']);
});

it('counts ten thousand parked waves without having their states sent, and never again while they stay parked', async () => {
  const { keys, take } = given();
  const pipeline = redis.pipeline();
  for (let i = 0; i < 10_000; i++) {
    const state = { steps: [{ status: 'pending', summary: PADDING.slice(0, 4_000) }], lastAt: i, status: 'gated' };
    pipeline.hset(keys.wave(waveId(`w${i}-wave-1`)), { seq: '5', state: JSON.stringify(state) });
    pipeline.sadd(keys.open, `w${i}-wave-1`);
  }
  await pipeline.exec();
  const first = await sent(async () => expect((await take()).standings.size).toBe(10_000));
  const again = await sent(async () => expect((await take()).standings.size).toBe(10_000));
  expect(first).toBeLessThan(10_000 * 120);
  expect(again).toBeLessThan(10_000 * 45);
}, 60_000);

describe('the lag of the threads', () => {
  const append = (key: string, seq: number, at: number) =>
    redis.xadd(key, `${seq}-0`, 'e', JSON.stringify({ wave: 'x', seq, at, event: { type: 'StepBegun' } }));

  it('is the age of the oldest event that is not told; an old card is none', async () => {
    const { keys } = given();
    for (const [name, heard] of [
      ['a-wave-1', 1],
      ['b-wave-1', 2],
      ['c-wave-1', null],
    ] as const) {
      const id = waveId(name);
      await append(keys.log(id), 1, name === 'c-wave-1' ? 500 : 100);
      await append(keys.log(id), 2, 700);
      if (heard !== null) await redis.set(keys.cursor(id), JSON.stringify({ heard }));
      await redis.sadd(keys.unheard, name);
    }
    const lag = await readThreadLag(redis, keys);
    expect([lag.behind, lag.oldestAt]).toEqual([3, 500]);
    expect(Object.fromEntries(lag.waves.map(({ wave, since }) => [wave, since]))).toEqual({
      'a-wave-1': 700,
      'b-wave-1': null,
      'c-wave-1': 500,
    });
  });

  it('is nought where all is told, and a sample of a hundred where thousands are behind', async () => {
    const { keys } = given();
    expect(await readThreadLag(redis, keys)).toEqual({ behind: 0, oldestAt: null, waves: [] });
    await redis.sadd(keys.unheard, ...Array.from({ length: LOOKED_AT + 1 }, (_, i) => `w${i}-wave-1`));
    const lag = await readThreadLag(redis, keys);
    expect([lag.behind, lag.waves.length]).toEqual([LOOKED_AT + 1, LOOKED_AT]);
  });
});
