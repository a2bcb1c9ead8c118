import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { Observation } from '../../core/observations';
import type { CallNote, CallStatus } from '../http/call-notes';
import { instrumentsIn } from './instruments';
import { waveMeters } from './wave-meters';

/** Counts what this process does. Labels have few values each: never a wave, a person, an address or a sentence. */
export interface Meters {
  readonly registry: Registry;
  readonly observed: (observations: readonly Observation[]) => void;
  readonly called: (call: CallNote) => void;
  readonly job: (kind: string, result: 'done' | 'again' | 'threw', ms: number) => void;
  readonly slack: (method: string, outcome: SlackOutcome, ms: number) => void;
  readonly appended: (outcome: 'appended' | 'conflict' | 'fenced' | 'locked' | 'fault', ms: number) => void;
  readonly repaired: (what: 'lost' | 'abandoned') => void;
  readonly reconciled: (ok: boolean, ms: number) => void;
  readonly warned: (level: 'warn' | 'error') => void;
}

export type SlackOutcome = 'done' | 'gone' | 'rate-limited' | 'unclear' | 'unavailable' | 'refused';

const CALL_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15];
const JOB_BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
const STORE_BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 2];

/** A vendor whose answers name ever new statuses must not grow the list for ever. */
const KNOWN_STATUSES = new Set([
  200, 201, 202, 204, 304, 400, 401, 403, 404, 408, 409, 412, 422, 429, 500, 502, 503, 504,
]);

export function createMeters(): Meters {
  const registry = new Registry();
  const { counter, histogram } = instrumentsIn(registry);
  const observe = waveMeters({ counter, histogram });
  const calls = counter('cutover_calls_total', 'Tries of calls to systems outside.', ['system', 'status']);
  const callSeconds = histogram(
    'cutover_call_seconds',
    'Time of one try of one call to a system outside.',
    ['system'],
    CALL_BUCKETS,
  );
  const callFaults = counter(
    'cutover_call_faults_total',
    'Tries that ended in 408, 425, 429, a server error or no answer.',
    ['system', 'kind'],
  );
  const jobSeconds = histogram('cutover_job_seconds', 'Time of one job of a worker.', ['kind', 'result'], JOB_BUCKETS);
  const slackCalls = counter('cutover_slack_calls_total', 'What Slack made of the calls for threads.', [
    'method',
    'outcome',
  ]);
  const slackSeconds = histogram(
    'cutover_slack_call_seconds',
    'Time of one call for a thread.',
    ['method'],
    CALL_BUCKETS,
  );
  const appends = counter('cutover_appends_total', 'Appends to the logs of waves.', ['outcome']);
  const appendSeconds = histogram('cutover_append_seconds', 'Time of one append.', [], STORE_BUCKETS);
  const repairs = counter('cutover_reconcile_repairs_total', 'Due work found without a job and offered again.', [
    'what',
  ]);
  const looks = counter('cutover_reconcile_looks_total', 'Looks at all open waves, by how they went.', ['outcome']);
  const lookSeconds = histogram('cutover_reconcile_seconds', 'Time of one look at all open waves.', [], JOB_BUCKETS);
  const lookedAt = new Gauge({
    name: 'cutover_reconcile_last_success_timestamp_seconds',
    help: 'When this process last looked at all open waves; 0 before the first time.',
    registers: [registry],
  });
  const warnings = counter('cutover_log_lines_total', 'Lines of the log that are warnings or errors.', ['level']);
  // Absent series cannot be alerted on: what matters starts at nought.
  for (const what of ['lost', 'abandoned']) repairs.inc({ what }, 0);
  for (const level of ['warn', 'error']) warnings.inc({ level }, 0);

  return {
    registry,
    observed: (observations) => {
      for (const each of observations) observe(each);
    },
    called: ({ system, status, ms }) => {
      calls.inc({ system, status: statusLabel(status) });
      callSeconds.observe({ system }, ms / 1000);
      const kind = faultKind(status);
      if (kind !== null) callFaults.inc({ system, kind });
    },
    job: (kind, result, ms) => jobSeconds.observe({ kind, result }, ms / 1000),
    slack: (method, outcome, ms) => {
      slackCalls.inc({ method, outcome });
      slackSeconds.observe({ method }, ms / 1000);
    },
    appended: (outcome, ms) => {
      appends.inc({ outcome });
      appendSeconds.observe(ms / 1000);
    },
    repaired: (what) => repairs.inc({ what }),
    reconciled: (ok, ms) => {
      looks.inc({ outcome: ok ? 'done' : 'threw' });
      lookSeconds.observe(ms / 1000);
      if (ok) lookedAt.setToCurrentTime();
    },
    warned: (level) => warnings.inc({ level }),
  };
}

/** The process's own figures: event loop, memory, garbage collection. Apart, because they keep timers running. */
export function meterProcess(registry: Registry): void {
  collectDefaultMetrics({ register: registry });
}

function statusLabel(status: CallStatus): string {
  if (status === null) return 'none';
  if (status === 'ok') return status;
  return KNOWN_STATUSES.has(status) ? String(status) : `${Math.floor(status / 100)}xx`;
}

function faultKind(status: CallStatus): 'no-answer' | '429' | 'timeout' | 'server' | null {
  if (status === 'ok') return null;
  if (status === null) return 'no-answer';
  if (status === 429) return '429';
  if (status === 408 || status === 425) return 'timeout';
  return status >= 500 ? 'server' : null;
}
