/** The parts of the bench that stand alone: each is given a Redis of the bench's own and a folder for its files. */
import { Redis } from 'ioredis';
import { measureApproval } from './approval';
import { measureClicks } from './clicks';
import type { Length, Line } from './figures';
import { createFloor } from './floor';
import { measureGrowth } from './growth';
import { measureParked } from './parked';
import { createProduct } from './product';

export type Part = (redisUrl: string, folder: string, length: Length) => Promise<readonly Line[]>;

export const PARTS: Readonly<Record<'approval' | 'clicks' | 'parked' | 'growth', Part>> = {
  approval: underBoth,
  clicks: measureClicks,
  parked: measureParked,
  growth: measureGrowth,
};

async function underBoth(url: string, _folder: string, length: Length): Promise<readonly Line[]> {
  const client = new Redis(url, { maxRetriesPerRequest: null });
  const floor = (prefix: string) => createFloor(client, prefix, 100);
  const product = (prefix: string) => createProduct(url, prefix, 100);
  const lines: Line[] = [];
  try {
    for (const fsync of ['always', 'everysec']) {
      await client.config('SET', 'appendfsync', fsync);
      lines.push(...(await measureApproval({ client, floor, product }, fsync, length)));
    }
    return lines;
  } finally {
    await client.config('SET', 'appendfsync', 'everysec');
    client.disconnect();
  }
}
