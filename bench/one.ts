/** `tsx bench/one.ts clicks [--quick]`: one part of the bench alone. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis } from '../sandbox/redis/private-redis';
import { measureClicks } from './clicks';
import type { Length, Line } from './figures';

const PARTS: Readonly<Record<string, (url: string, folder: string, length: Length) => Promise<readonly Line[]>>> = {
  clicks: measureClicks,
};

async function main(): Promise<void> {
  const part = PARTS[process.argv[2] ?? ''];
  if (!part) throw new Error(`name one of ${Object.keys(PARTS).join(', ')}`);
  const quick = process.argv.includes('--quick');
  const folder = await mkdtemp(join(tmpdir(), 'cutover-bench-'));
  const redis = await startRedis(folder);
  try {
    const lines = await part(redis.url, folder, { quick, rounds: quick ? 1 : 5, say: console.log });
    for (const { what, target, figure, met } of lines)
      console.log(`${what}: ${figure}${target === null ? '' : ` | ${target}: ${met ? 'met' : 'NOT met'}`}`);
  } finally {
    await redis.close();
    await rm(folder, { recursive: true, force: true });
  }
}

void main();
