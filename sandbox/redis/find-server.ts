/**
 * Finds a Redis server program, or fetches one without touching the system: REDIS_URL is the caller's first choice, then
 * `redis-server` or `valkey-server` on PATH, then the distribution's own packages unpacked into a private folder.
 */
import { execFile } from 'node:child_process';
import { access, constants, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface RedisProgram {
  readonly path: string;
  /** What the process needs besides ours, for example where its libraries are. */
  readonly env: Readonly<Record<string, string>>;
  readonly from: string;
}

const PACKAGES = ['redis-server', 'redis-tools', 'libjemalloc2', 'liblua5.1-0', 'liblzf1', 'lua-cjson', 'lua-bitop'];
const FETCH_MS = 120_000;

export async function findRedis(say: (line: string) => void): Promise<RedisProgram> {
  for (const name of ['redis-server', 'valkey-server']) {
    const path = await onPath(name);
    if (path) return { path, env: {}, from: path };
  }
  const kept = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'cutover-sandbox', 'redis');
  const cached = await unpackedIn(kept);
  if (cached) return cached;
  if (!(await onPath('apt-get')) || !(await onPath('dpkg-deb'))) throw new Error(missing());
  say('No Redis on this machine: fetching the distribution’s package into a private folder (nothing is installed) ...');
  try {
    return await fetchPackage(kept);
  } catch (cause) {
    throw new Error(
      `${missing()} (The private fetch failed: ${cause instanceof Error ? cause.message.split('\n')[0] : 'unknown'})`,
      { cause },
    );
  }
}

function missing(): string {
  const command =
    process.platform === 'darwin'
      ? 'brew install redis'
      : 'apt-get install redis-server (or dnf install redis, apk add redis)';
  return `The sandbox needs a Redis server and found none. Install one with: ${command}; or name a running one in REDIS_URL.`;
}

async function onPath(name: string): Promise<string | null> {
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const path = join(folder, name);
    if (folder && (await isProgram(path))) return path;
  }
  return null;
}

async function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

async function unpackedIn(root: string): Promise<RedisProgram | null> {
  const path = join(root, 'usr', 'bin', 'redis-server');
  if (!(await isProgram(path))) return null;
  const lib = join(root, 'usr', 'lib');
  const folders = (await readdir(lib))
    .filter((name) => name.endsWith('-linux-gnu') || name.endsWith('-linux-gnueabihf'))
    .map((name) => join(lib, name));
  const program = {
    path,
    env: { LD_LIBRARY_PATH: [lib, ...folders].join(delimiter) },
    from: 'the distribution’s package, unpacked privately',
  };
  return run(path, ['--version'], { env: { ...process.env, ...program.env } }).then(
    () => program,
    () => null,
  );
}

/** Unpacks beside its place and moves it there whole, so that two sandboxes starting at once do not meet a half one. */
async function fetchPackage(kept: string): Promise<RedisProgram> {
  const work = await mkdtemp(join(tmpdir(), 'cutover-redis-'));
  try {
    const config = join(work, 'apt.conf');
    for (const folder of ['lists/partial', 'cache/archives/partial', 'state', 'debs'])
      await mkdir(join(work, folder), { recursive: true });
    await writeFile(
      config,
      [
        `Dir::State "${work}/state";`,
        `Dir::State::lists "${work}/lists";`,
        'Dir::State::status "/var/lib/dpkg/status";',
        `Dir::Cache "${work}/cache";`,
        'Debug::NoLocking "true";',
      ].join('\n'),
    );
    const options = { env: { ...process.env, APT_CONFIG: config }, cwd: join(work, 'debs'), timeout: FETCH_MS };
    await run('apt-get', ['update', '-qq'], options);
    await run('apt-get', ['download', '-qq', ...PACKAGES], options);
    const root = join(work, 'root');
    for (const deb of await readdir(join(work, 'debs')))
      await run('dpkg-deb', ['-x', join(work, 'debs', deb), root], { timeout: FETCH_MS });
    await mkdir(join(kept, '..'), { recursive: true });
    const beside = `${kept}.${process.pid}`;
    await rename(root, beside).catch(async () => run('cp', ['-a', root, beside]));
    await rename(beside, kept).catch(() => rm(beside, { recursive: true, force: true }));
    const program = await unpackedIn(kept);
    if (!program) throw new Error('the unpacked server does not run');
    return program;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
