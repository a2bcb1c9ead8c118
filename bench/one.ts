/** `node --max-semi-space-size=64 -r ./bench/as-built.cjs bench/one.ts PART [--quick]`: one part of the bench alone. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis } from '../sandbox/redis/private-redis';
import { PARTS } from './parts';
import { machineFacts, tableOf } from './report';

async function main(): Promise<void> {
  const part = Object.entries(PARTS).find(([name]) => name === process.argv[2])?.[1];
  if (!part) throw new Error(`name one of ${Object.keys(PARTS).join(', ')}`);
  const quick = process.argv.includes('--quick');
  const folder = await mkdtemp(join(tmpdir(), 'cutover-bench-'));
  const redis = await startRedis(folder);
  try {
    const lines = await part(redis.url, folder, { quick, rounds: quick ? 1 : 5, say: console.log });
    console.log(`\n${await machineFacts(redis.url)}\n\n${tableOf(lines)}`);
  } finally {
    await redis.close();
    await rm(folder, { recursive: true, force: true });
  }
}

void main();
