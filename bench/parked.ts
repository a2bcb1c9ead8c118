/**
 * What waves cost that wait at a gate: Redis memory a wave, the bot's own memory, and the time from the start of its
 * process to the line that it is ready. Waves of eleven empty steps, and waves of a real site with all that they have read.
 */
import { Redis } from 'ioredis';
import type { World } from '../src/ports/world';
import { builtProduct, nodeStartMs, type Program, startBot } from './bot';
import { startChild } from './child';
import { kB, type Length, type Line, median, ms } from './figures';
import { type Parking, park, toldInSlack } from './park';
import { recordSite } from './site-waves';
import { emptyWorks, planOf } from './waves';

const TARGET_BYTES = 5_000;
const TARGET_READY_MS = 2_000;

interface Kind {
  readonly what: string;
  readonly target: boolean;
  /** So many are parked, one number after the other. */
  readonly counts: readonly number[];
  /** For one parking lot. */
  fresh(): { readonly parking: Omit<Parking, 'redis' | 'prefix'>; readonly planOf: typeof planOf };
}

interface Room {
  readonly redis: Redis;
  readonly redisUrl: string;
  readonly folder: string;
  readonly program: Program;
  readonly slackPort: number;
}

export async function measureParked(redisUrl: string, folder: string, length: Length): Promise<readonly Line[]> {
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const slack = await startChild('workspace');
  try {
    const { port: slackPort } = await slack.ask<{ port: number }>({ open: 1 });
    const room: Room = { redis, redisUrl, folder, program: await builtProduct(folder), slackPort };
    const lines: Line[] = [...(await startUp(room, 0, length))];
    // What is measured is memory: a gigabyte of appends need not be written for it.
    await redis.config('SET', 'appendonly', 'no');
    for (const kind of [emptyKind(), await realKind(room)]) {
      for (const count of length.quick ? kind.counts.map((each) => each / 10) : kind.counts) {
        await redis.flushall();
        lines.push(await memory(room, kind, count, length));
        if (count === kind.counts.at(-1) || length.quick) lines.push(...(await startUp(room, count, length, kind)));
      }
    }
    await redis.flushall();
    await redis.config('SET', 'appendonly', 'yes');
    return lines;
  } finally {
    await slack.close();
    redis.disconnect();
  }
}

const PREFIX = 'bench-parked';

const emptyKind = (): Kind => ({
  what: 'eleven empty steps',
  target: true,
  counts: [1_000, 10_000],
  fresh: () => ({ parking: { works: emptyWorks, world: {} as World }, planOf }),
});

/** One wave is walked by the real steps; the others say what that one said. */
async function realKind({ redis }: Room): Promise<Kind> {
  const { plan, works, memory: world, clock, replay } = await recordSite();
  const parking = { works, world: world.world, clock, atOnce: 1 };
  await park({ redis, prefix: `${PREFIX}-recorded`, ...parking }, [plan]);
  return {
    what: `site-a, ${plan.steps.length} steps, ${plan.site.agents.length} agents`,
    target: false,
    counts: [300],
    fresh: () => {
      const site = replay();
      return { parking: { ...parking, works: site.works }, planOf: site.planOf };
    },
  };
}

async function memory({ redis }: Room, kind: Kind, count: number, { say }: Length): Promise<Line> {
  const before = await usedMemory(redis);
  const { parking, planOf: plan } = kind.fresh();
  const plans = Array.from({ length: count }, (_, i) => plan(`parked-${i}`));
  const waves = await park({ redis, prefix: PREFIX, ...parking }, plans);
  await toldInSlack({ redis, prefix: PREFIX }, waves);
  const each = ((await usedMemory(redis)) - before) / count;
  const line = {
    what: `Redis memory a parked wave, ${count} parked: ${kind.what}, ${waves[0]?.seq} events`,
    target: kind.target ? `at most ${kB(TARGET_BYTES)}` : null,
    figure: `${kB(each)} (${await shares(redis)})`,
    met: kind.target ? each <= TARGET_BYTES : null,
  };
  say(`${line.what}: ${line.figure}`);
  return line;
}

/** What Redis holds when it is at rest, without what it keeps for its clients. */
async function usedMemory(redis: Redis): Promise<number> {
  const info = await redis.info('memory');
  const of = (name: string): number => Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  return of('used_memory') - of('mem_clients_normal') - of('mem_aof_buffer');
}

/** What the keys of one wave take, by Redis's own account. */
async function shares(redis: Redis): Promise<string> {
  const parts: string[] = [];
  for (const [what, end] of [
    ['log', ':log'],
    ['state', ''],
    ['thread', ':thread'],
  ] as const) {
    const bytes = await redis.memory('USAGE', `{${PREFIX}}:wave:parked-7-wave-1${end}`, 'SAMPLES', 0);
    parts.push(`${what} ${kB(Number(bytes ?? 0))}`);
  }
  const plan = await redis.hget(`{${PREFIX}}:wave:parked-7-wave-1`, 'plan');
  return `${parts.join(', ')}, of it the plan ${kB(plan?.length ?? 0)}`;
}

async function startUp(room: Room, count: number, { rounds, say }: Length, kind?: Kind): Promise<readonly Line[]> {
  const [ready, bare, resident]: [number[], number[], number[]] = [[], [], []];
  const { redisUrl, folder, program, slackPort } = room;
  for (let round = 0; round < rounds; round++) {
    bare.push(await nodeStartMs());
    const bot = await startBot({ program, folder, redisUrl, prefix: PREFIX, slackPort });
    ready.push(bot.readyMs);
    resident.push(await bot.resident());
    await bot.close();
  }
  const parked = count === 0 ? 'nothing parked' : `${count} parked: ${kind?.what}`;
  const [whole, node] = [median(ready), median(bare)];
  const lines: readonly Line[] = [
    {
      what: `start of the process to its ready line, ${parked}`,
      target: `at most ${ms(TARGET_READY_MS)}`,
      figure: `${ms(whole)} with Node's own start, ${ms(whole - node)} without (${program.from})`,
      met: whole <= TARGET_READY_MS,
    },
    {
      what: `resident memory of the bot when it is ready, ${parked}`,
      target: null,
      figure: `${(median(resident) / 1e6).toFixed(0)} MB`,
      met: null,
    },
  ];
  for (const { what, figure } of lines) say(`${what}: ${figure}`);
  return lines;
}
