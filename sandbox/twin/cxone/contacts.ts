/** Contacts in progress, completed contacts, and summaries by skill, computed from the call records. */
import { type ApiReply, type ApiRequest, Refused, type Routes } from '../http';
import { type FlowRecord, type QueueRecord, recent, within } from '../model/call-records';
import type { Call, World } from '../model/world';
import { filteredBy, listing, spanOf } from './refusals';
import { type PlacedSkill, placedSkill, skillsOf } from './skills';
import { ACD, isCamelCase } from './versions';

const VOICE = 4;
const LONGEST_SPAN_MS = 30 * 24 * 3600_000;
const SHORT_ABANDON_SECONDS = 5;

export function contactRoutes(world: World, businessUnitId: number): Routes {
  const numbers = new ContactNumbers();
  const list = (request: ApiRequest, name: string, rows: readonly unknown[]) =>
    listing(request, { businessUnitId, now: world.agenda.now, name }, rows);
  return {
    [`GET ${ACD}/contacts/active`]: (request) => {
      const rows = filteredBy(request, 'mediaTypeId', live(world, numbers), (row) => row.mediaTypeId);
      return list(
        request,
        'activeContacts',
        filteredBy(request, 'skillId', rows, (row) => row.skillId),
      );
    },
    [`GET ${ACD}/contacts/completed`]: (request) => {
      const span = closedSpan(request);
      if (request.query.get('mediaTypeId') !== String(VOICE)) throw new Refused(400, 'mediaTypeId is required');
      const rows = skillsOf(world).flatMap((skill) => completed(world, numbers, skill, span));
      return list(
        request,
        'completedContacts',
        filteredBy(request, 'skillId', rows, (row) => row.skillId),
      );
    },
    [`GET ${ACD}/skills/{skill}/summary`]: (request) => {
      const row = summary(world, placedSkill(world, request), closedSpan(request));
      return summaries(request, businessUnitId, row);
    },
  };
}

interface Span {
  readonly from: number;
  readonly to: number;
}

function closedSpan(request: ApiRequest): Span {
  const span = spanOf(request);
  if (span.to - span.from > LONGEST_SPAN_MS) throw new Refused(400, 'The span must be at most 30 days');
  return span;
}

/** Contact ids are whole numbers, given in the order in which somebody first asks. */
class ContactNumbers {
  private readonly ids = new WeakMap<object, number>();
  private last = 700_000_000;

  of(thing: Call | QueueRecord | FlowRecord): number {
    const id = this.ids.get(thing) ?? ++this.last;
    this.ids.set(thing, id);
    return id;
  }
}

function live(world: World, numbers: ContactNumbers) {
  return world.sites.flatMap((site) =>
    [...site.liveOnNew].map((call) => ({
      contactId: numbers.of(call),
      masterContactId: numbers.of(call),
      mediaTypeId: VOICE,
      pointOfContactId: Number(site.trunkBases[Math.floor(call.startedAt) % site.trunkBases.length]?.id),
      skillId: Number(site.queues[call.queueIndex]?.id),
      isOutbound: false,
      stateName: call.agent ? 'Active' : 'InQueue',
    })),
  );
}

interface CompletedRow {
  readonly skillId: number;
  readonly [field: string]: unknown;
}

/** Contacts that began in the span and have ended; what is not in the warehouse yet has no figures. */
function completed(world: World, numbers: ContactNumbers, skill: PlacedSkill, span: Span): readonly CompletedRow[] {
  const { records } = skill.site;
  const { now } = world.agenda;
  const base = (record: QueueRecord | FlowRecord, startedAt: number, isLogged: boolean) => ({
    contactId: numbers.of(record),
    masterContactId: numbers.of(record),
    contactStartDate: new Date(startedAt).toISOString(),
    mediaTypeId: VOICE,
    skillId: Number(skill.id),
    isLogged,
    isRefused: false,
    refuseReason: '',
  });
  if (skill.kind === 'outbound') return [];
  if (skill.kind === 'shadow') {
    return recent(records.shadow, (record) => record.enteredAt, span.from, span.to)
      .filter((record) => within(record.enteredAt, span.from, span.to) && record.endedAt <= now)
      .map((record) => {
        const isLogged = record.endedAt + record.lagMs <= now;
        const seconds = Math.round((record.endedAt - record.enteredAt) / 1000);
        return {
          ...base(record, record.enteredAt, isLogged),
          agentId: 0,
          abandoned: isLogged && record.outcome === 'hung-up',
          isShortAbandon: false,
          agentSeconds: 0,
          // A leg that got through the menu rests a moment in the skill before the script ends it.
          inQueueSeconds: isLogged && record.outcome === 'reached' ? 1 : 0,
          preQueueSeconds: isLogged ? seconds : 0,
          totalDurationSeconds: isLogged ? seconds : 0,
        };
      });
  }
  return recent(records.queue, (record) => record.offeredAt, span.from, span.to)
    .filter((record) => record.queue === skill.id && within(record.offeredAt, span.from, span.to))
    .filter((record) => record.endedAt !== null && record.endedAt <= now)
    .map((record) => {
      const endedAt = record.endedAt ?? now;
      const isLogged = endedAt + record.lagMs <= now;
      const spoke = isLogged && record.answeredAt !== null;
      const waited = Math.round(((record.answeredAt ?? endedAt) - record.offeredAt) / 1000);
      return {
        ...base(record, record.offeredAt, isLogged),
        agentId: spoke ? 1 : 0,
        abandoned: isLogged && record.abandonedAt !== null,
        isShortAbandon: isLogged && record.abandonedAt !== null && waited < SHORT_ABANDON_SECONDS,
        agentSeconds: spoke ? Math.round((endedAt - (record.answeredAt ?? endedAt)) / 1000) : 0,
        inQueueSeconds: isLogged ? waited : 0,
        preQueueSeconds: isLogged ? 20 : 0,
        totalDurationSeconds: isLogged ? Math.round((endedAt - record.offeredAt) / 1000) : 0,
      };
    });
}

function summary(world: World, skill: PlacedSkill, span: Span) {
  const seen = (time: number | null, lagMs: number) =>
    within(time, span.from, span.to) && time + lagMs <= world.agenda.now;
  const records =
    skill.kind === 'inbound'
      ? recent(skill.site.records.queue, (record) => record.offeredAt, span.from, span.to).filter(
          (one) => one.queue === skill.id,
        )
      : [];
  const count = (timeOf: (record: QueueRecord) => number | null) =>
    records.filter((record) => seen(timeOf(record), record.lagMs)).length;
  return {
    skillId: Number(skill.id),
    contactsOffered: count((record) => record.offeredAt),
    contactsHandled: count((record) => record.answeredAt),
    contactsQueued: count((record) => record.offeredAt),
    abandonCount: count((record) => record.abandonedAt),
  };
}

/** Versions differ in their spelling; the older ones give every figure as text. */
function summaries(request: ApiRequest, businessUnitId: number, row: Readonly<Record<string, number>>): ApiReply {
  if (isCamelCase(request)) return { status: 200, body: { skillSummaries: [{ businessUnitId, ...row }] } };
  const pascal = Object.entries({ businessUnitId, ...row }).map(([key, value]) => [
    `${key[0]?.toUpperCase()}${key.slice(1)}`,
    String(value),
  ]);
  return { status: 200, body: { resultSet: { skillSummaries: [Object.fromEntries(pascal)] } } };
}
