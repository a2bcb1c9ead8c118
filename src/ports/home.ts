/** How durable the bot's own log is. Null where the store does not say. */
export interface StoreFinding {
  readonly policy: string | null;
  readonly appendOnly: boolean | null;
  /** Another server may take the place of the one that answers: by Sentinel, or in a Cluster. */
  readonly failsOver: boolean;
  /** Replicas that an append waits for, and those connected now. */
  readonly replicasWanted: number;
  readonly replicas: number | null;
  /** The store's clock less this machine's, ms, as far as the way there lets it be told. */
  readonly clockSkewMs: number;
}

/** A wave that is not over. */
export interface WaveInFlight {
  readonly wave: string;
  /** Of the site that asks. */
  readonly own: boolean;
  /** Epoch ms. */
  readonly startedAt: number;
  /** Its preflight is behind it: it may have written. */
  readonly armed: boolean;
}

/** How far one site has come: its newest wave, and how that stands; null where that was not kept. */
export interface NewestWave {
  readonly wave: string;
  readonly status: string | null;
}

/** The bot's own ground: where it keeps its logs and where it speaks. Reads only. Throws `Fault`. */
export interface Home {
  store(): Promise<StoreFinding>;
  /** All waves that are not over, oldest first, and how many sites may be in flight at a time. */
  inFlight(site: string): Promise<{ readonly most: number; readonly waves: readonly WaveInFlight[] }>;
  /** Null when the site has had no wave. */
  newestWave(site: string): Promise<NewestWave | null>;
  /** Whose token the bot has. */
  workspace(): Promise<{ readonly team: string; readonly bot: string }>;
  /** Whether the bot may read and post in the channel of its waves; a channel that it is not in is no fault. */
  channel(): Promise<{ readonly channel: string; readonly member: boolean; readonly detail: string }>;
  /** How many people a user group has; null when there is no such group. */
  groupSize(group: string): Promise<number | null>;
}
