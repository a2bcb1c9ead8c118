import { readFileSync } from 'node:fs';
import { Redis } from 'ioredis';
import { parse } from 'yaml';
import type { Sandbox } from '../../sandbox/sandbox';
import { storedLog } from './stored-log';

/** What a kill is aimed at: an event as it has just been appended. */
export interface Happened {
  readonly seq: number;
  readonly type: string;
  readonly step: string | null;
}

/** Far more than a lease of 2.4 s and a look by `reconcile` take, also on a machine that is busy. */
const GOES_ON_MS = 60_000;
const LOOKS_EVERY_MS = 3;

interface Entry {
  readonly seq: number;
  readonly event: { readonly type: string; readonly step?: string; readonly nextAt?: number };
}

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
    let last = 0;
    for (;;) {
      const [entry] = await storedLog<Entry>(redis, wave, { from: last + 1 });
      if (!entry && stopped) return;
      if (!entry) {
        await new Promise((resolve) => setTimeout(resolve, LOOKS_EVERY_MS));
        continue;
      }
      const { seq, event } = entry;
      last = seq;
      if (aim({ seq, type: event.type, step: event.step ?? null })) await killAndStart();
    }
  }

  async function killAndStart(): Promise<void> {
    const [bot] = sandbox.bots;
    if (!bot) return;
    sandbox.pace.freeze();
    await bot.kill('SIGKILL');
    kills++;
    const dead = { owner: await redis.get(lease), newest: (await newestEvent()).seq };
    await sandbox.startBot();
    // A dead worker's lease has to run out before the new one may work: real seconds, not the world's minutes.
    await goesOn(dead).finally(() => sandbox.pace.thaw());
  }

  /** Until somebody works on the wave again, or it waits for its time or for people and nobody has to. */
  async function goesOn(dead: { readonly owner: string | null; readonly newest: number }): Promise<void> {
    for (const end = Date.now() + GOES_ON_MS; Date.now() < end; ) {
      const [owner, newest] = await Promise.all([redis.get(lease), newestEvent()]);
      if (newest.seq !== dead.newest || (owner !== null && owner !== dead.owner)) return;
      if (owner === null && (newest.nextAt > sandbox.clock.now() || FOR_PEOPLE.includes(newest.type))) return;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`nobody has taken up ${wave} in ${GOES_ON_MS / 1000} s after the kill`);
  }

  async function newestEvent(): Promise<{ readonly seq: number; readonly type: string; readonly nextAt: number }> {
    const newest = (await storedLog<Entry>(redis, wave)).at(-1);
    if (!newest) return { seq: 0, type: '', nextAt: 0 };
    return { seq: newest.seq, type: newest.event.type, nextAt: newest.event.nextAt ?? 0 };
  }
}
