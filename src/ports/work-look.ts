import type { Effect } from '../core/due';
import type { WaveId } from '../core/ids';

/** Looks at what stands between the log and the workers, without touching it. Throws `Fault` when the store cannot be read. */
export interface WorkLook {
  /** Whether a job stands for this work: `none`, still to come, or with a worker. */
  jobOf(effect: Exclude<Effect, { readonly kind: 'post' }>): Promise<'none' | 'to-come' | 'with-worker'>;
  /** `endless`: held by something that never lets go, which no worker of ours does. */
  leaseOf(wave: WaveId, purpose: 'work' | 'thread'): Promise<'free' | 'held' | 'endless'>;
  /** Threads that have not told everything, and since when (epoch ms); null when only a card is old. */
  threadsBehind(): Promise<readonly { readonly wave: WaveId; readonly since: number | null }[]>;
  /** When the platform's request for silence ends, epoch ms; null when there is none. */
  silentUntil(): Promise<number | null>;
}
