/** `npm run chaos:plant`: each of five bugs in a copy of the product, until the chaos finds it; fails when it does not. */
import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { buildProduct } from './build';
import { INVARIANTS } from './invariants';
import { PLANTS, type Plant } from './plants';
import { runSeries, schedulesOf } from './series';

const MOST_RUNS = 50;

interface Found {
  readonly plant: Plant;
  /** How many runs it took; null when fifty did not find it. */
  readonly runs: number | null;
  readonly invariant: string;
  readonly evidence: string;
  readonly seconds: number;
}

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { seed: { type: 'string', default: '1' }, beside: { type: 'string', default: '2' } },
    allowPositionals: true,
  });
  const plants = positionals.length === 0 ? PLANTS : PLANTS.filter(({ name }) => positionals.includes(name));
  if (plants.length === 0) {
    process.stderr.write(`There are these bugs to plant: ${PLANTS.map(({ name }) => name).join(', ')}.\n`);
    return 2;
  }
  // All are built before the first is run: one that does not fit any more is told at once.
  const builds = plants.map((plant) => ({ plant, ...buildProduct(plant.edits) }));
  process.on('exit', () => {
    for (const { folder } of builds) rmSync(folder, { recursive: true, force: true });
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
  const found: Found[] = [];
  for (const { plant, program } of builds) {
    found.push(await hunt(plant, program, Number(values.seed), Number(values.beside)));
    say(lineOf(found.at(-1) as Found));
  }
  say(`\n${['bug', 'found in run', 'by', 'seconds'].join(' | ')}`);
  for (const each of found) say(lineOf(each));
  const missed = found.filter(({ runs }) => runs === null);
  say(
    missed.length === 0
      ? `\nall ${found.length} found`
      : `\nNOT found: ${missed.map(({ plant }) => plant.name).join(', ')}`,
  );
  return missed.length === 0 ? 0 : 1;
}

async function hunt(plant: Plant, program: string, seed: number, beside: number): Promise<Found> {
  const began = Date.now();
  const outcomes = await runSeries({
    schedules: schedulesOf(seed, MOST_RUNS),
    beside,
    program,
    records: null,
    shrink: 0,
    stopAtFirst: true,
    onOutcome: () => undefined,
    onFailure: () => undefined,
  });
  const at = outcomes.findIndex(({ violations }) => violations.length > 0);
  const [first] = outcomes[at]?.violations ?? [];
  return {
    plant,
    runs: at < 0 ? null : at + 1,
    invariant: first ? INVARIANTS[first.invariant] : '',
    evidence: first ? `${first.text} ${first.evidence[0] ?? ''}`.slice(0, 160) : '',
    seconds: (Date.now() - began) / 1000,
  };
}

const lineOf = ({ plant, runs, invariant, evidence, seconds }: Found): string =>
  [
    `${plant.name} (${plant.what})`,
    runs === null ? `not in ${MOST_RUNS}` : String(runs),
    `${invariant}: ${evidence}`,
    seconds.toFixed(0),
  ].join(' | ');

main().then(
  (code) => process.exit(code),
  (cause: unknown) => {
    process.stderr.write(`Nothing was planted: ${cause instanceof Error ? cause.message : String(cause)}\n`);
    process.exit(1);
  },
);
