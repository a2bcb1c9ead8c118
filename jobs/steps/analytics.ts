/** The platform's aggregates are complete about two minutes late: nothing younger is asked for. */
export const ANALYTICS_LAG_MS = 2 * 60_000;
