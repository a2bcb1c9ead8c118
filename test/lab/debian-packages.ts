/**
 * Programs from the distribution's own packages, without installing them: the packages and the libraries that they need are
 * fetched with apt into folders of our own and unpacked. No maintainer script runs, so no service starts and the system's
 * package database stays as it was; it also works without root. What was unpacked is kept, keyed by what was asked for.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, constants, cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Packages, unpacked. */
export interface UnpackedPackages {
  readonly root: string;
  /** What a program of theirs needs besides our environment. */
  readonly env: Readonly<Record<string, string>>;
  /** A program's path, by its name. */
  program(name: string): string;
  /** The folder `name` (as `kamailio/modules`) beside the libraries. */
  libraryFolder(name: string): string;
}

const FETCH_MS = 180_000;
/** The rest of a package's needs is of the machine already: its C library, and what only maintainer scripts use. */
const LIBRARY = /^(?:lib(?!c6$|c-bin$|pam|semanage|sepol|.*-(?:stdlib|minimal)$)|zlib1g|bind9-libs)/;
/** A new word here is a new place to unpack to. */
const LAYOUT = '1';

const underway = new Map<string, Promise<UnpackedPackages>>();

export function unpackedPackages(names: readonly string[]): Promise<UnpackedPackages> {
  const key = names.join(' ');
  const started = underway.get(key) ?? findOrFetch(names);
  underway.set(key, started);
  started.catch(() => underway.delete(key));
  return started;
}

async function findOrFetch(names: readonly string[]): Promise<UnpackedPackages> {
  const release = await readFile('/etc/os-release', 'utf8').catch(() => '');
  const key = createHash('sha256')
    .update([LAYOUT, process.arch, release, ...names].join('\n'))
    .digest('hex')
    .slice(0, 12);
  const kept = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'cutover-lab', key);
  if (!(await exists(kept))) await fetchInto(kept, names);
  return unpackedIn(kept);
}

/** Unpacks elsewhere and moves the whole in place, so that two runs at once do not meet a half one. */
async function fetchInto(kept: string, names: readonly string[]): Promise<void> {
  if (!(await onPath('apt-get')) || !(await onPath('dpkg-deb'))) {
    throw new Error(
      'The lab takes its servers from Debian packages, and this machine has no apt-get: run it on Debian or Ubuntu.',
    );
  }
  const work = await mkdtemp(join(tmpdir(), 'cutover-lab-packages-'));
  try {
    const options = await ownApt(work);
    await run('apt-get', ['update', '-qq'], options);
    const wanted = await withLibraries(names, options);
    await run('apt-get', ['download', '-qq', ...wanted], options);
    const root = join(work, 'root');
    for (const deb of await readdir(join(work, 'debs')))
      await run('dpkg-deb', ['-x', join(work, 'debs', deb), root], { timeout: FETCH_MS });
    await mkdir(join(kept, '..'), { recursive: true });
    const beside = `${kept}.${process.pid}`;
    await rename(root, beside).catch(() => cp(root, beside, { recursive: true, verbatimSymlinks: true }));
    await rename(beside, kept).catch(() => rm(beside, { recursive: true, force: true }));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split('\n').slice(0, 3).join(' ') : 'unknown';
    throw new Error(`The lab's packages (${names.join(', ')}) could not be fetched with apt: ${why}`, { cause });
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

interface AptOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly timeout: number;
  readonly maxBuffer: number;
}

/** An apt that reads the machine's sources and nothing else of it: to this one no package is installed. */
async function ownApt(work: string): Promise<AptOptions> {
  for (const folder of ['lists/partial', 'cache/archives/partial', 'state', 'debs'])
    await mkdir(join(work, folder), { recursive: true });
  await writeFile(join(work, 'status'), '');
  const config = join(work, 'apt.conf');
  await writeFile(
    config,
    [
      `Dir::State "${work}/state";`,
      `Dir::State::lists "${work}/lists";`,
      `Dir::State::status "${work}/status";`,
      `Dir::Cache "${work}/cache";`,
      'APT::Install-Recommends "false";',
      'Acquire::Retries "3";',
      // The folder is ours alone, which root's download user cannot enter.
      'APT::Sandbox::User "";',
      'Debug::NoLocking "true";',
    ].join('\n'),
  );
  return {
    env: { ...process.env, APT_CONFIG: config, LC_ALL: 'C' },
    cwd: join(work, 'debs'),
    timeout: FETCH_MS,
    maxBuffer: 16 * 1024 * 1024,
  };
}

/** What apt would fetch on a machine with nothing on it, as `name=version`, less what every machine has. */
async function withLibraries(names: readonly string[], options: AptOptions): Promise<readonly string[]> {
  const { stdout } = await run('apt-get', ['install', '-qq', '-y', '--print-uris', ...names], options);
  const files = [...stdout.matchAll(/^'[^']*' (\S+)_(\S+)_[^_\s]+\.deb /gm)];
  return files.flatMap(([, name = '', version = '']) =>
    names.includes(name) || LIBRARY.test(name) ? [`${name}=${decodeURIComponent(version)}`] : [],
  );
}

async function unpackedIn(root: string): Promise<UnpackedPackages> {
  const lib = join(root, 'usr', 'lib');
  const multiarch = (await readdir(lib)).find((name) => /-linux-gnu\w*$/.test(name)) ?? '';
  // Kamailio keeps libraries of its own one folder deeper.
  const folders = [join(lib, multiarch), join(root, 'lib', multiarch), join(lib, multiarch, 'kamailio'), lib];
  const programs = new Map<string, string>();
  for (const folder of ['usr/bin', 'usr/sbin', 'bin', 'sbin'])
    for (const name of await readdir(join(root, folder)).catch((): string[] => []))
      programs.set(name, join(root, folder, name));
  return {
    root,
    env: {
      LD_LIBRARY_PATH: folders.join(delimiter),
      TERMINFO_DIRS: ['lib', 'usr/lib', 'usr/share'].map((folder) => join(root, folder, 'terminfo')).join(delimiter),
    },
    program(name) {
      const path = programs.get(name);
      if (!path) throw new Error(`none of the lab's packages has a program ${name}`);
      return path;
    },
    libraryFolder: (name) => join(lib, multiarch, name),
  };
}

async function onPath(name: string): Promise<boolean> {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean);
  return (await Promise.all(folders.map((folder) => isProgram(join(folder, name))))).includes(true);
}

function isProgram(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
