/** What an app sends to a response_url, or as the body of an acknowledgement: a new message, a replacement, a removal. */
import { isTrue, readContent, readThread } from './chat-methods';
import type { ResponseTarget } from './response-urls';
import { ApiRefusal, type Room } from './room';
import { isJson, type Json } from './wire';

const MAX_TEXT = 40_000;

export interface ResponseAnswer {
  readonly status: number;
  readonly body: string;
}

/** Serves one post to a response_url. */
export function takeResponse(room: Room, token: string, body: string): ResponseAnswer {
  const target = room.responseUrls.use(token);
  if (typeof target === 'string') return refused(404, target);
  try {
    answerAt(room, token, target, parse(body));
    return { status: 200, body: 'ok' };
  } catch (error) {
    if (error instanceof ApiRefusal) return refused(400, error.code);
    throw error;
  }
}

/** Does what the answer asks for; throws an ApiRefusal when Slack would not. */
export function answerAt(room: Room, token: string, target: ResponseTarget, json: Json): void {
  const { original, user } = target;
  if (isTrue(json.delete_original) && original) {
    if (original.ephemeral) room.log.removeWhisper(user, original.ts);
    else room.log.remove(original.ts);
    return;
  }
  const content = readContent(json, MAX_TEXT);
  if (!content.text && !content.blocks?.length && !content.attachments?.length) throw new ApiRefusal('no_text');
  if (isTrue(json.replace_original) && original) {
    const edit = { text: content.text, blocks: content.blocks ?? [], attachments: content.attachments ?? [] };
    if (original.ephemeral) room.log.editWhisper(user, original.ts, edit);
    else room.log.edit(original.ts, edit);
    return;
  }
  const message = { ...content, user: room.directory.botUserId, thread_ts: readThread(room, json.thread_ts) };
  const shown = json.response_type === 'in_channel' ? room.log.post(message) : room.log.whisper(user, message);
  room.responseUrls.told(token, shown);
}

function parse(body: string): Json {
  try {
    const value: unknown = JSON.parse(body);
    if (isJson(value)) return value;
  } catch {
    // Told below, together with JSON that is not an object.
  }
  throw new ApiRefusal('invalid_payload');
}

function refused(status: number, error: string): ResponseAnswer {
  return { status, body: JSON.stringify({ ok: false, error }) };
}
