import fc from 'fast-check';
import { parseCutoverText } from '../src/parse/cutover-text';
import { checkExpression, evaluate, TRIGGER_VARIABLES } from '../src/parse/expression';
import { decodeGateButton, decodeWaveButton, parseButtonClick, parseReasonModal } from '../src/parse/gate-button';
import { parseLocated } from '../src/parse/located-yaml';
import { formatFaults, type Parsed } from '../src/parse/parse-fault';
import { parseRecipe } from '../src/parse/recipe';
import { parseRoster } from '../src/parse/roster';
import { parseSettings, parseSettingsFile, SETTINGS } from '../src/parse/settings';
import { parseSite } from '../src/parse/site';
import { parseStoredEvent, parseStoredWave } from '../src/parse/stored-wave';
import { isWaveDocument, parseWaveDocument } from '../src/parse/wave-document';
import { houseFile, houseSite } from './fixtures/house';

const SITE = houseSite('site-a');
const ROSTER = houseFile('sites/site-b.agents.csv');
const TEXTS = [
  houseFile('sites/site-b.yaml'),
  houseFile('templates/waves/standard-site.yaml'),
  houseFile('templates/waves/guide-example.json'),
  ROSTER,
];

const OF_TEXT: Readonly<Record<string, (text: string) => Parsed<unknown>>> = {
  parseLocated: (text) => parseLocated(text, 'f'),
  parseSite: (text) => parseSite(text, 'f', () => ROSTER),
  'parseSite, roster': (text) => parseSite(TEXTS[0] ?? '', 'f', () => text),
  parseRoster: (text) => parseRoster(text, 'f'),
  parseRecipe: (text) => parseRecipe(text, 'f'),
  parseWaveDocument: (text) => parseWaveDocument(text, 'f', SITE),
  parseSettingsFile: (text) => parseSettingsFile(text, 'f'),
  checkExpression: (text) => checkExpression(text, TRIGGER_VARIABLES),
  parseCutoverText: (text) => parseCutoverText(text, ['site-a']),
  decodeGateButton: (text) => decodeGateButton(text),
  decodeWaveButton: (text) => decodeWaveButton(text),
  parseStoredEvent: (text) => parseStoredEvent(text),
  parseStoredWave: (text) => parseStoredWave(text),
};

const OF_VALUE: Readonly<Record<string, (value: unknown) => Parsed<unknown>>> = {
  parseButtonClick,
  parseReasonModal,
  parseStoredEvent,
  parseStoredWave,
};

/** Pieces that YAML, JSON, CSV, expressions and commands are made of. */
const piece = fc.constantFrom(
  'a',
  ': ',
  '\n',
  '  ',
  '- ',
  '? ',
  '{',
  '}',
  '[',
  ']',
  ',',
  '"',
  "'",
  '&a ',
  '*a',
  '!t ',
  '|',
  '>',
  '%',
  '#',
  '\t',
  '---\n',
  '0',
  '.5',
  'e9',
  '>',
  '&&',
  '(',
  ')',
  '{trunkId}',
  'dig @',
  'GET /',
  '..',
  '__proto__',
  'steps',
  'waveId',
  'limits',
  '\u0000',
  '\u202e',
  '\ud800',
  '€',
);
const scraps = fc.array(piece, { maxLength: 60 }).map((pieces) => pieces.join(''));
/** A good file with a stretch of it replaced. */
const wounded = fc
  .tuple(fc.constantFrom(...TEXTS), fc.nat(), fc.nat({ max: 40 }), scraps)
  .map(([text, at, length, by]) => {
    const from = at % text.length;
    return text.slice(0, from) + by + text.slice(from + length);
  });
const texts = fc.oneof(fc.string({ unit: 'binary', maxLength: 200 }), scraps, wounded, fc.json());

function isWhole(parsed: Parsed<unknown>): boolean {
  if (parsed.ok) return true;
  const complete = parsed.faults.every(({ place, wrong, mend }) => place !== '' && wrong !== '' && mend !== '');
  return complete && parsed.faults.length > 0 && formatFaults(parsed.faults).length > 0;
}

describe('whatever comes in', () => {
  it.each(Object.entries(OF_TEXT))('%s answers with a value or with faults that say all', (_name, parse) => {
    fc.assert(
      fc.property(texts, (text) => isWhole(parse(text))),
      { numRuns: 400 },
    );
  });

  it.each(Object.entries(OF_VALUE))('%s does so for any value', (_name, parse) => {
    fc.assert(
      fc.property(fc.anything(), (value) => isWhole(parse(value))),
      { numRuns: 400 },
    );
  });

  it('the settings do so for any values', () => {
    const values = fc.dictionary(
      fc.constantFrom(...SETTINGS.map(({ name }) => name), '__proto__', 'PATH'),
      fc.option(texts, { nil: undefined }),
    );
    fc.assert(
      fc.property(values, (given) => isWhole(parseSettings(given))),
      { numRuns: 400 },
    );
  });

  it('a text is a wave document or is not', () => {
    fc.assert(
      fc.property(texts, (text) => typeof isWaveDocument(text) === 'boolean'),
      { numRuns: 400 },
    );
  });

  it('an expression that was checked can be evaluated', () => {
    const words = fc.constantFrom(
      'validation_failure_rate',
      '2%',
      '2',
      '1.5',
      '>',
      '<=',
      '==',
      '&&',
      '||',
      '!',
      '(',
      ')',
      '+',
      '-',
      '*',
      '/',
      ' ',
    );
    const expressions = fc.array(words, { maxLength: 9 }).map((parts) => parts.join(' '));
    fc.assert(
      fc.property(expressions, fc.double({ min: 0, max: 100, noNaN: true }), (text, rate) => {
        const checked = checkExpression(text, TRIGGER_VARIABLES);
        return !checked.ok || typeof evaluate(text, { validation_failure_rate: rate }) === 'boolean';
      }),
      { numRuns: 3000 },
    );
  });

  it('a slip in a settings file or in a button never repeats a secret', () => {
    const secret = 'sEcReT0123456789';
    const around = fc.tuple(scraps, scraps);
    fc.assert(
      fc.property(around, ([before, after]) => {
        const file = parseSettingsFile(`LEGACY_TOKEN: ${before}${secret}${after}`, 'f');
        const button = decodeGateButton(`${before}${secret}${after}`);
        return [file, button].every((parsed) => parsed.ok || !JSON.stringify(parsed.faults).includes(secret));
      }),
      { numRuns: 1000 },
    );
  });
});
