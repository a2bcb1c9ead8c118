import type { Visit } from '../core/commands';
import type { LoggedEvent } from '../core/events';
import type { WaveId } from '../core/ids';
import type { Wave } from '../core/wave';
import { Fault } from './fault';

/** A wave as it stands after its newest event; `head` is that event's hash. */
export interface StoredWave {
  readonly wave: Wave;
  readonly head: string;
}

export type Appended =
  /** `news`: Slack was up to date before this; otherwise somebody has been told already that there is something to hear. */
  | { readonly kind: 'appended'; readonly news: boolean }
  /** The lease that the writer worked under is not its own any more: nothing was appended. */
  | { readonly kind: 'fenced' }
  /** Somebody appended meanwhile: read again and decide again. */
  | { readonly kind: 'conflict' }
  /** Another open wave holds a resource that this one would take. */
  | { readonly kind: 'locked'; readonly resource: string; readonly by: WaveId };

/** The answer to an append was lost, or too few replicas have it: its events may stand in the log, or not. */
export class UnclearAppend extends Fault {}

/** A newer version of the bot has written the wave: nothing is wrong with it, and this process leaves it alone. */
export class NewerWave extends Fault {}

export interface Append {
  readonly wave: WaveId;
  /** `seq` of the last event that the decision was made on; 0 for a new wave. */
  readonly expected: number;
  /** The hash of that event, '' for a new wave: another event of the same number is a conflict too. */
  readonly onto: string;
  readonly events: readonly LoggedEvent[];
  /** Each of `events` as JSON, where the writer has it already. */
  readonly texts?: readonly string[];
  /** The visit that told each of `events`, for whoever counts and logs them; null of people and timers. */
  readonly visits?: readonly (Visit | null)[];
  readonly next: Wave;
  /** When a worker is owed to the wave from now on, epoch ms; null when only people can go on. */
  readonly dueAt: number | null;
  /** Of a worker: the append counts only while its lease is held. With `release` the store lets the lease go with it. */
  readonly lease?: { readonly lease: Lease; readonly release: boolean };
}

/**
 * The event logs. `append` is all or nothing: version, events, state, the index of open waves, the resource locks (taken
 * with WaveStarted, freed when the wave ends) and the note that Slack has something to hear. Contents that do not parse
 * are a permanent `Fault` naming the key; nothing is guessed and nothing overwritten. `load` throws `NewerWave` for a wave
 * that was last written in a form that this version does not know; an append to such a wave conflicts.
 */
export interface WaveLog {
  load(wave: WaveId): Promise<StoredWave | null>;
  append(append: Append): Promise<Appended>;
  /** Events from `from` (1 is the first), in order. */
  read(wave: WaveId, from?: number): Promise<readonly LoggedEvent[]>;
  openWaves(): Promise<readonly WaveId[]>;
  /**
   * At most `most` open waves that have been owed work since `now` or before and that no worker holds. They are not named
   * again before `again`; times in epoch ms of the product's clock.
   */
  dueWaves(now: number, again: number, most: number): Promise<readonly WaveId[]>;
  /** Notes when a wave is owed work, null for never, unless it has moved on from `seq`: heals what `dueWaves` goes by. */
  noteDue(wave: WaveId, seq: number, at: number | null): Promise<void>;
  /** How many open waves `dueWaves` does not know. */
  forgottenWaves(): Promise<number>;
  /** At most `most` waves whose thread has not heard everything and that nobody is telling. */
  silentWaves(most: number): Promise<readonly WaveId[]>;
  /** Waves whose thread has not heard everything. */
  unheardWaves(): Promise<readonly WaveId[]>;
  /** All waves of a site, oldest first. */
  wavesOf(site: string): Promise<readonly WaveId[]>;
}

/** One worker at a time may work on a wave. `token` is checked at every use; a lease that ran out is lost. */
export interface Lease {
  readonly token: string;
  /** True only when the answer is fresh enough to act on at once. A transient `Fault` when the store is too slow for that. */
  readonly isHeld: () => Promise<boolean>;
  /** Whether the newest yes is still fresh enough, by what is known here: asked in the very moment of acting. */
  readonly isFresh: () => boolean;
  /** The store has let it go already: nothing is renewed or released any more. */
  readonly gone: () => void;
  readonly release: () => Promise<void>;
}

export interface WorkLease {
  isFree(wave: WaveId, purpose: 'work' | 'thread'): Promise<boolean>;
  /** Null when another worker has it. Renewed by itself until released or the process dies. */
  take(wave: WaveId, purpose: 'work' | 'thread'): Promise<Lease | null>;
}
