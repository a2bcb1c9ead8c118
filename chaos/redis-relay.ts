/**
 * Stands between one process and Redis. Sees every append, can hold its answer back until something has happened, and can
 * make the way slow.
 */
import { connect, createServer, type Socket } from 'node:net';
import { KIND_MARKS } from '../sandbox/store/stored-log';

export interface RedisRelay {
  readonly url: string;
  /** Every byte takes this much longer, each way; 0 ends it. */
  lag(ms: number): void;
  close(): Promise<void>;
}

/**
 * Hears of an append before Redis does, with the kinds of its events. What it gives, if anything, is awaited after the
 * append has been sent on, and before any answer on that connection.
 */
export type OnAppend = (types: readonly string[]) => (() => Promise<void>) | null;

/** An event as it stands in the log, and nothing else that is sent to Redis: a sign that stands for a word, and its kind. */
const TYPES = new RegExp(
  `(?:${KIND_MARKS.join('|')})((?:Wave|Step|State|Gate|Approval|Line|Rollback|Undo)[A-Za-z]+)`,
  'g',
);

export async function startRedisRelay(redisPort: number, onAppend: OnAppend): Promise<RedisRelay> {
  let lagMs = 0;
  const open = new Set<Socket>();
  const server = createServer((client) => {
    const redis = connect(redisPort, '127.0.0.1');
    let answersWait: Promise<void> | null = null;
    const end = (): void => {
      client.destroy();
      redis.destroy();
      open.delete(client);
    };
    open.add(client);
    const toRedis = inOrder(redis, () => lagMs);
    const toClient = inOrder(client, () => lagMs);
    for (const socket of [client, redis]) socket.setNoDelay(true).on('error', end).on('close', end);
    client.on('data', (chunk) => {
      const isMarked = KIND_MARKS.some((mark) => chunk.includes(mark));
      const types = isMarked ? [...chunk.toString('latin1').matchAll(TYPES)].map((found) => found[1] ?? '') : [];
      const then = types.length > 0 ? onAppend(types) : null;
      toRedis(chunk, null);
      if (then) answersWait = Promise.all([answersWait, then()]).then(() => undefined);
    });
    redis.on('data', (chunk) => toClient(chunk, answersWait));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the relay has no port');
  return {
    url: `redis://127.0.0.1:${address.port}`,
    lag: (ms) => {
      lagMs = ms;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of open) socket.destroy();
      }),
  };
}

/** Writes chunks in the order in which they come, each after its own delay. */
function inOrder(to: Socket, lagMs: () => number): (chunk: Buffer, after: Promise<void> | null) => void {
  let waiting = 0;
  let tail: Promise<void> = Promise.resolve();
  return (chunk, after) => {
    const ms = lagMs();
    if (ms === 0 && after === null && waiting === 0) {
      if (!to.destroyed) to.write(chunk);
      return;
    }
    const due = ms === 0 ? null : new Promise<void>((resolve) => setTimeout(resolve, ms));
    waiting++;
    tail = tail
      .then(() => after)
      .then(() => due)
      .catch(() => undefined)
      .then(() => {
        waiting--;
        if (!to.destroyed) to.write(chunk);
      });
  };
}
