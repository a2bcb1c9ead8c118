import { type Cluster, cachesSeen, clustersOf, type Shown, samplesNeeded } from '../../src/core/cache-clusters';
import type { Round } from '../../src/core/convergence';
import type { Evidence } from '../../src/core/evidence';
import { givesNew, hasStaleMark, type Reading, readAnswer, worstReading } from '../../src/core/propagation';
import type { RecordState } from '../../src/core/record-values';
import { learned, type Manner, type Published, UNKNOWN_MANNER } from '../../src/core/resolver-manner';
import type { SiteResolver } from '../../src/core/site';
import type { DnsAnswer } from '../../src/ports/resolver';
import { answerText, askQuietly } from './name-servers';
import { line } from './outcomes';
import { questionOf } from './record-sets';
import type { StepContext } from './step-work';

/** A set on its way through the caches: what it is to be, and everything that it may still be by right. */
export interface Travelling {
  readonly state: RecordState;
  readonly former: readonly (readonly string[])[];
}

export interface ResolverFinding {
  readonly resolver: SiteResolver;
  readonly reading: Reading;
  /** When its last old answer is due to leave its cache, epoch ms; null when it shows the new one or cannot be predicted. */
  readonly goneAt: number | null;
  /** The same of each cache that was seen to hold another answer than the new one. */
  readonly clusters: readonly Cluster[];
  readonly round: Round;
  readonly evidence: readonly Evidence[];
}

/** How one resolver is to be asked. */
export interface Asking {
  readonly resolver: SiteResolver;
  readonly manner: Manner;
  /** Null: as often as it takes for the caches that are known there. A number is a glance, and never a complete round. */
  readonly samples: number | null;
  /** Goes on after an answer that is not the new one, to see the other caches too. */
  readonly thorough: boolean;
  readonly published: Published;
}

/** Every resolver of the site, each asked until one answer is not the new one. */
export function ordinaryAskings(context: StepContext, manners: ReadonlyMap<string, Manner> = new Map()): Asking[] {
  const published = { longest: context.plan.limits.ttlSeconds, fetchedAfter: null };
  return context.plan.site.resolvers.map((resolver) => ({
    resolver,
    manner: manners.get(resolver.name) ?? UNKNOWN_MANNER,
    samples: null,
    thorough: false,
    published,
  }));
}

/** Asks for every set, all resolvers at once, each of them one question after the other. */
export async function askResolvers(
  context: StepContext,
  travelling: readonly Travelling[],
  askings: readonly Asking[] = ordinaryAskings(context),
): Promise<readonly ResolverFinding[]> {
  return Promise.all(askings.map((asking) => askResolver(context, travelling, asking)));
}

async function askResolver(
  context: StepContext,
  travelling: readonly Travelling[],
  asking: Asking,
): Promise<ResolverFinding> {
  const startedAt = context.now();
  const findings = [];
  for (const one of travelling) findings.push(await sample(context, one, asking));
  const clusters = findings.flatMap((finding) => finding.clusters);
  const reading = worstReading(findings.map((finding) => finding.reading));
  const gone = clusters.length > 0 ? Math.max(...clusters.map((cluster) => cluster.goneAt)) : null;
  return {
    resolver: asking.resolver,
    reading,
    goneAt: gone,
    clusters,
    round: {
      startedAt,
      endedAt: context.now(),
      reading,
      goneAt: gone,
      complete: findings.every((finding) => finding.complete),
      manner: mannerBy(
        asking,
        findings.map((finding) => finding.caches),
        findings.flatMap((finding) => finding.answers),
      ),
    },
    evidence: findings.map((finding) => finding.evidence),
  };
}

function mannerBy(asking: Asking, caches: readonly number[], answers: readonly DnsAnswer[]): Manner {
  const manner = { ...asking.manner, caches: Math.max(asking.manner.caches, ...caches) };
  // Of a pool nobody knows which of its caches had the answer from before.
  const fetchedAfter = manner.caches > 1 ? null : asking.published.fetchedAfter;
  return answers.reduce((known, answer) => learned(known, answer, { ...asking.published, fetchedAfter }), manner);
}

interface Taken {
  readonly answer: DnsAnswer;
  readonly askedAt: number;
  readonly reading: Reading;
}

async function sample(context: StepContext, { state, former }: Travelling, asking: Asking) {
  const taken: Taken[] = [];
  let silent = false;
  for (let wanted = asking.samples ?? samplesNeeded(asking.manner.caches); taken.length < wanted; ) {
    const askedAt = context.now();
    const answer = await askQuietly(context, asking.resolver.name, state.name, state.type, true);
    silent = answer === null;
    if (answer === null) break;
    taken.push({ answer, askedAt, reading: readAnswer(answer, state.values, former) });
    const reading = readAnswer(answer, state.values, former);
    if (reading === 'unknown' || (!givesNew(reading) && !asking.thorough)) break;
    // A pool shows itself while it is being asked.
    if (asking.samples === null && taken.length === wanted)
      wanted = samplesNeeded(cachesSeen(clustersOf(shownBy(taken))));
  }
  const reading = silent ? 'unknown' : worstReading(taken.map((one) => one.reading));
  const others = taken.filter((one) => one.reading === 'old' || one.reading === 'wrong');
  const caches = cachesSeen(clustersOf(shownBy(taken)));
  const worst = silent ? undefined : taken.find((one) => one.reading === reading);
  const text = worst ? answerText(worst.answer) : 'no answer';
  const pool = caches > 1 ? `; ${caches} caches seen` : '';
  const times = taken.length > 1 ? ` (${taken.length} times)` : '';
  const question = `dig @${asking.resolver.name} ${questionOf(state)}${times}`;
  return {
    reading,
    caches,
    complete: !silent && asking.samples === null && taken.length >= samplesNeeded(caches),
    clusters: clustersOf(shownBy(others)),
    answers: taken.map((one) => one.answer),
    evidence: line(context, question, `${text} [${reading}]${pool}`, givesNew(reading)),
  };
}

/** A stale answer has the TTL of staleness, which says nothing of when its cache forgets. */
function shownBy(taken: readonly Taken[]): readonly Shown[] {
  return taken.flatMap(({ answer, askedAt }) =>
    answer.ttl === null || hasStaleMark(answer) ? [] : [{ askedAt, at: answer.at, ttl: answer.ttl }],
  );
}
