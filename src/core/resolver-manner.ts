import type { AnswerShown } from './propagation';
import { hasStaleMark } from './propagation';

/** How a resolver keeps answers, as far as it has shown. Small enough to be kept with a step's result. Seconds. */
export type Manner = {
  /** Behind its address, at one time. */
  readonly caches: number;
  /** It keeps answers for at least this long, whatever their TTL; null where it was never seen to. */
  readonly floor: number | null;
  /** It forgets answers after this long, whatever their TTL. */
  readonly clamp: number | null;
  /** It has handed out answers that it called stale (RFC 8767). */
  readonly stale: boolean;
};

export const UNKNOWN_MANNER: Manner = { caches: 0, floor: null, clamp: null, stale: false };

/** What may stand behind a TTL. */
export interface Published {
  /** The longest TTL with which the answer can have been fetched, as the name servers show it or have shown it. */
  readonly longest: number;
  /** Before this moment the answer cannot have been fetched: the one before was still in the cache. Null: not known. */
  readonly fetchedAfter: number | null;
}

/** Rounding, ours and the resolver's. */
const SLACK_SECONDS = 1;
/** TTLs of a second more or less are no manner. */
const NOTICEABLE_SECONDS = 2;

/** What one more answer teaches. A TTL above the one published is a floor; one that began below it is a clamp. */
export function learned(manner: Manner, answer: AnswerShown, published: Published): Manner {
  const stale = manner.stale || hasStaleMark(answer);
  const { ttl, at } = answer;
  // A stale answer has the TTL of staleness, which says nothing of the others.
  if (ttl === null || hasStaleMark(answer)) return { ...manner, stale };
  const floor = ttl > published.longest + SLACK_SECONDS ? Math.max(manner.floor ?? 0, ttl) : manner.floor;
  const age = published.fetchedAfter === null ? null : Math.ceil((at - published.fetchedAfter) / 1000);
  const begunAt = age === null ? null : ttl + Math.max(0, age);
  const clamped = begunAt !== null && begunAt + NOTICEABLE_SECONDS < published.longest;
  return { ...manner, stale, floor, clamp: clamped ? Math.max(manner.clamp ?? 0, begunAt) : manner.clamp };
}

/** Of several looks, what each of them has taught. */
export function together(a: Manner, b: Manner): Manner {
  return {
    caches: Math.max(a.caches, b.caches),
    floor: largest(a.floor, b.floor),
    clamp: largest(a.clamp, b.clamp),
    stale: a.stale || b.stale,
  };
}

/** How long the resolver may keep an answer that it fetches with this TTL. */
export function lifeAt({ floor, clamp }: Manner, ttl: number): number {
  return Math.max(clamp === null ? ttl : Math.min(ttl, clamp), floor ?? 0);
}

/** `2 caches, keeps answers 60 s at least, serves stale answers` */
export function mannerText({ caches, floor, clamp, stale }: Manner): string {
  const parts = [
    caches === 0 ? 'caches not seen' : caches === 1 ? '1 cache' : `${caches} caches`,
    floor === null ? '' : `keeps answers at least ${floor} s whatever their TTL`,
    clamp === null ? '' : `keeps none longer than about ${clamp} s`,
    stale ? 'hands out stale answers' : '',
  ];
  return parts.filter((part) => part !== '').join(', ');
}

function largest(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}
