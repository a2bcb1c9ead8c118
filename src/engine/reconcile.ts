import { due, type Effect } from '../core/due';
import type { WaveId } from '../core/ids';
import { type Engine, enqueue, missedAt } from './handle';

/** More than this at one look would keep the look from coming round. */
const MOST_AT_ONCE = 500;
/**
 * What was offered again is given so long before it is missed once more; ms of the product's clock. Less than a lease: whoever
 * takes it up and dies at once is missed no later than anybody else.
 */
const AGAIN_MS = 2_000;

/**
 * Puts back on the queue what waves are owed and nobody works on, and what Slack has not heard: heals a crash between
 * append and enqueue, a worker's death, and a queue that lost its jobs. Asks for such waves only, so that ten thousand
 * parked ones cost nothing. Safe at any time and from any number of processes. Returns how many waves it looked at. A wave
 * that cannot be read is told of and does not keep the others waiting.
 */
export async function reconcile(engine: Engine): Promise<number> {
  const now = engine.clock.now();
  const owed = await engine.log.dueWaves(now, now + AGAIN_MS, MOST_AT_ONCE);
  for (const id of owed) await offerWork(engine, id);
  const silent = await engine.log.silentWaves(MOST_AT_ONCE);
  for (const id of silent) await guarded(engine, id, () => offerNews(engine, id));
  return new Set([...owed, ...silent]).size;
}

/** What one wave is owed but Slack's news: what a timer does when it goes off. */
export async function reconcileWave(engine: Engine, id: WaveId): Promise<void> {
  await guarded(engine, id, async () => {
    const stored = await engine.log.load(id);
    if (stored) await enqueue(engine, stored.wave, due(stored.wave).filter(isWork));
  });
}

/** Makes every open wave known to `reconcile` again: for a store that an earlier version or a restored backup has left. */
export async function sweep(engine: Engine): Promise<void> {
  if ((await engine.log.forgottenWaves()) === 0) return;
  for (const id of await engine.log.openWaves()) {
    await guarded(engine, id, async () => {
      const stored = await engine.log.load(id);
      if (stored) await engine.log.noteDue(id, stored.wave.seq, missedAt(stored.wave, engine.clock.now()));
    });
  }
}

/** A job may be there whose worker is dead: nobody holds the wave, so its work is offered again. */
async function offerWork(engine: Engine, id: WaveId): Promise<void> {
  await guarded(engine, id, async () => {
    const stored = await engine.log.load(id);
    if (stored) await enqueue(engine, stored.wave, due(stored.wave).filter(isWork), true);
  });
}

async function offerNews(engine: Engine, id: WaveId): Promise<void> {
  await engine.queue.add(id, [{ kind: 'post', key: `${id}.post`, seq: 0 }], true);
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
