import { type WaveId, waveId } from '../../core/ids';
import type { Removed, WaveArchive } from '../../ports/wave-archive';
import type { Keys } from './keys';
import { asFault } from './redis-wave-log';
import type { Store } from './store';

/**
 * KEYS log, wave hash, cursor, open set, unheard set; ARGV wave id, head hash, now. The wave hash keeps its number of
 * events, so that no wave of the same name begins anew, and when it was archived.
 */
const REMOVE_SCRIPT = `
if redis.call('SISMEMBER', KEYS[4], ARGV[1]) == 1 then return 'open' end
if redis.call('SISMEMBER', KEYS[5], ARGV[1]) == 1 then return 'unheard' end
if redis.call('HGET', KEYS[2], 'head') ~= ARGV[2] or redis.call('EXISTS', KEYS[1]) == 0 then return 'changed' end
redis.call('DEL', KEYS[1], KEYS[3])
redis.call('HDEL', KEYS[2], 'state', 'plan')
redis.call('HSET', KEYS[2], 'archived', ARGV[3])
return 'removed'
`;

const LOG = /:wave:(.+-wave-\d+):log$/;

export function createRedisWaveArchive(redis: Store, keys: Keys): WaveArchive {
  return {
    async waves() {
      const found = new Set<WaveId>();
      for (let cursor = '0'; ; ) {
        const [next, page] = await asFault(() => redis.scan(cursor, 'MATCH', `${keys.tag}:wave:*:log`, 'COUNT', 500));
        for (const key of page) {
          const name = LOG.exec(key)?.[1];
          if (name !== undefined) found.add(waveId(name));
        }
        cursor = next;
        if (cursor === '0') return [...found];
      }
    },
    async remove(wave, head, at) {
      const key = keys.wave(wave);
      const removed = await asFault(
        () =>
          redis.eval(
            REMOVE_SCRIPT,
            5,
            keys.log(wave),
            key,
            keys.cursor(wave),
            keys.open,
            keys.unheard,
            wave,
            head,
            String(at),
          ),
        key,
      );
      return removed as Removed;
    },
  };
}
