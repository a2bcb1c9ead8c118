import type { WaveId } from '../core/ids';

export type Removed =
  | 'removed'
  /** It is not over: nothing was removed. */
  | 'open'
  /** Its thread has not heard everything: nothing was removed. */
  | 'unheard'
  /** Its last mark is another, or it is not there: nothing was removed. */
  | 'changed';

/** The way out of the store, for waves that are over and whose log lies elsewhere. Throws `Fault`. */
export interface WaveArchive {
  /**
   * Every wave that the store has a log of, open ones too, in no order; and some that it has no more. Those that began
   * before the store kept a list of all are found by their `sites`.
   */
  waves(sites: readonly string[]): Promise<readonly WaveId[]>;
  /** All or nothing: log, state and cursor of an ended wave whose last mark is `head`. Its number stays taken. */
  remove(wave: WaveId, head: string, at: number): Promise<Removed>;
}
