/** Figures into verdicts. */

export interface WindowFigures {
  readonly completed: number;
  readonly failed: number;
}

export type WindowVerdict = {
  readonly verdict: 'passed' | 'failed' | 'waiting' | 'no-data';
  readonly ratePercent: number;
  readonly finished: number;
  readonly certaintyPercent: number;
};

/**
 * The failure rate of a window: failed calls over finished calls (completed + failed), strictly above the limit is failed.
 * Fewer finished calls than `minCalls` are no data, never green. Before the window has ended, only what is certain
 * to 99 percent fails it: with a true rate at the limit, so many failures would come about by chance less than once in a hundred.
 */
export function judgeWindow(
  figures: WindowFigures,
  rule: { readonly failurePercent: number; readonly minCalls: number; readonly ended: boolean },
): WindowVerdict {
  const finished = figures.completed + figures.failed;
  const ratePercent = finished === 0 ? 0 : (100 * figures.failed) / finished;
  const certaintyPercent = 100 * (1 - chanceOfAtLeast(figures.failed, finished, rule.failurePercent / 100));
  const shown = { ratePercent, finished, certaintyPercent };
  if (finished < rule.minCalls) return { verdict: rule.ended ? 'no-data' : 'waiting', ...shown };
  const above = ratePercent > rule.failurePercent;
  if (above && (rule.ended || certaintyPercent >= 99)) return { verdict: 'failed', ...shown };
  return { verdict: rule.ended ? 'passed' : 'waiting', ...shown };
}

/** P(X >= k) of a binomial with n trials of probability p. */
export function chanceOfAtLeast(k: number, n: number, p: number): number {
  if (k <= 0) return 1;
  if (k > n) return 0;
  // In logarithms: (1 - p) ** n is zero to the machine from some 37,000 calls on, and all certainty with it.
  let logTerm = n * Math.log1p(-p);
  let below = Math.exp(logTerm);
  for (let i = 1; i < k; i++) {
    logTerm += Math.log((n - i + 1) / i) + Math.log(p / (1 - p));
    below += Math.exp(logTerm);
  }
  return Math.min(1, Math.max(0, 1 - below));
}

/** How far a share on the new side lies behind the legacy one, in percentage points; negative when it is ahead. */
export function pointsBehind(
  newSide: { readonly good: number; readonly all: number },
  legacy: { readonly good: number; readonly all: number },
): number {
  const share = ({ good, all }: { readonly good: number; readonly all: number }) =>
    all === 0 ? 0 : (100 * good) / all;
  return share(legacy) - share(newSide);
}
