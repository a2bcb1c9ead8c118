import type { Logged, RunRecord, WaveRecord } from '../record';
import { ENDED, standing } from '../wave-state';
import { type Violation, violation } from './violation';

/** Steps between which callers find no way in: what is broken there for minutes is rightly taken back. */
const HAND_OVER = 'activate-inbound';

/** Where people and calls have led a wave, and nowhere else. */
export function endings(record: RunRecord): readonly Violation[] {
  if (record.givenUp !== null)
    return [
      violation('ending', null, `the run did not come to an end: ${record.givenUp}`, [
        ...record.waves.map(lastOf),
        ...record.whispers.slice(-2).map((text) => `told last: ${text.slice(0, 300)}`),
      ]),
    ];
  return record.waves.flatMap((wave) => ending(record, wave));
}

function ending(record: RunRecord, wave: WaveRecord): readonly Violation[] {
  const { log, id } = wave;
  const bad = (text: string, evidence: readonly string[] = []) => [
    violation('ending', id, text, [...evidence, lastOf(wave)]),
  ];
  const end = standing(log);
  if (!ENDED.includes(end)) return bad(`it is ${end}`);
  const over = log.findIndex(({ event }) => ENDS.includes(event.type));
  if (over !== log.length - 1) return bad('something happened after its end', log.slice(over).map(eventText));
  const asked = (type: string, verb: string): readonly Violation[] =>
    log
      .filter(({ event, by }) => event.type === type && by.kind === 'person')
      .filter(({ by }) => !record.steered.some((s) => s.verb === verb && s.wave === id && s.user === by.user))
      .flatMap((entry) =>
        bad(`${type} stands there in the name of somebody who did not ask for it`, [eventText(entry)]),
      );
  return [
    ...asked('WaveAborted', 'abort'),
    ...asked('RollbackStarted', 'rollback'),
    ...rollbackCause(record, wave),
    ...(end === 'rolled-back' || log.some(({ event }) => event.type === 'RollbackStarted')
      ? end === 'completed'
        ? bad('it completed although a rollback had begun')
        : []
      : []),
    ...(end === 'completed' && record.schedule.callsFail ? bad('it completed although its calls failed') : []),
  ];
}

/** The product goes back by itself only for what is wrong with the site, never for trouble of its own. */
function rollbackCause(record: RunRecord, { log, id, lost }: WaveRecord): readonly Violation[] {
  const started = log.findIndex(({ event }) => event.type === 'RollbackStarted');
  const entry = log[started];
  if (!entry || entry.by.kind === 'person') return [];
  const failed = log[started - 1];
  if (failed?.event.type !== 'StepFailed')
    return [violation('ending', id, 'a rollback began with nobody asking and nothing failing', [eventText(entry)])];
  if (failed.event.step === 'observe-calls' && (record.schedule.callsFail || hasLost(lost, log, failed))) return [];
  if (failed.event.step === HAND_OVER && wasDisturbed(record, log, failed)) return [];
  return [violation('ending', id, `it rolled back by itself: ${String(failed.event.summary)}`, [eventText(failed)])];
}

/** Chance may take the calls that the product saw fail: then the world has lost as many since the watch began. */
function hasLost(lost: WaveRecord['lost'], log: readonly Logged[], failed: Logged): boolean {
  const from = log.find(({ event }) => event.type === 'StepBegun' && event.step === failed.event.step)?.at ?? failed.at;
  const seen = Number(/^(\d+) of/.exec(String(failed.event.summary))?.[1] ?? Number.NaN);
  return lost.filter(({ at }) => at >= from - 60_000 && at <= failed.at).length >= seen;
}

/** Callers stood outside because somebody was away, or because the clock was set, while the trunks changed over. */
function wasDisturbed({ troubles }: RunRecord, log: readonly Logged[], failed: Logged): boolean {
  const from = log.find(({ event }) => event.type === 'StepBegun' && event.step === 'drain-legacy')?.at ?? failed.at;
  // A clock that is set back ends this trouble before it has begun.
  return troubles.some(
    ({ simFrom, simTo }) => Math.min(simFrom, simTo) <= failed.at && Math.max(simFrom, simTo) >= from,
  );
}

const ENDS = ['WaveCompleted', 'WaveRolledBack', 'WaveAborted'];

export const eventText = ({ seq, at, by, event }: Logged): string =>
  `#${seq} ${new Date(at).toISOString()} ${event.type} ${event.step ?? ''} by ${by.user ?? by.worker ?? '?'}`;

function lastOf({ id, log }: WaveRecord): string {
  const last = log.at(-1);
  return `${id} ends with ${last ? eventText(last) : 'nothing'}`;
}
