import { Queue } from 'bullmq';
import type { Cluster, Redis } from 'ioredis';
import { QUEUES, type QueueName } from './bullmq-queue';

export interface QueueDepth {
  readonly queue: QueueName;
  readonly jobs: Readonly<Record<'waiting' | 'active' | 'delayed', number>>;
  /** How long the job that is next has been waiting for a worker, real ms. */
  readonly oldestWaitingMs: number;
}

/** What stands in the queues. Reads only. */
export interface QueueFigures {
  depths(): Promise<readonly QueueDepth[]>;
  /** What BullMQ says of a job: `unknown` when there is none. */
  stateOf(queue: QueueName, id: string): Promise<string>;
  close(): Promise<void>;
}

export function createQueueFigures(redis: Redis | Cluster, tag: string): QueueFigures {
  // Most commands never look: a queue is opened by its first question.
  const queues = new Map<QueueName, Queue>();
  const of = (name: QueueName): Queue => {
    const queue = queues.get(name) ?? new Queue(name, { connection: redis, prefix: tag });
    if (!queues.has(name)) queue.on('error', () => undefined);
    queues.set(name, queue);
    return queue;
  };
  return {
    depths: () => Promise.all(QUEUES.map((name) => depthOf(name, of(name)))),
    stateOf: (name, id) => of(name).getJobState(id),
    close: async () => {
      await Promise.all([...queues.values()].map((queue) => queue.close()));
    },
  };
}

async function depthOf(name: QueueName, queue: Queue): Promise<QueueDepth> {
  const [counts, next] = await Promise.all([
    queue.getJobCounts('waiting', 'active', 'delayed'),
    queue.getJobs(['waiting'], 0, 0, true),
  ]);
  const since = next[0]?.timestamp;
  const { waiting = 0, active = 0, delayed = 0 } = counts;
  return {
    queue: name,
    jobs: { waiting, active, delayed },
    oldestWaitingMs: since === undefined ? 0 : Math.max(0, Date.now() - since),
  };
}
