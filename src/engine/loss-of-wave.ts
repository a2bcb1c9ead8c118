import type { LoggedEvent } from '../core/events';
import type { StepId, WaveId } from '../core/ids';
import { type Loss, type LostPost, type LostStep, MOST_LOST_POSTS, onlyReads } from '../core/log-loss';
import type { ThreadPost } from '../core/thread-post';
import type { Wave } from '../core/wave';
import type { StoredWave } from '../ports/wave-log';
import { shownMark } from './verify-thread';

export interface LossCase {
  /** The wave as the store has it now, with its whole log. */
  readonly wave: Wave;
  readonly log: readonly LoggedEvent[];
  /** The wave's thread, root card first; empty when it has none. */
  readonly posts: readonly ThreadPost[];
  /** The wave as a process that goes on running knows it; null when none does. */
  readonly remembered: StoredWave | null;
}

/** What others know of a wave's log that the store does not have; null when nobody knows more. */
export function lossOf(given: LossCase): Loss | null {
  const { log, wave, remembered } = given;
  const posts = lostPosts(given);
  const isForgotten = remembered !== null && !fits(log, remembered.wave.seq, remembered.head);
  if (posts.length === 0 && !isForgotten) return null;
  const told = Math.max(0, ...posts.map(({ mark }) => mark?.to ?? 0));
  const to = Math.max(told, isForgotten ? remembered.wave.seq : 0);
  const knows = isForgotten && remembered.wave.seq >= told ? remembered : null;
  return {
    from: to > log.length ? log.length + 1 : lastFitting(given) + 1,
    to,
    witnesses: [...(posts.length > 0 ? (['thread'] as const) : []), ...(isForgotten ? (['memory'] as const) : [])],
    posts: named(posts).map(asLost),
    kinds: [...new Set([...posts.flatMap(({ mark }) => mark?.kinds ?? []), ...(knows ? endOf(knows.wave) : [])])],
    steps: knows ? knownSteps(wave, knows.wave) : unknownSteps(wave, posts),
    world: [],
  };
}

/** Of the bot, about this wave's events, and not what the log has. What an earlier finding names is known. */
export function lostPosts({ log, posts, wave }: Pick<LossCase, 'log' | 'posts' | 'wave'>): readonly ThreadPost[] {
  const known = new Set(
    log.flatMap(({ event }) => (event.type === 'LogCutBack' ? event.posts.map(({ ts }) => ts) : [])),
  );
  return tellingPosts(posts, wave.id).filter((post) => !known.has(post.ts) && !isInLog(log, post));
}

/** The last event that the thread tells as the log has it: so far it has been told. */
export function lastFitting({ log, posts, wave }: Pick<LossCase, 'log' | 'posts' | 'wave'>): number {
  return Math.max(0, ...fittingPosts({ log, posts, wave }).map(({ mark }) => mark?.to ?? 0));
}

export function fittingPosts({ log, posts, wave }: Pick<LossCase, 'log' | 'posts' | 'wave'>): readonly ThreadPost[] {
  return tellingPosts(posts, wave.id).filter((post) => isInLog(log, post));
}

function tellingPosts(posts: readonly ThreadPost[], wave: WaveId): readonly ThreadPost[] {
  const bot = posts.find(({ mark }) => mark !== null)?.author ?? null;
  return posts.filter(({ mark, author }) => mark !== null && mark.wave === wave && mark.to > 0 && author === bot);
}

function isInLog(log: readonly LoggedEvent[], post: ThreadPost): boolean {
  const to = post.mark?.to ?? 0;
  // One that Slack did not lay out shows no mark: its numbers are all there is.
  return fits(log, to, shownMark(post)?.hash ?? '');
}

const fits = (log: readonly LoggedEvent[], seq: number, mark: string): boolean =>
  log[seq - 1]?.hash.startsWith(mark) === true;

/** The first of them, and one mark as near the end as there is: so far the thread vouches for what is put back. */
function named(posts: readonly ThreadPost[]): readonly ThreadPost[] {
  if (posts.length <= MOST_LOST_POSTS) return posts;
  const rest = posts.slice(MOST_LOST_POSTS - 1);
  const last = rest.findLast((post) => shownMark(post) !== null) ?? rest[0];
  return [...posts.slice(0, MOST_LOST_POSTS - 1), ...(last ? [last] : [])];
}

function asLost(post: ThreadPost): LostPost {
  const { mark, ts, text } = post;
  return {
    from: mark?.from ?? 0,
    to: mark?.to ?? 0,
    mark: shownMark(post)?.hash ?? null,
    ts,
    says: text.slice(0, 160),
  };
}

/** What the state that is remembered says of how the wave stood. */
function endOf(wave: Wave): readonly string[] {
  if (wave.status === 'rolling-back' || wave.status === 'stuck') return ['RollbackStarted'];
  return [];
}

function knownSteps(wave: Wave, remembered: Wave): readonly LostStep[] {
  return remembered.plan.steps.flatMap(({ id }, i) => {
    const captured = remembered.steps[i]?.captured ?? null;
    return captured !== null && wave.steps[i]?.captured === null ? [{ step: id, known: true, captured }] : [];
  });
}

/**
 * Steps that the lost posts name, and the one after them, unless a gate stands before it that the thread would have told
 * of. Posts of versions that did not note the steps may have meant any from the present one on.
 */
function unknownSteps(wave: Wave, posts: readonly ThreadPost[]): readonly LostStep[] {
  const { steps } = wave.plan;
  const named = new Set(posts.flatMap(({ mark }) => mark?.steps ?? []));
  const isTold = posts.every(({ mark }) => mark?.steps !== undefined);
  const present = 'at' in wave ? wave.at : steps.length;
  const last = Math.max(present - 1, ...steps.flatMap(({ id }, i) => (named.has(id) ? [i] : [])));
  return steps.flatMap(({ id, kind, gated }, i) => {
    const mayHave = isTold
      ? named.has(id) || (i === last + 1 && (!gated || wave.steps[i]?.begun === true))
      : i >= present;
    return mayHave ? unwritten(wave, i, id, onlyReads(kind)) : [];
  });
}

function unwritten(wave: Wave, i: number, step: StepId, onlyLooks: boolean): readonly LostStep[] {
  return onlyLooks || wave.steps[i]?.captured !== null ? [] : [{ step, known: false, captured: null }];
}
