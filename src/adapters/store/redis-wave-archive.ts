import { waveId } from '../../core/ids';
import type { Removed, WaveArchive } from '../../ports/wave-archive';
import type { Keys } from './keys';
import { asFault } from './redis-wave-log';
import type { Store } from './store';

/**
 * KEYS log, wave hash, cursor, open set, unheard set, set of all waves; ARGV wave id, head hash, now. The wave hash keeps
 * its number of events, so that no wave of the same name begins anew, how it ended and when it was archived.
 */
const REMOVE_SCRIPT = `
if redis.call('SISMEMBER', KEYS[4], ARGV[1]) == 1 then return 'open' end
if redis.call('SISMEMBER', KEYS[5], ARGV[1]) == 1 then return 'unheard' end
if redis.call('HGET', KEYS[2], 'head') ~= ARGV[2] or redis.call('EXISTS', KEYS[1]) == 0 then return 'changed' end
local fine, state = pcall(cjson.decode, redis.call('HGET', KEYS[2], 'state') or '')
local ended = fine and type(state) == 'table' and state.status or ''
redis.call('DEL', KEYS[1], KEYS[3])
redis.call('SREM', KEYS[6], ARGV[1])
for _, field in ipairs(redis.call('HKEYS', KEYS[2])) do
  if field == 'state' or field == 'plan' or string.match(field, '^s%d+$') then redis.call('HDEL', KEYS[2], field) end
end
redis.call('HSET', KEYS[2], 'archived', ARGV[3], 'ended', ended)
return 'removed'
`;

export function createRedisWaveArchive(redis: Store, keys: Keys): WaveArchive {
  return {
    // Not by SCAN: in a Cluster that asks any node, and few users may.
    async waves(sites) {
      const all = await asFault(() => redis.smembers(keys.waves), keys.waves);
      const ofSites = await Promise.all(
        sites.map((site) => asFault(() => redis.lrange(keys.site(site), 0, -1), keys.site(site))),
      );
      return [...new Set([...all, ...ofSites.flat()])].map(waveId);
    },
    async remove(wave, head, at) {
      const key = keys.wave(wave);
      const removed = await asFault(
        () =>
          redis.eval(
            REMOVE_SCRIPT,
            6,
            keys.log(wave),
            key,
            keys.cursor(wave),
            keys.open,
            keys.unheard,
            keys.waves,
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
