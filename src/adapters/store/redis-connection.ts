import { Redis } from 'ioredis';
import { Fault } from '../../ports/fault';

/**
 * Three uses, three manners: `click` answers a person and fails fast; `work` waits out an outage. Neither throws
 * unhandled: connection trouble goes to `warn`. `tlsCa` is PEM: the authority to trust in place of the public ones.
 */
export function connectRedis(
  url: string,
  manner: 'click' | 'work',
  warn: (about: object, message: string) => void,
  tlsCa: string | null = null,
): Redis {
  const redis = new Redis(url, {
    lazyConnect: true,
    ...(tlsCa === null ? {} : { tls: { ca: tlsCa } }),
    maxRetriesPerRequest: manner === 'work' ? null : 1,
    ...(manner === 'click' ? { commandTimeout: 2_000 } : {}),
    connectTimeout: 5_000,
    retryStrategy: (times: number) => Math.min(100 * times, 2_000),
  });
  redis.on('error', (err) => warn({ err: { message: err.message }, manner }, 'Redis connection'));
  return redis;
}

export interface RedisReport {
  readonly policy: string;
  readonly appendOnly: boolean;
  readonly fsync: string;
}

/** Refuses a store that may drop keys; tells how durable it is. Throws `Fault` with what to do. */
export async function inspectRedis(redis: Redis): Promise<RedisReport> {
  const get = async (name: string): Promise<string> => {
    // CONFIG would show the server's own password, so we may be forbidden it; INFO tells what counts.
    const answer = (await redis.config('GET', name).catch(() => [])) as readonly unknown[];
    return typeof answer[1] === 'string' ? answer[1] : '';
  };
  const info = `${await redis.info('memory')}${await redis.info('persistence')}`;
  const policy = (await get('maxmemory-policy')) || (/maxmemory_policy:(\S+)/.exec(info)?.[1] ?? 'unknown');
  if (policy !== 'noeviction' && policy !== 'unknown') {
    throw new Fault(
      `Redis may drop keys (maxmemory-policy ${policy}), and with them a wave. Set it to noeviction: CONFIG SET maxmemory-policy noeviction, and in redis.conf.`,
      {
        system: 'Redis',
        transient: false,
      },
    );
  }
  const appendOnly = (await get('appendonly')) || (/aof_enabled:(\S+)/.exec(info)?.[1] ?? '');
  return { policy, appendOnly: ['yes', '1'].includes(appendOnly), fsync: await get('appendfsync') };
}
