import { DelayedError, type Job, Worker } from 'bullmq';
import type { Cluster, Redis } from 'ioredis';
import { z } from 'zod';
import type { Visit } from '../../core/commands';
import { stepId, type WaveId, waveId } from '../../core/ids';
import { CARRIED, type Trace } from '../../ports/trace';
import type { QueueName } from './bullmq-queue';

/** What a handler makes of a job: done, or to be asked again after so many real ms. */
export type JobResult = 'done' | { readonly againAfterMs: number };

export interface JobHandlers {
  readonly runStep: (wave: WaveId, visit: Visit) => Promise<JobResult>;
  readonly inspectGate: (wave: WaveId, visit: Visit) => Promise<JobResult>;
  readonly undoStep: (wave: WaveId, visit: Visit) => Promise<JobResult>;
  readonly post: (wave: WaveId) => Promise<JobResult>;
  /** `at`: epoch ms of the product's clock. */
  readonly wake: (wave: WaveId, at: number) => Promise<JobResult>;
}

const Data = z.object({
  wave: z.string().min(1),
  visit: z.object({ step: z.string(), attempt: z.number().int(), visit: z.number().int() }).optional(),
  at: z.number().optional(),
  trace: z.string().regex(CARRIED).optional().catch(undefined),
});

/** Short locks and frequent checks: the lease, not BullMQ, keeps two workers apart, and a death must not cost a minute. */
const MANNERS = { lockDuration: 8_000, stalledInterval: 4_000, maxStalledCount: 1_000_000, autorun: true } as const;

/** A store that does not answer is waited for no longer: leases run out by themselves. Real ms. */
const HAND_OVER_MS = 500;

export interface Workers {
  /** Takes no new work and lets running jobs finish within `ms` real time, then leaves them to another worker. */
  close(ms: number): Promise<void>;
}

export function startWorkers(
  redis: Redis | Cluster,
  tag: string,
  handlers: JobHandlers,
  concurrency: number,
  warn: (about: object, message: string) => void,
  /** Lets go of the waves whose jobs did not end in time, so that another worker has them at once. Never throws. */
  handOver: () => Promise<void> = async () => undefined,
  trace?: Trace,
): Workers {
  const work = (name: QueueName): Worker => {
    const worker = new Worker(name, (job, token) => run(job, token, handlers, trace), {
      connection: redis,
      prefix: tag,
      concurrency,
      ...MANNERS,
    });
    worker.on('error', (err) => warn({ queue: name, err: { message: err.message } }, 'worker'));
    worker.on('failed', (job, err) =>
      warn({ queue: name, job: job?.id, err }, 'job ended without a report; reconcile offers its work again'),
    );
    return worker;
  };
  const workers = [work('steps'), work('timers'), work('thread')];
  return {
    async close(ms) {
      const done = Promise.allSettled(workers.map((worker) => worker.close()));
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<'late'>((resolve) => {
        timer = setTimeout(() => resolve('late'), ms);
      });
      const ended = await Promise.race([done, late]);
      clearTimeout(timer);
      if (ended !== 'late') return;
      // A second `close` would wait for the first, and with it for the job: its connections are cut instead.
      warn({}, 'a running job did not end in time; another worker takes it over');
      await Promise.race([handOver(), new Promise((resolve) => setTimeout(resolve, HAND_OVER_MS))]);
      for (const worker of workers) void Promise.allSettled([worker.pause(true), worker.disconnect()]);
    },
  };
}

async function run(job: Job, token: string | undefined, handlers: JobHandlers, trace?: Trace): Promise<void> {
  const parsed = Data.safeParse(job.data);
  // What is not ours is dropped: the truth is in the log, and reconcile writes a sound job for whatever is due.
  if (!parsed.success) return;
  const { wave, trace: carried } = parsed.data;
  const work = (): Promise<JobResult> => dispatch(job.name, parsed.data, handlers);
  const result = await (trace ? trace.span(`job ${job.name}`, { wave }, work, carried ?? null) : work());
  if (result === 'done') return;
  await job.moveToDelayed(Date.now() + Math.max(1, Math.ceil(result.againAfterMs)), token);
  throw new DelayedError();
}

function dispatch(name: string, data: z.infer<typeof Data>, handlers: JobHandlers): Promise<JobResult> {
  const wave = waveId(data.wave);
  if (name === 'post') return handlers.post(wave);
  if (name === 'wake') return handlers.wake(wave, data.at ?? 0);
  if (!data.visit) return Promise.resolve('done');
  const visit: Visit = { ...data.visit, step: stepId(data.visit.step) };
  if (name === 'run-step') return handlers.runStep(wave, visit);
  if (name === 'inspect-gate') return handlers.inspectGate(wave, visit);
  if (name === 'undo-step') return handlers.undoStep(wave, visit);
  return Promise.resolve('done');
}
