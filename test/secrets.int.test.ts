/**
 * Planted secrets: every setting that is one has a value that can be recognised, every system repeats what it was sent, and
 * then everything that anybody can read is searched. They may stand in the requests that they are for, and nowhere else.
 */
import { generateKeyPairSync } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { hasAction, textOf } from '../sandbox/auto';
import { PROJECT } from '../sandbox/options';
import { APPROVER, OPERATOR, OUTSIDER, SECOND_APPROVER } from '../sandbox/people';
import type { Sandbox } from '../sandbox/sandbox';
import { SETTINGS } from '../src/parse/settings-table';
import { type Collector, startCollector } from './support/collector';
import { cutover, settingsOf, settingsWith } from './support/cutover-process';
import { type EchoDoor, echoDoor } from './support/echo-door';
import { send } from './support/front-door';
import { storedLog } from './support/stored-log';
import { openSandbox } from './support/wave-run';

jest.setTimeout(200_000);

const WAVE = 'site-b-wave-1';
const PROVIDERS = ['cloudflare', 'route53', 'rfc2136', 'rest'] as const;

const { privateKey } = generateKeyPairSync('ed25519');
const SIGNING_KEY = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
const planted = (name: string): string =>
  `planted-${name.toLowerCase().replaceAll('_', '-')}-0123456789abcdef0123456789`;
const REDIS_PASSWORD = planted('redis');
const RFC2136 = Buffer.from(planted('rfc2136')).toString('base64');

/** Of settings that the sandbox has no use for. */
const EXTRA: Readonly<Record<string, string>> = {
  AUDIT_SIGNING_KEY: SIGNING_KEY,
  RFC2136_SERVER: '127.0.0.1:1',
  RFC2136_KEY_NAME: 'key.example',
  RFC2136_KEY_SECRET: RFC2136,
  ROUTE53_ACCESS_KEY_ID: 'AKIA0123456789ABCDEF',
  ROUTE53_SECRET_ACCESS_KEY: planted('route53'),
  ROUTE53_SESSION_TOKEN: planted('route53_session'),
  CLOUDFLARE_API_TOKEN: planted('cloudflare'),
  PROBES: 'nowhere=http://127.0.0.1:1',
  PROBE_SECRETS: `nowhere=${planted('probe')}`,
  OTEL_EXPORTER_OTLP_HEADERS: `x-api-key=${planted('otel')}`,
  OPS_PORT: '0',
  LOG_LEVEL: 'trace',
};
/** What would change how the bot runs, for runs of their own. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  SLACK_APP_TOKEN: `xapp-${planted('app')}`,
  TWILIO_API_KEY: `SK${'0123456789abcdef'.repeat(2)}`,
  TWILIO_API_KEY_SECRET: planted('twilio_key'),
};
/** Beside REDIS_URL they are too much, and refused. */
const TOO_MUCH: Readonly<Record<string, string>> = {
  REDIS_PASSWORD: planted('redis_password'),
  REDIS_SENTINEL_PASSWORD: planted('redis_sentinel_password'),
  REDIS_SENTINELS: '127.0.0.1:1',
  REDIS_SENTINEL_MASTER: 'mymaster',
};
const RECIPE = { LEGACY_RECIPE: join(PROJECT, 'templates', 'legacy', 'cisco-cucm.yaml') };
const RECIPE_PASSWORD: Readonly<Record<string, string>> = {
  LEGACY_RECIPE_USER: 'cutover-axl',
  LEGACY_RECIPE_PASSWORD: planted('recipe'),
};
const RECIPE_TOKEN: Readonly<Record<string, string>> = { LEGACY_RECIPE_TOKEN: planted('recipe_token') };

let sandbox: Sandbox;
let admin: Redis;
let watched: Redis;
let sitesDir: string;
let collector: Collector;
/** What the listener for health and figures has answered. */
const figures: string[] = [];
const byDoor: Record<string, string> = {};
const doors = new Map<string, EchoDoor>();
const commands: string[] = [];
const heardOfCli: string[] = [];
let secrets: ReadonlyMap<string, string>;

beforeAll(async () => {
  sandbox = await openSandbox({ site: 'site-b' });
  admin = new Redis(sandbox.redis.url);
  await admin.config('SET', 'rdbcompression', 'no');
  await admin.call('ACL', 'SETUSER', 'planted', 'on', `>${REDIS_PASSWORD}`, '~*', '&*', '+@all');
  watched = await admin.monitor();
  watched.on('monitor', (_time: string, args: readonly string[]) => commands.push(args.join(' ')));
  collector = await startCollector();
  const settings: Record<string, string> = {
    ...settingsOf(sandbox),
    ...EXTRA,
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
  };
  settings.REDIS_URL = (settings.REDIS_URL ?? '').replace('://', `://planted:${REDIS_PASSWORD}@`);
  for (const [name, value] of Object.entries(settings)) {
    if (!/_URL$/.test(name) || name === 'REDIS_URL') continue;
    const { origin } = new URL(value);
    const door = await echoDoor(origin);
    doors.set(name, door);
    const through = value.replace(origin, door.url);
    // What these answer names hosts of theirs, which is taken for their own only where the setting names them too.
    if (/^(SLACK|SALESFORCE|CXONE)_/.test(name)) byDoor[name] = through;
    else settings[name] = through;
  }
  for (const name of ['CLOUDFLARE_URL', 'ROUTE53_URL']) {
    const door = await echoDoor(null);
    doors.set(name, door);
    settings[name] = door.url;
  }
  doors.set('LEGACY_RECIPE_URL', await echoDoor(null));
  cpSync(settingsWith(sandbox, 'planted', settings), sandbox.config);
  sitesDir = mkdtempSync(join(tmpdir(), 'cutover-test-sites-'));
  const site = readFileSync(join(PROJECT, 'sites', 'site-b.yaml'), 'utf8');
  cpSync(join(PROJECT, 'sites', 'site-b.agents.csv'), join(sitesDir, 'site-b.agents.csv'));
  for (const provider of PROVIDERS)
    writeFileSync(
      join(sitesDir, `site-${provider}.yaml`),
      site.replace('site: site-b', `site: site-${provider}`).replace('provider: powerdns', `provider: ${provider}`),
    );
  secrets = new Map(
    SETTINGS.filter(({ secret }) => secret).map(({ name }): [string, string] => {
      const value = { ...settings, ...ELSEWHERE, ...TOO_MUCH, ...RECIPE_PASSWORD, ...RECIPE_TOKEN }[name] ?? '';
      if (name === 'REDIS_URL') return [name, REDIS_PASSWORD];
      if (name === 'PROBE_SECRETS') return [name, planted('probe')];
      if (name === 'OTEL_EXPORTER_OTLP_HEADERS') return [name, planted('otel')];
      return [name, name === 'AUDIT_SIGNING_KEY' ? (value.split('\n')[1] ?? '') : value];
    }),
  );
  await sandbox.startBot();
});
afterAll(async () => {
  watched?.disconnect();
  admin?.disconnect();
  await sandbox?.close();
  await collector?.close();
  await Promise.all([...doors.values()].map((door) => door.close()));
  if (sitesDir) rmSync(sitesDir, { recursive: true, force: true });
});

const echoAll = (status: number | null): void => {
  for (const [name, door] of doors) if (name !== 'SLACK_API_URL') door.echo = status;
};
const asks = (user: string, text: string) => sandbox.workspace.command(user, `/cutover ${text}`, { settleMs: 15_000 });
const answers = async (user: string, text: string): Promise<string> => {
  const { messages } = await asks(user, text);
  return messages.map((each) => `${textOf(each)}\n${each.text}`).join('\n');
};
async function cli(change: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<string> {
  const said = await cutover(['--config', settingsWith(sandbox, 'cli', change), ...args]);
  heardOfCli.push(said.out, said.err);
  return said.out + said.err;
}
async function until(what: string, look: () => Promise<boolean> | boolean): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    if (await look()) return;
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  throw new Error(`not seen in time: ${what}`);
}
const opsUrl = (): string => `http://127.0.0.1:${sandbox.bots[0]?.ops}`;
const events = async (): Promise<string> => JSON.stringify(await storedLog(admin, WAVE));

it('every setting that is a secret is planted, and long enough to be recognised', () => {
  const short = [...secrets].filter(([, value]) => value.length < 16);
  expect(short).toEqual([]);
  expect(new Set(secrets.values()).size).toBe(secrets.size);
});

describe('while every system repeats what it was sent', () => {
  it('a wave is held, and people are told why', async () => {
    expect(await answers(OPERATOR, 'start site-b')).toMatch(/site-b-wave-1 has started/);
    const gate = () => sandbox.workspace.messages().findLast((each) => hasAction(each, 'gate.approve'));
    await until('a gate', () => gate() !== undefined);
    const card = gate();
    await sandbox.workspace.click(APPROVER, card?.ts ?? '', 'gate.hold');
    await until('a form', () => sandbox.workspace.openViews(APPROVER).length > 0);
    echoAll(422);
    await sandbox.workspace.click(APPROVER, card?.ts ?? '', 'gate.approve');
    await until('a hold that repeats the vendor', async () => /WaveHeld/.test(await events()));
    expect(await events()).toContain('echo-of-you');
    for (const status of [401, 403, 422, 500]) {
      echoAll(status);
      await answers(OPERATOR, 'plan site-b');
      await answers(OPERATOR, 'resume site-b');
    }
    await answers(OPERATOR, 'audit site-b');
    expect(await answers(OPERATOR, 'status site-b')).toMatch(/site-b-wave-1/);
  });

  it.each([401, 422, 500])('the doctor tells of every system what is wrong with it, at status %i', async (status) => {
    echoAll(status);
    const { SLACK_API_URL: _slack, ...vendors } = byDoor;
    expect(await cli(vendors, 'doctor')).toMatch(/RED/);
    expect(await cli(ELSEWHERE, 'doctor', 'site-d')).toMatch(/RED/);
    expect(await cli({ SITES_DIR: sitesDir }, 'doctor')).toMatch(/site-cloudflare: /);
  });

  it.each([RECIPE_PASSWORD, RECIPE_TOKEN])('the doctor tells of the system of a legacy recipe', async (credentials) => {
    echoAll(422);
    const LEGACY_RECIPE_URL = doors.get('LEGACY_RECIPE_URL')?.url ?? '';
    const said = await cli({ ...RECIPE, LEGACY_RECIPE_URL, ...credentials }, 'doctor', 'site-b');
    expect(said).toMatch(/Legacy telephony \(recipe\) answered 422/);
  });

  it('the command line says what it refuses, whichever setting is in the wrong place', async () => {
    echoAll(null);
    const misplaced = secrets.get('LEGACY_TOKEN') ?? '';
    const said = await cli({ PORT: misplaced, CUTOVER_CHANNEL: `${misplaced}!`, LOG_LEVEL: misplaced }, 'doctor');
    expect(said).toMatch(/The settings cannot be used/);
    expect(await cli(TOO_MUCH, 'doctor')).toMatch(/The settings cannot be used/);
    const wrong = { REDIS_URL: `redis://planted:${planted('app')}@127.0.0.1:${new URL(sandbox.redis.url).port}` };
    expect(await cli(wrong, 'doctor', 'site-b')).toMatch(/WRONGPASS/);
    const plain = { REDIS_URL: `rediss://planted:${REDIS_PASSWORD}@127.0.0.1:${new URL(sandbox.redis.url).port}` };
    expect(await cli(plain, 'status')).toMatch(/Redis at 127\.0\.0\.1:\d+ cannot be used/);
  });

  it('a Redis that refuses, and a Slack that repeats the token, are told of in a sentence', async () => {
    await admin.call('ACL', 'SETUSER', 'planted', '-evalsha');
    expect(await answers(OUTSIDER, 'status site-b')).toMatch(/Redis refused: NOPERM/);
    await admin.call('ACL', 'SETUSER', 'planted', '+@all');
    const slack = doors.get('SLACK_API_URL');
    if (!slack) throw new Error('Slack has no door');
    slack.echo = 200;
    const { SLACK_API_URL = '' } = byDoor;
    expect(await cli({ SLACK_API_URL }, 'doctor', 'site-b')).toMatch(/Slack refuses the question/);
    await cli({ SLACK_API_URL, PORT: '0' }, 'start');
    slack.echo = null;
  });
});

describe('afterwards', () => {
  it('the systems have been shown the secrets that are for them', () => {
    const heard = [...doors.values()].flatMap((door) => [...door.heard]).join('\n');
    const shown = ['SLACK_BOT_TOKEN', 'GENESYS_CLIENT_SECRET', 'POWERDNS_API_KEY', 'DNS_API_TOKEN', 'LEGACY_TOKEN'];
    const more = ['SALESFORCE_CLIENT_SECRET', 'TWILIO_AUTH_TOKEN', 'CLOUDFLARE_API_TOKEN', 'ROUTE53_SESSION_TOKEN'];
    const byRecipe = ['LEGACY_RECIPE_PASSWORD', 'LEGACY_RECIPE_TOKEN'];
    const missing = [...shown, ...more, ...byRecipe, 'TWILIO_API_KEY_SECRET'].filter(
      (name) => !heard.includes(secrets.get(name) ?? '?'),
    );
    expect(missing).toEqual([]);
    expect(collector.requests.map(({ headers }) => headers['x-api-key'])).toContain(planted('otel'));
  });

  it('no planted secret, and no token that they gave, stands where anybody can read', async () => {
    echoAll(null);
    const exported = await cli({}, 'audit', 'export', WAVE);
    for (const path of ['/metrics', '/readyz', '/healthz'])
      figures.push((await send(`${opsUrl()}${path}`, 'GET', {}, '')).body);
    const keys = await admin.keys('*');
    const dumped = await Promise.all(keys.map(async (key) => (await admin.dumpBuffer(key))?.toString('latin1') ?? ''));
    const people = [OPERATOR, APPROVER, SECOND_APPROVER, OUTSIDER];
    const { workspace } = sandbox;
    const places: readonly (readonly [string, string, string])[] = [
      ['the log', readFileSync(join(sandbox.folder, 'bot.log'), 'utf8'), '"level":'],
      ['the thread', JSON.stringify(workspace.messages()), 'echo-of-you'],
      ['answers', JSON.stringify(people.map((user) => workspace.ephemerals(user))), 'echo-of-you'],
      ['forms', JSON.stringify(people.map((user) => workspace.openViews(user))), WAVE],
      ['the exported log', exported, 'echo-of-you'],
      ['what Redis holds', `${keys.join('\n')}\n${dumped.join('\n')}`, WAVE],
      ['what Redis was told, each job with it', commands.join('\n'), 'run-step'],
      ['the command line', heardOfCli.join('\n'), 'echo-of-you'],
      ['the figures', figures.join('\n'), 'cutover_waves'],
      ['the spans', collector.bodies.join('\n'), WAVE],
      ['the ledger', readFileSync(join(sandbox.folder, 'ledger.jsonl'), 'utf8'), 'site-b'],
    ];
    const given = [...doors.values()].flatMap((door) => [...door.bearers]);
    // What people call a client is no secret, and stands in settings that are shown.
    const public_ = Object.entries(settingsOf(sandbox)).filter(([name]) => !secrets.has(name));
    const wanted = new Set(
      [...secrets.values(), ...given].filter((word) => !public_.some(([, value]) => value.includes(word))),
    );
    expect(wanted.size).toBeGreaterThan(secrets.size);
    const found: string[] = [];
    for (const [place, text, sign] of places) {
      if (!text.includes(sign)) found.push(`${place} does not show ${sign}: it was not searched`);
      for (const secret of wanted) {
        const name = [...secrets].find(([, value]) => value === secret)?.[0] ?? 'a token';
        // A part that was left over by a cut is as bad as the whole.
        const at = text.indexOf(secret.slice(0, 20));
        if (at >= 0) found.push(`${place} holds ${name}: ${text.slice(Math.max(0, at - 120), at + 80)}`);
      }
    }
    expect(found).toEqual([]);
  });
});
