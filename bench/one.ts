/** `tsx bench/one.ts clicks [--quick]`: one part of the bench alone. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { startRedis } from '../sandbox/redis/private-redis';
import { measureApproval } from './approval';
import { measureClicks } from './clicks';
import type { Length, Line } from './figures';
import { createFloor } from './floor';
import { createProduct } from './product';

const PARTS: Readonly<Record<string, (url: string, folder: string, length: Length) => Promise<readonly Line[]>>> = {
  approval: approvalWith,
  clicks: measureClicks,
};

async function approvalWith(url: string, _folder: string, length: Length): Promise<readonly Line[]> {
  const client = new Redis(url, { maxRetriesPerRequest: null });
  const floor = (prefix: string) => createFloor(client, prefix, 100);
  const product = (prefix: string) => createProduct(url, prefix, 100);
  const lines: Line[] = [];
  try {
    for (const fsync of ['everysec', 'always']) {
      await client.config('SET', 'appendfsync', fsync);
      lines.push(...(await measureApproval({ client, floor, product }, fsync, length)));
    }
    return lines;
  } finally {
    client.disconnect();
  }
}

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
