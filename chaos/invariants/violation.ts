/** An invariant that does not hold, with what shows it. */
export interface Violation {
  readonly invariant: Invariant;
  readonly wave: string | null;
  readonly text: string;
  readonly evidence: readonly string[];
}

/** Numbered as in docs/chaos.md. */
export const INVARIANTS = {
  ending: '1 every wave ends where its commands lead',
  order: '2 every step in its order',
  writes: '3 no write twice, none missing, none out of turn',
  gates: '4 no gate without its people',
  thread: '5 every event in the thread once, in order',
  chain: '6 the log is whole and is what the thread shows',
  leftovers: '7 nothing is left behind',
  callers: '8 no caller lost who could have been saved',
  time: '9 time does not run back in the log',
  sound: '10 no process dies by itself and no store is called damaged',
} as const;

export type Invariant = keyof typeof INVARIANTS;

export const violation = (
  invariant: Invariant,
  wave: string | null,
  text: string,
  evidence: readonly string[] = [],
): Violation => ({ invariant, wave, text, evidence });
