/** What is missing before a wave is armed, line by line. */

/** `unknown` is not green: it warns. Where not knowing would itself be dangerous, the line is red. */
export type LineState = 'green' | 'amber' | 'red' | 'unknown';

export interface PreflightLine {
  /** Stable and typeable, for example `genesys-permission-routing-queue-edit`: a waiver names it. */
  readonly id: string;
  /** Who was asked, as people call it. */
  readonly system: string;
  readonly what: string;
  /** Without times and counters that differ from one look to the next: a waiver holds for this text. */
  readonly found: string;
  readonly wanted: string;
  readonly state: LineState;
  /** What to do about it; empty where the line is green. */
  readonly mend: string;
  /** False where no people may take it upon themselves: the wave could not go well. */
  readonly waivable: boolean;
}

const ORDER: readonly LineState[] = ['red', 'unknown', 'amber', 'green'];

/** What blocks first, then what nobody knows, then what only warns; otherwise as they were asked. */
export function redFirst(lines: readonly PreflightLine[]): readonly PreflightLine[] {
  return [...lines].sort((a, b) => ORDER.indexOf(a.state) - ORDER.indexOf(b.state));
}

/** Lines that are kept in the log: what is not green, what blocks first. */
export const KEPT_LINES = 60;

export function kept(lines: readonly PreflightLine[]): readonly PreflightLine[] {
  return redFirst(lines.filter(({ state }) => state !== 'green')).slice(0, KEPT_LINES);
}

export type LineCounts = Readonly<Record<LineState, number>>;

export function countLines(lines: readonly Pick<PreflightLine, 'state'>[]): LineCounts {
  const of = (state: LineState): number => lines.filter((line) => line.state === state).length;
  return { red: of('red'), amber: of('amber'), unknown: of('unknown'), green: of('green') };
}

/** `2 red, 1 unknown, 3 amber, 41 green` */
export function countsText(counts: LineCounts): string {
  const parts = ORDER.filter((state) => counts[state] > 0).map((state) => `${counts[state]} ${state}`);
  return parts.join(', ') || 'nothing was asked';
}

/** A line's id out of the words that name it: lower-case letters and digits with single dashes between. */
export function lineId(...words: readonly string[]): string {
  return words
    .join('-')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 120);
}
