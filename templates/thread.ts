import type { LoggedEvent, WaveEventType } from '../src/core/events';
import type { StepId } from '../src/core/ids';
import { stepAt, stepIndex, type Wave } from '../src/core/wave';
import { isAttention } from './attention';
import type { Message } from './blocks';
import { gateCard } from './gate-card';
import { decides } from './gate-story';
import { MOST_TOGETHER, meanwhileMessage } from './meanwhile';
import { isQuiet } from './tell';
import { loudMessage, progressMessage } from './thread-message';

export interface Told {
  readonly logged: LoggedEvent;
  /** The wave after it. */
  readonly wave: Wave;
}

/** Events from..to as one message. `gate` is set where the message is a gate's card, to be redrawn later. */
export interface Post {
  readonly from: number;
  readonly to: number;
  readonly message: Message;
  readonly gate: { readonly step: StepId; readonly number: number } | null;
}

/** Quiet events are reported by themselves once there are more of them, or once they span more time. */
const QUIET_EVENTS = 40;
const QUIET_MS = 30 * 60_000;

/** More posts than these at once are a backlog: Slack could not be told when it happened. */
const MOST_APART = 4;

/** Consequences that stand in the log together with their cause are told together with it. */
const JOINED: Readonly<Partial<Record<WaveEventType, WaveEventType>>> = {
  StepFailed: 'RollbackStarted',
  LogCutBack: 'WaveHeld',
  GateExpired: 'WaveHeld',
  ApprovalVoided: 'WaveHeld',
  StepSkipped: 'WaveResumed',
};

/**
 * Events as posts: each in exactly one, in order. `quiet` counts those at the end that wait for something to tell.
 * `before` is the last event of the post before them: what it called attention to is not called out again at every look.
 */
export function threadPosts(
  told: readonly Told[],
  before?: Told,
): { readonly posts: readonly Post[]; readonly quiet: number } {
  const posts: Post[] = [];
  let waiting: Told[] = [];
  let lastTold = before;
  for (let i = 0; i < told.length; i++) {
    const one = told[i];
    if (!one) continue;
    if (isQuiet(one.logged, one.wave) || isOvertaken(told, i)) {
      waiting.push(one);
      if (!callsOut(one, lastTold)) continue;
      posts.push(postOf(waiting, progressMessage(waiting)));
      waiting = [];
      lastTold = one;
      continue;
    }
    if (one.logged.event.type === 'GateOpened') {
      if (waiting.length > 0) posts.push(postOf(waiting, progressMessage(waiting)));
      posts.push(gatePost(one));
    } else {
      const next = told[i + 1];
      const loud = next && JOINED[one.logged.event.type] === next.logged.event.type ? [one, next] : [one];
      posts.push(postOf([...waiting, ...loud], loudMessage(waiting, loud)));
      i += loud.length - 1;
    }
    waiting = [];
    lastTold = told[i];
  }
  if (!isDue(waiting)) return { posts, quiet: waiting.length };
  return { posts: [...posts, postOf(waiting, progressMessage(waiting))], quiet: 0 };
}

/**
 * As `threadPosts`, and a backlog in few messages, because Slack takes about one a second in a channel: what happened
 * meanwhile together, then what people need as it always looks, which is a gate that is open and the newest event.
 */
export function duePosts(
  told: readonly Told[],
  before?: Told,
): { readonly posts: readonly Post[]; readonly quiet: number; readonly late: boolean } {
  const due = threadPosts(told, before);
  if (due.posts.length <= MOST_APART) return { ...due, late: false };
  const posts: Post[] = [];
  let together: Post[] = [];
  const flush = (): void => {
    posts.push(...joined(together, told));
    together = [];
  };
  due.posts.forEach((post, i) => {
    const apart = i === due.posts.length - 1 || (post.gate !== null && isOpen(post.gate.number, post.to, told));
    if (apart) flush();
    (apart ? posts : together).push(post);
    if (together.length === MOST_TOGETHER) flush();
  });
  return { posts, quiet: due.quiet, late: true };
}

function joined(posts: readonly Post[], told: readonly Told[]): readonly Post[] {
  const [first, last] = [posts[0], posts.at(-1)];
  if (!first || !last || posts.length === 1) return posts;
  const events = told.filter(({ logged: { seq } }) => seq >= first.from && seq <= last.to);
  return [postOf(events, meanwhileMessage(events))];
}

const isOpen = (gate: number, opened: number, told: readonly Told[]): boolean =>
  !told.some(({ logged: { seq, event } }) => seq > opened && decides(event, gate));

/** An application is told together with its check when that has passed already: one message less. */
function isOvertaken(told: readonly Told[], at: number): boolean {
  const event = told[at]?.logged.event;
  if (event?.type !== 'StepApplied') return false;
  const next = told.slice(at + 1).find(({ logged, wave }) => !isQuiet(logged, wave))?.logged.event;
  return next?.type === 'StepPassed' && next.step === event.step;
}

/** Where people have to look the thread does not wait, but says so once per attempt of the step, not at every look. */
function callsOut(one: Told, before: Told | undefined): boolean {
  const place = attentionPlace(one);
  return place !== null && (before === undefined || attentionPlace(before) !== place);
}

function attentionPlace({ logged: { event }, wave }: Told): string | null {
  if (!('summary' in event) || !('step' in event) || !isAttention(event.summary)) return null;
  return `${event.step} ${stepAt(wave, stepIndex(wave, event.step)).state.attempt}`;
}

function isDue(waiting: readonly Told[]): boolean {
  const [first, last] = [waiting[0], waiting.at(-1)];
  if (!first || !last) return false;
  return waiting.length > QUIET_EVENTS || last.logged.at - first.logged.at > QUIET_MS;
}

function gatePost(one: Told): Post {
  const { event } = one.logged;
  if (event.type !== 'GateOpened') throw new Error(`event ${one.logged.seq} is no opening of a gate`);
  const message = gateCard(one.wave, { opened: one.logged, decided: null, approvals: [] });
  return { ...postOf([one], message), gate: { step: event.step, number: event.gate } };
}

function postOf(told: readonly Told[], message: Message): Post {
  const [first, last] = [told[0], told.at(-1)];
  if (!first || !last) throw new Error('a post tells at least one event');
  return { from: first.logged.seq, to: last.logged.seq, message, gate: null };
}
