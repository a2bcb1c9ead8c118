import type { WaveId } from '../core/ids';
import { isEnded } from '../core/wave';
import type { StoredWave } from '../ports/wave-log';

/** Open waves as this process has last written them: what was acknowledged to it, whatever the store says later. */
export interface WaveMemory {
  of(wave: WaveId): StoredWave | null;
  note(stored: StoredWave): void;
  forget(wave: WaveId): void;
}

const MOST = 1_000;

export function createWaveMemory(): WaveMemory {
  const kept = new Map<WaveId, StoredWave>();
  return {
    of: (wave) => kept.get(wave) ?? null,
    forget: (wave) => void kept.delete(wave),
    note(stored) {
      const { id } = stored.wave;
      kept.delete(id);
      if (!isEnded(stored.wave)) kept.set(id, stored);
      const oldest = kept.size > MOST ? kept.keys().next() : null;
      if (oldest && !oldest.done) kept.delete(oldest.value);
    },
  };
}
