/** `npm run bench`: what the orchestration costs, beside the same store used by hand, in turn within one run. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { startRedis } from '../sandbox/redis/private-redis';
import { throughput } from './contest';
import { createFloor } from './floor';
import { createProduct } from './product';

async function main(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'cutover-bench-'));
  const redis = await startRedis(folder);
  const client = new Redis(redis.url, { maxRetriesPerRequest: null });
  let run = 0;
  try {
    for (const fsync of ['everysec', 'always']) {
      await client.config('SET', 'appendfsync', fsync);
      for (const [inFlight, waves] of [
        [1, 30],
        [100, 300],
        [1000, 1000],
      ] as const) {
        const ratios: number[] = [];
        let last = '';
        for (let i = 0; i < Number(process.env.BENCH_RUNS ?? 3); i++) {
          const rates: number[] = [];
          for (const make of [
            (prefix: string) => createFloor(client, prefix, 100),
            (prefix: string) => createProduct(redis.url, prefix, 100),
          ]) {
            const contestant = make(`bench-${run++}`);
            rates.push(await throughput(contestant, waves, inFlight));
            await contestant.close();
            await client.flushall();
          }
          ratios.push((rates[1] ?? 0) / (rates[0] ?? 1));
          last = rates.map((rate) => rate.toFixed(0)).join(' / ');
        }
        ratios.sort((a, b) => a - b);
        console.log(
          `${fsync} ${inFlight} in flight: ratio ${ratios[Math.floor(ratios.length / 2)]?.toFixed(2)} (last ${last} waves/s)`,
        );
      }
    }
  } finally {
    client.disconnect();
    await redis.close();
    await rm(folder, { recursive: true, force: true });
  }
}

void main();
