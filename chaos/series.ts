/** Runs of one seed beside each other against one build of the product. */
import { openLanes } from './lanes';
import type { Outcome } from './outcome';
import { drawSchedule, type Schedule } from './schedule';
import { shrink } from './shrink';

export interface SeriesOptions {
  readonly schedules: readonly Schedule[];
  readonly beside: number;
  readonly program: string;
  readonly records: string | null;
  readonly shrink: number;
  readonly stopAtFirst: boolean;
  readonly onOutcome: (outcome: Outcome, done: number) => void;
  readonly onFailure: (outcome: Outcome, shortest: Schedule | null) => void;
}

export const schedulesOf = (seed: number, runs: number): readonly Schedule[] =>
  Array.from({ length: runs }, (_, run) => drawSchedule(seed, run));

export async function runSeries(options: SeriesOptions): Promise<readonly Outcome[]> {
  const { schedules, beside, program, records } = options;
  const lanes = openLanes(Math.min(beside, schedules.length), program, records);
  const outcomes: Outcome[] = [];
  const failed: Outcome[] = [];
  let next = 0;
  let stop: () => void = () => undefined;
  const stopped = new Promise<void>((resolve) => {
    stop = resolve;
  });
  const walk = async (): Promise<void> => {
    for (let i = next++; i < schedules.length; i = next++) {
      const outcome = await lanes.run(schedules[i] as Schedule);
      // Runs beside the one that failed are given up.
      if (options.stopAtFirst && failed.length > 0) return;
      outcomes.push(outcome);
      options.onOutcome(outcome, outcomes.length);
      if (outcome.violations.length === 0) continue;
      failed.push(outcome);
      if (options.shrink === 0) options.onFailure(outcome, null);
      if (options.stopAtFirst) return stop();
    }
  };
  try {
    const walks = Promise.all(Array.from({ length: beside }, walk));
    await Promise.race([walks, stopped]);
    walks.catch(() => undefined);
    if (options.shrink === 0) return outcomes;
    // Only the first few: shrinking takes many runs each.
    for (const outcome of failed.slice(0, MOST_SHRUNK)) {
      const [first] = outcome.violations;
      const fails = async (schedule: Schedule): Promise<boolean> => {
        const again = await lanes.run(schedule);
        return again.violations.some(({ invariant }) => invariant === first?.invariant);
      };
      const { schedule } = await shrink(outcome.schedule, fails, options.shrink);
      options.onFailure(outcome, schedule);
    }
    for (const outcome of failed.slice(MOST_SHRUNK)) options.onFailure(outcome, null);
    return outcomes;
  } finally {
    lanes.close();
  }
}

const MOST_SHRUNK = 3;
