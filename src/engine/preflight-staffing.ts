import { lineId } from '../core/preflight';
import { CUTOVER_MS, parityText, SCHEDULED_PERCENT, staffingOf } from '../core/staffing';
import type { Interval } from '../ports/platform';
import { type Answer, type Asking, answer, type Question, question } from './preflight-question';

/** The published schedule of the cutover, where the site names a management unit. */
export function staffingQuestions(asking: Asking): readonly Question[] {
  const unit = asking.site.platform.managementUnit;
  if (unit === null || !asking.world.platform.capabilities.showsSchedules) return [];
  return [
    question(
      'schedule',
      'schedule of the cutover',
      'published, with enough agents',
      () => scheduleLines(asking, unit),
      {
        unread: 'unknown',
      },
    ),
  ];
}

async function scheduleLines(asking: Asking, unit: string): Promise<readonly Answer[]> {
  const { world, site } = asking;
  const scheduled = await world.platform.scheduledAgents(unit, cutoverOf(asking));
  if (scheduled === null)
    return [
      answer(
        'schedule',
        'schedule of the cutover',
        { found: 'none is published', wanted: 'published', good: false },
        {
          state: 'amber',
          mend: 'Have it published; readiness asks again right before the cutover and holds without it.',
        },
      ),
    ];
  const legacy = (await world.legacy.scheduledAgents?.(site.site, cutoverOf(asking))) ?? null;
  return staffingOf(site.platform.queues, site.agents, scheduled, legacy).flatMap((queue) => [
    answer(
      lineId('schedule', queue.queue),
      `agents of ${queue.queue} scheduled for the cutover`,
      {
        found: `${queue.scheduled} of ${queue.roster}`,
        wanted: `${SCHEDULED_PERCENT} percent`,
        good: queue.enough,
      },
      { mend: 'Schedule more agents for the time of the cutover, or move it.' },
    ),
    answer(
      lineId('staffing-parity', queue.queue),
      `staffing of ${queue.queue} on both sides`,
      { found: parityText(queue), wanted: 'as many as on the old', good: queue.onLegacy !== null && !queue.short },
      {
        state: queue.onLegacy === null ? 'unknown' : 'red',
        mend:
          queue.onLegacy === null
            ? 'Have the legacy API tell its plan, or compare the two plans yourselves.'
            : 'Schedule as many agents on the new side as legacy has for the time, or move the cutover.',
      },
    ),
  ]);
}

/** From when DNS may be switched at the earliest. */
function cutoverOf({ world, site, limits }: Asking): Interval {
  const leadMs = Math.max(limits.ttlLeadMs, ...site.dns.records.map(({ ttl }) => ttl * 1000));
  const from = Math.max(world.clock.now() + leadMs, site.window?.opens ?? 0);
  return { from, to: site.window && site.window.closes > from ? site.window.closes : from + CUTOVER_MS };
}
