import { z } from 'zod';
import { waveId } from '../../core/ids';
import type { NewestWave, WaveInFlight } from '../../ports/home';
import type { Keys } from './keys';
import { paged } from './redis-census';
import { asFault } from './redis-wave-log';
import type { Store } from './store';

/** How many waves one script looks at: Redis does nothing else meanwhile. */
const AT_ONCE = 25;

/** KEYS wave hashes. Of each: when it was started and which step it is at, as JSON; '' where that cannot be read. */
const PLACES = `
local found = {}
for i, key in ipairs(KEYS) do
  found[i] = ''
  local text = redis.call('TYPE', key).ok == 'hash' and redis.call('HGET', key, 'state')
  local fine, state = pcall(cjson.decode, text or '')
  if fine and type(state) == 'table' and type(state.startedAt) == 'number' then
    found[i] = cjson.encode({ startedAt = string.format('%.0f', state.startedAt), at = state.at })
  end
end
return found
`;

/** A wave on its way back is at no step. */
const Place = z.object({ startedAt: z.coerce.number(), at: z.int().optional() });

/** Where the waves of all sites stand, as far as other sites have to know. */
export function createProgramme(redis: Store, keys: Keys) {
  return {
    /** All waves that are not over, oldest first. One that cannot be read counts as under way since ever. */
    async inFlight(site: string): Promise<readonly WaveInFlight[]> {
      const open = (await asFault(() => redis.smembers(keys.open), keys.open)).map(waveId);
      const own = new Set(await asFault(() => redis.lrange(keys.site(site), 0, -1), keys.site(site)));
      const places = await paged(redis, keys, PLACES, open, AT_ONCE);
      const waves = open.map((wave): WaveInFlight => {
        const place = Place.safeParse(fromJson(places.get(wave) ?? ''));
        const known = { wave, own: own.has(wave) };
        if (!place.success) return { ...known, startedAt: 0, armed: true };
        return { ...known, startedAt: place.data.startedAt, armed: place.data.at !== 0 };
      });
      return waves.sort((a, b) => a.startedAt - b.startedAt || (a.wave < b.wave ? -1 : 1));
    },
    async newestWave(site: string): Promise<NewestWave | null> {
      const [wave] = await asFault(() => redis.lrange(keys.site(site), -1, -1), keys.site(site));
      if (wave === undefined) return null;
      const key = keys.wave(waveId(wave));
      const [state, ended] = await asFault(() => redis.hmget(key, 'state', 'ended'), key);
      const kept = Status.safeParse(fromJson(state ?? ''));
      return { wave, status: kept.success ? kept.data.status : ended || null };
    },
  };
}

const Status = z.object({ status: z.string() });

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
