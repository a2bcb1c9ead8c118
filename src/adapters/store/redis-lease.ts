import { randomUUID } from 'node:crypto';
import { Fault } from '../../ports/fault';
import type { Lease, WorkLease } from '../../ports/wave-log';
import { LEASE_SCRIPT, TAKE_LEASE_SCRIPT } from './append-script';
import type { Keys } from './keys';
import { asFault } from './redis-wave-log';
import { runReplicated } from './replicated-run';
import { run } from './script';
import type { Store } from './store';

/** A dead worker's wave is free again after this long; a live one renews three times in it. */
const LEASE_MS = 2_400;
const REPLICA_WAIT_MS = 1_000;
/** An answer that took so long says nothing any more: whoever was stopped meanwhile reads it when another has the lease. */
const STALE_MS = LEASE_MS / 2;
const MOST_ASKED = 3;

/** Started by the call; gives the real ms since. */
type Watch = () => () => number;

export interface RedisLease extends WorkLease {
  /** Lets go of every lease that was taken here: a process that ends makes nobody wait for them to run out. */
  handOver(): Promise<void>;
}

/**
 * `minReplicas`: who works on a wave reads its log after taking the lease, and acts on it. Replicas hear everything in
 * order: once they have the lease they have all that is read then, so nobody acts on what a failover could still take back.
 */
export function createRedisLease(redis: Store, keys: Keys, minReplicas = 0, watch: Watch = realTime): RedisLease {
  const held = new Set<Lease>();
  return {
    handOver: async () => {
      await Promise.all([...held].map((lease) => lease.release()));
    },
    isFree: async (wave, purpose) => (await asFault(() => redis.exists(keys.lease(wave, purpose)))) === 0,
    async take(wave, purpose): Promise<Lease | null> {
      const key = keys.lease(wave, purpose);
      const token = randomUUID();
      const wanted = purpose === 'work' ? minReplicas : 0;
      /** Since the newest yes was asked for. */
      let age = watch();
      const ours = async (ttl: number): Promise<boolean> => {
        const since = watch();
        const isOurs = (await asFault(() => run(redis, LEASE_SCRIPT, [key], [token, String(ttl)]))) === 1;
        age = isOurs ? since : () => Number.POSITIVE_INFINITY;
        return isOurs;
      };
      const { answer, replicas } = await asFault(() =>
        runReplicated(redis, TAKE_LEASE_SCRIPT, [key], [token, String(LEASE_MS)], { wanted, waitMs: REPLICA_WAIT_MS }),
      );
      if (answer !== 1) return null;
      if (replicas < wanted) {
        await ours(0).catch(() => false);
        throw new Fault(`Redis has ${replicas} of the ${wanted} replicas up to date that have to be.`, {
          system: 'Redis',
          transient: true,
        });
      }
      // A renewal that fails leaves the lease to run out: the next `isHeld` says so.
      const renewal = setInterval(() => void ours(LEASE_MS).catch(() => undefined), LEASE_MS / 3);
      renewal.unref();
      let left = false;
      const isFresh = (): boolean => !left && age() < STALE_MS;
      const gone = (): void => {
        left = true;
        clearInterval(renewal);
        held.delete(lease);
      };
      const lease: Lease = {
        token,
        isHeld: async () => !left && freshly(() => ours(LEASE_MS), isFresh),
        isFresh,
        gone,
        release: async () => {
          if (left) return;
          gone();
          await ours(0).catch(() => false);
        },
      };
      held.add(lease);
      return lease;
    },
  };
}

/** Whoever is told yes has at least half of the lease before it. */
async function freshly(isOurs: () => Promise<boolean>, isFresh: () => boolean): Promise<boolean> {
  for (let asked = 0; asked < MOST_ASKED; asked++) {
    if (!(await isOurs())) return false;
    if (isFresh()) return true;
  }
  throw new Fault('Redis answers too slowly to say who works on the wave.', { system: 'Redis', transient: true });
}

/** By whichever clock says more: one stands still while the machine sleeps, the other may be set back. */
const realTime: Watch = () => {
  const [wall, steady] = [Date.now(), performance.now()];
  return () => Math.max(Date.now() - wall, performance.now() - steady);
};
