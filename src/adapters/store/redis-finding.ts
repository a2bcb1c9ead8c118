import { Fault } from '../../ports/fault';
import type { StoreFinding } from '../../ports/home';
import type { Keys } from './keys';
import { readDurability } from './redis-durability';
import { nameOf, type RedisPlace } from './redis-place';
import type { Store } from './store';

/** How durable the store is and what time it has. Asks only; throws `Fault` when it does not answer. */
export async function findStore(
  redis: Store,
  keys: Keys,
  { kind, minReplicas }: { readonly kind: RedisPlace['kind']; readonly minReplicas: number },
): Promise<StoreFinding> {
  try {
    const askedAt = Date.now();
    const { policy, appendOnly, replicas, now } = await readDurability(redis, keys);
    const middle = (askedAt + Date.now()) / 2;
    return {
      policy,
      appendOnly,
      failsOver: kind !== 'one',
      replicasWanted: minReplicas,
      replicas,
      clockSkewMs: Math.round(now - middle),
    };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : 'no answer';
    throw new Fault(`${nameOf(redis)} does not answer (${reason}).`, { system: 'Redis', transient: true, cause });
  }
}
