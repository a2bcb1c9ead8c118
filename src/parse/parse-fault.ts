/** One mistake in what somebody handed in: where, what, and what to do. Never holds a secret's value. */
export interface ParseFault {
  /** `site-a.yaml:12:7`, the name of a setting, or a part of a command. */
  readonly place: string;
  /** Says what is wrong, without a full stop. */
  readonly wrong: string;
  /** Says what to do, without a full stop. */
  readonly mend: string;
}

/** A value of the core, or every mistake that stands in its way. */
export type Parsed<Value> =
  | { readonly ok: true; readonly value: Value }
  | { readonly ok: false; readonly faults: readonly ParseFault[] };

/** What is wrong with one value, by whoever does not know its place. `wrong` goes on after the value's path: `is 60`. */
export type Finding = Omit<ParseFault, 'place'>;

export const good = <Value>(value: Value): Parsed<Value> => ({ ok: true, value });
export const bad = (
  ...faults: readonly ParseFault[]
): { readonly ok: false; readonly faults: readonly ParseFault[] } => ({
  ok: false,
  faults,
});

/** One line per mistake; the rest is counted when there are more than `most`. */
export function formatFaults(faults: readonly ParseFault[], most = 40): readonly string[] {
  const lines = faults.slice(0, most).map(({ place, wrong, mend }) => `${place}: ${wrong}. ${mend}.`);
  const more = faults.length - lines.length;
  return more > 0 ? [...lines, `and ${more} more.`] : lines;
}

const LONGEST_QUOTE = 60;

/** A value as it may stand in a sentence: short, on one line, in quotes when it is text. */
export function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length <= LONGEST_QUOTE ? text : `${text.slice(0, LONGEST_QUOTE)}…`;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
