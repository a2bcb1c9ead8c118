import type { Effect } from '../core/due';
import type { WaveId } from '../core/ids';

/** Work that is due, on its way to a worker. Adding the same key twice is harmless; a lost job is added again by `reconcile`. */
export interface WorkQueue {
  add(wave: WaveId, effects: readonly Effect[]): Promise<void>;
}
