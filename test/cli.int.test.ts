/** The command line at its entrances: real processes, an exit code and sentences for whatever is handed in. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { APPROVER, OPERATOR, OUTSIDER } from '../sandbox/people';
import type { Sandbox } from '../sandbox/sandbox';
import { auditFile } from '../src/audit-file';
import { lint } from '../src/lint';
import { isUserId } from '../src/parse/people';
import { readSettings } from '../src/read-settings';
import { cutover, type Said, settingsOf, settingsWith } from './support/cutover-process';
import { double } from './support/front-door';
import { type TestRedis, testRedis } from './support/private-redis';
import { openSandbox } from './support/wave-run';

jest.setTimeout(90_000);

let sandbox: Sandbox;
let redis: TestRedis;
/** Listens and accepts; what it answers is never needed. */
let occupied: Server;
/** One look at all sites takes its time: what it says is read twice. */
let doctorOfAll: Promise<Said> | null = null;

beforeAll(async () => {
  sandbox = await openSandbox({ site: 'site-b' });
  // Nothing is to move here: what is tested are the answers.
  sandbox.pace.freeze();
  redis = await testRedis();
  occupied = createServer((_request, response) => response.writeHead(503).end());
  await new Promise<void>((resolve) => occupied.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  occupied.closeAllConnections();
  await new Promise((resolve) => occupied.close(resolve));
  await redis.close();
  await sandbox.close();
});

const portOf = (server: Server): number => (server.address() as AddressInfo).port;
const cli = (...args: string[]): Promise<Said> => cutover(['--config', sandbox.config, ...args]);
const file = (name: string, text: string): string => {
  const path = join(sandbox.folder, name);
  writeFileSync(path, text);
  return path;
};

/** Whatever is wrong outside is a sentence: no stack, no talk of our own mistake, no secret. */
function expectSentence(said: Said): void {
  expect(said.err).not.toMatch(/^\s+at /m);
  expect(said.err).not.toMatch(/own mistake|node_modules/);
  expect(said.out + said.err).not.toMatch(/hunter2/);
}

describe('settings', () => {
  it('that are missing are named all at once', async () => {
    const said = await cutover(['start']);
    expect(said.code).toBe(1);
    expectSentence(said);
    for (const name of [
      'SLACK_BOT_TOKEN',
      'SLACK_SIGNING_SECRET',
      'CUTOVER_CHANNEL',
      'GENESYS_API_URL',
      'GENESYS_CLIENT_SECRET',
      'POWERDNS_URL',
      'LEGACY_URL',
      'LEGACY_TOKEN',
      'CRM_URL',
      'CRM_TOKEN',
    ])
      expect(said.err).toMatch(new RegExp(`^ {2}${name}: `, 'm'));
    expect(said.out).toBe('');
  });

  it('that are malformed or at odds with each other are named all at once, and no value is repeated', async () => {
    const said = await cutover(['start'], {
      SLACK_BOT_TOKEN: 'hunter2-bot',
      SLACK_SIGNING_SECRET: 'hunter2',
      CUTOVER_CHANNEL: '#hunter2',
      PORT: '99999',
      REDIS_URL: 'http://:hunter2@127.0.0.1',
      REDIS_PREFIX: 'hunter2 {x}',
      GENESYS_REGION: 'hunter2',
      GENESYS_CLIENT_ID: 'id',
      GENESYS_CLIENT_SECRET: 'hunter2\u0007',
      POWERDNS_URL: 'http://root:hunter2@127.0.0.1/',
      LEGACY_URL: 'ftp://hunter2',
      LEGACY_TOKEN: 'hunter2\nx',
      CRM_URL: 'https://crm.example.com?token=hunter2',
      CRM_TOKEN: '   ',
      DNS_REST_URL: 'https://dns.example.com',
      HTTP_TIMEOUT_MS: '1',
      LOG_LEVEL: 'hunter2',
      RESOLVERS: 'google=hunter2',
      SIP_TLS_CA: '/nowhere/hunter2.pem',
    });
    expect(said.code).toBe(1);
    expectSentence(said);
    for (const name of [
      'SLACK_BOT_TOKEN',
      'SLACK_SIGNING_SECRET',
      'CUTOVER_CHANNEL',
      'PORT',
      'REDIS_URL',
      'REDIS_PREFIX',
      'GENESYS_REGION',
      'GENESYS_CLIENT_SECRET',
      'POWERDNS_URL',
      'POWERDNS_API_KEY',
      'LEGACY_URL',
      'LEGACY_TOKEN',
      'CRM_URL',
      'CRM_TOKEN',
      'DNS_API_TOKEN',
      'HTTP_TIMEOUT_MS',
      'LOG_LEVEL',
      'RESOLVERS',
      'SIP_TLS_CA',
    ])
      expect(said.err).toMatch(new RegExp(`^ {2}${name}: `, 'm'));
  });

  it('in a file are refused by line and column, or by the file', async () => {
    const refused = async (path: string): Promise<string> =>
      await readSettings([path], {}).then(
        () => 'taken',
        (cause: Error) => cause.message,
      );
    expect(await refused(file('broken.yaml', 'PORT: [1\nLEGACY_TOKEN: hunter2\n'))).toMatch(/broken\.yaml:\d+:\d+: /);
    expect(await refused(join(sandbox.folder, 'no.yaml'))).toMatch(/no\.yaml cannot be read\. Name an existing/);
    const typo = file('typo.yaml', 'PORT: 1\nSLACK_BOT_TOKN: xoxb-hunter2\n');
    const rows = await Promise.all([cutover(['--config', typo, 'status']), cutover(['start', '-c', sandbox.folder])]);
    for (const said of rows) {
      expect(said.code).toBe(1);
      expectSentence(said);
    }
    expect(rows[0]?.err).toMatch(/typo\.yaml:2:1: SLACK_BOT_TOKN is not a setting\. Write .?SLACK_BOT_TOKEN/);
    expect(rows[1]?.err).toMatch(/cannot be read\. Name an existing settings file/);
  });

  it('that name no folder of sites, or an empty one, leave a person with a sentence', async () => {
    const empty = join(sandbox.folder, 'no-sites');
    mkdirSync(empty);
    const [plan, missing] = await Promise.all([
      cutover(['--config', settingsWith(sandbox, 'empty', { SITES_DIR: empty }), 'plan', 'site-b']),
      cutover(['--config', settingsWith(sandbox, 'gone', { SITES_DIR: join(empty, 'x') }), 'plan', 'site-b']),
    ]);
    for (const said of [plan, missing]) {
      expect(said.code).toBe(1);
      expect(said.err).toMatch(/there is no site "site-b"\. There is no site file yet/);
    }
  });
});

describe('what the product stands on', () => {
  it('is named within seconds when Redis is not there, does not let us in, or may drop keys', async () => {
    const url = new URL(redis.url);
    url.password = 'hunter2-wrong';
    await redis.client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    const closed = { REDIS_URL: 'redis://:hunter2@127.0.0.1:1' };
    const rows = await Promise.all([
      cutover(['start', '--config', settingsWith(sandbox, 'closed', closed)]),
      cutover(['--config', settingsWith(sandbox, 'closed-too', closed), 'status']),
      cutover(['start', '--config', settingsWith(sandbox, 'dropping', { REDIS_URL: redis.url })]),
      cutover([
        'start',
        '--config',
        settingsWith(sandbox, 'no-redis', { REDIS_URL: `redis://127.0.0.1:${portOf(occupied)}` }),
      ]),
    ]);
    await redis.client.config('SET', 'maxmemory-policy', 'noeviction', 'requirepass', 'hunter2-right');
    const barred = await cutover(['start', '--config', settingsWith(sandbox, 'barred', { REDIS_URL: url.href })]);
    await redis.client.config('SET', 'requirepass', '');
    for (const said of [...rows, barred]) {
      expect(said.code).toBe(1);
      expect(said.out).toBe('');
      expectSentence(said);
      expect(said.ms).toBeLessThan(12_000);
    }
    const [start, status, dropping, noRedis] = rows.map(({ err }) => err);
    expect(start).toMatch(/Redis .*127\.0\.0\.1:1\b.*ECONNREFUSED.*REDIS_URL/);
    expect(status).toMatch(/Redis .*127\.0\.0\.1:1\b.*REDIS_URL/);
    expect(dropping).toMatch(/maxmemory-policy allkeys-lru.*Set it to noeviction/);
    expect(noRedis).toMatch(/Redis .*REDIS_URL/);
    expect(barred.err).toMatch(/Redis .*(WRONGPASS|NOAUTH).*REDIS_URL/);
  });

  it('is named when Slack does not know the token, or the port is taken', async () => {
    const rows = await Promise.all([
      cutover(['start', '--config', settingsWith(sandbox, 'token', { SLACK_BOT_TOKEN: 'xoxb-hunter2' })]),
      cutover(['start', '--config', settingsWith(sandbox, 'port', { PORT: String(portOf(occupied)) })]),
    ]);
    for (const said of rows) {
      expect(said.code).toBe(1);
      expect(said.out).toBe('');
      expectSentence(said);
      expect(said.ms).toBeLessThan(15_000);
    }
    const [token, port] = rows.map(({ err }) => err);
    expect(token).toMatch(/Slack .*invalid_auth.*SLACK_BOT_TOKEN/);
    expect(port).toMatch(/port \d+ .*PORT/i);
  });
});

describe('a Slack that is away when the bot starts', () => {
  it.each([
    ['does not keep the worker from its waves', [], /waves go on without their thread/],
    ['is waited for by a bot alone as well', ['--only', 'bot'], /no command and no click arrives/],
  ])('%s, and is found when it is back', async (_what, more, meanwhile) => {
    const slack = await double(new URL(sandbox.workspace.apiUrl).origin);
    slack.answer = (_method, _path, response) => {
      response.writeHead(503).end();
      return true;
    };
    const config = settingsWith(sandbox, 'away', { SLACK_API_URL: `${slack.url}/api/` });
    const said = await cutover(['start', ...more, '--config', config], {}, (out, err, end) => {
      if (meanwhile.test(err)) slack.answer = null;
      if (/"ready":true/.test(out)) end();
    });
    await slack.close();
    expect(said.err).toMatch(/Slack cannot be reached at .*SLACK_API_URL[\s\S]*Slack is away: /);
    expect(said.err).toMatch(meanwhile);
    expect(said.out).toMatch(/"ready":true/);
    expect(said.code).toBe(0);
  });
});

describe('lint', () => {
  const siteB = join('sites', 'site-b.yaml');
  const changed = (from: string, to: string, path = siteB): string => {
    const text = readFileSync(path, 'utf8');
    if (!text.includes(from)) throw new Error(`${path} has no ${from}`);
    return text.replace(from, to);
  };

  it('takes the house’s own files, and refuses bad ones by file, line and column', async () => {
    const guide = join('templates', 'waves', 'guide-example.json');
    const recipe = join('templates', 'waves', 'standard-site.yaml');
    const siteA = join('sites', 'site-a.yaml');
    writeFileSync(join(sandbox.folder, 'site-b.agents.csv'), readFileSync('sites/site-b.agents.csv'));
    const rows: readonly (readonly [string, string | null, boolean, RegExp])[] = [
      [recipe, null, true, /^standard-site\.yaml: good\./],
      [guide, siteA, true, /^guide-example\.json: good\./],
      [file('ttl.yaml', changed('ttl: 900', 'ttl: soon')), null, false, /^ttl\.yaml:\d+:\d+: .*ttl/m],
      [
        file('recipe.yaml', changed('step: switch-dns', 'step: switch-dsn', recipe)),
        siteB,
        false,
        /^recipe\.yaml:\d+:\d+: .*switch-dsn.*switch-dns/m,
      ],
      [
        file('wave.json', changed('"method": "', '"methud": "', guide)),
        siteA,
        false,
        /^wave\.json:\d+:\d+: .*methud.*method/m,
      ],
      [file('bomb.yaml', `a: &a [1]\n${'b: *a\n'.repeat(3)}`), siteB, false, /^bomb\.yaml:\d+:\d+: /m],
      [file('empty.yaml', ''), siteB, false, /^empty\.yaml:\d+:\d+: /m],
      [join(sandbox.folder, 'none.yaml'), null, false, /cannot be read/],
      [sandbox.folder, null, false, /cannot be read/],
      [recipe, file('no-site.yaml', 'site: [\n'), false, /name a site file to check it against/],
    ];
    for (const [path, site, ok, line] of rows) {
      const report = await lint(path, site);
      expect(report.lines.join('\n')).toMatch(line);
      expect(report.ok).toBe(ok);
    }
    const [good, wrong, nothing] = await Promise.all([
      cutover(['lint', siteB]),
      cutover(['lint', file('zone.yaml', changed('America/Chicago', 'America/Chigaco'))]),
      cutover(['lint']),
    ]);
    expect(good).toMatchObject({ code: 0, out: expect.stringMatching(/^site-b\.yaml: good\. site site-b, 8 agents/) });
    expect(wrong).toMatchObject({ code: 1, out: expect.stringMatching(/^zone\.yaml:4:\d+: .*America\/Chigaco/m) });
    expect(nothing).toMatchObject({ code: 1, err: expect.stringMatching(/missing required argument/) });
    for (const each of [good, wrong, nothing]) expectSentence(each);
  });
});

describe('verbs', () => {
  it('that are not there, or of sites that are not, are refused with the nearest', async () => {
    const rows = await Promise.all([
      cli('strat', 'site-b'),
      cli('plan', 'site-q'),
      cli('status', 'site-b-wave-9'),
      cli('run', '--as', OPERATOR, 'strat', 'site-b'),
      cli('run', 'start', 'site-b'),
      cli('start', '--only', 'everything'),
      cli('audit', 'export', '../../etc/passwd'),
    ]);
    expect(rows.map(({ code }) => code)).toEqual([1, 1, 1, 1, 1, 1, 1]);
    for (const said of rows) expectSentence(said);
    const err = rows.map((said) => said.err);
    expect(err[0]).toMatch(/unknown command 'strat'[\s\S]*start/);
    expect(err[1]).toMatch(/there is no site "site-q"\. Did you mean/);
    expect(err[2]).toMatch(/There is no wave of site-b-wave-9 yet/);
    expect(err[3]).toMatch(/"strat" is not a verb.*Did you mean `start`/);
    expect(err[4]).toMatch(/--as/);
    expect(err[5]).toMatch(/--only takes bot or worker/);
    expect(err[6]).toMatch(/There is no wave/);
  });

  it('plan and status answer from the world and the log', async () => {
    const [plan, status] = await Promise.all([cli('plan', 'site-b'), cli('status')]);
    expect(plan).toMatchObject({ code: 0 });
    expect(plan.out).toMatch(/_sip\._tcp\.siteb\.example\.com/);
    expect(status).toMatchObject({ code: 0 });
    expect(status.out).toMatch(/site-b.*\n.*no wave yet/);
  });

  it('are refused to an outsider, to nobody, and to a user group that poses as a person', async () => {
    const [outsider, group] = await Promise.all([
      cli('run', '--as', OUTSIDER, 'start', 'site-b'),
      cli('run', '--as', 'S0TELEPHONY', 'start', 'site-b'),
    ]);
    for (const said of [outsider, group]) {
      expect(said.code).toBe(1);
      expectSentence(said);
    }
    expect(outsider.out + outsider.err).toMatch(/You are not an operator of site-b; nothing was started/);
    expect(group.err).toMatch(/--as takes the id of a Slack user/);
    for (const nobody of ['', 'maria', 'B0BOT', 'S0CHANGEBRD', `${OPERATOR}\n`, '<@U0MARIA01>'])
      expect([nobody, isUserId(nobody)]).toEqual([nobody, false]);
    expect((await cli('status', 'site-b')).err).toMatch(/There is no wave of site-b yet/);
  });

  it('steer a wave for those who may, and a user group is nobody there either', async () => {
    const started = await cli('run', '--as', OPERATOR, 'start', 'site-b');
    expect(started).toMatchObject({ code: 0, out: expect.stringMatching(/site-b-wave-1 has started/) });
    const [group, again, paused] = await Promise.all([
      cli('run', '--as', 'S0CHANGEBRD', 'abort', 'site-b', 'not a person'),
      cli('run', '--as', OPERATOR, 'start', 'site-b'),
      cli('run', '--as', APPROVER, 'pause', 'site-b', 'have a <!channel> *look* \u202e'),
    ]);
    expect(group).toMatchObject({ code: 1, err: expect.stringMatching(/--as takes the id of a Slack user/) });
    expect(again.code).toBe(1);
    expect(paused).toMatchObject({ code: 1, err: expect.stringMatching(/control character \(U\+202E\)/) });
    for (const verb of ['pause', 'resume', 'pause', 'abort'])
      expect((await cli('run', '--as', APPROVER, verb, 'site-b', 'to have a log')).code).toBe(0);
  });
});

describe('an exported log', () => {
  let lines: string[] = [];
  let head = '';
  const verify = (name: string, of: string, ...more: string[]): Promise<Said> =>
    cutover(['audit', 'verify', file(name, of), ...more]);
  const text = (of: readonly string[]): string => `${of.join('\n')}\n`;
  const entry = (at: number): Record<string, unknown> => JSON.parse(lines[at - 1] ?? '{}') as Record<string, unknown>;
  const altered = (at: number, change: object): string[] =>
    lines.map((line, i) => (i === at - 1 ? JSON.stringify({ ...entry(at), ...change }) : line));

  beforeAll(async () => {
    const exported = (await cli('audit', 'export', 'site-b-wave-1')).out.trim().split('\n');
    expect(exported).toHaveLength(6);
    // Without the manifest, as files of older versions are: entry by entry.
    lines = exported.slice(0, -1);
    head = String(entry(lines.length).hash);
  });

  it('is whole as it was written, and its end is proven by the mark', async () => {
    const [plain, marked] = await Promise.all([
      verify('plain.jsonl', text(lines)),
      verify('marked.jsonl', text(lines), '--head', head.slice(0, 8)),
    ]);
    for (const said of [plain, marked]) expect(said).toMatchObject({ code: 0, err: '' });
    expect(plain.out).toMatch(/whole\. \d+ entries of site-b-wave-1, last mark [0-9a-f]{10}\.[\s\S]*Compare that mark/);
    expect(marked.out).not.toMatch(/Compare/);
    expect(auditFile(`${lines.join('\r\n')}\r\n`, 'x', head.toUpperCase()).ok).toBe(true);
  });

  it('that was tampered with is refused by its first wrong entry', async () => {
    const [first = '', second = '', third = '', fourth = ''] = lines;
    const rest = lines.slice(4);
    const double = second.replace('"seq":2', '"seq":2,"by":{"kind":"person","user":"U0TOM0001","via":"slack"}');
    const otherWave = JSON.stringify({ ...entry(4), wave: 'site-c-wave-1' });
    const rows: readonly (readonly [string, string, number, RegExp])[] = [
      ['a time changed', text(altered(3, { at: Number(entry(3).at) + 1 })), 3, /does not fit its hash/],
      [
        'a person changed',
        text(altered(2, { by: { kind: 'person', user: OUTSIDER, via: 'slack' } })),
        2,
        /does not fit/,
      ],
      ['its hash changed too', text(altered(2, { at: 5, hash: entry(3).hash })), 2, /does not fit its hash/],
      ['one removed', text([...lines.slice(0, 2), ...lines.slice(3)]), 3, /an entry was removed/],
      ['the first removed', text(lines.slice(1)), 1, /an entry was removed/],
      ['two exchanged', text([first, third, second, fourth, ...rest]), 2, /the order was changed/],
      ['one repeated', text([...lines.slice(0, 3), third, fourth, ...rest]), 4, /added or repeated/],
      ['one of another wave', text([first, second, third, otherWave, ...rest]), 4, /it belongs to wave site-c-wave-1/],
      [
        'cut off before a garbled line',
        text([...altered(3, { at: 0 }).slice(0, 4), 'not an entry', ...rest]),
        3,
        /hash/,
      ],
      ['half a line', text([...lines.slice(0, 4), '{"seq":5', ...rest]), 5, /is no entry/],
      [
        'a field that no hash covers',
        text(altered(4, { note: 'approved by the board' })),
        4,
        /no hash covers \(note\)/,
      ],
      ['a field twice', text([first, double, third, fourth, ...rest]), 2, /a field stands there twice/],
      ['an empty line', text([first, '', second, third, fourth, ...rest]), 2, /is no entry/],
      ['nothing', '', 1, /is no entry/],
      ['control characters', '\u0000\u0001\n', 1, /is no entry/],
    ];
    for (const [what, of, entryNumber, finding] of rows) {
      const report = auditFile(of, 'log.jsonl', null);
      const line = report.lines.join(' ');
      expect([what, report.ok, Number(/(?:Entry |jsonl:)(\d+)/.exec(line)?.[1])]).toEqual([what, false, entryNumber]);
      expect(line).toMatch(finding);
    }
    const [missing, cut, changed] = await Promise.all([
      cutover(['audit', 'verify', join(sandbox.folder, 'no.jsonl')]),
      verify('cut.jsonl', text(lines.slice(0, -1)), '--head', head.slice(0, 8)),
      verify('changed.jsonl', text(altered(3, { at: 0 }))),
    ]);
    expect(missing).toMatchObject({ code: 1, err: expect.stringMatching(/no\.jsonl cannot be read/) });
    expect(cut).toMatchObject({ code: 1, err: expect.stringMatching(/entries are missing at the end/) });
    expect(changed).toMatchObject({ code: 1, err: expect.stringMatching(/NOT as it was written\. Entry 3/) });
    for (const said of [cut, changed]) expectSentence(said);
  });

  it('is not proven by a mark that is none', () => {
    for (const mark of ['', head.slice(0, 1), head.slice(0, 7), 'zzzzzzzz', `${head}00`])
      expect(auditFile(text(lines), 'x', mark)).toMatchObject({
        ok: false,
        lines: [expect.stringMatching(/--head takes/)],
      });
  });
});

describe('secrets', () => {
  it('of doctor end with 0 and a table of every line when none is red', async () => {
    const said = await cli('doctor', 'site-b');
    expect([said.code, said.err]).toEqual([0, '']);
    expect(said.out).toMatch(/^site-b: .*\d+ green$/m);
    expect(said.out).toMatch(/^ {2}ok {5}genesys-organisation +Genesys Cloud +token and organisation +Example/m);
    const calls = /^Calls to Genesys Cloud: (\d+) in the last minute, by all processes of this client, of 245/m.exec(
      said.out,
    );
    expect(Number(calls?.[1])).toBeGreaterThan(20);
    expect(said.out).not.toMatch(/RED|site-a/);
  });

  it('of doctor end with 1 and the red line first, with what to do, when a right is missing', async () => {
    sandbox.twin.faults.set('missing-permission', true);
    doctorOfAll = cli('doctor').finally(() => sandbox.twin.faults.set('missing-permission', false));
    const said = await doctorOfAll;
    expect(said.code).toBe(1);
    expect(said.out).toMatch(/^site-b: 1 red.*\n.*\n {2}RED {4}genesys-permission-analytics.*missing.*\n {9}Give /m);
    expect(said.out).toMatch(/^all \d sites: 3 red/m);
  });

  it('of doctor for a site that there is not say so', async () => {
    const said = await cli('doctor', 'site-x');
    expect(said.code).toBe(1);
    expect(said.err).toContain('There is no site site-x.');
  });

  it('stand nowhere in what doctor says', async () => {
    const { out, err } = await (doctorOfAll ?? cli('doctor'));
    for (const [name, value] of Object.entries(settingsOf(sandbox)))
      if (/TOKEN|SECRET|KEY/.test(name)) expect(out + err).not.toContain(value);
  });
});
