import type { Effect } from '../core/due';
import type { WaveId } from '../core/ids';

/**
 * Work that is due, on its way to a worker. Adding the same key twice is harmless. With `again`, work is added also where
 * a job of that key seems to be there: whoever had it may be dead, and a job too many finds its visit stale.
 */
export interface WorkQueue {
  add(wave: WaveId, effects: readonly Effect[], again?: boolean): Promise<void>;
}
