import { spawn } from 'node:child_process';
import { join } from 'node:path';

/** Whoever the sandbox starts is told to the watchdog, so that nothing outlives the sandbox, however it ends. */
export interface Watchdog {
  pid(pid: number | null | undefined): void;
  forget(pid: number | null | undefined): void;
  folder(path: string): void;
  /** All has ended in good order: nothing is left to watch. */
  close(): void;
}

export function startWatchdog(): Watchdog {
  const child = spawn(process.execPath, [join(__dirname, 'watchdog-process.cjs')], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  child.unref();
  child.on('error', () => undefined);
  child.stdin.on('error', () => undefined);
  // The pipe must not keep the sandbox alive; its closing is the signal.
  (child.stdin as unknown as { unref?: () => void }).unref?.();
  const tell = (line: string): void => {
    child.stdin.write(`${line}\n`);
  };
  return {
    pid: (pid) => pid && tell(`pid ${pid}`),
    forget: (pid) => pid && tell(`forget ${pid}`),
    folder: (path) => tell(`folder ${path}`),
    close: () => child.stdin.end('done\n'),
  };
}
