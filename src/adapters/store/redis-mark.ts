import { randomUUID } from 'node:crypto';
import { type WaveId, waveId } from '../../core/ids';
import type { Doubt, Standing, StoreMark } from '../../ports/store-mark';
import type { Keys } from './keys';
import { asFault } from './redis-wave-log';
import { run, script } from './script';

/** Whatever runs scripts and tells of its connections: one server, or a cluster. */
export type MarkedStore = Parameters<typeof run>[0] & { on(event: string, listener: () => void): unknown };

/** A process that was away for longer finds its own beat gone: a doubt too many, which costs a comparison. */
const BEAT_KEPT_MS = 60 * 60_000;

/**
 * KEYS mark, own beat, doubts, open set; ARGV the beat that has to be there or '', the next one, how long it is kept, and
 * one whose answer was lost. A question that is sent twice finds its own beat.
 * A server process has a name of its own for as long as it runs. Where it is another one than the mark names, or what this
 * process wrote last is gone, every open wave is doubted under a new number.
 */
const BEAT = script(`
local run = string.match(redis.call('INFO', 'server'), 'run_id:(%w+)') or ''
local known = redis.call('HGET', KEYS[1], 'run')
local doubt = ''
if not known then doubt = 'no mark'
elseif known ~= run then doubt = 'restarted'
elseif ARGV[1] ~= '' then
  local there = redis.call('GET', KEYS[2])
  if there ~= ARGV[1] and there ~= ARGV[2] and there ~= ARGV[4] then doubt = 'went back' end
end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if doubt ~= '' then
  local number = redis.call('HINCRBY', KEYS[1], 'doubt', 1)
  redis.call('HSET', KEYS[1], 'run', run, 'search', number, 'since', string.format('%.0f', now), 'why', doubt)
  for _, wave in ipairs(redis.call('SMEMBERS', KEYS[4])) do redis.call('HSET', KEYS[3], wave, number) end
end
redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3])
local since = tonumber(redis.call('HGET', KEYS[1], 'since') or '0')
return {doubt, redis.call('HLEN', KEYS[3]), string.format('%.0f', math.max(0, now - since)), redis.call('HGET', KEYS[1], 'search') or ''}
`);

/** KEYS doubts, mark; ARGV wave, or '' for the search of the channel; number. What has been doubted again since stays. */
const SETTLE = script(`
if ARGV[1] == '' then
  if redis.call('HGET', KEYS[2], 'search') == ARGV[2] then redis.call('HDEL', KEYS[2], 'search') end
elseif redis.call('HGET', KEYS[1], ARGV[1]) == ARGV[2] then redis.call('HDEL', KEYS[1], ARGV[1]) end
return 1
`);

/** KEYS doubts, mark; ARGV wave. */
const DOUBT = script(`
local number = redis.call('HINCRBY', KEYS[2], 'doubt', 1)
local time = redis.call('TIME')
if redis.call('HLEN', KEYS[1]) == 0 then
  redis.call('HSET', KEYS[2], 'since', string.format('%.0f', time[1] * 1000 + math.floor(time[2] / 1000)), 'why', 'went back')
end
redis.call('HSET', KEYS[1], ARGV[1], number)
return 1
`);

const ASK = script(`return redis.call('HGETALL', KEYS[1])`);
const IS = script(`return redis.call('HEXISTS', KEYS[1], ARGV[1])`);

/** Everything that shows a connection to be another one than a moment ago, of one server and of a cluster. */
const BROKEN = ['close', 'end', 'reconnecting', '-node', 'node error'];

/** The mark as it is seen by one connection: what that has been told is what counts for whoever works by it. */
export function createRedisMark(redis: MarkedStore, keys: Keys): StoreMark {
  const beat = keys.beat(randomUUID());
  let last = '';
  let tried = '';
  let known: Standing | null = null;
  let looking: Promise<Standing & { readonly doubt: Doubt | null }> | null = null;
  let broken = 0;
  for (const event of BROKEN)
    redis.on(event, () => {
      broken += 1;
      known = null;
    });
  const beatOnce = async (): Promise<Standing & { readonly doubt: Doubt | null }> => {
    const before = broken;
    const next = randomUUID();
    const lost = tried;
    tried = next;
    const answer = await asFault(() =>
      run(redis, BEAT, [keys.mark, beat, keys.doubts, keys.open], [last, next, String(BEAT_KEPT_MS), lost]),
    );
    const [doubt, doubted, ageMs, search] = answer as readonly [string, number, string, string];
    last = next;
    const standing = {
      doubted,
      ageMs: doubted === 0 ? 0 : Number(ageMs),
      search: search === '' ? null : Number(search),
    };
    // What was answered by a connection that has broken since says nothing of the next one.
    if (before === broken) known = standing;
    return { ...standing, doubt: doubt === '' ? null : (doubt as Doubt) };
  };
  const look: StoreMark['look'] = () => {
    looking ??= beatOnce().finally(() => {
      looking = null;
    });
    return looking;
  };
  const standing = async (): Promise<Standing> => known ?? (await look());
  const forget = (): void => {
    known = null;
  };
  return {
    standing,
    look,
    isDoubted: async (wave) =>
      (await standing()).doubted > 0 && (await asFault(() => run(redis, IS, [keys.doubts], [wave]))) === 1,
    doubt: async (wave) => {
      await asFault(() => run(redis, DOUBT, [keys.doubts, keys.mark], [wave]));
      forget();
    },
    doubted: async () => {
      const answer = (await asFault(() => run(redis, ASK, [keys.doubts], []))) as readonly string[];
      const found = new Map<WaveId, number>();
      for (let i = 0; i + 1 < answer.length; i += 2) found.set(waveId(answer[i] ?? ''), Number(answer[i + 1]));
      return found;
    },
    settle: async (wave, doubt) => {
      await asFault(() => run(redis, SETTLE, [keys.doubts, keys.mark], [wave, String(doubt)]));
      forget();
    },
    searched: async (doubt) => {
      await asFault(() => run(redis, SETTLE, [keys.doubts, keys.mark], ['', String(doubt)]));
      forget();
    },
  };
}
