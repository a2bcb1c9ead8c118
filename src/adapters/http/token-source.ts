import type { Clock } from '../../ports/clock';
import { Fault } from '../../ports/fault';
import { forEverybody } from './last-look';

export interface TokenSource {
  /** The token in use, renewed shortly before it expires; concurrent callers share one renewal. */
  current(): Promise<string>;
  /** After a 401: a new token, unless somebody else has already replaced `refused`. */
  replace(refused: string): Promise<string>;
}

/** What a login gives: a token and how long it is good for, ms. */
export interface Granted {
  readonly token: string;
  readonly lifeMs: number;
}

/** A token this close to its end, in ms, is replaced first: a call must not outlive it. Short tokens: half of their life. */
const RENEW_BEFORE_MS = 60_000;

/** Keeps the token of one login. `login` throws `Fault`. */
export function createTokenSource(clock: Clock, login: () => Promise<Granted>): TokenSource {
  let kept: { readonly token: string; readonly renewAt: number } | null = null;
  let renewal: Promise<string> | null = null;

  async function fetchToken(): Promise<string> {
    const askedAt = clock.now();
    const { token, lifeMs } = await forEverybody(login);
    kept = { token, renewAt: askedAt + lifeMs - Math.min(RENEW_BEFORE_MS, lifeMs / 2) };
    return token;
  }

  function renew(): Promise<string> {
    renewal ??= fetchToken().finally(() => {
      renewal = null;
    });
    return renewal;
  }

  return {
    async current() {
      return kept !== null && clock.now() < kept.renewAt ? kept.token : renew();
    },
    async replace(refused) {
      return kept !== null && kept.token !== refused ? kept.token : renew();
    },
  };
}

/** Sends, and once more with a fresh token when the one in use was refused; `refusedAgain` says it when that one is too. */
export async function withFreshToken<Reply>(
  tokens: TokenSource,
  send: () => Promise<Reply>,
  refusedAgain: () => Fault,
): Promise<Reply> {
  const before = await tokens.current();
  try {
    return await send();
  } catch (error) {
    if (!isUnauthorised(error)) throw error;
  }
  await tokens.replace(before);
  try {
    return await send();
  } catch (error) {
    throw isUnauthorised(error) ? refusedAgain() : error;
  }
}

function isUnauthorised(error: unknown): boolean {
  return error instanceof Fault && error.status === 401;
}
