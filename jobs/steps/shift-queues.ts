import type { Evidence } from '../../src/core/evidence';
import { counted, duration, listed, percent } from '../../src/core/wording';
import { Fault } from '../../src/ports/fault';
import { readShares, type Shares, sameShares, setShares, sharesText } from './allocation-row';
import type { AssignLicencesResult } from './assign-licences';
import { registeredAgents, registeredLine } from './cohort-walk';
import { type CapturedDiversion, divertNow, endDiversion, readDiversion } from './emergency-diversion';
import { licenceLacks, supportPacket } from './licence-holders';
import { applied, failed, held, line, NOTHING_WRITTEN, passed, recalled, undone, waiting } from './outcomes';
import { mappingLines, type QueueMembers, queueMembers } from './queue-members';
import type { StepContext, StepWork } from './step-work';

/** Who took calls in each queue, and where the site's calls went. */
type Captured = {
  readonly queues: readonly { readonly queue: string; readonly joined: readonly string[] }[];
  readonly shares: Shares;
  readonly diversion?: NonNullable<CapturedDiversion>;
};
export type ShiftQueuesResult = { readonly shiftedAt: number };

const READ_BACK_MS = 5_000;
/** Everything: from here the new queues take all calls and the shadow has nothing left to compare with. */
const ALL: Shares = { allocationPercent: 100, shadowPercent: 0 };
/** Callers who already wait in a new queue are answered before its agents leave it. */
const LAST_CALLERS_MS = 60_000;
/** Legacy is armed after this step's way back, and waits no longer than this for agents who do not leave queues without calls. */
const LEAVING_MS = 3 * 60_000;
/** A platform that keeps its share for this long after being told otherwise will not change it by waiting. */
const STUBBORN_MS = 5 * 60_000;

/** The agents join the new queues, then all calls go there. */
export const shiftQueues: StepWork = {
  async ready(context) {
    const { site, limits } = context.plan;
    const lacks = await licenceLacks(context, site.agents);
    // Read twice: what a first read shows may be an answer from a cache of the platform.
    const again = lacks.length === 0 ? await licenceLacks(context, site.agents) : lacks;
    const licences = `licences ${site.platform.licences.join(' + ')} of all ${site.agents.length} agents`;
    const licenceLine = line(context, licences, `${site.agents.length - again.length} active`, again.length === 0);
    if (again.length > 0) {
      const since = recalled<AssignLicencesResult>(context.resultOf('assign-licences'))?.assignedAt ?? null;
      const summary = `${again.length} of ${counted(site.agents.length, 'agent')} lack a licence, so the queues do not shift; send the packet to the vendor's support, then resume.`;
      return held('licences', summary, [licenceLine], { packet: await supportPacket(context, again, since) });
    }
    const registered = await context.world.platform.registeredPhones(site.platform.site);
    const share = (100 * registeredAgents(context, registered)) / site.agents.length;
    const evidence = [
      licenceLine,
      ...mappingLines(context, await queueMembers(context)),
      { ...registeredLine(context, registered), good: share >= limits.cohortRegisteredPercent },
      await crmLine(context),
    ];
    const bad = evidence.filter(({ good }) => good === false);
    if (bad.length === 0)
      return passed('Licences, memberships, registrations and the CRM are ready for all calls.', evidence);
    const findings = bad.map(({ asked, answered }) => `${asked}: ${answered}`);
    return held(
      'not-ready',
      `The queues do not shift: ${listed(findings, 3)} (${percent(limits.cohortRegisteredPercent)} of the phones are needed). Set it right, then resume.`,
      evidence,
    );
  },

  async apply(context) {
    const queues = await queueMembers(context);
    const diversion = await readDiversion(context);
    const captured: Captured = {
      queues: queues.map(({ queue, joined }) => ({ queue: queue.queue, joined })),
      shares: await readShares(context),
      ...(diversion ? { diversion } : {}),
    };
    await context.capture(captured);
    const joined = await joinAll(context, queues);
    if (joined.some(({ good }) => good === false)) {
      return waiting('The agents are joining the new queues; calls still go to legacy.', joined, {
        afterMs: READ_BACK_MS,
      });
    }
    const free = await freeAgents(context);
    const empty = free.filter(({ good }) => good === false);
    // Joined is not free: callers of a queue in which nobody can answer would wait, or overflow.
    if (empty.length > 0 && (await readShares(context)).allocationPercent < ALL.allocationPercent) {
      const summary = `Nobody could answer yet (${listed(empty.map(({ asked }) => asked))}); calls still go to legacy.`;
      return waiting(summary, [...joined, ...free], { afterMs: READ_BACK_MS });
    }
    const { shares, agree } = await setShares(context, ALL);
    const evidence = [...joined, ...free, line(context, 'allocation row', sharesText(shares), agree)];
    if (!agree) return waiting('The platform does not show the new share yet.', evidence, { afterMs: READ_BACK_MS });
    const result: ShiftQueuesResult = { shiftedAt: context.now() };
    return applied('All calls go to the new queues.', evidence, result);
  },

  async check(context) {
    const queues = await queueMembers(context);
    const shares = await readShares(context);
    const agree = shares.allocationPercent === ALL.allocationPercent;
    const evidence = [
      ...queues.map((each) => joinedLine(context, each)),
      line(context, 'allocation row', sharesText(shares), agree),
    ];
    if (evidence.every(({ good }) => good === true)) {
      const agents = counted(context.plan.site.agents.length, 'agent');
      return passed(`All calls go to the new queues, where ${agents} take them.`, evidence);
    }
    return waiting('The new queues are not complete.', evidence, { afterMs: READ_BACK_MS });
  },

  /** Calls go back first, at once where the site has an emergency group; only then do the agents leave the new queues. */
  async undo(context) {
    const captured = recalled<Captured>(context.captured);
    if (!captured) return NOTHING_WRITTEN;
    const waited = context.now() - context.since;
    const diversion = captured.diversion ?? null;
    const isBack = sameShares(await readShares(context), captured.shares);
    const diverted = isBack ? [] : await divertNow(context, diversion);
    const { shares, agree } = await setShares(context, captured.shares);
    const row = line(context, 'allocation row', sharesText(shares), agree);
    if (!agree && waited > STUBBORN_MS) {
      return failed(
        `The platform was told ${duration(waited)} ago to give the calls back and still shows ${sharesText(shares)}.`,
        [...diverted, row],
      );
    }
    if (!agree)
      return {
        kind: 'waiting',
        summary: 'The calls are not shown as given back yet.',
        evidence: [...diverted, row],
        recheckAfterMs: READ_BACK_MS,
        until: null,
      };
    const ended = await endDiversion(context, diversion);
    const queues = await queueMembers(context);
    const leavesAt = context.since + LAST_CALLERS_MS;
    if (context.now() < leavesAt && queues.some((each) => ours(each, joinedBefore(captured, each)).length > 0)) {
      const summary = 'Calls go to the legacy queues again; the agents stay in the new ones for those who wait there.';
      const evidence = [row, ...ended];
      return { kind: 'waiting', summary, evidence, recheckAfterMs: leavesAt - context.now(), until: leavesAt };
    }
    const isLate = waited > LEAVING_MS;
    const joined = await restoreJoined(context, queues, captured, isLate);
    const evidence = [row, ...ended, ...joined];
    if (evidence.every(({ good }) => good !== false))
      return undone('Calls go to the legacy queues and the new queues are as before.', evidence);
    const astray = joined.filter(({ good }) => good === false).map(({ asked, answered }) => `${asked}: ${answered}`);
    if (isLate && astray.length > 0) {
      const summary = `Calls go to the legacy queues. Not as before, and not waited for, because no calls arrive there: ${listed(astray, 3)}. Set it right by hand.`;
      return undone(summary, evidence);
    }
    return {
      kind: 'waiting',
      summary: 'The agents are leaving the new queues.',
      evidence,
      recheckAfterMs: READ_BACK_MS,
      until: null,
    };
  },
};

/** From the shift on, the CRM must take calls of the new side. */
/** Agents of each new queue who could take a call at this moment; null from the platform is told as not measured. */
async function freeAgents(context: StepContext): Promise<readonly Evidence[]> {
  const evidence: Evidence[] = [];
  for (const { name, queue } of context.plan.site.platform.queues) {
    const { free, text } = await freeIn(context, queue);
    evidence.push(line(context, `free agents of ${name}`, text, free === null ? null : free > 0));
  }
  return evidence;
}

/** A right that is missing was told by the preflight, and two people have waived it: the figure is missing, not the agents. */
async function freeIn(
  context: StepContext,
  queue: string,
): Promise<{ readonly free: number | null; readonly text: string }> {
  try {
    const free = await context.world.inspection.availableAgents(queue);
    return { free, text: free === null ? 'not measured: the platform has no figure' : counted(free, 'agent') };
  } catch (cause) {
    if (!(cause instanceof Fault) || cause.transient) throw cause;
    return { free: null, text: `not measured: ${cause.message}` };
  }
}

async function crmLine(context: StepContext): Promise<Evidence> {
  const { site } = context.plan;
  const { platform } = await context.world.crm.entry(site.crm.entry);
  return line(
    context,
    `CRM entry ${site.crm.entry}`,
    `routes to ${platform}`,
    platform === 'both' || platform === site.platform.kind,
  );
}

async function joinAll(context: StepContext, queues: readonly QueueMembers[]): Promise<readonly Evidence[]> {
  let wrote = false;
  for (const { queue, agents, joined } of queues) {
    const absent = agents.map(({ user }) => user).filter((user) => !joined.includes(user));
    if (absent.length === 0) continue;
    await context.fence();
    await context.world.platform.setJoined(queue.queue, absent, true);
    wrote = true;
  }
  const now = wrote ? await queueMembers(context) : queues;
  return now.map((each) => joinedLine(context, each));
}

function joinedLine(context: StepContext, { queue, agents, joined }: QueueMembers): Evidence {
  const there = agents.filter(({ user }) => joined.includes(user)).length;
  return line(context, `queue ${queue.name}, joined members`, `${there} of ${agents.length}`, there === agents.length);
}

/** One queue after the other. What the platform refuses for good, or still refuses when it is late, is a finding and stops no other queue. */
async function restoreJoined(
  context: StepContext,
  queues: readonly QueueMembers[],
  captured: Captured,
  isLate: boolean,
): Promise<readonly Evidence[]> {
  const evidence: Evidence[] = [];
  for (const each of queues) {
    try {
      evidence.push(await restoreOne(context, each, joinedBefore(captured, each)));
    } catch (cause) {
      if (!(cause instanceof Fault) || (cause.transient && !isLate)) throw cause;
      evidence.push(line(context, membersOf(each), cause.message, false));
    }
  }
  return evidence;
}

const joinedBefore = (captured: Captured, { queue }: QueueMembers): readonly string[] =>
  captured.queues.find((each) => each.queue === queue.queue)?.joined ?? [];

/** Those whom this wave has joined leave. Whom others have joined or taken out since is theirs to say. */
async function restoreOne(context: StepContext, each: QueueMembers, before: readonly string[]): Promise<Evidence> {
  const { platform } = context.world;
  const { queue } = each;
  const leaving = ours(each, before);
  if (leaving.length > 0) {
    await context.fence();
    await platform.setJoined(queue.queue, leaving, false);
  }
  const members = await platform.members(queue.queue);
  const now = [...members].filter(([, isIn]) => isIn).map(([user]) => user);
  const left = ours({ ...each, joined: now }, before);
  const theirs = now.filter((user) => !before.includes(user) && !left.includes(user));
  const gone = before.filter((user) => !now.includes(user));
  const notes = [
    theirs.length > 0 ? `joined by others and left alone: ${listed(theirs, 3)}` : '',
    gone.length > 0 ? `taken out by others and left alone: ${listed(gone, 3)}` : '',
  ].filter((note) => note !== '');
  const text = [`${now.length}, before ${before.length}`, ...notes].join('; ');
  return line(context, membersOf(each), text, left.length === 0);
}

/** On the roster, in the queue now, and not before this wave. */
function ours({ agents, joined }: QueueMembers, before: readonly string[]): readonly string[] {
  return agents.map(({ user }) => user).filter((user) => joined.includes(user) && !before.includes(user));
}

const membersOf = ({ queue }: QueueMembers): string => `queue ${queue.name}, joined members`;
