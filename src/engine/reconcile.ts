import { due, type Effect } from '../core/due';
import type { WaveId } from '../core/ids';
import { type Engine, enqueue } from './handle';

/**
 * Puts back on the queue what open waves are owed and what Slack has not heard: heals a crash between append and enqueue,
 * and a queue that lost its jobs. Safe at any time and from any number of processes. Returns how many waves it looked at.
 * A wave that cannot be read is told of and does not keep the others waiting.
 */
export async function reconcile(engine: Engine): Promise<number> {
  const open = await engine.log.openWaves();
  const unheard = new Set(await engine.log.unheardWaves());
  const waves = [...new Set([...open, ...unheard])];
  for (const id of waves) await lookAt(engine, id, unheard.has(id));
  return waves.length;
}

/** What one wave is owed but Slack's news: what a timer does when it goes off. */
export async function reconcileWave(engine: Engine, id: WaveId): Promise<void> {
  await guarded(engine, id, async () => {
    const stored = await engine.log.load(id);
    if (stored) await enqueue(engine, stored.wave, due(stored.wave).filter(isWork));
  });
}

/** A job may be there whose worker is dead: where nobody holds the wave, its work is offered again. */
async function lookAt(engine: Engine, id: WaveId, unheard: boolean): Promise<void> {
  await guarded(engine, id, async () => {
    const [stored, idle] = await Promise.all([engine.log.load(id), engine.lease.isFree(id, 'work')]);
    if (!stored) return;
    const effects = due(stored.wave);
    await enqueue(engine, stored.wave, effects.filter(isWork), idle);
    if (!unheard) return;
    const silent = await engine.lease.isFree(id, 'thread');
    await enqueue(
      engine,
      stored.wave,
      effects.filter((effect) => !isWork(effect)),
      silent,
    );
  });
}

async function guarded(engine: Engine, id: WaveId, look: () => Promise<void>): Promise<void> {
  try {
    await look();
  } catch (cause) {
    engine.warn({ wave: id, err: cause }, 'wave cannot be reconciled');
  }
}

const isWork = (effect: Effect): boolean => effect.kind !== 'post';

/** Whether anything but Slack's news is due now: used by tests and by `doctor`. */
export async function owes(engine: Engine, id: WaveId): Promise<boolean> {
  const stored = await engine.log.load(id);
  return stored !== null && due(stored.wave).some(isWork);
}
