import type { LoggedEvent } from '../../core/events';
import { type WaveId, waveId } from '../../core/ids';
import { packed, unpacked } from '../../core/packed-wave';
import type { Plan } from '../../core/plan';
import { STORE_FORMAT } from '../../core/store-format';
import { isEnded, type Wave } from '../../core/wave';
import { Fault } from '../../ports/fault';
import { type Append, type Appended, type StoredWave, UnclearAppend, type WaveLog } from '../../ports/wave-log';
import {
  APPEND_SCRIPT,
  DUE_SCRIPT,
  FORGOTTEN_SCRIPT,
  LOAD_SCRIPT,
  NOTE_DUE_SCRIPT,
  READ_SCRIPT,
  SILENT_SCRIPT,
} from './append-script';
import type { Keys } from './keys';
import { isNewer, newerWave } from './newer-wave';
import { runReplicated } from './replicated-run';
import { run } from './script';
import { lengthened, longEvent, shortEvent, shortened } from './short-text';
import type { Store } from './store';

/** Redis contents are not trusted: text into core types, or what is wrong with it. */
export type Parsed<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly wrong: string };

export interface RedisWaveLogOptions {
  readonly redis: Store;
  readonly keys: Keys;
  /** How many replicas must have an append before it counts; 0 asks none. */
  readonly minReplicas: number;
  readonly parseWave: (value: unknown) => Parsed<Wave>;
  readonly parseEvent: (value: unknown) => Parsed<LoggedEvent>;
  /** Shared by the logs of one process. */
  readonly seen?: Seen;
}

/** Less than a click waits for one command. */
const REPLICA_WAIT_MS = 1_000;
const READ_AT_ONCE = 500;

/** Waves as this process last saw them: one that is the same in the store is not sent, read and checked once more. */
export type Seen = Map<WaveId, SeenWave>;
interface SeenWave {
  readonly stored: StoredWave;
  /** Bytes of the plan as it is kept, and of what concerns the wave as a whole. */
  readonly plan: number;
  readonly state: number;
  readonly format: string;
  /** Length of the plan's text. */
  readonly weight: number;
}
/** As long as the plans of all of them together, bytes: a wave in memory takes a few times that. */
const MOST_SEEN = 16 * 1024 * 1024;

export function createRedisWaveLog(options: RedisWaveLogOptions): WaveLog {
  const { redis, keys } = options;
  const seen: Seen = options.seen ?? new Map();
  return {
    load: (wave) => load(options, seen, wave),
    append: (append) => appendTo(options, seen, append),
    read: (wave, from = 1) => read(options, wave, from),
    openWaves: () => asFault(async () => (await redis.smembers(keys.open)).sort().map(waveId), keys.open),
    dueWaves: (now, again, most) =>
      asFault(async () => {
        const [before, after] = aroundWave((wave) => keys.lease(wave, 'work'));
        return names(
          await run(
            redis,
            DUE_SCRIPT,
            [keys.due, keys.open],
            [String(now), String(again), String(most), before, after],
          ),
        );
      }, keys.due),
    noteDue: (wave, seq, at) =>
      asFault(async () => {
        await run(redis, NOTE_DUE_SCRIPT, [keys.wave(wave), keys.open, keys.due], [String(seq), wave, score(at)]);
      }, keys.due),
    forgottenWaves: () =>
      asFault(async () => Number(await run(redis, FORGOTTEN_SCRIPT, [keys.due, keys.open], [])), keys.due),
    silentWaves: (most) =>
      asFault(async () => {
        const [before, after] = aroundWave((wave) => keys.lease(wave, 'thread'));
        return names(await run(redis, SILENT_SCRIPT, [keys.unheard], [String(most), before, after]));
      }, keys.unheard),
    unheardWaves: () => asFault(async () => (await redis.smembers(keys.unheard)).sort().map(waveId), keys.unheard),
    wavesOf: (site) => asFault(async () => (await redis.lrange(keys.site(site), 0, -1)).map(waveId), keys.site(site)),
  };
}

const names = (answer: unknown): readonly WaveId[] => (answer as readonly string[]).map(waveId);

/** What only people can go on with is due at no time, but known. */
const score = (at: number | null): string => (at === null ? '+inf' : String(at));

/** A script puts the name of a wave between the two. */
function aroundWave(key: (wave: WaveId) => string): readonly [before: string, after: string] {
  const [before = '', after = ''] = key(waveId('WAVE-wave-1')).split('WAVE-wave-1');
  return [before, after];
}

async function load(options: RedisWaveLogOptions, seen: Seen, wave: WaveId): Promise<StoredWave | null> {
  const { redis, keys, parseWave } = options;
  const key = keys.wave(wave);
  const known = seen.get(wave);
  const shape = known
    ? `${known.stored.head}:${known.state}:${known.plan}:${known.format}:${known.stored.wave.seq}`
    : '';
  const found = await asFault(() => run(redis, LOAD_SCRIPT, [key], [shape]), key);
  if (known && found === 'same') return known.stored;
  const fields = fieldsOf(found);
  const [state, plan, head, format] = ['state', 'plan', 'head', 'format'].map((field) => fields.get(field));
  if (state === undefined && plan === undefined) return null;
  if (isNewer(format)) throw newerWave(wave, format);
  const step = (index: number): unknown => {
    const text = fields.get(stepField(index));
    return text === undefined ? null : fromJson(lengthened(text), key);
  };
  const planText = plan === undefined ? null : lengthened(plan);
  const parsed = parseWave(unpacked(fromJson(planText, key), fromJson(state, key), step));
  if (!parsed.ok) throw garbage(key, parsed.wrong);
  if (!head) throw garbage(key, 'the hash of the newest event is missing');
  // Appends are compared with this field: were it another than the state's, every one of them would be a conflict.
  if (fields.get('seq') !== String(parsed.value.seq)) throw garbage(key, 'seq is not the number of its newest event');
  const stored = { wave: parsed.value, head };
  const [planBytes, stateBytes] = [plan ?? '', state ?? ''].map((text) => Buffer.byteLength(text));
  const weight = planText?.length ?? 0;
  note(seen, { stored, plan: planBytes ?? 0, state: stateBytes ?? 0, format: format ?? '', weight });
  return stored;
}

const stepField = (index: number): string => `s${index}`;

function fieldsOf(flat: unknown): ReadonlyMap<string, string> {
  const fields = new Map<string, string>();
  if (Array.isArray(flat))
    for (let i = 0; i + 1 < flat.length; i += 2) fields.set(String(flat[i]), String(flat[i + 1]));
  return fields;
}

const sizes = new WeakMap<Seen, number>();

function note(seen: Seen, one: SeenWave): void {
  const { id } = one.stored.wave;
  forget(seen, id);
  if (isEnded(one.stored.wave)) return;
  seen.set(id, one);
  sizes.set(seen, (sizes.get(seen) ?? 0) + one.weight);
  for (const oldest of seen.keys()) {
    if ((sizes.get(seen) ?? 0) <= MOST_SEEN) return;
    forget(seen, oldest);
  }
}

function forget(seen: Seen, wave: WaveId): void {
  const known = seen.get(wave);
  if (!known) return;
  seen.delete(wave);
  sizes.set(seen, (sizes.get(seen) ?? 0) - known.weight);
}

async function appendTo(
  { redis, keys, minReplicas }: RedisWaveLogOptions,
  seen: Seen,
  append: Append,
): Promise<Appended> {
  const { wave, expected, onto, events, next, lease } = append;
  // The plan never changes: it is kept once beside the state, not in every version of it.
  const { plan } = next;
  const first = events[0]?.event.type === 'WaveStarted';
  const known = seen.get(wave);
  // Only what has changed since is written, onto that very version.
  const kept = known?.stored.wave.seq === expected && known.stored.head === onto ? known.stored.wave : null;
  const { state, steps } = packed(next, expected === 0 ? 'new' : kept);
  const head = events.at(-1)?.hash ?? '';
  const planText = first ? JSON.stringify(plan) : '';
  const firstPlan = shortened(planText);
  const ran = await unclear(() =>
    runReplicated(
      redis,
      APPEND_SCRIPT,
      [
        keys.log(wave),
        keys.wave(wave),
        keys.unheard,
        keys.lease(wave, 'work'),
        keys.open,
        keys.due,
        keys.locks,
        keys.site(plan.site.site),
        keys.waves,
      ],
      [
        String(expected),
        wave,
        state,
        head,
        String(next.seq),
        isEnded(next) ? 'ended' : first ? 'first' : 'open',
        firstPlan,
        first || isEnded(next) ? JSON.stringify(plan.locks) : '[]',
        lease?.lease.token ?? '',
        lease?.release ? 'release' : '',
        score(append.dueAt),
        String(steps.size * 2),
        onto,
        ...[...steps].flatMap(([index, text]) => [stepField(index), shortened(text)]),
        ...events.map((event, i) => shortEvent(event, append.texts?.[i], isPlanOf(event, plan))),
      ],
      { wanted: minReplicas, waitMs: REPLICA_WAIT_MS },
    ),
  );
  const answer = ran.answer as [string, ...unknown[]];
  if (answer[0] === 'locked')
    return { kind: 'locked', resource: String(answer[1] ?? '?'), by: waveId(String(answer[2] ?? '?')) };
  if (answer[0] === 'foreign') throw garbage(String(answer[1] ?? '?'), answer[2] ? UNEVEN : 'it is of another kind');
  if (answer[0] === 'conflict' || answer[0] === 'fenced') return { kind: answer[0] };
  if (lease?.release) lease.lease.gone();
  replicated(ran.replicas, minReplicas);
  const kind = first ? { plan: Buffer.byteLength(firstPlan), weight: planText.length } : known;
  if (kind)
    note(seen, {
      stored: { wave: next, head },
      plan: kind.plan,
      weight: kind.weight,
      state: Buffer.byteLength(state),
      format: String(STORE_FORMAT),
    });
  return { kind: 'appended', news: answer[1] === 1 };
}

/** An append that too few replicas have is there, but a failover could lose it: the caller is told and reads again. */
function replicated(got: number, wanted: number): void {
  if (got < wanted)
    throw new UnclearAppend(`Redis has stored an event on ${got} of the ${wanted} replicas that have to have it.`, {
      system: 'Redis',
      transient: true,
    });
}

/** After the question nobody knows whether it was carried out, unless Redis itself says no. */
async function unclear<Value>(call: () => Promise<Value>): Promise<Value> {
  try {
    return await asFault(call);
  } catch (cause) {
    if (!(cause instanceof Fault) || !cause.transient) throw cause;
    throw new UnclearAppend(cause.message, { system: 'Redis', transient: true, cause: cause.cause });
  }
}

async function read(
  { redis, keys, parseEvent }: RedisWaveLogOptions,
  wave: WaveId,
  from: number,
): Promise<readonly LoggedEvent[]> {
  const key = keys.log(wave);
  const events: LoggedEvent[] = [];
  for (let start = Math.max(1, from); ; ) {
    const page = await asFault(
      () => run(redis, READ_SCRIPT, [key, keys.wave(wave)], [String(start), String(READ_AT_ONCE)]),
      key,
    );
    const [kind, entries, plan] = page as readonly [string, readonly unknown[], string];
    if (!['list', 'stream', 'none'].includes(kind)) throw garbage(key, 'it is of another kind');
    for (const entry of entries) {
      const [seq, text] = kind === 'list' ? [start, longEvent(String(entry), wave, start)] : fromStream(entry, wave);
      const value = fromJson(text, `${key} ${seq}`);
      const parsed = parseEvent(withPlan(value, () => fromJson(lengthened(plan), keys.wave(wave))));
      if (!parsed.ok) throw garbage(`${key} ${seq}`, parsed.wrong);
      events.push(parsed.value);
      start = seq + 1;
    }
    if (entries.length < READ_AT_ONCE) return events;
  }
}

/** A log that was begun in a form before the third: its entries are numbered, and those of before then hold JSON as it is. */
function fromStream(entry: unknown, wave: WaveId): readonly [seq: number, text: string | null] {
  const [id, [field, text = ''] = []] = entry as readonly [string, (readonly string[])?];
  const seq = Number.parseInt(id, 10);
  return [seq, field === 's' ? longEvent(text, wave, seq) : text];
}

/** The plan stands once in the store, beside the state. */
function isPlanOf({ event }: LoggedEvent, plan: Plan): boolean {
  return event.type === 'WaveStarted' && event.plan === plan;
}

function withPlan(value: unknown, plan: () => unknown): unknown {
  const event = (value as { readonly event?: unknown } | null)?.event as { readonly type?: unknown } | undefined;
  if (event?.type !== 'WaveStarted' || 'plan' in event) return value;
  return { ...(value as object), event: { ...event, plan: plan() } };
}

function fromJson(text: string | null | undefined, key: string): unknown {
  if (text == null) throw garbage(key, 'a part of it is missing');
  try {
    return JSON.parse(text);
  } catch {
    throw garbage(key, 'it is not JSON');
  }
}

/** A log whose events are not as many as its wave's state says takes no more: what is added would stand in a wrong place. */
const UNEVEN = 'it holds fewer or more events than the wave has';

function garbage(key: string, wrong: string): Fault {
  return new Fault(
    `Redis holds something at ${key} that is not a wave's record: ${wrong}. Nothing was changed; compare it with a backup or the wave's thread.`,
    {
      system: 'Redis',
      transient: false,
    },
  );
}

/** Refusals that the same command will meet again: what the key holds, or what we may do. */
const LASTING = /\b(WRONGTYPE|NOPERM|NOAUTH|WRONGPASS)\b|^ERR\b/;
/** What passes, also where a script tells it with words of its own: just demoted, starting, moving, without replicas or disk. */
const PASSING =
  /\b(READONLY|LOADING|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|MOVED|ASK|NOREPLICAS|MISCONF|OOM|BUSY|UNBLOCKED)\b|non local key/;

/** Redis that cannot be reached is the world's failure, not ours; so is a `key` that holds something else. */
export async function asFault<Value>(call: () => Promise<Value>, key: string | null = null): Promise<Value> {
  try {
    return await call();
  } catch (cause) {
    if (cause instanceof Fault) throw cause;
    const text = cause instanceof Error ? cause.message : 'unknown trouble';
    if (key !== null && /\bWRONGTYPE\b/.test(text)) throw garbage(key, 'it is of another kind');
    const refused = cause instanceof Error && cause.name === 'ReplyError';
    throw new Fault(`Redis ${refused ? 'refused' : 'did not answer'}: ${text}.`, {
      system: 'Redis',
      transient: !refused || PASSING.test(text) || !LASTING.test(text),
      cause,
    });
  }
}
