import { atOwner } from './at-owner';
import type { Keys } from './keys';
import type { Store } from './store';

/** What the server that has our keys says of itself. Null where it does not say. */
export interface Durability {
  readonly policy: string | null;
  readonly appendOnly: boolean | null;
  readonly fsync: string | null;
  readonly replicas: number | null;
  /** Its clock, epoch ms. */
  readonly now: number;
}

/** Asks only. Throws what the connection throws. */
export async function readDurability(redis: Store, keys: Keys): Promise<Durability> {
  const [known, time, memory, persistence, replication, policy, appendOnly, fsync] = await atOwner(
    redis,
    keys.open,
    (line) =>
      line
        .exists(keys.open)
        .time()
        .info('memory')
        .info('persistence')
        .info('replication')
        // A hosted server may forbid CONFIG, and it would show the server's own password: INFO tells what counts.
        .config('GET', 'maxmemory-policy')
        .config('GET', 'appendonly')
        .config('GET', 'appendfsync'),
  );
  for (const answer of [known, time, memory, persistence, replication]) if (answer?.[0]) throw answer[0];
  const [seconds, micros] = (time?.[1] ?? []) as readonly unknown[];
  const infos = [memory, persistence, replication].map((answer) => String(answer?.[1])).join('\n');
  const aof = configured(appendOnly) ?? field(infos, 'aof_enabled');
  const replicas = field(infos, 'connected_slaves');
  return {
    policy: configured(policy) ?? field(infos, 'maxmemory_policy'),
    appendOnly: aof === null ? null : aof === 'yes' || aof === '1',
    fsync: configured(fsync),
    replicas: replicas === null ? null : Number(replicas),
    now: Number(seconds) * 1000 + Number(micros) / 1000,
  };
}

function configured(answer: readonly [Error | null, unknown] | undefined): string | null {
  const value = answer?.[0] ? null : (answer?.[1] as readonly unknown[] | undefined)?.[1];
  return typeof value === 'string' && value !== '' ? value : null;
}

const field = (info: string, name: string): string | null => new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1] ?? null;
