import { join } from 'node:path';
import { playWave, type Seen } from '../../sandbox/auto';
import { type Judged, judge } from '../../sandbox/judgement';
import { PROJECT } from '../../sandbox/options';
import { type GivenRedis, type Sandbox, startSandbox } from '../../sandbox/sandbox';
import type { LedgerWrite, WorldSnapshot } from '../../sandbox/twin/twin';

export interface RunOptions {
  readonly site?: string;
  readonly faults?: readonly string[];
  readonly speed?: number;
  readonly seed?: number;
  readonly socketMode?: boolean;
  readonly start?: string;
  readonly recipesDir?: string;
  readonly sitesDir?: string;
  readonly redis?: GivenRedis;
  /** Runs beside the wave, for example to kill the bot. */
  readonly meanwhile?: (sandbox: Sandbox) => () => Promise<void> | void;
}

export interface Run {
  readonly seen: Seen;
  readonly judged: Judged;
  /** The site as the wave has left it: every record, trunk, route, queue, member, licence and legacy mode. */
  readonly end: WorldSnapshot;
  /** Every effective write, as resource, field and value, each named once. */
  readonly written: readonly string[];
  /** What did not end as it should, as sentences; empty when all is well. */
  readonly wrong: readonly string[];
}

/** What was said on the way, to be shown when a run goes wrong. */
export const said: string[] = [];

export async function openSandbox(options: RunOptions = {}): Promise<Sandbox> {
  said.length = 0;
  return startSandbox({
    site: options.site ?? 'site-a',
    speed: options.speed ?? 120,
    port: 0,
    seed: options.seed ?? 1,
    faults: options.faults ?? [],
    socketMode: options.socketMode ?? false,
    ...(options.redis ? { redis: options.redis } : {}),
    sitesDir: options.sitesDir ?? join(PROJECT, 'sites'),
    recipesDir: options.recipesDir ?? join(PROJECT, 'templates', 'waves'),
    say: (line) => said.push(line),
  });
}

/** A whole wave in a sandbox of its own, judged from outside like `npm run sandbox -- --auto` does. */
export async function runWave(options: RunOptions = {}): Promise<Run> {
  const sandbox = await openSandbox(options);
  try {
    await sandbox.startBot();
    const site = options.site ?? 'site-a';
    const before = sandbox.twin.snapshot(site);
    const done = options.meanwhile?.(sandbox);
    const start = options.start === undefined ? {} : { start: options.start };
    const seen = await playWave(sandbox, { site, say: (line) => said.push(line), ...start });
    await done?.();
    const judged = await judge(sandbox, site, options.faults ?? [], seen, before);
    const end = sandbox.twin.snapshot(site);
    const written = [
      ...new Set(
        sandbox.twin
          .ledger()
          .writes.filter(({ effect }) => effect)
          .map(asText),
      ),
    ].sort();
    return { seen, judged, end, written, wrong: judged.findings.filter(({ good }) => !good).map(({ text }) => text) };
  } finally {
    await sandbox.close();
  }
}

/** A write without what depends on the moment at which it was made. */
function asText({ system, resource, after }: LedgerWrite): string {
  return `${system} ${resource} ${JSON.stringify(after)}`;
}
