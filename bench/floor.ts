/**
 * The same store used by hand, and nothing else: a BullMQ job per step; its handler appends one audit entry and moves the
 * state in one script, then adds the next job. Gates end the chain; an approval is the same script and the next job.
 *
 * An entry says before the work that it begins and after it that it is done, so that a death in between is seen. With
 * `barest` there is only the one after it.
 */
import { Queue, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import { run, script } from '../src/adapters/store/script';
import type { Contestant } from './contest';
import { STEPS } from './waves';

const MOVE = script(`
local state = redis.call('HGET', KEYS[2], 'state')
if (state or '0') ~= ARGV[1] then return 0 end
redis.call('XADD', KEYS[1], '*', 'e', ARGV[3])
redis.call('HSET', KEYS[2], 'state', ARGV[2])
return 1
`);
const GATES = new Set([3, 6, 9]);

export function createFloor(redis: Redis, prefix: string, concurrency: number, barest = false): Contestant {
  const tag = `{${prefix}}`;
  const queue = new Queue('floor', { connection: redis, prefix: tag });
  const waiting = new Map<string, () => void>();
  let onGate: (name: string) => void = () => undefined;
  let onBegun: (name: string) => void = () => undefined;
  const trace = { removeOnComplete: true, removeOnFail: true };
  const move = async (name: string, from: string, to: string, entry: string): Promise<boolean> =>
    (await run(redis, MOVE, [`${tag}:${name}:log`, `${tag}:${name}`], [from, to, entry])) === 1;
  const entry = (name: string, what: string, step: number): string =>
    JSON.stringify({ wave: name, at: Date.now(), by: 'worker', what, step, summary: 'Nothing to do.' });
  const add = (name: string, step: number): Promise<unknown> =>
    queue.add('step', { name, step }, { ...trace, jobId: `${name}.${step}` });

  const worker = new Worker(
    'floor',
    async (job) => {
      const { name, step } = job.data as { name: string; step: number };
      const [due, begun] = [`due-${step}`, `begun-${step}`];
      if (!barest && !(await move(name, due, begun, entry(name, 'StepBegun', step)))) return;
      onBegun(name);
      const next = step + 1;
      const to = next === STEPS ? 'completed' : GATES.has(next) ? `gate-${next}` : `due-${next}`;
      await move(name, barest ? due : begun, to, entry(name, 'StepPassed', step));
      if (to === 'completed') waiting.get(name)?.();
      else if (GATES.has(next)) onGate(name);
      else await add(name, next);
    },
    { connection: redis, prefix: tag, concurrency, lockDuration: 8_000, stalledInterval: 4_000, maxStalledCount: 1e6 },
  );
  worker.on('error', () => undefined);

  return {
    async start(name) {
      await move(name, '0', 'due-0', entry(name, 'WaveStarted', 0));
      await add(name, 0);
    },
    completed: (name) => new Promise((resolve) => waiting.set(name, () => resolve())),
    onGate: (told) => {
      onGate = told;
    },
    onBegun: (told) => {
      onBegun = told;
    },
    async approve(name) {
      const state = await redis.hget(`${tag}:${name}`, 'state');
      const step = Number((state ?? '').replace('gate-', ''));
      if (await move(name, `gate-${step}`, `due-${step}`, entry(name, 'GateApproved', step))) await add(name, step);
    },
    async close() {
      await worker.close();
      await queue.close();
    },
  };
}
