/** What every entrance of the product is to its bad inputs, and how many it gets. */
import type fc from 'fast-check';

/** What came of one input. `valid`: the wound has left it valid, so it is no bad input and is not counted. */
export type Taken = { readonly kind: 'refused'; readonly words: string } | { readonly kind: 'valid' };

export const refused = (words: string): Taken => ({ kind: 'refused', words });
export const VALID: Taken = { kind: 'valid' };

export interface Entrance<Input> {
  readonly name: string;
  readonly inputs: fc.Arbitrary<Input>;
  /** So many are sent side by side. */
  readonly atOnce: number;
  /** After so many it is looked whether anything has happened. */
  readonly batch: number;
  /** Throws `Wrong`, or anything that the product should not have thrown. */
  readonly take: (input: Input) => Promise<Taken>;
  /** For people who have to repeat it. */
  readonly show: (input: Input) => string;
  /** What has happened that should not have; null for nothing. Asked after every batch. */
  readonly untouched: () => Promise<string | null>;
  /** A whole valid input, after all the bad ones. Throws when it does not do what it should. */
  readonly stillWorks: () => Promise<void>;
  readonly close: () => Promise<void>;
  /** Texts that no answer may hold. */
  readonly secrets: readonly string[];
}

/** An entrance did not do what it should. */
export class Wrong extends Error {}

/** Shares of the whole, in thousandths. */
export const SHARES = {
  'signed HTTP': 200,
  'button values': 100,
  modals: 100,
  'Socket Mode': 50,
  'wave and site files': 150,
  'API answers': 200,
  'Redis contents': 80,
  'command line': 70,
  settings: 30,
  'probe, figures, DNS, SIP': 20,
} as const;
export type EntranceName = keyof typeof SHARES;

/** A sentence without what differs from input to input: what is left is one kind of refusal. */
export function kindOf(words: string): string {
  return words
    .replace(/["“'‘`][^"”'’`]{0,400}["”'’`]/g, '"…"')
    .replace(/\b[0-9a-f]{8,}\b/gi, '#')
    .replace(/\d+/g, '#')
    .slice(0, 140);
}

/** What is wrong with words that a person gets to read; null when nothing is. */
export function faultOfWords(words: string, secrets: readonly string[]): string | null {
  if (words.trim() === '') return 'the refusal says nothing';
  if (/\n\s+at .+:\d+:\d+|node_modules|\(node:internal/.test(words)) return 'the refusal shows a stack trace';
  if (/\[object Object\]|TypeError|RangeError|Cannot read propert/.test(words))
    return 'the refusal shows a mistake of the program';
  return secrets.some((secret) => secret.length > 5 && words.includes(secret)) ? 'the refusal shows a secret' : null;
}
