/**
 * What one more wave costs when many are stored: at each number, waves of the same product run among them and, in turn,
 * where nothing is stored. Flat means that the ratio of the two stays near one.
 */
import { Redis } from 'ioredis';
import { keysOf } from '../src/adapters/store/keys';
import { createCensus } from '../src/adapters/store/redis-census';
import { reconcile, sweep } from '../src/engine/reconcile';
import type { World } from '../src/ports/world';
import { throughput } from './contest';
import { type Length, type Line, median, ms } from './figures';
import { park, parkingEngine, toldInSlack } from './park';
import { createProduct } from './product';
import { emptyWorks, planOf } from './waves';

const TARGET = 1.2;
const IN_FLIGHT = 20;
const STORED = 'bench-growth';

interface Store {
  readonly redis: Redis;
  readonly url: string;
}

export async function measureGrowth(redisUrl: string, _folder: string, length: Length): Promise<readonly Line[]> {
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const store: Store = { redis, url: redisUrl };
  const lines: Line[] = [];
  const stored = { parked: 0, ended: 0 };
  try {
    await redis.flushall();
    for (const count of length.quick ? [100, 1_000] : [100, 1_000, 10_000]) {
      await fill(store, stored, count);
      lines.push(...(await measureAt(store, count, length)));
      stored.ended = count - stored.parked;
    }
    await redis.flushall();
    return lines;
  } finally {
    redis.disconnect();
  }
}

/** Nine in ten are parked, one in ten has ended. */
async function fill(store: Store, stored: { parked: number; ended: number }, count: number): Promise<void> {
  const parked = Math.round(count * 0.9);
  const plans = Array.from({ length: parked - stored.parked }, (_, i) => planOf(`parked-${stored.parked + i}`));
  const waves = await park({ redis: store.redis, prefix: STORED, works: emptyWorks, world: {} as World }, plans);
  await toldInSlack({ redis: store.redis, prefix: STORED }, waves);
  const ended = count - parked - stored.ended;
  if (ended > 0) await runAmong(store, STORED, `ended-${count}`, ended);
  Object.assign(stored, { parked, ended: count - parked });
}

interface Cost {
  /** Of a wave, by the clock. */
  readonly ms: number;
  /** Of a wave, of this process and of Redis: what others do on the machine shows less in it. */
  readonly cpuMs: number;
}

/** Under names that nobody has used yet. */
async function runAmong({ redis, url }: Store, prefix: string, names: string, waves: number): Promise<Cost> {
  const contestant = createProduct(url, prefix, 100);
  try {
    const [own, theirs] = [process.cpuUsage(), await redisCpuMs(redis)];
    const rate = await throughput(contestant, `${names}-`, waves, IN_FLIGHT);
    const { user, system } = process.cpuUsage(own);
    return { ms: 1_000 / rate, cpuMs: ((user + system) / 1_000 + (await redisCpuMs(redis)) - theirs) / waves };
  } finally {
    await contestant.close();
  }
}

async function redisCpuMs(redis: Redis): Promise<number> {
  const info = await redis.info('cpu');
  const of = (name: string): number => Number(new RegExp(`^${name}:([\\d.]+)`, 'm').exec(info)?.[1] ?? 0);
  return (of('used_cpu_user') + of('used_cpu_sys')) * 1_000;
}

async function measureAt(store: Store, count: number, length: Length): Promise<readonly Line[]> {
  const { rounds, quick, say } = length;
  const waves = quick ? 40 : 100;
  const [among, alone]: [Cost[], Cost[]] = [[], []];
  const measures = [
    async (round: number) => alone.push(await runAmong(store, `${STORED}-alone-${count}-${round}`, 'w', waves)),
    async (round: number) => among.push(await runAmong(store, STORED, `at-${count}-${round}`, waves)),
  ];
  // What is run first pays for the warming up.
  await runAmong(store, `${STORED}-first-${count}`, 'w', waves);
  for (let round = 0; round < rounds; round++) {
    for (const measure of round % 2 === 0 ? measures : [...measures].reverse()) await measure(round);
  }
  const ratioOf = (what: keyof Cost): number =>
    median(among.map((each, i) => each[what] / (alone[i]?.[what] ?? Number.NaN)));
  const of = (costs: readonly Cost[], what: keyof Cost): string => ms(median(costs.map((each) => each[what])));
  const [ratio, cpu] = [ratioOf('ms'), ratioOf('cpuMs')];
  const what = `one more wave with ${count} stored`;
  const looks = await looksAt(store.redis, rounds);
  const lines: readonly Line[] = [
    {
      what,
      target: `at most ${TARGET} x the cost with none stored`,
      figure: `${ratio.toFixed(2)} x (${of(among, 'ms')} to ${of(alone, 'ms')} a wave, ${IN_FLIGHT} in flight); processor time ${cpu.toFixed(2)} x (${of(among, 'cpuMs')} to ${of(alone, 'cpuMs')})`,
      met: ratio <= TARGET,
    },
    { what: `looks at the whole with ${count} stored`, target: null, figure: looks, met: null },
  ];
  for (const line of lines) say(`${line.what}: ${line.figure}`);
  return lines;
}

/** What is done for all waves together, however many there are. */
async function looksAt(redis: Redis, rounds: number): Promise<string> {
  const engine = parkingEngine(redis, STORED);
  const census = createCensus(redis, keysOf(STORED));
  await reconcile(engine);
  const first = await timed(census);
  const took = { reconcile: [] as number[], sweep: [] as number[], census: [] as number[] };
  for (let round = 0; round < rounds; round++) {
    took.reconcile.push(await timed(() => reconcile(engine)));
    took.sweep.push(await timed(() => sweep(engine)));
    took.census.push(await timed(census));
  }
  return `reconcile, once a second: ${ms(median(took.reconcile))}; census, once a scrape: ${ms(median(took.census))}, the first ${ms(first)}; sweep, once a start: ${ms(median(took.sweep))}`;
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
