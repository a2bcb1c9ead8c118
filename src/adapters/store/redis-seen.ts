import type { Keys } from './keys';
import type { Store } from './store';

/** Longer than a signed request is taken: five minutes late and five ahead. */
const KEPT_MS = 11 * 60_000;
/** A person waits for the acknowledgement: a store that says nothing is not waited for. */
const ANSWER_MS = 300;

/**
 * Whether a request comes for the first time, for all processes of the product. A store that cannot say counts as yes:
 * without it no request has an effect anyway.
 */
export function createSeen(redis: Store, keys: Keys): (mark: string) => Promise<boolean> {
  return async (mark) => {
    let late: NodeJS.Timeout | undefined;
    const silence = new Promise<'unknown'>((resolve) => {
      late = setTimeout(() => resolve('unknown'), ANSWER_MS);
    });
    const asked = redis.set(keys.request(mark), '1', 'PX', KEPT_MS, 'NX').catch(() => 'unknown');
    const answer = await Promise.race([asked, silence]);
    clearTimeout(late);
    return answer !== null;
  };
}
