import type { Redis } from 'ioredis';
import { Fault } from '../../ports/fault';
import type { StoreFinding } from '../../ports/home';

/** How durable the store is and what time it has. Asks only; throws `Fault` when it does not answer. */
export async function findStore(redis: Redis, replicasWanted: number): Promise<StoreFinding> {
  try {
    const askedAt = Date.now();
    const [seconds, micros] = await redis.time();
    const middle = (askedAt + Date.now()) / 2;
    const [memory, persistence, replication] = [
      await redis.info('memory'),
      await redis.info('persistence'),
      await redis.info('replication'),
    ];
    const policy = (await configured(redis, 'maxmemory-policy')) ?? field(memory, 'maxmemory_policy');
    const appendOnly = (await configured(redis, 'appendonly')) ?? field(persistence, 'aof_enabled');
    const replicas = field(replication, 'connected_slaves');
    return {
      policy,
      appendOnly: appendOnly === null ? null : appendOnly === 'yes' || appendOnly === '1',
      replicasWanted,
      replicas: replicas === null ? null : Number(replicas),
      clockSkewMs: Math.round(Number(seconds) * 1000 + Number(micros) / 1000 - middle),
    };
  } catch (cause) {
    const { host, port } = redis.options;
    const reason = cause instanceof Error ? cause.message : 'no answer';
    throw new Fault(`Redis at ${host}:${port} does not answer (${reason}).`, {
      system: 'Redis',
      transient: true,
      cause,
    });
  }
}

/** A hosted Redis may forbid CONFIG: null then. */
async function configured(redis: Redis, name: string): Promise<string | null> {
  const answer = (await redis.config('GET', name).catch(() => [])) as readonly unknown[];
  return typeof answer[1] === 'string' && answer[1] !== '' ? answer[1] : null;
}

function field(info: string, name: string): string | null {
  return new RegExp(`^${name}:(\\S+)`, 'm').exec(info)?.[1] ?? null;
}
