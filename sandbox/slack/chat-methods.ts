/** chat.*: posting, updating, deleting, whispering. */
import { refuseBlocks, withIds } from './block-rules';
import type { NewMessage } from './message-log';
import { micros } from './message-log';
import { ApiRefusal, messageJson, permalink, type Room } from './room';
import type { Methods } from './web-api';
import { asText, isJson, type Json, type StoredMessage } from './wire';

const MAX_POST_TEXT = 40_000;
const MAX_UPDATE_TEXT = 4000;
const MAX_MARKDOWN = 12_000;
const MAX_METADATA_BYTES = 16_000;

export const chatMethods: Methods = {
  'chat.postMessage': (room, args) => {
    needChannel(room, args);
    const content = readContent(args, MAX_POST_TEXT);
    if (!content.text && !content.blocks?.length && !content.attachments?.length) throw new ApiRefusal('no_text');
    const thread = readThread(room, args.thread_ts);
    const message = room.log.post({
      ...content,
      user: room.directory.botUserId,
      thread_ts: thread,
      broadcast: thread !== null && isTrue(args.reply_broadcast),
    });
    return { ok: true, channel: message.channel, ts: message.ts, message: messageJson(room, message, true) };
  },

  'chat.update': (room, args) => {
    needChannel(room, args);
    const old = needMessage(room, args.ts, 'message_not_found');
    if (old.user !== room.directory.botUserId) throw new ApiRefusal('cant_update_message');
    const content = readContent(args, MAX_UPDATE_TEXT);
    const given = { text: args.text ?? args.markdown_text, blocks: args.blocks, attachments: args.attachments };
    if (Object.values(given).every((value) => value === undefined)) throw new ApiRefusal('no_text');
    // A text alone removes the blocks; without a text the old blocks stay.
    const blocks = content.blocks ?? (given.text === undefined ? old.blocks : []);
    if (!content.text && blocks.length === 0 && !content.attachments?.length) throw new ApiRefusal('no_text');
    const message = room.log.edit(old.ts, {
      text: given.text === undefined ? old.text : content.text,
      blocks,
      ...(content.attachments ? { attachments: content.attachments } : {}),
      ...(content.metadata === undefined
        ? {}
        : { metadata: content.metadata === null || isEmpty(content.metadata) ? null : content.metadata }),
      editedAt: given.blocks === undefined ? room.log.nextTs() : old.editedAt,
      broadcast: old.broadcast || (old.thread_ts !== null && isTrue(args.reply_broadcast)),
    });
    if (!message) throw new ApiRefusal('message_not_found');
    return {
      ok: true,
      channel: message.channel,
      ts: message.ts,
      text: message.text,
      message: messageJson(room, message, true),
    };
  },

  'chat.delete': (room, args) => {
    needChannel(room, args);
    const old = needMessage(room, args.ts, 'message_not_found');
    if (old.user !== room.directory.botUserId) throw new ApiRefusal('cant_delete_message');
    room.log.remove(old.ts);
    return { ok: true, channel: old.channel, ts: old.ts };
  },

  'chat.postEphemeral': (room, args) => {
    needChannel(room, args);
    const user = asText(args.user);
    if (!room.directory.person(user)) throw new ApiRefusal('user_not_in_channel');
    const content = readContent(args, MAX_POST_TEXT);
    if (!content.text && !content.blocks?.length && !content.attachments?.length) throw new ApiRefusal('no_text');
    const thread_ts = readThread(room, args.thread_ts);
    const message = room.log.whisper(user, { ...content, user: room.directory.botUserId, thread_ts });
    return { ok: true, message_ts: message.ts };
  },

  'chat.getPermalink': (room, args) => {
    needChannel(room, args);
    const message = needMessage(room, args.message_ts, 'message_not_found');
    return { ok: true, channel: message.channel, permalink: permalink(room, message) };
  },
};

/** Text, blocks, attachments and metadata of a call, or Slack's refusal. Shared with response_url posts. */
export function readContent(args: Json, maxText: number): Omit<NewMessage, 'user'> {
  const markdown = asText(args.markdown_text);
  if (markdown && (args.text !== undefined || args.blocks !== undefined))
    throw new ApiRefusal('markdown_text_conflict');
  if (markdown.length > MAX_MARKDOWN) throw new ApiRefusal('msg_too_long');
  if (args.text !== undefined && args.text !== null && typeof args.text !== 'string') {
    throw new ApiRefusal('invalid_arguments', ['[ERROR] must be a string [json-pointer:/text]']);
  }
  const text = asText(args.text);
  if (text.length > maxText) throw new ApiRefusal('msg_too_long');
  const blocks = markdown ? [{ type: 'markdown', text: markdown }] : readBlocks(args.blocks);
  const attachments = readAttachments(args.attachments);
  const metadata = readMetadata(args.metadata);
  return {
    text: text || markdown,
    ...(blocks ? { blocks: withIds(blocks) } : {}),
    ...(attachments ? { attachments } : {}),
    ...(metadata ? { metadata } : {}),
  };
}

/** Refuses any channel but the one that exists. */
export function needChannel(room: Room, args: Json): void {
  if (args.channel === undefined || args.channel === '')
    throw new ApiRefusal('invalid_arguments', ['[ERROR] missing required field: channel']);
  if (!room.directory.isChannel(args.channel)) throw new ApiRefusal('channel_not_found');
}

/** The stored message, or the refusal that this method uses for an unknown one. */
export function needMessage(room: Room, ts: unknown, refusal: string): StoredMessage {
  const message = typeof ts === 'string' ? room.log.get(ts) : undefined;
  if (!message) throw new ApiRefusal(refusal);
  return message;
}

/** Slack takes booleans as JSON or as the words of a form. */
export function isTrue(value: unknown): boolean {
  return value === true || value === 'true' || value === '1';
}

/** The root a reply hangs on; replies hang on roots only, and on roots that exist. */
export function readThread(room: Room, threadTs: unknown): string | null {
  if (threadTs === undefined || threadTs === null || threadTs === '') return null;
  if (typeof threadTs !== 'string' || Number.isNaN(micros(threadTs))) throw new ApiRefusal('invalid_thread_ts');
  const root = room.log.get(threadTs);
  if (!root) throw new ApiRefusal('thread_not_found');
  if (root.thread_ts !== null) throw new ApiRefusal('invalid_thread_ts');
  return threadTs;
}

function readBlocks(value: unknown): readonly Json[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value)) throw new ApiRefusal('invalid_blocks_format');
  const refused = refuseBlocks(value);
  if (refused) throw new ApiRefusal(refused.error, refused.messages);
  return value.filter(isJson);
}

function readAttachments(value: unknown): readonly Json[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || !value.every(isJson)) throw new ApiRefusal('invalid_attachments');
  if (value.length > 100) throw new ApiRefusal('too_many_attachments');
  return value.map((attachment) => {
    const blocks = readBlocks(attachment.blocks);
    return blocks ? { ...attachment, blocks: withIds(blocks) } : attachment;
  });
}

function readMetadata(value: unknown): Json | undefined {
  if (value === undefined || value === null) return undefined;
  if (!isJson(value)) throw new ApiRefusal('invalid_metadata_format');
  if (isEmpty(value)) return value;
  if (typeof value.event_type !== 'string' || value.event_type === '' || !isJson(value.event_payload)) {
    throw new ApiRefusal('invalid_metadata_format');
  }
  if (Buffer.byteLength(JSON.stringify(value)) > MAX_METADATA_BYTES) throw new ApiRefusal('metadata_too_large');
  return value;
}

function isEmpty(value: Json): boolean {
  return Object.keys(value).length === 0;
}
