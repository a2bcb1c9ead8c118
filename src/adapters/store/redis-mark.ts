import { randomUUID } from 'node:crypto';
import { type WaveId, waveId } from '../../core/ids';
import type { Doubt, Standing, StoreMark } from '../../ports/store-mark';
import type { Keys } from './keys';
import { asFault } from './redis-wave-log';
import { run, script } from './script';

/** Whatever runs scripts and tells of its connections: one server, or a cluster. */
export type MarkedStore = Parameters<typeof run>[0] & { on(event: string, listener: () => void): unknown };

/** How long Redis keeps the beat of a connection, ms. */
const BEAT_KEPT_MS = 60 * 60_000;
/** A beat that this process wrote longer ago, real ms, proves nothing by being gone: it may have run out on the way. */
export const BEAT_COUNTS_MS = BEAT_KEPT_MS - 5 * 60_000;
/** What was read of the mark counts for so long, real ms: another connection may have found out more since. */
export const KNOWN_MS = 1_000;

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

/** KEYS mark, doubts. What others have found out, without a beat; nothing where there is no mark. */
const READ = script(`
local mark = redis.call('HMGET', KEYS[1], 'run', 'since', 'search')
if not mark[1] then return false end
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
return {redis.call('HLEN', KEYS[2]), string.format('%.0f', math.max(0, now - tonumber(mark[2] or '0'))), mark[3] or ''}
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

type Read = readonly [doubted: number, ageMs: string, search: string];

/** What was read, and when, by the clock of this process. */
interface Known extends Standing {
  readonly at: number;
}

/** The mark as it is seen by one connection: what that has been told is what counts for whoever works by it. */
export function createRedisMark(redis: MarkedStore, keys: Keys): StoreMark {
  const beat = keys.beat(randomUUID());
  let last = { beat: '', sentAt: 0 };
  let tried = '';
  let known: Known | null = null;
  let looking: Promise<Standing & { readonly doubt: Doubt | null }> | null = null;
  let reading: Promise<Standing> | null = null;
  let outdated = 0;
  const forget = (): void => {
    outdated += 1;
    known = null;
  };
  for (const event of BROKEN) redis.on(event, forget);
  /** What was answered by a connection that has broken since says nothing of the next one. */
  const note = (read: Read, before: number): Standing => {
    const standing = standingOf(read);
    if (before === outdated) known = { ...standing, at: performance.now() };
    return standing;
  };
  const beatOnce = async (): Promise<Standing & { readonly doubt: Doubt | null }> => {
    const before = outdated;
    const [next, sentAt, lost] = [randomUUID(), performance.now(), tried];
    const there = sentAt - last.sentAt > BEAT_COUNTS_MS ? '' : last.beat;
    tried = next;
    const answer = await asFault(() =>
      run(redis, BEAT, [keys.mark, beat, keys.doubts, keys.open], [there, next, String(BEAT_KEPT_MS), lost]),
    );
    const [doubt, ...read] = answer as readonly [string, ...Read];
    last = { beat: next, sentAt };
    return { ...note(read, before), doubt: doubt === '' ? null : (doubt as Doubt) };
  };
  const look: StoreMark['look'] = () => {
    looking ??= beatOnce().finally(() => {
      looking = null;
    });
    return looking;
  };
  const readOnce = async (): Promise<Standing> => {
    const before = outdated;
    const read = (await asFault(() => run(redis, READ, [keys.mark, keys.doubts], []))) as Read | null;
    return read && before === outdated ? note(read, before) : look();
  };
  const read = (): Promise<Standing> => {
    reading ??= readOnce().finally(() => {
      reading = null;
    });
    return reading;
  };
  const standing = async (): Promise<Standing> => {
    if (!known) return look();
    const { at, ...found } = known;
    const since = performance.now() - at;
    if (since > KNOWN_MS) return read();
    return found.doubted === 0 ? found : { ...found, ageMs: found.ageMs + Math.round(since) };
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

const standingOf = ([doubted, ageMs, search]: Read): Standing => ({
  doubted,
  ageMs: doubted === 0 ? 0 : Number(ageMs),
  search: search === '' ? null : Number(search),
});
