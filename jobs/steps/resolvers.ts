import type { Evidence } from '../../src/core/evidence';
import { goneAt, type Reading, readAnswer, worstReading } from '../../src/core/propagation';
import type { RecordState } from '../../src/core/record-values';
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
  /** When its old answer is due to leave the cache, epoch ms; null when it shows the new one or cannot be predicted. */
  readonly goneAt: number | null;
  readonly evidence: readonly Evidence[];
}

/**
 * Behind one public anycast address stand several caches, behind an enterprise one rarely more than two: so many
 * questions in a row must all be answered alike. Asking stops at the first other answer.
 */
const SAMPLES: Readonly<Record<SiteResolver['kind'], number>> = { public: 8, enterprise: 2 };

/** Asks every resolver of the site for every set, all resolvers at once, each of them one question after the other. */
export async function askResolvers(
  context: StepContext,
  travelling: readonly Travelling[],
  samples = SAMPLES,
): Promise<readonly ResolverFinding[]> {
  return Promise.all(
    context.plan.site.resolvers.map((resolver) => askResolver(context, resolver, travelling, samples[resolver.kind])),
  );
}

async function askResolver(
  context: StepContext,
  resolver: SiteResolver,
  travelling: readonly Travelling[],
  samples: number,
): Promise<ResolverFinding> {
  const findings = [];
  for (const one of travelling) findings.push(await sample(context, resolver, one, samples));
  const gone = findings.flatMap((finding) => finding.goneAt ?? []);
  return {
    resolver,
    reading: worstReading(findings.map((finding) => finding.reading)),
    goneAt: gone.length > 0 ? Math.max(...gone) : null,
    evidence: findings.map((finding) => finding.evidence),
  };
}

async function sample(context: StepContext, resolver: SiteResolver, one: Travelling, samples: number) {
  const { state, former } = one;
  let answer: DnsAnswer | null = null;
  let reading: Reading = 'unknown';
  let asked = 0;
  do {
    answer = await askQuietly(context, resolver.name, state.name, state.type, true);
    reading = readAnswer(answer, state.values, former);
    asked += 1;
  } while (reading === 'new' && asked < samples);
  const text = answer === null ? 'no answer' : answerText(answer);
  const times = asked > 1 ? ` (${asked} times)` : '';
  const question = `dig @${resolver.name} ${questionOf(state)}${times}`;
  const isOld = reading === 'old' || reading === 'stale';
  return {
    reading,
    goneAt: isOld && answer !== null ? goneAt(answer) : null,
    evidence: line(context, question, `${text} [${reading}]`, reading === 'new'),
  };
}
