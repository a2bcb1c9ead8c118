import { type WaveId, waveId } from '../../core/ids';
import type { Keys } from './keys';
import { asFault } from './redis-wave-log';
import type { Store } from './store';

export interface ThreadLag {
  /** Waves of which Slack has not heard everything. */
  readonly behind: number;
  /** Epoch ms of the oldest event that is not told yet, of at most `LOOKED_AT` waves; null when all is told. */
  readonly oldestAt: number | null;
  /** Those waves, each with its oldest event that is not told; null when only a card is old. */
  readonly waves: readonly { readonly wave: WaveId; readonly since: number | null }[];
}

/** So many waves are asked for the event that they wait with; beyond that the age is a sample. */
export const LOOKED_AT = 100;
const AT_ONCE = 10;

/**
 * KEYS cursor and log in pairs. Of each pair the time of the first event that the cursor has not passed, or ''. It stands
 * behind the event's hash (`short-text.ts`), or in JSON as it is.
 */
const FIRST_UNTOLD = `
local found = {}
for i = 1, #KEYS, 2 do
  local text = redis.call('TYPE', KEYS[i]).ok == 'string' and redis.call('GET', KEYS[i])
  local fine, cursor = pcall(cjson.decode, text or '{}')
  local heard = fine and type(cursor) == 'table' and tonumber(cursor.heard) or 0
  local kind = redis.call('TYPE', KEYS[i + 1]).ok
  local entry = false
  if kind == 'list' then entry = redis.call('LINDEX', KEYS[i + 1], string.format('%.0f', heard)) end
  if kind == 'stream' then
    local first = redis.call('XRANGE', KEYS[i + 1], string.format('%.0f-0', heard + 1), '+', 'COUNT', 1)[1]
    entry = first and first[2][2]
  end
  local at = entry and string.match(entry, '^(%d+)', 44)
  if entry and not at then
    local read, event = pcall(cjson.decode, entry)
    if read and type(event) == 'table' and event.at then at = string.format('%.0f', event.at) end
  end
  found[#found + 1] = at or ''
end
return found
`;

/** How far the threads are behind their logs. Redrawing a card late is no lag: it tells nothing new. */
export async function readThreadLag(redis: Store, keys: Keys): Promise<ThreadLag> {
  const unheard = await asFault(() => redis.smembers(keys.unheard), keys.unheard);
  const looked = unheard.slice(0, LOOKED_AT).map(waveId);
  const waves: { readonly wave: WaveId; readonly since: number | null }[] = [];
  for (let from = 0; from < looked.length; from += AT_ONCE) {
    const ids = looked.slice(from, from + AT_ONCE);
    const page = ids.flatMap((id) => [keys.cursor(id), keys.log(id)]);
    const found = (await asFault(() => redis.eval(FIRST_UNTOLD, page.length, ...page))) as readonly string[];
    waves.push(...ids.map((wave, i) => ({ wave, since: found[i] ? Number(found[i]) : null })));
  }
  const times = waves.flatMap(({ since }) => (since === null ? [] : [since]));
  return { behind: unheard.length, oldestAt: times.length === 0 ? null : Math.min(...times), waves };
}
