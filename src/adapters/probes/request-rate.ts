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
  const senders = new Map<string, { tokens: number; at: number }>();
  const isRested = (each: { readonly tokens: number; readonly at: number }, at: number): boolean =>
    each.tokens + ((at - each.at) / 1000) * perSecond >= burst;

  return {
    take(sender) {
      const at = now();
      if (!senders.has(sender) && senders.size >= MOST_SENDERS)
        for (const [name, each] of senders) if (isRested(each, at)) senders.delete(name);
      const key = senders.has(sender) || senders.size < MOST_SENDERS ? sender : 'the rest';
      const found = senders.get(key) ?? { tokens: burst, at };
      const tokens = Math.min(burst, found.tokens + ((at - found.at) / 1000) * perSecond);
      senders.set(key, { tokens: tokens >= 1 ? tokens - 1 : tokens, at });
      return tokens >= 1 ? null : Math.ceil(((1 - tokens) / perSecond) * 1000);
    },
  };
}
