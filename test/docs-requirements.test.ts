/** The table of requirements is held to the code: its files, names and tests exist, and no number is lost or counted twice. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { houseFile } from './fixtures/house';

const HOUSE = join(__dirname, '..');
const PAGE = 'docs/requirements.md';
const LAST = 175;
/** Letters of a test's name, placeholders aside, that tell it from others; with less a case has to be named. */
const TELLING = 10;

interface Named {
  readonly path: string;
  /** What is to be found in it: names in code, or parts of a test's name. */
  readonly parts: readonly string[];
  /** Rows of a table of cases. */
  readonly rows: readonly string[];
}

interface Row {
  readonly number: number;
  readonly kept: string;
  readonly files: readonly Named[];
  readonly tests: readonly Named[];
}

const isPath = (text: string): boolean => /^[\w-]+(\/[\w.-]+)+$/.test(text);

/** `path` followed by what belongs to it. */
function namedIn(cell: string): readonly Named[] {
  const found: { path: string; parts: string[]; rows: string[] }[] = [];
  for (const [, row, text = ''] of cell.matchAll(/(row )?`([^`]+)`/g)) {
    const last = found.at(-1);
    if (isPath(text)) found.push({ path: text, parts: [], rows: [] });
    else if (last) (row ? last.rows : last.parts).push(text);
    else found.push({ path: text, parts: [], rows: [] });
  }
  return found;
}

const NO_CELL = '';
function rowsOf(page: string): readonly Row[] {
  return [...page.matchAll(/^\| (\d+) \|.*$/gm)].map(([line, number]) => {
    const [, kept = NO_CELL, files = NO_CELL, tests = NO_CELL] = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    return { number: Number(number), kept, files: namedIn(files), tests: namedIn(tests) };
  });
}

/** The numbers that the bullets of a section begin with: `- 1, 3-5: why`. */
function listedUnder(page: string, title: string): readonly number[] {
  const section = page.split(/^## /m).find((each) => each.startsWith(title)) ?? '';
  return [...section.matchAll(/^- ([\d, -]+):/gm)].flatMap(([, numbers = '']) =>
    numbers.split(',').flatMap((part) => {
      const [from = Number.NaN, to = from] = part.split('-').map(Number);
      return Array.from({ length: to - from + 1 }, (_each, i) => from + i);
    }),
  );
}

/** Names of tests as they are written, templates of tables included; of suites too, which are no tests, none. */
function testNamesIn(source: string): readonly string[] {
  const suites = /\bdescribe(\.each\([\s\S]*?\))?\(\s*(['"`])/g;
  const name = /(?:\b(?:it|test)|\))\(\s*(['"`])((?:\\.|(?!\1)[^\\\n])*)\1,/g;
  const begun = new Set([...source.matchAll(suites)].map(({ index, 0: text }) => index + text.length));
  return [...source.matchAll(name)]
    .filter(({ index, 0: text, 2: title = '' }) => !begun.has(index + text.length - title.length - 2))
    .map(([, , title = '']) => title.replace(/\\(.)/g, '$1'));
}

function literalsIn(source: string): readonly string[] {
  return [...source.matchAll(/(['"`])((?:\\.|(?!\1)[^\\\n])*)\1/g)].map(([, , text = '']) => text);
}

const suites = (folder: string): readonly string[] =>
  readdirSync(join(HOUSE, folder))
    .filter((file) => file.endsWith('.test.ts'))
    .map((file) => `${folder}/${file}`);
/** Shared facts lie in files that are no tests by themselves: one has to run them. */
const isRun = (path: string): boolean =>
  path.endsWith('.test.ts') ||
  [...suites('test'), ...suites('test/integration')].some((suite) =>
    new RegExp(`from '\\.{1,2}/(?:[\\w-]+/)*${path.replace(/^.*\/|\.ts$/g, '')}'`).test(houseFile(suite)),
  );

function fileFaults({ number, files }: Row): readonly string[] {
  return files.flatMap(({ path, parts }) => {
    if (!existsSync(join(HOUSE, path))) return [`Row ${number} names the file ${path}, which is not there.`];
    const source = readFileSync(join(HOUSE, path), 'utf8');
    return parts
      .filter((part) => !new RegExp(`\\b${part}\\b`).test(source))
      .map((part) => `Row ${number} names ${part} in ${path}, which does not hold it.`);
  });
}

function testFaults({ number, tests }: Row): readonly string[] {
  if (tests.length === 0) return [`Row ${number} names no test: it belongs into the list of what is not shown.`];
  return tests.flatMap(({ path, parts, rows }) => {
    if (!path.startsWith('test/') || !existsSync(join(HOUSE, path)))
      return [`Row ${number} names the test file ${path}, which is not there.`];
    if (!isRun(path)) return [`Row ${number} names ${path}, which no test runs.`];
    if (parts.length === 0) return [`Row ${number} names ${path} and no test in it.`];
    if (rows.length === 0 && parts.some((part) => part.replace(/%[a-z]/g, '').trim().length < TELLING))
      return [`Row ${number} names a test in ${path} by too little of its name, and no case of it.`];
    const source = houseFile(path);
    const [names, literals] = [testNamesIn(source), literalsIn(source)];
    return [
      ...parts
        .filter((part) => !names.some((name) => name.includes(part)))
        .map((part) => `Row ${number} names the test "${part}" in ${path}, where no test is called so.`),
      ...rows
        .filter((row) => !literals.includes(row))
        .map((row) => `Row ${number} names the case "${row}" in ${path}, where there is none.`),
    ];
  });
}

function numberFaults(page: string): readonly string[] {
  const places = [
    ...rowsOf(page).map(({ number }) => number),
    ...listedUnder(page, 'Not kept'),
    ...listedUnder(page, 'Of other rooms'),
  ];
  const count = (number: number): number => places.filter((each) => each === number).length;
  const all = Array.from({ length: LAST }, (_each, i) => i + 1);
  return [
    ...places.filter((each) => !all.includes(each)).map((each) => `Number ${each} is none from 1 to ${LAST}.`),
    ...all.filter((each) => count(each) === 0).map((each) => `Number ${each} stands nowhere on the page.`),
    ...all.filter((each) => count(each) > 1).map((each) => `Number ${each} stands on the page ${count(each)} times.`),
  ];
}

function faultsOf(page: string): readonly string[] {
  const rows = rowsOf(page);
  return [
    ...rows.flatMap((row) => [
      ...(row.kept === '' ? [`Row ${row.number} says nothing.`] : []),
      ...(row.files.length === 0 ? [`Row ${row.number} names no file.`] : []),
      ...fileFaults(row),
      ...testFaults(row),
    ]),
    ...numberFaults(page),
  ];
}

describe('the table of requirements', () => {
  const page = houseFile(PAGE);

  test('has many rows, in the order of their numbers', () => {
    const numbers = rowsOf(page).map(({ number }) => number);
    expect(numbers.length).toBeGreaterThan(100);
    expect(numbers).toEqual([...numbers].sort((a, b) => a - b));
  });

  test('names files, names and tests that there are, and each number once', () => {
    expect(faultsOf(page)).toEqual([]);
  });

  const broken = (from: string | RegExp, to: string): string => {
    const text = page.replace(from, to);
    if (text === page) throw new Error(`the page does not hold ${from}`);
    return text;
  };
  test.each([
    [
      'a file that is not there',
      () => broken('`jobs/steps/enable-failover.ts`', '`jobs/steps/failover.ts`'),
      'Row 3 names the file jobs/steps/failover.ts, which is not there.',
    ],
    [
      'a name that its file does not hold',
      () => broken('`LegacyTrunkMode`', '`LegacyTrunkMood`'),
      'Row 3 names LegacyTrunkMood in src/ports/legacy.ts, which does not hold it.',
    ],
    [
      'a test that is not there',
      () => broken('`reads the licences twice before it believes them`', '`reads the licences thrice`'),
      'Row 175 names the test "reads the licences thrice" in test/steps-queues.test.ts, where no test is called so.',
    ],
    [
      'a suite in place of a test',
      () => broken('`reads the licences twice before it believes them`', '`observe-calls`'),
      'Row 175 names the test "observe-calls" in test/steps-queues.test.ts, where no test is called so.',
    ],
    [
      'a case that is not there',
      () => broken('row `a waiting caller`', 'row `a singing caller`'),
      'Row 6 names the case "a singing caller" in test/steps-queues.test.ts, where there is none.',
    ],
    [
      'a test file that is not there',
      () => broken('`test/adapters-legacy-twin.test.ts`', '`test/adapters-legacy-triplet.test.ts`'),
      'Row 3 names the test file test/adapters-legacy-triplet.test.ts, which is not there.',
    ],
    [
      'facts that no test runs',
      () => broken('`test/adapters-legacy-twin.test.ts`', '`test/lab/sipp.ts`'),
      'Row 3 names test/lab/sipp.ts, which no test runs.',
    ],
    [
      'no test',
      () => broken(/^(\| 113 \|.*\|) [^|]+ \|$/m, '$1  |'),
      'Row 113 names no test: it belongs into the list of what is not shown.',
    ],
    [
      'nothing but a placeholder',
      () => broken('`%s` row `at a regulated site`', '`%s`'),
      'Row 78 names a test in test/core-waivers.test.ts by too little of its name, and no case of it.',
    ],
    ['a row taken out', () => broken(/^\| 113 \|.*\n/m, ''), 'Number 113 stands nowhere on the page.'],
    ['a number twice', () => broken('\n- 23:', '\n- 23, 24:'), 'Number 24 stands on the page 2 times.'],
    ['a number too large', () => broken('\n- 23:', '\n- 23, 176:'), 'Number 176 is none from 1 to 175.'],
  ])('with %s is refused in a sentence that names the row', (_what, text, sentence) => {
    expect(faultsOf(text())).toContain(sentence);
  });
});
