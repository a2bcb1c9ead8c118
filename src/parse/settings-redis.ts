/** Where Redis is: one server, what Sentinels name, or a Cluster; exactly one of the three. */
import { type Read, readAuthority, readForm, readRedisUrl } from './setting-values';
import { type Desk, plain, whole } from './settings-desk';
import type { SettingName } from './settings-table';

export interface RedisServer {
  readonly host: string;
  readonly port: number;
}

interface Access {
  readonly username: string | null;
  readonly password: string | null;
  readonly tls: boolean;
  /** PEM; null where the public authorities vouch for the server, or nobody does. */
  readonly tlsCa: string | null;
}

export type RedisWhere =
  | { readonly kind: 'one'; readonly url: string; readonly tlsCa: string | null }
  | (Access & {
      readonly kind: 'sentinel';
      readonly sentinels: readonly RedisServer[];
      readonly master: string;
      readonly sentinelUsername: string | null;
      readonly sentinelPassword: string | null;
    })
  | (Access & { readonly kind: 'cluster'; readonly nodes: readonly RedisServer[] });

export interface RedisSettings {
  readonly place: RedisWhere;
  readonly prefix: string;
  readonly minReplicas: number;
}

export function redisOf(desk: Desk): RedisSettings {
  return {
    place: placeOf(desk),
    prefix: desk.required(
      'REDIS_PREFIX',
      (value) => readForm(value, /^[A-Za-z0-9._-]{1,40}$/, 'up to 40 letters, digits, dots, dashes and underscores'),
      '',
    ),
    minReplicas: desk.required('REDIS_MIN_REPLICAS', whole(0, 20), 0),
  };
}

const PLACES = ['REDIS_URL', 'REDIS_SENTINELS', 'REDIS_CLUSTER_NODES'] as const;
const OF_SENTINEL = ['REDIS_SENTINEL_MASTER', 'REDIS_SENTINEL_USERNAME', 'REDIS_SENTINEL_PASSWORD'] as const;
const OF_MANY = ['REDIS_USERNAME', 'REDIS_PASSWORD'] as const;

function placeOf(desk: Desk): RedisWhere {
  const given = PLACES.filter((name) => desk.given(name) !== null);
  const [place = 'REDIS_URL', other] = given;
  if (other !== undefined)
    refuse(desk, other, `is set, and so is ${place}: there is one Redis`, `Leave ${given.slice(1).join(' and ')} out`);
  for (const name of OF_SENTINEL)
    if (place !== 'REDIS_SENTINELS' && desk.given(name) !== null)
      refuse(desk, name, 'is set, and REDIS_SENTINELS is not', `Set REDIS_SENTINELS, or leave ${name} out`);
  if (place !== 'REDIS_URL') return manyOf(desk, place);
  for (const name of OF_MANY)
    if (desk.given(name) !== null)
      refuse(
        desk,
        name,
        'is set, and Redis is named by REDIS_URL',
        'Write it into REDIS_URL, redis://user:password@host:6379',
      );
  if (desk.required('REDIS_TLS', yesOrNo, false))
    refuse(desk, 'REDIS_TLS', 'is set, and Redis is named by REDIS_URL', 'Write rediss:// in REDIS_URL');
  const url = desk.required('REDIS_URL', readRedisUrl, '');
  return { kind: 'one', url, tlsCa: authorityOf(desk, /^rediss:/i.test(desk.given('REDIS_URL') ?? ''), URL_PLAIN) };
}

function manyOf(desk: Desk, place: 'REDIS_SENTINELS' | 'REDIS_CLUSTER_NODES'): RedisWhere {
  const tls = desk.required('REDIS_TLS', yesOrNo, false);
  const access: Access = {
    username: desk.optional('REDIS_USERNAME', plain),
    password: desk.optional('REDIS_PASSWORD', plain),
    tls,
    tlsCa: authorityOf(desk, tls, MANY_PLAIN),
  };
  if (place === 'REDIS_CLUSTER_NODES')
    return { ...access, kind: 'cluster', nodes: desk.required(place, readPlaces, []) };
  return {
    ...access,
    kind: 'sentinel',
    sentinels: desk.required(place, readPlaces, []),
    master: desk.required('REDIS_SENTINEL_MASTER', readMaster, '', 'is missing, and REDIS_SENTINELS is set'),
    sentinelUsername: desk.optional('REDIS_SENTINEL_USERNAME', plain),
    sentinelPassword: desk.optional('REDIS_SENTINEL_PASSWORD', plain),
  };
}

const URL_PLAIN = {
  wrong: 'is set, and REDIS_URL does not begin with "rediss:", so nothing would be encrypted',
  mend: 'Write rediss:// in REDIS_URL, or leave REDIS_TLS_CA out',
};
const MANY_PLAIN = {
  wrong: 'is set, and REDIS_TLS is not "yes", so nothing would be encrypted',
  mend: 'Set REDIS_TLS to yes, or leave REDIS_TLS_CA out',
};

function authorityOf(desk: Desk, encrypted: boolean, { wrong, mend }: typeof URL_PLAIN): string | null {
  if (desk.given('REDIS_TLS_CA') !== null && !encrypted) refuse(desk, 'REDIS_TLS_CA', wrong, mend);
  return desk.optional('REDIS_TLS_CA', readAuthority);
}

function refuse(desk: Desk, place: SettingName, wrong: string, mend: string): void {
  desk.faults.push({ place, wrong: `${place} ${wrong}`, mend });
}

const yesOrNo = (value: string): Read<boolean> =>
  value === 'yes' || value === 'no'
    ? { value: value === 'yes' }
    : { wrong: 'is neither yes nor no', mend: 'Write yes or no' };

const readMaster = (value: string): Read<string> =>
  readForm(value, /^[A-Za-z0-9._-]{1,80}$/, 'the name that the Sentinels watch it under, like mymaster');

const MOST_PLACES = 20;

/** `a.example.com:26379,[2001:db8::1]:26379`: the port always, no entry twice. */
function readPlaces(text: string): Read<readonly RedisServer[]> {
  const entries = text.split(',').map((entry) => entry.trim());
  const places = entries.map(readPlace);
  const badOnes = places.flatMap((place, i) =>
    place === null || entries.indexOf(entries[i] ?? '') < i ? [i + 1] : [],
  );
  const good = places.filter((place) => place !== null);
  if (badOnes.length === 0 && good.length <= MOST_PLACES) return { value: good };
  return {
    wrong:
      badOnes.length === 0
        ? `names more than ${MOST_PLACES} servers`
        : `has entries that cannot be read, or that stand there twice (number ${badOnes.join(', ')})`,
    mend: 'Write it like redis-1.example.com:26379,redis-2.example.com:26379',
  };
}

function readPlace(entry: string): RedisServer | null {
  const [, six, name, written] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)):(\d{1,5})$/.exec(entry) ?? [];
  const [host, port] = [six ?? name, Number(written)];
  return host !== undefined && port >= 1 && port <= 65535 ? { host, port } : null;
}
