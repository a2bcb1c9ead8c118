/**
 * Every number of a cutover, with its default and its reason. A recipe may tighten one, never loosen it.
 * Durations in ms, shares in percent (0 to 100), times of DNS in seconds.
 */
export interface Limits {
  /** TTL during the migration; 60 and below is refused, 61 to 299 warned about. */
  readonly ttlSeconds: number;
  /** Low TTL must have been shown by every name server for this long before DNS is switched; or the old TTL, if longer. */
  readonly ttlLeadMs: number;
  readonly licenceWaitMs: number;
  readonly licenceLeadMs: number;
  readonly shadowPercent: number;
  readonly shadowMs: number;
  /** How far completion, drop-off and CRM share may lie behind the legacy baseline, in percentage points. */
  readonly shadowTolerancePoints: number;
  readonly crmLatencyMs: number;
  readonly propagationLagMs: number;
  readonly resolverLocations: number;
  readonly cohortPercent: number;
  readonly minRegistered: number;
  /** Share of a cohort that must be registered before the next may start. */
  readonly cohortRegisteredPercent: number;
  readonly stormLimitMs: number;
  readonly endpointRetrySeconds: number;
  readonly observeMs: number;
  /** Strictly more rolls back. */
  readonly failurePercent: number;
  /** Fewer finished calls than this in the window are "not enough data": at 50, one failure is exactly 2 percent. */
  readonly minCalls: number;
  readonly crmSyncPercent: number;
  readonly gateOpenMs: number;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export const DEFAULT_LIMITS: Limits = {
  ttlSeconds: 300,
  ttlLeadMs: 72 * HOUR,
  licenceWaitMs: 30 * MINUTE,
  licenceLeadMs: 24 * HOUR,
  shadowPercent: 5,
  shadowMs: 4 * HOUR,
  shadowTolerancePoints: 3,
  crmLatencyMs: 5_000,
  propagationLagMs: 15 * MINUTE,
  resolverLocations: 3,
  cohortPercent: 10,
  minRegistered: 10,
  cohortRegisteredPercent: 95,
  stormLimitMs: 60 * MINUTE,
  endpointRetrySeconds: 30,
  observeMs: 30 * MINUTE,
  failurePercent: 2,
  minCalls: 50,
  crmSyncPercent: 95,
  gateOpenMs: 24 * HOUR,
};

/** Which way is stricter. `fixed` numbers are not a recipe's to choose. */
export const STRICTER: Readonly<Record<keyof Limits, 'larger' | 'smaller' | 'fixed'>> = {
  ttlSeconds: 'fixed',
  ttlLeadMs: 'larger',
  licenceWaitMs: 'fixed',
  licenceLeadMs: 'larger',
  shadowPercent: 'fixed',
  shadowMs: 'larger',
  shadowTolerancePoints: 'smaller',
  crmLatencyMs: 'smaller',
  propagationLagMs: 'smaller',
  resolverLocations: 'larger',
  cohortPercent: 'smaller',
  minRegistered: 'larger',
  cohortRegisteredPercent: 'larger',
  stormLimitMs: 'smaller',
  endpointRetrySeconds: 'larger',
  observeMs: 'larger',
  failurePercent: 'smaller',
  minCalls: 'larger',
  crmSyncPercent: 'larger',
  gateOpenMs: 'smaller',
};

export type Loosened = { readonly limit: keyof Limits; readonly asked: number; readonly standard: number };

/** The defaults with a recipe's numbers laid over them, or the numbers that would loosen a limit. */
export function tighten(asked: Partial<Limits>): { readonly limits: Limits; readonly loosened: readonly Loosened[] } {
  const loosened: Loosened[] = [];
  const limits: Record<string, number> = { ...DEFAULT_LIMITS };
  for (const [key, value] of Object.entries(asked) as [keyof Limits, number | undefined][]) {
    if (value === undefined) continue;
    const standard = DEFAULT_LIMITS[key];
    const direction = STRICTER[key];
    const ok =
      direction === 'fixed' ? value === standard : direction === 'larger' ? value >= standard : value <= standard;
    if (ok) limits[key] = value;
    else loosened.push({ limit: key, asked: value, standard });
  }
  return { limits: limits as unknown as Limits, loosened };
}

/** Registrations that the first cohort must reach: max(10, 10 percent), never more than there are agents (J2). */
export function firstCohortSize(agents: number, limits: Limits): number {
  return Math.min(agents, Math.max(limits.minRegistered, Math.ceil((agents * limits.cohortPercent) / 100)));
}
