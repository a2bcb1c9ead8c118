/** The whole preflight for a terminal: aligned, what blocks first, each line with what to do about it. */
import { countLines, countsText, type LineState, type PreflightLine, redFirst } from '../src/core/preflight';
import { cut, oneLine } from './escape';

const STATES: Readonly<Record<LineState, string>> = { red: 'RED', unknown: '?', amber: 'amber', green: 'ok' };
/** A column grows with its cells, to here. */
const WIDEST = { id: 52, system: 14, what: 46 } as const;
const LONGEST = 160;

export function preflightTable(site: string, lines: readonly PreflightLine[]): readonly string[] {
  const shown = redFirst(lines);
  const width = (key: keyof typeof WIDEST): number =>
    Math.min(WIDEST[key], Math.max(4, ...shown.map((line) => line[key].length)));
  const widths = { id: width('id'), system: width('system'), what: width('what') };
  const cells = (state: string, id: string, system: string, what: string, found: string): string =>
    `  ${state.padEnd(5)}  ${id.padEnd(widths.id)}  ${system.padEnd(widths.system)}  ${what.padEnd(widths.what)}  ${found}`;
  return [
    `${site}: ${countsText(countLines(lines))}`,
    cells('', 'line', 'system', 'what', 'found').trimEnd(),
    ...shown.flatMap((line) => [
      cells(
        STATES[line.state],
        line.id,
        plain(line.system, widths.system),
        plain(line.what, widths.what),
        foundText(line),
      ).trimEnd(),
      ...(line.mend === '' ? [] : [`         ${plain(line.mend, 240)}${neverText(line)}`]),
    ]),
  ];
}

function foundText({ state, found, wanted }: PreflightLine): string {
  const text = plain(found, LONGEST);
  return state === 'green' ? text : `${text} (wanted: ${plain(wanted, LONGEST)})`;
}

const neverText = ({ state, waivable }: PreflightLine): string =>
  state === 'red' && !waivable ? ' Never waived.' : '';
const plain = (text: string, max: number): string => cut(oneLine(text), max);
