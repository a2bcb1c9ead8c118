import { parseArgs } from 'node:util';
import type { Schedule } from './schedule';

export interface ChaosArguments {
  readonly runs: number;
  readonly seed: number;
  /** One run of the seed alone. */
  readonly run: number | null;
  readonly schedule: Schedule | null;
  readonly beside: number;
  readonly json: string | null;
  /** A folder for whole records. */
  readonly records: string | null;
  readonly shrink: number;
  readonly stopAtFirst: boolean;
  readonly help: boolean;
}

export const USAGE = `npm run chaos -- [options]

  --runs N          waves under a schedule of faults each, drawn from the seed (default 20)
  --seed S          (default 1)
  --run K           only run K of the seed
  --schedule JSON   only this schedule, as a failing run prints it
  --beside N        runs at the same time (default 2)
  --shrink N        tries to find the shortest schedule that still fails (default 14; 0 does not try)
  --stop-at-first   ends with the first run that fails
  --records FOLDER  keeps everything that was seen of each run there
  --json FILE       writes how many runs passed and failed, as test runners do
`;

type Read =
  | { readonly ok: true; readonly value: ChaosArguments }
  | { readonly ok: false; readonly faults: readonly string[] };

/** The command line, or every mistake in it. */
export function readChaosArguments(args: readonly string[]): Read {
  const faults: string[] = [];
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        runs: { type: 'string', default: '20' },
        seed: { type: 'string', default: '1' },
        run: { type: 'string' },
        schedule: { type: 'string' },
        beside: { type: 'string', default: '2' },
        shrink: { type: 'string', default: '14' },
        'stop-at-first': { type: 'boolean', default: false },
        records: { type: 'string' },
        json: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    const whole = (name: string, text: string, least: number, most: number): number => {
      const number = Number(text);
      if (Number.isInteger(number) && number >= least && number <= most) return number;
      faults.push(`--${name} takes a whole number from ${least} to ${most}, not "${text.slice(0, 20)}".`);
      return least;
    };
    const value: ChaosArguments = {
      runs: whole('runs', values.runs, 1, 100_000),
      seed: whole('seed', values.seed, 0, 2 ** 31 - 1),
      run: values.run === undefined ? null : whole('run', values.run, 0, 100_000),
      schedule: values.schedule === undefined ? null : scheduleOf(values.schedule, faults),
      beside: whole('beside', values.beside, 1, 16),
      shrink: whole('shrink', values.shrink, 0, 200),
      stopAtFirst: values['stop-at-first'],
      records: values.records ?? null,
      json: values.json ?? null,
      help: values.help,
    };
    return faults.length > 0 ? { ok: false, faults } : { ok: true, value };
  } catch (cause) {
    return { ok: false, faults: [cause instanceof Error ? cause.message : String(cause)] };
  }
}

function scheduleOf(text: string, faults: string[]): Schedule | null {
  try {
    const read = JSON.parse(text) as Partial<Schedule>;
    if (Array.isArray(read.faults) && Array.isArray(read.sites)) return read as Schedule;
    faults.push('--schedule takes a schedule as a failing run prints it.');
  } catch {
    faults.push('--schedule takes JSON.');
  }
  return null;
}
