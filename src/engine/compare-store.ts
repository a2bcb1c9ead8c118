import type { LoggedEvent } from '../core/events';
import type { WaveId } from '../core/ids';
import type { Loss } from '../core/log-loss';
import type { ThreadPost } from '../core/thread-post';
import { isEnded, type Wave } from '../core/wave';
import { Fault } from '../ports/fault';
import type { StoreMark } from '../ports/store-mark';
import type { ThreadCursor, ThreadCursors } from '../ports/thread';
import type { ThreadRecord } from '../ports/thread-record';
import type { World } from '../ports/world';
import { type Engine, handle } from './handle';
import { fittingPosts, lastFitting, lossOf } from './loss-of-wave';
import type { SearchChannel } from './search-channel';
import type { WaveMemory } from './wave-memory';
import { withWorld, worldAhead } from './world-ahead';

export interface CompareRoom {
  /** With the log as it is, not guarded by what is found out here. */
  readonly engine: Engine;
  readonly mark: StoreMark;
  readonly memory: WaveMemory;
  readonly record: ThreadRecord;
  readonly cursors: ThreadCursors;
  readonly search: SearchChannel;
  readonly world: World;
  readonly worker: string;
  readonly runbook: (wave: Wave) => readonly string[];
  readonly alarm: (about: object, message: string) => void;
  /** Whoever presses a button comes before a wave that nobody waits for: ends when it may be compared, soon in any case. */
  readonly giveWay?: () => Promise<void>;
}

export interface Comparer {
  /** One look at the mark; what is in doubt is compared, those first that somebody waits for. */
  look(): Promise<void>;
  /** Somebody waits for this wave. */
  ask(wave: WaveId): void;
  /** Slack did not answer when it was asked last. */
  slackIsAway(): boolean;
}

/** Where more are in doubt, only those that are at work are compared with the world: a thousand sites are not read at once. */
const FEW = 50;
/** A look begins no comparison after this, real ms: the next one goes on. */
const LOOK_MS = 3_000;

type Root = NonNullable<ThreadCursor['root']>;

export function createComparer(room: CompareRoom): Comparer {
  const { mark, alarm } = room;
  const asked = new Set<WaveId>();
  const tried: Tried = new Map();
  let tries = 0;
  let isTurnOfAsked = false;
  const roots = new Map<WaveId, Root>();
  let away = false;
  let looking: Promise<void> | null = null;
  const looked = async (): Promise<void> => {
    const { doubt, doubted, search } = await mark.look();
    if (doubt) alarm({ doubt, waves: doubted }, DOUBTS[doubt]);
    if (doubted === 0) tried.clear();
    if (doubted === 0 && search === null) return;
    for (const { wave, channel, ts } of await room.search()) roots.set(wave, { channel, ts });
    const doubts = await mark.doubted();
    const until = performance.now() + LOOK_MS;
    isTurnOfAsked = !isTurnOfAsked;
    for (const [wave, number] of inOrder(doubts, asked, tried, isTurnOfAsked)) {
      if (performance.now() > until) return;
      if (!asked.has(wave)) await room.giveWay?.();
      tries += 1;
      tried.set(wave, tries);
      if (await compare(room, wave, { root: roots.get(wave) ?? null, few: doubts.size <= FEW || asked.has(wave) })) {
        asked.delete(wave);
        tried.delete(wave);
        await mark.settle(wave, number);
      }
    }
  };
  return {
    ask: (wave) => void asked.add(wave),
    slackIsAway: () => away,
    look() {
      looking ??= looked()
        .then(() => {
          away = false;
        })
        .catch((cause: unknown) => {
          away = cause instanceof Fault && cause.system === 'Slack';
          room.engine.warn({ err: cause }, 'the store cannot be compared yet');
        })
        .finally(() => {
          looking = null;
        });
      return looking;
    },
  };
}

const DOUBTS = {
  restarted: 'Redis is another process than before: every open wave is compared with its thread before it goes on',
  'went back':
    'Redis HAS GONE BACK: what was written is not there any more; every open wave is compared with its thread',
  'no mark': 'Redis is empty, was emptied, or is of an earlier version: every open wave is compared with its thread',
} as const;

/** When each wave was last begun with, counted in tries. */
type Tried = Map<WaveId, number>;

/**
 * Who waits longest for a try comes first, so that a wave that hangs on a silent system is not begun with again and again.
 * Every other look those that somebody waits for come before all others; in between no wave is passed over for them.
 */
function inOrder(
  doubts: ReadonlyMap<WaveId, number>,
  asked: ReadonlySet<WaveId>,
  tried: ReadonlyMap<WaveId, number>,
  isTurnOfAsked: boolean,
): readonly (readonly [WaveId, number])[] {
  const byAsked = (a: WaveId, b: WaveId): number => Number(asked.has(b)) - Number(asked.has(a));
  const byTried = (a: WaveId, b: WaveId): number => (tried.get(a) ?? 0) - (tried.get(b) ?? 0);
  return [...doubts].sort(([a], [b]) =>
    isTurnOfAsked ? byAsked(a, b) || byTried(a, b) : byTried(a, b) || byAsked(a, b),
  );
}

/** Whether the wave is settled. Throws the `Fault` of Slack; of a system that the world is read from it is tried again. */
interface Known {
  /** Its card, where the channel was searched. */
  readonly root: Root | null;
  readonly few: boolean;
}

async function compare(room: CompareRoom, id: WaveId, shown: Known): Promise<boolean> {
  const { engine, cursors } = room;
  const lease = await engine.lease.take(id, 'thread');
  if (!lease) return false;
  try {
    const stored = await engine.log.load(id);
    if (!stored || isEnded(stored.wave)) return true;
    const log = await engine.log.read(id);
    const cursor = await cursors.load(id);
    const root = cursor.root ?? shown.root;
    const posts = root ? await thread(room, root) : [];
    const loss = posts === 'gone' ? unknownLoss(stored.wave) : await lossAt(room, stored.wave, log, posts, shown.few);
    if (loss && !(await report(room, stored.wave, loss))) return false;
    const mended = mend(stored.wave, log, posts === 'gone' ? [] : posts, {
      ...cursor,
      root: posts === 'gone' ? cursor.root : root,
    });
    return await cursors.save(id, loss ? { ...mended, rootSeq: 0 } : mended, lease);
  } catch (cause) {
    if (cause instanceof Fault && cause.system === 'Slack') throw cause;
    engine.warn({ wave: id, err: cause }, 'the wave cannot be compared yet');
    return false;
  } finally {
    await lease.release();
  }
}

/** `gone`: there is no such thread any more, so nobody can say what the log lacks. */
async function thread({ record }: CompareRoom, root: Root): Promise<readonly ThreadPost[] | 'gone'> {
  try {
    return await record.read(root);
  } catch (cause) {
    const isGone = cause instanceof Fault && /thread_not_found|channel_not_found|message_not_found/.test(cause.message);
    if (isGone) return 'gone';
    throw cause;
  }
}

async function lossAt(
  { memory, world }: CompareRoom,
  wave: Wave,
  log: readonly LoggedEvent[],
  posts: readonly ThreadPost[],
  few: boolean,
): Promise<Loss | null> {
  const known = lossOf({ wave, log, posts, remembered: memory.of(wave.id) });
  const looks = few || wave.status === 'running';
  return looks ? withWorld(wave, known, await worldAhead(world, wave)) : known;
}

const unknownLoss = ({ seq }: Wave): Loss => ({
  from: seq + 1,
  to: null,
  witnesses: [],
  posts: [],
  kinds: [],
  steps: [],
  world: [],
});

async function report(
  { engine, memory, runbook, worker, alarm }: CompareRoom,
  wave: Wave,
  loss: Loss,
): Promise<boolean> {
  const actor = { kind: 'bot', worker } as const;
  const command = { type: 'ReportLoss', seq: wave.seq, loss, runbook: runbook(wave), actor } as const;
  const handled = await handle(engine, wave.id, command);
  if (handled.kind === 'refusal') return false;
  memory.forget(wave.id);
  const { from, to, witnesses } = loss;
  alarm(
    { wave: wave.id, from, to, witnesses },
    'REDIS HAS LOST EVENTS OF A WAVE: it stands still until people have read which',
  );
  return true;
}

/** The cursor went back with the log: what the thread tells as the log has it is not told again. */
function mend(
  wave: Wave,
  log: readonly LoggedEvent[],
  posts: readonly ThreadPost[],
  cursor: ThreadCursor,
): ThreadCursor {
  const heard = Math.max(Math.min(cursor.heard, log.length), lastFitting({ wave, log, posts }));
  const gates: Record<string, ThreadCursor['gates'][string]> = { ...cursor.gates };
  for (const { mark, ts } of fittingPosts({ log, posts, wave })) {
    const event = mark && mark.from === mark.to && mark.to <= heard ? log[mark.to - 1]?.event : undefined;
    if (mark && event?.type === 'GateOpened') gates[event.gate] ??= { ts, seq: mark.to, drawn: '' };
  }
  const { intent } = cursor;
  return { ...cursor, heard, gates, intent: intent && (cursor.root === null || intent.to > heard) ? intent : null };
}
