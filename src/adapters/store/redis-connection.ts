import { Cluster, type ClusterOptions, Redis, type RedisOptions } from 'ioredis';
import { Fault } from '../../ports/fault';
import { gathered } from './gathered-writes';
import type { Keys } from './keys';
import { readDurability } from './redis-durability';
import { type HostPort, named, type RedisAccess, type RedisPlace } from './redis-place';
import type { Store } from './store';

/** `click` answers a person and fails fast; `work` waits out an outage, a failover and a slot that moves. */
export type Manner = 'click' | 'work';

const CLICK_MS = 2_000;
/** A server that has taken a question and says nothing is given up: its machine may be gone without a word. */
const SILENT_MS = { click: 5_000, work: 15_000 } as const;
const CONNECT_MS = 5_000;
const REFRESH_MS = 5_000;
/** A Cluster client counts every attempt of a command; one that waits an outage out never runs out of them. */
const ATTEMPTS = { click: 16, work: Number.MAX_SAFE_INTEGER } as const;

/**
 * One way in for everybody. Connects at the first command, and again for as long as it is there. It does not throw
 * unhandled: connection trouble goes to `warn`.
 */
export function connectRedis(place: RedisPlace, manner: Manner, warn: (about: object, message: string) => void): Store {
  const store = named(opened(place, manner), place);
  store.on('error', (err: Error) => warn({ err: { message: err.message }, manner }, 'Redis connection'));
  store.on('node error', (err: Error, node: string) =>
    warn({ err: { message: err.message }, manner, node }, 'Redis Cluster node'),
  );
  return store;
}

function opened(place: RedisPlace, manner: Manner): Store {
  if (place.kind === 'cluster')
    return manner === 'click' ? new PromptCluster(...cluster(place, manner)) : new Cluster(...cluster(place, manner));
  if (place.kind === 'one') return gathered(new Redis(place.url, { ...common(manner), ...tlsOf(place.tlsCa) }));
  const redis = new Redis({
    ...common(manner),
    ...into(place),
    enableTLSForSentinelMode: place.tls,
    ...(place.tls ? { sentinelTLS: authority(place.tlsCa) } : {}),
    sentinels: addresses(place.sentinels),
    name: place.master,
    // Those that are named are asked, and nobody whom they name in turn.
    updateSentinels: false,
    sentinelUsername: place.sentinelUsername ?? undefined,
    sentinelPassword: place.sentinelPassword ?? undefined,
    sentinelCommandTimeout: CLICK_MS,
    sentinelRetryStrategy: again,
  });
  return gathered(redis);
}

function common(manner: Manner) {
  return {
    ...patience(manner),
    lazyConnect: true,
    maxRetriesPerRequest: manner === 'work' ? null : 1,
    retryStrategy: again,
    reconnectOnError: (err: Error) => (DEMOTED.test(err.message) ? (manner === 'work' && !isWait(err) ? 2 : 1) : false),
  } satisfies RedisOptions;
}

/** What a server says that was the master a moment ago: the connection is to be made anew, with whoever is it now. */
const DEMOTED = /\bREADONLY\b|^UNBLOCKED\b/;

/** Over the new connection it would be answered for nothing. */
const isWait = (err: Error): boolean =>
  'command' in err && (err.command as { readonly name?: unknown } | undefined)?.name === 'wait';

const again = (times: number): number => Math.min(100 * times, 2_000);

const patience = (manner: Manner) => ({
  ...(manner === 'click' ? { commandTimeout: CLICK_MS } : {}),
  connectTimeout: CONNECT_MS,
  socketTimeout: SILENT_MS[manner],
});

function cluster(place: RedisPlace & { readonly kind: 'cluster' }, manner: Manner) {
  const options = {
    lazyConnect: true,
    redisOptions: { ...patience(manner), maxRetriesPerRequest: null, ...into(place) },
    clusterRetryStrategy: again,
    maxRedirections: ATTEMPTS[manner],
    retryDelayOnMoved: 20,
    slotsRefreshInterval: REFRESH_MS,
    // A certificate is made out to a name: names are left as they are.
    dnsLookup: (name, found) => found(null, name),
  } satisfies ClusterOptions;
  return [addresses(place.nodes), options] as const;
}

/** Where no node is left that could be asked, commands wait in the client itself, which has no limit of its own for them. */
class PromptCluster extends Cluster {
  override sendCommand(...[command, ...rest]: Parameters<Cluster['sendCommand']>): unknown {
    command.setTimeout(CLICK_MS);
    return super.sendCommand(command, ...rest);
  }
}

const addresses = (places: readonly HostPort[]): HostPort[] => places.map(({ host, port }) => ({ host, port }));
const authority = (ca: string | null) => (ca === null ? {} : { ca });
const tlsOf = (ca: string | null) => (ca === null ? {} : { tls: { ca } });
const into = ({
  username,
  password,
  tls,
  tlsCa,
}: RedisAccess): Pick<RedisOptions, 'username' | 'password' | 'tls'> => ({
  ...(username === null ? {} : { username }),
  ...(password === null ? {} : { password }),
  ...(tls ? { tls: authority(tlsCa) } : {}),
});

export interface RedisReport {
  readonly policy: string;
  readonly appendOnly: boolean;
  readonly fsync: string;
}

/** Refuses a store that may drop keys; tells how durable it is. Throws `Fault` with what to do. */
export async function inspectRedis(redis: Store, keys: Keys): Promise<RedisReport> {
  const found = await readDurability(redis, keys);
  const policy = found.policy ?? 'unknown';
  if (policy !== 'noeviction' && policy !== 'unknown') {
    throw new Fault(
      `Redis may drop keys (maxmemory-policy ${policy}), and with them a wave. Set it to noeviction: CONFIG SET maxmemory-policy noeviction, and in redis.conf.`,
      {
        system: 'Redis',
        transient: false,
      },
    );
  }
  return { policy, appendOnly: found.appendOnly === true, fsync: found.fsync ?? '' };
}
