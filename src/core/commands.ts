import type { Actor } from './actor';
import type { LoggedEvent } from './events';
import type { Evidence } from './evidence';
import type { StepId } from './ids';
import type { Json } from './json';
import type { Loss } from './log-loss';
import type { Outcome, UndoOutcome } from './outcome';
import type { Plan } from './plan';

/** The visit of a job: a report that carries an old one is refused, so a job may run twice and count once. */
export interface Visit {
  readonly step: StepId;
  readonly attempt: number;
  readonly visit: number;
}

/** What anybody may ask of a wave: people by Slack or the command line, workers by their reports, timers. */
export type WaveCommand =
  | { readonly type: 'StartWave'; readonly plan: Plan; readonly actor: Actor }
  | { readonly type: 'BeginStep'; readonly visit: Visit; readonly actor: Actor }
  | { readonly type: 'CaptureState'; readonly visit: Visit; readonly captured: Json; readonly actor: Actor }
  | { readonly type: 'ReportStep'; readonly visit: Visit; readonly outcome: Outcome; readonly actor: Actor }
  | {
      readonly type: 'ReportGate';
      readonly visit: Visit;
      readonly outcome: Outcome;
      readonly hash: string;
      readonly actor: Actor;
    }
  | { readonly type: 'BeginUndo'; readonly visit: Visit; readonly actor: Actor }
  | {
      readonly type: 'ReportUndo';
      readonly visit: Visit;
      readonly outcome: UndoOutcome;
      readonly runbook: readonly string[];
      readonly actor: Actor;
    }
  | {
      readonly type: 'ApproveGate';
      readonly step: StepId;
      readonly gate: number;
      readonly hash: string;
      readonly reason: string | null;
      readonly actor: Actor;
    }
  | {
      readonly type: 'HoldGate';
      readonly step: StepId;
      readonly gate: number;
      readonly reason: string;
      readonly actor: Actor;
    }
  | { readonly type: 'PauseWave'; readonly reason: string | null; readonly actor: Actor }
  | { readonly type: 'ResumeWave'; readonly reason: string | null; readonly actor: Actor }
  | { readonly type: 'RetryStep'; readonly reason: string | null; readonly actor: Actor }
  | { readonly type: 'SkipStep'; readonly reason: string; readonly actor: Actor }
  /** A red line of the preflight, by its id. */
  | { readonly type: 'WaiveLine'; readonly line: string; readonly reason: string; readonly actor: Actor }
  /** `gate`: the number on the card whose button was pressed; null from elsewhere. */
  | { readonly type: 'RollBack'; readonly reason: string; readonly gate?: number | null; readonly actor: Actor }
  | { readonly type: 'AbortWave'; readonly reason: string; readonly actor: Actor }
  /** Found by comparing the log as it stood after event `seq` with whoever remembers more. `runbook`: what is left to do by hand. */
  | {
      readonly type: 'ReportLoss';
      readonly seq: number;
      readonly loss: Loss;
      readonly runbook: readonly string[];
      readonly actor: Actor;
    }
  /** Lost events put back from a copy that still has them. */
  | { readonly type: 'RestoreEvents'; readonly events: readonly LoggedEvent[]; readonly actor: Actor }
  /** A timer: whatever has run out by now. */
  | { readonly type: 'Tick'; readonly actor: Actor };

export type CommandType = WaveCommand['type'];

/** A no with the sentence that its reader needs: what is the matter and what can be done. */
export interface Refusal {
  readonly kind: 'refusal';
  readonly code:
    | 'no-wave'
    | 'exists'
    | 'ended'
    | 'not-now'
    | 'stale'
    | 'not-allowed'
    | 'own-wave'
    | 'decided'
    | 'incomplete'
    | 'not-skippable'
    | 'not-waivable'
    | 'locked';
  readonly sentence: string;
}

export interface Decided {
  readonly kind: 'decided';
  /** None means: already so. */
  readonly events: readonly import('./events').WaveEvent[];
}

export type Decision = Decided | Refusal;

export const refuse = (code: Refusal['code'], sentence: string): Refusal => ({ kind: 'refusal', code, sentence });
export const decided = (...events: readonly import('./events').WaveEvent[]): Decided => ({ kind: 'decided', events });

/** No evidence to show. */
export const NO_EVIDENCE: readonly Evidence[] = [];
