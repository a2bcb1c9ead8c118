/** What is known of the resolvers' caches: kept in small figures with the results of the steps that have looked. */
import type { Evidence } from '../../src/core/evidence';
import type { RecordState } from '../../src/core/record-values';
import { type Manner, mannerText, together, UNKNOWN_MANNER } from '../../src/core/resolver-manner';
import type { StepKind } from '../../src/core/step-kinds';
import type { LowerTtlResult } from './lower-ttl';
import { line, recalled } from './outcomes';
import { plannedRecords } from './planned-records';
import { askResolvers, ordinaryAskings, type ResolverFinding, type Travelling } from './resolvers';
import type { StepContext } from './step-work';

/** One resolver, at one look: when the answer that is being replaced leaves the first and the last of its caches. */
export type CacheFigures = {
  readonly resolver: string;
  readonly firstGoneAt: number | null;
  readonly lastGoneAt: number | null;
  readonly manner: Manner;
};

/** As it stands in the result of a step that has looked. */
export type WithCaches = { readonly caches?: readonly CacheFigures[] };

/** The steps that look, in the order of a wave. */
const LOOKING: readonly StepKind[] = ['lower-ttl', 'check-readiness', 'switch-dns', 'confirm-propagation'];

/** By resolver, all that this wave has seen of it so far. */
export function knownManners(context: StepContext): ReadonlyMap<string, Manner> {
  const known = new Map<string, Manner>();
  for (const kind of LOOKING) {
    for (const { resolver, manner } of recalled<WithCaches>(context.resultOf(kind))?.caches ?? []) {
      known.set(resolver, together(known.get(resolver) ?? UNKNOWN_MANNER, manner));
    }
  }
  return known;
}

/** Sets that are not about to change: whatever a resolver shows of them is what is there. */
export const standing = (present: readonly RecordState[]): readonly Travelling[] =>
  present.map((state) => ({ state: { ...state, values: [] }, former: [state.values] }));

/**
 * Asks every resolver often enough to see the caches behind it. `longestTtl`: with which a cache can have fetched what it
 * shows, in seconds.
 */
export async function lookIntoCaches(
  context: StepContext,
  travelling: readonly Travelling[],
  longestTtl: number,
): Promise<{
  readonly figures: readonly CacheFigures[];
  readonly findings: readonly ResolverFinding[];
  readonly evidence: readonly Evidence[];
}> {
  const askings = ordinaryAskings(context, knownManners(context)).map((asking) => ({
    ...asking,
    thorough: true,
    published: { longest: longestTtl, fetchedAfter: null },
  }));
  const findings = await askResolvers(context, travelling, askings);
  const figures = findings.map(figuresOf);
  return { figures, findings, evidence: figures.map((one) => mannerLine(context, one, longestTtl)) };
}

/** A look at the records as they are, some time after their TTLs were lowered: by then a long TTL is a resolver's own. */
export async function presentCaches(context: StepContext) {
  const lowered = recalled<LowerTtlResult>(context.resultOf('lower-ttl'));
  const { ttlSeconds } = context.plan.limits;
  const gone = lowered !== null && lowered.shownAt !== null && context.now() > lowered.shownAt + lowered.oldTtl * 1000;
  const longest = gone ? ttlSeconds : Math.max(ttlSeconds, lowered?.oldTtl ?? longestInSite(context));
  return lookIntoCaches(context, standing(plannedRecords(context).map(({ before }) => before)), longest);
}

const longestInSite = (context: StepContext): number =>
  Math.max(...context.plan.site.dns.records.map(({ ttl }) => ttl));

export function figuresOf({ resolver, clusters, round }: ResolverFinding): CacheFigures {
  const gone = clusters.map(({ goneAt }) => goneAt);
  return {
    resolver: resolver.name,
    firstGoneAt: gone.length === 0 ? null : Math.min(...gone),
    lastGoneAt: gone.length === 0 ? null : Math.max(...gone),
    manner: round.manner,
  };
}

function mannerLine(context: StepContext, { resolver, manner }: CacheFigures, longestTtl: number): Evidence {
  const kept = manner.floor !== null && manner.floor > longestTtl ? `; longer than the ${longestTtl} s published` : '';
  return line(context, `caches of ${resolver}`, `${mannerText(manner)}${kept}`, null);
}
