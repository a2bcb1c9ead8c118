import { z } from 'zod';
import { type WaveId, waveId } from '../../core/ids';
import type { VanishedWave, VanishedWaves } from '../../ports/vanished-waves';
import type { Keys } from './keys';
import { asFault } from './redis-wave-log';
import { run, script } from './script';

/** KEYS vanished; ARGV what stands before and after a wave in the key of its state, then pairs of wave and JSON. Gives the new ones. */
const NOTE = script(`
local new = {}
for i = 3, #ARGV, 2 do
  if redis.call('EXISTS', ARGV[1] .. ARGV[i] .. ARGV[2]) == 0 and redis.call('HEXISTS', KEYS[1], ARGV[i]) == 0 then
    redis.call('HSET', KEYS[1], ARGV[i], ARGV[i + 1])
    new[#new + 1] = ARGV[i + 1]
  end
end
return new
`);

/** KEYS vanished; ARGV what stands before and after a wave in the key of its state. A wave that is back is none of them. */
const ALL = script(`
local found = {}
local kept = redis.call('HGETALL', KEYS[1])
for i = 1, #kept, 2 do
  if redis.call('EXISTS', ARGV[1] .. kept[i] .. ARGV[2]) == 0 then found[#found + 1] = kept[i + 1] end
end
return found
`);

/** KEYS vanished; ARGV wave, JSON. */
const CLOSE = script(`return redis.call('HSET', KEYS[1], ARGV[1], ARGV[2])`);

const Vanished = z.object({
  wave: z.string().regex(/^.{1,150}-wave-\d{1,6}$/),
  channel: z.string(),
  ts: z.string(),
  status: z.string(),
  foundAt: z.number(),
  closed: z.object({ by: z.string(), reason: z.string(), at: z.number() }).nullable(),
});

export function createRedisVanished(redis: Parameters<typeof run>[0], keys: Keys): VanishedWaves {
  const [before = '', after = ''] = keys.wave(waveId('WAVE-wave-1')).split('WAVE-wave-1');
  const all = async (): Promise<readonly VanishedWave[]> =>
    read(await asFault(() => run(redis, ALL, [keys.vanished], [before, after]), keys.vanished));
  return {
    all,
    async note(shown, at) {
      if (shown.length === 0) return [];
      const pairs = shown.flatMap((one) => [one.wave, JSON.stringify({ ...one, foundAt: at, closed: null })]);
      return read(await asFault(() => run(redis, NOTE, [keys.vanished], [before, after, ...pairs]), keys.vanished));
    },
    async close(wave: WaveId, closed) {
      const known = (await all()).find((one) => one.wave === wave);
      if (!known) return;
      const text = JSON.stringify({ ...known, closed });
      await asFault(() => run(redis, CLOSE, [keys.vanished], [wave, text]), keys.vanished);
    },
  };
}

/** What cannot be read is nothing that was noted here. */
function read(answer: unknown): readonly VanishedWave[] {
  return (answer as readonly string[]).flatMap((text) => {
    const parsed = Vanished.safeParse(fromJson(text));
    return parsed.success ? [{ ...parsed.data, wave: waveId(parsed.data.wave) }] : [];
  });
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
