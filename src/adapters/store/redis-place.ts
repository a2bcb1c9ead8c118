import type { Store } from './store';

export interface HostPort {
  readonly host: string;
  readonly port: number;
}

/** How one gets in where the address alone does not say it. */
export interface RedisAccess {
  readonly username: string | null;
  readonly password: string | null;
  readonly tls: boolean;
  /** PEM: the authority to trust in place of the public ones. */
  readonly tlsCa: string | null;
}

/** Where the store is: one server, the one that Sentinels name, or a Cluster of which some nodes are known. */
export type RedisPlace =
  | { readonly kind: 'one'; readonly url: string; readonly tlsCa: string | null }
  | (RedisAccess & {
      readonly kind: 'sentinel';
      readonly sentinels: readonly HostPort[];
      readonly master: string;
      readonly sentinelUsername: string | null;
      readonly sentinelPassword: string | null;
    })
  | (RedisAccess & { readonly kind: 'cluster'; readonly nodes: readonly HostPort[] });

/** "Redis at HOST:PORT" and the like: a URL may hold a password, so it is never repeated whole. */
export function placeName(place: RedisPlace): string {
  const list = (places: readonly HostPort[]): string => places.map(({ host, port }) => `${host}:${port}`).join(', ');
  if (place.kind === 'sentinel') return `Redis "${place.master}" by the Sentinels at ${list(place.sentinels)}`;
  if (place.kind === 'cluster') return `Redis Cluster at ${list(place.nodes)}`;
  const { hostname, port } = new URL(place.url);
  return `Redis at ${hostname}:${port || '6379'}`;
}

const NAMES = new WeakMap<Store, string>();

/** How the store is named to people; one that was not opened by us has no address that we know. */
export const nameOf = (store: Store): string => NAMES.get(store) ?? 'Redis';

export function named<Kind extends Store>(store: Kind, place: RedisPlace): Kind {
  NAMES.set(store, placeName(place));
  return store;
}
