/** The shapes that cross the workspace's borders: what it stores, what it shows, and what its owner may ask of it. */

export type Json = Readonly<Record<string, unknown>>;

/** A Block Kit block that has passed `block-rules.ts`; always carries a block_id. */
export type Block = Json & { readonly type: string; readonly block_id: string };

export type Role = 'operator' | 'approver' | 'outsider';

export interface WorkspaceUser {
  readonly id: string;
  readonly name: string;
  readonly realName: string;
  readonly role: Role;
  /** Up to three letters in place of the initials. */
  readonly avatar?: string;
  /** Their home, when it is not this workspace: somebody of a shared channel. */
  readonly teamId?: string;
  /** What `users.info` says besides, for example `is_restricted` or `deleted`. */
  readonly marks?: Json;
}

export interface UserGroup {
  readonly id: string;
  readonly handle: string;
  readonly name: string;
  readonly users: readonly string[];
}

export interface CommandHint {
  readonly verb: string;
  readonly args: string;
  readonly about: string;
}

/** Live figures beside the conversation. `get` returns JSON for the page's "World" strip, `post` carries a switch back. */
export interface Panel {
  get(): object;
  post(action: string, body: object): Promise<void>;
}

export interface WorkspaceOptions {
  /** 0 takes any free port; the workspace binds to 127.0.0.1 only. */
  readonly port?: number;
  readonly botToken: string;
  readonly appToken: string;
  readonly signingSecret: string;
  readonly teamId?: string;
  readonly teamName?: string;
  readonly botName?: string;
  readonly channel: { readonly id: string; readonly name: string };
  readonly users: readonly WorkspaceUser[];
  readonly userGroups: readonly UserGroup[];
  /** The bot's /slack/events; null means Socket Mode. */
  readonly requestUrl?: string | null;
  /** Milliseconds; only message timestamps follow it. Tokens, triggers and signatures live in real time. */
  readonly now?: () => number;
  /** Messages survive a restart when given: one JSON line per change. */
  readonly storeFile?: string;
  /** Where the app finds the workspace, when something stands in between; without a slash at the end. */
  readonly reachedAt?: () => string | null;
  /** Off by default because sandbox time is scaled: one post per second and channel, after a short burst. */
  readonly rateLimits?: boolean;
  /** The slash command that the app has registered; default `/cutover`. */
  readonly slashCommand?: string;
  readonly commandHints?: readonly CommandHint[];
  readonly panel?: Panel;
}

export interface StoredFile {
  readonly id: string;
  readonly name: string;
  readonly title: string;
  readonly size: number;
  readonly url: string;
}

export interface StoredMessage {
  readonly channel: string;
  readonly ts: string;
  /** The root's ts for a reply, null for a message in the channel itself. */
  readonly thread_ts: string | null;
  /** The author: the bot's user id, a person's id, or USLACKBOT. */
  readonly user: string;
  readonly text: string;
  readonly blocks: readonly Block[];
  readonly attachments: readonly Json[];
  readonly metadata: Json | null;
  readonly files: readonly StoredFile[];
  readonly reactions: readonly { readonly name: string; readonly users: readonly string[] }[];
  readonly pinned: boolean;
  /** How often chat.update or a response_url replaced it. */
  readonly edits: number;
  /** Shown as "(edited)"; Slack sets it for text updates only. */
  readonly editedAt: string | null;
  readonly broadcast: boolean;
  /** Set on ephemerals: the only person who sees it. */
  readonly visibleTo: string | null;
}

export type MessageChange = {
  readonly kind: 'posted' | 'updated' | 'ephemeral' | 'deleted';
  readonly message: StoredMessage;
  readonly user?: string;
};

export interface StoredView {
  readonly id: string;
  readonly user: string;
  readonly hash: string;
  readonly external_id: string;
  readonly callback_id: string;
  readonly private_metadata: string;
  readonly title: Json;
  readonly submit: Json | null;
  readonly close: Json | null;
  readonly blocks: readonly Block[];
  readonly notify_on_close: boolean;
  readonly clear_on_close: boolean;
  readonly root_view_id: string;
  readonly previous_view_id: string | null;
}

/** What a person sees after pressing Enter on a slash command. */
export interface CommandReply {
  /** Slack's own complaint (`operation_timeout`, `dispatch_failed`, ...), null when the app answered in time. */
  readonly error: string | null;
  /** The acknowledgement's body: text, a message, or null when it was empty. */
  readonly ack: string | Json | null;
  /** Everything that appeared for this person because of the command, in order. */
  readonly messages: readonly StoredMessage[];
  /** All of their texts, joined by line breaks; blocks count where a message has no text. */
  readonly text: string;
}

export type Fault =
  | { readonly kind: 'ratelimited'; readonly retryAfter: number }
  | { readonly kind: 'http'; readonly status: number }
  | { readonly kind: 'stored-then-500' }
  | { readonly kind: 'stored-then-hang' }
  | { readonly kind: 'hang' };

/** How nobody gets an answer: connections are refused, every call is answered with 500, or none is answered at all. */
export type Away = 'refused' | 'failing' | 'silent';

export interface Workspace {
  /** The page for people. */
  readonly url: string;
  /** What SLACK_API_URL should be; ends with /api/. */
  readonly apiUrl: string;
  readonly botUserId: string;
  setRequestUrl(url: string | null): void;
  /** All messages, roots and replies, oldest first. */
  messages(): readonly StoredMessage[];
  onMessage(listener: (change: MessageChange) => void): () => void;
  /** Types a slash command as somebody; resolves with what that person saw. */
  command(userId: string, text: string, options?: { readonly settleMs?: number }): Promise<CommandReply>;
  /**
   * Presses a button or picks from a menu as somebody; a confirm dialog is confirmed. A button that is gone from the
   * newest version is pressed from the newest older one that had it, as a client that has not redrawn would.
   * `messageTs` may also be an ephemeral's ts or a view id. Rejects when the app does not answer with 200 in time.
   */
  click(userId: string, messageTs: string, actionIdPrefixOrExact: string, overrideValue?: string): Promise<void>;
  /** The person's stack of modals, topmost last. */
  openViews(userId: string): readonly StoredView[];
  /** Fills in a modal by block_id and submits it; errors are those of the client itself or of the app. */
  submitView(
    userId: string,
    viewId: string,
    values: Readonly<Record<string, string>>,
  ): Promise<{ errors?: Record<string, string> }>;
  closeView(userId: string, viewId: string): Promise<void>;
  ephemerals(userId: string): readonly StoredMessage[];
  /** What an owner of the workspace does: renames people, makes them guests, deactivates them, moves them between groups. */
  readonly admin: {
    change(userId: string, change: Partial<Omit<WorkspaceUser, 'id'>>): void;
    regroup(groupId: string, users: readonly string[]): void;
  };
  /** Writes as a person; a text that starts with the slash command is refused, as Slack does in threads. */
  say(userId: string, text: string, threadTs?: string): StoredMessage;
  readonly faults: {
    /** The next `times` calls of a method (`*` for any) fail this way. */
    next(method: string, fault: Fault, times?: number): void;
    /** Slack is unreachable: 503 everywhere, sockets dropped. */
    down(on: boolean): void;
    /** Slack is unreachable in this manner from now on, calls that wait are cut; null: it is back. Resolves once it holds. */
    away(manner: Away | null): Promise<void>;
    /** From now on posts are refused with 429 past about one a second, or not any more. */
    paced(on: boolean): void;
  };
  close(): Promise<void>;
}

/** True for a plain JSON object. */
export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value as a string, or the fallback when it is anything else. */
export function asText(value: unknown, fallback = ''): string {
  return typeof value === 'string' ? value : fallback;
}
