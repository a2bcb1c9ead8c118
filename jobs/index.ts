import type { Visit } from '../src/core/commands';
import type { WaveId } from '../src/core/ids';
import { handle } from '../src/engine/handle';
import { reconcileWave } from '../src/engine/reconcile';
import type { Lease, StoredWave } from '../src/ports/wave-log';
import { inspectGate } from './inspect-gate';
import type { JobResult } from './job-result';
import { keepThread, type ThreadRoom } from './post-updates';
import { runStep } from './run-step';
import { actorOf, type JobRoom } from './step-context';
import { undoStep } from './undo-step';

/** Somebody else works on the wave: asked again this much later, real ms. */
const BUSY_MS = 60;

/** What a worker does for each kind of due work. */
export interface Jobs {
  readonly runStep: (wave: WaveId, visit: Visit) => Promise<JobResult>;
  readonly inspectGate: (wave: WaveId, visit: Visit) => Promise<JobResult>;
  readonly undoStep: (wave: WaveId, visit: Visit) => Promise<JobResult>;
  readonly post: (wave: WaveId) => Promise<JobResult>;
  readonly wake: (wave: WaveId, at: number) => Promise<JobResult>;
}

export function createJobs(room: JobRoom, thread: ThreadRoom): Jobs {
  const keep = keepThread(thread);
  const work =
    (job: (room: JobRoom, stored: StoredWave, visit: Visit, lease: Lease) => Promise<void>) =>
    (wave: WaveId, visit: Visit) =>
      under(room, 'work', wave, async (lease, stored) => {
        if (stored) await job(room, stored, visit, lease);
        return 'done';
      });
  return {
    runStep: work(runStep),
    inspectGate: work(inspectGate),
    undoStep: work(undoStep),
    post: (wave) => under(room, 'thread', wave, (lease) => keep(wave, lease)),
    wake: async (wave, at) => {
      const early = room.engine.clock.realMsUntil(at);
      if (early > 0) return { againAfterMs: early };
      await handle(room.engine, wave, { type: 'Tick', actor: actorOf(room) });
      await reconcileWave(room.engine, wave);
      return 'done';
    },
  };
}

/**
 * One worker at a time: work on a wave never meets other work on it, and its thread is written by one hand. The wave is
 * asked for in one breath with the lease, and so read after it was taken.
 */
async function under(
  room: JobRoom,
  purpose: 'work' | 'thread',
  wave: WaveId,
  job: (lease: Lease, stored: StoredWave | null) => Promise<JobResult>,
): Promise<JobResult> {
  const taking = room.engine.lease.take(wave, purpose);
  const reading = purpose === 'work' ? room.engine.log.load(wave) : Promise.resolve(null);
  const [taken, read] = await Promise.allSettled([taking, reading]);
  if (taken.status === 'rejected') throw taken.reason;
  const lease = taken.value;
  if (!lease) return { againAfterMs: BUSY_MS };
  try {
    if (read.status === 'rejected') throw read.reason;
    return await job(lease, read.value);
  } finally {
    await lease.release();
  }
}
