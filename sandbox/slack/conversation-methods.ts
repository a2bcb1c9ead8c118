/** conversations.*: reading the channel and its threads, page by page. */
import { isTrue, needChannel, needMessage } from './chat-methods';
import { micros } from './message-log';
import { ApiRefusal, messageJson, type Room } from './room';
import type { Methods } from './web-api';
import { asText, type Json, type StoredMessage } from './wire';

const MAX_PAGE = 1000;
const HISTORY_PAGE = 100;

export const conversationMethods: Methods = {
  'conversations.replies': (room, args) => {
    needChannel(room, args);
    const asked = needMessage(room, args.ts, 'thread_not_found');
    const root = asked.thread_ts === null ? asked : needMessage(room, asked.thread_ts, 'thread_not_found');
    const page = readPage(args, MAX_PAGE);
    const replies = inRange(room.log.replies(root.ts), args);
    // The root leads the first page, inside or outside of the asked range.
    return pageOf(room, args, page.after === null ? [root, ...replies] : replies, page, 'rising');
  },

  'conversations.history': (room, args) => {
    needChannel(room, args);
    return pageOf(room, args, [...inRange(room.log.roots(), args)].reverse(), readPage(args, HISTORY_PAGE), 'falling');
  },

  'conversations.info': (room, args) => {
    needChannel(room, args);
    return { ok: true, channel: room.directory.channelJson() };
  },

  'conversations.join': (room, args) => {
    needChannel(room, args);
    return { ok: true, channel: room.directory.channelJson(), warning: 'already_in_channel' };
  },

  'conversations.list': (room) => ({
    ok: true,
    channels: [room.directory.channelJson()],
    response_metadata: { next_cursor: '' },
  }),

  'conversations.members': (room, args) => {
    needChannel(room, args);
    const members = [...room.directory.people.map((user) => user.id), room.directory.botUserId];
    return { ok: true, members, response_metadata: { next_cursor: '' } };
  },
};

interface Page {
  readonly limit: number;
  /** The last ts of the page before. */
  readonly after: string | null;
}

function readPage(args: Json, fallback: number): Page {
  const asked = args.limit === undefined || args.limit === '' ? fallback : Number(args.limit);
  if (!Number.isInteger(asked) || asked < 1 || asked > MAX_PAGE) throw new ApiRefusal('invalid_limit');
  const cursor = asText(args.cursor);
  if (cursor === '') return { limit: asked, after: null };
  const after = /^next_ts:(.+)$/.exec(Buffer.from(cursor, 'base64').toString('utf8'))?.[1];
  if (after === undefined || Number.isNaN(micros(after))) throw new ApiRefusal('invalid_cursor');
  return { limit: asked, after };
}

/** `oldest` and `latest` exclude their own ts unless `inclusive` is set. */
function inRange(messages: readonly StoredMessage[], args: Json): readonly StoredMessage[] {
  const inclusive = isTrue(args.inclusive);
  const oldest = bound(args.oldest, 'invalid_ts_oldest');
  const latest = bound(args.latest, 'invalid_ts_latest');
  return messages.filter(({ ts }) => {
    const at = micros(ts);
    if (oldest !== null && (inclusive ? at < oldest : at <= oldest)) return false;
    return latest === null || (inclusive ? at <= latest : at < latest);
  });
}

function bound(value: unknown, refusal: string): number | null {
  if (value === undefined || value === '' || value === null) return null;
  const text = String(value);
  const at = /^\d+(\.\d{1,6})?$/.test(text) ? Math.round(Number(text) * 1e6) : Number.NaN;
  if (Number.isNaN(at)) throw new ApiRefusal(refusal);
  const exact = micros(text);
  return Number.isNaN(exact) ? at : exact;
}

type Order = 'rising' | 'falling';

/** A thread reads upwards in time, a channel downwards; a cursor names the last message of the page before. */
function pageOf(room: Room, args: Json, messages: readonly StoredMessage[], page: Page, order: Order): Json {
  const after = page.after === null ? null : micros(page.after);
  const sign = order === 'rising' ? 1 : -1;
  const rest = messages.filter(({ ts }) => after === null || sign * (micros(ts) - after) > 0);
  const shown = rest.slice(0, page.limit);
  const hasMore = rest.length > shown.length;
  const last = shown.at(-1)?.ts ?? '';
  return {
    ok: true,
    messages: shown.map((message) => messageJson(room, message, isTrue(args.include_all_metadata))),
    has_more: hasMore,
    response_metadata: { next_cursor: hasMore ? Buffer.from(`next_ts:${last}`).toString('base64') : '' },
  };
}
