/** `npm run bench [-- --quick] [-- --write-docs]`: what the orchestration costs, beside the same store used by hand. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis } from '../sandbox/redis/private-redis';
import type { Line } from './figures';
import { PARTS } from './parts';
import { machineFacts, tableOf, writeDocs } from './report';

async function main(): Promise<void> {
  const quick = process.argv.includes('--quick');
  const lines: Line[] = [];
  let facts = '';
  for (const [name, part] of Object.entries(PARTS)) {
    console.log(`\n== ${name}`);
    const folder = await mkdtemp(join(tmpdir(), 'cutover-bench-'));
    const redis = await startRedis(folder);
    try {
      lines.push(...(await part(redis.url, folder, { quick, rounds: quick ? 1 : 5, say: console.log })));
      facts = await machineFacts(redis.url);
    } finally {
      await redis.close();
      await rm(folder, { recursive: true, force: true });
    }
  }
  console.log(`\n${facts}\n\n${tableOf(lines)}`);
  if (process.argv.includes('--write-docs')) await writeDocs(facts, lines);
}

void main();
