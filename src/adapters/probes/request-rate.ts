export interface RequestRate {
  /** Whether one more request of this sender is taken; null: yes, otherwise how long to stay away, ms. */
  take(sender: string): number | null;
}

/** Senders that are remembered at once. The rest share one allowance: a flood of addresses is one flood. */
export const MOST_SENDERS = 500;

/** So many requests a second from each sender, and a burst after a pause. `now` in ms, never falling. */
export function createRequestRate(options: {
  readonly perSecond: number;
  readonly burst: number;
  readonly now: () => number;
}): RequestRate {
  const { perSecond, burst, now } = options;
  /** A request costs so much rest, ms; a rested sender has saved `most`. */
  const cost = 1000 / perSecond;
  const most = burst * cost;
  const senders = new Map<string, { readonly saved: number; readonly at: number }>();
  const savedOf = (sender: { readonly saved: number; readonly at: number } | undefined, at: number): number =>
    sender === undefined ? most : Math.min(most, sender.saved + at - sender.at);

  return {
    take(sender) {
      const at = now();
      if (!senders.has(sender) && senders.size >= MOST_SENDERS)
        for (const [name, each] of senders) if (savedOf(each, at) >= most) senders.delete(name);
      const key = senders.has(sender) || senders.size < MOST_SENDERS ? sender : 'the rest';
      const saved = savedOf(senders.get(key), at);
      const enough = saved >= cost;
      senders.set(key, { saved: enough ? saved - cost : saved, at });
      return enough ? null : Math.ceil(cost - saved);
    },
  };
}
