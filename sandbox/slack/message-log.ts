/** The channel's memory: messages by timestamp, ephemerals by person, an optional file that survives a restart. */
import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { isJson, type MessageChange, type StoredMessage } from './wire';

export type NewMessage = Pick<StoredMessage, 'user' | 'text'> &
  Partial<Pick<StoredMessage, 'blocks' | 'attachments' | 'metadata' | 'files' | 'thread_ts' | 'broadcast'>>;

export type MessageEdit = Partial<
  Pick<StoredMessage, 'text' | 'blocks' | 'attachments' | 'metadata' | 'editedAt' | 'broadcast'>
>;

/** Older versions are kept so that a click from a client that has not redrawn yet can be replayed. */
const VERSIONS_KEPT = 20;
const EPHEMERALS_KEPT = 500;

export class MessageLog {
  private readonly byTs = new Map<string, StoredMessage>();
  private readonly versions = new Map<string, StoredMessage[]>();
  private readonly whispers: StoredMessage[] = [];
  private readonly listeners = new Set<(change: MessageChange) => void>();
  private lastMicros = 0;

  constructor(
    private readonly channel: string,
    private readonly now: () => number,
    private readonly storeFile?: string,
  ) {
    if (storeFile) this.load(storeFile);
  }

  /** A timestamp later than every one before it, also when the clock stands still or goes back. */
  nextTs(): string {
    this.lastMicros = Math.max(Math.floor(this.now() * 1000), this.lastMicros + 1);
    return `${Math.floor(this.lastMicros / 1e6)}.${String(this.lastMicros % 1e6).padStart(6, '0')}`;
  }

  /** Everything that is not ephemeral, oldest first. */
  all(): readonly StoredMessage[] {
    return [...this.byTs.values()];
  }

  roots(): readonly StoredMessage[] {
    return this.all().filter((message) => message.thread_ts === null || message.broadcast);
  }

  replies(rootTs: string): readonly StoredMessage[] {
    return this.all().filter((message) => message.thread_ts === rootTs);
  }

  get(ts: string): StoredMessage | undefined {
    return this.byTs.get(ts);
  }

  /** The message's earlier versions, newest first. */
  earlier(ts: string): readonly StoredMessage[] {
    return [...(this.versions.get(ts) ?? [])].reverse();
  }

  ephemeralsOf(user: string): readonly StoredMessage[] {
    return this.whispers.filter((message) => message.visibleTo === user);
  }

  ephemeral(user: string, ts: string): StoredMessage | undefined {
    return this.whispers.find((message) => message.ts === ts && message.visibleTo === user);
  }

  post(message: NewMessage): StoredMessage {
    const stored = this.stamp(message, null);
    this.byTs.set(stored.ts, stored);
    return this.changed({ kind: 'posted', message: stored });
  }

  whisper(user: string, message: NewMessage): StoredMessage {
    const stored = this.stamp(message, user);
    this.whispers.push(stored);
    if (this.whispers.length > EPHEMERALS_KEPT) this.whispers.shift();
    return this.changed({ kind: 'ephemeral', message: stored, user });
  }

  /** A new version in the same place. */
  edit(ts: string, edit: MessageEdit): StoredMessage | undefined {
    const old = this.byTs.get(ts);
    if (!old) return undefined;
    this.versions.set(ts, [...(this.versions.get(ts) ?? []), old].slice(-VERSIONS_KEPT));
    return this.replace({ ...old, ...edit, edits: old.edits + 1 });
  }

  /** A mark on a message that is not an edit: a reaction, a pin, a file. */
  mark(ts: string, mark: Partial<Pick<StoredMessage, 'reactions' | 'pinned' | 'files'>>): StoredMessage | undefined {
    const old = this.byTs.get(ts);
    return old && this.replace({ ...old, ...mark });
  }

  editWhisper(user: string, ts: string, edit: MessageEdit): StoredMessage | undefined {
    const index = this.whispers.findIndex((message) => message.ts === ts && message.visibleTo === user);
    const old = this.whispers[index];
    if (!old) return undefined;
    const message = { ...old, ...edit, edits: old.edits + 1 };
    this.whispers[index] = message;
    return this.changed({ kind: 'updated', message, user });
  }

  remove(ts: string): boolean {
    const message = this.byTs.get(ts);
    if (!message) return false;
    this.byTs.delete(ts);
    this.changed({ kind: 'deleted', message });
    return true;
  }

  removeWhisper(user: string, ts: string): boolean {
    const index = this.whispers.findIndex((message) => message.ts === ts && message.visibleTo === user);
    const message = this.whispers[index];
    if (!message) return false;
    this.whispers.splice(index, 1);
    this.changed({ kind: 'deleted', message, user });
    return true;
  }

  onChange(listener: (change: MessageChange) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private stamp(message: NewMessage, visibleTo: string | null): StoredMessage {
    return {
      channel: this.channel,
      ts: this.nextTs(),
      thread_ts: message.thread_ts ?? null,
      user: message.user,
      text: message.text,
      blocks: message.blocks ?? [],
      attachments: message.attachments ?? [],
      metadata: message.metadata ?? null,
      files: message.files ?? [],
      reactions: [],
      pinned: false,
      edits: 0,
      editedAt: null,
      broadcast: message.broadcast ?? false,
      visibleTo,
    };
  }

  private replace(message: StoredMessage): StoredMessage {
    this.byTs.set(message.ts, message);
    return this.changed({ kind: 'updated', message });
  }

  private changed(change: MessageChange): StoredMessage {
    // Ephemerals are not persistent in Slack either.
    if (this.storeFile && change.message.visibleTo === null) {
      appendFileSync(this.storeFile, `${JSON.stringify({ kind: change.kind, message: change.message })}\n`);
    }
    for (const listener of this.listeners) listener(change);
    return change.message;
  }

  private load(file: string): void {
    mkdirSync(dirname(file), { recursive: true });
    if (!existsSync(file)) return;
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      const change = parseChange(line);
      if (!change) continue;
      const { ts } = change.message;
      if (change.kind === 'deleted') this.byTs.delete(ts);
      else this.byTs.set(ts, change.message);
      this.lastMicros = Math.max(this.lastMicros, micros(ts));
    }
  }
}

/** A line that was cut off by a crash is skipped: its message was never answered. */
function parseChange(line: string): MessageChange | null {
  try {
    const change: unknown = JSON.parse(line);
    if (!isJson(change) || !isJson(change.message) || typeof change.message.ts !== 'string') return null;
    return change as unknown as MessageChange;
  } catch {
    return null;
  }
}

/** A message timestamp as a comparable number; NaN when it is not one. */
export function micros(ts: string): number {
  const match = /^(\d{1,10})\.(\d{6})$/.exec(ts);
  return match ? Number(match[1]) * 1e6 + Number(match[2]) : Number.NaN;
}
