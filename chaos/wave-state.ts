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
  for (const { event } of log) now = after(now, event);
  return now;
}

function after(before: Standing, event: Logged['event']): Standing {
  switch (event.type) {
    case 'WaveStarted':
    case 'WaveResumed':
    case 'StepRetried':
      return 'running';
    case 'GateOpened':
      return 'gated';
    case 'GateApproved':
      return Number(event.approvals) >= Number(event.quorum) ? 'running' : before;
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
