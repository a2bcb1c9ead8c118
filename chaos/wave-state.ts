/** Where a wave stands, by its log alone, as far as people and faults have to know it. */
import type { Logged } from './record';

export type Standing =
  | 'none'
  | 'running'
  | 'gated'
  | 'held'
  | 'rolling-back'
  | 'stuck'
  | 'completed'
  | 'rolled-back'
  | 'aborted';

export const ENDED: readonly Standing[] = ['completed', 'rolled-back', 'aborted'];

export function standing(log: readonly Logged[]): Standing {
  let now: Standing = 'none';
  let isGateOpen = false;
  for (const { event } of log) {
    if (event.type === 'GateOpened') isGateOpen = true;
    if (CLOSES.includes(event.type) || isLastApproval(event)) isGateOpen = false;
    now = after(now, event, isGateOpen);
  }
  return now;
}

const CLOSES = ['ApprovalVoided', 'GateExpired', 'StepBegun', 'RollbackStarted'];

const isLastApproval = ({ type, approvals, quorum }: Logged['event']): boolean =>
  type === 'GateApproved' && Number(approvals) >= Number(quorum);

function after(before: Standing, event: Logged['event'], isGateOpen: boolean): Standing {
  switch (event.type) {
    case 'WaveResumed':
      // Whoever had paused at an open gate comes back to it.
      return isGateOpen ? 'gated' : 'running';
    case 'WaveStarted':
    case 'StepRetried':
      return 'running';
    case 'GateOpened':
      return 'gated';
    case 'GateApproved':
      return isGateOpen ? before : 'running';
    case 'ApprovalVoided':
    case 'GateExpired':
      return before === 'gated' ? 'running' : before;
    case 'WaveHeld':
      return 'held';
    case 'RollbackStarted':
    case 'UndoRetried':
      return 'rolling-back';
    case 'UndoFailed':
      return 'stuck';
    case 'WaveCompleted':
      return 'completed';
    case 'WaveRolledBack':
      return 'rolled-back';
    case 'WaveAborted':
      return 'aborted';
    default:
      return before;
  }
}
