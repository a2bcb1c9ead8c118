import type { WaveId } from '../core/ids';

/** A wave as its card in the channel shows it. */
export interface ShownWave {
  readonly wave: WaveId;
  readonly channel: string;
  readonly ts: string;
  /** As the card was drawn last; empty where it does not say. */
  readonly status: string;
}

/** Looks through the channel's newest messages for cards of waves: a bounded number of pages. Throws `Fault`. */
export interface WaveCards {
  /** `whole`: there was nothing older than what was looked through. */
  shown(): Promise<{ readonly waves: readonly ShownWave[]; readonly whole: boolean }>;
}

/** A wave that Slack shows and the store does not have. */
export interface VanishedWave extends ShownWave {
  readonly foundAt: number;
  /** Somebody has taken it upon themselves that it is over. */
  readonly closed: { readonly by: string; readonly reason: string; readonly at: number } | null;
}

export interface VanishedWaves {
  /** Those of them that the store does not have are noted, each once; gives the new ones. */
  note(shown: readonly ShownWave[], at: number): Promise<readonly VanishedWave[]>;
  /** All that the store still does not have, closed or not. */
  all(): Promise<readonly VanishedWave[]>;
  close(wave: WaveId, closed: NonNullable<VanishedWave['closed']>): Promise<void>;
}

const OVER = ['completed', 'rolled-back', 'aborted'];

/** Whether something of it may still be under way. */
export const mayBeOpen = ({ status, closed }: VanishedWave): boolean => !OVER.includes(status) && closed === null;
