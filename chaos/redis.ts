/** A Redis that can be killed, stopped and started again where it was: its port, its folder, its append-only file. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import { Redis } from 'ioredis';
import { findRedis } from '../sandbox/redis/find-server';
import type { Watchdog } from '../sandbox/watchdog';
import { killed } from './killed';

export interface MortalRedis {
  readonly url: string;
  readonly port: number;
  kill(): Promise<void>;
  start(): Promise<void>;
  signal(name: 'SIGSTOP' | 'SIGCONT'): void;
  close(): Promise<void>;
}

const ANSWERS_WITHIN_MS = 15_000;

export async function startMortalRedis(folder: string, watchdog: Watchdog): Promise<MortalRedis> {
  mkdirSync(folder, { recursive: true });
  const program = await findRedis(() => undefined);
  const port = await freePort();
  let child: ChildProcess | null = null;

  async function start(): Promise<void> {
    const where = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder];
    const manners = ['--appendonly', 'yes', '--appendfsync', 'everysec', '--save', '', '--hz', '100'];
    const started = spawn(program.path, [...where, ...manners, '--maxmemory-policy', 'noeviction'], {
      env: { ...process.env, ...program.env },
      stdio: 'ignore',
    });
    child = started;
    watchdog.pid(started.pid);
    await answers(port);
  }

  async function kill(): Promise<void> {
    const dying = child;
    child = null;
    await killed(dying, watchdog);
  }

  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    kill,
    start,
    signal: (name) => void child?.kill(name),
    close: kill,
  };
}

async function answers(port: number): Promise<void> {
  const client = new Redis(port, '127.0.0.1', { maxRetriesPerRequest: null, retryStrategy: () => 25 });
  client.on('error', () => undefined);
  const late = new Promise<never>((_resolve, reject) =>
    setTimeout(() => reject(new Error('Redis does not answer')), ANSWERS_WITHIN_MS).unref(),
  );
  try {
    await Promise.race([client.ping(), late]);
  } finally {
    client.disconnect();
  }
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port on loopback');
  return address.port;
}
