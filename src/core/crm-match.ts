/** How well answered calls became rows of a CRM: each call has one row, and the row is there soon. Times are epoch ms. */

export interface MatchedCall {
  readonly id: string;
  /** When the clock of the CRM's delay starts. */
  readonly at: number;
}

export interface CrmRow {
  readonly id: string;
  readonly createdAt: number;
}

export interface CrmMatch {
  readonly calls: number;
  readonly synced: number;
  /** Delay from call to row that 95 percent do not exceed, by nearest rank; null without a row. */
  readonly p95LatencyMs: number | null;
  /** Rows beyond the first of their call: integrations that write twice. */
  readonly extraRows: number;
  /** Rows older than their call by more than the CRM's times can tell, and by how much at most; their delay counts as 0. */
  readonly early: { readonly rows: number; readonly mostMs: number };
}

/** A CRM that writes whole seconds shows a row up to this much older than it is. */
const RESOLUTION_MS = 1000;

/** A call named twice is one call; its first row counts. Rows of other calls are nobody's. */
export function matchCrm(calls: readonly MatchedCall[], rows: readonly CrmRow[]): CrmMatch {
  const started = new Map<string, number>();
  for (const { id, at } of calls) started.set(id, Math.min(at, started.get(id) ?? at));
  const first = new Map<string, number>();
  let extraRows = 0;
  for (const { id, createdAt } of rows) {
    if (!started.has(id)) continue;
    const before = first.get(id);
    if (before !== undefined) extraRows += 1;
    first.set(id, Math.min(createdAt, before ?? createdAt));
  }
  const delays = [...first].map(([id, createdAt]) => createdAt - (started.get(id) ?? createdAt));
  const early = delays.filter((delay) => delay <= -RESOLUTION_MS);
  return {
    calls: started.size,
    synced: first.size,
    p95LatencyMs: percentile(
      delays.map((delay) => Math.max(0, delay)),
      95,
    ),
    extraRows,
    early: { rows: early.length, mostMs: early.reduce((most, delay) => Math.max(most, -delay), 0) },
  };
}

/** Nearest rank: the smallest value that `percent` of them do not exceed; null when there is none. */
export function percentile(values: readonly number[], percent: number): number | null {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil((percent * sorted.length) / 100) - 1)] ?? null;
}
