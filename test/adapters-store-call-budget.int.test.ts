import { Redis } from 'ioredis';
import { keysOf } from '../src/adapters/store/keys';
import { createRedisCallBudget } from '../src/adapters/store/redis-call-budget';
import type { CallBudget } from '../src/ports/call-budget';
import { faultOf, ManualClock } from './adapters-platforms-wire';
import { type TestRedis, testRedis } from './support/private-redis';

const PER_MINUTE = 60;
const BURST = 5;
let redis: TestRedis;
let clock: ManualClock;
let warned: string[];
let key = 0;

beforeAll(async () => {
  redis = await testRedis();
});
afterAll(() => redis.close());
beforeEach(() => {
  clock = new ManualClock();
  warned = [];
  key += 1;
});

const alone = (): CallBudget & { times: number } => ({
  times: 0,
  async take() {
    this.times += 1;
  },
  pause: async () => undefined,
  keepBelow: () => undefined,
  figures: async () => ({ taken: 0, limit: 1, pausedUntil: null, shared: false }),
});
const budgetOn = (client: Redis, more: { redisTime?: boolean; own?: CallBudget; at?: ManualClock } = {}): CallBudget =>
  createRedisCallBudget({
    redis: client,
    key: keysOf('t').calls(`client-${key}`),
    system: 'The platform',
    clock: more.at ?? clock,
    redisTime: more.redisTime ?? false,
    perMinute: PER_MINUTE,
    burst: BURST,
    longestWaitMs: 15_000,
    longestPauseMs: 300_000,
    alone: more.own ?? alone(),
    shares: 4,
    warn: (_about, message) => warned.push(message),
  });
/** Another process has its own memory and its own clock, and the same Redis. */
const processes = (count: number) =>
  Array.from({ length: count }, () => {
    const at = new ManualClock(clock.now());
    return { at, budget: budgetOn(redis.client, { at }) };
  });

it('all processes together send the burst and then an even flow, each caller in its turn', async () => {
  const all = processes(3);
  const sentAt: number[] = [];
  for (let call = 0; call < 90; call += 1) {
    const process = all[call % all.length];
    if (!process) throw new Error('no process');
    // Each asks at the same moment: its clock moves only by the wait of its turn.
    const at = new ManualClock(clock.now());
    await budgetOn(redis.client, { at }).take();
    sentAt.push(at.now() - clock.now());
  }
  expect(sentAt.filter((ms) => ms === 0)).toHaveLength(BURST);
  expect(sentAt).toEqual([...sentAt].sort((a, b) => a - b));
  const busiest = Math.max(...sentAt.map((at) => sentAt.filter((ms) => ms >= at && ms < at + 60_000).length));
  expect(busiest).toBeLessThanOrEqual(PER_MINUTE + BURST);
  expect(sentAt.at(-1)).toBe((90 - BURST) * 1000);
});

it('a platform that allows less is kept below, and each process alone below its share of it', async () => {
  const own = alone();
  const kept = jest.spyOn(own, 'keepBelow');
  const budget = budgetOn(redis.client, { own });
  budget.keepBelow(65);
  expect(kept).toHaveBeenCalledWith(65 / 4);
  expect((await budget.figures()).limit).toBe(45 + 5);
  for (let call = 0; call < 30; call += 1) await budget.take();
  expect(clock.slept.slice(-1)).toEqual([Math.ceil(60_000 / 45)]);
  budget.keepBelow(66);
  expect((await budget.figures()).limit).toBe(PER_MINUTE + BURST);
});

it('a pause that one process is told keeps the others away too, those included who already wait for their turn', async () => {
  const [one, other] = processes(2);
  if (!one || !other) throw new Error('no processes');
  for (let call = 0; call < BURST; call += 1) await one.budget.take();
  let asked: () => void = () => undefined;
  const isWaiting = new Promise<void>((resolve) => {
    asked = resolve;
  });
  let wake: () => void = () => undefined;
  const woken = new Promise<void>((resolve) => {
    wake = resolve;
  });
  const slept = jest.spyOn(other.at, 'sleep').mockImplementationOnce(async (ms) => {
    asked();
    await woken;
    other.at.pass(ms);
  });
  const taken = other.budget.take();
  await isWaiting;
  await one.budget.pause(10_000);
  wake();
  await taken;
  expect(slept.mock.calls).toEqual([[1000], [9000]]);
});

it('a pause longer than a call may take is told to everybody as a fault, with the rest of it, and costs no turn', async () => {
  const [one, other] = processes(2);
  await one?.budget.pause(40_000);
  const fault = await faultOf(other?.budget.take() ?? Promise.resolve());
  expect(fault).toMatchObject({ transient: true, status: 429, retryAfterMs: 40_000, system: 'The platform' });
  expect(await other?.budget.figures()).toEqual({
    taken: 0,
    limit: PER_MINUTE + BURST,
    pausedUntil: clock.now() + 40_000,
    shared: true,
  });
});

it('a pause is heeded for five minutes at most', async () => {
  const budget = budgetOn(redis.client);
  await budget.pause(10 * 24 * 3600_000);
  expect((await budget.figures()).pausedUntil).toBe(clock.now() + 300_000);
  clock.pass(300_000);
  await budget.take();
  expect(clock.slept).toEqual([]);
});

it('the figures count the calls of all processes in the last minute', async () => {
  const [one, other] = processes(2);
  await one?.budget.take();
  await other?.budget.take();
  const later = new ManualClock(clock.now() + 70_000);
  await budgetOn(redis.client, { at: later }).take();
  expect((await one?.budget.figures())?.taken).toBe(2);
  expect((await budgetOn(redis.client, { at: later }).figures()).taken).toBe(1);
});

it("goes by Redis's own clock when machines need not agree, and by ours in a rehearsal", async () => {
  const real = budgetOn(redis.client, { redisTime: true });
  for (let call = 0; call < BURST; call += 1) await real.take();
  // An hour on our own clock fills nothing.
  clock.pass(3_600_000);
  await real.take();
  expect(clock.slept).toHaveLength(1);
  expect(clock.slept[0]).toBeGreaterThan(0);
  expect(clock.slept[0]).toBeLessThanOrEqual(1000);
});

it('what a clock that has gone back since left behind is forgotten', async () => {
  const ahead = new ManualClock(clock.now() + 24 * 3600_000);
  const budget = budgetOn(redis.client, { at: ahead });
  for (let call = 0; call < BURST; call += 1) await budget.take();
  await budget.pause(60_000);
  await budgetOn(redis.client).take();
  expect(clock.slept).toEqual([]);
});

it('nobody waits out the minutes that another clock was ahead, as after a failover to another machine', async () => {
  const ahead = new ManualClock(clock.now() + 5 * 60_000);
  const budget = budgetOn(redis.client, { at: ahead });
  for (let call = 0; call < BURST; call += 1) await budget.take();
  await budgetOn(redis.client).take();
  expect(clock.slept).toEqual([]);
});

it('without Redis each process keeps to its own share and says so once, and shares again afterwards', async () => {
  const gone = new Redis(1, '127.0.0.1', { lazyConnect: true, maxRetriesPerRequest: 0, retryStrategy: () => null });
  gone.on('error', () => undefined);
  const own = alone();
  const budget = budgetOn(gone, { own });
  await budget.take();
  await budget.take();
  expect(own.times).toBe(2);
  expect(warned).toEqual(['Calls to The platform are not shared: this process keeps to its own share']);
  expect(await budget.figures()).toMatchObject({ shared: false });
  gone.disconnect();
});

it('a Redis that says nothing is not waited for', async () => {
  const silent = { eval: () => new Promise(() => undefined) } as unknown as Redis;
  const own = alone();
  const budget = budgetOn(silent, { own });
  await budget.take();
  await budget.pause(1000);
  expect(own.times).toBe(1);
  expect(warned).toHaveLength(1);
});

it('shares again when Redis is back', async () => {
  let isAway = true;
  const flaky = {
    eval: (...args: Parameters<Redis['eval']>) =>
      isAway ? Promise.reject(new Error('away')) : redis.client.eval(...args),
  } as unknown as Redis;
  const budget = budgetOn(flaky);
  const now = jest.spyOn(Date, 'now');
  await budget.take();
  expect(await budget.figures()).toMatchObject({ shared: false });
  isAway = false;
  now.mockReturnValue(Date.now() + 60_000);
  expect(await budget.figures()).toMatchObject({ shared: true, taken: 0 });
  now.mockRestore();
  expect(warned).toHaveLength(2);
});
