/** A process that runs one schedule after the other, as its parent asks; ends with its parent. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Outcome, outcomeOf } from './outcome';
import { runOnce } from './run';
import type { Schedule } from './schedule';

export interface Order {
  readonly schedule: Schedule;
  readonly program: string;
  /** Where the whole record goes; null keeps none. */
  readonly recordTo: string | null;
}

export type Answer = { readonly ok: true; readonly outcome: Outcome } | { readonly ok: false; readonly wrong: string };

process.on('message', (order: Order) => {
  run(order).then(
    (answer) => process.send?.(answer),
    (cause: unknown) =>
      process.send?.({ ok: false, wrong: cause instanceof Error ? (cause.stack ?? cause.message) : String(cause) }),
  );
});
process.on('disconnect', () => process.exit(0));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(1));

async function run({ schedule, program, recordTo }: Order): Promise<Answer> {
  const ran = await runOnce(schedule, program);
  const outcome = outcomeOf(ran);
  if (recordTo !== null)
    writeFileSync(join(recordTo, `run-${schedule.seed}-${schedule.run}.json`), JSON.stringify(ran.record, null, 1));
  return { ok: true, outcome };
}
