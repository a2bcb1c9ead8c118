import type { By } from './actor';
import type { Evidence } from './evidence';
import type { StepId, WaveId } from './ids';
import type { Json } from './json';
import type { Loss } from './log-loss';
import type { HoldCause } from './outcome';
import type { Plan } from './plan';
import type { PreflightLine } from './preflight';

/** What happened to a wave. Times are epoch ms. The log of these is the truth; everything else follows from it. */
export type WaveEvent =
  | { readonly type: 'WaveStarted'; readonly plan: Plan }
  | { readonly type: 'StepBegun'; readonly step: StepId; readonly attempt: number }
  | { readonly type: 'StateCaptured'; readonly step: StepId; readonly captured: Json }
  | {
      readonly type: 'StepApplied';
      readonly step: StepId;
      readonly summary: string;
      readonly evidence: readonly Evidence[];
      readonly result: Json;
    }
  | {
      readonly type: 'StepWaited';
      readonly step: StepId;
      readonly summary: string;
      readonly evidence: readonly Evidence[];
      readonly nextAt: number;
      readonly until: number | null;
      readonly progress: Json;
    }
  | { readonly type: 'StepFaulted'; readonly step: StepId; readonly summary: string; readonly nextAt: number }
  | {
      readonly type: 'StepPassed';
      readonly step: StepId;
      readonly summary: string;
      readonly evidence: readonly Evidence[];
      readonly result: Json;
      /** Of a preflight: every line that is not green. The red ones among them are waived. */
      readonly preflight?: readonly PreflightLine[];
    }
  | {
      readonly type: 'StepFailed';
      readonly step: StepId;
      readonly summary: string;
      readonly evidence: readonly Evidence[];
    }
  | { readonly type: 'StepSkipped'; readonly step: StepId; readonly reason: string }
  | { readonly type: 'StepRetried'; readonly step: StepId; readonly attempt: number; readonly reason: string }
  | {
      readonly type: 'GateWaited';
      readonly step: StepId;
      readonly summary: string;
      readonly evidence: readonly Evidence[];
      readonly nextAt: number;
      readonly until: number | null;
    }
  | {
      readonly type: 'GateOpened';
      readonly step: StepId;
      readonly gate: number;
      /** What an approval of it is bound to: the plan's hash and what was read just now. */
      readonly hash: string;
      readonly summary: string;
      readonly evidence: readonly Evidence[];
      readonly approvers: readonly string[];
      readonly quorum: number;
      readonly reasonRequired: boolean;
      readonly expiresAt: number;
      readonly undoMs: number;
    }
  | {
      readonly type: 'GateApproved';
      readonly step: StepId;
      readonly gate: number;
      readonly approvals: number;
      readonly quorum: number;
      readonly reason: string | null;
    }
  | { readonly type: 'GateExpired'; readonly step: StepId; readonly gate: number }
  | { readonly type: 'ApprovalVoided'; readonly step: StepId; readonly gate: number; readonly reason: string }
  | {
      readonly type: 'WaveHeld';
      readonly step: StepId;
      readonly cause: HoldCause;
      readonly reason: string;
      readonly evidence: readonly Evidence[];
      /** A text to hand on, for example to the vendor's support. */
      readonly packet: string | null;
      readonly progress: Json;
      /** Of a preflight: every line that is not green. */
      readonly preflight?: readonly PreflightLine[];
    }
  /** One of the people that a waiver takes. `people` counts this one, `of` is how many it takes. */
  | {
      readonly type: 'LineWaived';
      readonly line: string;
      readonly found: string;
      readonly reason: string;
      readonly approver: boolean;
      readonly people: number;
      readonly of: number;
    }
  | { readonly type: 'WaveResumed'; readonly reason: string | null }
  | { readonly type: 'RollbackStarted'; readonly reason: string; readonly undo: readonly StepId[] }
  | { readonly type: 'UndoBegun'; readonly step: StepId; readonly attempt: number }
  | {
      readonly type: 'UndoWaited';
      readonly step: StepId;
      readonly summary: string;
      readonly evidence: readonly Evidence[];
      readonly nextAt: number;
      readonly until: number | null;
    }
  | {
      readonly type: 'UndoFaulted';
      readonly step: StepId;
      readonly summary: string;
      readonly nextAt: number;
      /** The way back that goes first from now on, because this one cannot go on. */
      readonly overtakenBy?: StepId;
    }
  | {
      readonly type: 'StepUndone';
      readonly step: StepId;
      readonly summary: string;
      readonly evidence: readonly Evidence[];
    }
  /** The wave is stuck: `runbook` says what is left to do by hand, newest first. */
  | {
      readonly type: 'UndoFailed';
      readonly step: StepId;
      readonly summary: string;
      readonly evidence: readonly Evidence[];
      readonly runbook: readonly string[];
    }
  | { readonly type: 'UndoRetried'; readonly step: StepId; readonly attempt: number; readonly reason: string | null }
  | { readonly type: 'UndoneByHand'; readonly step: StepId; readonly reason: string }
  /** The store went back in time: acknowledged events are gone. What is known of them stands here, for whoever asks later. */
  | ({ readonly type: 'LogCutBack' } & Loss)
  /** Lost events, word by word, from a copy that still had them: the wave stands as it stood after the last of them. */
  | {
      readonly type: 'EventsRestored';
      readonly from: number;
      readonly to: number;
      readonly events: readonly LoggedEvent[];
    }
  | { readonly type: 'WaveCompleted' }
  | { readonly type: 'WaveRolledBack' }
  | { readonly type: 'WaveAborted'; readonly reason: string; readonly left: readonly string[] };

export type WaveEventType = WaveEvent['type'];

/** An event as it stands in the log. `hash` = SHA-256 of the previous hash followed by the canonical JSON of everything else. */
export interface LoggedEvent {
  readonly wave: WaveId;
  readonly seq: number;
  readonly at: number;
  readonly by: By;
  readonly event: WaveEvent;
  readonly hash: string;
}
