/** What a preflight has found, for Slack; the whole table is the command line's. */
import { countLines, countsText, type LineState, type PreflightLine, redFirst } from '../src/core/preflight';
import { blocking, isComplete, type Waiver, waiverOf } from '../src/core/waivers';
import { type Wave, waiversOf } from '../src/core/wave';
import { boundedLines } from './blocks';
import { type Emoji, sign } from './emoji';
import { code, escaped } from './escape';
import { mention } from './names';

const SIGNS: Readonly<Record<LineState, Emoji>> = {
  red: 'x',
  unknown: 'white_circle',
  amber: 'warning',
  green: 'white_check_mark',
};

interface Bound {
  readonly lines: number;
  readonly chars: number;
}

/** "3 red, 1 amber, 41 green", then whatever is not green, what blocks first, each with its mend. */
export function preflightText(lines: readonly PreflightLine[], site: string, bound: Bound): string {
  const shown = redFirst(lines.filter(({ state }) => state !== 'green'));
  const more = (left: number): string =>
    `… and ${left} more (all of them: \`npx cutover doctor ${escaped(site, 60)}\`)`;
  const counts = countsText(countLines(lines));
  return shown.length === 0
    ? `${sign(SIGNS.green)} ${counts}: nothing is missing.`
    : `${counts}\n${boundedLines(
        shown.map((line) => lineText(line)),
        { ...bound, more },
      )}`;
}

/** What holds the wave and how each is mended; waivers of one person so far stand at their line. */
export function redLines(lines: readonly PreflightLine[], waivers: readonly Waiver[], bound: Bound): string {
  const red = lines.filter(({ state }) => state === 'red');
  const more = (left: number): string => `… and ${left} more red lines`;
  return boundedLines(
    red.map((line) => lineText(line, waivers)),
    { ...bound, more },
  );
}

/** How what still blocks may be waived, or that nothing blocks any more. */
export function waiverHint(wave: Wave, lines: readonly PreflightLine[]): string {
  const { site, regulated } = wave.plan.site;
  if (regulated) return 'This site is regulated: there are no waivers.';
  const open = blocking(lines, waiversOf(wave));
  if (open.length === 0) return 'Every red line is waived: *Resume* runs the preflight again.';
  const one = open.find(({ waivable }) => waivable);
  if (!one) return 'None of these lines can be waived.';
  const all = open.every(({ waivable }) => waivable) ? '' : ' Lines marked “never waived” have to be mended.';
  return `Or two people, one of them an approver other than the starter, each waive a line for this wave: \`/cutover waive ${escaped(site, 60)} ${one.id} REASON\`.${all}`;
}

/** The waivers in force, a line each; none when there are none. */
export function waiverLines(wave: Wave): readonly string[] {
  return waiversOf(wave)
    .filter(isComplete)
    .map((waiver) => {
      const people = waiver.people
        .map(({ user, reason }) => `${mention(user)} (${escaped(reason, 120)})`)
        .join(' and ');
      return `${sign('warning')} *Waived for this wave:* ${code(waiver.line, 120)} (${escaped(waiver.found, 160)}), by ${people}`;
    });
}

/** What is the matter in the first line; below it the mend and the name by which it is waived. */
function lineText(line: PreflightLine, waivers: readonly Waiver[] = []): string {
  const waiver = waiverOf(waivers, line);
  const people = waiver === null ? '' : ` · waived by ${waiver.people.map(({ user }) => mention(user)).join(' and ')}`;
  const never = line.state === 'red' && !line.waivable ? ' · never waived' : '';
  const head = `${sign(SIGNS[line.state])} ${escaped(line.system, 40)} · ${escaped(line.what, 100)}: *${escaped(line.found, 200)}*`;
  return `${head}\n      ${escaped(line.mend, 240)}\n      ${code(line.id, 120)}${never}${people}`;
}
