/**
 * Turns at posting into one channel, by one process, once Slack has asked to wait: about one post a second, in the order
 * of asking. Without them every wave that has news would ask again at the same moment, and all but one in vain.
 */
export interface PostingTurns {
  /** Real ms until this wave may post; 0: now, and its turn is taken. Asked again when they have passed, it is 0. */
  wait(wave: string): number;
  /** Slack has asked this wave to wait so long, real ms: it comes first then, and the others after it. */
  asked(wave: string, ms: number): void;
}

/** Slack takes about one message a second in a channel. */
const EACH_MS = 1_000;
/** Whoever does not come for its turn so long has nothing to post any more, or another process posts it. */
const FORGOTTEN_MS = 30_000;

export function createPostingTurns(now: () => number = Date.now): PostingTurns {
  /** In the order of the turns; the time of each. */
  const turns = new Map<string, number>();
  let last = 0;

  function give(wave: string, at: number): void {
    turns.delete(wave);
    turns.set(wave, at);
    last = Math.max(last, at);
  }

  return {
    wait(wave) {
      const at = now();
      for (const [other, turn] of turns) if (turn + FORGOTTEN_MS < at) turns.delete(other);
      const own = turns.get(wave);
      if (own !== undefined && own <= at) {
        turns.delete(wave);
        return 0;
      }
      if (own !== undefined) return own - at;
      // Nobody waits, and Slack takes some messages at once again.
      if (turns.size === 0 && last + EACH_MS <= at) return 0;
      give(wave, Math.max(at, last) + EACH_MS);
      return last - at;
    },
    asked(wave, ms) {
      const others = [...turns.keys()].filter((other) => other !== wave);
      turns.clear();
      last = now() + ms;
      give(wave, last);
      for (const other of others) give(other, last + EACH_MS);
    },
  };
}
