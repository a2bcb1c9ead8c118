import { z } from 'zod';
import { type WaveId, waveId } from '../../core/ids';
import type { Keys } from './keys';
import { asFault } from './redis-wave-log';
import type { Store } from './store';

/** How an open wave stands, in a few words. */
export interface Standing {
  readonly status: string;
  /** Of a held wave. */
  readonly cause: string | null;
  /** Epoch ms of its newest event: a wave that stands still has stood since then at the least. */
  readonly since: number;
}

export interface Census {
  readonly standings: ReadonlyMap<WaveId, Standing>;
  /** Open waves that hold something else than a wave's state. */
  readonly unread: readonly WaveId[];
}

/** How many waves one script looks at: Redis does nothing else meanwhile. */
const SEQS_AT_ONCE = 500;
const STATES_AT_ONCE = 25;

/** KEYS wave hashes. Their seqs, '' where there is none. */
const SEQS = `
local found = {}
for i, key in ipairs(KEYS) do
  found[i] = ''
  if redis.call('TYPE', key).ok == 'hash' then found[i] = redis.call('HGET', key, 'seq') or '' end
end
return found
`;

/** KEYS wave hashes. Of each: status, cause and time of its newest event, as JSON; '' where that cannot be read. */
const STANDINGS = `
local found = {}
for i, key in ipairs(KEYS) do
  found[i] = ''
  local text = redis.call('TYPE', key).ok == 'hash' and redis.call('HGET', key, 'state')
  local fine, state = pcall(cjson.decode, text or '')
  if fine and type(state) == 'table' then
    local hold = type(state.hold) == 'table' and state.hold or {}
    local at = string.format('%.0f', tonumber(state.lastAt) or 0)
    found[i] = cjson.encode({ status = state.status, cause = hold.cause, since = at })
  end
end
return found
`;

const Told = z.object({ status: z.string(), cause: z.string().optional(), since: z.coerce.number() });

/**
 * Counts the open waves without reading them: a wave's state is looked at, inside Redis, only when its seq has changed
 * since the last time. Ten thousand parked waves cost twenty short scripts.
 */
export function createCensus(redis: Store, keys: Keys): () => Promise<Census> {
  const known = new Map<WaveId, { readonly seq: string; readonly standing: Standing }>();
  return async () => {
    const open = (await asFault(() => redis.smembers(keys.open), keys.open)).map(waveId);
    const seqs = await paged(redis, keys, SEQS, open, SEQS_AT_ONCE);
    const changed = open.filter((id) => known.get(id)?.seq !== seqs.get(id));
    const told = await paged(redis, keys, STANDINGS, changed, STATES_AT_ONCE);
    for (const [id, text] of told) {
      const standing = readStanding(text);
      if (standing === null) known.delete(id);
      else known.set(id, { seq: seqs.get(id) ?? '', standing });
    }
    const openNow = new Set(open);
    for (const id of known.keys()) if (!openNow.has(id)) known.delete(id);
    return {
      standings: new Map([...known].map(([id, { standing }]) => [id, standing])),
      unread: open.filter((id) => !known.has(id)),
    };
  };
}

/** A script over the hashes of many waves, so many at a time; what it returns of each. */
export async function paged(
  redis: Store,
  keys: Keys,
  script: string,
  waves: readonly WaveId[],
  size: number,
): Promise<ReadonlyMap<WaveId, string>> {
  const found = new Map<WaveId, string>();
  for (let from = 0; from < waves.length; from += size) {
    const page = waves.slice(from, from + size);
    const texts = (await asFault(() => redis.eval(script, page.length, ...page.map(keys.wave)))) as readonly string[];
    page.forEach((id, i) => {
      found.set(id, String(texts[i] ?? ''));
    });
  }
  return found;
}

function readStanding(text: string): Standing | null {
  if (text === '') return null;
  const parsed = Told.safeParse(JSON.parse(text));
  return parsed.success ? { ...parsed.data, cause: parsed.data.cause ?? null } : null;
}
