import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { type PrivateRedis, startRedis } from '../../sandbox/redis/private-redis';

export interface TestRedis extends PrivateRedis {
  readonly client: Redis;
}

/** A real Redis for one test file; `close` ends it and takes its folder away. */
export async function testRedis(): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), 'cutover-test-redis-'));
  const redis = await startRedis(folder);
  const client = new Redis(redis.url, { maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  return {
    ...redis,
    client,
    close: async () => {
      client.disconnect();
      await redis.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
