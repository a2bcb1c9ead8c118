/** Feeds one entrance its share of bad inputs and watches: nothing falls, nothing happens, everything is answered. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { type Entrance, faultOfWords, kindOf, type Taken, Wrong } from './entrance';

export interface Finding {
  readonly entrance: string;
  readonly batch: number;
  readonly wrong: string;
  /** The smallest input that shows it. */
  readonly input: string;
}

export interface Report {
  readonly name: string;
  readonly inputs: number;
  readonly refused: number;
  /** Inputs whose wound left them valid: fed, and not counted. */
  readonly stillValid: number;
  readonly kinds: number;
  readonly slowestMs: number;
  readonly seconds: number;
  readonly findings: readonly Finding[];
  /** The refusals that came most often, for people. */
  readonly examples: readonly string[];
}

export interface Order {
  readonly count: number;
  readonly seed: number;
  /** Only this batch, to repeat a finding. */
  readonly batch: number | null;
}

const ONE_MS = 30_000;
const MOST_FINDINGS = 3;
const SHRINK_MS = 20_000;

/** What nobody caught since it was last asked for. */
const uncaught: string[] = [];
for (const event of ['uncaughtException', 'unhandledRejection'] as const)
  process.on(event, (cause: unknown) => {
    uncaught.push(`${event}: ${cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)}`);
  });

export async function feed<Input>(entrance: Entrance<Input>, { count, seed, batch: only }: Order): Promise<Report> {
  const began = performance.now();
  const kinds = new Map<string, number>();
  const findings: Finding[] = [];
  const tally = { refused: 0, stillValid: 0, slowestMs: 0 };
  for (let batch = only ?? 0; tally.refused < count && findings.length < MOST_FINDINGS; batch += 1) {
    const from = { seed: seedOf(seed, entrance.name, batch), numRuns: entrance.batch };
    const wanted = Math.min(entrance.batch, count - tally.refused);
    const inputs = fc.sample(entrance.inputs, from).slice(0, wanted);
    const wrong = await feedBatch(entrance, inputs, tally, kinds);
    if (wrong !== null) {
      const { input, why } = await smallest(entrance, from, wanted);
      findings.push({ entrance: entrance.name, batch, wrong: why ?? wrong, input: input ?? 'only in company' });
    }
    if (only !== null) break;
  }
  const works = await entrance.stillWorks().then(
    () => null,
    (cause: unknown) => (cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)),
  );
  if (works !== null)
    findings.push({ entrance: entrance.name, batch: -1, wrong: `afterwards: ${works}`, input: 'all that came before' });
  const often = [...kinds].sort((a, b) => b[1] - a[1]).slice(0, 8);
  return {
    name: entrance.name,
    inputs: tally.refused + (findings.length > 0 ? 1 : 0),
    ...tally,
    kinds: kinds.size,
    seconds: (performance.now() - began) / 1000,
    findings,
    examples: often.map(([words, times]) => `${times} x ${words}`),
  };
}

type Tally = { refused: number; stillValid: number; slowestMs: number };

/** The first thing that was wrong, null when nothing was. */
async function feedBatch<Input>(
  entrance: Entrance<Input>,
  inputs: readonly Input[],
  tally: Tally,
  kinds: Map<string, number>,
): Promise<string | null> {
  let wrong: string | null = null;
  const left = [...inputs];
  const lane = async (): Promise<void> => {
    for (let input = left.shift(); input !== undefined && wrong === null; input = left.shift()) {
      const { ms, taken, why } = await timed(entrance, input);
      tally.slowestMs = Math.max(tally.slowestMs, ms);
      if (why !== null) wrong ??= why;
      else if (taken?.kind === 'valid') tally.stillValid += 1;
      else if (taken?.kind === 'refused') {
        tally.refused += 1;
        const kind = kindOf(taken.words);
        kinds.set(kind, (kinds.get(kind) ?? 0) + 1);
      }
    }
  };
  await Promise.all(Array.from({ length: entrance.atOnce }, lane));
  return wrong ?? (await entrance.untouched()) ?? fallen();
}

async function timed<Input>(entrance: Entrance<Input>, input: Input) {
  const began = performance.now();
  let late: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    late = setTimeout(() => reject(new Wrong(`nothing came of it within ${ONE_MS / 1000} s`)), ONE_MS);
  });
  try {
    const taken: Taken = await Promise.race([entrance.take(input), silence]);
    const why = taken.kind === 'refused' ? faultOfWords(taken.words, entrance.secrets) : null;
    const shown = taken.kind === 'refused' && why !== null ? `${why}: ${taken.words.slice(0, 600)}` : null;
    return { ms: performance.now() - began, taken, why: shown };
  } catch (cause) {
    const why =
      cause instanceof Wrong ? cause.message : `thrown: ${cause instanceof Error ? cause.stack : String(cause)}`;
    return { ms: performance.now() - began, taken: null, why };
  } finally {
    clearTimeout(late);
  }
}

function fallen(): string | null {
  const all = uncaught.splice(0);
  return all.length === 0 ? null : (all[0] ?? null);
}

/** The same inputs once more, one at a time, and then smaller and smaller ones. */
async function smallest<Input>(
  entrance: Entrance<Input>,
  from: { readonly seed: number; readonly numRuns: number },
  wanted: number,
): Promise<{ readonly input: string | null; readonly why: string | null }> {
  let why: string | null = null;
  let asked = 0;
  const alone = async (input: Input): Promise<void> => {
    asked += 1;
    if (asked > wanted && why === null) return;
    const { why: wrong } = await timed(entrance, input);
    await new Promise((resolve) => setImmediate(resolve));
    const found = wrong ?? (await entrance.untouched()) ?? fallen();
    if (found === null) return;
    why = found;
    throw new Wrong(found);
  };
  const details = await fc.check(fc.asyncProperty(entrance.inputs, alone), {
    ...from,
    interruptAfterTimeLimit: SHRINK_MS,
  });
  const input = details.counterexample?.[0];
  return { input: input === undefined ? null : entrance.show(input), why };
}

/** Each batch has a seed of its own, so that any of them can be repeated alone. */
function seedOf(seed: number, name: string, batch: number): number {
  return createHash('sha256').update(`${seed} ${name} ${batch}`).digest().readInt32BE(0);
}
