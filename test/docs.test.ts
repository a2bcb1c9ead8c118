/** The pages say what the program does: their tables, examples, commands and links are compared with it. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parse } from 'yaml';
import { NEEDED_RIGHTS } from '../src/adapters/platforms/genesys/rights';
import { DEFAULT_LIMITS, STRICTER } from '../src/core/limits';
import { recipeFaults } from '../src/core/recipe';
import { KIND_FACTS, STEP_KINDS } from '../src/core/step-kinds';
import { USAGE, VERBS } from '../src/parse/cutover-text';
import { durationText } from '../src/parse/durations';
import { PROBE_SETTINGS } from '../src/parse/probe-settings-table';
import { parseRecipe } from '../src/parse/recipe';
import { parseSettings, parseSettingsFile } from '../src/parse/settings';
import { SETTINGS } from '../src/parse/settings-table';
import { SITE_FILE } from '../src/parse/site-schema';
import { parseWaveDocument } from '../src/parse/wave-document';
import { HOLD_CAUSES } from '../templates/situation';
import { goodValue } from './fixtures/faults';
import { houseFile, houseSite } from './fixtures/house';

const HOUSE = join(__dirname, '..');
const pagesIn = (folder: string): readonly string[] =>
  readdirSync(join(HOUSE, folder), { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory() ? pagesIn(path) : /\.(md|ya?ml)$/.test(entry.name) ? [path] : [];
  });
const PAGES = ['README.md', ...pagesIn('docs')].map((path) => path.replaceAll('\\', '/'));
const TEXTS = PAGES.filter((path) => path.endsWith('.md'));

type Row = readonly string[];
const cellsOf = (line: string): Row =>
  line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
/** All tables of a page, each with its head as the first row. */
const tablesOf = (page: string): readonly (readonly Row[])[] =>
  [...houseFile(page).matchAll(/(?:^\|.*\n)+/gm)].map(([block]) => {
    const [head = '', _rule, ...rows] = block.trim().split('\n');
    return [head, ...rows].map(cellsOf);
  });
/** The rows of the table with this head. */
function tableOf(page: string, head: Row): readonly Row[] {
  const found = tablesOf(page).find(([first]) => first?.join() === head.join());
  if (!found) throw new Error(`${page} has no table with the head ${head.join(' | ')}`);
  return found.slice(1);
}
const bare = (cell: string | undefined): string => (cell ?? '').replace(/^`|`$/g, '');
const fenced = (page: string, kind: string): string => {
  const found = new RegExp(`\`\`\`${kind}\n([\\s\\S]*?)\`\`\``).exec(houseFile(page))?.[1];
  if (found === undefined) throw new Error(`${page} has no example marked ${kind}`);
  return found;
};

describe('every page', () => {
  test.each(TEXTS)('%s links only to what is there', (page) => {
    const text = houseFile(page).replace(/```[\s\S]*?```/g, '');
    const links = [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target ?? '');
    const broken = links
      .filter((target) => !/^[a-z]+:/.test(target) && !target.startsWith('#'))
      .filter((target) => !existsSync(join(HOUSE, dirname(page), target.replace(/#.*$/, ''))));
    expect(broken).toEqual([]);
  });

  test.each(TEXTS)('%s names files of this repository that exist', (page) => {
    const paths = [
      ...houseFile(page).matchAll(/`((?:src|commands|jobs|templates|sandbox|test|sites|docs)\/[\w./-]*)`/g),
    ];
    const missing = paths
      .map(([, path]) => path ?? '')
      .filter((path) => !/[A-Z]{3,}/.test(path) && ![path, `${path}.ts`].some((each) => existsSync(join(HOUSE, each))));
    expect(missing).toEqual([]);
  });

  test.each(PAGES)('%s holds no path of a machine and no control character', (page) => {
    const text = houseFile(page);
    expect(text).not.toMatch(
      /(^|[\s`'"(=])(\/(home|root|Users|work|workspace|tmp|opt|var|etc|mnt|usr)\/|[A-Z]:\\|~\/)/m,
    );
    expect([...text].filter((each) => each < ' ' && each !== '\n')).toEqual([]);
  });

  test.each(TEXTS)('%s names only commands that there are', (page) => {
    const text = houseFile(page);
    const scripts = Object.keys((JSON.parse(houseFile('package.json')) as { scripts: object }).scripts);
    const cli = houseFile('src/cli.ts');
    const cliVerbs = [...cli.matchAll(/\.command\('([a-z]+)/g)].map(([, verb]) => verb);
    const named = (form: RegExp) => [...text.matchAll(form)].map(([, ...words]) => words);
    expect(named(/npm run ([a-z][\w:-]*)/g).filter(([name]) => !scripts.includes(name ?? ''))).toEqual([]);
    const options = /(?:npx cutover)((?: -c \S+)?) ([a-z]+)(?: ([a-z]+))?/g;
    for (const [, verb, second] of named(options)) {
      expect(cliVerbs).toContain(verb);
      if (verb === 'audit') expect(['export', 'thread', 'verify', 'restore', 'archive']).toContain(second);
    }
    const slash = named(/\/cutover ([a-z]+)/g).map(([verb]) => verb);
    expect(slash.filter((verb) => !VERBS.some((known) => known === verb))).toEqual([]);
    const asPerson = named(/npx cutover run --as [^\s`]+ ([a-z]+)/g).map(([verb]) => verb);
    expect(asPerson.filter((verb) => !VERBS.some((known) => known === verb))).toEqual([]);
  });
});

describe('the README', () => {
  test('lists the verbs of /cutover with their usage', () => {
    const listed = tableOf('README.md', ['command', 'what it does']).map(([usage]) => bare(usage));
    expect(listed).toEqual(VERBS.map((verb) => USAGE[verb]));
  });

  test('lists every command of the command line', () => {
    const cli = houseFile('src/cli.ts');
    const verbs = [...cli.matchAll(/\.command\('([a-z]+)/g)].map(([, verb]) => verb);
    const text = houseFile('README.md');
    for (const verb of verbs) expect(text).toMatch(new RegExp(`npx cutover (audit )?${verb}\\b`));
  });

  test('lists every fault and every option of the sandbox', () => {
    const faults = [...houseFile('sandbox/twin/model/faults.ts').matchAll(/name: '([a-z0-9-]+)', label/g)];
    const listed = tableOf('README.md', ['fault', 'what happens in the world', 'what is seen']);
    expect(listed.map(([name]) => bare(name))).toEqual(faults.map(([, name]) => name));
    const options = [...houseFile('sandbox/options.ts').matchAll(/^ {2}(--[a-z]+)/gm)].map(([, name]) => name);
    const shown = tableOf('README.md', ['option of the sandbox', 'meaning']).map(([name]) => bare(name).split(' ')[0]);
    expect(shown).toEqual(options);
  });

  test('shows the steps and gates of the standard recipe, in order', () => {
    const recipe = goodValue(parseRecipe(houseFile('templates/waves/standard-site.yaml'), 'standard-site.yaml'));
    const rows = tableOf('README.md', ['#', 'step', 'gate', 'what it does, and what it waits for']);
    expect(rows.map(([number, step, gate]) => [Number(number), bare(step), gate === 'G'])).toEqual(
      recipe.steps.map(({ kind, gated }, i) => [i + 1, kind, gated]),
    );
  });
});

describe('the settings', () => {
  test.each([
    ['docs/settings.md', SETTINGS],
    ['docs/probe.md', PROBE_SETTINGS],
  ])('of %s stand in its table exactly as in the program', (page, settings) => {
    const rows = tableOf(page, ['name', 'meaning', 'default', 'secret', 'required']);
    expect(rows).toEqual(
      settings.map(({ name, meaning, default: by, secret, required }) => [
        `\`${name}\``,
        meaning,
        by === null ? '' : `\`${by}\``,
        secret ? 'yes' : '',
        required ?? '',
      ]),
    );
  });

  test('of the example are complete and right', () => {
    const values = goodValue(parseSettingsFile(fenced('docs/settings.md', 'yaml settings'), 'settings.yaml'));
    goodValue(parseSettings(values));
  });

  test('of the Slack page complete those of the example', () => {
    const all = goodValue(parseSettingsFile(fenced('docs/settings.md', 'yaml settings'), 'settings.yaml'));
    const part = goodValue(parseSettingsFile(fenced('docs/connect-slack.md', 'yaml settings-part'), 'settings.yaml'));
    expect(goodValue(parseSettings({ ...all, ...part })).slack.mode.kind).toBe('socket');
  });

  test('that pages name are settings', () => {
    const words = TEXTS.flatMap((page) => [...houseFile(page).matchAll(/`([A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+)`/g)]);
    const known: readonly string[] = [...SETTINGS, ...PROBE_SETTINGS].map(({ name }) => name);
    const unknown = words.map(([, word]) => word ?? '').filter((word) => !known.includes(word));
    expect([...new Set(unknown)].filter((word) => word !== 'LEASE_MS')).toEqual([]);
  });
});

describe('the guide to the platforms', () => {
  const page = 'docs/connect-platforms.md';

  test('lists every limit with its standard and what a recipe may do', () => {
    const may = { larger: 'raise it', smaller: 'lower it', fixed: 'not change it' } as const;
    const names = Object.keys(DEFAULT_LIMITS) as (keyof typeof DEFAULT_LIMITS)[];
    expect(tableOf(page, ['limit', 'standard', 'a recipe may'])).toEqual(
      names.map((name) => {
        const standard = DEFAULT_LIMITS[name];
        return [`\`${name}\``, name.endsWith('Ms') ? durationText(standard) : String(standard), may[STRICTER[name]]];
      }),
    );
  });

  test('shows a recipe that is one', () => {
    const recipe = goodValue(parseRecipe(fenced(page, 'yaml recipe'), 'careful-site.yaml'));
    expect(recipeFaults(recipe, STEP_KINDS)).toEqual([]);
  });

  test('shows a wave document that is one', () => {
    const text = fenced(page, 'json wave-document');
    const { recipe, notes } = goodValue(parseWaveDocument(text, 'wave.json', houseSite('site-a')));
    expect(recipe.steps.map(({ id }) => id)).toEqual(['update_dns', 'open_hotline']);
    expect(notes).toEqual([]);
  });

  test('explains every field of a site file', () => {
    const table = tablesOf(page)
      .flat()
      .map(([name]) => bare(name));
    expect(Object.keys(SITE_FILE.shape).filter((field) => !table.includes(field))).toEqual([]);
  });

  test('names calls to Genesys Cloud that the adapter makes', () => {
    const adapter = sourcesIn('src/adapters/platforms');
    const calls = tableOf(page, ['the bot does', 'call', 'permission']).map(([, call]) => call ?? '');
    const words = calls.flatMap((call) => [...call.matchAll(/(?:\.\.\.|\/api\/v2)(\/[a-z/]+[a-z])/g)]);
    expect(words.length).toBeGreaterThanOrEqual(calls.length);
    const parts = words.flatMap(([, path]) => path?.split('/') ?? []);
    expect(parts.filter((part) => !adapter.includes(part))).toEqual([]);
  });

  test('names every right on Genesys Cloud that a preflight asks for', () => {
    const rights = tableOf(page, ['the bot does', 'call', 'permission']).map(([, , right]) => right ?? '');
    const missing = NEEDED_RIGHTS.filter(
      ({ anyOf }) => !rights.some((cell) => anyOf.every((one) => cell.includes(one))),
    );
    expect(missing).toEqual([]);
  });
});

describe('the guide for the night', () => {
  test('has a row for every cause of a hold, under its title', () => {
    const rows = tableOf('docs/operating.md', ['cause', 'its title', 'what to do']);
    expect(rows.map(([cause, title]) => [bare(cause), title])).toEqual(
      Object.entries(HOLD_CAUSES).map(([cause, { title }]) => [cause, title]),
    );
  });

  test('names the steps that may be skipped', () => {
    const skippable = STEP_KINDS.filter((kind) => KIND_FACTS[kind].skippable);
    const sentence =
      /leaves a held step out[^.]*\./.exec(houseFile('docs/operating.md').replaceAll('\n', ' '))?.[0] ?? '';
    expect([...sentence.matchAll(/`([a-z-]+)`/g)].map(([, kind]) => kind)).toEqual(skippable);
  });
});

describe('the architecture page', () => {
  test('has a row for every kind of step, in order', () => {
    const rows = tableOf('docs/architecture.md', ['kind', 'its `apply`', 'passes when']);
    expect(rows.map(([kind]) => bare(kind))).toEqual([...STEP_KINDS]);
  });
});

describe('the decisions', () => {
  const pages = readdirSync(join(HOUSE, 'docs/decisions')).filter((name) => /^\d{4}-/.test(name));

  test('are all in the list', () => {
    const listed = [...houseFile('docs/decisions/README.md').matchAll(/\]\((\d{4}-[\w-]+\.md)\)/g)].map(
      ([, name]) => name,
    );
    expect(listed).toEqual([...pages].sort());
  });

  test.each(pages.filter((name) => !name.startsWith('0012')))('%s says why, what, and what follows', (name) => {
    for (const part of ['## Context', '## Decision', '## Consequences'])
      expect(houseFile(`docs/decisions/${name}`)).toContain(part);
  });

  test('name every runtime dependency', () => {
    const { dependencies } = JSON.parse(houseFile('package.json')) as { dependencies: Record<string, string> };
    const text = houseFile('docs/decisions/0008-dependencies.md');
    expect(Object.keys(dependencies).filter((name) => !text.includes(`\`${name}\``))).toEqual([]);
  });
});

/** What each method of Slack's Web API needs, as far as the product calls it. */
const SCOPES: Readonly<Record<string, readonly string[]>> = {
  'auth.test': [],
  'views.open': [],
  'chat.postMessage': ['chat:write'],
  'chat.postEphemeral': ['chat:write'],
  'chat.update': ['chat:write'],
  'conversations.history': ['channels:history', 'groups:history'],
  'conversations.replies': ['channels:history', 'groups:history'],
  'usergroups.users.list': ['usergroups:read'],
  'users.info': ['users:read'],
};

describe('the Slack manifests', () => {
  interface Manifest {
    readonly display_information: { readonly name: string; readonly description: string };
    readonly features: { readonly slash_commands: readonly { readonly command: string; readonly url?: string }[] };
    readonly oauth_config: { readonly scopes: { readonly bot: readonly string[] } };
    readonly settings: {
      readonly interactivity: { readonly is_enabled: boolean; readonly request_url?: string };
      readonly socket_mode_enabled: boolean;
    };
  }
  const manifest = (mode: string) => parse(houseFile(`docs/slack/manifest-${mode}.yaml`)) as Manifest;
  const code = sourcesIn('src/adapters/slack') + sourcesIn('commands') + houseFile('src/doctor.ts');
  const called = [...code.matchAll(/\bclient\s*\.([a-z]+(?:\.[a-zA-Z]+)+)\(/g)].map(([, method]) => method ?? '');
  const needed = ['commands', ...called.flatMap((method) => SCOPES[method] ?? [`unknown method ${method}`])];

  test.each(['http', 'socket'])('of %s mode asks for exactly the scopes that the code needs', (mode) => {
    expect([...manifest(mode).oauth_config.scopes.bot].sort()).toEqual([...new Set(needed)].sort());
  });

  test('and the page gives a reason for each', () => {
    const rows = tableOf('docs/connect-slack.md', ['scope', 'what for']).map(([scope]) => bare(scope));
    expect(rows).toEqual(manifest('http').oauth_config.scopes.bot);
  });

  test.each(['http', 'socket'])('of %s mode has the command, the buttons and sizes that Slack takes', (mode) => {
    const { features, settings, display_information: about } = manifest(mode);
    expect(features.slash_commands.map(({ command }) => command)).toEqual(['/cutover']);
    expect(settings.interactivity.is_enabled).toBe(true);
    expect(about.name.length).toBeLessThanOrEqual(35);
    expect(about.description.length).toBeLessThanOrEqual(140);
  });

  test('name addresses in HTTP mode only, with the path that the bot serves', () => {
    const { features, settings } = manifest('http');
    expect(houseFile('src/adapters/slack/bolt-app.ts')).toContain("'/slack/events'");
    expect(features.slash_commands[0]?.url).toMatch(/^https:\/\/[^/]+\/slack\/events$/);
    expect(settings.interactivity.request_url).toBe(features.slash_commands[0]?.url);
    expect(settings.socket_mode_enabled).toBe(false);
    expect(JSON.stringify(manifest('socket'))).not.toMatch(/https?:/);
    expect(manifest('socket').settings.socket_mode_enabled).toBe(true);
  });
});

function sourcesIn(folder: string): string {
  return readdirSync(join(HOUSE, folder), { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'utf8'))
    .join('\n');
}
