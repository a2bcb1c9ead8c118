import type { LowerTtlResult } from './lower-ttl';
import { recalled } from './outcomes';
import type { StepContext } from './step-work';

export interface TtlLead {
  /** How long every cache must have been able to learn the low TTL: 72 h, or the old TTL where that is longer (J12). */
  readonly leadMs: number;
  readonly ripeAt: number;
}

/** Null while the low TTL has not been shown by every name server. */
export function ttlLead(context: StepContext): TtlLead | null {
  const lowered = recalled<LowerTtlResult>(context.resultOf('lower-ttl'));
  if (lowered === null || lowered.shownAt === null) return null;
  const leadMs = Math.max(context.plan.limits.ttlLeadMs, lowered.oldTtl * 1000);
  return { leadMs, ripeAt: lowered.shownAt + leadMs };
}

/** The earliest moment at which DNS may be switched: the low TTL is ripe and the site's window is open. */
export function dnsMayBeSwitchedAt(context: StepContext): number | null {
  const lead = ttlLead(context);
  return lead === null ? null : Math.max(lead.ripeAt, context.plan.site.window?.opens ?? lead.ripeAt);
}
