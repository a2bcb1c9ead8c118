/** What is kept of the resolvers from one look to the next, and how they are looked at. */
import {
  afterFlush,
  type Counted,
  type Propagation,
  propagationIn,
  type Standing,
  seen,
  standingOf,
  type Watch,
  watchOf,
} from '../../src/core/convergence';
import { forecast } from '../../src/core/convergence-forecast';
import { givesNew } from '../../src/core/propagation';
import { UNKNOWN_MANNER } from '../../src/core/resolver-manner';
import type { SiteResolver } from '../../src/core/site';
import { duration, moment } from '../../src/core/wording';
import { type CacheFigures, knownManners } from './cache-figures';
import { recalled } from './outcomes';
import { plannedRecords } from './planned-records';
import { type Asking, askResolvers, type ResolverFinding, type Travelling } from './resolvers';
import type { StepContext } from './step-work';
import type { SwitchDnsResult } from './switch-dns';

/** The new sets on their way, with all that a cache may hold from before. */
export function inCaches(context: StepContext): readonly Travelling[] {
  return plannedRecords(context).map(({ record, before, after }) => ({
    state: after,
    former: [before.values, record.legacy],
  }));
}

/** These stand for everybody: nothing passes without them. So do all enterprise resolvers, which the site's own phones ask. */
const EVERYBODYS = ['google', 'cloudflare', 'quad9', '8.8.8.8', '8.8.4.4', '1.1.1.1', '1.0.0.1', '9.9.9.9'];

export const isRequired = ({ kind, name }: SiteResolver): boolean =>
  kind === 'enterprise' || EVERYBODYS.includes(name.toLowerCase());

/** Where the watch begins: with what was sampled right before the change. */
export function recalledProgress(context: StepContext): Propagation {
  const kept = propagationIn(context.progress);
  if (kept === null) return begun(context);
  if (kept.heldAt === null || context.since <= kept.heldAt) return kept;
  return { ...kept, heldAt: null, watches: kept.watches.map(afterFlush) };
}

function begun(context: StepContext): Propagation {
  const switched = recalled<SwitchDnsResult>(context.resultOf('switch-dns'));
  const authoritativeAt = switched?.authoritativeAt ?? context.since;
  const watches = context.plan.site.resolvers.map(({ name }) =>
    watchFrom(context, name, switched?.caches?.find((one) => one.resolver === name) ?? null, authoritativeAt),
  );
  return { authoritativeAt, lowTtlUntil: null, heldAt: null, watches };
}

function watchFrom(context: StepContext, name: string, figures: CacheFigures | null, authoritativeAt: number): Watch {
  const manner = knownManners(context).get(name) ?? UNKNOWN_MANNER;
  const gone = goneIn(figures);
  const change = { authoritativeAt, oldTtl: context.plan.limits.ttlSeconds };
  return watchOf(name, { ...forecast(gone, manner, change), goneAt: figures?.lastGoneAt ?? null, manner });
}

export const goneIn = (figures: Pick<CacheFigures, 'firstGoneAt' | 'lastGoneAt'> | null): readonly number[] =>
  [figures?.firstGoneAt ?? null, figures?.lastGoneAt ?? null].filter((at) => at !== null);

/** A name server has fallen back: any cache may fetch the old answer again, so nothing that was found holds. */
export function withoutAuthority(progress: Propagation): Propagation {
  const watches = progress.watches.map((watch) => ({ ...watch, rounds: 0, doneAt: null, nextAt: 0 }));
  return { ...progress, authoritativeAt: null, watches };
}

/** All name servers are new again: the caches are granted a whole life from here. */
export function withAuthority(context: StepContext, progress: Propagation): Propagation {
  if (progress.authoritativeAt !== null) return progress;
  const change = { authoritativeAt: context.now(), oldTtl: context.plan.limits.ttlSeconds };
  const watches = progress.watches.map((watch) => ({
    ...watch,
    latestAt: Math.max(watch.latestAt, forecast([], watch.manner, change).latestAt),
  }));
  return { ...progress, authoritativeAt: change.authoritativeAt, watches };
}

export interface Look {
  readonly watches: readonly Watch[];
  readonly findings: readonly ResolverFinding[];
}

/** Whoever is due is asked thoroughly; whoever has arrived is glanced at, so that a fall back is seen. */
export async function look(context: StepContext, watches: readonly Watch[], allDue: boolean): Promise<Look> {
  const now = context.now();
  const due = watches.filter(({ doneAt, nextAt }) => doneAt === null && (allDue || nextAt <= now));
  const arrived = watches.filter(({ doneAt }) => doneAt !== null);
  const findings = await askWatched(context, due, null);
  const glances = await askWatched(context, arrived, 1);
  const fallen = glances.filter(({ reading }) => !givesNew(reading));
  return merged(watches, [...findings, ...fallen], [...findings, ...glances]);
}

/** Everybody who was not asked thoroughly in this look, once more: what has arrived must still be there at the end. */
export async function lookAgain(context: StepContext, { watches, findings }: Look): Promise<Look> {
  const asked = findings.filter(({ round }) => round.complete).map(({ resolver }) => resolver.name);
  const again = await askWatched(
    context,
    watches.filter(({ resolver }) => !asked.includes(resolver)),
    null,
  );
  const { watches: after } = merged(watches, again, again);
  const replaced = again.map(({ resolver }) => resolver.name);
  return { watches: after, findings: [...findings.filter((one) => !replaced.includes(one.resolver.name)), ...again] };
}

function merged(watches: readonly Watch[], counted: readonly ResolverFinding[], all: readonly ResolverFinding[]): Look {
  const after = watches.map((watch) => {
    const finding = counted.find(({ resolver }) => resolver.name === watch.resolver);
    return finding ? seen(watch, finding.round) : watch;
  });
  return { watches: after, findings: all };
}

async function askWatched(
  context: StepContext,
  watches: readonly Watch[],
  samples: number | null,
): Promise<readonly ResolverFinding[]> {
  const { site, limits } = context.plan;
  const askings = watches.flatMap((watch): Asking[] => {
    const resolver = site.resolvers.find(({ name }) => name === watch.resolver);
    if (!resolver) return [];
    const wasOld = watch.reading === 'old' && watch.askedAt !== null;
    return [
      {
        resolver,
        manner: watch.manner,
        samples,
        // The first look learns of all caches what a lagging name server may have given them.
        thorough: samples === null && (watch.askedAt === null || watch.manner.caches > 1),
        published: { longest: limits.ttlSeconds, fetchedAfter: wasOld ? watch.askedAt : null },
      },
    ];
  });
  return askResolvers(context, inCaches(context), askings);
}

/** As the whole is judged by them. */
export function countedBy(context: StepContext, watches: readonly Watch[]): readonly Counted[] {
  return watches.flatMap((watch) => {
    const resolver = context.plan.site.resolvers.find(({ name }) => name === watch.resolver);
    return resolver ? [{ watch, location: resolver.location, required: isRequired(resolver) }] : [];
  });
}

/** `dc keeps the old answer (41 s left)`, as it goes into a sentence. */
export function standingText(context: StepContext, watch: Watch, authoritativeAt: number): string {
  const now = context.now();
  const left = watch.goneAt !== null && watch.goneAt > now ? ` (${duration(watch.goneAt - now)} left)` : '';
  return `${watch.resolver} ${WORDS[wordOf(watch, standingOf(watch, now))]}${left}${lateText(context, watch, authoritativeAt)}`;
}

/** Who ignores the TTL, and how old its answer is by now. */
function lateText(context: StepContext, watch: Watch, authoritativeAt: number): string {
  const now = context.now();
  if (standingOf(watch, now) !== 'late') return '';
  const due = moment(watch.latestAt, context.plan.site.timeZone);
  return `, ignores the TTL: new was due by ${due}, the answer is ${duration(now - authoritativeAt)} out of date`;
}

type Word = 'new' | 'stale-new' | 'new-but' | 'old' | 'stale' | 'wrong' | 'unknown' | 'flipped' | 'unasked';

const WORDS: Readonly<Record<Word, string>> = {
  new: 'gives the new answer, asked once more to be sure',
  'stale-new': 'gives the new answer but calls it stale',
  'new-but': 'gives the new answer, another cache of it may keep the old one',
  old: 'keeps the old answer',
  stale: 'gives an answer that it calls stale',
  wrong: 'gives a wrong answer',
  unknown: 'gives no usable answer',
  flipped: 'has fallen back to the old answer',
  unasked: 'is not asked yet',
};

function wordOf(watch: Watch, standing: Standing): Word {
  const { reading, goneAt, askedAt } = watch;
  if (reading === null) return 'unasked';
  if (standing === 'flipped' && reading === 'old') return 'flipped';
  if (reading !== 'new') return reading;
  return goneAt !== null && askedAt !== null && goneAt > askedAt ? 'new-but' : 'new';
}
