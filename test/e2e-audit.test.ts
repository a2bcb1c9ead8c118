/** A whole wave through Slack, and then everything that an auditor does with it, by the commands of docs/audit.md. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import Redis from 'ioredis';
import { playWave } from '../sandbox/auto';
import { toldLog } from '../sandbox/judgement';
import type { Sandbox } from '../sandbox/sandbox';
import { houseFile } from './fixtures/house';
import { cutover, type Said, settingsOf, settingsWith } from './support/cutover-process';
import { openSandbox } from './support/wave-run';

jest.setTimeout(300_000);

const WAVE = 'site-b-wave-1';
let sandbox: Sandbox;
let redis: Redis;
let key = '';
const at = (name: string): string => join(sandbox.folder, name);
const audit = (...args: string[]): Promise<Said> => cutover(['--config', sandbox.config, 'audit', ...args]);
/** Nothing of the product's settings: only the files. */
const offline = (...args: string[]): Promise<Said> => cutover(['audit', 'verify', ...args]);
/** The n-th example of the page in this language. */
const recipe = (language: string, n: number): string => {
  const found = [...houseFile('docs/audit.md').matchAll(new RegExp(`\`\`\`${language}\n([\\s\\S]*?)\`\`\``, 'g'))][
    n
  ]?.[1];
  if (found === undefined) throw new Error(`docs/audit.md has no example ${n} in ${language}`);
  return found;
};
const shell = (script: string, env: object): string =>
  execFileSync('sh', ['-c', script], { env: { PATH: process.env.PATH ?? '', ...env }, encoding: 'utf8' }).trim();

beforeAll(async () => {
  sandbox = await openSandbox({ site: 'site-b' });
  await sandbox.startBot();
  const seen = await playWave(sandbox, { site: 'site-b', say: () => undefined });
  await toldLog(sandbox, seen);
  const settings = settingsOf(sandbox);
  redis = new Redis(settings.REDIS_URL ?? '');
  key = `{${settings.REDIS_PREFIX ?? 'cutover'}}:wave:${WAVE}`;
  for (;;) if ((await redis.sismember(key.replace(/:wave:.*/, ':unheard'), WAVE)) === 0) break;
});
afterAll(async () => {
  redis?.disconnect();
  await sandbox?.close();
});

it('its file and its thread agree, offline and where they are', async () => {
  const [exported, thread, online] = await Promise.all([
    audit('export', WAVE),
    audit('thread', WAVE),
    audit('verify', WAVE),
  ]);
  expect([exported.err, thread.err, online.err]).toEqual(['', '', '']);
  writeFileSync(at('log.jsonl'), exported.out);
  writeFileSync(at('thread.json'), thread.out);
  const verified = await offline(at('log.jsonl'), '--thread', at('thread.json'));
  expect(verified).toMatchObject({ code: 0, err: '' });
  expect(verified.out).toMatch(
    /log\.jsonl: whole\.[\s\S]*the wave was completed; \d+ decisions[\s\S]*says what the log says/,
  );
  expect(verified.out).not.toMatch(/another version/);
  expect(online).toMatchObject({ code: 0 });
  expect(online.out).toMatch(/its state follows from them[\s\S]*its thread: says what the log says/);
});

it('is verified by hand with the documented commands', () => {
  const lines = readFileSync(at('log.jsonl'), 'utf8').trim().split('\n');
  const { manifest } = JSON.parse(lines.at(-1) ?? '{}') as {
    manifest: { head: string; events: number; decisions: object[] };
  };
  expect(shell(recipe('sh', 0), { FILE: at('log.jsonl') })).toBe(manifest.head);
  writeFileSync(at('chain.js'), recipe('js', 0));
  expect(execFileSync(process.execPath, [at('chain.js'), at('log.jsonl')], { encoding: 'utf8' }).trim()).toBe(
    manifest.head,
  );
  expect(shell(recipe('sh', 1), { FILE: at('log.jsonl') }).split('\n')).toHaveLength(manifest.decisions.length);
  const touched = lines.map((line, i) => (i === 4 ? line.replace(/"at":\d/, '"at":9') : line)).join('\n');
  writeFileSync(at('touched.jsonl'), `${touched}\n`);
  expect(shell(recipe('sh', 0), { FILE: at('touched.jsonl') })).toMatch(/^broken at .*"seq":5/);
});

it('is as large as the page says', () => {
  const file = readFileSync(at('log.jsonl'), 'utf8');
  const said = /about (\d+) events and (\d+) KB/.exec(houseFile('docs/audit.md'));
  const [events, kilobytes] = [file.trim().split('\n').length - 1, file.length / 1024];
  expect(events / Number(said?.[1])).toBeGreaterThan(0.7);
  expect(events / Number(said?.[1])).toBeLessThan(1.3);
  expect(kilobytes / Number(said?.[2])).toBeGreaterThan(0.7);
  expect(kilobytes / Number(said?.[2])).toBeLessThan(1.3);
});

it('is signed by a key that OpenSSL made, and checked by OpenSSL', async () => {
  const keys = at('keys');
  mkdirSync(keys);
  shell(recipe('sh', 2), { KEYS: keys });
  const config = settingsWith(sandbox, 'signing', { AUDIT_SIGNING_KEY: join(keys, 'audit.key.pem') });
  const signed = await cutover(['--config', config, 'audit', 'export', WAVE]);
  expect(signed.err).toBe('');
  writeFileSync(at('signed.jsonl'), signed.out);
  expect(await offline(at('signed.jsonl'), '--public-key', join(keys, 'audit.pub.pem'))).toMatchObject({
    code: 0,
    out: expect.stringMatching(/The signature is good/),
  });
  expect(shell(recipe('sh', 3), { FILE: at('signed.jsonl'), KEYS: keys })).toMatch(/Verified Successfully/);
  const body = readFileSync(join(keys, 'audit.key.pem'), 'utf8').split('\n')[1] ?? 'none';
  expect(signed.out + signed.err + JSON.stringify(sandbox.workspace.messages())).not.toContain(body);
  const [none, unreadable] = await Promise.all([
    offline(at('log.jsonl'), '--public-key', join(keys, 'audit.pub.pem')),
    cutover([
      '--config',
      settingsWith(sandbox, 'no-key', { AUDIT_SIGNING_KEY: at('nowhere') }),
      'audit',
      'export',
      WAVE,
    ]),
  ]);
  expect(none).toMatchObject({ code: 1, err: expect.stringMatching(/NOT signed/) });
  expect(unreadable).toMatchObject({ code: 1, err: expect.stringMatching(/AUDIT_SIGNING_KEY names no file/) });
});

it('is not archived when it is too young, by a dry run, or while anything does not fit', async () => {
  const folder = at('archive');
  mkdirSync(folder);
  const archive = (...more: string[]): Promise<Said> => audit('archive', '--to', folder, ...more);
  const young = await archive('--older-than', '400d', '--remove');
  expect(young).toMatchObject({ code: 0, out: expect.stringMatching(/No wave ended that long ago/) });
  const dry = await archive('--older-than', '0d');
  expect(dry).toMatchObject({ code: 0, out: expect.stringMatching(/site-b-wave-1, ended .*: would be written/) });
  const wrong = await Promise.all([
    archive('--older-than', 'soon'),
    audit('archive', '--older-than', '1d', '--to', at('no')),
  ]);
  for (const said of wrong) expect(said.code).toBe(1);
  const state = (await redis.hget(key, 'state')) ?? '';
  await redis.hset(key, 'state', state.replace(/"gates":\d+/, '"gates":99'));
  const touched = await Promise.all([archive('--older-than', '0d', '--remove'), audit('verify', WAVE)]);
  await redis.hset(key, 'state', state);
  for (const said of touched) expect(said.code).toBe(1);
  expect(touched[0].out).toMatch(/NOT removed: .*state's gates does not follow/);
  expect(touched[1].err).toMatch(/its state in Redis is NOT what its log says: the state's gates/);
  writeFileSync(join(folder, `${WAVE}.jsonl`), 'something else\n');
  const occupied = await archive('--older-than', '0d', '--remove');
  expect(occupied).toMatchObject({ code: 1, out: expect.stringMatching(/NOT removed: .*is no entry of an audit log/) });
  expect(await redis.exists(key, `${key}:log`)).toBe(2);
  expect((await audit('verify', WAVE)).code).toBe(0);
});

it('leaves Redis once its file is verified, and its number stays taken', async () => {
  const folder = at('kept');
  mkdirSync(folder);
  const done = await audit('archive', '--older-than', '0d', '--to', folder, '--remove');
  expect(done).toMatchObject({ code: 0, out: expect.stringMatching(/verified, and removed from Redis/) });
  expect(await redis.exists(`${key}:log`, `${key}:thread`)).toBe(0);
  const files = [join(folder, `${WAVE}.jsonl`), join(folder, `${WAVE}.thread.json`)] as const;
  expect(files.map((file) => existsSync(file))).toEqual([true, true]);
  expect((await offline(files[0], '--thread', files[1])).code).toBe(0);
  const [gone, next] = await Promise.all([
    audit('export', WAVE),
    cutover(['--config', sandbox.config, 'plan', 'site-b']),
  ]);
  expect(gone).toMatchObject({ code: 1, err: expect.stringMatching(/There is no wave/) });
  expect(next.out).toMatch(/site-b-wave-2/);
  expect((await audit('archive', '--older-than', '0d', '--to', folder, '--remove')).out).toMatch(/nothing to do/);
});
