/**
 * Waves that stand at their first gate, written by the product itself: the same door, jobs, leases and scripts as ever,
 * only that the jobs are called one after the other instead of being taken from a queue.
 */
import type { Redis } from 'ioredis';
import { createJobs } from '../jobs';
import type { StepWorks } from '../jobs/steps/step-work';
import { systemClock } from '../src/adapters/clock/system-clock';
import { sha256 } from '../src/adapters/digest';
import { type Keys, keysOf } from '../src/adapters/store/keys';
import { createRedisCursors } from '../src/adapters/store/redis-cursors';
import { createRedisLease } from '../src/adapters/store/redis-lease';
import { createRedisWaveLog, type RedisWaveLogOptions } from '../src/adapters/store/redis-wave-log';
import { due } from '../src/core/due';
import type { Plan } from '../src/core/plan';
import { isEnded, type Wave } from '../src/core/wave';
import { type Engine, handle } from '../src/engine/handle';
import { parseStoredEvent, parseStoredWave } from '../src/parse/stored-wave';
import type { Clock } from '../src/ports/clock';
import type { World } from '../src/ports/world';
import { OPERATOR } from './waves';

type Parsed<Value> = { ok: true; value: Value } | { ok: false; faults: readonly { wrong: string }[] };

const first =
  <Value>(parse: (value: unknown) => Parsed<Value>) =>
  (value: unknown) => {
    const parsed = parse(value);
    return parsed.ok ? parsed : { ok: false as const, wrong: parsed.faults[0]?.wrong ?? '' };
  };

export const storageOf = (redis: Redis, keys: Keys): RedisWaveLogOptions => ({
  redis,
  keys,
  minReplicas: 0,
  parseWave: first(parseStoredWave),
  parseEvent: first(parseStoredEvent),
  seen: new Map(),
});

/** An engine that puts nothing on a queue. */
export function parkingEngine(redis: Redis, prefix: string, clock: Clock = systemClock): Engine {
  const keys = keysOf(prefix);
  return {
    log: createRedisWaveLog(storageOf(redis, keys)),
    queue: { add: async () => undefined },
    lease: createRedisLease(redis, keys),
    clock,
    digest: sha256,
    warn: () => undefined,
  };
}

export interface Parking {
  readonly redis: Redis;
  readonly prefix: string;
  readonly works: StepWorks;
  readonly world: World;
  /** Whose time passes while a wave waits for it. */
  readonly clock?: Clock & { readonly pass?: (ms: number) => void };
  /** Waves at a time; one, where the time of the one is the time of all. */
  readonly atOnce?: number;
}

const AT_ONCE = 32;

/** Starts every plan and works on it until people have to decide, or until the wave is over. */
export async function park(parking: Parking, plans: readonly Plan[]): Promise<readonly Wave[]> {
  const engine = parkingEngine(parking.redis, parking.prefix, parking.clock);
  const jobs = createJobs(
    { engine, world: parking.world, works: parking.works, worker: 'bench' },
    {
      log: engine.log,
      cursors: none,
      thread: none,
      clock: engine.clock,
      digest: sha256,
      warn: nothing,
      alarm: nothing,
    },
  );
  const pass = parking.clock?.pass ?? nothing;
  return inLanes(plans, (plan) => parkOne(engine, jobs, plan, pass), parking.atOnce);
}

/** Some at a time, with the answers in the order of the questions. */
export async function inLanes<One, Answer>(
  all: readonly One[],
  work: (one: One) => Promise<Answer>,
  atOnce = AT_ONCE,
): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  const left = all.entries();
  const lane = async (): Promise<void> => {
    for (const [i, one] of left) answers[i] = await work(one);
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
  return answers;
}

const MOST_VISITS = 10_000;

async function parkOne(
  engine: Engine,
  jobs: ReturnType<typeof createJobs>,
  plan: Plan,
  pass: (ms: number) => void,
): Promise<Wave> {
  const actor = { ...OPERATOR, groups: plan.site.policy.operators };
  const started = await handle(engine, plan.wave, { type: 'StartWave', plan, actor });
  if (started.kind === 'refusal') throw new Error(started.sentence);
  for (let visits = 0; visits < MOST_VISITS; visits++) {
    const wave = (await engine.log.load(plan.wave))?.wave;
    if (!wave) throw new Error(`${plan.wave} is gone`);
    const effect = due(wave).find(({ kind }) => kind === 'run-step' || kind === 'inspect-gate');
    const notBefore = effect && 'notBefore' in effect ? effect.notBefore : null;
    const early = notBefore === null ? 0 : notBefore - engine.clock.now();
    if (early > 0) pass(early);
    if (effect?.kind === 'run-step') await jobs.runStep(wave.id, effect.visit);
    else if (effect?.kind === 'inspect-gate') await jobs.inspectGate(wave.id, effect.visit);
    else if (wave.status === 'gated' || isEnded(wave)) return wave;
    else throw new Error(`${plan.wave} is ${wave.status}: ${JSON.stringify('hold' in wave ? wave.hold : null)}`);
  }
  throw new Error(`${plan.wave} does not come to a gate`);
}

/** As if Slack had heard everything of these waves: their threads stand, and nobody has anything to post. */
export async function toldInSlack(
  { redis, prefix }: Pick<Parking, 'redis' | 'prefix'>,
  waves: readonly Wave[],
): Promise<void> {
  const keys = keysOf(prefix);
  const [cursors, leases] = [createRedisCursors(redis, keys), createRedisLease(redis, keys)];
  await inLanes(waves, async ({ id, seq }) => {
    const lease = await leases.take(id, 'thread');
    if (!lease) throw new Error(`somebody else keeps the thread of ${id}`);
    const root = { channel: 'C0BENCH', ts: '1.000100' };
    await cursors.save(id, { root, heard: seq, intent: null, gates: {}, rootSeq: seq }, lease);
    await cursors.caughtUp(id, seq);
    await lease.release();
  });
}

const nothing = (): void => undefined;
const none = new Proxy({} as never, {
  get: () => async () => {
    throw new Error('nobody posts here');
  },
});
