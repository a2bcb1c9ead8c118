import type { ChildProcess } from 'node:child_process';
import type { Watchdog } from '../sandbox/watchdog';

/** Kills a process without a warning; resolves when it is dead, at once where it is dead already. */
export async function killed(dying: ChildProcess | null, watchdog: Watchdog): Promise<void> {
  if (!dying || dying.exitCode !== null || dying.signalCode !== null) return;
  const gone = new Promise<void>((resolve) => dying.once('exit', () => resolve()));
  dying.kill('SIGKILL');
  await gone;
  watchdog.forget(dying.pid);
}
