import type { LoggedEvent } from '../core/events';
import { saidWords } from '../core/said-words';
import type { ThreadPost } from '../core/thread-post';
import type { Digest } from '../ports/digest';

/** What does not belong in a thread as it stands, and where: 1 is the root card. */
export interface ThreadFinding {
  readonly post: number;
  readonly ts: string;
  readonly finding: string;
}

export interface ThreadVerdict {
  /** In the order of the thread. */
  readonly findings: readonly ThreadFinding[];
  /** Posts of the bot that fit the log. */
  readonly whole: number;
  /** What people have written there, which nobody holds against them. */
  readonly byPeople: number;
  /** Of events that Redis has lost, and whose loss stands in the log. */
  readonly lost: number;
  /** Of `whole`, those whose words could only be compared with the digest that they carry. */
  readonly unwritten: number;
  /** The last event that the thread tells. */
  readonly told: number;
}

export interface ThreadCase {
  readonly digest: Digest;
  /** A log that is whole by itself. */
  readonly log: readonly LoggedEvent[];
  readonly posts: readonly ThreadPost[];
  readonly root: string;
  /** The last event that the thread has to tell. */
  readonly mustTell: number;
  /** The event that the root card shows, or a later one. */
  readonly rootAt: number;
  /** What a post about these events says, in this version's words. */
  readonly again: (
    from: number,
    to: number,
  ) => Iterable<{ readonly text: string; readonly blocks: readonly unknown[] }>;
  /** The posts are of this very version: other words are changed words. */
  readonly sameWords: boolean;
}

/**
 * Whether a thread says what the log says: every event told once and in order, by the bot, each post with the mark of its
 * last event and in the words that it was posted with. A card is redrawn by the bot as the wave goes; that is no edit.
 */
export function verifyThread(given: ThreadCase): ThreadVerdict {
  const { posts, root, log, mustTell } = given;
  const rootCard = posts.find(({ ts }) => ts === root);
  const bot = rootCard?.author ?? posts.find(({ mark }) => mark !== null)?.author ?? null;
  const findings: ThreadFinding[] = [];
  let [next, whole, byPeople, unwritten, lost, before] = [1, 0, 0, 0, 0, ''];
  const known = lostIn(log);
  const rootFinding = rootCard ? rootTampering(given, rootCard) : 'the root card is gone: it was deleted';
  if (rootFinding) findings.push({ post: 1, ts: root, finding: rootFinding });
  for (const [index, post] of posts.entries()) {
    if (post === rootCard) continue;
    const add = (finding: string): void => void findings.push({ post: index + 1, ts: post.ts, finding });
    if (index > 0 && post.ts <= before) add('it is older than the post before it: the order was changed');
    before = post.ts;
    if (post.author !== bot) {
      if (post.mark !== null || shownMark(post)) add('it wears the marks of the bot, and is of somebody else: added');
      else byPeople++;
      continue;
    }
    if (isKnownLost(known, post) || isNotice(given, post)) {
      if (isReworded(given, post)) add('it does not say what it said when it was posted: edited');
      else if (!isNotice(given, post)) lost++;
      continue;
    }
    const out = placeTampering(given, post, next, index);
    if (out) add(out);
    const { mark } = post;
    if (!mark || !isRange(mark, log.length) || mark.wave !== log[0]?.wave) continue;
    next = Math.max(next, mark.to + 1);
    const changed = contentTampering(given, post, mark);
    if (changed === 'unwritten') unwritten++;
    if (changed !== null && changed !== 'unwritten') add(changed);
    else if (!out) whole++;
  }
  if (next <= mustTell) {
    const finding = `${events(next, mustTell)} ${next === mustTell ? 'has' : 'have'} no post at the end of the thread: deleted there, never posted, or added to the log`;
    findings.push({ post: posts.length + 1, ts: '', finding });
  }
  return { findings, whole, byPeople, lost, unwritten, told: next - 1 };
}

/** Posts of lost events that the log names, by their place in the thread; the mark that they show has to be the one that is named. */
function lostIn(log: readonly LoggedEvent[]): ReadonlyMap<string, string | null> {
  const posts = log.flatMap(({ event }) => (event.type === 'LogCutBack' ? event.posts : []));
  return new Map(posts.map(({ ts, mark }) => [ts, mark]));
}

function isKnownLost(known: ReadonlyMap<string, string | null>, post: ThreadPost): boolean {
  const mark = known.get(post.ts);
  return mark !== undefined && mark === (shownMark(post)?.hash ?? null);
}

/** Tells no event: that the store had lost the wave altogether. */
const isNotice = ({ log }: ThreadCase, { mark }: ThreadPost): boolean => mark?.to === 0 && mark.wave === log[0]?.wave;

const isReworded = ({ digest }: ThreadCase, post: ThreadPost): boolean =>
  post.mark?.said !== undefined && digest(saidWords(post)).slice(0, 16) !== post.mark.said;

type Mark = NonNullable<ThreadPost['mark']>;

const isRange = ({ from, to }: Mark, length: number): boolean => from >= 1 && from <= to && to <= length;

const events = (from: number, to: number): string => (from === to ? `event ${from}` : `events ${from} to ${to}`);

/** Whether the numbers that a post names continue those before it. */
function placeTampering({ log, posts }: ThreadCase, { mark }: ThreadPost, next: number, index: number): string | null {
  if (!mark) return 'it is of the bot, but names no events: added, or its numbers were taken from it';
  const { wave, from, to } = mark;
  if (wave !== log[0]?.wave) return `it belongs to wave ${wave.slice(0, 60)}, the log is of ${log[0]?.wave}`;
  if (!isRange(mark, log.length))
    return `it tells ${events(from, to)}, and the log ends at ${log.length}: added here, removed from the log, or taken down later than the log`;
  if (from < next) return `it tells ${events(from, to)} after later ones or once more: moved, added or repeated`;
  if (from === next) return null;
  const moved = posts.slice(index + 1).some((other) => other.mark !== null && other.mark.from === next);
  return moved
    ? `it tells ${events(from, to)} where ${next} belongs, and ${next} stands further on: the order was changed`
    : `${events(next, from - 1)} ${next === from - 1 ? 'has' : 'have'} no post before it: a post was deleted, or the log was added to`;
}

/** Whether a post says what it said, and what the log says. `unwritten`: its words cannot be told by this version. */
function contentTampering(given: ThreadCase, post: ThreadPost, mark: Mark): string | 'unwritten' | null {
  const { digest, log, sameWords } = given;
  const { from, to } = mark;
  const last = log[to - 1];
  const isCard = last?.event.type === 'GateOpened';
  if (post.edited && (!isCard || post.edited.user !== post.author))
    return `it was edited by ${post.edited.user.slice(0, 20)}`;
  const shown = shownMark(post);
  const plainly = isPlain(post);
  if (!shown && !plainly) return 'it shows no mark of the chain: edited';
  if (shown && (shown.from !== from || shown.to !== to))
    return `it shows ${events(shown.from, shown.to)} and carries ${events(from, to)}: edited`;
  if (shown && !last?.hash.startsWith(shown.hash)) {
    const other = log.find(({ hash }) => hash.startsWith(shown.hash));
    return other
      ? `it shows the mark of event ${other.seq} for event ${to}: edited`
      : `its mark ${shown.hash} is not that of event ${to} (${last?.hash.slice(0, 10)}): the post was edited, or the log was written anew`;
  }
  const words = saidWords(post);
  if (mark.said !== undefined && digest(words).slice(0, 16) !== mark.said)
    return 'it does not say what it said when it was posted: edited';
  for (const message of given.again(from, to)) {
    if (plainly ? words.startsWith(saidWords({ text: message.text })) : words === saidWords(message)) return null;
  }
  return sameWords ? `it does not say what the log says of ${events(from, to)}: edited` : 'unwritten';
}

function rootTampering({ digest, log, rootAt }: ThreadCase, root: ThreadPost): string | null {
  const { mark } = root;
  if (mark?.to !== 0) return 'the root card carries no numbers of ours: edited';
  if (mark.wave !== log[0]?.wave) return `the root card belongs to wave ${mark.wave.slice(0, 60)}`;
  if (mark.said !== undefined && digest(saidWords(root)).slice(0, 16) !== mark.said)
    return 'the root card does not say what the bot drew last: edited';
  const shown = shownMark(root);
  // Cards of earlier versions show no mark.
  if (!shown)
    return mark.said === undefined || isPlain(root) ? null : 'the root card shows no mark of the chain: edited';
  const event = log[shown.to - 1];
  if (!event?.hash.startsWith(shown.hash))
    return `the root card shows a mark (#${shown.to} · ${shown.hash}) that is not in the log: edited, or the log was written anew`;
  return shown.to < rootAt
    ? `the root card shows event ${shown.to}, and the bot has drawn event ${rootAt} already: put back to an earlier one`
    : null;
}

const SHOWN = /#(\d{1,9})(?:–(\d{1,9}))? · ([0-9a-f]{8,64})(?![0-9a-f])/;

/** The mark that people see, in the small print at the post's end. */
export function shownMark({ blocks }: Pick<ThreadPost, 'blocks'>): { from: number; to: number; hash: string } | null {
  const small = blocks.filter((block) => (block as { type?: unknown } | null)?.type === 'context');
  for (const block of [...small].reverse()) {
    const found = SHOWN.exec(JSON.stringify(block));
    if (found) return { from: Number(found[1]), to: Number(found[2] ?? found[1]), hash: found[3] ?? '' };
  }
  return null;
}

/** Posted without its layout, which Slack did not take. */
const isPlain = ({ blocks }: ThreadPost): boolean =>
  JSON.stringify(blocks[0] ?? '').includes('Slack did not take the layout of this message');
