import { lineId } from '../core/preflight';
import type { Interval } from '../ports/platform';
import { type Answer, type Asking, answer, type Question, question } from './preflight-question';

/** Of the roster, in percent, as readiness asks for it again right before the cutover. */
const SCHEDULED_PERCENT = 90;
/** The part of the schedule that counts when the site names no window. */
const CUTOVER_MS = 4 * 60 * 60_000;

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
  return site.platform.queues.map(({ name, groups }) => {
    const agents = site.agents.filter(({ group }) => groups.includes(group));
    const there = agents.filter(({ user }) => scheduled.has(user)).length;
    return answer(
      lineId('schedule', name),
      `agents of ${name} scheduled for the cutover`,
      {
        found: `${there} of ${agents.length}`,
        wanted: `${SCHEDULED_PERCENT} percent`,
        good: there > 0 && there * 100 >= agents.length * SCHEDULED_PERCENT,
      },
      { mend: 'Schedule more agents for the time of the cutover, or move it.' },
    );
  });
}

/** From when DNS may be switched at the earliest. */
function cutoverOf({ world, site, limits }: Asking): Interval {
  const leadMs = Math.max(limits.ttlLeadMs, ...site.dns.records.map(({ ttl }) => ttl * 1000));
  const from = Math.max(world.clock.now() + leadMs, site.window?.opens ?? 0);
  return { from, to: site.window && site.window.closes > from ? site.window.closes : from + CUTOVER_MS };
}
