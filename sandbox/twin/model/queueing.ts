/**
 * Queues and agents on both sides. An agent takes one call at a time.
 *
 * New side: joined the queue, phone registered at the new gateway, every licence of the site visible.
 * Legacy side: the queue is on and the phone is registered somewhere; the tie line reaches it wherever that is.
 */
import type { LegacyRecord, QueueRecord } from './call-records';
import type { LossReason } from './ledger';
import type { Agent, Call, LegacyQueue, NewQueue, SiteWorld, Waiting, World } from './world';

export interface NewCall {
  readonly call: Call;
  readonly queue: NewQueue;
  readonly record: QueueRecord;
}

export interface LegacyCall {
  readonly call: Call;
  readonly queue: LegacyQueue;
  readonly record: LegacyRecord;
}

export interface CallEnds {
  onAnswer(): void;
  onEnd(): void;
  onLost(reason: LossReason, detail: string): void;
}

const PATIENCE_SECONDS = { from: 60, to: 120 };
const HANDLE_SECONDS = { least: 90, mean: 200, most: 840 };
const WRAP_UP_MS = 40_000;
const POLL_MS = 2000;
/** Below this share of a queue's agents able to take calls, a caller who gave up was lost to the order of steps. */
const FULL_STRENGTH = 0.8;

export function answerOnNew(world: World, { call, queue, record }: NewCall, ends: CallEnds): void {
  call.release.push(() => {
    if (record.endedAt === null) Object.assign(record, { failedAt: world.agenda.now, endedAt: world.agenda.now });
  });
  serve(world, {
    call,
    queue,
    canAnswer: (agent) => canAnswerOnNew(world, call.site, queue, agent),
    agents: queue.agents,
    answered: () => {
      record.answeredAt = world.agenda.now;
      call.site.calls.answered += 1;
      ends.onAnswer();
    },
    ended: () => {
      record.endedAt = world.agenda.now;
      ends.onEnd();
    },
    gaveUp: () => {
      record.abandonedAt = world.agenda.now;
      record.endedAt = world.agenda.now;
      ends.onLost(...whyNobodyOnNew(world, call.site, queue));
    },
  });
}

export function answerOnLegacy(world: World, { call, queue, record }: LegacyCall, ends: CallEnds): void {
  if (!queue.enabled) {
    record.failedAt = world.agenda.now;
    ends.onLost('queue-switched-off', `legacy queue ${queue.id} is off`);
    return;
  }
  queue.live += 1;
  call.release.push(() => {
    queue.live -= 1;
    if (record.completedAt === null) record.failedAt ??= world.agenda.now;
  });
  serve(world, {
    call,
    queue,
    canAnswer: (agent) => canAnswerOnLegacy(queue, agent),
    agents: queue.agents,
    answered: () => {
      call.site.calls.answered += 1;
      ends.onAnswer();
    },
    ended: () => {
      record.completedAt = world.agenda.now;
      ends.onEnd();
    },
    gaveUp: () => {
      record.failedAt = world.agenda.now;
      const isStaffed = queue.agents.some((agent) => agent.phone.registeredAt !== null);
      const detail = `nobody answered on legacy queue ${queue.id}`;
      ends.onLost(!queue.enabled ? 'queue-switched-off' : isStaffed ? 'abandoned-legacy' : 'no-agent-legacy', detail);
    },
  });
}

export function canAnswerOnNew(world: World, site: SiteWorld, queue: NewQueue, agent: Agent): boolean {
  return isOnNew(queue, agent) && isLicensed(world, site, agent);
}

export function canAnswerOnLegacy(queue: LegacyQueue, agent: Agent): boolean {
  return queue.enabled && agent.phone.registeredAt !== null;
}

/** Calls that wait in the queue are lost at once when it is switched off. */
export function callsWaiting(queue: { waiting: Waiting[] }): readonly Call[] {
  return queue.waiting.filter((one) => !one.over && !one.call.over).map((one) => one.call);
}

function isOnNew(queue: NewQueue, agent: Agent): boolean {
  return agent.phone.registeredAt === 'new' && queue.members.get(agent.user)?.joined === true;
}

function isLicensed(world: World, site: SiteWorld, agent: Agent): boolean {
  return site.file.platform.licences.every((licence) => world.licences.has(agent.user, licence));
}

function whyNobodyOnNew(world: World, site: SiteWorld, queue: NewQueue): [LossReason, string] {
  const present = queue.agents.filter((agent) => isOnNew(queue, agent));
  const able = present.filter((agent) => isLicensed(world, site, agent));
  const counts = `${queue.agents.length} agents, ${present.length} joined and registered, ${able.length} licensed`;
  if (present.length === 0) return ['no-agent-new', counts];
  if (able.length === 0) return ['agent-unlicensed', counts];
  return [able.length < FULL_STRENGTH * queue.agents.length ? 'too-few-agents-new' : 'abandoned-new', counts];
}

interface Service {
  readonly call: Call;
  readonly queue: { waiting: Waiting[]; polling: boolean };
  readonly agents: readonly Agent[];
  canAnswer(agent: Agent): boolean;
  answered(): void;
  ended(): void;
  gaveUp(): void;
}

/** Answered at once when an agent is free, else waits until one is or patience ends. */
function serve(world: World, service: Service): void {
  if (offer(world, service)) return;
  const { call, queue } = service;
  const waiting: Waiting = { call, over: false, offer: () => offer(world, service) };
  queue.waiting.push(waiting);
  call.release.push(() => leave(queue, waiting));
  world.agenda.after(world.random.between(PATIENCE_SECONDS.from, PATIENCE_SECONDS.to) * 1000, () => {
    if (!waiting.over && !call.over) service.gaveUp();
  });
  if (!queue.polling) poll(world, queue);
}

/** Callers are served in the order in which they came. */
function poll(world: World, queue: Service['queue']): void {
  queue.polling = true;
  world.agenda.after(POLL_MS, () => {
    for (const waiting of [...queue.waiting]) {
      if (!waiting.over && !waiting.call.over && !waiting.offer()) break;
      leave(queue, waiting);
    }
    if (queue.waiting.length > 0) poll(world, queue);
    else queue.polling = false;
  });
}

function leave(queue: Service['queue'], waiting: Waiting): void {
  waiting.over = true;
  queue.waiting = queue.waiting.filter((one) => one !== waiting);
}

function offer(world: World, service: Service): boolean {
  const { agents, call } = service;
  const start = world.random.index(Math.max(1, agents.length));
  for (let i = 0; i < agents.length; i++) {
    const agent = agents[(start + i) % agents.length] as Agent;
    if (agent.busy || !service.canAnswer(agent)) continue;
    converse(world, service, agent);
    return true;
  }
  call.agent = null;
  return false;
}

function converse(world: World, service: Service, agent: Agent): void {
  const { call } = service;
  agent.busy = true;
  call.agent = agent;
  const free = () => {
    world.agenda.after(WRAP_UP_MS, () => {
      agent.busy = false;
    });
  };
  call.release.push(free);
  service.answered();
  const handle = HANDLE_SECONDS.least + world.random.exponential(HANDLE_SECONDS.mean);
  world.agenda.after(Math.min(HANDLE_SECONDS.most, handle) * 1000, () => {
    if (!call.over) service.ended();
  });
}
