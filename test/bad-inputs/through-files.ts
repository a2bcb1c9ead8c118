/**
 * Files: sites with their rosters, recipes, wave documents, settings files, legacy recipes, exported logs and threads. A
 * wound may leave a file valid; whether it did is not for the parser under test alone to say: what is accepted has to be
 * as well-formed as the unwounded file is, and a log that is accepted as whole has to be the log that was exported.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { PROJECT } from '../../sandbox/options';
import { createFileLibrary } from '../../src/adapters/library/file-library';
import { auditExport } from '../../src/audit-export';
import { auditFile } from '../../src/audit-file';
import { siteFaults } from '../../src/core/build-plan';
import { lint } from '../../src/lint';
import { parseLegacyRecipe } from '../../src/parse/legacy-recipe';
import { parseLibraryRecipe } from '../../src/parse/library-recipe';
import { formatFaults, type Parsed } from '../../src/parse/parse-fault';
import { parseSettingsFile } from '../../src/parse/settings';
import { parseSite } from '../../src/parse/site';
import { Unreadable } from '../../src/ports/library';
import { houseFile, houseSite } from '../fixtures/house';
import { abort, DANIEL } from '../support/core-waves';
import { lagging } from '../templates-stories';
import { type Entrance, refused, type Taken, VALID, Wrong } from './entrance';
import { faultOfShape } from './shapes';
import { nastyText, woundedBytes, woundedText } from './wounds';

const KINDS = [
  'site',
  'roster',
  'recipe',
  'document',
  'settings',
  'legacy recipe',
  'log',
  'thread',
  'library',
  'lint',
] as const;
interface Input {
  readonly kind: (typeof KINDS)[number];
  /** base64 of the file. */
  readonly bytes: string;
}

/** YAML that is larger than it looks, or more than data. */
const TRAPS: readonly string[] = [
  'a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\nd: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\nsite: f\n',
  'site: !!js/function "function(){}"\n',
  'site: !!python/object/apply:os.system ["id"]\n',
  'site: !!binary "AAAA"\n',
  'site: !<tag:yaml.org,2002:set> {a}\n',
  'site: &x {y: *x}\n',
  '<<: *nothing\nsite: x\n',
  'a: &a {site: x}\n<<: *a\nsteps: [{<<: *a}]\n',
  '%YAML 9.9\n---\nsite: x\n',
  '--- a\n--- b\n--- c\n',
  'site: x\nsite: y\n',
  '{"site":"x","site":"y"}',
  '{"__proto__":{"site":"x"},"constructor":{"prototype":{"x":1}}}',
  '? {a: b}\n: c\nsite: x',
  `${'['.repeat(5000)}`,
  `${'- '.repeat(3000)}x`,
  `${'a:\n '.repeat(500)}`,
  `site: ${'x'.repeat(900_000)}`,
  'site: "\\ud800"',
  'site: 0x1F\nzone: 1e309\ndates: 2001-12-14t21:59:43.10-05:00\n',
  'site: ~\nplatform: ~\nagents: ~\n',
  '\ufeffsite: x',
  'site:\tx',
  '',
];

export function throughFiles(): Entrance<Input> {
  const folder = mkdtempSync(join(tmpdir(), 'cutover-bad-files-'));
  const site = houseSite('site-b');
  const roster = houseFile('sites/site-b.agents.csv');
  const settings =
    'SLACK_BOT_TOKEN: xoxb-1-2-3\nSLACK_SIGNING_SECRET: "0123456789abcdef"\nCUTOVER_CHANNEL: C0CUTOVER\nPORT: "3000"\nREDIS_URL: redis://:hunter2hunter2@127.0.0.1:6379\n';
  const log = exportedLog();
  const valid: Readonly<Record<Input['kind'], readonly string[]>> = {
    site: ['site-a', 'site-b', 'site-c', 'site-d'].map((name) => houseFile(`sites/${name}.yaml`)),
    roster: [roster],
    recipe: [houseFile('templates/waves/standard-site.yaml')],
    document: [houseFile('templates/waves/guide-example.json')],
    settings: [settings],
    'legacy recipe': [houseFile('templates/legacy/cisco-cucm.yaml')],
    log: [log],
    thread: [
      '{"thread":{"format":1,"wave":"site-b-wave-1","channel":"C0CUTOVER","ts":"1806192121.400000","takenAt":"2027-03-25T00:00:00.000Z","product":"cutover 0.1.0"},"posts":[]}\n',
    ],
    library: [houseFile('sites/site-b.yaml'), houseFile('templates/waves/standard-site.yaml')],
    lint: [
      houseFile('sites/site-b.yaml'),
      houseFile('templates/waves/standard-site.yaml'),
      houseFile('templates/waves/guide-example.json'),
    ],
  };
  const inputs: fc.Arbitrary<Input> = fc
    .constantFrom<Input['kind']>(
      'site',
      'site',
      'site',
      'roster',
      'roster',
      'recipe',
      'recipe',
      'document',
      'document',
      'document',
      'settings',
      'legacy recipe',
      'legacy recipe',
      'log',
      'log',
      'log',
      'thread',
      'library',
      'lint',
    )
    .chain((kind) => {
      const texts = fc.constantFrom(...valid[kind]);
      const wounds = fc.oneof(
        { weight: 12, arbitrary: texts.chain((text) => lineWound(text)) },
        { weight: 8, arbitrary: texts.chain((text) => woundedText(text)) },
        { weight: 2, arbitrary: fc.constantFrom(...TRAPS) },
        { weight: 2, arbitrary: fc.tuple(texts, fc.constantFrom(...TRAPS)).map(([text, trap]) => text + trap) },
        { weight: 1, arbitrary: nastyText },
      );
      const bytes = fc.oneof(
        { weight: 20, arbitrary: wounds.map((text) => Buffer.from(text)) },
        { weight: 3, arbitrary: texts.chain((text) => woundedBytes(Buffer.from(text))) },
      );
      return bytes.map((of) => ({ kind, bytes: of.toString('base64') }));
    });

  const library = createFileLibrary({
    sitesDir: folder,
    recipesDir: folder,
    parseSite: (text, file, read) => lines(parseSite(text, file, read)),
    parseRecipe: (text, file, of) => lines(parseLibraryRecipe(text, file, of)),
  });
  let count = 0;
  const take = async ({ kind, bytes }: Input): Promise<Taken> => {
    const content = Buffer.from(bytes, 'base64');
    const text = content.toString('utf8');
    switch (kind) {
      case 'site':
        return judged(
          parseSite(text, 'site.yaml', () => roster),
          site,
          (read) => siteFaults(read),
        );
      case 'roster':
        return judged(
          parseSite(valid.site[1] ?? '', 'site.yaml', () => text),
          site,
          (read) => siteFaults(read),
        );
      case 'recipe':
      case 'document': {
        const whole = parseLibraryRecipe(valid[kind][0] ?? '', 'f', site);
        return judged(parseLibraryRecipe(text, 'f', site), whole.ok ? whole.value : null);
      }
      case 'settings':
        return judged(parseSettingsFile(text, 'settings.yaml'), { A: 'x' });
      case 'legacy recipe': {
        const whole = parseLegacyRecipe(valid[kind][0] ?? '', 'f');
        return judged(parseLegacyRecipe(text, 'f'), whole.ok ? whole.value : null);
      }
      case 'log':
      case 'thread': {
        const isLog = kind === 'log';
        const report = isLog
          ? auditFile(text, 'wave.jsonl', null)
          : auditFile(log, 'wave.jsonl', null, { thread: { text, name: 'thread.json' } });
        if (!report.ok) return refused(report.lines.join('\n'));
        if (isLog && !isBeginningOf(text, log))
          throw new Wrong(`a log that was changed is called whole: ${report.lines.join(' ')}`);
        return VALID;
      }
      case 'library':
      case 'lint': {
        count += 1;
        const name = `f${count}.yaml`;
        writeFileSync(join(folder, name), content);
        try {
          if (kind === 'lint') {
            const report = await lint(join(folder, name), join(PROJECT, 'sites', 'site-b.yaml'));
            return report.ok ? VALID : refused(report.lines.join('\n'));
          }
          await (/^\s*"?site"?\s*:/m.test(text) ? library.site(name) : library.recipe(name, site));
          return VALID;
        } catch (cause) {
          if (cause instanceof Unreadable) return refused(cause.faults.join('\n'));
          throw cause;
        } finally {
          rmSync(join(folder, name));
        }
      }
    }
  };
  writeFileSync(join(folder, 'site-b.agents.csv'), roster);
  return {
    name: 'wave and site files',
    inputs,
    atOnce: 1,
    batch: 250,
    take,
    show: ({ kind, bytes }) => `${kind}: ${JSON.stringify(Buffer.from(bytes, 'base64').toString('utf8'))}`,
    // Parsing has nothing to touch; what prototypes would be is looked at.
    untouched: async () => ('admin' in {} || 'site' in {} ? 'every object has a new member' : null),
    stillWorks: async () => {
      const read = parseSite(valid.site[1] ?? '', 'site.yaml', () => roster);
      if (!read.ok) throw new Wrong(`a good file was refused: ${formatFaults(read.faults).join(' ')}`);
    },
    close: async () => rmSync(folder, { recursive: true, force: true }),
    secrets: ['hunter2hunter2', '0123456789abcdef'],
  };
}

/** A wave that lagged and was aborted, as `audit export` writes it. */
function exportedLog(): string {
  const story = lagging();
  story.does(abort(DANIEL));
  return `${auditExport(story.log, null, { at: Date.UTC(2027, 5, 7), signingKey: null }).lines.join('\n')}\n`;
}

/** One line of a file with its value exchanged, lost, doubled, or moved in. */
function lineWound(text: string): fc.Arbitrary<string> {
  const all = text.split('\n');
  const values = fc.oneof(
    fc.constantFrom(
      '',
      ' []',
      ' {}',
      ' null',
      ' -1',
      ' 0',
      ' 1e309',
      ' .nan',
      ' .inf',
      ' 9007199254740993',
      ' true',
      ' 007',
      ' "x"',
      ' [a, b]',
      ' {a: b}',
      ' *a',
      ' &a b',
      ' !!str 1',
      ' |',
      ' >-',
      ' 2027-01-01',
      ' 99:99',
      ' P1Y',
      ' ../x',
      ' <!channel>',
    ),
    nastyText.map((nasty) => ` ${JSON.stringify(nasty)}`),
  );
  return fc
    .record({
      at: fc.nat(),
      how: fc.constantFrom('value', 'value', 'value', 'lose', 'double', 'indent', 'key'),
      by: values,
    })
    .map(({ at, how, by }) => {
      const n = at % all.length;
      const line = all[n] ?? '';
      const changed =
        how === 'lose'
          ? []
          : how === 'double'
            ? [line, line]
            : how === 'indent'
              ? [`  ${line}`]
              : [
                  how === 'key'
                    ? line.replace(/[A-Za-z]+(?=["']?\s*:)/, (key) => `${key}x`)
                    : line.replace(/(:\s|,)[^,{}[\]]*/, (_all, sign: string) => `${sign.trim()}${by}`),
                ];
      return [...all.slice(0, n), ...changed, ...all.slice(n + 1)].join('\n');
    });
}

function lines<Value>(parsed: Parsed<Value>) {
  return parsed.ok ? parsed : { ok: false as const, faults: formatFaults(parsed.faults) };
}

function judged<Value>(
  parsed: Parsed<Value>,
  whole: unknown,
  more: (value: Value) => readonly string[] = () => [],
): Taken {
  if (!parsed.ok) {
    const incomplete = parsed.faults.find(({ place, wrong, mend }) => place === '' || wrong === '' || mend === '');
    if (incomplete) throw new Wrong(`a fault that does not say all: ${JSON.stringify(incomplete)}`);
    return refused(formatFaults(parsed.faults).join('\n'));
  }
  const wrong = faultOfShape(parsed.value, whole);
  if (wrong !== null) throw new Wrong(`accepted, and not as it should be: ${wrong}`);
  const faults = more(parsed.value);
  return faults.length > 0 ? refused(faults.join('\n')) : VALID;
}

/** A log cut at the end of a line is a shorter log, which only its mark or its thread tell. White space is no event. */
function isBeginningOf(text: string, log: string): boolean {
  const normal = (of: string): readonly string[] =>
    of.split(/\r?\n/).flatMap((line) => (line.trim() === '' ? [] : [JSON.stringify(sorted(JSON.parse(line)))]));
  const whole = normal(log);
  return normal(text.replace(/^\ufeff/, '')).every((line, n) => line === whole[n]);
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, each]) => [name, sorted(each)]),
  );
}
