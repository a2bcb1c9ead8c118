import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { parse } from 'yaml';
import type { Sandbox } from '../../sandbox/sandbox';

/** What a kill is aimed at: an event as it has just been appended. */
export interface Happened {
  readonly seq: number;
  readonly type: string;
  readonly step: string | null;
}

/**
 * Watches the wave's log from outside, as it is written, and kills the bot with SIGKILL when `aim` says so; then starts
 * it again. While it is dead, sandbox time passes like real time: what is tested is the bot, not how long it was away.
 */
export function killBot(
  sandbox: Sandbox,
  wave: string,
  aim: (happened: Happened) => boolean,
): { kills: () => number; stop: () => Promise<void> } {
  const url = (parse(readFileSync(sandbox.config, 'utf8')) as Record<string, string>).REDIS_URL ?? '';
  const redis = new Redis(url, { maxRetriesPerRequest: null });
  let kills = 0;
  let stopped = false;
  const watching = watch();
  return {
    kills: () => kills,
    stop: async () => {
      // What has been appended by now is still looked at.
      stopped = true;
      await watching.finally(() => redis.disconnect());
    },
  };

  async function watch(): Promise<void> {
    let last = '0-0';
    for (;;) {
      const page = await redis.xread('COUNT', 1, 'BLOCK', 200, 'STREAMS', `{cutover}:wave:${wave}:log`, last);
      const entry = page?.[0]?.[1]?.[0];
      if (!entry && stopped) return;
      if (!entry) continue;
      last = entry[0];
      const { seq, event } = JSON.parse(entry[1][1] ?? '{}') as { seq: number; event: { type: string; step?: string } };
      if (aim({ seq, type: event.type, step: event.step ?? null })) await killAndStart();
    }
  }

  async function killAndStart(): Promise<void> {
    const [bot] = sandbox.bots;
    if (!bot) return;
    sandbox.pace.freeze();
    await bot.kill('SIGKILL');
    kills++;
    await sandbox.startBot();
    // A dead worker's lease has to run out before the new one may work: real seconds, not the world's minutes.
    await new Promise((resolve) => setTimeout(resolve, 3_200));
    sandbox.pace.thaw();
  }
}
