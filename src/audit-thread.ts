import { storyOf, toldAgain } from '../templates/told-again';
import { sha256 } from './adapters/digest';
import { PRODUCT } from './audit-export';
import type { LoggedEvent } from './core/events';
import { lostEvents } from './core/log-loss';
import type { ThreadPost } from './core/thread-post';
import { verifyThread } from './engine/verify-thread';

export interface AuditReport {
  readonly ok: boolean;
  readonly lines: readonly string[];
}

/** So many findings are named, the rest is counted. */
const NAMED = 5;

export interface TakenThread {
  /** How it is named to people. */
  readonly name: string;
  readonly root: string;
  readonly posts: readonly ThreadPost[];
  /** The last event that the thread has to tell, and the one that its root card has to show. */
  readonly mustTell: number;
  readonly rootAt: number;
  /** `cutover 1.2.3` that posted; null when that is not known. */
  readonly product: string | null;
}

/** A thread beside a log that is whole by itself. */
export function auditThread(log: readonly LoggedEvent[], taken: TakenThread): AuditReport {
  const told = storyOf(log);
  const {
    findings,
    whole,
    byPeople,
    lost,
    unwritten,
    told: last,
  } = verifyThread({
    ...taken,
    digest: sha256,
    log,
    again: (from, to) => toldAgain(told, from, to),
    sameWords: taken.product === PRODUCT,
  });
  const [first, ...rest] = findings.map(({ post, finding }) => `Post ${post}: ${finding}.`);
  if (first !== undefined) {
    const more = rest.length > NAMED - 1 ? [`and ${rest.length - NAMED + 1} more.`] : [];
    const heading = `${taken.name}: NOT what the log says; ${findings.length} finding${rest.length === 0 ? '' : 's'}.`;
    return {
      ok: false,
      lines: [`${heading} ${first}`, ...[...rest.slice(0, NAMED - 1), ...more].map((line) => `  ${line}`)],
    };
  }
  const silent = last < log.length ? `; events from ${last + 1} on are not told yet` : '';
  return {
    ok: true,
    lines: [
      `${taken.name}: says what the log says. ${whole} posts tell events 1 to ${last}${silent}; ${byPeople} posts are of people.`,
      ...lossLines(log, lost),
      ...(unwritten > 0
        ? [
            `  ${unwritten} posts are in the words of another version (this one is ${PRODUCT}): compared by mark and by the digest that they carry, which whoever holds the bot's token could have changed too.`,
          ]
        : []),
    ],
  };
}

/** What Redis has lost, and the entry that says so: the posts of it have no event any more. */
function lossLines(log: readonly LoggedEvent[], lost: number): readonly string[] {
  const losses = log.flatMap(({ seq, at, event }) => (event.type === 'LogCutBack' ? [{ seq, at, event }] : []));
  const lines = losses.map(({ seq, at, event }) => {
    const by = event.witnesses.join(' and ') || 'nobody: its thread was gone';
    return `  Redis had lost ${lostEvents(event)}; entry ${seq} says so (${new Date(at).toISOString()}, known by ${by}).`;
  });
  return lost === 0 ? lines : [...lines, `  Posts of lost events, as that entry names them: ${lost}.`];
}
