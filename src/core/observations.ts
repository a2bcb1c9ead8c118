import type { LoggedEvent } from './events';
import type { StepId } from './ids';
import type { HoldCause } from './outcome';
import type { StepKind } from './step-kinds';
import { type StepState, stepAt, stepIndex, type Wave } from './wave';

/** What is worth counting of what has just happened to a wave. Every field has few values: no ids, people or sentences. */
export type Observation =
  | { readonly about: 'wave'; readonly became: 'started' | 'completed' | 'rolled-back' | 'aborted' | 'stuck' }
  /** `ms`: from its first visit to its end, null when that is not known any more. */
  | { readonly about: 'step'; readonly kind: StepKind; readonly outcome: StepEnd; readonly ms: number | null }
  | { readonly about: 'fault'; readonly kind: StepKind }
  /** `ms`: how long people took, from the card to the last approval; null for whatever else a gate ends by. */
  | { readonly about: 'gate'; readonly kind: StepKind; readonly decision: GateEnd; readonly ms: number | null }
  | { readonly about: 'hold'; readonly cause: HoldCause }
  | { readonly about: 'rollback'; readonly by: 'person' | 'bot' };

export type StepEnd = 'passed' | 'failed' | 'skipped' | 'undone' | 'undone-by-hand' | 'undo-failed';
export type GateEnd = 'approved' | 'expired' | 'held' | 'voided';

/** `after` is the wave as it stands after all of `events`, which were appended together. */
export function observationsOf(after: Wave, events: readonly LoggedEvent[]): readonly Observation[] {
  const held = events.some(({ event }) => event.type === 'WaveHeld' && event.cause === 'gate-held');
  return events.flatMap((logged) => observed(after, logged, held ? 'held' : 'voided'));
}

/** `voided`: why an approval that is voided here is: a gate that people hold loses what it had. */
function observed(after: Wave, { event, at, by }: LoggedEvent, voided: GateEnd): readonly Observation[] {
  switch (event.type) {
    case 'WaveStarted':
      return [{ about: 'wave', became: 'started' }];
    case 'WaveCompleted':
      return [{ about: 'wave', became: 'completed' }];
    case 'WaveRolledBack':
      return [{ about: 'wave', became: 'rolled-back' }];
    case 'WaveAborted':
      return [{ about: 'wave', became: 'aborted' }];
    case 'StepPassed':
      return [stepEnd(after, event.step, 'passed', at)];
    case 'StepFailed':
      return [stepEnd(after, event.step, 'failed', at)];
    case 'StepSkipped':
      return [stepEnd(after, event.step, 'skipped', at)];
    case 'StepUndone':
      return [stepEnd(after, event.step, 'undone', at)];
    case 'UndoneByHand':
      return [stepEnd(after, event.step, 'undone-by-hand', at)];
    case 'UndoFailed':
      return [stepEnd(after, event.step, 'undo-failed', at), { about: 'wave', became: 'stuck' }];
    case 'StepFaulted':
    case 'UndoFaulted':
      return [{ about: 'fault', kind: of(after, event.step).kind }];
    case 'GateApproved':
      return event.approvals < event.quorum ? [] : [gateEnd(after, event.step, 'approved', at)];
    case 'GateExpired':
      return [gateEnd(after, event.step, 'expired', null)];
    case 'ApprovalVoided':
      return [gateEnd(after, event.step, voided, null)];
    case 'WaveHeld':
      return [{ about: 'hold', cause: event.cause }];
    case 'RollbackStarted':
      return [{ about: 'rollback', by: by.kind }];
    case 'StepBegun':
    case 'StateCaptured':
    case 'StepApplied':
    case 'StepWaited':
    case 'StepRetried':
    case 'GateWaited':
    case 'GateOpened':
    case 'LineWaived':
    case 'WaveResumed':
    case 'LogCutBack':
    case 'EventsRestored':
    case 'UndoBegun':
    case 'UndoWaited':
    case 'UndoRetried':
      return [];
  }
}

function of(wave: Wave, step: StepId): { readonly kind: StepKind; readonly state: StepState } {
  const { planned, state } = stepAt(wave, stepIndex(wave, step));
  return { kind: planned.kind, state };
}

function stepEnd(after: Wave, step: StepId, outcome: StepEnd, at: number): Observation {
  const { kind, state } = of(after, step);
  return { about: 'step', kind, outcome, ms: state.startedAt === null ? null : Math.max(0, at - state.startedAt) };
}

function gateEnd(after: Wave, step: StepId, decision: GateEnd, at: number | null): Observation {
  const { kind, state } = of(after, step);
  const { gate } = state;
  const ms = at === null || gate.state === 'closed' ? null : Math.max(0, at - gate.openedAt);
  return { about: 'gate', kind, decision, ms };
}
