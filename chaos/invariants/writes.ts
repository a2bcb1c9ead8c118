import {
  type Change,
  changesOf,
  changeText,
  type ExpectedChange,
  expectedChanges,
  isAsking,
  isDoneLater,
} from '../expected';
import type { Logged, RunRecord, WaveRecord, Write } from '../record';
import type { SiteName } from '../sites';
import { type Violation, violation } from './violation';

/** A request that was under way when the wave came to stand still, or whose process was slow to send it, real ms. */
const UNDER_WAY_MS = 700;
/** The store is looked at every so often: what is in the log is seen a little, on a busy machine much, after it happened. */
const SEEN_LATE_MS = 120;

/** Before an event by both clocks: by the moment at which we saw it, and by the sandbox time that it carries. */
const isBefore = (write: Write, event: Logged | undefined, seenAt: number | undefined): boolean =>
  event === undefined ||
  seenAt === undefined ||
  (write.askedAt < seenAt - SEEN_LATE_MS && Date.parse(write.at) < event.at);

/** The ledger against what a wave writes: each change once, in the order of the steps, all of them, and nothing else. */
export function writes(record: RunRecord): readonly Violation[] {
  return record.waves.flatMap((wave) => {
    const own = record.writes.filter(({ site, effect }) => effect && site === wave.site);
    return [...forward(wave, own), ...twice(wave, own), ...still(record, wave, own), ...backAsBefore(wave)];
  });
}

const writeText = (write: Write): string =>
  `write ${write.n} ${write.at} ${write.system} ${write.method} ${changesOf(write).map(changeText).slice(0, 3).join(', ')}`;

function forward({ id, site, log, seenAt }: WaveRecord, own: readonly Write[]): readonly Violation[] {
  const back = log.findIndex(({ event }) => event.type === 'RollbackStarted');
  const expected = expectedChanges(site as SiteName);
  const steps = [...new Set(expected.map(({ step }) => step))];
  const found: Violation[] = [];
  const done = new Set<ExpectedChange>();
  let reached = 0;
  for (const write of own.filter((each) => isBefore(each, log[back], seenAt[back]))) {
    for (const change of changesOf(write)) {
      const same = expected.filter((each) => changeText(each) === changeText(change));
      const wanted = same.find((each) => !done.has(each)) ?? same.find(isDoneLater);
      const bad = (text: string) =>
        found.push(violation('writes', id, `${text}: ${changeText(change)}`, [writeText(write)]));
      if (!wanted) {
        bad(same.length > 0 ? 'set a second time' : 'no step of the plan sets this');
        continue;
      }
      done.add(wanted);
      const at = steps.indexOf(wanted.step);
      if (at < reached) bad(`${wanted.step} writes after ${steps[reached]} has`);
      reached = Math.max(reached, at);
      const begun = log.findIndex(({ event }) => event.type === 'StepBegun' && event.step === wanted.step);
      if (isBefore(write, log[begun], seenAt[begun])) bad(`${wanted.step} writes before it has begun`);
    }
  }
  if (log.at(-1)?.event.type !== 'WaveCompleted') return found;
  const missing = expected.filter((change) => !done.has(change));
  return missing.length === 0
    ? found
    : [
        ...found,
        violation(
          'writes',
          id,
          `completed with ${missing.length} changes missing`,
          missing.slice(0, 8).map((each) => `${each.step}: ${changeText(each)}`),
        ),
      ];
}

/**
 * One field set to the same value twice with nothing in between. What the platform accepts now and does later may be asked
 * for once more within a minute: an answer was lost, or a worker, and nobody can read yet that it was asked for. A phone may
 * be asked again later too, as long as it has not come: one that has is left alone.
 */
function twice({ id }: WaveRecord, own: readonly Write[]): readonly Violation[] {
  const last = new Map<string, { readonly to: string; readonly write: Write }>();
  const found: Violation[] = [];
  for (const write of own)
    for (const change of changesOf(write)) {
      const key = `${change.resource} ${change.field}`;
      const before = last.get(key);
      const again = before?.to === change.to && !isSameWish(change, before.write, write);
      if (before && again)
        found.push(
          violation('writes', id, `applied twice: ${changeText(change)}`, [writeText(before.write), writeText(write)]),
        );
      last.set(key, { to: change.to, write });
    }
  return found;
}

/** Restarts of phones and joining queues take less than this, sandbox ms. */
const DONE_WITHIN_MS = 60_000;

function isSameWish(change: Change, first: Write, second: Write): boolean {
  if (isAsking(change) && !isRegistered(second)) return true;
  return isDoneLater(change) && Date.parse(second.at) - Date.parse(first.at) < DONE_WITHIN_MS;
}

const isRegistered = ({ before }: Write): boolean =>
  (before as { registeredAt?: unknown } | null)?.registeredAt === 'new';

/** A wave that stands still, or is over, writes nothing: but for the one request that had left before. */
function still(record: RunRecord, { id, log, seenAt }: WaveRecord, own: readonly Write[]): readonly Violation[] {
  const found: Violation[] = [];
  log.forEach(({ event }, i) => {
    if (!STANDS_STILL.includes(event.type)) return;
    const from = seenAt[i] ?? 0;
    const goesOn = log.findIndex((later, j) => j > i && GOES_ON.includes(later.event.type));
    const late = own.filter(
      (write) => write.askedAt > from + UNDER_WAY_MS && isBefore(write, log[goesOn], seenAt[goesOn]),
    );
    // Somebody who slept between the last look and the write sends that one write when they wake.
    const woken = record.troubles.filter(
      (trouble) => / paused$/.test(trouble.what) && trouble.from < from && trouble.to > from,
    ).length;
    if (late.length > woken)
      found.push(
        violation(
          'writes',
          id,
          `it stood still (${event.type}) and wrote all the same`,
          late.map(writeText).slice(0, 5),
        ),
      );
  });
  return found;
}

const STANDS_STILL = ['WaveHeld', 'WaveAborted', 'WaveCompleted', 'WaveRolledBack', 'GateOpened'];
const GOES_ON = [
  'WaveResumed',
  'StepRetried',
  'RollbackStarted',
  'GateApproved',
  'ApprovalVoided',
  'GateExpired',
  'WaveHeld',
];

/** After a rollback the site is as it was, field by field. */
function backAsBefore({ id, log, before, after }: WaveRecord): readonly Violation[] {
  if (log.at(-1)?.event.type !== 'WaveRolledBack') return [];
  const different = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]),
  );
  if (different.length === 0) return [];
  const evidence = different.map(
    (key) =>
      `${key}: ${JSON.stringify(before[key])?.slice(0, 160)} is now ${JSON.stringify(after[key])?.slice(0, 160)}`,
  );
  return [violation('writes', id, `rolled back, and ${different.join(', ')} not as before`, evidence)];
}
