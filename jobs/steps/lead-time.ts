import type { LowerTtlResult } from './lower-ttl';
import { recalled } from './outcomes';
import type { StepContext } from './step-work';

/**
 * The earliest moment at which DNS may be switched: every cache has had the low TTL for long enough (J12), and the
 * site's window is open. Null while the low TTL has not been shown by every name server.
 */
export function dnsMayBeSwitchedAt(context: StepContext): number | null {
  const ready = lowTtlRipeAt(context);
  return ready === null ? null : Math.max(ready, context.plan.site.window?.opens ?? ready);
}

export function lowTtlRipeAt(context: StepContext): number | null {
  const lowered = recalled<LowerTtlResult>(context.resultOf('lower-ttl'));
  if (lowered === null || lowered.shownAt === null) return null;
  return lowered.shownAt + Math.max(context.plan.limits.ttlLeadMs, lowered.oldTtl * 1000);
}
