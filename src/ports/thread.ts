import type { WaveId } from '../core/ids';
import type { Lease } from './wave-log';

/** A message of ours as it is to be shown. `blocks` are Slack blocks; `metadata` is found again by its numbers. */
export interface Message {
  readonly text: string;
  readonly blocks: readonly object[];
  /** A no: what was asked was not done. Tells the command line how to end. */
  readonly refused?: true;
}

export interface MessageMark {
  readonly wave: WaveId;
  /** Events from..to that the message tells; the root card is 0..0. */
  readonly from: number;
  readonly to: number;
  /** When the wave's waiting ends, epoch ms, for whoever reads the card by machine; null when nobody can say. */
  readonly waitingUntil?: number | null;
  readonly status?: string;
  /** The events' types, and the steps that may have begun by them, each once: what is known of them should the store lose them. */
  readonly kinds?: readonly string[];
  readonly steps?: readonly string[];
}

/** The answer to a post was lost: the message may or may not stand there. `find` is asked before posting again. */
export class UnclearPost extends Error {
  constructor(message: string, cause: unknown) {
    super(message, { cause });
    this.name = 'UnclearPost';
  }
}

/** Asked when nothing but the sending itself is left to do. After a no nothing is sent: a transient `Fault`. */
export type MaySend = () => boolean;

/**
 * Slack as the place of a wave's audit thread. `postRoot` and `post` may throw `UnclearPost`; 429 is a transient `Fault`
 * with `retryAfterMs` in real time: nothing was posted. A refused message is a permanent `Fault`.
 */
export interface Thread {
  postRoot(
    message: Message,
    mark: MessageMark,
    maySend?: MaySend,
  ): Promise<{ readonly channel: string; readonly ts: string }>;
  post(
    root: { readonly channel: string; readonly ts: string },
    message: Message,
    mark: MessageMark,
    maySend?: MaySend,
  ): Promise<{ readonly ts: string }>;
  /** `gone`: the message was deleted, or Slack lets nobody change it any more. */
  update(
    channel: string,
    ts: string,
    message: Message,
    mark: MessageMark,
    maySend?: MaySend,
  ): Promise<'updated' | 'gone'>;
  /** The ts of the message with this mark; `root` null looks for root cards in the channel. `after`: epoch ms of the earliest it can be. */
  find(
    root: { readonly channel: string; readonly ts: string } | null,
    mark: MessageMark,
    after: number,
  ): Promise<{ readonly channel: string; readonly ts: string } | null>;
}

/** How far a wave's thread has come. `intent` was noted before a post whose answer is not known. */
export interface ThreadCursor {
  readonly root: { readonly channel: string; readonly ts: string } | null;
  readonly heard: number;
  readonly intent: { readonly from: number; readonly to: number; readonly at: number } | null;
  /** Gate cards by gate number, so that they can be redrawn. */
  readonly gates: Readonly<Record<string, { readonly ts: string; readonly seq: number; readonly drawn: string }>>;
  /** The event that the root card shows. */
  readonly rootSeq: number;
}

export interface ThreadCursors {
  load(wave: WaveId): Promise<ThreadCursor>;
  /** False when the lease is not held any more: somebody else keeps the thread, and nothing was noted. */
  save(wave: WaveId, cursor: ThreadCursor, lease: Lease): Promise<boolean>;
  /** Takes the wave off the list of unheard ones if its log is still at `seq`; false when it has grown. */
  caughtUp(wave: WaveId, seq: number): Promise<boolean>;
}
