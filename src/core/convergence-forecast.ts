/** When a change will have reached a resolver: before it is made, and while it is under way. Times epoch ms, TTLs seconds. */
import { lifeAt, type Manner } from './resolver-manner';

/** Evidence that is a forecast begins so; cards show it apart from what was measured. */
export const FORECAST = 'forecast: ';

const SECOND = 1_000;
/** So much earlier than it was reckoned with an answer may go: TTLs are whole seconds, rounded up by some, and one is added. */
const ROUNDING_MS = 2_000;
/** RFC 8767 section 5.2 suggests this TTL for stale answers: so long may a client keep one that it was given at the last moment. */
const STALE_SECONDS = 30;
/** What RFC 8767 and common middleboxes make of short TTLs: resolvers that nobody asked are reckoned with no longer than this. */
const TAIL_SECONDS = 3_600;

export interface Change {
  /** When the last name server shows it, or is expected to. */
  readonly authoritativeAt: number;
  /** The TTL of what is being replaced, as it was published last. */
  readonly oldTtl: number;
}

export interface Forecast {
  /** When the resolver is expected to give the new answer from all of its caches. */
  readonly expectedAt: number;
  /** If it has asked at the worst moment; past it the resolver does not keep to the TTL that it was given. */
  readonly latestAt: number;
}

/**
 * `goneAt`: for each cache that was seen, when its old answer is gone. A cache whose answer goes before the last name server
 * is new may have fetched the old one again meanwhile, from the one that was behind.
 */
export function forecast(goneAt: readonly number[], manner: Manner, change: Change): Forecast {
  const { authoritativeAt, oldTtl } = change;
  const last = Math.max(authoritativeAt, ...goneAt);
  const mayRefetch = goneAt.length === 0 || goneAt.some((at) => at - ROUNDING_MS < authoritativeAt);
  const refetched = mayRefetch ? authoritativeAt + lifeAt(manner, oldTtl) * SECOND : 0;
  const stale = manner.stale ? STALE_SECONDS * SECOND : 0;
  return { expectedAt: last, latestAt: Math.max(last, refetched) + SECOND + stale };
}

/** The whole: when the last of the resolvers that count is expected, and by when it has to. Null without any. */
export function forecastOfAll(each: readonly Forecast[]): Forecast | null {
  if (each.length === 0) return null;
  return {
    expectedAt: Math.max(...each.map(({ expectedAt }) => expectedAt)),
    latestAt: Math.max(...each.map(({ latestAt }) => latestAt)),
  };
}

/** Caches that nobody asked, somewhere: by then those that keep to the TTL, or to an hour at least, are new. Told, not waited for. */
export function tailEndsAt({ authoritativeAt, oldTtl }: Change): number {
  return authoritativeAt + Math.max(oldTtl, TAIL_SECONDS) * SECOND;
}

/** The longest that going back takes: the name servers' lag, then a full life of what a cache has fetched a moment before. */
export function wayBackMs(manners: readonly Manner[], ttl: number, nameServerLagMs: number): number {
  const lives = manners.map((manner) => lifeAt(manner, ttl) + (manner.stale ? STALE_SECONDS : 0));
  return nameServerLagMs + (Math.max(ttl, ...lives) + 1) * SECOND;
}
