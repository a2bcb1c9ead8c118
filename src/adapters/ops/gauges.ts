import { Gauge, type Registry } from 'prom-client';
import type { Figures } from './figures';

/** Whoever asks more often than this, real ms, gets what was read last: asking must never become a load. */
const FRESH_MS = 5_000;

/**
 * Prometheus text of everything in `registry`, with what stands in the store as it was at most five seconds ago. Where
 * the store cannot be read the process's own figures are given all the same, and `cutover_store_up` is 0.
 */
export function createScrape(registry: Registry, read: () => Promise<Figures>): () => Promise<string> {
  const gauges = gaugesIn(registry);
  let readAt = Number.NEGATIVE_INFINITY;
  let reading: Promise<void> | null = null;
  const refresh = async (): Promise<void> => {
    try {
      gauges.show(await read());
    } catch {
      gauges.unknown();
    }
    readAt = performance.now();
  };
  return async () => {
    if (performance.now() - readAt >= FRESH_MS) {
      reading ??= refresh().finally(() => {
        reading = null;
      });
      await reading;
    }
    return registry.metrics();
  };
}

function gaugesIn(registry: Registry) {
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Gauge({ name, help, labelNames, registers: [registry] });
  const up = gauge('cutover_store_up', '1 while the figures of the store could be read, else 0.');
  const waves = gauge('cutover_waves', 'Open waves by state.', ['state']);
  const holds = gauge('cutover_waves_held', 'Held waves by cause.', ['cause']);
  const standing = gauge('cutover_waves_oldest_seconds', 'How long the oldest wave has been held, or stuck.', [
    'state',
  ]);
  const behind = gauge('cutover_projection_waves_behind', 'Waves of which a projection has not shown everything.', [
    'projection',
  ]);
  const lag = gauge('cutover_projection_lag_seconds', 'Age of the oldest event that a projection has not shown.', [
    'projection',
  ]);
  const jobs = gauge('cutover_queue_jobs', 'Jobs in a queue by state.', ['queue', 'state']);
  const oldest = gauge('cutover_queue_oldest_waiting_seconds', 'How long the next job has waited for a worker.', [
    'queue',
  ]);
  const taken = gauge('cutover_call_budget_taken', 'Calls of about the last minute.', ['system']);
  const limit = gauge('cutover_call_budget_limit', 'The most calls that any minute sees of us.', ['system']);
  const paused = gauge('cutover_call_budget_paused_seconds', 'How long a platform still wants to be left alone.', [
    'system',
  ]);
  const shared = gauge('cutover_call_budget_shared', '0 while this process keeps to a share of its own.', ['system']);
  const fromStore = [waves, holds, standing, behind, lag, jobs, oldest, taken, limit, paused, shared];
  up.set(0);
  return {
    /** Old values would look like present ones. */
    unknown(): void {
      for (const each of fromStore) each.reset();
      up.set(0);
    },
    show(figures: Figures): void {
      for (const each of fromStore) each.reset();
      for (const [state, count] of figures.waves) waves.set({ state }, count);
      for (const [cause, count] of figures.holds) holds.set({ cause }, count);
      for (const [state, ms] of figures.standing) standing.set({ state }, ms / 1000);
      for (const { projection, behind: count, lagMs } of figures.projections) {
        behind.set({ projection }, count);
        lag.set({ projection }, lagMs / 1000);
      }
      for (const { queue, jobs: counts, oldestWaitingMs } of figures.queues) {
        for (const [state, count] of Object.entries(counts)) jobs.set({ queue, state }, count);
        oldest.set({ queue }, oldestWaitingMs / 1000);
      }
      for (const budget of figures.budgets) {
        const { system } = budget;
        taken.set({ system }, budget.taken);
        limit.set({ system }, budget.limit);
        paused.set({ system }, budget.pausedMs / 1000);
        shared.set({ system }, budget.shared ? 1 : 0);
      }
      up.set(1);
    },
  };
}
