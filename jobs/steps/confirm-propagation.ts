import { isWaitedFor, nextLookAt, type Propagation, verdictOf, type Watch } from '../../src/core/convergence';
import { tailEndsAt } from '../../src/core/convergence-forecast';
import type { Evidence } from '../../src/core/evidence';
import { counted, duration, listed, moment } from '../../src/core/wording';
import type { CacheFigures } from './cache-figures';
import { askNameServers } from './name-servers';
import { applied, failed, held, line, nothingToUndo, passed, recalled, waiting } from './outcomes';
import {
  countedBy,
  inCaches,
  type Look,
  look,
  lookAgain,
  recalledProgress,
  standingText,
  withAuthority,
  withoutAuthority,
} from './propagation-watch';
import type { StepContext, StepWork } from './step-work';
import type { SwitchDnsResult } from './switch-dns';

export type ConfirmPropagationResult = {
  readonly lowTtlUntil: number | null;
  /** What was learned of the resolvers, for the way back. */
  readonly caches?: readonly CacheFigures[];
};

/** Questions come no closer to one another than this. */
const CLOSEST_MS = 2_000;
const NAME_SERVER_MS = 5_000;

/** Waits until every name server and then every resolver that counts gives exactly the new sets. Nothing is written. */
export const confirmPropagation: StepWork = {
  async ready(context) {
    const { resolvers } = context.plan.site;
    const locations = new Set(resolvers.map((resolver) => resolver.location)).size;
    const enough = locations >= context.plan.limits.resolverLocations;
    if (enough && resolvers.some((resolver) => resolver.kind === 'enterprise'))
      return passed('Resolvers in enough places are named.', []);
    const summary = `The site names resolvers in ${counted(locations, 'place')}; ${context.plan.limits.resolverLocations} and at least one enterprise resolver are needed.`;
    return held('not-ready', summary, []);
  },

  async apply() {
    return applied('Nothing to write: the caches are watched.', []);
  },

  async check(context) {
    const kept = recalledProgress(context);
    const servers = await nameServers(context);
    if (!servers.agree) {
      const summary = `${listed(servers.behind)} no longer give${servers.behind.length === 1 ? 's' : ''} the new values; the resolvers are asked once all name servers do.`;
      return waiting(summary, servers.evidence, { afterMs: NAME_SERVER_MS, progress: withoutAuthority(kept) });
    }
    const progress = withAuthority(context, kept);
    // Nobody is held up, or failed, by what was seen a while ago.
    const overdue = context.now() - lagFrom(context, progress) > context.plan.limits.propagationLagMs;
    const first = await look(context, progress.watches, overdue);
    const looked = verdict(context, progress, first.watches) === 'propagated' ? await lookAgain(context, first) : first;
    const evidence = [...servers.evidence, ...looked.findings.flatMap((finding) => finding.evidence)];
    const next: Propagation = { ...progress, watches: looked.watches };
    return (
      wrong(context, progress, looked, evidence) ??
      (await fellBack(context, progress, looked, evidence)) ??
      judged(context, next, looked, evidence)
    );
  },

  undo: nothingToUndo,
};

function verdict(context: StepContext, progress: Propagation, watches: readonly Watch[]) {
  const { resolverLocations, propagationLagMs } = context.plan.limits;
  return verdictOf(countedBy(context, watches), {
    now: context.now(),
    authoritative: true,
    places: resolverLocations,
    since: lagFrom(context, progress),
    lagMs: propagationLagMs,
  });
}

function judged(context: StepContext, progress: Propagation, looked: Look, evidence: readonly Evidence[]) {
  switch (verdict(context, progress, looked.watches)) {
    case 'propagated':
      return propagated(context, progress, evidence);
    case 'blocked':
      return lagging(context, progress, evidence);
    case 'waiting':
      return stillOld(context, progress, evidence);
  }
}

function propagated(context: StepContext, progress: Propagation, evidence: readonly Evidence[]) {
  const { watches, lowTtlUntil } = progress;
  const done = watches.filter(({ doneAt }) => doneAt !== null);
  const left = watches.filter(({ doneAt }) => doneAt === null);
  const places = new Set(countedBy(context, done).map(({ location }) => location)).size;
  const caches = watches.map(
    ({ resolver, manner }): CacheFigures => ({ resolver, firstGoneAt: null, lastGoneAt: null, manner }),
  );
  const result: ConfirmPropagationResult = { lowTtlUntil, caches };
  const lag = duration(context.now() - lagFrom(context, progress));
  const late = left.length === 0 ? '' : ` Not waited for: ${listed(left.map((watch) => told(context, watch)))}.`;
  const who =
    left.length === 0
      ? `All ${counted(done.length, 'resolver')}`
      : `${done.length} of ${counted(watches.length, 'resolver')}`;
  return passed(
    `${who} in ${counted(places, 'place')} show the new gateway, twice in a row, after ${lag}.${late}`,
    [...evidence, tailLine(context)],
    result,
  );
}

/** Resolvers that nobody asked: told, not waited for. */
function tailLine(context: StepContext): Evidence {
  const tail = tailEndsAt({ authoritativeAt: authoritativeAt(context), oldTtl: context.plan.limits.ttlSeconds });
  const until = moment(tail, context.plan.site.timeZone);
  return line(context, 'resolvers that were not asked', `by ${until}, if none keeps answers longer than an hour`, null);
}

function stillOld(context: StepContext, progress: Propagation, evidence: readonly Evidence[]) {
  const now = context.now();
  const { watches } = progress;
  const open = watches.filter(({ doneAt }) => doneAt === null);
  const nextAt = nextLookAt(watches) ?? now;
  const limitAt = lagFrom(context, progress) + context.plan.limits.propagationLagMs + 1;
  const known = open.filter(({ reading }) => reading !== 'unknown');
  const until = Math.max(...known.map(({ expectedAt, nextAt: at }) => Math.max(expectedAt, at)), 0);
  const states = open.map((watch) => told(context, watch));
  const summary = `${watches.length - open.length} of ${counted(watches.length, 'resolver')} show the new gateway; ${listed(states)}.`;
  return waiting(summary, evidence, {
    afterMs: Math.max(CLOSEST_MS, Math.min(nextAt - now, Math.max(NAME_SERVER_MS, limitAt - now))),
    until: known.length === open.length && until > 0 ? until : null,
    progress,
  });
}

function lagging(context: StepContext, progress: Propagation, evidence: readonly Evidence[]) {
  const now = context.now();
  const { propagationLagMs, ttlSeconds } = context.plan.limits;
  const blocking = countedBy(context, progress.watches).filter(
    (one) => one.watch.doneAt === null && isWaitedFor(one, now),
  );
  const states = blocking.map(({ watch }) => told(context, watch));
  const lowTtlUntil = restoresAt(context) + propagationLagMs;
  const lag = duration(now - lagFrom(context, progress));
  const who = states.length === 0 ? 'too few places show the new gateway' : listed(states);
  const summary = `${lag} after the last name server, ${who}. The low-TTL window is extended: the records keep ${ttlSeconds} s until ${moment(lowTtlUntil, context.plan.site.timeZone)} at least. Have the cache flushed, then resume.`;
  return held('lag', summary, evidence, { progress: { ...progress, heldAt: now, lowTtlUntil } });
}

/**
 * What somebody else published before our write may live in a cache as long as any old answer may; it is wrong only when it
 * outlives what is granted to those.
 */
function wrong(context: StepContext, progress: Propagation, { findings }: Look, evidence: readonly Evidence[]) {
  const bad = findings.filter(({ reading }) => reading === 'wrong').map(({ resolver }) => resolver.name);
  if (bad.length === 0 || context.now() - lagFrom(context, progress) <= context.plan.limits.propagationLagMs)
    return null;
  const summary = `Wrong answer after propagation: ${listed(bad)} give${bad.length === 1 ? 's' : ''} neither the old nor the new gateway.`;
  return failed(summary, evidence);
}

/** Had arrived and shows the old answer again: a name server that gives it is the first suspect, so all of them are asked again. */
async function fellBack(context: StepContext, before: Propagation, looked: Look, evidence: readonly Evidence[]) {
  const flipped = looked.watches.filter(
    (watch) => watch.flips > (before.watches.find(({ resolver }) => resolver === watch.resolver)?.flips ?? 0),
  );
  if (flipped.length === 0) return null;
  const servers = await nameServers(context);
  const who = listed(flipped.map(({ resolver }) => resolver));
  const suspect = servers.agree
    ? 'all name servers give the new values, so a cache behind it does'
    : `${listed(servers.behind)} give${servers.behind.length === 1 ? 's' : ''} other values and is the first suspect`;
  const progress: Propagation = { ...before, watches: looked.watches };
  return waiting(`${who} had the new gateway and has fallen back; ${suspect}.`, [...evidence, ...servers.evidence], {
    afterMs: CLOSEST_MS,
    progress: servers.agree ? progress : withoutAuthority(progress),
  });
}

function nameServers(context: StepContext) {
  const serial = recalled<SwitchDnsResult>(context.resultOf('switch-dns'))?.serial ?? null;
  return askNameServers(
    context,
    inCaches(context).map(({ state }) => state),
    serial,
  );
}

const told = (context: StepContext, watch: Watch): string => standingText(context, watch, authoritativeAt(context));

function authoritativeAt(context: StepContext): number {
  return recalled<SwitchDnsResult>(context.resultOf('switch-dns'))?.authoritativeAt ?? context.since;
}

/** The last name server's change, its return after it had fallen back, or the last time that people said to go on. */
const lagFrom = (context: StepContext, progress: Propagation): number =>
  Math.max(progress.authoritativeAt ?? authoritativeAt(context), context.since);

/** When the TTLs would go back up by the plan. */
function restoresAt(context: StepContext): number {
  const from = context.plan.steps.findIndex((step) => step.id === context.step.id);
  const to = context.plan.steps.findIndex((step) => step.kind === 'restore-ttl');
  const ahead = context.plan.steps.slice(from + 1, to < 0 ? undefined : to);
  return context.now() + ahead.reduce((sum, step) => sum + step.expectedMs, 0);
}
