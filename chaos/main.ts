/** `npm run chaos`: whole waves while everything round them dies, judged from outside. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { buildProduct } from './build';
import { readChaosArguments, USAGE } from './options';
import type { Outcome } from './outcome';
import { drawSchedule } from './schedule';
import { runSeries, schedulesOf } from './series';
import { brokenText, failureText, summaryText } from './summary';

const say = (line: string): void => void process.stdout.write(`${line}\n`);

async function main(): Promise<number> {
  const read = readChaosArguments(process.argv.slice(2));
  if (!read.ok) {
    process.stderr.write(`${read.faults.join('\n')}\n\n${USAGE}`);
    return 2;
  }
  const { runs, seed, run, schedule, beside, shrink, stopAtFirst, records, json, help } = read.value;
  if (help) {
    say(USAGE);
    return 0;
  }
  if (records !== null) mkdirSync(records, { recursive: true });
  const schedules = schedule ? [schedule] : run === null ? schedulesOf(seed, runs) : [drawSchedule(seed, run)];
  const build = buildProduct();
  process.on('exit', () => rmSync(build.folder, { recursive: true, force: true }));
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => process.exit(1));
  const began = Date.now();
  const outcomes = await runSeries({
    schedules,
    beside,
    program: build.program,
    records,
    shrink,
    stopAtFirst,
    onOutcome: (outcome, done) => {
      say(progressText(outcome, done, schedules.length));
      // At once, whatever becomes of the series: the same schedule may well pass when it is run again.
      if (outcome.violations.length > 0) say(brokenText(outcome));
    },
    onFailure: (outcome, shortest) => say(`\n${failureText(outcome, shortest)}\n`),
  });
  say(`\n${summaryText(seed, outcomes, (Date.now() - began) / 1000)}`);
  const failed = outcomes.filter(({ violations }) => violations.length > 0).length;
  if (json !== null)
    writeFileSync(
      json,
      JSON.stringify({
        numPassedTests: outcomes.length - failed,
        numFailedTests: failed,
        numRuntimeErrorTestSuites: 0,
      }),
    );
  return failed === 0 ? 0 : 1;
}

function progressText({ schedule, violations, endings, ms }: Outcome, done: number, all: number): string {
  const faults = schedule.faults.map(({ deed }) => deed.do).join(' ');
  const what =
    violations.length === 0 ? '✓' : `✗ ${[...new Set(violations.map(({ invariant }) => invariant))].join(', ')}`;
  return `${String(done).padStart(String(all).length)}/${all}  run ${schedule.run}  ${(ms / 1000).toFixed(1)} s  ${endings.join(', ')}  [${faults}]  ${what}`;
}

main().then(
  (code) => process.exit(code),
  (cause: unknown) => {
    process.stderr.write(`The chaos could not go on: ${cause instanceof Error ? cause.message : String(cause)}\n`);
    process.exit(1);
  },
);
