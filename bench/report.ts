/** What is printed at the end and kept in docs/bench.md: the machine, and every line with its target. */
import { readFile, writeFile } from 'node:fs/promises';
import { cpus, loadavg, release, totalmem } from 'node:os';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import type { Line } from './figures';

const DOCS = join(__dirname, '..', 'docs', 'bench.md');
const BEGIN = '<!-- figures: written by npm run bench -- --write-docs -->';
const END = '<!-- end of the figures -->';

/** One sentence about where the figures come from. */
export async function machineFacts(redisUrl: string): Promise<string> {
  const redis = new Redis(redisUrl);
  try {
    const version = /redis_version:(\S+)/.exec(await redis.info('server'))?.[1] ?? 'unknown';
    const [cores, memory] = [cpus(), `${(totalmem() / 2 ** 30).toFixed(0)} GiB`];
    const load = loadavg()[0]?.toFixed(1) ?? '?';
    return (
      `${new Date().toISOString().slice(0, 16)}Z; ${cores.length} cores (${cores[0]?.model.trim() ?? 'unknown'}), ${memory}, ` +
      `Linux ${release()}, Node ${process.versions.node}, Redis ${version} with appendonly, load average ${load} at the end.`
    );
  } finally {
    redis.disconnect();
  }
}

export function tableOf(lines: readonly Line[]): string {
  const rows = lines.map(({ what, target, figure, met }) => [
    what,
    target ?? '',
    figure,
    met === null ? '' : met ? 'met' : 'not met',
  ]);
  return [['what', 'target', 'figure', ''], ['---', '---', '---', '---'], ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
}

/** Puts the figures of this run in the place of the last ones. */
export async function writeDocs(facts: string, lines: readonly Line[]): Promise<void> {
  const text = await readFile(DOCS, 'utf8');
  const [before, rest] = text.split(BEGIN);
  const after = rest?.split(END)[1];
  if (before === undefined || after === undefined)
    throw new Error(`${DOCS} has lost the marks between which the figures stand`);
  await writeFile(DOCS, `${before}${BEGIN}\n${facts}\n\n${tableOf(lines)}\n${END}${after}`);
}
