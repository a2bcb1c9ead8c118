/** A Redis of the sandbox's own: loopback, a free port, its own folder, durable like a production one; or the caller's. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { Redis } from 'ioredis';
import { findRedis } from './find-server';

export interface PrivateRedis {
  readonly url: string;
  readonly pid: number | null;
  readonly from: string;
  close(): Promise<void>;
}

const START_MS = 10_000;

/** The Redis that REDIS_URL names, with keys of this run alone, which are taken away at the end; null when it names none. */
export async function givenRedis(environment: NodeJS.ProcessEnv): Promise<(PrivateRedis & { prefix: string }) | null> {
  const url = environment.REDIS_URL;
  if (!url) return null;
  const client = new Redis(url, { lazyConnect: true, maxRetriesPerRequest: 1, retryStrategy: () => null });
  client.on('error', () => undefined);
  await client.connect().catch((cause: Error) => {
    throw new Error(
      `REDIS_URL is set, but no Redis answers there: ${cause.message}. Unset it, and the sandbox starts one of its own.`,
    );
  });
  const prefix = `sandbox-${process.pid}-${Date.now().toString(36)}`;
  return {
    url,
    pid: null,
    prefix,
    from: 'REDIS_URL',
    close: async () => {
      for (let cursor = '0'; ; ) {
        const [next, keys] = await client.scan(cursor, 'MATCH', `{${prefix}}:*`, 'COUNT', 500);
        if (keys.length > 0) await client.del(...keys);
        cursor = next;
        if (cursor === '0') break;
      }
      client.disconnect();
    },
  };
}

export async function startRedis(folder: string, say: (line: string) => void = () => undefined): Promise<PrivateRedis> {
  const program = await findRedis(say);
  await mkdir(folder, { recursive: true });
  for (let tries = 0; ; tries++) {
    const port = await freePort();
    const args = [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--dir',
      folder,
      '--appendonly',
      'yes',
      '--appendfsync',
      'everysec',
    ];
    const more = [
      '--save',
      '',
      '--maxmemory-policy',
      'noeviction',
      '--hz',
      '100',
      '--daemonize',
      'no',
      '--loglevel',
      'warning',
    ];
    const child = spawn(program.path, [...args, ...more], { env: { ...process.env, ...program.env }, stdio: 'ignore' });
    if (await answers(port, child))
      return { url: `redis://127.0.0.1:${port}`, pid: child.pid ?? null, from: program.from, close: () => stop(child) };
    child.kill('SIGKILL');
    // Somebody may have taken the port between the look and the start.
    if (tries === 3) throw new Error(`${program.path} does not answer on loopback`);
  }
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  if (address === null || typeof address === 'string') throw new Error('no free port on loopback');
  return address.port;
}

async function answers(port: number, child: ChildProcess): Promise<boolean> {
  let gone = false;
  child.once('exit', () => {
    gone = true;
  });
  child.once('error', () => {
    gone = true;
  });
  for (const until = Date.now() + START_MS; Date.now() < until && !gone; ) {
    if (await ping(port)) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

function ping(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    const end = (answer: boolean): void => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(500, () => end(false));
    socket.once('error', () => end(false));
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (data) => end(data.toString().startsWith('+PONG')));
  });
}

function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
    setTimeout(() => child.kill('SIGKILL'), 3_000).unref();
  });
}
