import { type Cohort, cohortsOf } from '../../src/core/cohorts';
import type { Evidence } from '../../src/core/evidence';
import type { Outcome } from '../../src/core/outcome';
import { batchMs, batchSize, clearOfRetries, faster, firstPace, slower } from '../../src/core/registration-pace';
import { counted, duration, listed } from '../../src/core/wording';
import { Fault } from '../../src/ports/fault';
import { askGateway, type GatewayFinding } from './gateways';
import { failed, line, waiting } from './outcomes';
import type { StepContext } from './step-work';

/**
 * Where the walk through the roster stands. It is noted when a visit reports: a worker that dies between a restart and
 * its report repeats that batch, but only for phones that have not registered by then.
 */
export type Walk = {
  readonly cohort: number;
  /** Agents of the cohort whose phones were asked. */
  readonly position: number;
  readonly askedAt: number | null;
  /** Phones a second, and what was refused before. */
  readonly perSecond: number;
  readonly ceiling: number;
  readonly stormFrom: number | null;
  /** A storm that was looked at again later than this was not watched without a break. Absent in older waves. */
  readonly lookBy?: number;
  /** When the gateway was seen to refuse: the phones refused then come again one retry interval later, and so on. */
  readonly refusedAt: readonly number[];
};

export interface Walked {
  readonly kind: 'walked';
  readonly registered: ReadonlySet<string>;
  readonly evidence: readonly Evidence[];
}

/** Small batches: a worker that dies repeats one at most, and phones that boot equally fast come in a small burst. */
const BATCH_MS = 5_000;
/** Phones need up to a minute to restart and register: while they do, and after that. */
const LOOK_MS = 5_000;
const SETTLE_MS = 15_000;
const BOOT_MS = 60_000;
/** A look may come this much late: the platform is busy, a worker is replaced. Past it nobody knows what was in between. */
const UNWATCHED_MS = 5 * 60_000;
/** Refusals further back have been slept off. */
const REFUSALS_KEPT = 4;
/** Phones that were asked this many retry intervals ago and have not come are asked once more. */
const RETRIES_BEFORE_ASKING_AGAIN = 4;
/** Rough time of a cohort, for the estimate only. */
const COHORT_MS = 60_000;

export function walkFrom(context: StepContext): Walk {
  const pace = firstPace(context.plan.site.endpoints.registersPerSecond);
  return { cohort: 0, position: 0, askedAt: null, ...pace, stormFrom: null, refusedAt: [] };
}

/** One short visit: look, ask at most one batch of phones to register, come back later. */
export async function walkOn(context: StepContext, walk: Walk): Promise<Outcome | Walked> {
  const { plan, world } = context;
  const gateway = await askGateway(context, 'target', 'some');
  const registered = await world.platform.registeredPhones(plan.site.platform.site);
  if (gateway.state === 'busy') return storm(context, walk, gateway, registered);
  const cohorts = cohortsOf(plan.site.agents, plan.limits, plan.wave, world.digest);
  const outstanding = askedAndMissing(cohorts, walk, registered);
  const calm: Walk = { ...walk, stormFrom: null, refusedAt: outstanding === 0 ? [] : walk.refusedAt };
  const next = firstUnfinished(context, cohorts, calm, registered);
  const cohort = cohorts[next.cohort];
  const evidence = [...gateway.everywhere, registeredLine(context, registered)];
  if (!cohort) return { kind: 'walked', registered, evidence };
  const where = `${progressText(context, cohorts, next, registered, outstanding)}${unseenText(gateway)}`;
  const until = context.now() + remainingMs(cohorts, next);
  if (gateway.state !== 'reachable') {
    const what = gateway.state === 'policy' ? 'answers otherwise than expected' : 'does not answer';
    return waiting(`${where} The gateway ${what}; nobody else is moved.`, evidence, {
      afterMs: SETTLE_MS,
      progress: next,
    });
  }
  if (!world.platform.capabilities.restartsPhones) return untilLoggedIn(cohort, where, next, evidence, registered);
  const batch = nextBatch(context, cohort, next, registered);
  if (!batch) {
    const booting = next.askedAt !== null && context.now() - next.askedAt < BOOT_MS;
    return waiting(where, evidence, { afterMs: booting ? LOOK_MS : SETTLE_MS, until, progress: next });
  }
  const clearAt = clearOfRetries(context.now(), BATCH_MS, next.refusedAt, plan.site.endpoints.retrySeconds * 1000);
  if (clearAt > context.now()) {
    const summary = `${where} The refused ones try again now; nobody new is asked for ${duration(clearAt - context.now())}.`;
    return waiting(summary, evidence, { afterMs: clearAt - context.now(), until, progress: next });
  }
  await context.fence();
  const unanswered = await askToRegister(context, batch.phones);
  const progress: Walk = { ...next, ...faster(next), position: batch.position, askedAt: context.now() };
  return waiting(`${where} ${counted(batch.phones.length, 'phone')} asked to register.${unanswered}`, evidence, {
    afterMs: Math.max(BATCH_MS, batchMs(batch.phones.length, next.perSecond)),
    until,
    progress,
  });
}

/**
 * A question without an answer may have been heard. Those phones are asked for like all others, and not a moment later once
 * more: by then some have registered, and a restart would cut off who already talks.
 */
async function askToRegister({ world }: StepContext, phones: readonly string[]): Promise<string> {
  try {
    await world.platform.restartPhones(phones);
    return '';
  } catch (cause) {
    if (!(cause instanceof Fault) || !cause.transient || (cause.status !== null && cause.status < 500)) throw cause;
    return ` That was not answered (${cause.message}); who has not come in a while is asked again.`;
  }
}

/** The others decide, and people know who has to be looked after. */
const unseenText = ({ unseenFrom }: GatewayFinding): string =>
  unseenFrom.length === 0 ? '' : ` No data from ${counted(unseenFrom.length, 'probe')}: ${listed(unseenFrom)}.`;

/** Phones that were asked and are not there: restarting, or refused and about to come again. */
function askedAndMissing(cohorts: readonly Cohort[], walk: Walk, registered: ReadonlySet<string>): number {
  const before = cohorts.slice(0, walk.cohort).flatMap(({ agents }) => agents);
  const now = cohorts[walk.cohort]?.agents.slice(0, walk.position) ?? [];
  return [...before, ...now].filter(({ phone }) => !registered.has(phone)).length;
}

/** Where phones cannot be made to register, people log in. Nobody is logged out to hurry them: a call might be in progress. */
function untilLoggedIn(
  cohort: Cohort,
  where: string,
  next: Walk,
  evidence: readonly Evidence[],
  registered: ReadonlySet<string>,
): Outcome {
  const missing = cohort.agents.filter((agent) => !registered.has(agent.phone)).map((agent) => agent.agent);
  const summary = `${where} To log in now: ${listed(missing, 6)}. Nobody is logged out, so no call in progress ends.`;
  return waiting(summary, evidence, { afterMs: SETTLE_MS, progress: next });
}

export function registeredLine(context: StepContext, registered: ReadonlySet<string>): Evidence {
  const { agents } = context.plan.site;
  const missing = agents.filter((agent) => !registered.has(agent.phone)).map((agent) => agent.agent);
  const names = missing.length > 0 && missing.length <= 12 ? `; not: ${missing.join(', ')}` : '';
  return line(
    context,
    'phones registered at the new side',
    `${agents.length - missing.length} of ${agents.length}${names}`,
    null,
  );
}

export function registeredAgents(context: StepContext, registered: ReadonlySet<string>): number {
  return context.plan.site.agents.filter((agent) => registered.has(agent.phone)).length;
}

/** While the gateway refuses, nobody is moved: wait as long as it asks, at least the phones' own retry interval, and go on at half the pace. */
function storm(context: StepContext, walk: Walk, gateway: GatewayFinding, registered: ReadonlySet<string>): Outcome {
  const { limits, site } = context.plan;
  const now = context.now();
  const stormFrom = wasWatched(walk, now) ? (walk.stormFrom ?? now) : now;
  const evidence = [...gateway.everywhere, registeredLine(context, registered)];
  if (now - stormFrom >= limits.stormLimitMs) {
    return failed(
      `The gateway has refused registrations for ${duration(now - stormFrom)} without a break, past the limit of ${duration(limits.stormLimitMs)}.`,
      evidence,
    );
  }
  const afterMs = Math.max(gateway.retryAfterMs ?? 0, site.endpoints.retrySeconds * 1000);
  const count = `${registeredAgents(context, registered)} of ${counted(site.agents.length, 'phone')}`;
  const summary = `The gateway refuses registrations (503), for ${duration(now - stormFrom)} so far; ${count} registered. No phone is moved for ${duration(afterMs)}, then at half the pace.`;
  // Refused phones try again by themselves: they are asked anew only when the calm has not brought them.
  const askedAt = walk.askedAt === null ? null : now;
  const refusedAt = [...walk.refusedAt, now].slice(-REFUSALS_KEPT);
  const lookBy = now + afterMs + UNWATCHED_MS;
  const pace = wasAskedSince(walk) ? slower(walk) : {};
  const progress: Walk = { ...walk, ...pace, askedAt, stormFrom, lookBy, refusedAt };
  return waiting(summary, evidence, { afterMs, progress });
}

/** A storm that goes on, and refused phones that come again by themselves, say nothing of a pace at which nobody was asked. */
function wasAskedSince({ askedAt, refusedAt }: Walk): boolean {
  const last = refusedAt.at(-1);
  return last === undefined || (askedAt !== null && askedAt > last);
}

/** Two refusals with a pause of the wave, or an outage of ours, between them prove nothing of the time between. */
const wasWatched = ({ lookBy }: Walk, now: number): boolean => lookBy === undefined || now <= lookBy;

function firstUnfinished(
  context: StepContext,
  cohorts: readonly Cohort[],
  walk: Walk,
  registered: ReadonlySet<string>,
): Walk {
  let next = walk;
  for (
    let cohort = cohorts[next.cohort];
    cohort && isFinished(context, cohort, next.cohort, registered);
    cohort = cohorts[next.cohort]
  ) {
    next = { ...next, cohort: next.cohort + 1, position: 0, askedAt: null };
  }
  return next;
}

/** The first cohort proves the way: at least `minRegistered` phones, on a smaller site all of them (J2). */
function isFinished(context: StepContext, cohort: Cohort, index: number, registered: ReadonlySet<string>): boolean {
  const { limits, site } = context.plan;
  const there = cohort.agents.filter((agent) => registered.has(agent.phone)).length;
  const enough = there * 100 >= cohort.agents.length * limits.cohortRegisteredPercent;
  return (
    enough && (index > 0 || registeredAgents(context, registered) >= Math.min(limits.minRegistered, site.agents.length))
  );
}

/** Null: everybody was asked, and it is too early to ask again. */
function nextBatch(context: StepContext, cohort: Cohort, walk: Walk, registered: ReadonlySet<string>) {
  const { retrySeconds } = context.plan.site.endpoints;
  const again =
    walk.askedAt !== null && context.now() - walk.askedAt >= RETRIES_BEFORE_ASKING_AGAIN * retrySeconds * 1000;
  const from = again && walk.position >= cohort.agents.length ? 0 : walk.position;
  const size = batchSize(walk.perSecond, BATCH_MS);
  const phones: string[] = [];
  let position = from;
  for (; position < cohort.agents.length && phones.length < size; position++) {
    const phone = cohort.agents[position]?.phone;
    if (phone !== undefined && !registered.has(phone)) phones.push(phone);
  }
  return phones.length === 0 ? null : { phones, position };
}

function progressText(
  context: StepContext,
  cohorts: readonly Cohort[],
  walk: Walk,
  registered: ReadonlySet<string>,
  outstanding: number,
): string {
  const cohort = cohorts[walk.cohort];
  const there = cohort?.agents.filter((agent) => registered.has(agent.phone)).length ?? 0;
  const all = `${registeredAgents(context, registered)} of ${context.plan.site.agents.length} in all`;
  const missing = walk.refusedAt.length > 0 ? 'refused and trying again' : 'on their way';
  const pace = `${outstanding} ${missing}, ${Math.round(walk.perSecond * 10) / 10} phones a second`;
  return `Cohort ${walk.cohort + 1} of ${cohorts.length} (${cohort?.name}): ${there} of ${counted(cohort?.agents.length ?? 0, 'phone')} registered, ${all}; ${pace}, about ${duration(remainingMs(cohorts, walk))} to go.`;
}

function remainingMs(cohorts: readonly Cohort[], walk: Walk): number {
  const ahead = cohorts.slice(walk.cohort);
  const phones = ahead.reduce((sum, cohort) => sum + cohort.agents.length, 0);
  return ahead.length * COHORT_MS + batchMs(phones, walk.perSecond);
}
