/** Calls that a platform gets from us: `burst` at once, then `perMinute` evenly. */
export interface CallLimits {
  readonly perMinute: number;
  readonly burst: number;
}

/** No minute sees more than this. */
export const mostAMinute = ({ perMinute, burst }: CallLimits): number => perMinute + burst;

/** Of a platform's own limit, where it is lower than ours, in percent: the rest is left to its other users. */
const EVENLY_PERCENT = 70;
const AT_ONCE_PERCENT = 8;

/** Our limits, or less where the platform allows less. */
export function keptBelow(ours: CallLimits, allowed: number): CallLimits {
  if (mostAMinute(ours) < allowed) return ours;
  const share = (percent: number): number => Math.max(1, Math.floor((allowed * percent) / 100));
  return { perMinute: share(EVENLY_PERCENT), burst: share(AT_ONCE_PERCENT) };
}
