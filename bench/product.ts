/** The product's own way of a wave, with real store, queue, lease and jobs; only the steps are empty and nobody posts to Slack. */
import { Redis } from 'ioredis';
import { createJobs } from '../jobs';
import { systemClock } from '../src/adapters/clock/system-clock';
import { sha256 } from '../src/adapters/digest';
import { createBullQueue } from '../src/adapters/queue/bullmq-queue';
import { startWorkers } from '../src/adapters/queue/bullmq-workers';
import { gathered } from '../src/adapters/store/gathered-writes';
import { keysOf } from '../src/adapters/store/keys';
import { createRedisLease } from '../src/adapters/store/redis-lease';
import { createRedisWaveLog, type Seen } from '../src/adapters/store/redis-wave-log';
import { waveId } from '../src/core/ids';
import { type Engine, handle } from '../src/engine/handle';
import { parseStoredEvent, parseStoredWave } from '../src/parse/stored-wave';
import type { World } from '../src/ports/world';
import type { Contestant } from './contest';
import { APPROVER, emptyWorksTelling, OPERATOR, planOf } from './waves';

type Parsed<Value> = { ok: true; value: Value } | { ok: false; faults: readonly { wrong: string }[] };
const first =
  <Value>(parse: (value: unknown) => Parsed<Value>) =>
  (value: unknown) => {
    const parsed = parse(value);
    return parsed.ok ? parsed : { ok: false as const, wrong: parsed.faults[0]?.wrong ?? '' };
  };

export function createProduct(url: string, prefix: string, concurrency: number): Contestant {
  const keys = keysOf(prefix);
  const warn = (): void => undefined;
  const seen: Seen = new Map();
  const clients = [
    gathered(new Redis(url, { maxRetriesPerRequest: 1 })),
    gathered(new Redis(url, { maxRetriesPerRequest: null })),
  ] as const;
  const waiting = new Map<string, () => void>();
  let onGate: (name: string) => void = () => undefined;
  let onBegun: (name: string) => void = () => undefined;
  const engineOf = (redis: Redis): Engine & { close(): Promise<void> } => {
    const storage = {
      redis,
      keys,
      minReplicas: 0,
      parseWave: first(parseStoredWave),
      parseEvent: first(parseStoredEvent),
      seen,
    };
    const log = createRedisWaveLog(storage);
    const queue = createBullQueue(redis, keys.tag, systemClock);
    return {
      log: {
        ...log,
        append: async (append) => {
          const appended = await log.append(append);
          if (appended.kind !== 'appended') return appended;
          const name = nameOf(append.wave);
          if (append.events.some(({ event }) => event.type === 'GateOpened')) setImmediate(() => onGate(name));
          if (append.next.status === 'completed') waiting.get(name)?.();
          return appended;
        },
      },
      queue,
      lease: createRedisLease(redis, keys),
      clock: systemClock,
      digest: sha256,
      warn,
      close: () => queue.close(),
    };
  };
  const [click, work] = [engineOf(clients[0]), engineOf(clients[1])];
  const world = { clock: systemClock, digest: sha256 } as unknown as World;
  const jobs = createJobs(
    {
      engine: work,
      world,
      works: emptyWorksTelling((wave) => onBegun(nameOf(wave))),
      worker: 'bench',
      goesOn: () => true,
    },
    { log: work.log, cursors: none, thread: none, clock: systemClock, digest: sha256, warn, alarm: warn },
  );
  const workers = startWorkers(clients[1], keys.tag, { ...jobs, post: async () => 'done' }, concurrency, warn);

  return {
    async start(name) {
      const plan = planOf(name);
      const handled = await handle(click, plan.wave, { type: 'StartWave', plan, actor: OPERATOR }, { stored: null });
      if (handled.kind === 'refusal') throw new Error(handled.sentence);
    },
    completed: (name) => new Promise((resolve) => waiting.set(name, () => resolve())),
    onBegun: (told) => {
      onBegun = told;
    },
    onGate: (told) => {
      onGate = told;
    },
    async approve(name) {
      const wave = waveId(`${name}-wave-1`);
      const stored = await click.log.load(wave);
      if (stored?.wave.status !== 'gated') return;
      const planned = stored.wave.plan.steps[stored.wave.at];
      const gate = stored.wave.steps[stored.wave.at]?.gate;
      if (!planned || gate?.state !== 'open') return;
      const command = {
        type: 'ApproveGate',
        step: planned.id,
        gate: gate.number,
        hash: gate.hash,
        reason: null,
      } as const;
      await handle(click, wave, { ...command, actor: APPROVER }, { stored });
    },
    async close() {
      await workers.close(5_000);
      await Promise.all([click.close(), work.close()]);
      for (const client of clients) client.disconnect();
    },
  };
}

const nameOf = (wave: string): string => wave.replace(/-wave-1$/, '');

const none = new Proxy({} as never, {
  get: () => async () => {
    throw new Error('nobody posts here');
  },
});
