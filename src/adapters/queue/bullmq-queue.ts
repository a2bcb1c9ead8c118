import { type JobsOptions, Queue } from 'bullmq';
import type { Cluster, Redis } from 'ioredis';
import type { Effect } from '../../core/due';
import type { WaveId } from '../../core/ids';
import type { Clock } from '../../ports/clock';
import type { Carried, Trace } from '../../ports/trace';
import type { WorkQueue } from '../../ports/work-queue';

/** Steps, timers and Slack have a queue each, so that none waits behind the others. */
export const QUEUES = ['steps', 'timers', 'thread'] as const;
export type QueueName = (typeof QUEUES)[number];

/** Nothing of a job is kept when it is over: what happened stands in the wave's log. */
const NO_TRACE: JobsOptions = { removeOnComplete: true, removeOnFail: true, attempts: 1 };

export interface BullQueue extends WorkQueue {
  close(): Promise<void>;
}

/** `tag` is the hash tag that all keys of the product share. */
export function createBullQueue(redis: Redis | Cluster, tag: string, clock: Clock, trace?: Trace): BullQueue {
  const queues: Record<QueueName, Queue> = {
    steps: new Queue('steps', { connection: redis, prefix: tag }),
    timers: new Queue('timers', { connection: redis, prefix: tag }),
    thread: new Queue('thread', { connection: redis, prefix: tag }),
  };
  for (const queue of Object.values(queues)) queue.on('error', () => undefined);
  return {
    async add(wave: WaveId, effects: readonly Effect[], again = false): Promise<void> {
      await Promise.all(
        effects.map((effect) => addOne({ queues, clock, carried: trace?.carried() ?? null }, wave, effect, again)),
      );
    },
    async close() {
      await Promise.all(Object.values(queues).map((queue) => queue.close()));
    },
  };
}

interface Adding {
  readonly queues: Record<QueueName, Queue>;
  readonly clock: Clock;
  /** What the work is a part of. */
  readonly carried: Carried | null;
}

async function addOne({ queues, clock, carried }: Adding, wave: WaveId, effect: Effect, again: boolean): Promise<void> {
  const at = effect.kind === 'post' ? null : effect.notBefore;
  const delay = at === null ? 0 : clock.realMsUntil(at);
  if (effect.kind === 'wake' || delay > 0) {
    await queues.timers.add('wake', { wave, at }, { ...NO_TRACE, jobId: effect.key, delay: Math.ceil(delay) });
    return;
  }
  const of = carried === null ? {} : { trace: carried };
  // One job brings the thread up to the log however far that has come: news that come while it waits need no job of their own.
  if (effect.kind === 'post') return offer(queues.thread, effect.kind, `${wave}.post`, { wave, ...of }, again);
  return offer(queues.steps, effect.kind, effect.key, { wave, visit: effect.visit, ...of }, again);
}

async function offer(queue: Queue, name: string, key: string, data: object, again: boolean): Promise<void> {
  const jobId = again ? await vacant(queue, key) : key;
  if (jobId !== null) await queue.add(name, data, { ...NO_TRACE, jobId });
}

/**
 * BullMQ takes an id that it has in any state as done, also when the worker that had the job is dead, and gives such a
 * job back only after its own stall check: the second offer goes under an id of its own, and if both run, one finds a
 * stale visit. A job that still waits comes by itself and may have been told to: null. There is one such id for each
 * worker that has died over this work since that check, however many they are.
 */
async function vacant(queue: Queue, key: string): Promise<string | null> {
  for (let offers = 0; ; offers++) {
    const id = offers === 0 ? key : `${key}.again-${offers}`;
    const state = await queue.getJobState(id);
    if (state === 'unknown') return id;
    if (state !== 'active') return null;
  }
}
