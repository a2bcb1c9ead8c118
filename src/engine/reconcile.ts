import { due } from '../core/due';
import type { WaveId } from '../core/ids';
import { type Engine, enqueue } from './handle';

/**
 * Puts back on the queue what open waves are owed and what Slack has not heard: heals a crash between append and enqueue,
 * and a queue that lost its jobs. Safe at any time and from any number of processes. Returns how many waves it looked at.
 * A wave that cannot be read is told of and does not keep the others waiting.
 */
export async function reconcile(engine: Engine): Promise<number> {
  const open = await engine.log.openWaves();
  const unheard = await engine.log.unheardWaves();
  const waves = [...new Set([...open, ...unheard])];
  for (const id of waves) await reconcileWave(engine, id, await nobodyWorks(engine, id));
  return waves.length;
}

/** The same for one wave: also what a timer does when it goes off. */
export async function reconcileWave(engine: Engine, id: WaveId, again = false): Promise<void> {
  try {
    const stored = await engine.log.load(id);
    if (stored) await enqueue(engine, stored.wave, again);
  } catch (cause) {
    engine.warn({ wave: id, err: cause }, 'wave cannot be reconciled');
  }
}

/** A job may be there whose worker is dead: nobody holds the wave, so its work is offered again. */
async function nobodyWorks(engine: Engine, id: WaveId): Promise<boolean> {
  const [work, thread] = await Promise.all([engine.lease.isFree(id, 'work'), engine.lease.isFree(id, 'thread')]);
  return work && thread;
}

/** Whether anything but Slack's news is due now: used by tests and by `doctor`. */
export async function owes(engine: Engine, id: WaveId): Promise<boolean> {
  const stored = await engine.log.load(id);
  return stored !== null && due(stored.wave).some((effect) => effect.kind !== 'post');
}
