/** The product as a process, `cutover start`, before a Redis and a Slack of the bench; no vendor is called. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const SECRET = 'bench-signing-secret';
const PROJECT = join(__dirname, '..');
const SOURCES: Program = { path: join(PROJECT, 'bin', 'cutover.js'), from: 'the sources, by tsx' };
/** As `npm start` and the image begin it. */
const NODE = ['--max-semi-space-size=64'];
const NOWHERE = 'http://127.0.0.1:9';

export interface Program {
  readonly path: string;
  /** In words, for whoever reads the figures. */
  readonly from: string;
}

/** The product as it is installed, compiled into a folder; where it does not compile, its sources. */
export async function builtProduct(folder: string): Promise<Program> {
  const tsc = join(PROJECT, 'node_modules', 'typescript', 'lib', 'tsc.js');
  const out = join(folder, 'dist');
  const built = await new Promise<boolean>((resolve) => {
    const args = [tsc, '-p', join(PROJECT, 'tsconfig.build.json'), '--outDir', out];
    execFile(process.execPath, args, { cwd: PROJECT }, (failed) => resolve(failed === null));
  });
  if (!built) return SOURCES;
  await symlink(join(PROJECT, 'node_modules'), join(folder, 'node_modules'));
  return { path: join(out, 'src', 'cli.js'), from: 'the build' };
}

/** What starting Node costs by itself, ms. */
export async function nodeStartMs(): Promise<number> {
  const began = performance.now();
  const child = spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' });
  await new Promise<void>((resolve) => child.once('exit', () => resolve()));
  return performance.now() - began;
}

export interface BotOptions {
  readonly program?: Program;
  readonly folder: string;
  readonly redisUrl: string;
  readonly prefix: string;
  readonly slackPort: number;
  readonly args?: readonly string[];
}

export interface Bot {
  readonly port: number;
  /** From the start of the process to its line that it is ready. */
  readonly readyMs: number;
  /** Resident memory now, bytes; NaN where the system does not tell. */
  resident(): Promise<number>;
  close(): Promise<void>;
}

export async function startBot({
  program = SOURCES,
  folder,
  redisUrl,
  prefix,
  slackPort,
  args = [],
}: BotOptions): Promise<Bot> {
  const config = join(folder, `${prefix}.json`);
  await writeFile(config, JSON.stringify(settingsOf(redisUrl, prefix, slackPort)));
  const began = performance.now();
  const env = { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '' };
  const child = spawn(process.execPath, [...NODE, program.path, 'start', '--config', config, ...args], {
    cwd: PROJECT,
    env,
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  const port = await readyPort(child);
  return {
    port,
    readyMs: performance.now() - began,
    resident: async () => {
      const status = await readFile(`/proc/${child.pid}/status`, 'utf8').catch(() => '');
      return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1] ?? Number.NaN) * 1024;
    },
    async close() {
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function readyPort(child: ChildProcess): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the bot ended (${code}) before it was ready`)));
    if (!child.stdout) return reject(new Error('the bot has no standard output'));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said = JSON.parse(line) as { ready?: boolean; port?: number | null };
      if (said.ready) resolve(said.port ?? 0);
    });
  });
}

function settingsOf(redisUrl: string, prefix: string, slackPort: number): Record<string, string> {
  return {
    SLACK_BOT_TOKEN: 'xoxb-bench',
    SLACK_SIGNING_SECRET: SECRET,
    SLACK_API_URL: `http://127.0.0.1:${slackPort}/api/`,
    CUTOVER_CHANNEL: 'C0BENCH',
    PORT: '0',
    HOST: '127.0.0.1',
    REDIS_URL: redisUrl,
    REDIS_PREFIX: prefix,
    GENESYS_API_URL: NOWHERE,
    GENESYS_LOGIN_URL: NOWHERE,
    GENESYS_CLIENT_ID: 'bench',
    GENESYS_CLIENT_SECRET: 'bench',
    POWERDNS_URL: NOWHERE,
    POWERDNS_API_KEY: 'bench',
    LEGACY_URL: NOWHERE,
    LEGACY_TOKEN: 'bench',
    CRM_URL: NOWHERE,
    CRM_TOKEN: 'bench',
    LOG_LEVEL: 'info',
  };
}
