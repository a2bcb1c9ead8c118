/** Call detail records of one site, from which every platform's figures are computed. Times are sandbox epoch ms. */

export interface QueueRecord {
  /** The platform's id of the call. */
  readonly conversation: string;
  readonly queue: string;
  readonly offeredAt: number;
  answeredAt: number | null;
  abandonedAt: number | null;
  failedAt: number | null;
  endedAt: number | null;
  /** How long the platform's analytics need to show it. */
  readonly lagMs: number;
}

export interface FlowRecord {
  readonly conversation: string;
  readonly enteredAt: number;
  readonly endedAt: number;
  readonly outcome: 'reached' | 'failed' | 'hung-up';
  readonly lagMs: number;
}

export interface LegacyRecord {
  readonly offeredAt: number;
  readonly throughMenu: boolean;
  completedAt: number | null;
  failedAt: number | null;
  hungUpAt: number | null;
  readonly crmLatencyMs: number;
}

export interface SyncRecord {
  readonly conversation: string;
  readonly answeredAt: number;
  readonly platform: 'legacy' | 'genesys-cloud' | 'shadow';
  readonly synced: boolean;
  readonly latencyMs: number;
}

/** The longest life of one call: how far before an interval a record of it may start. */
const LONGEST_CALL_MS = 30 * 60_000;

export class CallRecords {
  readonly queue: QueueRecord[] = [];
  readonly flow: FlowRecord[] = [];
  readonly shadow: FlowRecord[] = [];
  readonly legacy: LegacyRecord[] = [];
  readonly sync: SyncRecord[] = [];

  /** Forgets calls that started before `time`, so that a world left running does not fill the memory. */
  forgetBefore(time: number): void {
    forget(this.queue, (record) => record.offeredAt < time);
    forget(this.flow, (record) => record.enteredAt < time);
    forget(this.shadow, (record) => record.enteredAt < time);
    forget(this.legacy, (record) => record.offeredAt < time);
    forget(this.sync, (record) => record.answeredAt < time);
  }
}

function forget<T>(records: T[], isOld: (record: T) => boolean): void {
  const kept = records.findIndex((record) => !isOld(record));
  records.splice(0, kept < 0 ? records.length : kept);
}

/** Records of calls that may have had an event in [from, to); the list is in order of `startOf`. */
export function recent<T>(records: readonly T[], startOf: (record: T) => number, from: number, to: number): T[] {
  const found: T[] = [];
  for (let i = records.length - 1; i >= 0; i--) {
    const record = records[i] as T;
    const start = startOf(record);
    if (start < from - LONGEST_CALL_MS) break;
    if (start < to) found.push(record);
  }
  return found;
}

export function within(time: number | null, from: number, to: number): time is number {
  return time !== null && time >= from && time < to;
}

/** The 95th percentile, 0 when there is none. */
export function p95(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return Math.round(sorted[Math.max(0, Math.ceil(sorted.length * 0.95) - 1)] ?? 0);
}
