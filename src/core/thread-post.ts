/** A post as the place of the thread hands it back, in the order of the thread. All of it is untrusted. */
export interface ThreadPost {
  readonly ts: string;
  /** The app or the person that wrote it; null when it does not say, as where a deleted message stood. */
  readonly author: string | null;
  readonly text: string;
  readonly blocks: readonly unknown[];
  /** What the bot noted with it: the events that it tells, and the digest of its words (`src/core/said-words.ts`). */
  readonly mark: {
    readonly wave: string;
    readonly from: number;
    readonly to: number;
    /** Absent in posts of versions that did not note it. */
    readonly said?: string;
    /** What the events were, and which steps may have begun by them. Absent in posts of versions that did not note it. */
    readonly kinds?: readonly string[];
    readonly steps?: readonly string[];
  } | null;
  /** Who changed it last, and when; null when nobody is said to have. */
  readonly edited: { readonly user: string; readonly ts: string } | null;
}
