import { type ChildProcess, spawn } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Watchdog } from './watchdog';

export interface BotProcess {
  readonly child: ChildProcess;
  /** Where Slack reaches it; null in Socket Mode. */
  readonly requestUrl: string | null;
  /** Where it answers for its health; null when its settings ask for no such port. */
  readonly ops: number | null;
  /** Resolves with the exit code or signal. */
  readonly ended: Promise<string>;
  kill(signal: NodeJS.Signals): Promise<void>;
}

/** Tests build the product once and start that. */
export const CUTOVER = process.env.BUILT_CUTOVER ?? join(__dirname, '..', 'bin', 'cutover.js');
const START_MS = 30_000;

/** The product itself, as anybody would start it: `cutover start --config FILE`. Resolves when it says that it is ready. `program` is another build of it. */
export async function startBot(
  config: string,
  logFile: string,
  watchdog: Watchdog,
  args: readonly string[] = [],
  program: string = CUTOVER,
): Promise<BotProcess> {
  const child = spawn(process.execPath, [program, 'start', '--config', config, ...args], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  watchdog.pid(child.pid);
  const log = createWriteStream(logFile, { flags: 'a' });
  child.stderr.pipe(log);
  const complaints = tailOf(child.stderr);
  // "close" comes after the last line on standard error, "exit" may come before it.
  const ended = new Promise<string>((resolve) =>
    child.once('close', (code, signal) => {
      watchdog.forget(child.pid);
      resolve(signal ?? String(code));
    }),
  );
  const { port, ops } = await ready(child, ended, complaints);
  return {
    child,
    requestUrl: port === null ? null : `http://127.0.0.1:${port}/slack/events`,
    ops,
    ended,
    async kill(signal) {
      child.kill(signal);
      await ended;
    },
  };
}

interface Ready {
  readonly port: number | null;
  readonly ops: number | null;
}

/** The product prints one JSON line when it listens. */
function ready(child: ChildProcess, ended: Promise<string>, complaints: () => string): Promise<Ready> {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => {
      child.kill('SIGKILL');
      reject(new Error(`the bot was not ready in ${START_MS / 1000} s${complaints()}`));
    }, START_MS);
    void ended.then((how) => {
      clearTimeout(late);
      reject(new Error(`the bot ended (${how}) before it was ready${complaints()}`));
    });
    if (!child.stdout) throw new Error('the bot has no standard output');
    createInterface({ input: child.stdout }).on('line', (line) => {
      const said = parsed(line);
      if (said?.ready !== true) return;
      clearTimeout(late);
      const number = (value: unknown): number | null => (typeof value === 'number' ? value : null);
      resolve({ port: number(said.port), ops: number(said.ops) });
    });
  });
}

/** The last lines, for an error: the log itself goes with the sandbox's folder. */
function tailOf(stream: Readable): () => string {
  let tail = '';
  stream.on('data', (chunk: Buffer) => {
    tail = (tail + chunk.toString()).slice(-2000);
  });
  return () => (tail.trim() === '' ? '' : `; it said:\n${tail.trim().split('\n').slice(-8).join('\n')}`);
}

function parsed(line: string): { ready?: unknown; port?: unknown; ops?: unknown } | null {
  try {
    return JSON.parse(line) as { ready?: unknown; port?: unknown; ops?: unknown };
  } catch {
    return null;
  }
}
