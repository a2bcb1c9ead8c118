import type { Limits } from '../core/limits';
import type { LineState, PreflightLine } from '../core/preflight';
import type { Site } from '../core/site';
import type { SiteWorld } from '../ports/world';

/** What every question is asked with. */
export interface Asking {
  readonly world: SiteWorld;
  readonly site: Site;
  readonly limits: Limits;
}

/** One reading of one system, and the lines that it gives. */
export interface Question {
  /** The line that stands there when the reading fails, or does not come. */
  readonly id: string;
  readonly what: string;
  readonly wanted: string;
  /** What a failed reading is worth: red where the wave needs it, unknown where it would only be good to know. */
  readonly unread: Extract<LineState, 'red' | 'unknown'>;
  readonly waivable: boolean;
  readonly ask: () => Promise<readonly Answer[]>;
}

/** One system: `reach` goes first, and while it fails nothing else is asked there. */
export interface Look {
  readonly system: string;
  readonly reach: Question | null;
  readonly questions: readonly Question[];
}

export type Answer = Omit<PreflightLine, 'system'>;

interface Otherwise {
  readonly state?: LineState;
  readonly mend: string;
  readonly waivable?: boolean;
}

/** A line that is green when `good`, else what `otherwise` says: red and waivable unless told. */
export function answer(
  id: string,
  what: string,
  { found, wanted, good }: { readonly found: string; readonly wanted: string; readonly good: boolean },
  otherwise: Otherwise,
): Answer {
  const { state = 'red', mend, waivable = true } = otherwise;
  return { id, what, found, wanted, state: good ? 'green' : state, mend: good ? '' : mend, waivable };
}

export function question(
  id: string,
  what: string,
  wanted: string,
  ask: () => Promise<readonly Answer[]>,
  more: { readonly unread?: Question['unread']; readonly waivable?: boolean } = {},
): Question {
  return { id, what, wanted, ask, unread: more.unread ?? 'red', waivable: more.waivable ?? true };
}

type Field = string | number | boolean | null | readonly string[];

/** What a field is, as it stands in a table. */
export function shown(field: Field): string {
  if (field === null) return 'not shown';
  if (typeof field === 'boolean') return field ? 'on' : 'off';
  return typeof field === 'object' ? field.join(', ') || 'none' : String(field);
}

/** A field that has to be exactly as wanted. */
export function same(id: string, what: string, found: Field, wanted: Field, otherwise: Otherwise): Answer {
  const texts = { found: shown(found), wanted: shown(wanted) };
  return answer(id, what, { ...texts, good: texts.found === texts.wanted }, otherwise);
}

export const inOrder = (texts: readonly string[]): readonly string[] => [...new Set(texts)].sort();
