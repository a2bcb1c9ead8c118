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

/** The bot's own ground: where it keeps its logs and where it speaks. Reads only. Throws `Fault`. */
export interface Home {
  store(): Promise<StoreFinding>;
  /** Whose token the bot has. */
  workspace(): Promise<{ readonly team: string; readonly bot: string }>;
  /** Whether the bot may read and post in the channel of its waves; a channel that it is not in is no fault. */
  channel(): Promise<{ readonly channel: string; readonly member: boolean; readonly detail: string }>;
  /** How many people a user group has; null when there is no such group. */
  groupSize(group: string): Promise<number | null>;
}
