import type { ThreadPost } from '../core/thread-post';

/**
 * Reads a wave's whole thread back, its root card first. Reading again is harmless, so the adapter waits by itself where
 * it is asked to. Throws `Fault`: permanent when there is no such thread.
 */
export interface ThreadRecord {
  read(root: { readonly channel: string; readonly ts: string }): Promise<readonly ThreadPost[]>;
}
