import { nextTry, type RetryPolicy } from '../core/retry';
import type { Clock } from '../ports/clock';
import { Fault } from '../ports/fault';

const PATIENCE: RetryPolicy = { firstMs: 1_000, factor: 2, longestMs: 10_000 };

/**
 * Reads once more while the other side only has a passing trouble: somebody waits for the answer, so for `forMs` of the
 * product's clock at most. Only for work that writes nothing. The last fault is thrown on.
 */
export async function patiently<Value>(clock: Clock, forMs: number, read: () => Promise<Value>): Promise<Value> {
  const deadline = clock.now() + forMs;
  for (let tries = 1; ; tries++) {
    try {
      return await read();
    } catch (cause) {
      if (!(cause instanceof Fault) || !cause.transient) throw cause;
      const at = nextTry(PATIENCE, tries, cause.retryAfterMs, clock.now(), deadline);
      if (at === null) throw cause;
      await clock.sleep(at - clock.now());
    }
  }
}
