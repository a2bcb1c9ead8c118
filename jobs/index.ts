import type { Visit } from '../src/core/commands';
import { due } from '../src/core/due';
import type { WaveId } from '../src/core/ids';
import { handle } from '../src/engine/handle';
import { reconcileWave } from '../src/engine/reconcile';
import { createStretch, type Stretch } from '../src/engine/stretch';
import type { Lease, StoredWave } from '../src/ports/wave-log';
import { inspectGate } from './inspect-gate';
import type { JobResult } from './job-result';
import { keepThread, type ThreadRoom } from './post-updates';
import { runStep } from './run-step';
import { actorOf, type JobRoom, type VisitKind } from './step-context';
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
  const work = (kind: VisitKind) => (wave: WaveId, visit: Visit) =>
    under(room, 'work', wave, async (lease, stored) => {
      if (stored) await walk(room, createStretch(room.engine, stored, lease), { kind, visit });
      return 'done';
    });
  return {
    runStep: work('run-step'),
    inspectGate: work('inspect-gate'),
    undoStep: work('undo-step'),
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

interface Due {
  readonly kind: VisitKind;
  readonly visit: Visit;
}

const VISITS: { readonly [kind in VisitKind]: (room: JobRoom, stretch: Stretch, visit: Visit) => Promise<boolean> } = {
  'run-step': runStep,
  'inspect-gate': inspectGate,
  'undo-step': undoStep,
};

/** The visit that was asked for, and what is due at once after it: a worker leaves a wave where it has to wait, or people are asked. */
async function walk(room: JobRoom, stretch: Stretch, first: Due): Promise<void> {
  const { around = (_kind, _wave, _visit, work) => work() } = room;
  try {
    for (let now: Due | null = first; now; ) {
      const { kind, visit }: Due = now;
      let next: Due | null = null;
      await around(kind, stretch.id, visit, async () => {
        const moved = await VISITS[kind](room, stretch, visit);
        next = moved ? dueAtOnce(room, stretch, { kind, visit }) : null;
        if (!next) await stretch.write('ends');
      });
      now = next;
    }
  } finally {
    stretch.close();
  }
}

/** What was applied is checked by the same worker; whether it goes on to the next step is for the room to say. */
function dueAtOnce(room: JobRoom, stretch: Stretch, { kind, visit }: Due): Due | null {
  const [next] = due(stretch.wave());
  if (!next || next.kind === 'post' || next.kind === 'wake' || next.notBefore !== null) return null;
  return (next.kind === kind && next.visit.step === visit.step) || room.goesOn?.(stretch.id) ? next : null;
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
