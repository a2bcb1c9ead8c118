import type { LoggedEvent, WaveEvent } from '../src/core/events';
import type { WaveId } from '../src/core/ids';
import { evolve, type Wave } from '../src/core/wave';
import type { Clock } from '../src/ports/clock';
import type { Digest } from '../src/ports/digest';
import { Fault } from '../src/ports/fault';
import { type MessageMark, type Thread, type ThreadCursor, type ThreadCursors, UnclearPost } from '../src/ports/thread';
import type { Lease, WaveLog } from '../src/ports/wave-log';
import { gateCard } from '../templates/gate-card';
import { rootCard } from '../templates/root-card';
import { type Post, type Told, threadPosts } from '../templates/thread';
import type { JobResult } from './job-result';

/** What the thread's projection needs. It never writes to the wave: what Slack has heard is noted in the cursor only. */
export interface ThreadRoom {
  readonly log: WaveLog;
  readonly cursors: ThreadCursors;
  readonly thread: Thread;
  readonly clock: Clock;
  readonly digest: Digest;
  readonly warn: (about: object, message: string) => void;
}

/** Slack bears about one change a second in a channel; the root card is redrawn no more often, real ms. */
const REDRAW_MS = 900;
/** Slack has not answered clearly, or not at all: asked again after this, real ms. */
const AGAIN_MS = 1_500;

const drawnAt = new Map<WaveId, number>();

/** Brings the wave's thread up to its log: every event once and in order, then the cards as they are now. */
export async function postUpdates(room: ThreadRoom, id: WaveId, lease: Lease): Promise<JobResult> {
  const told = await tell(room, id);
  const last = told.at(-1);
  if (!last) return 'done';
  try {
    const cursor = await settleIntent(room, id, await room.cursors.load(id), told);
    const rooted = await withRoot(room, id, cursor, last.wave);
    const posted = await postEvents(room, id, rooted, told, lease);
    if (posted === 'lost') return 'done';
    const cards = await redrawGates(room, id, posted, told);
    return await redrawRoot(room, id, cards, last.wave);
  } catch (cause) {
    return trouble(room, id, cause);
  }
}

async function tell(room: ThreadRoom, id: WaveId): Promise<readonly Told[]> {
  const told: Told[] = [];
  let wave: Wave | null = null;
  for (const logged of await room.log.read(id)) {
    wave = evolve(wave, logged);
    told.push({ logged, wave });
  }
  return told;
}

/** A post was begun whose answer nobody noted: it is looked for before anything is posted again. */
async function settleIntent(
  room: ThreadRoom,
  id: WaveId,
  cursor: ThreadCursor,
  told: readonly Told[],
): Promise<ThreadCursor> {
  const { intent } = cursor;
  if (!intent) return cursor;
  const found = await room.thread.find(
    intent.to === 0 ? null : cursor.root,
    { wave: id, from: intent.from, to: intent.to },
    intent.at,
  );
  const settled: ThreadCursor = !found
    ? { ...cursor, intent: null }
    : intent.to === 0
      ? { ...cursor, intent: null, root: found }
      : { ...cursor, intent: null, heard: intent.to, gates: withGate(cursor.gates, told, intent.to, found.ts) };
  await room.cursors.save(id, settled);
  return settled;
}

async function withRoot(
  room: ThreadRoom,
  id: WaveId,
  cursor: ThreadCursor,
  wave: Wave,
): Promise<ThreadCursor & { root: { channel: string; ts: string } }> {
  if (cursor.root) return { ...cursor, root: cursor.root };
  await room.cursors.save(id, { ...cursor, intent: { from: 0, to: 0, at: room.clock.now() } });
  const root = await room.thread.postRoot(rootCard(wave, room.clock.now()), rootMark(wave));
  const rooted = { ...cursor, intent: null, root, rootSeq: wave.seq };
  await room.cursors.save(id, rooted);
  return rooted;
}

async function postEvents(
  room: ThreadRoom,
  id: WaveId,
  first: ThreadCursor & { root: { channel: string; ts: string } },
  told: readonly Told[],
  lease: Lease,
): Promise<typeof first | 'lost'> {
  let cursor = first;
  const { posts } = threadPosts(told.slice(cursor.heard));
  for (const post of posts) {
    if (!(await lease.isHeld())) return 'lost';
    const mark: MessageMark = { wave: id, from: post.from, to: post.to };
    await room.cursors.save(id, { ...cursor, intent: { from: post.from, to: post.to, at: room.clock.now() } });
    const { ts } = await room.thread.post(cursor.root, post.message, mark);
    cursor = { ...cursor, intent: null, heard: post.to, gates: gatesAfter(cursor.gates, post, ts) };
    await room.cursors.save(id, cursor);
  }
  return cursor;
}

function gatesAfter(gates: ThreadCursor['gates'], post: Post, ts: string): ThreadCursor['gates'] {
  return post.gate ? { ...gates, [post.gate.number]: { ts, seq: post.to, drawn: '' } } : gates;
}

function withGate(gates: ThreadCursor['gates'], told: readonly Told[], seq: number, ts: string): ThreadCursor['gates'] {
  const event = told[seq - 1]?.logged.event;
  return event?.type === 'GateOpened' ? { ...gates, [event.gate]: { ts, seq, drawn: '' } } : gates;
}

async function redrawGates<Cursor extends ThreadCursor & { root: { channel: string; ts: string } }>(
  room: ThreadRoom,
  id: WaveId,
  cursor: Cursor,
  told: readonly Told[],
): Promise<Cursor> {
  let gates = cursor.gates;
  for (const [number, card] of Object.entries(cursor.gates)) {
    const story = gateStory(told, Number(number), card.seq);
    const wave = told.at(-1)?.wave;
    if (!story || !wave) continue;
    const message = gateCard(wave, story);
    const drawn = room.digest(JSON.stringify(message)).slice(0, 16);
    if (drawn === card.drawn) continue;
    if (card.drawn !== '' || story.decided || story.approvals.length > 0) {
      await room.thread.update(cursor.root.channel, card.ts, message, { wave: id, from: card.seq, to: card.seq });
    }
    gates = { ...gates, [number]: { ...card, drawn } };
    await room.cursors.save(id, { ...cursor, gates });
  }
  return { ...cursor, gates };
}

/** All that happened at one opening of a gate. */
function gateStory(
  told: readonly Told[],
  number: number,
  seq: number,
): { opened: LoggedEvent; decided: LoggedEvent | null; approvals: readonly LoggedEvent[] } | null {
  const opened = told[seq - 1]?.logged;
  if (opened?.event.type !== 'GateOpened') return null;
  const later = told.slice(seq).map(({ logged }) => logged);
  const approvals = later.filter(({ event }) => event.type === 'GateApproved' && event.gate === number);
  const voided = later.find(({ event }) => event.type === 'ApprovalVoided' && event.gate === number);
  return { opened, approvals, decided: voided ?? later.find(({ event }) => decides(event, number)) ?? null };
}

function decides(event: WaveEvent, number: number): boolean {
  switch (event.type) {
    case 'GateApproved':
      return event.gate === number && event.approvals >= event.quorum;
    case 'GateExpired':
    case 'ApprovalVoided':
      return event.gate === number;
    case 'RollbackStarted':
    case 'WaveAborted':
      return true;
    default:
      return false;
  }
}

async function redrawRoot(
  room: ThreadRoom,
  id: WaveId,
  cursor: ThreadCursor & { root: { channel: string; ts: string } },
  wave: Wave,
): Promise<JobResult> {
  if (cursor.rootSeq < wave.seq) {
    const early = (drawnAt.get(id) ?? 0) + REDRAW_MS - Date.now();
    if (early > 0) return { againAfterMs: early };
    drawnAt.set(id, Date.now());
    await room.thread.update(cursor.root.channel, cursor.root.ts, rootCard(wave, room.clock.now()), rootMark(wave));
    await room.cursors.save(id, { ...cursor, rootSeq: wave.seq });
  }
  await room.cursors.caughtUp(id, wave.seq);
  return 'done';
}

function rootMark(wave: Wave): MessageMark {
  const current = 'at' in wave ? wave.steps[wave.at] : undefined;
  const waitingUntil = wave.status === 'running' && current ? (current.until ?? null) : null;
  return { wave: wave.id, from: 0, to: 0, waitingUntil, status: wave.status };
}

/** Slack's trouble never touches the wave: the thread catches up later. */
function trouble(room: ThreadRoom, id: WaveId, cause: unknown): JobResult {
  if (cause instanceof UnclearPost) {
    room.warn(
      { wave: id, err: cause },
      'Slack did not say whether it has a message; it is looked for before posting again',
    );
    return { againAfterMs: AGAIN_MS };
  }
  if (cause instanceof Fault && cause.transient) {
    room.warn({ wave: id, err: cause }, 'Slack asks to wait');
    return { againAfterMs: Math.max(cause.retryAfterMs ?? 0, AGAIN_MS) };
  }
  throw cause;
}
