/** The shell in memory: a log, leases, a queue that only notes, cursors, and a Slack thread that can be told to misbehave. */
import type { Effect } from '../../src/core/due';
import type { LoggedEvent } from '../../src/core/events';
import type { WaveId } from '../../src/core/ids';
import { isEnded, type Wave } from '../../src/core/wave';
import type { Engine } from '../../src/engine/handle';
import { Fault } from '../../src/ports/fault';
import type { MaySend, Message, MessageMark, Thread, ThreadCursor, ThreadCursors } from '../../src/ports/thread';
import type { Lease, StoredWave, WaveLog, WorkLease } from '../../src/ports/wave-log';
import { sha256, T0 } from './core-waves';

interface Kept extends StoredWave {
  readonly events: readonly LoggedEvent[];
}

export type MemoryShell = ReturnType<typeof memoryShell>;

export function memoryShell() {
  const waves = new Map<WaveId, Kept>();
  const unheard = new Set<WaveId>();
  const holders = new Map<string, string>();
  const dueTimes = new Map<WaveId, number>();
  const state = {
    now: T0,
    waves,
    unheard,
    added: [] as Effect[],
    warned: [] as { readonly about: object; readonly message: string }[],
    alarmed: [] as { readonly about: object; readonly message: string }[],
    /** Events that were read from the log, all together. */
    read: 0,
  };
  const nameOf = (wave: WaveId, purpose: string): string => `${wave} ${purpose}`;
  const log: WaveLog = {
    load: async (wave) => waves.get(wave) ?? null,
    append: async ({ wave, expected, events, next, dueAt, lease: under }) => {
      const before = waves.get(wave);
      if (under && holders.get(nameOf(wave, 'work')) !== under.lease.token) return { kind: 'fenced' };
      if ((before?.wave.seq ?? 0) !== expected) return { kind: 'conflict' };
      waves.set(wave, {
        wave: next,
        head: events.at(-1)?.hash ?? '',
        events: [...(before?.events ?? []), ...events],
      });
      dueTimes.set(wave, dueAt ?? Number.POSITIVE_INFINITY);
      if (isEnded(next)) dueTimes.delete(wave);
      const news = !unheard.has(wave);
      unheard.add(wave);
      if (under?.release) {
        holders.delete(nameOf(wave, 'work'));
        under.lease.gone();
      }
      return { kind: 'appended', news };
    },
    read: async (wave, from = 1) => {
      const events = (waves.get(wave)?.events ?? []).slice(from - 1);
      state.read += events.length;
      return events;
    },
    openWaves: async () =>
      [...waves.values()]
        .map(({ wave }) => wave)
        .filter((wave) => !isEnded(wave))
        .map(({ id }) => id),
    dueWaves: async (now, again, most) => {
      const owed = [...dueTimes].filter(([wave, at]) => at <= now && !holders.has(nameOf(wave, 'work'))).slice(0, most);
      for (const [wave] of owed) dueTimes.set(wave, again);
      return owed.map(([wave]) => wave);
    },
    noteDue: async (wave, seq, at) => {
      if (waves.get(wave)?.wave.seq === seq) dueTimes.set(wave, at ?? Number.POSITIVE_INFINITY);
    },
    forgottenWaves: async () => [...waves.values()].filter(({ wave }) => !isEnded(wave)).length - dueTimes.size,
    silentWaves: async (most) => [...unheard].filter((wave) => !holders.has(nameOf(wave, 'thread'))).slice(0, most),
    unheardWaves: async () => [...unheard],
    wavesOf: async () => [...waves.keys()],
  };
  let tokens = 0;
  const lease: WorkLease = {
    isFree: async (wave, purpose) => !holders.has(nameOf(wave, purpose)),
    take: async (wave, purpose): Promise<Lease | null> => {
      const name = nameOf(wave, purpose);
      if (holders.has(name)) return null;
      const token = `token-${++tokens}`;
      holders.set(name, token);
      return {
        token,
        isHeld: async () => holders.get(name) === token,
        isFresh: () => holders.get(name) === token,
        gone: () => undefined,
        release: async () => {
          if (holders.get(name) === token) holders.delete(name);
        },
      };
    },
  };
  const engine: Engine = {
    log,
    lease,
    queue: { add: async (_wave, effects) => void state.added.push(...effects) },
    clock: { now: () => state.now, realMsUntil: (at) => Math.max(0, at - state.now), sleep: async () => undefined },
    digest: sha256,
    warn: (about, message) => void state.warned.push({ about, message }),
  };
  return Object.assign(state, {
    engine,
    /** As if the worker that has it had been away for too long. */
    loseLease: (wave: WaveId, purpose: 'work' | 'thread'): void => void holders.delete(nameOf(wave, purpose)),
    holderOf: (wave: WaveId): string | undefined => holders.get(nameOf(wave, 'thread')),
    alarm: (about: object, message: string): void => void state.alarmed.push({ about, message }),
  });
}

export function memoryCursors(shell: MemoryShell): ThreadCursors & { readonly kept: Map<WaveId, ThreadCursor> } {
  const kept = new Map<WaveId, ThreadCursor>();
  return {
    kept,
    load: async (wave) => kept.get(wave) ?? { root: null, heard: 0, intent: null, gates: {}, rootSeq: 0 },
    save: async (wave, cursor, { token }) => {
      if (shell.holderOf(wave) !== token) return false;
      kept.set(wave, cursor);
      return true;
    },
    caughtUp: async (wave, seq) => {
      if (shell.waves.get(wave)?.wave.seq !== seq) return false;
      shell.unheard.delete(wave);
      return true;
    },
  };
}

export interface Shown {
  readonly ts: string;
  readonly mark: MessageMark;
  message: Message;
  updates: number;
}

/** Called before the thing is done (`refuse`), or after it (`lose`): what it throws is what the caller sees. */
export interface Trouble {
  readonly on: 'postRoot' | 'post' | 'update' | 'find';
  readonly when: 'refuse' | 'lose';
  readonly throws: () => Error;
}

export function memoryThread() {
  const shown: Shown[] = [];
  const troubles: Trouble[] = [];
  const state = {
    shown,
    troubles,
    calls: [] as string[],
    gone: new Set<string>(),
    /** Before anything is sent. */
    meanwhile: async (): Promise<void> => undefined,
    /** After it is there, and before its sender hears of it. */
    afterwards: async (): Promise<void> => undefined,
  };
  const doing = async <Value>(on: Trouble['on'], act: () => Value, maySend: MaySend = () => true): Promise<Value> => {
    state.calls.push(on);
    await state.meanwhile();
    if (!maySend()) throw new Fault('nothing was sent', { system: 'Slack', transient: true });
    const at = troubles.findIndex((trouble) => trouble.on === on);
    const trouble = at < 0 ? undefined : troubles.splice(at, 1)[0];
    if (trouble?.when === 'refuse') throw trouble.throws();
    const value = act();
    await state.afterwards();
    if (trouble) throw trouble.throws();
    return value;
  };
  const put = (message: Message, mark: MessageMark) => {
    const ts = `${shown.length + 1}.000`;
    shown.push({ ts, mark, message, updates: 0 });
    return { channel: 'C0CHANNEL', ts };
  };
  const thread: Thread = {
    postRoot: (message, mark, maySend) => doing('postRoot', () => put(message, mark), maySend),
    post: (_root, message, mark, maySend) => doing('post', () => put(message, mark), maySend),
    update: (_channel, ts, message, _mark, maySend) => {
      const redraw = () => {
        const found = shown.find((each) => each.ts === ts);
        if (!found || state.gone.has(ts)) return 'gone';
        found.message = message;
        found.updates++;
        return 'updated';
      };
      return doing('update', redraw, maySend);
    },
    find: (_root, mark) =>
      doing('find', () => {
        const found = shown.find((each) => each.mark.from === mark.from && each.mark.to === mark.to);
        return found ? { channel: 'C0CHANNEL', ts: found.ts } : null;
      }),
  };
  return Object.assign(state, { thread });
}

export const numbersOf = (wave: Wave): readonly number[] => Array.from({ length: wave.seq }, (_, i) => i + 1);
