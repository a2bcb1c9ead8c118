import { WebClient } from '@slack/web-api';
import { z } from 'zod';
import type { ThreadPost } from '../../core/thread-post';
import { Fault } from '../../ports/fault';
import type { ThreadRecord } from '../../ports/thread-record';
import { silent } from './silent';
import { clear, EVENT_TYPE, type SlackThreadOptions } from './slack-thread';

const PAGE = 200;
/** A wave has hundreds of posts, not tens of thousands. */
const MOST_PAGES = 100;

const numbers = z.coerce.number().int().nonnegative();
const words = z.string().transform((text) => text.split(' ').filter((word) => word !== ''));
const Metadata = z.object({
  event_type: z.literal(EVENT_TYPE),
  event_payload: z.object({
    wave: z.string(),
    from: numbers,
    to: numbers,
    said: z.string().optional(),
    kinds: words.optional(),
    steps: words.optional(),
  }),
});
const Posts = z.array(
  z.object({
    ts: z.string(),
    user: z.string().optional(),
    bot_id: z.string().optional(),
    subtype: z.string().optional(),
    text: z.string().optional(),
    blocks: z.array(z.unknown()).optional(),
    metadata: z.unknown(),
    edited: z.object({ user: z.string(), ts: z.string() }).optional(),
  }),
);

/** A thread by conversations.replies, page by page, with the bot's own token and no right that it does not have already. */
export function createSlackRecord({ token, apiUrl, timeoutMs }: Omit<SlackThreadOptions, 'channel'>): ThreadRecord {
  const client = new WebClient(token, {
    slackApiUrl: apiUrl,
    logger: silent,
    timeout: timeoutMs,
    retryConfig: { retries: 3 },
  });
  return {
    async read({ channel, ts }) {
      const posts: ThreadPost[] = [];
      let cursor: string | undefined;
      for (let page = 0; page < MOST_PAGES; page++) {
        const answer = await clear(() =>
          client.conversations.replies({
            channel,
            ts,
            include_all_metadata: true,
            limit: PAGE,
            ...(cursor ? { cursor } : {}),
          }),
        );
        const read = Posts.safeParse(answer.messages ?? []);
        if (!read.success) throw unreadable('it answers with messages that cannot be read');
        // Slack repeats the root card on every page.
        for (const post of read.data) if (posts.every((known) => known.ts !== post.ts)) posts.push(postOf(post));
        cursor = answer.response_metadata?.next_cursor || undefined;
        if (!cursor) return posts;
      }
      throw unreadable(`the thread has more than ${MOST_PAGES * PAGE} posts`);
    },
  };
}

function postOf(post: z.output<typeof Posts>[number]): ThreadPost {
  const metadata = Metadata.safeParse(post.metadata);
  const { wave, from, to, said, kinds, steps } = metadata.success ? metadata.data.event_payload : NO_PAYLOAD;
  return {
    ts: post.ts,
    author: post.subtype === 'tombstone' ? null : (post.user ?? post.bot_id ?? null),
    text: post.text ?? '',
    blocks: post.blocks ?? [],
    mark: metadata.success
      ? { wave, from, to, ...(said === undefined ? {} : { said }), ...(kinds && steps ? { kinds, steps } : {}) }
      : null,
    edited: post.edited ?? null,
  };
}

const NO_PAYLOAD = { wave: '', from: 0, to: 0, said: undefined, kinds: undefined, steps: undefined };

const unreadable = (why: string): Fault =>
  new Fault(`Slack's thread cannot be taken down: ${why}.`, { system: 'Slack', transient: false });
