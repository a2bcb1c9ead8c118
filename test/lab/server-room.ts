/**
 * A folder and the servers that run in it. A server counts as started once it answers; one that does not is shown with what it
 * said. `close` stops all and takes the folder away; a watchdog does it for a process that is killed before it could.
 */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startWatchdog } from '../../sandbox/watchdog';
import { LAB_OF } from './left-running';
import { until } from './until';

const run = promisify(execFile);

export interface ProgramStart {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

export interface ServerStart extends ProgramStart {
  /** Whether it can be used by now. Asked again and again; a rejection means not yet. */
  readonly answers: () => Promise<boolean>;
}

export interface ServerProcess {
  readonly name: string;
  readonly pid: number;
  running(): boolean;
  /** The end of what it has said. */
  output(): string;
  /** Resolves when it is gone, with its exit code; null when a signal ended it. */
  readonly ended: Promise<number | null>;
  stop(): Promise<void>;
}

export interface ServerRoom {
  readonly folder: string;
  start(server: ServerStart): Promise<ServerProcess>;
  /** Starts a program that ends by itself; `close` stops it like a server. */
  launch(program: ProgramStart): Promise<ServerProcess>;
  /** Runs a program to its end and gives what it printed; a failure is told with its words. */
  run(program: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<string>;
  servers(): readonly ServerProcess[];
  /** Also to be done by `close`. */
  onClose(close: () => void): void;
  /** May be called twice. Does not throw for a server that has ended by itself. */
  close(): Promise<void>;
}

const START_MS = 20_000;
const STOP_MS = 3_000;
const RUN_MS = 20_000;
const KEPT_OUTPUT = 16_384;

export async function openServerRoom(name: string): Promise<ServerRoom> {
  const folder = await mkdtemp(join(tmpdir(), `cutover-lab-${name}-`));
  const watchdog = startWatchdog();
  watchdog.folder(folder);
  const servers: ServerProcess[] = [];
  const closers: (() => void)[] = [];
  let closing: Promise<void> | null = null;

  async function close(): Promise<void> {
    for (const each of closers) each();
    await Promise.all(servers.map((server) => server.stop()));
    await rm(folder, { recursive: true, force: true });
    watchdog.close();
  }

  async function launch(wanted: ProgramStart): Promise<ServerProcess> {
    if (closing !== null) throw closed(wanted);
    const child = spawn(wanted.program, wanted.args, {
      cwd: folder,
      env: { ...process.env, ...wanted.env, [LAB_OF]: String(process.pid) },
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that what it forks can be stopped with it.
      detached: true,
    });
    const server = await watched(wanted.name, child);
    servers.push(server);
    watchdog.pid(-server.pid);
    void server.ended.then(() => watchdog.forget(-server.pid));
    if (closing === null) return server;
    // Closed while it was being started: nobody else knows of it yet.
    await server.stop();
    throw closed(wanted);
  }

  return {
    folder,
    launch,
    async start(wanted) {
      const server = await launch(wanted);
      const up = await until(async () => !server.running() || (await wanted.answers()), START_MS);
      if (up && server.running()) return server;
      await server.stop();
      throw new Error(`${wanted.name} ${up ? 'ended at once' : 'does not answer'}. It said:\n${server.output()}`);
    },
    async run(program, args, env) {
      try {
        const { stdout } = await run(program, args, {
          cwd: folder,
          env: { ...process.env, ...env },
          timeout: RUN_MS,
        });
        return stdout;
      } catch (cause) {
        const { stderr = '', stdout = '' } = cause as { stderr?: string; stdout?: string };
        throw new Error(`${program} ${args.join(' ')} failed: ${stderr}${stdout}`, { cause });
      }
    },
    servers: () => [...servers],
    onClose(each) {
      if (closing === null) closers.push(each);
      else each();
    },
    close() {
      closing ??= close();
      return closing;
    },
  };
}

function closed({ name }: ProgramStart): Error {
  return new Error(`the lab is closed: ${name} is not started`);
}

async function watched(name: string, child: ChildProcess): Promise<ServerProcess> {
  let said = '';
  const hear = (bytes: Buffer): void => {
    said = (said + bytes.toString()).slice(-KEPT_OUTPUT);
  };
  child.stdout?.on('data', hear);
  child.stderr?.on('data', hear);
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => reject(new Error(`${name} cannot be started: ${cause.message}`, { cause })));
  });
  const pid = child.pid ?? 0;
  const running = (): boolean => child.exitCode === null && child.signalCode === null;
  // With its output to the end.
  const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)));
  return {
    name,
    pid,
    running,
    output: () => said,
    ended,
    async stop() {
      if (running()) {
        signalGroup(pid, 'SIGTERM');
        const hard = setTimeout(() => signalGroup(pid, 'SIGKILL'), STOP_MS);
        await ended;
        clearTimeout(hard);
      }
      // Whatever it left behind in its group.
      signalGroup(pid, 'SIGKILL');
    },
  };
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended by itself.
  }
}
