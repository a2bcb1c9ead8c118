import { randomUUID } from 'node:crypto';
import { type JobsOptions, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Effect } from '../../core/due';
import type { WaveId } from '../../core/ids';
import type { Clock } from '../../ports/clock';
import type { WorkQueue } from '../../ports/work-queue';

/** Steps, timers and Slack have a queue each, so that none waits behind the others. */
export const QUEUES = ['steps', 'timers', 'thread'] as const;
export type QueueName = (typeof QUEUES)[number];

/** Nothing of a job is kept when it is over: what happened stands in the wave's log. */
const NO_TRACE: JobsOptions = { removeOnComplete: true, removeOnFail: true, attempts: 1 };
/** A second offer of the same work is made at most this often. */
const OFFER_AGAIN_MS = 1_500;

export interface BullQueue extends WorkQueue {
  close(): Promise<void>;
}

/** `tag` is the hash tag that all keys of the product share. */
export function createBullQueue(redis: Redis, tag: string, clock: Clock): BullQueue {
  const queues: Record<QueueName, Queue> = {
    steps: new Queue('steps', { connection: redis, prefix: tag }),
    timers: new Queue('timers', { connection: redis, prefix: tag }),
    thread: new Queue('thread', { connection: redis, prefix: tag }),
  };
  for (const queue of Object.values(queues)) queue.on('error', () => undefined);
  return {
    async add(wave: WaveId, effects: readonly Effect[], again = false): Promise<void> {
      await Promise.all(effects.map((effect) => addOne(queues, clock, wave, effect, again)));
    },
    async close() {
      await Promise.all(Object.values(queues).map((queue) => queue.close()));
    },
  };
}

async function addOne(
  queues: Record<QueueName, Queue>,
  clock: Clock,
  wave: WaveId,
  effect: Effect,
  again: boolean,
): Promise<void> {
  const at = effect.kind === 'post' ? null : effect.notBefore;
  const delay = at === null ? 0 : clock.realMsUntil(at);
  if (effect.kind === 'wake' || delay > 0) {
    await queues.timers.add('wake', { wave, at }, { ...NO_TRACE, jobId: effect.key, delay: Math.ceil(delay) });
    return;
  }
  const queue = effect.kind === 'post' ? queues.thread : queues.steps;
  const data = effect.kind === 'post' ? { wave } : { wave, visit: effect.visit };
  await queue.add(effect.kind, data, { ...NO_TRACE, ...(again ? offer(effect.key) : { jobId: effect.key }) });
}

/**
 * BullMQ takes an id that it has in any state as done, also when the worker that had the job is dead, and gives such a
 * job back only after its own stall check. The second offer goes under an id of its own; if both run, one finds a stale visit.
 */
function offer(key: string): JobsOptions {
  return { jobId: `${key}.again.${randomUUID()}`, deduplication: { id: `${key}.again`, ttl: OFFER_AGAIN_MS } };
}
