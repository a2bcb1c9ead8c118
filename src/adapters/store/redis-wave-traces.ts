import type { Cluster, Redis } from 'ioredis';
import type { WaveId } from '../../core/ids';
import type { Keys } from './keys';

/** Longer than a wave takes, seconds. */
const KEPT_SECONDS = 30 * 24 * 60 * 60;

/** In which trace a wave was started, for what is done to it in others. Nothing depends on it: neither throws. */
export interface WaveTraces {
  note(wave: WaveId, carried: string): Promise<void>;
  of(wave: WaveId): Promise<string | null>;
}

export function createWaveTraces(redis: Redis | Cluster, keys: Keys): WaveTraces {
  return {
    note: async (wave, carried) => {
      await redis.set(keys.trace(wave), carried, 'EX', KEPT_SECONDS).catch(() => undefined);
    },
    of: (wave) => redis.get(keys.trace(wave)).catch(() => null),
  };
}
