import type { LoggedEvent, WaveEventType } from '../src/core/events';
import type { WaveId } from '../src/core/ids';
import { evolve, isEnded, type Wave } from '../src/core/wave';
import type { Clock } from '../src/ports/clock';
import type { Digest } from '../src/ports/digest';
import { Fault } from '../src/ports/fault';
import {
  type Message,
  type MessageMark,
  type Thread,
  type ThreadCursor,
  type ThreadCursors,
  UnclearPost,
} from '../src/ports/thread';
import type { Lease, WaveLog } from '../src/ports/wave-log';
import { gateCard } from '../templates/gate-card';
import { gateStory } from '../templates/gate-story';
import { rootCard } from '../templates/root-card';
import { duePosts, type Post, type Told } from '../templates/thread';
import type { JobResult } from './job-result';

/** What the thread's projection needs. It never writes to the wave: what Slack has heard is noted in the cursor only. */
export interface ThreadRoom {
  readonly log: WaveLog;
  readonly cursors: ThreadCursors;
  readonly thread: Thread;
  readonly clock: Clock;
  readonly digest: Digest;
  readonly warn: (about: object, message: string) => void;
  /** Told of what only people can mend: until they do, nobody sees what the wave does. */
  readonly alarm: (about: object, message: string) => void;
}

/** Brings one wave's thread up to its log. */
export type KeepThread = (id: WaveId, lease: Lease) => Promise<JobResult>;

/** Slack bears about one change a second in a channel; the root card is redrawn no more often, real ms. */
const REDRAW_MS = 900;
/** Slack has not answered clearly, or not at all: asked again after this, real ms; twice as much each time in a row, up to a limit. */
const AGAIN_MS = 1_500;
const MOST_AGAIN_MS = 6_000;
/** What was refused is refused again until somebody mends it: asked again after this, real ms. */
const REFUSED_AGAIN_MS = 20_000;
/** So many waves are kept folded up to their newest event, so that one more event does not mean the whole log once more. */
const MOST_FOLDED = 50;

type Rooted = ThreadCursor & { readonly root: { readonly channel: string; readonly ts: string } };

/** One visit of the thread, by whoever holds its lease. */
interface Visit {
  readonly room: ThreadRoom;
  readonly id: WaveId;
  readonly lease: Lease;
  readonly told: readonly Told[];
  readonly wave: Wave;
}

/** Somebody else keeps the thread by now: what we know of it is old. */
class LeaseLost extends Error {}

/** Every event once and in order, then the cards as they are now. */
export function keepThread(room: ThreadRoom): KeepThread {
  const folded = new Map<WaveId, readonly Told[]>();
  const drawnAt = new Map<WaveId, number>();
  const inARow = new Map<WaveId, number>();
  const mayDraw = (id: WaveId): boolean => {
    const now = Date.now();
    if (now - (drawnAt.get(id) ?? 0) < REDRAW_MS) return false;
    drawnAt.set(id, now);
    return true;
  };
  return async (id, lease) => {
    try {
      // Events that came while Slack was told of others have put no job of their own on the queue.
      for (;;) {
        const told = await tell(room, folded, id);
        const wave = told.at(-1)?.wave;
        if (!wave) return 'done';
        const visit: Visit = { room, id, lease, told, wave };
        const heard = await postEvents(visit, await withRoot(visit, await settled(visit)));
        const cards = await redrawGates(visit, heard);
        inARow.delete(id);
        // Drawn by the next look of `reconcile`: a job that waited here would keep the next event waiting.
        if (cards.rootSeq < wave.seq && !mayDraw(id)) return 'done';
        await redrawRoot(visit, cards);
        if (isEnded(wave)) drawnAt.delete(id);
        if (await room.cursors.caughtUp(id, wave.seq)) return 'done';
      }
    } catch (cause) {
      const before = inARow.get(id) ?? 0;
      inARow.set(id, before + 1);
      return trouble(room, id, cause, Math.min(MOST_AGAIN_MS, AGAIN_MS * 2 ** before));
    }
  };
}

async function tell(room: ThreadRoom, folded: Map<WaveId, readonly Told[]>, id: WaveId): Promise<readonly Told[]> {
  const known = folded.get(id) ?? [];
  const last = known.at(-1)?.logged;
  const read = await room.log.read(id, last?.seq ?? 1);
  // The newest event that is known is read again: where it differs, the log is not the one that was folded.
  const goesOn = last !== undefined && read[0]?.hash === last.hash;
  const told = goesOn ? fold(known, read.slice(1)) : fold([], last ? await room.log.read(id) : read);
  folded.delete(id);
  folded.set(id, told);
  for (const oldest of [...folded.keys()].slice(0, Math.max(0, folded.size - MOST_FOLDED))) folded.delete(oldest);
  return told;
}

function fold(known: readonly Told[], more: readonly LoggedEvent[]): readonly Told[] {
  const told = [...known];
  let wave = known.at(-1)?.wave ?? null;
  for (const logged of more) {
    wave = evolve(wave, logged);
    told.push({ logged, wave });
  }
  return told;
}

/** A cursor is noted only by whoever keeps the thread: an old one over a new one would have events told twice. */
async function note<Cursor extends ThreadCursor>({ room, id, lease }: Visit, cursor: Cursor): Promise<Cursor> {
  if (await room.cursors.save(id, cursor, lease)) return cursor;
  throw new LeaseLost();
}

async function stillOurs({ lease }: Visit): Promise<void> {
  if (!(await lease.isHeld())) throw new LeaseLost();
}

/** A post was begun whose answer nobody noted: it is looked for before anything is posted again. */
async function settled(visit: Visit): Promise<ThreadCursor> {
  const { room, id, told } = visit;
  const cursor = await room.cursors.load(id);
  const { intent } = cursor;
  if (!intent) return cursor;
  const found = await room.thread.find(
    intent.to === 0 ? null : cursor.root,
    { wave: id, from: intent.from, to: intent.to },
    intent.at,
  );
  if (!found) return note(visit, { ...cursor, intent: null });
  return note(
    visit,
    intent.to === 0
      ? { ...cursor, intent: null, root: found }
      : { ...cursor, intent: null, heard: intent.to, gates: withGate(cursor.gates, told, intent, found.ts) },
  );
}

async function withRoot(visit: Visit, cursor: ThreadCursor): Promise<Rooted> {
  if (cursor.root) return { ...cursor, root: cursor.root };
  const { room, wave } = visit;
  const card = rootCard(wave, room.clock.now(), headOf(visit));
  const root = await posted(visit, cursor, { from: 0, to: 0 }, () =>
    room.thread.postRoot(card, rootMark(wave), visit.lease.isFresh),
  );
  return note(visit, { ...cursor, intent: null, root, rootSeq: wave.seq });
}

async function postEvents(visit: Visit, first: Rooted): Promise<Rooted> {
  const { room, told } = visit;
  const { posts, late } = duePosts(told.slice(first.heard), told[first.heard - 1]);
  let cursor = first;
  if (late) {
    // People look at the cards first: those are right before the story of what they missed is told.
    cursor = await redrawGates(visit, cursor);
    cursor = await redrawRoot(visit, cursor);
  }
  for (const post of posts) {
    const message = asItIsNow(visit, post);
    const { ts } = await posted(visit, cursor, { from: post.from, to: post.to }, (mark) =>
      room.thread.post(cursor.root, message, mark, visit.lease.isFresh),
    );
    const gates = gatesAfter(cursor.gates, { ...post, message }, ts, room.digest);
    cursor = await note(visit, { ...cursor, intent: null, heard: post.to, gates });
  }
  return cursor;
}

/** A gate that was decided before its card could be posted is not shown with buttons that nobody can press any more. */
function asItIsNow({ told, wave }: Visit, { gate, to, message }: Post): Post['message'] {
  const story = gate && gateStory(told, gate.number, to);
  return story ? gateCard(wave, story) : message;
}

/** What was clearly not posted is not looked for before it is posted again: that search would be one call more each time. */
async function posted<Answer>(
  visit: Visit,
  cursor: ThreadCursor,
  { from, to }: { readonly from: number; readonly to: number },
  post: (mark: MessageMark) => Promise<Answer>,
): Promise<Answer> {
  const { room, id } = visit;
  const noted = await note(visit, { ...cursor, intent: { from, to, at: room.clock.now() } });
  // That it was noted may be read long after, by a process that was stopped: somebody else has looked and posted by then.
  await stillOurs(visit);
  try {
    return await post({ wave: id, from, to, ...toldBy(visit.told, from, to) });
  } catch (cause) {
    if (cause instanceof Fault) await note(visit, { ...noted, intent: null });
    throw cause;
  }
}

const AT_GATE: readonly WaveEventType[] = ['GateWaited', 'GateOpened', 'GateExpired', 'ApprovalVoided'];

/** Kept with the post, so that it is known what it told should the store lose the events. */
function toldBy(told: readonly Told[], from: number, to: number): Pick<MessageMark, 'kinds' | 'steps'> {
  const events = told.slice(Math.max(0, from - 1), to).map(({ logged }) => logged.event);
  // A gate that opens or closes has begun nothing of its step.
  const steps = events.flatMap((event) => ('step' in event && !AT_GATE.includes(event.type) ? [event.step] : []));
  return { kinds: [...new Set(events.map(({ type }) => type))], steps: [...new Set(steps)] };
}

function gatesAfter(gates: ThreadCursor['gates'], post: Post, ts: string, digest: Digest): ThreadCursor['gates'] {
  return post.gate ? { ...gates, [post.gate.number]: { ts, seq: post.to, drawn: face(post.message, digest) } } : gates;
}

const face = (message: Message, digest: Digest): string => digest(JSON.stringify(message)).slice(0, 16);

/** How a card that was found looks is not known: it is drawn anew. */
function withGate(
  gates: ThreadCursor['gates'],
  told: readonly Told[],
  { from, to }: { readonly from: number; readonly to: number },
  ts: string,
): ThreadCursor['gates'] {
  const event = told[to - 1]?.logged.event;
  // A card tells its opening alone; a message about more events is none, wherever it ends.
  return event?.type === 'GateOpened' && from === to ? { ...gates, [event.gate]: { ts, seq: to, drawn: '' } } : gates;
}

async function redrawGates(visit: Visit, cursor: Rooted): Promise<Rooted> {
  const { room, id, told, wave, lease } = visit;
  let drawn = cursor;
  for (const [number, card] of Object.entries(cursor.gates)) {
    const story = gateStory(told, Number(number), card.seq);
    if (!story) continue;
    const message = gateCard(wave, story);
    const now = face(message, room.digest);
    if (now === card.drawn) continue;
    await stillOurs(visit);
    const mark = { wave: id, from: card.seq, to: card.seq, ...toldBy(told, card.seq, card.seq) };
    const updated = await room.thread.update(cursor.root.channel, card.ts, message, mark, lease.isFresh);
    if (updated === 'gone') room.alarm({ wave: id, gate: Number(number) }, 'a gate card is gone and cannot be redrawn');
    drawn = await note(visit, { ...drawn, gates: { ...drawn.gates, [number]: { ...card, drawn: now } } });
  }
  return drawn;
}

async function redrawRoot(visit: Visit, cursor: Rooted): Promise<Rooted> {
  const { room, id, wave, lease } = visit;
  if (cursor.rootSeq >= wave.seq) return cursor;
  await stillOurs(visit);
  const card = rootCard(wave, room.clock.now(), headOf(visit));
  const { channel, ts } = cursor.root;
  const updated = await room.thread.update(channel, ts, card, rootMark(wave), lease.isFresh);
  if (updated === 'gone') room.alarm({ wave: id }, "the wave's root card is gone and cannot be redrawn");
  return note(visit, { ...cursor, rootSeq: wave.seq });
}

const headOf = ({ told }: Visit): string | undefined => told.at(-1)?.logged.hash;

function rootMark(wave: Wave): MessageMark {
  const current = 'at' in wave ? wave.steps[wave.at] : undefined;
  const waitingUntil = wave.status === 'running' && current ? (current.until ?? null) : null;
  return { wave: wave.id, from: 0, to: 0, waitingUntil, status: wave.status };
}

/** Trouble with the thread never touches the wave: the thread catches up later. */
function trouble(room: ThreadRoom, id: WaveId, cause: unknown, againMs: number): JobResult {
  if (cause instanceof LeaseLost) return 'done';
  if (cause instanceof UnclearPost) {
    room.warn(
      { wave: id, err: cause },
      'Slack did not say whether it has a message; it is looked for before posting again',
    );
    return { againAfterMs: againMs };
  }
  if (cause instanceof Fault && cause.transient) {
    room.warn({ wave: id, err: cause }, `${cause.system} asks to wait with the thread`);
    return { againAfterMs: cause.retryAfterMs ?? againMs };
  }
  room.alarm(
    { wave: id, err: cause },
    'NOBODY SEES THIS WAVE: its thread cannot be written; it is tried again until somebody mends it',
  );
  return { againAfterMs: REFUSED_AGAIN_MS };
}
