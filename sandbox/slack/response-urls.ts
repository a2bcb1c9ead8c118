/** The addresses at which an app may answer an interaction later: five times within half an hour. */
import { randomBytes } from 'node:crypto';
import type { StoredMessage } from './wire';

export interface ResponseTarget {
  readonly user: string;
  /** The message whose button was pressed, for replace_original and delete_original. */
  readonly original: { readonly ts: string; readonly ephemeral: boolean } | null;
}

const USES = 5;
const KEPT = 10_000;
const LIVES_MS = 30 * 60_000;

export class ResponseUrls {
  private readonly open = new Map<string, { target: ResponseTarget; usesLeft: number; until: number }>();
  private readonly listeners = new Map<string, (message: StoredMessage) => void>();

  /** A fresh token for one interaction. */
  issue(target: ResponseTarget): string {
    const token = randomBytes(15).toString('base64url');
    this.open.set(token, { target, usesLeft: USES, until: Date.now() + LIVES_MS });
    if (this.open.size > KEPT) this.open.delete(this.open.keys().next().value ?? '');
    return token;
  }

  /** Takes one use; a word from Slack's vocabulary when it cannot be used any more. */
  use(token: string): ResponseTarget | 'used_url' | 'expired_url' | 'invalid_url' {
    const entry = this.open.get(token);
    if (!entry) return 'invalid_url';
    if (Date.now() > entry.until) return 'expired_url';
    if (entry.usesLeft === 0) return 'used_url';
    entry.usesLeft -= 1;
    return entry.target;
  }

  /** Hears of the messages that came out of one interaction's answers. */
  onAnswer(token: string, listener: (message: StoredMessage) => void): () => void {
    this.listeners.set(token, listener);
    return () => this.listeners.delete(token);
  }

  told(token: string, message: StoredMessage): void {
    this.listeners.get(token)?.(message);
  }
}
