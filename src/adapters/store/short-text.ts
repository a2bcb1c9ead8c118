import { deflateRawSync, inflateRawSync } from 'node:zlib';
import type { LoggedEvent } from '../../core/events';
import type { WaveId } from '../../core/ids';
import { canonicalJson } from '../../core/json';
import { DICTIONARY, SHORT_CODES, SHORT_WORDS } from './store-words';

/**
 * JSON of waves as the store keeps it. A short text has a control character for each word of the store; of a long one
 * stands, after `DEFLATED`, its deflated form in base64. JSON as it is, as forms before the third kept it, is read too.
 */
export function shortened(text: string): string {
  return text.length > LONG ? deflated(text) : text.length > BRIEF ? inCodes(text) : inTurn(text, 0, OF_STEPS);
}

/** The JSON again, letter by letter; null for what no text was made into. */
export function lengthened(kept: string): string | null {
  const at = kept.indexOf(DEFLATED);
  if (at >= 0) return inflated(kept.slice(at + 1));
  return kept.replace(CODES, (code) => wordOf.get(code) ?? code);
}

/**
 * An event as its log keeps it: its hash in base64, then what cannot be told from its place, from `at` on. Of a long one
 * time and kind stand before the deflated text. The plan stands once, beside the state. What does not look like an event
 * of this place is kept as it is.
 */
export function shortEvent(event: LoggedEvent, text: string | undefined, isPlanKept: boolean): string {
  const { hash, wave, seq, at, by } = event;
  const whole = text ?? textOf(event);
  const tail = tailOf(wave, seq, hash);
  if (!whole.startsWith(FRONT) || !whole.endsWith(tail) || !/^[0-9a-f]{64}$/.test(hash)) return whole;
  const { type } = event.event;
  const mark = Buffer.from(hash, 'hex').toString('base64url');
  if (isPlanKept && type === 'WaveStarted')
    return mark + inCodes(canonicalJson({ at, by, event: { type } }).slice(FRONT.length, -1));
  const end = whole.length - tail.length;
  if (end <= BRIEF) return mark + inTurn(whole, FRONT.length, by.kind === 'bot' ? OF_BOTS : OF_PEOPLE, end);
  const body = whole.slice(FRONT.length, end);
  return body.length > LONG ? `${mark}${at}${TYPE}${type}${deflated(body)}` : mark + inCodes(body);
}

/** The JSON of the event of that place; null for what none was made into. */
export function longEvent(kept: string, wave: WaveId, seq: number): string | null {
  if (kept.startsWith('{')) return kept;
  const body = lengthened(kept.slice(MARK_LENGTH));
  const hash = Buffer.from(kept.slice(0, MARK_LENGTH), 'base64url').toString('hex');
  return body === null ? null : FRONT + body + tailOf(wave, seq, hash);
}

/** A text that is longer is deflated: shorter ones are too many for what that costs. */
const LONG = 1_000;
/** In one that is not longer only the words are looked for that are in nearly every one. */
const BRIEF = 320;
const LONGEST = 32 * 1024 * 1024;
const DEFLATED = '\x1e';
const FRONT = '{"at":';
const MARK_LENGTH = 43;

const codeOf = new Map(SHORT_WORDS.map((word, i) => [word, SHORT_CODES[i] ?? word]));
const wordOf = new Map([...codeOf].map(([word, code]) => [code, word]));
const TYPE = codeOf.get('"type":"') ?? '';
const literal = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
const WORDS = new RegExp(
  [...SHORT_WORDS]
    .sort((a, b) => b.length - a.length)
    .map(literal)
    .join('|'),
  'g',
);
const CODES = new RegExp(`[${SHORT_CODES.join('')}]`, 'g');
const dictionary = Buffer.from(DICTIONARY);

const inCodes = (text: string): string => text.replace(WORDS, (word) => codeOf.get(word) ?? word);

/** Words in the order in which they stand in a text. */
type Turns = readonly (readonly [word: string, code: string])[];
const turns = (...words: readonly string[]): Turns => words.map((word) => [word, codeOf.get(word) ?? word]);
const OF_EVENTS = ['"attempt":1,"step":"', '"evidence":[],"result":null,"step":"', '","summary":"', '","type":"'];
const OF_BOTS = turns(',"by":{"kind":"bot","worker":"', '"},"event":{', ...OF_EVENTS);
const OF_PEOPLE = turns(',"by":{"kind":"person","user":"', '","via":"slack"},"event":{', ...OF_EVENTS);
const OF_STEPS = turns(
  '{"status":"done","phase":"check","visit":',
  ',"begun":true,"startedAt":',
  ',"since":',
  ',"finishedAt":',
  ',"summary":"',
);

/** Many times faster than looking for all of them everywhere. */
function inTurn(text: string, from: number, words: Turns, end = text.length): string {
  let [short, at] = ['', from];
  for (const [word, code] of words) {
    const found = text.indexOf(word, at);
    if (found < 0 || found + word.length > end) continue;
    short += text.slice(at, found) + code;
    at = found + word.length;
  }
  return short + text.slice(at, end);
}

const deflated = (text: string): string =>
  DEFLATED + deflateRawSync(text, text.length > SMALL ? OPTIONS : SMALL_OPTIONS).toString('base64');

/** What a short text needs of zlib's memory, which it asks for anew each time. */
const SMALL = 5_000;
const OPTIONS = { level: 1, dictionary };
const SMALL_OPTIONS = { ...OPTIONS, windowBits: 13, memLevel: 5, chunkSize: 2_048 };

function inflated(kept: string): string | null {
  try {
    const options = { dictionary, maxOutputLength: LONGEST };
    return inflateRawSync(Buffer.from(kept, 'base64'), options).toString();
  } catch {
    return null;
  }
}

const tailOf = (wave: WaveId, seq: number, hash: string): string => `,"seq":${seq},"wave":"${wave}","hash":"${hash}"}`;

function textOf({ wave, seq, at, by, event, hash }: LoggedEvent): string {
  return `${canonicalJson({ wave, seq, at, by, event }).slice(0, -1)},"hash":"${hash}"}`;
}
