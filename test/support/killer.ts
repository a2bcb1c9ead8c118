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

/** Far more than a lease of 2.4 s and a look by `reconcile` take, also on a machine that is busy. */
const GOES_ON_MS = 60_000;
/** After these nothing moves before people do. */
const FOR_PEOPLE = ['GateOpened', 'WaveHeld', 'UndoFailed', 'WaveCompleted', 'WaveRolledBack', 'WaveAborted'];

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
  const log = `{cutover}:wave:${wave}:log`;
  const lease = `{cutover}:wave:${wave}:lease:work`;
  let kills = 0;
  let stopped = false;
  const watching = watch();
  // What went wrong is told by `stop`.
  watching.catch(() => undefined);
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
      const page = await redis.xread('COUNT', 1, 'BLOCK', 200, 'STREAMS', log, last);
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
    const dead = { owner: await redis.get(lease), newest: (await newestEvent()).id };
    await sandbox.startBot();
    // A dead worker's lease has to run out before the new one may work: real seconds, not the world's minutes.
    await goesOn(dead).finally(() => sandbox.pace.thaw());
  }

  /** Until somebody works on the wave again, or it waits for its time or for people and nobody has to. */
  async function goesOn(dead: { readonly owner: string | null; readonly newest: string }): Promise<void> {
    for (const end = Date.now() + GOES_ON_MS; Date.now() < end; ) {
      const [owner, newest] = await Promise.all([redis.get(lease), newestEvent()]);
      if (newest.id !== dead.newest || (owner !== null && owner !== dead.owner)) return;
      if (owner === null && (newest.nextAt > sandbox.clock.now() || FOR_PEOPLE.includes(newest.type))) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`nobody has taken up ${wave} in ${GOES_ON_MS / 1000} s after the kill`);
  }

  async function newestEvent(): Promise<{ readonly id: string; readonly type: string; readonly nextAt: number }> {
    const [entry] = await redis.xrevrange(log, '+', '-', 'COUNT', 1);
    if (!entry) return { id: '', type: '', nextAt: 0 };
    const { event } = JSON.parse(entry[1][1] ?? '{}') as { event: { type: string; nextAt?: number } };
    return { id: entry[0], type: event.type, nextAt: event.nextAt ?? 0 };
  }
}
