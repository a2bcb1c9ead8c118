/** Queues, their members and the skills of agents: /api/v2/routing/... */
import { z } from 'zod';
import { type ApiReply, type ApiRequest, Refused, type Routes } from '../http';
import type { Json } from '../model/ledger';
import { idOf } from '../model/random';
import { type Agent, joinedCount, type NewQueue, type SiteWorld, type World } from '../model/world';
import { bodyOf, listing, pageOf, unknownId } from './refusals';

const QUEUES = '/api/v2/routing/queues';
const MAX_MEMBERS = 100;
const MEMBERS_FOLLOW_SECONDS = { from: 1, to: 4 };

const object = z.record(z.string(), z.json());
const queueBody = z.strictObject({
  id: z.string().optional(),
  name: z.string().min(1),
  division: object.optional(),
  description: z.string().optional(),
  dateCreated: z.string().optional(),
  dateModified: z.string().optional(),
  modifiedBy: z.string().optional(),
  createdBy: z.string().optional(),
  memberCount: z.number().optional(),
  userMemberCount: z.number().optional(),
  joinedMemberCount: z.number().optional(),
  mediaSettings: object.optional(),
  routingRules: z.array(object).optional(),
  bullseye: object.optional(),
  acwSettings: object.optional(),
  skillEvaluationMethod: z.enum(['NONE', 'BEST', 'ALL']).optional(),
  scoringMethod: z.enum(['TimestampAndPriority', 'PriorityOnly']).optional(),
  queueFlow: object.optional(),
  callingPartyName: z.string().optional(),
  callingPartyNumber: z.string().optional(),
  memberGroups: z.array(object).optional(),
  peerId: z.string().optional(),
  selfUri: z.string().optional(),
});
const joinBody = z.array(z.strictObject({ id: z.string(), joined: z.boolean() })).min(1);
const addBody = z.array(z.looseObject({ id: z.string() })).min(1);
const oneMemberBody = z.looseObject({ id: z.string().optional(), joined: z.boolean() });

interface Placed {
  readonly site: SiteWorld;
  readonly queue: NewQueue;
}

export function routingRoutes(world: World): Routes {
  const all: readonly Placed[] = world.sites.flatMap((site) => site.queues.map((queue) => ({ site, queue })));
  const placed = (request: ApiRequest): Placed => {
    const found = all.find(({ queue }) => queue.id === request.params.queue);
    if (!found) throw unknownId('queue', request.params.queue ?? '');
    return found;
  };
  return {
    [`GET ${QUEUES}`]: (request) => {
      const name = request.query.get('name')?.toLowerCase();
      const ids = request.query.getAll('id');
      const wanted = all.filter(
        ({ queue }) => (!name || likeName(queue.body.name, name)) && (ids.length === 0 || ids.includes(queue.id)),
      );
      return {
        status: 200,
        body: listing(
          request,
          wanted.map(({ queue }) => shownQueue(queue)),
        ),
      };
    },
    [`GET ${QUEUES}/{queue}`]: (request) => ({ status: 200, body: shownQueue(placed(request).queue) }),
    [`PUT ${QUEUES}/{queue}`]: (request) => putQueue(world, placed(request).queue, request),
    [`GET ${QUEUES}/{queue}/members`]: (request) => members(placed(request), request),
    [`PATCH ${QUEUES}/{queue}/members`]: (request) => {
      const wanted = bodyOf(joinBody, request);
      refuseTooMany(wanted.length);
      return joinMembers(world, placed(request).queue, wanted, request);
    },
    [`PATCH ${QUEUES}/{queue}/members/{member}`]: (request) => {
      const { queue } = placed(request);
      const id = request.params.member ?? '';
      if (!queue.members.has(id)) throw unknownId('queueMember', id);
      return joinMembers(world, queue, [{ id, joined: bodyOf(oneMemberBody, request).joined }], request);
    },
    [`POST ${QUEUES}/{queue}/members`]: (request) => {
      const wanted = bodyOf(addBody, request).map(({ id }) => id);
      refuseTooMany(wanted.length);
      return changeMembers(world, placed(request), wanted, request);
    },
    'GET /api/v2/routing/skills': (request) => {
      const groups = [...new Set(world.sites.flatMap((site) => site.agents.map((agent) => agent.group)))];
      const name = request.query.get('name');
      const skills = groups.map(shownSkill).filter((skill) => name === null || skill.name === name);
      return { status: 200, body: listing(request, skills) };
    },
    'GET /api/v2/users/{user}/routingskills': (request) => {
      const agent = world.sites.flatMap((site) => site.agents).find((one) => one.user === request.params.user);
      if (!agent) throw unknownId('user', request.params.user ?? '');
      return { status: 200, body: listing(request, [{ ...shownSkill(agent.group), proficiency: 3 }]) };
    },
  };
}

function likeName(name: string, pattern: string): boolean {
  const [start = '', end] = pattern.split('*');
  const lower = name.toLowerCase();
  return end === undefined ? lower === pattern : lower.startsWith(start) && lower.endsWith(end);
}

function refuseTooMany(count: number): void {
  if (count > MAX_MEMBERS) throw new Refused(400, `At most ${MAX_MEMBERS} members can be changed in one request.`);
}

function putQueue(world: World, queue: NewQueue, request: ApiRequest): ApiReply {
  const body = bodyOf(queueBody, request);
  const computed = [
    'id',
    'memberCount',
    'userMemberCount',
    'joinedMemberCount',
    'selfUri',
    'dateModified',
    'modifiedBy',
  ];
  const kept = Object.entries(body).filter(([key, value]) => value !== undefined && !computed.includes(key));
  const before: Json = { ...queue.body };
  queue.body = { ...(Object.fromEntries(kept) as Record<string, Json>), name: body.name };
  world.ledger.write({
    system: 'genesys',
    method: 'PUT',
    path: request.path,
    resource: `queue ${queue.id}`,
    before,
    after: { ...queue.body },
  });
  return { status: 200, body: shownQueue(queue) };
}

/** Accepted now, done some seconds later; those who are no members are ignored without a word. */
function joinMembers(
  world: World,
  queue: NewQueue,
  wanted: readonly { id: string; joined: boolean }[],
  request: ApiRequest,
): ApiReply {
  const known = wanted.filter(({ id }) => queue.members.has(id));
  const shape = (joinedOf: (id: string, wish: boolean) => boolean): Json =>
    Object.fromEntries(known.map(({ id, joined }) => [id, { joined: joinedOf(id, joined) }]));
  const before = shape((id) => queue.members.get(id)?.joined === true);
  world.ledger.write({
    system: 'genesys',
    method: request.method,
    path: request.path,
    resource: `queue-members ${queue.id}`,
    before,
    after: shape((_id, wish) => wish),
  });
  world.agenda.after(world.random.between(MEMBERS_FOLLOW_SECONDS.from, MEMBERS_FOLLOW_SECONDS.to) * 1000, () => {
    for (const { id, joined } of known) {
      const member = queue.members.get(id);
      if (member) member.joined = joined;
    }
  });
  return { status: 200, body: { entities: known.map(({ id }) => ({ id, joined: queue.members.get(id)?.joined })) } };
}

function changeMembers(world: World, { site, queue }: Placed, ids: readonly string[], request: ApiRequest): ApiReply {
  const isDelete = request.query.get('delete') === 'true';
  const strangers = ids.filter((id) => !site.agents.some((agent) => agent.user === id));
  if (strangers[0] !== undefined) throw unknownId('user', strangers[0]);
  const shape = (): Json => Object.fromEntries(ids.map((id) => [id, { member: queue.members.has(id) }]));
  const before = shape();
  for (const id of ids) {
    if (isDelete) queue.members.delete(id);
    else if (!queue.members.has(id)) queue.members.set(id, { joined: false });
  }
  world.ledger.write({
    system: 'genesys',
    method: request.method,
    path: request.path,
    resource: `queue-members ${queue.id}`,
    before,
    after: shape(),
  });
  return { status: 204 };
}

/** No `total` and no `pageCount` here: page until there is no `nextUri`. */
function members({ site, queue }: Placed, request: ApiRequest): ApiReply {
  const page = pageOf(request);
  const joined = request.query.get('joined');
  const byUser = new Map(site.agents.map((agent) => [agent.user, agent]));
  const wanted = [...queue.members].filter(([, member]) => joined === null || String(member.joined) === joined);
  const shown = wanted.slice((page.number - 1) * page.size, page.number * page.size);
  const uri = (number: number) => `${request.path}?pageSize=${page.size}&pageNumber=${number}`;
  const entities = shown.map(([id, member]) => shownMember(id, member.joined, byUser.get(id)));
  const next = page.number * page.size < wanted.length ? { nextUri: uri(page.number + 1) } : {};
  return {
    status: 200,
    body: { entities, pageSize: page.size, pageNumber: page.number, selfUri: uri(page.number), ...next },
  };
}

function shownMember(id: string, joined: boolean, agent: Agent | undefined) {
  const status = !joined ? 'OFF_QUEUE' : agent?.busy ? 'INTERACTING' : 'IDLE';
  return {
    id,
    name: agent?.name ?? id,
    user: { id, name: agent?.name ?? id },
    joined,
    memberBy: 'user',
    routingStatus: { userId: id, status },
  };
}

function shownQueue(queue: NewQueue) {
  const memberCount = queue.members.size;
  const counts = { memberCount, userMemberCount: memberCount, joinedMemberCount: joinedCount(queue) };
  return { id: queue.id, ...queue.body, ...counts, selfUri: `${QUEUES}/${queue.id}` };
}

function shownSkill(group: string) {
  const id = idOf('skill', group);
  return { id, name: group, state: 'active', selfUri: `/api/v2/routing/skills/${id}` };
}
