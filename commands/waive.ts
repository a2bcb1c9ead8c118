import { isComplete, waiverOf } from '../src/core/waivers';
import { type Wave, waiversOf } from '../src/core/wave';
import { steerVerb } from './steer-verb';
import type { Verb } from './verb';

export const waive: Verb<'waive'> = (room, asker, { site, line, reason }) =>
  steerVerb(room, asker, site, done(line), (actor) => ({ type: 'WaiveLine', line, reason, actor }));

const done =
  (line: string) =>
  (wave: Wave): string => {
    const held = wave.status === 'held' ? wave.hold.preflight?.find(({ id }) => id === line) : undefined;
    const waiver = held ? waiverOf(waiversOf(wave), held) : null;
    return waiver !== null && isComplete(waiver)
      ? `has \`${line}\` waived by two people; \`/cutover resume ${wave.plan.site.site}\` runs its preflight again`
      : `has your waiver of \`${line}\`; it takes one more person, and one of the two an approver other than the starter`;
  };
