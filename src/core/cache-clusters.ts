/**
 * How many caches answer behind one address, and until when each of them may keep its answer. A resolver shows what is left of
 * the life of the one cache that happened to answer, so `time of the answer + TTL` is the moment at which that cache forgets:
 * answers of one cache agree on it, answers of different caches do not.
 */

/** One answer with records. Times epoch ms, `ttl` in seconds. */
export interface Shown {
  readonly askedAt: number;
  readonly at: number;
  readonly ttl: number;
}

export interface Cluster {
  /** By then the last of its answers has left the cache. */
  readonly goneAt: number;
  readonly firstSeenAt: number;
  readonly samples: number;
}

const SECOND = 1_000;

/** Measured: a cached answer is gone one second after its remaining TTL, not earlier. */
export const goneAt = ({ at, ttl }: Pick<Shown, 'at' | 'ttl'>): number => at + (ttl + 1) * SECOND;

/**
 * The fewest caches that explain all answers. TTLs are whole seconds, rounded either way, and the cache spoke at some moment
 * between question and answer: two answers are of one cache if such a moment can be found for both.
 */
export function clustersOf(shown: readonly Shown[]): readonly Cluster[] {
  const spans = shown
    .map((one) => ({ ...one, from: one.askedAt + (one.ttl - 1) * SECOND, to: goneAt(one) }))
    .sort((a, b) => a.from - b.from);
  const clusters: (Cluster & { readonly common: number })[] = [];
  for (const one of spans) {
    const last = clusters.at(-1);
    if (last && one.from <= last.common) {
      clusters[clusters.length - 1] = {
        goneAt: Math.max(last.goneAt, one.to),
        firstSeenAt: Math.min(last.firstSeenAt, one.at),
        samples: last.samples + 1,
        common: Math.min(last.common, one.to),
      };
    } else clusters.push({ goneAt: one.to, firstSeenAt: one.at, samples: 1, common: one.to });
  }
  return clusters.map(({ common: _, ...cluster }) => cluster);
}

/** At one time: an entry that is first seen after another one has gone may well be of the same cache. */
export function cachesSeen(clusters: readonly Cluster[]): number {
  const alive = clusters.map(
    ({ firstSeenAt }) =>
      clusters.filter((other) => other.firstSeenAt <= firstSeenAt && other.goneAt > firstSeenAt).length,
  );
  return Math.max(0, ...alive);
}

/** Of `caches` equal ones behind one address, how likely it is that `samples` questions have passed one of them by. */
export function missProbability(caches: number, samples: number): number {
  if (caches <= 1) return samples > 0 ? 0 : 1;
  return Math.min(1, caches * (1 - 1 / caches) ** samples);
}

/** So rarely may one round of questions pass a cache by; two rounds in a row are needed, so the square of it is what counts. */
const MISSED_IN_A_ROUND = 0.01;
/** Caches that fetched within the same two seconds look like one, so even a single one is asked as a small pool would be. */
const LEAST = 16;
const MOST = 64;

/** Questions for one round. One cache more than has been seen is reckoned with. */
export function samplesNeeded(caches: number): number {
  for (let samples = LEAST; samples < MOST; samples += 1) {
    if (missProbability(caches + 1, samples) <= MISSED_IN_A_ROUND) return samples;
  }
  return MOST;
}
