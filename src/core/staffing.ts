/** Who is scheduled for the cutover on the new side, against the roster and against what legacy planned for the same time. */
import type { SiteAgent, SiteQueue } from './site';

/** Of the roster, in percent: fewer on shift and the queues fill behind a shift that itself went well. Sickness and leave are inside it. */
export const SCHEDULED_PERCENT = 90;
/** The part of the schedule that counts when the site names no window: cohorts, shift and observation, ms. */
export const CUTOVER_MS = 4 * 60 * 60_000;

export interface QueueStaffing {
  readonly queue: string;
  readonly scheduled: number;
  readonly roster: number;
  /** `SCHEDULED_PERCENT` of the roster, and somebody at all. */
  readonly enough: boolean;
  /** Planned on legacy for the groups of the queue; null where legacy does not tell for all of them. */
  readonly onLegacy: number | null;
  /** Fewer than on legacy: callers would wait longer for having been moved. */
  readonly short: boolean;
}

/** `scheduled` are user ids on the new side, `legacy` counts of agents by group of the roster. */
export function staffingOf(
  queues: readonly SiteQueue[],
  agents: readonly SiteAgent[],
  scheduled: ReadonlySet<string>,
  legacy: ReadonlyMap<string, number> | null,
): readonly QueueStaffing[] {
  return queues.map(({ name, groups }) => {
    const roster = agents.filter(({ group }) => groups.includes(group));
    const there = roster.filter(({ user }) => scheduled.has(user)).length;
    const known = legacy !== null && groups.every((group) => legacy.has(group));
    const onLegacy = known ? groups.reduce((sum, group) => sum + (legacy.get(group) ?? 0), 0) : null;
    return {
      queue: name,
      scheduled: there,
      roster: roster.length,
      enough: there > 0 && there * 100 >= roster.length * SCHEDULED_PERCENT,
      onLegacy,
      short: onLegacy !== null && there < onLegacy,
    };
  });
}

/** "12 scheduled on the new side, 14 on the old" */
export function parityText({ scheduled, onLegacy }: QueueStaffing): string {
  const old = onLegacy === null ? 'not measured on the old: legacy does not tell its plan' : `${onLegacy} on the old`;
  return `${scheduled} scheduled on the new side, ${old}`;
}
