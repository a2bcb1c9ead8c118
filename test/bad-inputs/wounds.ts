/** Valid things, wounded: most mistakes live near the valid. Values of JSON, texts and bytes, each with one or two wounds. */
import fc from 'fast-check';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** One wound in one place: what is done there, and the piece of JSON text that it is done with. */
interface Wound {
  readonly at: number;
  readonly how: (typeof HOWS)[number];
  readonly by: string;
  readonly name: string;
}

const HOWS = ['replace', 'drop', 'twice', 'rename', 'wrap', 'add', 'empty'] as const;

/** Texts that something on the way may take for more than text. */
export const NASTY_TEXTS: readonly string[] = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\u202eevil',
  '\u200bzero\u200dwidth\ufeff',
  'שלום عالم',
  '\ud800',
  'x\udfff',
  '𝕊𝕚𝕥𝕖',
  'e\u0301\u0301\u0301\u0301',
  '<!channel> <@U0TOM0001> *bold* `code` <https://evil.example.com|safe>',
  '&lt;!here&gt; &amp;amp;',
  '; rm -rf / #',
  '$(id)`id`',
  "' OR '1'='1",
  '"; redis.call("FLUSHALL") --',
  '*1\r\n$8\r\nFLUSHALL\r\n',
  'x\r\nSet-Cookie: a=b\r\n\r\n',
  '../../../../etc/passwd',
  '%2e%2e%2f%00',
  ['{{7*7}}', '$', '{7*7}#{7*7}'].join(''),
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'NaN',
  'Infinity',
  '-0',
  '1e309',
  'true',
  'null',
  '[]',
  '{}',
  '!!js/function "x"',
  '*anchor',
  'null\n---\n',
  '{cutover}:locks',
  'site-c-wave-1',
  'site-b-wave-999999',
  '☎'.repeat(600),
  'A'.repeat(5000),
];

/** Pieces of JSON text, some of which no `JSON.stringify` writes. */
const NASTY_JSON: readonly string[] = [
  'null',
  'true',
  'false',
  '0',
  '-0',
  '-1',
  '1.5',
  '1e309',
  '-1e309',
  '5e-324',
  '9007199254740993',
  '4294967296',
  '2147483648',
  '65536',
  '[]',
  '{}',
  '[[]]',
  '[null]',
  '{"__proto__":{"admin":true}}',
  '{"constructor":{"prototype":{"admin":true}}}',
  '{"toString":null,"valueOf":1}',
  '{"length":-1}',
  `${'['.repeat(60)}${']'.repeat(60)}`,
  `${'['.repeat(4000)}${']'.repeat(4000)}`,
  `${'{"a":'.repeat(1500)}1${'}'.repeat(1500)}`,
  `[${'0,'.repeat(3000)}0]`,
  // No JSON at all.
  'NaN',
  'undefined',
  "'single'",
  '01',
  '"\\ud800"',
  '"\\x00"',
  '"unended',
  '',
];

export const nastyText: fc.Arbitrary<string> = fc.oneof(
  { weight: 6, arbitrary: fc.constantFrom(...NASTY_TEXTS) },
  { weight: 2, arbitrary: fc.string({ unit: 'binary', maxLength: 40 }) },
  { weight: 1, arbitrary: fc.string({ maxLength: 20 }) },
);

const nastyJson: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: fc.constantFrom(...NASTY_JSON) },
  { weight: 4, arbitrary: nastyText.map((text) => JSON.stringify(text)) },
  { weight: 1, arbitrary: fc.json({ maxDepth: 2 }) },
);

const wound: fc.Arbitrary<Wound> = fc.record({
  at: fc.nat(),
  how: fc.constantFrom(...HOWS),
  by: nastyJson,
  name: fc.oneof(fc.constantFrom('__proto__', 'constructor', 'prototype', '', 'id', 'type'), nastyText),
});

/** JSON text of `valid` with one wound, seldom two, below the root. */
export function woundedJson(valid: Json): fc.Arbitrary<string> {
  const places = placesIn(valid);
  return fc
    .tuple(wound, fc.option(wound, { freq: 5 }))
    .map(([first, second]) =>
      written(valid, new Map([first, second].flatMap((each) => (each ? [[each.at % places, each] as const] : [])))),
    );
}

function placesIn(value: Json): number {
  if (value === null || typeof value !== 'object') return 1;
  return Object.values(value).reduce<number>((sum, each) => sum + placesIn(each as Json), 1);
}

/** Places are counted as they are written; the wounds are taken at theirs. */
function written(valid: Json, wounds: ReadonlyMap<number, Wound>): string {
  let place = -1;
  const write = (value: Json): { readonly text: string; readonly wound: Wound | undefined } => {
    place += 1;
    const here = wounds.get(place);
    const text = whole(value);
    if (here?.how === 'replace') return { text: here.by, wound: here };
    if (here?.how === 'wrap') return { text: `[${text}]`, wound: here };
    if (here?.how === 'empty') return { text: Array.isArray(value) ? '[]' : '{}', wound: here };
    return { text, wound: here };
  };
  const whole = (value: Json): string => {
    if (value === null || typeof value !== 'object') return JSON.stringify(value);
    const extra = wounds.get(place);
    if (Array.isArray(value)) {
      const items = (value as readonly Json[]).flatMap((each) => {
        const { text, wound: of } = write(each);
        return of?.how === 'drop' ? [] : of?.how === 'twice' ? [text, text] : [text];
      });
      return `[${[...items, ...(extra?.how === 'add' ? [extra.by] : [])].join(',')}]`;
    }
    const members = Object.entries(value).flatMap(([name, each]) => {
      const { text, wound: of } = write(each as Json);
      if (of?.how === 'drop') return [];
      const member = `${JSON.stringify(of?.how === 'rename' ? of.name : name)}:${text}`;
      return of?.how === 'twice' ? [member, `${JSON.stringify(name)}:${of.by}`] : [member];
    });
    const added = extra?.how === 'add' ? [`${JSON.stringify(extra.name)}:${extra.by}`] : [];
    return `{${[...members, ...added].join(',')}}`;
  };
  return write(valid).text;
}

/** A text that was cut, or that has lost, gained, doubled or exchanged a stretch. */
export function woundedText(valid: string): fc.Arbitrary<string> {
  return fc
    .record({
      at: fc.nat(),
      length: fc.oneof(fc.nat({ max: 12 }), fc.nat({ max: 400 })),
      how: fc.constantFrom('cut', 'lose', 'insert', 'exchange', 'double', 'head'),
      by: nastyText,
    })
    .map(({ at, length, how, by }) => {
      const from = valid.length === 0 ? 0 : at % valid.length;
      const before = valid.slice(0, from);
      const after = valid.slice(from + length);
      if (how === 'cut') return before;
      if (how === 'head') return valid.slice(from + 1);
      if (how === 'lose') return before + after;
      if (how === 'insert') return before + by + valid.slice(from);
      if (how === 'double') return before + valid.slice(from, from + length).repeat(2) + after;
      return before + by + after;
    });
}

/** Bytes with some of them turned into others: invalid UTF-8, byte order marks, other encodings. */
export function woundedBytes(valid: Buffer): fc.Arbitrary<Buffer> {
  const pieces = ['ff', 'fffe', 'efbbbf', 'c080', 'eda080', 'f4908080', '00', '0000', '80', 'c3', '1f8b08'];
  return fc
    .record({
      at: fc.nat(),
      how: fc.constantFrom('insert', 'flip', 'cut', 'utf16', 'latin1'),
      by: fc.oneof(
        fc.constantFrom(...pieces),
        fc.uint8Array({ maxLength: 8 }).map((of) => Buffer.from(of).toString('hex')),
      ),
    })
    .map(({ at, how, by }) => {
      const from = valid.length === 0 ? 0 : at % valid.length;
      const [head, tail] = [valid.subarray(0, from), valid.subarray(from)];
      if (how === 'cut') return head;
      if (how === 'utf16') return Buffer.from(valid.toString('utf8'), 'utf16le');
      if (how === 'latin1') return Buffer.from(`${valid.toString('utf8')}é`, 'latin1');
      if (how === 'insert') return Buffer.concat([head, Buffer.from(by, 'hex'), tail]);
      const turned = Buffer.from(valid);
      if (turned.length > 0) turned[from] = (turned[from] ?? 0) ^ 0xff;
      return turned;
    });
}

/** A value for a field that is not `valid`, of any type. */
export function otherThan(valid: Json): fc.Arbitrary<Json> {
  const near: readonly Json[] =
    typeof valid === 'number'
      ? [valid + 1, valid - 1, -valid, String(valid), valid + 0.5, valid + 2 ** 53, null, [valid]]
      : typeof valid === 'string'
        ? [
            `${valid} `,
            ` ${valid}`,
            valid.toUpperCase(),
            valid.slice(1),
            `${valid}\u200b`,
            `${valid}\n`,
            [valid],
            { a: valid },
          ]
        : [null, true, 0];
  return fc
    .oneof(
      { weight: 3, arbitrary: fc.constantFrom<Json>(...near) },
      { weight: 3, arbitrary: nastyText },
      { weight: 2, arbitrary: fc.constantFrom<Json>(null, true, 0, -1, 1e21, [], {}, [[]]) },
    )
    .filter((value) => JSON.stringify(value) !== JSON.stringify(valid));
}
