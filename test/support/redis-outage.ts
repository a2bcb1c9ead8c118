import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { findRedis } from '../../sandbox/redis/find-server';
import type { Sandbox } from '../../sandbox/sandbox';

export interface Outage {
  /** Redis is there but says nothing. */
  hang(): void;
  wake(): void;
  /** Redis is gone; resolves when it is. */
  kill(): Promise<void>;
  /** The same Redis again: its port, its folder, its append-only file. */
  start(): Promise<void>;
  /** For good, and the sandbox's pace with it. */
  close(): Promise<void>;
}

/** Takes the sandbox's Redis away and gives it back. */
export function redisOutage(sandbox: Sandbox): Outage {
  const port = Number(new URL(sandbox.redis.url).port);
  let pid = sandbox.redis.pid ?? 0;
  let child: ChildProcess | null = null;
  const ping = async (): Promise<boolean> => {
    const client = new Redis(port, '127.0.0.1', {
      lazyConnect: true,
      maxRetriesPerRequest: 0,
      retryStrategy: () => null,
    });
    client.on('error', () => undefined);
    try {
      await client.connect();
      const answer = await client.ping();
      await client.quit();
      return answer === 'PONG';
    } catch {
      if (client.status !== 'end') client.disconnect();
      return false;
    }
  };
  const pinged = async (wanted: boolean): Promise<void> => {
    for (const end = Date.now() + 10_000; Date.now() < end; ) {
      if ((await ping()) === wanted) return;
      await new Promise((resolve) => setTimeout(resolve, 30));
    }
    throw new Error(`Redis ${wanted ? 'did not come back' : 'did not go'}`);
  };
  const kill = async (): Promise<void> => {
    process.kill(pid, 'SIGKILL');
    await pinged(false);
  };
  return {
    hang: () => void process.kill(pid, 'SIGSTOP'),
    wake: () => void process.kill(pid, 'SIGCONT'),
    kill,
    async start() {
      const program = await findRedis(() => undefined);
      const folder = join(sandbox.folder, 'redis');
      const args = [
        '--port',
        String(port),
        '--bind',
        '127.0.0.1',
        '--dir',
        folder,
        '--appendonly',
        'yes',
        '--save',
        '',
      ];
      child = spawn(program.path, [...args, '--maxmemory-policy', 'noeviction'], {
        env: { ...process.env, ...program.env },
        stdio: 'ignore',
      });
      pid = child.pid ?? 0;
      await pinged(true);
    },
    async close() {
      // It reads from Redis: told only after Redis is gone, its client would wait two seconds for a connection to end.
      sandbox.pace.stop();
      if (child && child.exitCode === null && child.signalCode === null) await kill();
    },
  };
}
