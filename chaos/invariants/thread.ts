import type { StoredMessage } from '../../sandbox/slack/workspace';
import type { RunRecord, WaveRecord } from '../record';
import { type Violation, violation } from './violation';

/** As long as the product shows a hash. */
const MARK = 10;

interface Marked {
  readonly message: StoredMessage;
  readonly from: number;
  readonly to: number;
}

/** One root, every event in one post, in order, and each post with the mark of the event that it ends with. */
export function threads({ waves, messages }: RunRecord): readonly Violation[] {
  return waves.flatMap((wave) => {
    const marked = messages.flatMap((message) => markOf(message, wave.id));
    const roots = marked.filter(({ message }) => message.thread_ts === null);
    const posts = marked.filter(({ message }) => message.thread_ts !== null);
    if (wave.log.length === 0)
      return marked.length === 0 ? [] : [violation('thread', wave.id, 'a thread without a log')];
    const [root] = roots;
    if (!root || roots.length > 1)
      return [
        violation(
          'thread',
          wave.id,
          `it has ${roots.length} root cards`,
          roots.map(({ message }) => message.ts),
        ),
      ];
    return [...inOrder(wave, posts), ...inPlace(wave, root, posts), ...marks(wave, root, posts)];
  });
}

function markOf(message: StoredMessage, wave: string): readonly Marked[] {
  const payload = (message.metadata?.event_payload ?? {}) as { wave?: unknown; from?: unknown; to?: unknown };
  return payload.wave === wave ? [{ message, from: Number(payload.from), to: Number(payload.to) }] : [];
}

function inOrder({ id, log }: WaveRecord, posts: readonly Marked[]): readonly Violation[] {
  let next = 1;
  for (const { from, to } of posts) {
    if (from !== next) {
      const around = posts.map((post) => `${post.from}..${post.to}`).join(' ');
      return [violation('thread', id, `the thread has events ${from}..${to} where ${next} belongs`, [around])];
    }
    next = to + 1;
  }
  return next === log.length + 1
    ? []
    : [violation('thread', id, `the thread ends at event ${next - 1} of ${log.length}`)];
}

const inPlace = ({ id }: WaveRecord, root: Marked, posts: readonly Marked[]): readonly Violation[] =>
  posts
    .filter(({ message }) => message.thread_ts !== root.message.ts)
    .map(({ from, to }) => violation('thread', id, `events ${from}..${to} stand in another thread`));

/** The thread vouches for the log: what it shows of a hash is what stands there. */
function marks({ id, log }: WaveRecord, root: Marked, posts: readonly Marked[]): readonly Violation[] {
  const shows = ({ message }: Marked, hash: string | undefined): boolean =>
    hash !== undefined && JSON.stringify(message.blocks).includes(hash.slice(0, MARK));
  const wrong = posts.filter((post) => !shows(post, log[post.to - 1]?.hash));
  return [
    ...wrong.map(({ from, to, message }) =>
      violation('chain', id, `the post of events ${from}..${to} shows another mark than the log`, [
        `log: ${log[to - 1]?.hash?.slice(0, MARK)}`,
        `post: ${/#\d[^"]{0,40}/.exec(JSON.stringify(message.blocks))?.[0] ?? message.text.slice(0, 120)}`,
      ]),
    ),
    ...(shows(root, log.at(-1)?.hash)
      ? []
      : [violation('chain', id, 'the root card does not show the last mark of the log')]),
  ];
}
