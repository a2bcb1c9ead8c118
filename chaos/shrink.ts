/** The shortest schedule that still fails: halves first, then one fault after the other, then what else can be left out. */
import type { Deed, Schedule } from './schedule';

export interface Shrunk {
  readonly schedule: Schedule;
  readonly tries: number;
}

/** `fails` runs a schedule and says whether the same invariant breaks. At most `most` tries. */
export async function shrink(
  schedule: Schedule,
  fails: (schedule: Schedule) => Promise<boolean>,
  most: number,
): Promise<Shrunk> {
  let best = schedule;
  let tries = 0;
  for (let smaller = true; smaller && tries < most; ) {
    smaller = false;
    for (const candidate of candidates(best)) {
      if (tries >= most) break;
      tries++;
      if (!(await fails(candidate))) continue;
      best = candidate;
      smaller = true;
      break;
    }
  }
  return { schedule: best, tries };
}

/** Every schedule that is a little less, the smallest first. */
export function candidates(schedule: Schedule): readonly Schedule[] {
  const { faults } = schedule;
  const half = Math.ceil(faults.length / 2);
  const halves = faults.length > 2 ? [faults.slice(0, half), faults.slice(half)] : [];
  const without = faults.map((_, i) => faults.filter((_fault, j) => j !== i));
  const parts = faults.flatMap(({ at, deed }, i) =>
    partsOf(deed).map((part) => faults.map((fault, j) => (j === i ? { at, deed: part } : fault))),
  );
  return [
    ...[...halves, ...without, ...parts].map((kept) => ({ ...schedule, faults: kept })),
    ...(schedule.sites.length > 1 ? [{ ...schedule, sites: schedule.sites.slice(0, 1) }] : []),
    ...(schedule.startTwice ? [{ ...schedule, startTwice: false }] : []),
    ...(schedule.callsFail ? [{ ...schedule, callsFail: false }] : []),
  ];
}

const partsOf = (deed: Deed): readonly Deed[] => (deed.do === 'several' ? deed.deeds : []);
