import { atOwner } from './at-owner';
import { run, type Script } from './script';
import type { Store } from './store';

export interface Ran {
  readonly answer: unknown;
  /** How many replicas have what was written, of as many as were waited for. */
  readonly replicas: number;
}

export interface ReplicaWish {
  readonly wanted: number;
  readonly waitMs: number;
}

/**
 * Runs a script and asks over the same connection how many replicas have what it wrote; with 0 wanted nobody is asked.
 * WAIT counts from what its own connection has written: over another one, made after a failover, every replica would be
 * counted at once, also for a write that died with the former master. So it is never sent apart from its script.
 */
export async function runReplicated(
  redis: Store,
  script: Script,
  keys: readonly string[],
  values: readonly string[],
  { wanted, waitMs }: ReplicaWish,
): Promise<Ran> {
  if (wanted === 0) return { answer: await run(redis, script, keys, values), replicas: 0 };
  const [key = ''] = keys;
  const together = (text: 'sha' | 'text') =>
    atOwner(redis, key, (line) =>
      (text === 'sha'
        ? line.evalsha(script.sha, keys.length, ...keys, ...values)
        : line.eval(script.text, keys.length, ...keys, ...values)
      ).wait(wanted, waitMs),
    );
  let [ran, waited] = await together('sha');
  if (ran?.[0]?.message.startsWith('NOSCRIPT')) [ran, waited] = await together('text');
  if (!ran || ran[0]) throw ran?.[0] ?? new Error('no answer');
  // Cut off on the way: the write is there, and nobody knows who else has it.
  const unknown = waited?.[0] ?? null;
  if (unknown && /^NOPERM/.test(unknown.message)) throw unknown;
  return { answer: ran[1], replicas: unknown ? 0 : Number(waited?.[1]) };
}
