import { createHash } from 'node:crypto';
import type { Store } from './store';

/** A Lua script that is sent once per server and then named by its digest. */
export interface Script {
  readonly text: string;
  readonly sha: string;
}

export const script = (text: string): Script => ({ text, sha: createHash('sha1').update(text).digest('hex') });

/** Runs it by its digest; a server that does not know it yet, or was restarted, is given the text. */
export async function run(
  redis: Store,
  { text, sha }: Script,
  keys: readonly string[],
  values: readonly string[],
): Promise<unknown> {
  try {
    return await redis.evalsha(sha, keys.length, ...keys, ...values);
  } catch (cause) {
    if (!(cause instanceof Error) || !cause.message.startsWith('NOSCRIPT')) throw cause;
    return redis.eval(text, keys.length, ...keys, ...values);
  }
}
