import type { WaveEvent } from './events';
import type { Evidence } from './evidence';

/**
 * How long a text of an event may be, in characters. What a platform answers at length would fill the log and the thread;
 * the beginning is kept, and that something was left out stands at its end.
 */
export const LONGEST = {
  asked: 500,
  answered: 1_000,
  summary: 2_000,
  reason: 2_000,
  packet: 20_000,
} as const;

/**
 * The event with its free texts bounded. Plan, captured state, result, progress and runbook are as large as the site and
 * never cut: what is decided, and what is put back, is read from them.
 */
export function boundedEvent(event: WaveEvent): WaveEvent {
  if (isWithin(event)) return event;
  const bounded: Record<string, unknown> = { ...event };
  if ('summary' in event) bounded.summary = cut(event.summary, LONGEST.summary);
  if ('reason' in event && event.reason !== null) bounded.reason = cut(event.reason, LONGEST.reason);
  if ('packet' in event && event.packet !== null) bounded.packet = cut(event.packet, LONGEST.packet);
  if ('evidence' in event) bounded.evidence = event.evidence.map(boundedEvidence);
  return bounded as unknown as WaveEvent;
}

/** Nearly all are: those are not copied. */
function isWithin(event: WaveEvent): boolean {
  if ('summary' in event && event.summary.length > LONGEST.summary) return false;
  if ('reason' in event && event.reason !== null && event.reason.length > LONGEST.reason) return false;
  if ('packet' in event && event.packet !== null && event.packet.length > LONGEST.packet) return false;
  return !('evidence' in event) || event.evidence.every(isEvidenceWithin);
}

const isEvidenceWithin = ({ asked, answered }: Evidence): boolean =>
  asked.length <= LONGEST.asked && answered.length <= LONGEST.answered;

const boundedEvidence = (each: Evidence): Evidence => ({
  ...each,
  asked: cut(each.asked, LONGEST.asked),
  answered: cut(each.answered, LONGEST.answered),
});

function cut(text: string, longest: number): string {
  if (text.length <= longest) return text;
  const tail = ` [${text.length - longest} more characters]`;
  // No half of a surrogate pair: the text has to stay one that every reader writes the same.
  return `${text.slice(0, longest - tail.length).replace(/[\uD800-\uDBFF]$/, '')}${tail}`;
}
