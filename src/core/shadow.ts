import { chanceOfAtLeast, pointsBehind } from './judge';
import type { Limits } from './limits';

/** Runs through the shadow flow: `entered` legs, of which `finished` reached an outcome and `failed` of those a bad one. */
export interface ShadowLegs {
  readonly entered: number;
  readonly finished: number;
  readonly failed: number;
}

export interface ShadowBaseline {
  readonly ivrEntered: number;
  readonly ivrAbandoned: number;
  readonly completed: number;
  readonly failed: number;
}

export interface ShadowFinding {
  readonly name: 'share' | 'completion' | 'drop-off';
  readonly text: string;
  /** Null: too few legs to tell; told, and never shown as good. */
  readonly good: boolean | null;
}

const BAD = { completion: 'failed', 'drop-off': 'hung up' } as const;

/** What could come about by chance this rarely is no chance. */
const CHANCE = 0.05;

/**
 * The shadow against the legacy baseline. A share lies behind when the gap is wider than the tolerance and so many bad
 * legs would come about by chance less than once in twenty with a gap of just the tolerance: a branch with five legs in
 * four hours is not held for one caller who hung up.
 */
export function judgeShadow(legs: ShadowLegs, baseline: ShadowBaseline, limits: Limits): readonly ShadowFinding[] {
  return [
    observedShare(legs.entered, baseline.ivrEntered, limits),
    gap('completion', legs.failed, legs.finished, baseline.failed, baseline.completed + baseline.failed, limits),
    gap('drop-off', legs.entered - legs.finished, legs.entered, baseline.ivrAbandoned, baseline.ivrEntered, limits),
  ];
}

function gap(
  name: 'completion' | 'drop-off',
  bad: number,
  all: number,
  legacyBad: number,
  legacyAll: number,
  limits: Limits,
): ShadowFinding {
  const points = pointsBehind({ good: all - bad, all }, { good: legacyAll - legacyBad, all: legacyAll });
  const legacyRate = legacyAll === 0 ? 0 : legacyBad / legacyAll;
  const allowed = Math.min(1, legacyRate + limits.shadowTolerancePoints / 100);
  const behind = points > limits.shadowTolerancePoints && chance(bad, all, allowed) < CHANCE;
  const text = `${bad} of ${all} ${BAD[name]} on the shadow, ${legacyBad} of ${legacyAll} on legacy: the shadow is ${round(Math.abs(points))} points ${points > 0 ? 'behind' : 'ahead'}`;
  return { name, text, good: behind ? false : all < limits.minCalls ? null : true };
}

function observedShare(legs: number, calls: number, limits: Limits): ShadowFinding {
  const share = calls === 0 ? 0 : (100 * legs) / calls;
  const off = share - limits.shadowPercent;
  const edge = Math.min(100, Math.max(0, limits.shadowPercent + Math.sign(off) * limits.shadowTolerancePoints)) / 100;
  const likelihood = off > 0 ? chance(legs, calls, edge) : 1 - chance(legs + 1, calls, edge);
  const good = Math.abs(off) <= limits.shadowTolerancePoints || likelihood >= CHANCE;
  return { name: 'share', text: `${legs} of ${calls} calls, ${round(share)} percent`, good };
}

const MANY = 1_000;
/** One in twenty lies beyond so many standard deviations. */
const DEVIATIONS = 1.645;

/** P(X >= k); of many trials only whether it is below or above `CHANCE`, where the exact sum would lose its first term. */
function chance(k: number, n: number, p: number): number {
  if (n <= MANY) return chanceOfAtLeast(k, n, p);
  const deviation = (k - 0.5 - n * p) / Math.sqrt(n * p * (1 - p));
  return deviation > DEVIATIONS ? 0 : deviation < -DEVIATIONS ? 1 : 0.5;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** Silence proves a gap in the data once it would come about by chance less than once in twenty thousand looks. */
const SILENT_CALLS = 10;

/** Whether nothing was counted although, at `callsPerHour`, this many calls must have come. */
export function isDataGap(quietMs: number, callsPerHour: number): boolean {
  return (callsPerHour * quietMs) / 3_600_000 >= SILENT_CALLS;
}
