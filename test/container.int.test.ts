/**
 * What the image's recipe promises, as far as it can be proven without a container: its lines, and the product as it lies in
 * the image, read-only, run by nobody, without a home and without a place to write.
 */
import { execFileSync, spawn } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PROJECT } from '../sandbox/options';
import type { Sandbox } from '../sandbox/sandbox';
import { houseFile } from './fixtures/house';
import { settingsOf } from './support/cutover-process';
import { openSandbox } from './support/wave-run';

jest.setTimeout(150_000);

const lines = houseFile('Dockerfile')
  .split('\n')
  .filter((line) => line !== '' && !line.startsWith('#'));
const words = lines.map((line) => line.split(/\s+/));
const NOBODY = 65_534;

describe('the recipe of the image', () => {
  it('runs as nobody, by number, and sets that after the last thing that root has to do', () => {
    expect(words.filter(([verb]) => verb === 'USER')).toEqual([['USER', `${NOBODY}:${NOBODY}`]]);
    const after = words.slice(words.findIndex(([verb]) => verb === 'USER') + 1).map(([verb]) => verb);
    expect(after).toEqual(['EXPOSE', 'ENTRYPOINT', 'CMD']);
  });

  it('fetches nothing but the base images and the packages of the lockfile, and runs no script of theirs', () => {
    expect(words.filter(([verb]) => verb === 'ADD')).toEqual([]);
    expect(lines.join('\n')).not.toMatch(/https?:|\bcurl\b|\bwget\b|\bapt-get\b|npm install|npx /);
    for (const line of lines.filter((each) => /npm (ci|prune)/.test(each))) expect(line).toContain('--ignore-scripts');
    expect(words.filter(([verb]) => verb === 'FROM').map(([, image]) => image)).toEqual([
      'node:20-slim',
      'node:20-slim',
    ]);
  });

  it('holds no secret, no argument of the build, and no tool of development at the end', () => {
    expect(words.filter(([verb]) => verb === 'ARG')).toEqual([]);
    expect(words.filter(([verb]) => verb === 'ENV')).toEqual([['ENV', 'NODE_ENV=production']]);
    const last = lines.slice(lines.findLastIndex((line) => line.startsWith('FROM')));
    expect(last.join('\n')).not.toMatch(/\bRUN\b|\bsrc\b|tsconfig/);
  });

  it('is given what it names and nothing else of the house', () => {
    const given = houseFile('.dockerignore').trim().split('\n');
    expect(given[0]).toBe('*');
    const named = words.flatMap((line) => (line[0] === 'COPY' && !line[1]?.startsWith('--') ? line.slice(1, -1) : []));
    const roots = new Set(named.map((path) => path.split('/')[0]));
    expect(new Set(given.slice(1).map((line) => line.replace(/^!/, '')))).toEqual(roots);
  });

  it('is run, as the page says, without a writable file, without rights and without a way to gain any', () => {
    const page = houseFile('docs/operating.md');
    for (const option of ['--read-only', '--cap-drop=ALL', '--security-opt no-new-privileges', '--tmpfs /tmp'])
      expect(page).toContain(option);
  });
});

const isRoot = process.getuid?.() === 0;
/** Only root can become nobody; whoever else runs this is unprivileged already. */
const who = isRoot ? { uid: NOBODY, gid: NOBODY } : {};

describe(`the product as it lies in the image, run by ${isRoot ? 'nobody' : 'an ordinary user'}`, () => {
  let root: string;
  let sandbox: Sandbox;
  let env: Record<string, string>;

  beforeAll(async () => {
    root = mkdtempSync(join(tmpdir(), 'cutover-test-image-'));
    const tsc = join(PROJECT, 'node_modules', '.bin', 'tsc');
    execFileSync(tsc, ['-p', 'tsconfig.build.json', '--outDir', join(root, 'dist')], { cwd: PROJECT, stdio: 'pipe' });
    for (const path of ['package.json', 'bin', join('templates', 'waves')])
      cpSync(join(PROJECT, path), join(root, path), { recursive: true });
    // The packages that `npm prune --omit=dev` leaves, by their names; the tools of development are not there to be found.
    const { packages } = JSON.parse(houseFile('package-lock.json')) as {
      packages: Readonly<Record<string, { readonly dev?: boolean; readonly optional?: boolean }>>;
    };
    for (const [path, { dev }] of Object.entries(packages)) {
      const [, name = ''] = /^node_modules\/((?:@[^/]+\/)?[^/]+)$/.exec(path) ?? [];
      // Of another machine's kind: the lock file names what was not installed here.
      if (dev || name === '' || !existsSync(join(PROJECT, path))) continue;
      mkdirSync(join(root, path, '..'), { recursive: true });
      // Copied: the project itself may lie where nobody may look.
      cpSync(join(PROJECT, path), join(root, path), { recursive: true });
    }
    sandbox = await openSandbox({ site: 'site-b' });
    env = { ...settingsOf(sandbox), SITES_DIR: join(root, 'sites') };
    cpSync(join(PROJECT, 'sites'), join(root, 'sites'), { recursive: true });
    delete env.SANDBOX_CLOCK_FILE;
    lock(root, true);
  });
  afterAll(async () => {
    await sandbox?.close();
    if (root) lock(root, false);
    if (root) rmSync(root, { recursive: true, force: true });
  });

  /** As the image starts it: in its own folder, with the settings and nothing else of this environment. */
  const run = (args: readonly string[], until = /(?!)/) => {
    const child = spawn(process.execPath, ['bin/cutover.js', ...args], {
      ...who,
      cwd: root,
      env: { ...env, RECIPES_DIR: 'templates/waves', TMPDIR: '/nonexistent' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, err] = ['', ''];
    child.stdout.on('data', (piece: Buffer) => {
      out += piece.toString();
      if (until.test(out)) child.kill('SIGTERM');
    });
    child.stderr.on('data', (piece: Buffer) => {
      err += piece.toString();
    });
    const late = setTimeout(() => child.kill('SIGKILL'), 60_000);
    return new Promise<{ readonly code: number | null; readonly out: string; readonly err: string }>(
      (resolve, reject) => {
        child.once('error', reject);
        child.once('close', (code) => {
          clearTimeout(late);
          resolve({ code, out, err });
        });
      },
    );
  };

  it('cannot write where it lies', () => {
    const attempt = ['-e', "require('node:fs').writeFileSync('written', 'x')"];
    // Root alone writes into folders that nobody may write into, and the product is not run by root here.
    expect(() => execFileSync(process.execPath, attempt, { ...who, cwd: root, stdio: 'pipe' })).toThrow(/EACCES|EROFS/);
  });

  it('says what it can do', async () => {
    const { code, out } = await run(['--help']);
    expect([code, out]).toEqual([0, expect.stringContaining('doctor')]);
  });

  it('looks at every system', async () => {
    const { code, out, err } = await run(['doctor', 'site-b']);
    expect([code === 0 || code === 1, out]).toEqual([true, expect.stringMatching(/^site-b: /m)]);
    expect(err).not.toMatch(/EACCES|EROFS|ENOENT|own mistake/);
  });

  it('starts, is ready, and ends when it is told to', async () => {
    const { code, out, err } = await run(['start'], /"ready":true/);
    expect([code, out]).toEqual([0, expect.stringContaining('"ready":true')]);
    expect(err).not.toMatch(/EACCES|EROFS|own mistake/);
  });
});

/** Folders and files that may be read and not written; the packages stand elsewhere and are left as they are. */
function lock(folder: string, closed: boolean): void {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) lock(path, closed);
    else if (entry.isFile()) chmodSync(path, closed ? 0o444 : 0o644);
  }
  chmodSync(folder, closed ? 0o555 : 0o755);
}
