import type { By } from './actor';
import type { LoggedEvent, WaveEvent } from './events';

/** What a person decided: who, when, why, and the event whose evidence lay before them. */
export interface AuditDecision {
  /** The event that holds the decision. */
  readonly seq: number;
  readonly at: number;
  readonly by: By;
  readonly what: string;
  readonly step: string | null;
  readonly reason: string | null;
  /** The newest event before it that holds what was asked and answered; null when there was none. */
  readonly evidence: number | null;
}

/** Every decision of a person in a log, in order. Made of the events alone: it can be made again by whoever reads them. */
export function decisionsOf(log: readonly LoggedEvent[]): readonly AuditDecision[] {
  const decisions: AuditDecision[] = [];
  let proven: number | null = null;
  let opened: number | null = null;
  for (const { seq, at, by, event } of log) {
    if (by.kind === 'person' && !isConsequence(event)) {
      decisions.push({
        seq,
        at,
        by,
        what: event.type,
        step: 'step' in event ? event.step : null,
        reason: 'reason' in event ? event.reason : null,
        evidence: isOfGate(event) ? opened : proven,
      });
    }
    if ('evidence' in event && event.evidence.length > 0) proven = seq;
    if (event.type === 'GateOpened') opened = seq;
  }
  return decisions;
}

/** The end that a person's abort or skip brings with it is no decision of its own. */
const isConsequence = ({ type }: WaveEvent): boolean => type === 'WaveCompleted' || type === 'WaveRolledBack';

const isOfGate = ({ type }: WaveEvent): boolean => type === 'GateApproved' || type === 'ApprovalVoided';
