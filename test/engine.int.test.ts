import { sha256 } from '../src/adapters/digest';
import { keysOf } from '../src/adapters/store/keys';
import { createRedisLease } from '../src/adapters/store/redis-lease';
import { createRedisWaveLog } from '../src/adapters/store/redis-wave-log';
import type { WaveCommand } from '../src/core/commands';
import type { Effect } from '../src/core/due';
import { type WaveId, waveId } from '../src/core/ids';
import { STORE_FORMAT } from '../src/core/store-format';
import { type Engine, handle } from '../src/engine/handle';
import { reconcile, sweep } from '../src/engine/reconcile';
import { verifyLog } from '../src/engine/verify-log';
import { parseStoredEvent, parseStoredWave } from '../src/parse/stored-wave';
import { Fault } from '../src/ports/fault';
import { NewerWave } from '../src/ports/wave-log';
import { AISHA, applied, DANIEL, MARIA, shortPlan, start, T0, visitOf, WORKER } from './support/core-waves';
import { type TestRedis, testRedis } from './support/private-redis';

let redis: TestRedis;
let prefix = 0;

beforeAll(async () => {
  redis = await testRedis();
});
afterAll(() => redis.close());

interface Given {
  readonly engine: Engine;
  readonly added: Effect[];
  readonly keys: ReturnType<typeof keysOf>;
  breakQueue(): void;
}

function given(): Given {
  const keys = keysOf(`test-${prefix++}`);
  const added: Effect[] = [];
  let broken = false;
  const first =
    <Value>(
      parse: (value: unknown) => { ok: true; value: Value } | { ok: false; faults: readonly { wrong: string }[] },
    ) =>
    (value: unknown) => {
      const parsed = parse(value);
      return parsed.ok ? parsed : { ok: false as const, wrong: parsed.faults[0]?.wrong ?? '' };
    };
  const engine: Engine = {
    log: createRedisWaveLog({
      redis: redis.client,
      keys,
      minReplicas: 0,
      parseWave: first(parseStoredWave),
      parseEvent: first(parseStoredEvent),
    }),
    lease: createRedisLease(redis.client, keys),
    queue: {
      add: async (_wave, effects) => {
        if (broken) throw new Error('the queue is gone');
        added.push(...effects);
      },
    },
    clock: { now: () => T0, realMsUntil: () => 0, sleep: async () => undefined },
    digest: sha256,
    warn: () => undefined,
  };
  return {
    engine,
    added,
    keys,
    breakQueue: () => {
      broken = true;
    },
  };
}

const plan = shortPlan();

/** Work that was put on the queue is missed only after this. */
const MISSED_AFTER_MS = 1_500;
const at = (ms: number): Engine['clock'] => ({
  now: () => T0 + ms,
  realMsUntil: () => 0,
  sleep: async () => undefined,
});

describe('a wave in Redis', () => {
  it('is started once: the second start is told so and adds nothing', async () => {
    const { engine } = given();
    expect((await handle(engine, plan.wave, start(plan))).kind).toBe('handled');
    expect(await handle(engine, plan.wave, start(plan))).toMatchObject({ kind: 'refusal', code: 'exists' });
    expect(await engine.log.read(plan.wave)).toHaveLength(1);
  });

  it('comes back from the store as it was decided', async () => {
    const { engine } = given();
    const handled = await handle(engine, plan.wave, start(plan));
    if (handled.kind !== 'handled') throw new Error(handled.sentence);
    expect((await engine.log.load(plan.wave))?.wave).toEqual(handled.wave);
  });

  it('takes 100 commands at once one after the other, and its chain holds', async () => {
    const { engine } = given();
    await handle(engine, plan.wave, start(plan));
    const commands: WaveCommand[] = Array.from({ length: 100 }, (_, i) =>
      i % 2 === 0
        ? { type: 'PauseWave', reason: `${i}`, actor: MARIA }
        : { type: 'ResumeWave', reason: null, actor: MARIA },
    );
    const answers = await Promise.all(commands.map((command) => handle(engine, plan.wave, command)));
    const accepted = answers.filter((answer) => answer.kind === 'handled').length;
    const log = await engine.log.read(plan.wave);
    expect(log.map(({ seq }) => seq)).toEqual(log.map((_, i) => i + 1));
    expect(log).toHaveLength(accepted + 1);
    expect(verifyLog(sha256, log, null)).toBeNull();
  });

  it('keeps its resources for itself, and frees them when it ends', async () => {
    const { engine } = given();
    const other = { ...plan, wave: waveId('site-z-wave-1') };
    await handle(engine, plan.wave, start(plan));
    expect(await handle(engine, other.wave, start(other))).toMatchObject({ kind: 'refusal', code: 'locked' });
    await handle(engine, plan.wave, { type: 'AbortWave', reason: 'enough', actor: MARIA });
    expect((await handle(engine, other.wave, start(other))).kind).toBe('handled');
    expect(await engine.log.openWaves()).toEqual([other.wave]);
  });

  it('is decided even when the queue is gone, and reconcile adds what is due', async () => {
    const lost = given();
    lost.breakQueue();
    expect((await handle(lost.engine, plan.wave, start(plan))).kind).toBe('handled');
    const added: Effect[] = [];
    const queue = { add: async (_wave: WaveId, effects: readonly Effect[]) => void added.push(...effects) };
    await reconcile({ ...lost.engine, queue, clock: at(MISSED_AFTER_MS - 1) });
    expect(added.map(({ kind }) => kind)).toEqual(['post']);
    await reconcile({ ...lost.engine, queue, clock: at(MISSED_AFTER_MS) });
    expect(added.map(({ kind }) => kind)).toEqual(['post', 'run-step', 'post']);
  });

  it('is not looked at while a worker holds it, while nothing is due, and after its end', async () => {
    const { engine } = given();
    const due = () => engine.log.dueWaves(T0 + MISSED_AFTER_MS, T0 + MISSED_AFTER_MS, 10);
    await handle(engine, plan.wave, start(plan));
    const lease = await engine.lease.take(plan.wave, 'work');
    expect(await due()).toEqual([]);
    await lease?.release();
    expect(await due()).toEqual([plan.wave]);
    await handle(engine, plan.wave, { type: 'PauseWave', reason: null, actor: MARIA });
    expect(await due()).toEqual([]);
    expect(await engine.log.forgottenWaves()).toBe(0);
    await handle(engine, plan.wave, { type: 'ResumeWave', reason: null, actor: MARIA });
    expect(await due()).toEqual([plan.wave]);
    await handle(engine, plan.wave, { type: 'AbortWave', reason: 'enough', actor: MARIA });
    expect(await due()).toEqual([]);
  });

  it('that an earlier version left without a time of its own is found by the sweep', async () => {
    const { engine, keys } = given();
    await handle(engine, plan.wave, start(plan));
    await redis.client.del(keys.due);
    expect(await engine.log.forgottenWaves()).toBe(1);
    await sweep(engine);
    expect(await engine.log.forgottenWaves()).toBe(0);
    expect(await engine.log.dueWaves(T0 + MISSED_AFTER_MS, T0, 10)).toEqual([plan.wave]);
  });

  it('is found by the sweep although the list names another wave that an earlier version has ended', async () => {
    const { engine, keys } = given();
    await handle(engine, plan.wave, start(plan));
    // What an earlier version leaves: it knows no list of times, neither when a wave begins nor when it ends.
    await redis.client.del(keys.due);
    await redis.client.zadd(keys.due, T0, 'site-z-wave-1');
    expect(await engine.log.forgottenWaves()).toBe(1);
    await sweep(engine);
    expect(await engine.log.forgottenWaves()).toBe(0);
    expect(await engine.log.dueWaves(T0 + MISSED_AFTER_MS, T0, 10)).toEqual([plan.wave]);
  });

  it('has one decision for 100 approvals of one gate by two approvers', async () => {
    const { engine, added } = given();
    await handle(engine, plan.wave, start(plan));
    let wave = await load(engine);
    for (const outcome of [applied, { kind: 'passed', summary: 'It holds.', evidence: [] } as const]) {
      await handle(engine, plan.wave, { type: 'BeginStep', visit: visitOf(wave), actor: WORKER });
      await handle(engine, plan.wave, {
        type: 'ReportStep',
        visit: visitOf(await load(engine)),
        outcome,
        actor: WORKER,
      });
      wave = await load(engine);
    }
    const hash = 'f'.repeat(64);
    await handle(engine, plan.wave, {
      type: 'ReportGate',
      visit: visitOf(wave),
      outcome: { kind: 'passed', summary: 'Green.', evidence: [] },
      hash,
      actor: WORKER,
    });
    wave = await load(engine);
    if (wave.status !== 'gated') throw new Error(wave.status);
    const step = visitOf(wave).step;
    added.length = 0;
    const answers = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        handle(engine, plan.wave, {
          type: 'ApproveGate',
          step,
          gate: 1,
          hash,
          reason: null,
          actor: i % 2 ? DANIEL : AISHA,
        }),
      ),
    );
    expect(answers.filter((answer) => answer.kind === 'handled')).toHaveLength(1);
    const told = answers.flatMap((answer) => (answer.kind === 'refusal' ? [answer] : []));
    expect(told).toHaveLength(99);
    for (const { code, sentence } of told) {
      expect(code).toBe('decided');
      expect(sentence).toMatch(/<@U0(DANIEL|AISHA)>/);
    }
    expect(added.filter(({ kind }) => kind === 'run-step')).toHaveLength(1);
  });
});

describe('a wave that a newer version has written', () => {
  const newer = async ({ keys }: Given): Promise<void> => {
    await redis.client.hset(
      keys.wave(plan.wave),
      'format',
      String(STORE_FORMAT + 1),
      'state',
      '{"status":"of tomorrow"}',
    );
  };

  it('is marked with the form that it was written in, and one without a mark is of the first form', async () => {
    const { engine, keys } = given();
    await handle(engine, plan.wave, start(plan));
    expect(await redis.client.hget(keys.wave(plan.wave), 'format')).toBe(String(STORE_FORMAT));
    await redis.client.hdel(keys.wave(plan.wave), 'format');
    expect((await handle(engine, plan.wave, { type: 'PauseWave', reason: null, actor: MARIA })).kind).toBe('handled');
  });

  it('is refused with a sentence that says where it goes on, also to a worker in the middle of it, and stays as it is', async () => {
    const all = given();
    const { engine, keys } = all;
    await handle(engine, plan.wave, start(plan));
    const stored = await engine.log.load(plan.wave);
    if (!stored) throw new Error('the wave is not there');
    await handle(engine, plan.wave, { type: 'PauseWave', reason: null, actor: MARIA });
    await newer(all);
    const before = [await redis.client.hgetall(keys.wave(plan.wave)), await redis.client.llen(keys.log(plan.wave))];
    const report = { type: 'BeginStep', visit: visitOf(stored.wave), actor: WORKER } as const;
    for (const shift of [{}, { stored }]) {
      const asked = handle(engine, plan.wave, report, shift);
      await expect(asked).rejects.toThrow(NewerWave);
      await expect(asked).rejects.toThrow('goes on where the newer version runs');
    }
    expect([await redis.client.hgetall(keys.wave(plan.wave)), await redis.client.llen(keys.log(plan.wave))]).toEqual(
      before,
    );
  });

  it('does not keep other waves from being reconciled', async () => {
    const all = given();
    const site = { ...plan.site, site: 'site-z' };
    const other = { ...plan, wave: waveId('site-z-wave-1'), site, locks: ['site:site-z'] };
    await handle(all.engine, plan.wave, start(plan));
    await handle(all.engine, other.wave, start(other));
    await newer(all);
    all.added.length = 0;
    await reconcile({ ...all.engine, clock: at(MISSED_AFTER_MS) });
    expect(all.added.filter(({ kind }) => kind === 'run-step').map(({ key }) => key)).toEqual([
      expect.stringContaining(other.wave),
    ]);
  });
});

describe('Redis that holds garbage', () => {
  it.each([
    ['text that is no JSON', 'state', 'not json'],
    ['another shape', 'state', '{"status":"flying"}'],
    ['a plan of another shape', 'plan', '[]'],
    ['the number of another event', 'seq', '9'],
  ])('is refused by the key that holds %s, and stays as it is', async (_what, field, value) => {
    const { engine, keys } = given();
    await handle(engine, plan.wave, start(plan));
    await redis.client.hset(keys.wave(plan.wave), field, value);
    await expect(handle(engine, plan.wave, { type: 'PauseWave', reason: null, actor: MARIA })).rejects.toThrow(Fault);
    await expect(handle(engine, plan.wave, { type: 'PauseWave', reason: null, actor: MARIA })).rejects.toThrow(
      keys.wave(plan.wave),
    );
    expect(await redis.client.hget(keys.wave(plan.wave), field)).toBe(value);
  });

  it('does not keep other waves from being reconciled', async () => {
    const { engine, keys, added } = given();
    const site = { ...plan.site, site: 'site-z' };
    const other = { ...plan, wave: waveId('site-z-wave-1'), site, locks: ['site:site-z'] };
    await handle(engine, plan.wave, start(plan));
    await handle(engine, other.wave, start(other));
    await redis.client.hset(keys.wave(plan.wave), 'state', '{}');
    added.length = 0;
    await reconcile({ ...engine, clock: at(MISSED_AFTER_MS) });
    expect(added.filter(({ kind }) => kind === 'run-step').map(({ key }) => key)).toEqual([
      expect.stringContaining(other.wave),
    ]);
  });
});

describe('the lease of a wave', () => {
  it('is held by one at a time and free again when released', async () => {
    const { engine } = given();
    const lease = await engine.lease.take(plan.wave, 'work');
    expect(await engine.lease.take(plan.wave, 'work')).toBeNull();
    expect(await engine.lease.take(plan.wave, 'thread')).not.toBeNull();
    await lease?.release();
    expect(await engine.lease.isFree(plan.wave, 'work')).toBe(true);
  });

  it('is known to be lost by its holder once another could have taken it', async () => {
    const { engine, keys } = given();
    const lease = await engine.lease.take(plan.wave, 'work');
    await redis.client.del(keys.lease(plan.wave, 'work'));
    expect(await lease?.isHeld()).toBe(false);
    await lease?.release();
  });
});

async function load(engine: Engine) {
  const stored = await engine.log.load(plan.wave);
  if (!stored) throw new Error('the wave is not there');
  return stored.wave;
}
