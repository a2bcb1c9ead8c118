import { z } from 'zod';
import { Fault } from '../../ports/fault';
import type { ThreadCursor, ThreadCursors } from '../../ports/thread';
import { CAUGHT_UP_SCRIPT, SAVE_CURSOR_SCRIPT } from './append-script';
import type { Keys } from './keys';
import { asFault } from './redis-wave-log';
import { run } from './script';
import type { Store } from './store';

const Cursor = z.object({
  root: z.object({ channel: z.string(), ts: z.string() }).nullable(),
  heard: z.number().int().nonnegative(),
  intent: z.object({ from: z.number(), to: z.number(), at: z.number() }).nullable(),
  gates: z.record(z.string(), z.object({ ts: z.string(), seq: z.number(), drawn: z.string() })),
  rootSeq: z.number(),
});

const FIRST: ThreadCursor = { root: null, heard: 0, intent: null, gates: {}, rootSeq: 0 };

export function createRedisCursors(redis: Store, keys: Keys): ThreadCursors {
  return {
    async load(wave) {
      const key = keys.cursor(wave);
      const text = await asFault(() => redis.get(key), key);
      if (text === null) return FIRST;
      const parsed = Cursor.safeParse(readable(text));
      if (!parsed.success)
        throw new Fault(
          `Redis holds something at ${key} that is not a thread's cursor; put it back from a backup, or delete the key and the wave's thread is written anew from its start`,
          { system: 'Redis', transient: false },
        );
      return parsed.data;
    },
    save: async (wave, cursor, { token }) => {
      const [key, lease] = [keys.cursor(wave), keys.lease(wave, 'thread')];
      return (
        (await asFault(() => run(redis, SAVE_CURSOR_SCRIPT, [key, lease], [token, JSON.stringify(cursor)]), key)) === 1
      );
    },
    caughtUp: async (wave, seq) =>
      (await asFault(() => run(redis, CAUGHT_UP_SCRIPT, [keys.wave(wave), keys.unheard], [String(seq), wave]))) === 1,
  };
}

function readable(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
