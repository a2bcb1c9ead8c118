import { nextLook, type Reading } from '../../src/core/propagation';
import { counted, duration, listed, moment } from '../../src/core/wording';
import { askNameServers } from './name-servers';
import { applied, failed, held, nothingToUndo, passed, recalled, waiting } from './outcomes';
import { plannedRecords } from './planned-records';
import { askResolvers, type ResolverFinding, type Travelling } from './resolvers';
import type { StepContext, StepWork } from './step-work';
import type { SwitchDnsResult } from './switch-dns';

/** `rounds`: how many times in a row everybody agreed. `lowTtlUntil`: the low TTL was extended to then. */
type Progress = { readonly rounds: number; readonly lowTtlUntil: number | null };
export type ConfirmPropagationResult = { readonly lowTtlUntil: number | null };

/** One good answer may come from one cache of several, or be the last before a stale one. */
const ROUNDS = 2;
const ROUND_MS = 5_000;

/** Waits until every name server and then every resolver of the site gives exactly the new sets. Nothing is written. */
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
    const progress = recalled<Progress>(context.progress) ?? { rounds: 0, lowTtlUntil: null };
    const travelling = inCaches(context);
    const servers = await askNameServers(
      context,
      travelling.map(({ state }) => state),
    );
    if (!servers.agree) {
      const summary = `${listed(servers.behind)} no longer give${servers.behind.length === 1 ? 's' : ''} the new values; the resolvers are asked once all name servers do.`;
      return waiting(summary, servers.evidence, { afterMs: ROUND_MS, progress: { ...progress, rounds: 0 } });
    }
    const findings = await askResolvers(context, travelling);
    const evidence = [...servers.evidence, ...findings.flatMap((finding) => finding.evidence)];
    const late = findings.filter(({ reading }) => reading !== 'new');
    const wrong = late.filter(({ reading }) => reading === 'wrong');
    // What somebody else published before our write may live in a cache as long as any old answer may; it is wrong only
    // when it outlives what is granted to those.
    if (wrong.length > 0 && context.now() - lagFrom(context) > context.plan.limits.propagationLagMs) {
      return failed(
        `Wrong answer after propagation: ${names(wrong)} give${s(wrong)} neither the old nor the new gateway.`,
        evidence,
      );
    }
    if (late.length > 0) return stillOld(context, findings, late, evidence, progress);
    const rounds = progress.rounds + 1;
    if (rounds < ROUNDS) {
      const summary = `All ${counted(findings.length, 'resolver')} show the new gateway; asked once more to be sure.`;
      return waiting(summary, evidence, {
        afterMs: ROUND_MS,
        until: context.now() + ROUND_MS,
        progress: { ...progress, rounds },
      });
    }
    const places = new Set(findings.map(({ resolver }) => resolver.location)).size;
    const result: ConfirmPropagationResult = { lowTtlUntil: progress.lowTtlUntil };
    const lag = duration(context.now() - lagFrom(context));
    return passed(
      `All ${counted(findings.length, 'resolver')} in ${counted(places, 'place')} show the new gateway, twice in a row, after ${lag}.`,
      evidence,
      result,
    );
  },

  undo: nothingToUndo,
};

/** The new sets on their way, with all that a cache may hold from before. */
export function inCaches(context: StepContext): readonly Travelling[] {
  return plannedRecords(context).map(({ record, before, after }) => ({
    state: after,
    former: [before.values, record.legacy],
  }));
}

function stillOld(
  context: StepContext,
  findings: readonly ResolverFinding[],
  late: readonly ResolverFinding[],
  evidence: ResolverFinding['evidence'],
  progress: Progress,
) {
  const now = context.now();
  const { propagationLagMs } = context.plan.limits;
  const lagsFrom = lagFrom(context);
  const look = nextLook(late, now);
  const states = late.map((finding) => stateText(finding, now));
  if (now - lagsFrom > propagationLagMs) {
    const lowTtlUntil = restoresAt(context) + propagationLagMs;
    const summary = `${duration(now - lagsFrom)} after the last name server, ${listed(states)}. The low-TTL window is extended: the records keep ${context.plan.limits.ttlSeconds} s until ${moment(lowTtlUntil, context.plan.site.timeZone)} at least. Have the cache flushed, then resume.`;
    return held('lag', summary, evidence, { progress: { rounds: 0, lowTtlUntil } });
  }
  const summary = `${findings.length - late.length} of ${counted(findings.length, 'resolver')} show the new gateway; ${listed(states)}.`;
  const limitAt = lagsFrom + propagationLagMs + 1;
  return waiting(summary, evidence, {
    afterMs: Math.min(look.afterMs, Math.max(ROUND_MS, limitAt - now)),
    until: look.until,
    progress: { ...progress, rounds: 0 },
  });
}

const WORDS: Readonly<Record<Reading, string>> = {
  new: 'gives the new answer',
  old: 'keeps the old answer',
  stale: 'gives an answer that it calls stale',
  wrong: 'gives a wrong answer',
  unknown: 'gives no usable answer',
};

function stateText({ resolver, reading, goneAt }: ResolverFinding, now: number): string {
  const left = goneAt === null ? '' : ` (${duration(Math.max(0, goneAt - now))} left)`;
  return `${resolver.name} ${WORDS[reading]}${left}`;
}

/** The last name server's change, or the last time that people said to go on. */
function lagFrom(context: StepContext): number {
  return Math.max(recalled<SwitchDnsResult>(context.resultOf('switch-dns'))?.authoritativeAt ?? 0, context.since);
}

/** When the TTLs would go back up by the plan. */
function restoresAt(context: StepContext): number {
  const from = context.plan.steps.findIndex((step) => step.id === context.step.id);
  const to = context.plan.steps.findIndex((step) => step.kind === 'restore-ttl');
  const ahead = context.plan.steps.slice(from + 1, to < 0 ? undefined : to);
  return context.now() + ahead.reduce((sum, step) => sum + step.expectedMs, 0);
}

function names(findings: readonly ResolverFinding[]): string {
  return listed(findings.map(({ resolver }) => resolver.name));
}

function s(findings: readonly ResolverFinding[]): string {
  return findings.length === 1 ? 's' : '';
}
