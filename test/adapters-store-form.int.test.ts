/** The third form of the store: events in their place of a list, the plan once; and logs of the forms before. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import * as outside from '../sandbox/store/store-words';
import { eventOf, KIND_MARKS, storedLog as readOutside } from '../sandbox/store/stored-log';
import { sha256 } from '../src/adapters/digest';
import { type Keys, keysOf } from '../src/adapters/store/keys';
import { readThreadLag } from '../src/adapters/store/redis-thread-lag';
import { lengthened, longEvent, shortEvent, shortened } from '../src/adapters/store/short-text';
import * as inside from '../src/adapters/store/store-words';
import type { LoggedEvent, WaveEvent } from '../src/core/events';
import { canonicalJson } from '../src/core/json';
import { packed } from '../src/core/packed-wave';
import { verifyLog } from '../src/engine/verify-log';
import type { Append } from '../src/ports/wave-log';
import { T0 } from './support/core-waves';
import { appendOf, fail, PAUSED, plan, RESUMED, STARTED, waveLogOn } from './support/log-appends';
import { type TestRedis, testRedis } from './support/private-redis';

let redis: TestRedis;
let prefixes = 0;
beforeAll(async () => {
  redis = await testRedis();
});
afterAll(() => redis.close());

function given() {
  const prefix = `form-${prefixes++}`;
  const keys = keysOf(prefix);
  return { keys, log: waveLogOn(redis.client, keys), wave: `{${prefix}}:wave:${plan.wave}` };
}

const LONG: WaveEvent = {
  type: 'StepWaited',
  step: plan.steps[0]?.id ?? fail('no step'),
  summary: 'Zürich “waits”\n\u0001 '.repeat(200),
  evidence: [],
  nextAt: T0 + 1,
  until: null,
  progress: null,
};
const ABORTED: WaveEvent = { type: 'WaveAborted', reason: 'no time', left: [] };
const ALL = [STARTED, PAUSED, RESUMED, LONG, PAUSED] as const;
const textOf = ({ hash, ...entry }: LoggedEvent): string => `${canonicalJson(entry).slice(0, -1)},"hash":"${hash}"}`;

/** As a process of the form before would have written it. */
async function writeOld(keys: Keys, { events, next, wave }: Append): Promise<void> {
  const { state, steps } = packed(next, 'new');
  const line = redis.client.multi();
  for (const event of events) line.xadd(keys.log(wave), `${event.seq}-0`, 'e', textOf(event));
  line.hset(keys.wave(wave), { plan: JSON.stringify(plan), state, seq: next.seq, format: 2 });
  line.hset(keys.wave(wave), { head: events.at(-1)?.hash ?? '' });
  for (const [i, text] of steps) line.hset(keys.wave(wave), `s${i}`, text);
  line.sadd(keys.unheard, wave);
  await line.exec();
}

describe('a log', () => {
  it('gives back every event letter by letter, short or long, and none of it holds the plan', async () => {
    const { keys, log } = given();
    const append = appendOf(null, ALL);
    await log.append(append);
    const kept = await redis.client.lrange(keys.log(plan.wave), 0, -1);
    expect(kept.join()).not.toContain('timeZone');
    const read = await log.read(plan.wave);
    expect(read.map(canonicalJson)).toEqual(append.events.map(canonicalJson));
    expect(verifyLog(sha256, read, append.events.at(-1)?.hash ?? '')).toBeNull();
    expect((await log.read(plan.wave, 3)).map(({ seq }) => seq)).toEqual([3, 4, 5]);
  });

  it('is read in the same words by whoever looks from outside, with the kinds of its events', async () => {
    const { keys, log, wave } = given();
    await log.append(appendOf(null, ALL));
    const seen = await readOutside(redis.client, wave, plan.wave);
    expect(seen.map(canonicalJson)).toEqual((await log.read(plan.wave)).map(canonicalJson));
    const kept = await redis.client.lrange(keys.log(plan.wave), 0, -1);
    expect(kept.map((entry, i) => eventOf(entry, plan.wave, i + 1).event.type)).toEqual(ALL.map(({ type }) => type));
    for (const [i, { type }] of ALL.entries())
      expect(KIND_MARKS.some((mark) => kept[i]?.includes(mark + type))).toBe(true);
  });

  it('does not fit its hashes any more when the plan beside the state is another', async () => {
    const { keys, log } = given();
    const append = appendOf(null, ALL);
    await log.append(append);
    const other = { ...plan, limits: { ...plan.limits, minCalls: 1 } };
    await redis.client.hset(keys.wave(plan.wave), 'plan', shortened(JSON.stringify(other)));
    expect(verifyLog(sha256, await log.read(plan.wave), null)).toMatchObject({ entry: 1 });
  });

  it.each([
    ['gone', async (key: string) => redis.client.hdel(key, 'plan')],
    ['no plan', async (key: string) => redis.client.hset(key, 'plan', '\x1egarbage')],
  ])('names the key when the plan is %s', async (_what, change) => {
    const { keys, log } = given();
    await log.append(appendOf(null, ALL));
    await change(keys.wave(plan.wave));
    await expect(log.read(plan.wave)).rejects.toThrow(keys.wave(plan.wave));
  });

  it('takes no more when it has fewer or more events than the wave', async () => {
    const { keys, log } = given();
    await log.append(appendOf(null, ALL));
    const append = appendOf(await log.load(plan.wave), [RESUMED]);
    const last = (await redis.client.rpop(keys.log(plan.wave))) ?? '';
    await expect(log.append(append)).rejects.toThrow(/fewer or more events/);
    await redis.client.rpush(keys.log(plan.wave), last, last);
    await expect(log.append(append)).rejects.toThrow(/fewer or more events/);
    await redis.client.rpop(keys.log(plan.wave));
    expect(await log.append(append)).toMatchObject({ kind: 'appended' });
  });
});

describe('a wave of the form before', () => {
  it('is read, goes on, and its log is one chain', async () => {
    const { keys, log } = given();
    const old = appendOf(null, [STARTED, PAUSED]);
    await writeOld(keys, old);
    const stored = (await log.load(plan.wave)) ?? fail('it is not read');
    expect(stored.wave).toEqual(old.next);
    expect((await readThreadLag(redis.client, keys)).oldestAt).toBe(T0);
    const more = appendOf(stored, [RESUMED, LONG, PAUSED]);
    expect(await log.append(more)).toMatchObject({ kind: 'appended' });
    const read = await log.read(plan.wave);
    expect(read.map(canonicalJson)).toEqual([...old.events, ...more.events].map(canonicalJson));
    expect(verifyLog(sha256, read, more.events.at(-1)?.hash ?? '')).toBeNull();
    expect((await waveLogOn(redis.client, keys).load(plan.wave))?.wave).toEqual(more.next);
    expect(await redis.client.hget(keys.wave(plan.wave), 'format')).toBe('3');
  });

  it.each([
    ['goes on', [RESUMED]],
    ['ends', [ABORTED]],
    ['goes on and ends', [RESUMED, ABORTED]],
  ])('whose log is ahead of it is named, and nothing is written, also when it %s', async (_what, happened) => {
    const { keys, log, wave } = given();
    await writeOld(keys, appendOf(null, [STARTED, PAUSED]));
    const stored = (await log.load(plan.wave)) ?? fail('it is not read');
    await redis.client.xadd(keys.log(plan.wave), '3-0', 'e', 'gone');
    await redis.client.xdel(keys.log(plan.wave), '3-0');
    const before = await redis.client.hgetall(wave);
    await expect(log.append(appendOf(stored, happened))).rejects.toThrow(keys.log(plan.wave));
    expect(await redis.client.hgetall(wave)).toEqual(before);
    expect(await redis.client.xlen(keys.log(plan.wave))).toBe(2);
  });
});

describe('texts of the store', () => {
  it('come back letter by letter, whatever they say', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(...inside.SHORT_WORDS, inside.DICTIONARY), (json, word) => {
        for (const text of [json, word, json + word + json, word.repeat(9)])
          expect(lengthened(shortened(text))).toBe(text);
      }),
    );
  });

  it('that are none make an event or none, and nothing is thrown', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), (text) => {
        for (const kept of [text, `\x1e${text}`, `${'a'.repeat(43)}\x1e${text}`])
          expect(['string', 'object']).toContain(typeof longEvent(kept, plan.wave, 1));
      }),
    );
  });

  it('of an event that does not fit its place are kept as they are', () => {
    const [first] = appendOf(null, [STARTED]).events;
    const event = first ?? fail('no event');
    const text = textOf(event).replace('"seq":1', '"seq":7');
    expect(shortEvent(event, text, false)).toBe(text);
    expect(longEvent(text, plan.wave, 1)).toBe(text);
  });

  it('are made by words that never change: whoever changes one makes a new form', () => {
    const { SHORT_WORDS, SHORT_CODES, DICTIONARY } = inside;
    expect({ SHORT_WORDS, SHORT_CODES, DICTIONARY }).toEqual({ ...outside });
    expect(SHORT_CODES).toHaveLength(SHORT_WORDS.length);
    const digest = createHash('sha256').update(JSON.stringify({ SHORT_WORDS, SHORT_CODES, DICTIONARY })).digest('hex');
    expect(digest.slice(0, 16)).toBe('7973a336f3f39291');
  });
});
