import { setTimeout as pause } from 'node:timers/promises';
import type { ChainableCommander } from 'ioredis';
import type { Store } from './store';

export type Answers = readonly (readonly [refused: Error | null, value: unknown])[];

/** The slot is somewhere else by now, on its way there, or has no server for the moment. Nothing was done. */
const ELSEWHERE = /^(MOVED|ASK|TRYAGAIN|CLUSTERDOWN)\b/;
const LOOKS = 40;
const LOOK_EVERY_MS = 50;

/**
 * Puts several commands to one server over one connection, in one go: the one that has `key`, which the first command
 * must name. What names no key, like WAIT or INFO, would in a Cluster go to any node. A Cluster client follows a slot that
 * has moved for single commands only; here the key is asked for by one until the way is known. Gives what each was
 * answered; throws when the connection is lost on the way.
 */
export async function atOwner(
  redis: Store,
  key: string,
  ask: (line: ChainableCommander) => ChainableCommander,
): Promise<Answers> {
  for (let look = 0; ; look++) {
    const answers = (await ask(redis.pipeline()).exec()) ?? [];
    const refused = answers[0]?.[0];
    if (look === LOOKS || !refused || !ELSEWHERE.test(refused.message)) return answers;
    await redis.exists(key);
    await pause(LOOK_EVERY_MS);
  }
}

/** The store answers where it counts: at the server that has `key`. */
export async function answersFor(redis: Store, key: string): Promise<boolean> {
  return (await redis.exists(key)) >= 0;
}
