import type { LoggedEvent, WaveEvent, WaveEventType } from '../src/core/events';
import { stepAt, stepIndex, type Wave } from '../src/core/wave';
import * as gates from './tell-gates';
import { eventsRestored, logCutBack } from './tell-loss';
import * as steps from './tell-steps';
import * as waves from './tell-waves';
import type { Teller, Telling } from './telling';
import { onlyLooks } from './undo-words';

/** Every event has its words: a new type does not compile without them. */
const TELLERS: { readonly [Type in WaveEventType]: Teller<Type> } = {
  WaveStarted: waves.waveStarted,
  StepBegun: steps.stepBegun,
  StateCaptured: steps.stateCaptured,
  StepApplied: steps.stepApplied,
  StepWaited: steps.stepWaited,
  StepFaulted: steps.stepFaulted,
  StepPassed: steps.stepPassed,
  StepFailed: steps.stepFailed,
  StepSkipped: steps.stepSkipped,
  StepRetried: steps.stepRetried,
  GateWaited: gates.gateWaited,
  GateOpened: gates.gateOpened,
  GateApproved: gates.gateApproved,
  GateExpired: gates.gateExpired,
  ApprovalVoided: gates.approvalVoided,
  WaveHeld: waves.waveHeld,
  WaveResumed: waves.waveResumed,
  LineWaived: waves.lineWaived,
  RollbackStarted: waves.rollbackStarted,
  UndoBegun: steps.undoBegun,
  UndoWaited: steps.undoWaited,
  UndoFaulted: steps.undoFaulted,
  StepUndone: steps.stepUndone,
  UndoFailed: waves.undoFailed,
  UndoRetried: steps.undoRetried,
  UndoneByHand: steps.undoneByHand,
  LogCutBack: logCutBack,
  EventsRestored: eventsRestored,
  WaveCompleted: waves.waveCompleted,
  WaveRolledBack: waves.waveRolledBack,
  WaveAborted: waves.waveAborted,
};

/** What the thread does not report one by one. */
const QUIET: Readonly<Record<WaveEventType, boolean>> = {
  WaveStarted: false,
  StepBegun: true,
  StateCaptured: true,
  StepApplied: false,
  StepWaited: true,
  StepFaulted: true,
  StepPassed: false,
  StepFailed: false,
  StepSkipped: false,
  StepRetried: false,
  GateWaited: true,
  GateOpened: false,
  GateApproved: false,
  GateExpired: false,
  ApprovalVoided: false,
  WaveHeld: false,
  WaveResumed: false,
  LineWaived: false,
  RollbackStarted: false,
  UndoBegun: true,
  UndoWaited: true,
  UndoFaulted: true,
  StepUndone: false,
  UndoFailed: false,
  UndoRetried: false,
  UndoneByHand: false,
  LogCutBack: false,
  EventsRestored: false,
  WaveCompleted: false,
  WaveRolledBack: false,
  WaveAborted: false,
};

export function tell(logged: LoggedEvent, wave: Wave): Telling {
  const teller = TELLERS[logged.event.type] as (event: WaveEvent, logged: LoggedEvent, wave: Wave) => Telling;
  return teller(logged.event, logged, wave);
}

/** That a step which only looks begins to look is no news either. */
export function isQuiet({ event }: LoggedEvent, wave: Wave): boolean {
  if (event.type !== 'StepApplied') return QUIET[event.type];
  return onlyLooks(stepAt(wave, stepIndex(wave, event.step)).planned.kind);
}
