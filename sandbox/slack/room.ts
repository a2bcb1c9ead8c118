/** What every part of the workspace shares, and how a message is told to an app. */
import type { Directory } from './directory';
import type { Files } from './files';
import type { MessageLog } from './message-log';
import type { ResponseUrls } from './response-urls';
import type { SocketMode } from './socket-mode';
import type { Views } from './views';
import type { Json, StoredMessage } from './wire';

export interface Room {
  readonly directory: Directory;
  readonly log: MessageLog;
  readonly views: Views;
  readonly responseUrls: ResponseUrls;
  readonly files: Files;
  readonly sockets: SocketMode;
  /** `http://127.0.0.1:PORT`, known once the server listens. */
  base(): string;
}

/** A refusal in the Web API's words; becomes `{ok: false, error}`. */
export class ApiRefusal extends Error {
  constructor(
    readonly code: string,
    readonly messages: readonly string[] = [],
  ) {
    super(code);
  }
}

/** A message in the shape of the Web API and of interaction payloads. */
export function messageJson(room: Room, message: StoredMessage, withMetadata = false): Json {
  const { directory, log } = room;
  const isBot = message.user === directory.botUserId;
  const replies = message.thread_ts === null ? log.replies(message.ts) : [];
  return {
    type: 'message',
    ...(message.visibleTo === null ? {} : { subtype: 'bot_message', is_ephemeral: true }),
    ts: message.ts,
    user: message.user,
    team: directory.teamId,
    text: message.text,
    ...(isBot
      ? {
          bot_id: directory.botId,
          app_id: directory.appId,
          bot_profile: {
            id: directory.botId,
            app_id: directory.appId,
            name: directory.botName,
            team_id: directory.teamId,
            deleted: false,
          },
        }
      : {}),
    ...(message.blocks.length > 0 ? { blocks: message.blocks } : {}),
    ...(message.attachments.length > 0 ? { attachments: message.attachments } : {}),
    ...(message.files.length > 0 ? { files: message.files } : {}),
    ...(message.editedAt ? { edited: { user: message.user, ts: message.editedAt } } : {}),
    ...(message.reactions.length > 0
      ? { reactions: message.reactions.map((reaction) => ({ ...reaction, count: reaction.users.length })) }
      : {}),
    ...(message.thread_ts !== null
      ? { thread_ts: message.thread_ts, parent_user_id: log.get(message.thread_ts)?.user }
      : {}),
    ...(replies.length > 0
      ? {
          thread_ts: message.ts,
          reply_count: replies.length,
          reply_users: [...new Set(replies.map((reply) => reply.user))],
          latest_reply: replies.at(-1)?.ts,
        }
      : {}),
    ...(withMetadata && message.metadata ? { metadata: message.metadata } : {}),
  };
}

/** Where a person finds the message in a browser. */
export function permalink(room: Room, message: StoredMessage): string {
  const link = `${room.base()}/archives/${message.channel}/p${message.ts.replace('.', '')}`;
  return message.thread_ts === null ? link : `${link}?thread_ts=${message.thread_ts}&cid=${message.channel}`;
}
