import { DEFAULT_LIMITS, type Limits, STRICTER, tighten } from '../core/limits';
import { durationMs, durationText } from './durations';
import type { Located } from './located-yaml';
import { suggestion } from './nearest';
import { bad, type Finding, good, isRecord, type Parsed, type ParseFault, shown } from './parse-fault';
import { fault } from './site-checks';

const NAMES = Object.keys(DEFAULT_LIMITS) as readonly (keyof Limits)[];
const isLimit = (name: string): name is keyof Limits => NAMES.some((known) => known === name);

/** The numbers that a recipe sets, none of them looser than the standard. */
export function recipeLimits(located: Located): Parsed<Partial<Limits>> {
  const written = located.get(['limits']);
  if (written === undefined || written === null) return good({});
  if (!isRecord(written))
    return bad(fault(located, ['limits'], { wrong: 'is not a mapping', mend: 'Write "name: value" lines' }));
  const limits: Partial<Record<keyof Limits, number>> = {};
  const faults: ParseFault[] = [];
  for (const [name, value] of Object.entries(written).slice(0, 3 * NAMES.length)) {
    const finding = isLimit(name) ? readLimit(name, value) : { wrong: 'is not a limit', mend: suggestion(name, NAMES) };
    if (typeof finding === 'number' && isLimit(name)) limits[name] = finding;
    else if (typeof finding !== 'number')
      faults.push({ ...fault(located, ['limits', name], finding), place: located.keyPlace(['limits', name]) });
  }
  return faults.length === 0 ? good(limits) : bad(...faults);
}

function readLimit(name: keyof Limits, value: unknown): number | Finding {
  const figure = name.endsWith('Ms') ? durationMs(value) : numberOf(name, value);
  if (typeof figure !== 'number') return figure;
  return tighten({ [name]: figure }).loosened.length === 0 ? figure : loosenedFinding(name, figure);
}

function numberOf(name: keyof Limits, value: unknown): number | Finding {
  const most = /Percent$|Points$/.test(name) ? 100 : 1_000_000;
  if (typeof value === 'number' && value >= 0 && value <= most) return value;
  return { wrong: `is ${shown(value)}`, mend: `Write a number from 0 to ${most}` };
}

function loosenedFinding(name: keyof Limits, asked: number): Finding {
  const text = (figure: number): string => (name.endsWith('Ms') ? durationText(figure) : String(figure));
  const standard = text(DEFAULT_LIMITS[name]);
  if (name === 'ttlSeconds' && asked <= 60) {
    return {
      wrong: `is ${asked}; at 60 seconds and below DNS providers limit the rate and resolvers' caches thrash`,
      mend: `Leave it out: it is ${standard} during a migration`,
    };
  }
  if (STRICTER[name] === 'fixed')
    return { wrong: `is ${text(asked)}, but is not a recipe's to choose`, mend: `Leave it out: it is ${standard}` };
  const bound = STRICTER[name] === 'larger' ? 'least' : 'most';
  return {
    wrong: `is ${text(asked)}, which loosens it; a recipe may only tighten`,
    mend: `Write ${standard} at ${bound}, or leave it out`,
  };
}
