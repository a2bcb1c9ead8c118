import { z } from 'zod';
import { Fault } from '../../../ports/fault';
import type { Interval, Platform } from '../../../ports/platform';
import { type GenesysApi, id } from './api';
import { fitted, SYSTEM } from './fitted';

const activity = z.looseObject({
  activityCodeId: z.string(),
  startDate: z.iso.datetime({ offset: true }),
  lengthMinutes: z.number().nonnegative(),
});
const scheduleSearch = z.looseObject({
  status: z.string().nullish(),
  downloadUrl: z.string().nullish(),
  result: z
    .looseObject({
      agentSchedules: z
        .array(
          z.looseObject({
            user: z.looseObject({ id: z.string() }),
            shifts: z.array(z.looseObject({ activities: z.array(activity).nullish() })).nullish(),
          }),
        )
        .nullish(),
      publishedSchedules: z.array(z.unknown()).nullish(),
    })
    .nullish(),
});
type ScheduleSearch = z.infer<typeof scheduleSearch>;

/** The vendor's built-in code for on-queue work; a business unit may add codes of its own to that category. */
export const ON_QUEUE_CODES: readonly string[] = ['0'];

/**
 * POST /api/v2/workforcemanagement/managementunits/{id}/agentschedules/search `{startDate, endDate}`. Only a complete
 * answer inside the reply counts. One that is still being compiled (202, `Processing`) or lies at a download address
 * (large units; it leads to another host and is not followed) is a transient `Fault`: it is no word about schedules.
 */
export function genesysSchedules(api: GenesysApi, onQueueCodes: readonly string[]): Pick<Platform, 'scheduledAgents'> {
  return {
    async scheduledAgents(managementUnit, interval) {
      const path = `/api/v2/workforcemanagement/managementunits/${id(managementUnit)}/agentschedules/search`;
      const body = { startDate: new Date(interval.from).toISOString(), endDate: new Date(interval.to).toISOString() };
      const reply = await api.request('POST', path, { body, idempotent: true });
      if (reply.status !== 200) throw processing('is still being compiled');
      const search = fitted(scheduleSearch, reply.body, 'POST', path);
      if (search.status && search.status !== 'Complete') throw processing(`is "${search.status}"`);
      if (!search.result && search.downloadUrl) throw processing('is too large to come with the answer');
      const schedules = published(search);
      if (schedules === null) return null;
      const onQueue = schedules.filter((agent) =>
        (agent.shifts ?? [])
          .flatMap((shift) => shift.activities ?? [])
          .some((work) => onQueueCodes.includes(work.activityCodeId) && overlaps(work, interval)),
      );
      return new Set(onQueue.map((agent) => agent.user.id));
    },
  };
}

function processing(how: string): Fault {
  const message = `The schedule at ${SYSTEM} ${how}, so nobody can tell yet who is on shift.`;
  return new Fault(message, { system: SYSTEM, transient: true });
}

function published({ result }: ScheduleSearch) {
  if (!result) return null;
  const agents = result.agentSchedules ?? [];
  const isPublished = result.publishedSchedules ? result.publishedSchedules.length > 0 : agents.length > 0;
  return isPublished ? agents : null;
}

function overlaps(work: z.infer<typeof activity>, interval: Interval): boolean {
  const starts = Date.parse(work.startDate);
  return starts < interval.to && starts + work.lengthMinutes * 60_000 > interval.from;
}
