/**
 * What stands in Redis: a copy of the running wave under another prefix, one key of it wounded at a time, and everything
 * that reads it. Whatever differs from the log is bad for certain, and `audit verify` has to say so; every other reader
 * gives an answer or a sentence, and none of them changes a thing. Jobs that nobody of ours has written go to real workers.
 */
import { Queue } from 'bullmq';
import fc from 'fast-check';
import { answerTo } from '../../commands';
import { OPERATOR, OUTSIDER } from '../../sandbox/people';
import { createQueueFigures } from '../../src/adapters/queue/queue-figures';
import { keysOf } from '../../src/adapters/store/keys';
import { createCensus } from '../../src/adapters/store/redis-census';
import { createRedisWaveLog } from '../../src/adapters/store/redis-wave-log';
import { lengthened } from '../../src/adapters/store/short-text';
import { type AuditRoom, auditRoom, exportWave, verifyWave } from '../../src/audit-wave';
import { compose } from '../../src/compose';
import { createWorkLook } from '../../src/compose-look';
import { userId, waveId } from '../../src/core/ids';
import { findStuck } from '../../src/engine/find-stuck';
import type { Engine } from '../../src/engine/handle';
import { reconcile, sweep } from '../../src/engine/reconcile';
import { formatFaults, type ParseFault } from '../../src/parse/parse-fault';
import { parseStoredEvent, parseStoredWave } from '../../src/parse/stored-wave';
import { Fault } from '../../src/ports/fault';
import { storedLog } from '../support/stored-log';
import { type Entrance, refused, type Taken, VALID, Wrong } from './entrance';
import { DIGEST, type House, listeningLog, mistakeIn, SITE, settingsOf, WAVE } from './house';
import { type Json, NASTY_TEXTS, nastyText, woundedJson, woundedText } from './wounds';

type Place = 'state' | 'plan' | 'step' | 'head' | 'seq' | 'event' | 'cursor';
type Input =
  | { readonly kind: 'text'; readonly place: Place; readonly entry: number; readonly text: string }
  | { readonly kind: 'lost'; readonly place: Exclude<Place, 'step' | 'event' | 'cursor'> }
  | { readonly kind: 'type'; readonly key: string; readonly type: (typeof TYPES)[number] }
  | { readonly kind: 'member'; readonly key: string; readonly member: string; readonly score: string }
  | { readonly kind: 'job'; readonly queue: string; readonly name: string; readonly data: string };

const TYPES = ['none', 'string', 'list', 'set', 'zset', 'hash', 'stream'] as const;
const TAG = '{mirror}';
const KEY = `${TAG}:wave:${WAVE}`;
const ID = waveId(WAVE);

export async function throughRedis(house: House): Promise<Entrance<Input>> {
  const { redis } = house;
  const said: string[] = [];
  const settings = await settingsOf(house.sandbox, 'mirror', { ...house.values, REDIS_PREFIX: 'mirror' });
  const product = compose(settings, listeningLog(said));
  const names = [`wave:${WAVE}`, `wave:${WAVE}:log`, `wave:${WAVE}:thread`, 'open', 'locks', `site:${SITE}:waves`];
  for (const name of names) await redis.copy(`{cutover}:${name}`, `${TAG}:${name}`, 'REPLACE');
  // Nobody is asked about the thread here: its cursor is looked at by itself.
  await redis.del(`${KEY}:thread`);
  await redis.zadd(`${TAG}:due`, 0, WAVE);
  const hash = await redis.hgetall(KEY);
  const stepFields = Object.keys(hash).filter((field) => /^s\d+$/.test(field));
  const entries = await redis.lrange(`${KEY}:log`, 0, -1);
  // What is wounded is what they say; put in as JSON it is read as it is.
  const events = (await storedLog(redis, WAVE, { prefix: 'mirror' })).map((event) => JSON.stringify(event));
  const cursor = (await redis.get(`{cutover}:wave:${WAVE}:thread`)) ?? '{}';
  const keys = [
    KEY,
    `${KEY}:log`,
    `${TAG}:open`,
    `${TAG}:locks`,
    `${TAG}:site:${SITE}:waves`,
    `${TAG}:due`,
    `${TAG}:unheard`,
    `${KEY}:thread`,
    `${KEY}:lease:work`,
    `${KEY}:lease:thread`,
  ];
  const sound = new Map(await Promise.all(keys.map(async (key) => [key, await redis.dumpBuffer(key)] as const)));
  const queues = new Map(
    ['steps', 'timers', 'thread'].map((name) => [
      name,
      new Queue(name, { connection: { url: house.values.REDIS_URL ?? '' }, prefix: '{cutover}' }),
    ]),
  );

  const texts: Readonly<Record<Place, (entry: number) => string>> = {
    state: () => hash.state ?? '',
    plan: () => lengthened(hash.plan ?? '') ?? '',
    step: (entry) => lengthened(hash[stepFields[entry % stepFields.length] ?? ''] ?? '') ?? '',
    head: () => hash.head ?? '',
    seq: () => hash.seq ?? '',
    event: (entry) => events[entry % events.length] ?? '',
    cursor: () => cursor,
  };
  const wounded = (text: string): fc.Arbitrary<string> => {
    const json = parsed(text);
    const whole = fc.oneof(woundedText(text), nastyText);
    return typeof json === 'object' && json !== null
      ? fc.oneof({ weight: 3, arbitrary: woundedJson(json) }, { weight: 1, arbitrary: whole })
      : whole;
  };
  const inputs: fc.Arbitrary<Input> = fc.oneof(
    {
      weight: 14,
      arbitrary: fc
        .tuple(
          fc.constantFrom<Place>('state', 'plan', 'step', 'step', 'head', 'seq', 'event', 'event', 'event', 'cursor'),
          fc.nat({ max: events.length - 1 }),
        )
        .chain(([place, entry]) =>
          wounded(texts[place](entry))
            .filter((text) => text !== texts[place](entry))
            .map((text) => ({ kind: 'text' as const, place, entry, text })),
        ),
    },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom('state' as const, 'plan' as const, 'head' as const, 'seq' as const)
        .map((place) => ({ kind: 'lost' as const, place })),
    },
    {
      weight: 3,
      arbitrary: fc.record({
        kind: fc.constant('type' as const),
        key: fc.constantFrom(...keys),
        type: fc.constantFrom(...TYPES),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('member' as const),
        key: fc.constantFrom('open', 'due', 'unheard', `site:${SITE}:waves`, 'locks'),
        member: fc.oneof(fc.constantFrom(...NASTY_TEXTS, 'site-z-wave-1', WAVE), nastyText),
        score: fc.constantFrom('0', '-inf', '+inf', '1e300', '-1'),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('job' as const),
        queue: fc.constantFrom('steps', 'timers', 'thread'),
        name: fc.oneof(fc.constantFrom('run-step', 'undo-step', 'inspect-gate', 'wake', 'post'), nastyText),
        data: woundedJson({ wave: WAVE, visit: { step: 'switch-dns', attempt: 1, visit: 1 }, at: 0 }).filter(
          (text) => parsed(text) !== undefined,
        ),
      }),
    },
  );

  async function wound(input: Exclude<Input, { kind: 'job' }>): Promise<readonly string[]> {
    if (input.kind === 'lost') {
      await redis.hdel(KEY, input.place);
      return [KEY];
    }
    if (input.kind === 'type') {
      await replaced(input.key, input.type);
      return [input.key];
    }
    if (input.kind === 'member') {
      const key = `${TAG}:${input.key}`;
      if (input.key === 'due') await redis.zadd(key, input.score, input.member);
      else if (input.key === 'locks') await redis.hset(key, input.member, input.member);
      else if (input.key.startsWith('site:')) await redis.rpush(key, input.member);
      else await redis.sadd(key, input.member);
      return [key];
    }
    if (input.place === 'cursor') {
      await redis.set(`${KEY}:thread`, input.text);
      return [`${KEY}:thread`];
    }
    if (input.place !== 'event') {
      const field = input.place === 'step' ? stepFields[input.entry % stepFields.length] : input.place;
      await redis.hset(KEY, field ?? '', input.text);
      return [KEY];
    }
    const at = input.entry % events.length;
    const line = redis.multi().del(`${KEY}:log`);
    entries.forEach((text, n) => void line.rpush(`${KEY}:log`, n === at ? input.text : text));
    await line.exec();
    return [`${KEY}:log`];
  }

  async function replaced(key: string, type: (typeof TYPES)[number]): Promise<void> {
    const line = redis.multi().del(key);
    if (type === 'string') line.set(key, 'garbage');
    if (type === 'list') line.rpush(key, 'garbage');
    if (type === 'set') line.sadd(key, 'garbage');
    if (type === 'zset') line.zadd(key, 0, 'garbage');
    if (type === 'hash') line.hset(key, 'garbage', '1');
    if (type === 'stream') line.xadd(key, '*', 'garbage', '1');
    await line.exec();
  }

  async function restored(): Promise<void> {
    const line = redis.multi();
    for (const [key, kept] of sound) {
      line.del(key);
      if (kept) line.restore(key, 0, kept);
    }
    await line.exec();
  }

  const { room } = product;
  const quiet: Engine = {
    ...room.engine,
    warn: (about, message) => listeningLog(said).warn(about, message),
    queue: { add: async () => undefined },
  };
  const mirrorKeys = keysOf('mirror');
  const figures = createQueueFigures(product.redis, TAG);
  const look = createWorkLook(
    { redis: product.redis, keys: mirrorKeys, clock: room.engine.clock, budget: product.budget },
    figures,
  );
  const whole = <Value>(parsed: { ok: true; value: Value } | { ok: false; faults: readonly ParseFault[] }) =>
    parsed.ok ? parsed : { ok: false as const, wrong: formatFaults(parsed.faults, 3).join(' ') };
  // `audit verify` is a process of its own: it remembers nothing of the wave.
  const afresh = (): AuditRoom => ({
    ...auditRoom(product, settings),
    log: createRedisWaveLog({
      redis: product.redis,
      keys: mirrorKeys,
      minReplicas: 0,
      parseWave: (value) => whole(parseStoredWave(value)),
      parseEvent: (value) => whole(parseStoredEvent(value)),
    }),
  });
  const person = { user: userId(OUTSIDER), via: 'cli' } as const;
  const census = createCensus(product.redis, mirrorKeys);
  const lasting = [KEY, `${KEY}:log`, `${TAG}:locks`, `${TAG}:site:${SITE}:waves`, `${TAG}:open`, `${KEY}:thread`];
  const shown = (): Promise<readonly string[]> =>
    Promise.all(lasting.map(async (key) => String(await redis.eval(DIGEST, 1, key))));

  /** Every reader: its answer, or the sentence of its fault. Anything else that is thrown is a mistake. */
  async function readers(): Promise<readonly string[]> {
    const told: string[] = [];
    const read = async (name: string, work: () => Promise<unknown>): Promise<void> => {
      try {
        const answer = await work();
        if (typeof answer === 'string') told.push(answer);
      } catch (cause) {
        if (!(cause instanceof Fault))
          throw new Wrong(`${name}: ${cause instanceof Error ? cause.stack : String(cause)}`);
        told.push(cause.message);
      }
    };
    const verb =
      (text: 'status' | 'audit' | 'pause', user = person) =>
      async () => {
        const answer = await answerTo(room, user, { verb: text, site: WAVE, reason: null } as never);
        return answer.refused ? answer.text : null;
      };
    await read('status', verb('status'));
    await read('pause', verb('pause'));
    await read('sites', () => room.engine.log.wavesOf(SITE));
    await read('export', () => exportWave(afresh(), ID));
    await read('cursor', () => afresh().cursors.load(ID));
    await read('reconcile', () => reconcile(quiet));
    await read('sweep', () => sweep(quiet));
    await read('stuck', () => findStuck(quiet, look));
    await read('census', () => census());
    return told;
  }

  async function take(input: Input): Promise<Taken> {
    if (input.kind === 'job') return job(input);
    await restored();
    const wounds = await wound(input);
    const before = await shown();
    const told = await readers();
    const after = await shown();
    const changed = lasting.find((_key, n) => before[n] !== after[n]);
    if (changed !== undefined) throw new Wrong(`reading changed ${changed}`);
    const isLog = wounds.some((key) => key === KEY || key === `${KEY}:log`);
    const verdict = isLog ? await verify() : null;
    if (verdict?.ok === true && isTouched(input)) throw new Wrong(`what was changed is called whole: ${verdict.words}`);
    const words = [...told, ...(verdict && !verdict.ok ? [verdict.words] : [])];
    // A cursor or a name that somebody else has left hurts nobody: it is passed by.
    return words.length > 0 ? refused(words.join('\n')) : isTouched(input) ? refused('passed by') : VALID;
  }

  async function verify(): Promise<{ readonly ok: boolean; readonly words: string }> {
    try {
      const report = await verifyWave(afresh(), ID);
      return report ? { ok: report.ok, words: report.lines.join('\n') } : { ok: false, words: 'there is no such wave' };
    } catch (cause) {
      if (!(cause instanceof Fault)) throw cause;
      return { ok: false, words: cause.message };
    }
  }

  /** Whether the wound means something: white space and the order of members do not. */
  function isTouched(input: Exclude<Input, { kind: 'job' }>): boolean {
    if (input.kind !== 'text') return true;
    const was = texts[input.place](input.entry);
    const [old, now] = [parsed(was), parsed(input.text)];
    if (input.place === 'head' || input.place === 'seq') return input.text !== was;
    return old === undefined || now === undefined || JSON.stringify(sorted(old)) !== JSON.stringify(sorted(now));
  }

  async function job({ queue: name, name: kind, data }: Extract<Input, { kind: 'job' }>): Promise<Taken> {
    const queue = queues.get(name);
    const added = await queue?.add(kind === '' ? 'x' : kind, parsed(data) as never, {
      removeOnComplete: true,
      removeOnFail: true,
    });
    for (const end = Date.now() + 10_000; Date.now() < end; ) {
      const state = await queue?.getJobState(added?.id ?? '');
      if (state === 'unknown' || state === 'delayed') {
        if (state === 'delayed') await added?.remove().catch(() => undefined);
        return refused('dropped');
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    throw new Wrong('a job of nobody stands in the queue for ever');
  }

  return {
    name: 'Redis contents',
    inputs,
    // One wound at a time in one copy.
    atOnce: 1,
    batch: 200,
    take,
    show: (input) => JSON.stringify(input),
    untouched: async () => mistakeIn(said.splice(0)) ?? (await house.untouched()),
    stillWorks: async () => {
      await restored();
      const { ok, words } = await verify();
      if (!ok) throw new Wrong(`a sound wave: ${words}`);
      const answer = await answerTo(room, { user: userId(OPERATOR), via: 'cli' }, { verb: 'status', site: WAVE });
      if (answer.refused) throw new Wrong(`a sound wave: ${answer.text}`);
    },
    close: async () => {
      await Promise.all([...queues.values()].map((queue) => queue.close()));
      await figures.close();
      await product.stop();
    },
    secrets: house.secrets,
  };
}

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, each]) => [name, sorted(each)]);
}
