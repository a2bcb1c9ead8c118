/** The parts of the bench that stand alone: each is given a Redis of the bench's own and a folder for its files. */
import { Redis } from 'ioredis';
import { measureApproval } from './approval';
import { measureClicks } from './clicks';
import type { Length, Line } from './figures';
import { createFloor } from './floor';
import { measureGrowth } from './growth';
import { measureParked } from './parked';
import { createProduct } from './product';
import { measureWaves, type Race } from './waves-per-second';

export type Part = (redisUrl: string, folder: string, length: Length) => Promise<readonly Line[]>;

export const PARTS: Readonly<Record<'waves' | 'approval' | 'clicks' | 'parked' | 'growth', Part>> = {
  waves: (url, _folder, length) => underBoth(url, (race, fsync) => measureWaves(race, fsync, length)),
  approval: (url, _folder, length) => underBoth(url, (race, fsync) => measureApproval(race, fsync, length)),
  clicks: measureClicks,
  parked: measureParked,
  growth: measureGrowth,
};

/** With a store that writes to the disk before it answers, and with one that does so every second. */
async function underBoth(
  url: string,
  measure: (race: Race, fsync: string) => Promise<readonly Line[]>,
): Promise<readonly Line[]> {
  const client = new Redis(url, { maxRetriesPerRequest: null });
  const race: Race = {
    client,
    floor: (prefix) => createFloor(client, prefix, 100),
    barest: (prefix) => createFloor(client, prefix, 100, true),
    product: (prefix) => createProduct(url, prefix, 100),
  };
  const lines: Line[] = [];
  try {
    for (const fsync of ['always', 'everysec']) {
      await client.config('SET', 'appendfsync', fsync);
      lines.push(...(await measure(race, fsync)));
    }
    return lines;
  } finally {
    await client.config('SET', 'appendfsync', 'everysec');
    client.disconnect();
  }
}
