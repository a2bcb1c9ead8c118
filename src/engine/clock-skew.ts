import type { LineState } from '../core/preflight';

/** Beyond 5 s a shown time misleads; beyond 30 s windows, waits and the evidence of both sides no longer fit together. */
const AMBER_MS = 5_000;
const RED_MS = 30_000;

export function skewState(ms: number): LineState {
  const apart = Math.abs(ms);
  return apart > RED_MS ? 'red' : apart > AMBER_MS ? 'amber' : 'green';
}

/** By steps of ten seconds, so that it reads the same a moment later. */
export function skewText(ms: number): string {
  if (skewState(ms) === 'green') return 'at most 5 s apart';
  const tens = Math.max(1, Math.round(Math.abs(ms) / 10_000)) * 10;
  return `about ${tens} s ${ms > 0 ? 'ahead' : 'behind'}`;
}
