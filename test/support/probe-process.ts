import { type ChildProcess, spawn } from 'node:child_process';
import { CUTOVER } from '../../sandbox/bot-process';
import { PROJECT } from '../../sandbox/options';

export interface ProbeProcess {
  readonly port: number;
  readonly child: ChildProcess;
  /** Standard output and standard error so far. */
  readonly said: () => { readonly out: string; readonly err: string };
  /** Its log so far, line by line. */
  readonly log: () => readonly { readonly msg: string; readonly what?: string; readonly status?: number }[];
  /** Exit code, or the signal that ended it. */
  stop(signal?: NodeJS.Signals): Promise<number | string>;
}

const LONGEST_MS = 25_000;

/** A real `cutover probe` with nothing of this environment's settings; rejects with what it said when it does not get ready. */
export function startProbe(env: Readonly<Record<string, string>>, args: readonly string[] = []): Promise<ProbeProcess> {
  const child = spawn(process.execPath, [CUTOVER, 'probe', ...args], {
    cwd: PROJECT,
    env: { PATH: process.env.PATH ?? '', HOME: process.env.HOME ?? '', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let err = '';
  const ended = new Promise<number | string>((resolve) =>
    child.once('close', (code, signal) => resolve(code ?? signal ?? 'nothing')),
  );
  child.stderr.on('data', (piece: Buffer) => {
    err += piece.toString('utf8');
  });
  const probe = (port: number): ProbeProcess => ({
    port,
    child,
    said: () => ({ out, err }),
    log: () =>
      err
        .split('\n')
        .filter((line) => line.startsWith('{'))
        .map((line) => JSON.parse(line)),
    stop: (signal = 'SIGTERM') => {
      child.kill(signal);
      return ended;
    },
  });
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => child.kill('SIGKILL'), LONGEST_MS);
    void ended.then((code) => {
      clearTimeout(late);
      reject(new Error(`the probe ended with ${code}: ${err}`));
    });
    child.stdout.on('data', (piece: Buffer) => {
      out += piece.toString('utf8');
      const line = out.split('\n').find((each) => each.includes('"ready":true'));
      if (line === undefined) return;
      clearTimeout(late);
      resolve(probe((JSON.parse(line) as { readonly port: number }).port));
    });
  });
}
