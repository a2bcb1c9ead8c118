/** What one run comes to, as it goes from the lane that ran it to the one who asked. */
import { changesOf } from './expected';
import { judge, type Violation } from './invariants';
import type { Figures } from './mischief';
import type { Ran } from './run';
import type { Schedule } from './schedule';
import { type Standing, standing } from './wave-state';

export interface Outcome {
  readonly schedule: Schedule;
  readonly violations: readonly Violation[];
  readonly figures: Figures;
  readonly endings: readonly Standing[];
  readonly events: number;
  /** Effective ones, and the fields that they set. */
  readonly writes: number;
  readonly fields: number;
  readonly ms: number;
}

export function outcomeOf({ record, figures, ms }: Ran): Outcome {
  const effective = record.writes.filter(({ effect }) => effect);
  return {
    schedule: record.schedule,
    violations: judge(record),
    figures,
    endings: record.waves.map(({ log }) => standing(log)),
    events: record.waves.reduce((sum, { log }) => sum + log.length, 0),
    writes: effective.length,
    fields: effective.reduce((sum, write) => sum + changesOf(write).length, 0),
    ms,
  };
}
