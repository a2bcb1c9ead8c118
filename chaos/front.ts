/** The edge of the platforms, which can be killed and started again on the same ports. */
import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import type { Watchdog } from '../sandbox/watchdog';
import { killed } from './killed';
import { freePort } from './redis';

export interface Front {
  /** The port that stands for `target`. */
  portOf(target: number): number;
  kill(): Promise<void>;
  start(): Promise<void>;
  close(): Promise<void>;
}

export async function startFront(targets: readonly number[], watchdog: Watchdog): Promise<Front> {
  const ports = new Map<number, number>();
  for (const target of targets) ports.set(target, await freePort());
  const pairs = JSON.stringify([...ports].map(([target, port]) => [port, target]));
  let child: ChildProcess | null = null;

  async function start(): Promise<void> {
    const started = spawn(process.execPath, [join(__dirname, 'front-process.cjs'), pairs], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    child = started;
    watchdog.pid(started.pid);
    await new Promise<void>((resolve, reject) => {
      started.stdout.once('data', () => resolve());
      started.once('exit', () => reject(new Error('the front did not start')));
    });
  }

  async function kill(): Promise<void> {
    const dying = child;
    child = null;
    await killed(dying, watchdog);
  }

  await start();
  return {
    portOf: (target) => ports.get(target) ?? target,
    kill,
    start,
    close: kill,
  };
}
