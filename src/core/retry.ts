/** When to try again after a fault of our own: arithmetic, so that it can be tested without waiting. Times in ms. */
export interface RetryPolicy {
  readonly firstMs: number;
  readonly factor: number;
  readonly longestMs: number;
}

export const STEP_RETRY: RetryPolicy = { firstMs: 2_000, factor: 2, longestMs: 60_000 };

/**
 * The next moment to try, or null when none is left before the deadline. `tries` counts faults in a row, this one
 * included. What the other side asked for (`retryAfterMs`) is never undercut.
 */
export function nextTry(
  policy: RetryPolicy,
  tries: number,
  retryAfterMs: number | null,
  now: number,
  deadline: number,
): number | null {
  const backOff = Math.min(policy.longestMs, policy.firstMs * policy.factor ** Math.max(0, tries - 1));
  const at = now + Math.max(backOff, retryAfterMs ?? 0);
  return at <= deadline ? at : null;
}
