import type { WaveId } from '../core/ids';

/** How the store stands, by the mark that is kept in it. */
export interface Standing {
  /** Waves that are in doubt: the store may have gone back since they were last compared with anything outside it. */
  readonly doubted: number;
  /** Since the doubt, real ms; 0 when there is none. */
  readonly ageMs: number;
  /** The number of the doubt for which the channel has not been searched for waves that the store does not have; null when it has been. */
  readonly search: number | null;
}

/** Why the store is doubted: another server process (a restart, a failover), what this process wrote last is gone, or there is no mark. */
export type Doubt = 'restarted' | 'went back' | 'no mark';

/**
 * A mark in the store by which a store that may have lost something is told from one that cannot have: it names the server
 * process under which all open waves were last put in doubt. Throws `Fault` when the store does not answer.
 */
export interface StoreMark {
  /** At most a second old, so that what another connection has found out counts here too; looks first on a new connection. */
  standing(): Promise<Standing>;
  /** Looks, and puts every open wave in doubt where it has to. */
  look(): Promise<Standing & { readonly doubt: Doubt | null }>;
  isDoubted(wave: WaveId): Promise<boolean>;
  doubt(wave: WaveId): Promise<void>;
  /** Waves in doubt, each with the number of its doubt. */
  doubted(): Promise<ReadonlyMap<WaveId, number>>;
  /** The doubt of that number is settled; a newer one stays. */
  settle(wave: WaveId, doubt: number): Promise<void>;
  searched(doubt: number): Promise<void>;
}
