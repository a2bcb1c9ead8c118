import { z } from 'zod';
import type { Clock } from '../../../ports/clock';
import type { AnsweredCall, Interval, Platform } from '../../../ports/platform';
import { VOICE } from './active-contacts';
import { type CxoneApi, id } from './api';
import { amount, figure, fitted, flag, idText } from './fitted';
import { allRows } from './pages';

const contact = z.looseObject({
  contactId: idText,
  skillId: idText.nullish(),
  abandoned: flag.nullish(),
  isShortAbandon: flag.nullish(),
  agentSeconds: amount.nullish(),
  inQueueSeconds: amount.nullish(),
  isLogged: flag.nullish(),
  contactStartDate: z.string().nullish(),
  preQueueSeconds: amount.nullish(),
  totalDurationSeconds: amount.nullish(),
});
type Contact = z.infer<typeof contact>;

const summary = z.looseObject({ skillid: idText.nullish(), contactsoffered: figure.nullish() });

/** The warehouse follows the calls: an interval that ends later than this is not closed yet, ms. */
export const WAREHOUSE_LAG_MS = 2 * 60_000;

type FigureMethods = Pick<Platform, 'calls' | 'flow'> & Required<Pick<Platform, 'answeredCalls' | 'finishedLegs'>>;

/**
 * Calls of a closed interval, by GET /skills/{id}/summary and GET /contacts/completed (`startDate`, `endDate` in ISO 8601):
 * - `offered`: the summary's `contactsOffered`, those still waiting included;
 * - `completed`: finished contacts with time at an agent that were not abandoned;
 * - `failed`: the other finished contacts, short abandons left out.
 * A contact that the warehouse does not have yet (`isLogged` false) has no figures worth reading and is left for the next
 * look. Versions spell the summary's keys differently and give figures as text: keys are read without regard to case.
 *
 * Legs of the shadow are the contacts of its skill: one that was abandoned reached no outcome; one that came into the
 * skill's queue got through; one that did neither failed on the way.
 *
 * One by one: contacts that are finished, with the id of the contact. A contact is answered when the time before and in
 * the queue is over.
 *
 * Null when the interval is not closed, or nothing at all was counted in it.
 */
export function cxoneFigures(api: CxoneApi, clock: Clock): FigureMethods {
  const isClosed = ({ from, to }: Interval): boolean => to > from && to <= clock.now() - WAREHOUSE_LAG_MS;
  return {
    async calls(queues, interval) {
      if (queues.length === 0 || !isClosed(interval)) return null;
      let offered = 0;
      const finished: Contact[] = [];
      for (const queue of new Set(queues)) {
        offered += await offeredTo(api, queue, interval);
        finished.push(...(await completedOf(api, queue, interval)));
      }
      if (offered === 0 && finished.length === 0) return null;
      const completed = finished.filter(isCompleted).length;
      const short = finished.filter((one) => !isCompleted(one) && one.isShortAbandon === true).length;
      return { offered: Math.max(offered, finished.length), completed, failed: finished.length - completed - short };
    },

    async flow(shadow, interval) {
      if (!isClosed(interval)) return null;
      const legs = await completedOf(api, shadow, interval);
      if (legs.length === 0) return null;
      const finished = legs.filter(({ abandoned }) => abandoned !== true);
      const failed = finished.filter(({ inQueueSeconds }) => (inQueueSeconds ?? 0) === 0);
      return { entered: legs.length, finished: finished.length, failed: failed.length };
    },

    async answeredCalls(queues, interval) {
      if (queues.length === 0 || !isClosed(interval)) return null;
      const finished: Contact[] = [];
      for (const queue of new Set(queues)) finished.push(...(await completedOf(api, queue, interval)));
      return finished.length === 0 ? null : finished.filter(isCompleted).flatMap(timed);
    },

    async finishedLegs(shadow, interval) {
      if (!isClosed(interval)) return null;
      const legs = await completedOf(api, shadow, interval);
      return legs.length === 0 ? null : legs.filter(({ abandoned }) => abandoned !== true).flatMap(timed);
    },
  };
}

/** A contact without its start has no time to measure from. */
function timed(one: Contact): readonly AnsweredCall[] {
  const start = Date.parse(one.contactStartDate ?? '');
  if (Number.isNaN(start)) return [];
  const answeredAt = start + 1000 * ((one.preQueueSeconds ?? 0) + (one.inQueueSeconds ?? 0));
  const endedAt = one.totalDurationSeconds == null ? null : start + 1000 * one.totalDurationSeconds;
  return [{ id: one.contactId, answeredAt, endedAt }];
}

function isCompleted({ abandoned, agentSeconds }: Contact): boolean {
  return abandoned !== true && (agentSeconds ?? 0) > 0;
}

async function completedOf(api: CxoneApi, skill: string, interval: Interval): Promise<readonly Contact[]> {
  const query = { ...datesOf(interval), mediaTypeId: VOICE, skillId: skill };
  const rows = await allRows(api, '/contacts/completed', 'completedContacts', contact, query);
  // A filter that a version does not know would give every skill's contacts.
  return rows.filter(({ skillId, isLogged }) => skillId === skill && isLogged !== false);
}

async function offeredTo(api: CxoneApi, skill: string, interval: Interval): Promise<number> {
  const path = `/skills/${id(skill)}/summary`;
  const answer = await api.get(path, z.unknown(), datesOf(interval));
  if (answer === null) return 0;
  const list = z.looseObject({ skillsummaries: z.array(summary).nullish() });
  const page = z.union([z.looseObject({ resultset: list }).transform(({ resultset }) => resultset), list]);
  const rows = fitted(page, inSmallLetters(answer), 'GET', path).skillsummaries ?? [];
  return rows
    .filter(({ skillid }) => !skillid || skillid === skill)
    .reduce((sum, { contactsoffered }) => sum + (contactsoffered ?? 0), 0);
}

function datesOf({ from, to }: Interval) {
  return { startDate: new Date(from).toISOString(), endDate: new Date(to).toISOString() };
}

/** Keys only, all the way down. */
function inSmallLetters(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(inSmallLetters);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key.toLowerCase(), inSmallLetters(inner)]));
}
