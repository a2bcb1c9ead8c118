import type { WaveEvent } from '../src/core/events';
import type { Gate } from './gate-card';
import type { Told } from './thread';

/** All that happened at one opening of a gate; `seq` is the number of its `GateOpened`. Null when that event is none. */
export function gateStory(told: readonly Told[], number: number, seq: number): Gate | null {
  const opened = told[seq - 1]?.logged;
  if (opened?.event.type !== 'GateOpened') return null;
  const later = told.slice(seq).map(({ logged }) => logged);
  const approvals = later.filter(({ event }) => event.type === 'GateApproved' && event.gate === number);
  const voided = later.find(({ event }) => event.type === 'ApprovalVoided' && event.gate === number);
  return { opened, approvals, decided: voided ?? later.find(({ event }) => decides(event, number)) ?? null };
}

/** Whether this event ends the opening of that gate, so that nobody can decide it any more. */
export function decides(event: WaveEvent, number: number): boolean {
  switch (event.type) {
    case 'GateApproved':
      return event.gate === number && event.approvals >= event.quorum;
    case 'GateExpired':
    case 'ApprovalVoided':
      return event.gate === number;
    case 'RollbackStarted':
    case 'WaveAborted':
      return true;
    default:
      return false;
  }
}
