import { DateTime, FixedOffsetZone } from 'luxon';
import { type Finding, shown } from './parse-fault';

const FORM = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$/;
const DAY_MINUTES = 24 * 60;

/**
 * A local wall-clock time of a zone as epoch ms. luxon alone is silent when clocks change: a time that is left out moves
 * on by an hour, one that comes twice becomes one of the two. Both are refused here with both readings.
 */
export function wallClock(text: string, zone: string): { readonly at: number } | Finding {
  const asUtc = DateTime.fromISO(text, { zone: 'utc' });
  if (!FORM.test(text) || !asUtc.isValid) {
    return { wrong: `${shown(text)} is not a local time`, mend: "Write it like '2027-03-28T00:30', without an offset" };
  }
  const local = DateTime.fromISO(text, { zone });
  if (!local.isValid)
    return { wrong: `cannot be read in the zone ${shown(zone)}`, mend: 'Correct the time zone first' };
  if (!sameWallClock(local, asUtc)) return readings(text, zone, asUtc, 'does not exist');
  return local.getPossibleOffsets().length > 1 ? readings(text, zone, asUtc, 'exists twice') : { at: local.toMillis() };
}

const sameWallClock = (a: DateTime, b: DateTime): boolean =>
  a.toISO({ includeOffset: false }) === b.toISO({ includeOffset: false });

function readings(text: string, zone: string, asUtc: DateTime, what: 'does not exist' | 'exists twice'): Finding {
  const [first, second] = [-DAY_MINUTES, DAY_MINUTES].map((minutes) => {
    const offset = asUtc.plus({ minutes }).setZone(zone).offset;
    return DateTime.fromISO(text, { zone: FixedOffsetZone.instance(offset) })
      .setZone(zone)
      .toFormat("yyyy-MM-dd'T'HH:mm ZZ");
  });
  const clocks = what === 'does not exist' ? 'the clocks go forward over it' : 'the clocks go back over it';
  return {
    wrong: `is ${text}, which ${what} in ${zone}: ${clocks}, so it could be read as ${first} or as ${second}`,
    mend: 'Choose a time before or after the change of the clocks',
  };
}
