/**
 * When nobody knocks: whatever is not an acknowledgement waits for that, so that of many who knock at once none waits for
 * the work of the others. Bounded, whoever goes on knocking.
 */
export interface Lull {
  /** Somebody has knocked, and has been told that they were heard. */
  knocked(): void;
  /** Real ms, by `performance.now()`, until what has waited since then may begin; nothing is left of it at 0 and below. */
  in(since: number): number;
  /** The next lull, or the longest wait for it, for work that nobody waits for. Who knocks meanwhile is heard first. */
  comes(): Promise<void>;
}

/** Nobody has knocked for so long, real ms: somebody who knocks alone notices nothing of it. */
const ALONE_MS = 2;
/** More than these without a lull are a crowd, of which more are on their way. */
const FEW = 8;
/** A crowd has gaps: it has come when nobody knocked for so long, real ms. */
const CROWD_MS = 20;
/** Nothing waits for a lull longer than this, nor for the rest of a crowd after its first; real ms. */
const LONGEST_MS = 1_000;

export function createLull(now: () => number = () => performance.now()): Lull {
  let last = Number.NEGATIVE_INFINITY;
  let crowd = { since: last, heads: 0 };
  const isCrowd = (at: number): boolean => crowd.heads > FEW && at < crowd.since + LONGEST_MS;

  const lull: Lull = {
    knocked() {
      const at = now();
      if (last + CROWD_MS <= at) crowd = { since: at, heads: 0 };
      crowd.heads += 1;
      last = at;
    },
    in(since) {
      const at = now();
      return Math.min(last + (isCrowd(at) ? CROWD_MS : ALONE_MS), since + LONGEST_MS) - at;
    },
    async comes() {
      const since = now();
      do await afterKnocks(lull.in(since));
      while (lull.in(since) > 0);
    },
  };
  return lull;
}

/** So many real ms later, and after whatever has come in by then: a timer alone goes off before the sockets are read. */
export function afterKnocks(ms: number): Promise<void> {
  return new Promise((resolve) => {
    if (ms > 0) setTimeout(() => setImmediate(resolve), Math.ceil(ms));
    else setImmediate(resolve);
  });
}
