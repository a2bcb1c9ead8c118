/** The rehearsal's clock, the files that people write, and a log that keeps secrets. */
import { readFileSync } from 'node:fs';
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createFileClock } from '../src/adapters/clock/file-clock';
import { createFileLibrary } from '../src/adapters/library/file-library';
import { createLog } from '../src/adapters/log';
import { Fault } from '../src/ports/fault';
import { Unreadable } from '../src/ports/library';
import { siteOf } from './support/core-waves';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cutover-test-small-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the clock of a rehearsal', () => {
  const write = async (segments: readonly object[], second = 1): Promise<string> => {
    const file = join(folder, 'clock.json');
    await writeFile(file, JSON.stringify({ segments }));
    await utimes(file, second, second);
    return file;
  };

  it('runs as fast as its file says', async () => {
    const real = Date.now() - 1_000;
    const clock = createFileClock(await write([{ real, sim: 0, speed: 60 }]));
    expect(clock.now()).toBeGreaterThanOrEqual(60_000);
    expect(clock.now()).toBeLessThan(120_000);
  });

  it('goes by the newest part that has begun, not by one to come', async () => {
    const real = Date.now();
    const clock = createFileClock(
      await write([
        { real: real - 2_000, sim: 0, speed: 1 },
        { real: real - 1_000, sim: 500_000, speed: 1 },
        { real: real + 60_000, sim: 9_000_000, speed: 1 },
      ]),
    );
    expect(clock.now()).toBeGreaterThanOrEqual(501_000);
    expect(clock.now()).toBeLessThan(600_000);
  });

  it('never asks to wait long, as its speed may change, and never less than nothing', async () => {
    const clock = createFileClock(await write([{ real: Date.now(), sim: 0, speed: 1 }]));
    expect(clock.realMsUntil(3_600_000)).toBe(250);
    expect(clock.realMsUntil(-5)).toBe(0);
  });

  it('follows its file when that is written anew', async () => {
    const clock = createFileClock(await write([{ real: Date.now(), sim: 0, speed: 1 }]));
    await write([{ real: Date.now(), sim: 7_000_000, speed: 1 }], 2);
    for (const late = Date.now() + 2_000; clock.now() < 7_000_000 && Date.now() < late; )
      await new Promise((resolve) => setTimeout(resolve, 5));
    expect(clock.now()).toBeGreaterThanOrEqual(7_000_000);
  });

  it('sleeps by its own time', async () => {
    const clock = createFileClock(await write([{ real: Date.now(), sim: 0, speed: 10_000 }]));
    const before = clock.now();
    await clock.sleep(100_000);
    expect(clock.now() - before).toBeGreaterThanOrEqual(100_000);
  });

  it('sleeps no longer because it is set back meanwhile', async () => {
    const real = Date.now();
    const clock = createFileClock(
      await write([
        { real, sim: 10_000_000, speed: 100 },
        { real: real + 100, sim: 0, speed: 100 },
      ]),
    );
    await clock.sleep(30_000);
    expect(clock.now()).toBeLessThan(10_000_000);
  });

  it.each([['{}'], ['{"segments":[]}'], ['{"segments":[{"real":0,"sim":0,"speed":0}]}'], ['nothing']])(
    'is not made from %s',
    async (text) => {
      const file = join(folder, 'clock.json');
      await writeFile(file, text);
      expect(() => createFileClock(file)).toThrow();
    },
  );
});

describe('the library of files', () => {
  const library = () =>
    createFileLibrary({
      sitesDir: folder,
      recipesDir: folder,
      parseSite: (text, file, roster) =>
        text.startsWith('bad')
          ? { ok: false, faults: [`${file}:1:1: bad`] }
          : { ok: true, value: siteOf({ name: `${text}${roster('agents.csv') ?? ''}` }) },
      parseRecipe: () => ({ ok: false, faults: ['no recipe'] }),
    });

  it.each([
    ['../secret'],
    ['..'],
    ['.hidden'],
    ['/etc/passwd'],
    ['a/b'],
    ['a\\b'],
    ['a\0b'],
    ['site-a.yaml/../../x'],
    [''],
    ['x'.repeat(200)],
  ])('opens nothing by the name %j', async (name) => {
    await expect(library().site(name)).rejects.toThrow(Unreadable);
    await expect(library().recipe(name, siteOf())).rejects.toThrow(/letters, digits/);
  });

  it('reads a file of 1 MiB and none that is one byte longer', async () => {
    await writeFile(join(folder, 'large.yaml'), 'x'.repeat(1024 * 1024));
    await writeFile(join(folder, 'larger.yaml'), 'x'.repeat(1024 * 1024 + 1));
    expect((await library().site('large')).name).toHaveLength(1024 * 1024);
    await expect(library().site('larger')).rejects.toThrow(/1048577 bytes; 1 MiB is the most/);
  });

  it('takes each ending, and hands out the roster beside it', async () => {
    await writeFile(join(folder, 'one.yaml'), 'one ');
    await writeFile(join(folder, 'two.json'), 'two ');
    await writeFile(join(folder, 'agents.csv'), 'roster');
    expect(await library().siteNames()).toEqual(['one', 'two']);
    expect((await library().site('one')).name).toBe('one roster');
    expect((await library().site('two.json')).name).toBe('two roster');
  });

  it('says which files it looked for, and what is wrong with the one it found', async () => {
    await writeFile(join(folder, 'broken.yml'), 'bad');
    await expect(library().site('none')).rejects.toThrow(/none\.yaml, none\.yml, none\.json/);
    await expect(library().site('broken')).rejects.toThrow(/broken\.yml:1:1: bad/);
  });

  it('has no sites where there is no folder', async () => {
    await rm(folder, { recursive: true });
    expect(await library().siteNames()).toEqual([]);
  });
});

describe('the log', () => {
  const SECRET = 'xoxb-very-secret';

  /** What was written on standard error while `work` went on. */
  function written(work: (log: ReturnType<typeof createLog>) => void): string {
    const file = join(folder, 'log.txt');
    const log = createLog('info', file);
    work(log);
    return readFileSync(file, 'utf8');
  }

  const likeAxios = () =>
    Object.assign(new Error('Request failed with status code 401'), {
      config: { headers: { Authorization: `Bearer ${SECRET}` }, data: SECRET },
      request: { path: `/x?token=${SECRET}` },
      response: { status: 401, headers: { 'set-cookie': SECRET }, config: { auth: SECRET }, data: { token: SECRET } },
    });

  it.each([
    ['an error that carries its request', () => ({ err: likeAxios() })],
    ['one below another', () => ({ err: new Error('outer', { cause: new Error('middle', { cause: likeAxios() }) }) })],
    ['one below a fault', () => ({ err: new Fault('401', { system: 'CRM', transient: false, cause: likeAxios() }) })],
    ['one under another name', () => ({ cause: likeAxios() })],
    ['what was thrown without being an error', () => ({ err: { headers: { authorization: SECRET }, message: 'no' } })],
    ['settings', () => ({ settings: { slack: { botToken: SECRET, appToken: SECRET, signingSecret: SECRET } } })],
    ['a token by its name', () => ({ token: SECRET, nested: { apiKey: SECRET, deeper: { clientSecret: SECRET } } })],
  ])('shows no secret of %s', (_what, about) => {
    const line = written((log) => log.error(about(), 'trouble'));
    expect(line).toContain('trouble');
    expect(line).not.toContain(SECRET);
  });

  it('shows the words of an error and of what caused it', () => {
    const cause = new Error('socket hang up');
    const line = written((log) =>
      log.warn({ err: new Fault('CRM is silent', { system: 'CRM', transient: true, cause }) }, 'x'),
    );
    expect(JSON.parse(line)).toMatchObject({
      err: { name: 'Fault', message: 'CRM is silent', cause: { message: 'socket hang up' } },
    });
  });
});
