import { parseLocated } from '../src/parse/located-yaml';
import { formatFaults } from '../src/parse/parse-fault';
import { expectFault, goodValue, marked } from './fixtures/faults';

const MIB = 1024 * 1024;

describe('a YAML or JSON file', () => {
  it('gives its value and the place of every part of it', () => {
    const located = goodValue(parseLocated('a: 1\nb:\n  - c: x\n    d: [1, 2]\n', 'f.yaml'));
    expect(located.value).toEqual({ a: 1, b: [{ c: 'x', d: [1, 2] }] });
    expect(located.place(['b', 0, 'd', 1])).toBe('f.yaml:4:12');
    expect(located.keyPlace(['b', 0, 'd'])).toBe('f.yaml:4:5');
    expect(located.get(['b', 0, 'c'])).toBe('x');
  });

  it('places what is missing at the nearest thing around it', () => {
    const located = goodValue(parseLocated('a:\n  b: 1\n', 'f.yaml'));
    expect(located.place(['a', 'c', 0, 'd'])).toBe('f.yaml:2:3');
    expect(located.get(['a', 'b', 'toString'])).toBeUndefined();
  });

  it('reads JSON, also with tabs, a byte order mark and CRLF', () => {
    expect(goodValue(parseLocated('\ufeff{\r\n\t"a": [true, null, 1.5e3]\r\n}\r\n', 'f.json')).value).toEqual({
      a: [true, null, 1500],
    });
  });

  const rows: readonly (readonly [string, string, string, string])[] = [
    ['an empty file', '¦', 'does not hold a mapping', 'name: value'],
    ['a list', '¦- a\n- b', 'does not hold a mapping', 'name: value'],
    ['a bare text', '¦just words', 'does not hold a mapping', 'name: value'],
    ['a bad indentation', 'a:\n  b: 1\n¦ c: 2', 'indentation', 'Indent'],
    ['a quote that is not closed', 'a: "x¦', 'missing', 'Close or add it'],
    ['a second document', 'a: 1\n¦---\nb: 2', 'second document', 'one document'],
    ['a doubled key', 'a: 1\nb: 2\n¦a: 3', 'this key stands at f.yaml:1:', 'Keep one'],
    ['a doubled key in JSON', '{"x": {"a": 1, ¦"a": 2}}', 'this key stands at f.yaml:1:', 'Keep one'],
    ['an alias', 'a: &x 1\nb: ¦*x', 'an alias', 'Write the value out'],
    ['an alias that leads nowhere', 'b: ¦*x', 'an alias', 'Write the value out'],
    ['a tag', 'a: !!js/function ¦"x"', 'a tag', 'plain value'],
    ['a known tag', 'a: !!str ¦1', 'a tag', 'plain value'],
    ['a directive', '¦%YAML 1.1\n---\na: yes', '%YAML directive', 'Take the directive out'],
    ['a number that is none', 'a: ¦.nan', 'cannot be held exactly', 'Write a number'],
    ['an endless number', 'a: ¦-.inf', 'cannot be held exactly', 'Write a number'],
    ['a number of twenty digits', 'a: ¦12345678901234567890', 'cannot be held exactly', 'in quotes'],
    ['a key that is a number', 'a: 1\n¦7: 2', 'a key is not text', 'in quotes'],
    ['a key that is a mapping', '? ¦{a: 1}\n: 2', 'a key is not text', 'in quotes'],
    ['a prototype key', 'a: 1\n¦__proto__: {x: 1}', '"__proto__" may not be a key', 'another name'],
    ['a constructor key', 'a:\n  ¦constructor: 1', '"constructor" may not be a key', 'another name'],
    ['a control character', 'a: 1\nb: x¦\u0007y', 'U+0007', 'Take it out'],
    ['a mark that turns text round', 'a: x¦\u202ey', 'U+202E', 'Take it out'],
    ['a control character by an escape', 'a: ¦"\\u0000"', 'by an escape', 'Take it out'],
    ['a tab as indentation', 'a:\n¦\tb: 1', 'a tab indents', 'spaces'],
  ];
  it.each(rows)('refuses %s', (_name, source, wrong, mend) => {
    const { text, place } = marked(source, 'f.yaml');
    expectFault(parseLocated(text, 'f.yaml'), place === 'f.yaml' ? 'f.yaml:1:1' : place, wrong, mend);
  });

  it('names every mistake at once', () => {
    const parsed = parseLocated('a: &x 1\nb: *x\nc: !t 2\nb: 3\n__proto__: .inf\n', 'f.yaml');
    expect(parsed.ok ? [] : parsed.faults.map(({ place }) => place)).toEqual([
      'f.yaml:4:1',
      'f.yaml:5:1',
      'f.yaml:2:4',
      'f.yaml:3:7',
      'f.yaml:5:12',
    ]);
  });

  it('never repeats what stands in a file that cannot be read: it may be a secret', () => {
    const parsed = parseLocated('SLACK_BOT_TOKEN: "xoxb-very-secret\n}xoxb-very-secret: [', 'f.yaml');
    expect(parsed.ok).toBe(false);
    expect(JSON.stringify(parsed)).not.toContain('very-secret');
  });
});

describe('a bomb', () => {
  const bombs: readonly (readonly [string, string, string, string, string])[] = [
    ['of 1 MiB and one byte', `a: ${'x'.repeat(MIB - 2)}`, 'bomb.yaml', '1 MiB', 'smaller file'],
    ['of 10 MB', 'a: 1\n'.repeat(2_000_000), 'bomb.yaml', '10000000 bytes', 'smaller file'],
    ['of wide characters', `a: ${'€'.repeat(MIB / 2)}`, 'bomb.yaml', '1 MiB', 'smaller file'],
    ['of brackets', '['.repeat(MIB), 'bomb.yaml', 'deeper than 40', 'flatter'],
    ['of braces', `${'{a: '.repeat(41)}1${'}'.repeat(41)}`, 'bomb.yaml', 'deeper than 40', 'flatter'],
    ['of dashes', '- '.repeat(45_000), 'bomb.yaml', 'deeper than 40', 'flatter'],
    ['of short dashes', '- '.repeat(41), 'bomb.yaml:1:81', 'deeper than 40', 'flatter'],
    ['of question marks', '? '.repeat(45_000), 'bomb.yaml', 'deeper than 40', 'flatter'],
    ['of colons', 'a: '.repeat(45_000), 'bomb.yaml', 'deeper than 40', 'flatter'],
    ['of colons in brackets', `[${'a: '.repeat(45_000)}`, 'bomb.yaml', 'deeper than 40', 'flatter'],
    [
      'of a thousand levels',
      Array.from({ length: 1000 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
      'bomb.yaml',
      'deeper than 40',
      'flatter',
    ],
    [
      'of indentation',
      Array.from({ length: 42 }, (_, i) => `${' '.repeat(i)}a:`).join('\n'),
      'bomb.yaml:42:43',
      'deeper than 40',
      'flatter',
    ],
    [
      'of 60,000 keys',
      Array.from({ length: 60_000 }, (_, i) => `k${i}: 1`).join('\n'),
      'bomb.yaml',
      'more than 100000 parts',
      'smaller file',
    ],
    [
      'of aliases',
      `a: &a [x, x]\n${Array.from({ length: 30 }, (_, i) => `b${i}: &b${i} [*${i ? `b${i - 1}` : 'a'}, *${i ? `b${i - 1}` : 'a'}]`).join('\n')}`,
      'bomb.yaml:2:10',
      'an alias',
      'Write the value out',
    ],
  ];
  it.each(bombs)('%s is refused in a moment', (_name, text, place, wrong, mend) => {
    const parsed = parseLocated(text, 'bomb.yaml');
    if (!parsed.ok && place.includes(':'))
      expect(parsed.faults.some((fault) => fault.wrong.includes(wrong))).toBe(true);
    else expectFault(parsed, place, wrong, mend);
  });

  it('a file of exactly 1 MiB and 40 levels is read', () => {
    const deep = `${'{a: '.repeat(40)}1${'}'.repeat(40)}`;
    expect(parseLocated(deep, 'f.yaml').ok).toBe(true);
    expect(parseLocated(`a: ${'x'.repeat(MIB - 3)}`, 'f.yaml').ok).toBe(true);
  });
});

describe('faults', () => {
  it('are one readable line each, and the rest is counted', () => {
    const fault = { place: 'f.yaml:1:2', wrong: 'a is 1', mend: 'Write 2' };
    expect(formatFaults([fault, fault, fault], 2)).toEqual([
      'f.yaml:1:2: a is 1. Write 2.',
      'f.yaml:1:2: a is 1. Write 2.',
      'and 1 more.',
    ]);
  });
});
