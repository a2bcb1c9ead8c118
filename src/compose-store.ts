import type { Log } from './adapters/log';
import type { Keys } from './adapters/store/keys';
import { inspectRedis, type RedisReport } from './adapters/store/redis-connection';
import { nameOf } from './adapters/store/redis-place';
import type { Store } from './adapters/store/store';
import { Fault } from './ports/fault';

/** A Sentinel or a Cluster without anybody who answers is looked for again and again: somebody waits at a terminal. */
const CONNECT_MS = 6_000;

export interface OpenedStore {
  readonly redis: Store;
  readonly keys: Keys;
}

/** Connects to the store and says how durable it is. Throws `Fault`. */
export async function openStore(opened: OpenedStore, log: Log): Promise<void> {
  const report = await usable(opened);
  if (!report.appendOnly) {
    log.error(
      { redis: report },
      'Redis keeps nothing on disk (appendonly is off): a restart of Redis would lose every open wave. Set appendonly yes.',
    );
  }
}

/** Whatever keeps us out of the store is told by address and reason, never with its password. */
async function usable({ redis, keys }: OpenedStore): Promise<RedisReport> {
  let reason = '';
  const note = (cause: unknown): void => {
    const { code, message, lastNodeError } = cause as { code?: unknown; message?: unknown; lastNodeError?: Error };
    reason = String(lastNodeError?.message || message || code || 'no answer');
  };
  redis.on('error', note);
  let late: NodeJS.Timeout | undefined;
  const silence = new Promise<void>((resolve) => {
    late = setTimeout(resolve, CONNECT_MS);
  });
  try {
    await Promise.race([redis.connect().catch(() => undefined), silence]);
    return await inspectRedis(redis, keys);
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    if (reason === '') note(cause);
    throw new Fault(
      `${nameOf(redis)} cannot be used (${reason}). Start it, or name the right one in the settings (REDIS_URL, REDIS_SENTINELS or REDIS_CLUSTER_NODES).`,
      { system: 'Redis', transient: true, cause },
    );
  } finally {
    clearTimeout(late);
    redis.off('error', note);
  }
}
