/** What one site has to know of the others, on a real Redis: how many waves are under way, and how a site's newest one stands. */
import { keysOf } from '../src/adapters/store/keys';
import { createProgramme } from '../src/adapters/store/redis-programme';
import { createRedisWaveArchive } from '../src/adapters/store/redis-wave-archive';
import { waveId } from '../src/core/ids';
import { T0 } from './support/core-waves';
import { appendOf, fail, plan, STARTED, waveLogOn } from './support/log-appends';
import { type TestRedis, testRedis } from './support/private-redis';

let redis: TestRedis;
let prefixes = 0;

beforeAll(async () => {
  redis = await testRedis();
});
afterAll(() => redis.close());

function given() {
  const keys = keysOf(`programme-${prefixes++}`);
  const put = async (name: string, state: object | string): Promise<void> => {
    const text = typeof state === 'string' ? state : JSON.stringify(state);
    await redis.client.hset(keys.wave(waveId(name)), { seq: '1', state: text });
    await redis.client.sadd(keys.open, name);
  };
  return { keys, put, log: waveLogOn(redis.client, keys), ...createProgramme(redis.client, keys) };
}

const SITE = plan.site.site;

describe('the waves under way', () => {
  it('are told oldest first, with what has passed its preflight, and whose they are', async () => {
    const { put, log, inFlight } = given();
    await put('a-wave-1', { status: 'held', startedAt: T0 + 2, at: 0 });
    await put('b-wave-1', { status: 'rolling-back', startedAt: T0 + 1 });
    await put('c-wave-1', { status: 'gated', startedAt: T0 - 5, at: 3 });
    await log.append(appendOf(null, [STARTED]));
    expect(await inFlight(SITE)).toEqual([
      { wave: 'c-wave-1', own: false, startedAt: T0 - 5, armed: true },
      { wave: plan.wave, own: true, startedAt: T0, armed: false },
      { wave: 'b-wave-1', own: false, startedAt: T0 + 1, armed: true },
      { wave: 'a-wave-1', own: false, startedAt: T0 + 2, armed: false },
    ]);
  });

  it('hold one more for each that cannot be read', async () => {
    const { keys, put, inFlight } = given();
    await put('a-wave-1', '{"status":');
    await put('b-wave-1', { status: 'held', startedAt: 'soon', at: 0 });
    await redis.client.set(keys.wave(waveId('c-wave-1')), 'a text');
    await redis.client.sadd(keys.open, 'c-wave-1', 'd-wave-1');
    const found = await inFlight(SITE);
    expect(found.map(({ wave }) => wave)).toEqual(['a-wave-1', 'b-wave-1', 'c-wave-1', 'd-wave-1']);
    for (const each of found) expect(each).toMatchObject({ armed: true, startedAt: 0, own: false });
  });

  it('are all looked at, however many', async () => {
    const { put, inFlight } = given();
    for (let i = 0; i < 60; i++) await put(`s${i}-wave-1`, { status: 'gated', startedAt: T0 + i, at: 1 });
    expect(await inFlight(SITE)).toHaveLength(60);
  });
});

describe('the newest wave of a site', () => {
  it('is none where there was none', async () => {
    expect(await given().newestWave('nowhere')).toBeNull();
  });

  it('tells how it stands, and after it was archived how it ended', async () => {
    const { keys, log, newestWave } = given();
    await log.append(appendOf(null, [STARTED]));
    expect(await newestWave(SITE)).toEqual({ wave: plan.wave, status: 'running' });
    const open = (await log.load(plan.wave)) ?? fail('no wave');
    await log.append(appendOf(open, [{ type: 'WaveAborted', reason: 'enough', left: [] }]));
    expect(await newestWave(SITE)).toEqual({ wave: plan.wave, status: 'aborted' });
    await redis.client.srem(keys.unheard, plan.wave);
    const { head } = (await log.load(plan.wave)) ?? fail('no wave');
    expect(await createRedisWaveArchive(redis.client, keys).remove(plan.wave, head, T0)).toBe('removed');
    expect(await newestWave(SITE)).toEqual({ wave: plan.wave, status: 'aborted' });
  });

  it('is unknown, and not good, where an earlier version has archived it', async () => {
    const { keys, newestWave } = given();
    await redis.client.rpush(keys.site(SITE), plan.wave);
    await redis.client.hset(keys.wave(plan.wave), { seq: '9', archived: String(T0) });
    expect(await newestWave(SITE)).toEqual({ wave: plan.wave, status: null });
  });
});
