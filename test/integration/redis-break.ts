/** Breaks the store in the middle of a wave, at moments that are told by the wave's own log, and lets people be patient. */
import type { Sandbox } from '../../sandbox/sandbox';
import type { Workspace } from '../../sandbox/slack/workspace';
import type { RedisLab } from '../lab/redis-lab';

export interface Happened {
  readonly type: string;
  readonly step: string | null;
}

export interface Moment {
  readonly name: string;
  /** Whether it is now, after this event. */
  readonly at: (happened: Happened) => boolean;
  /** Resolves when the store is whole again. */
  readonly broken: () => Promise<void>;
}

export interface Breaker {
  /** The moments that have come, in order. */
  readonly done: readonly string[];
  /** The sandbox with people who press a button again when its card is still open after the outage. */
  readonly people: Sandbox;
  stop(): Promise<void>;
}

const PRESSED_AGAIN_MS = 3_000;

export function breakAt(sandbox: Sandbox, lab: RedisLab, wave: string, moments: readonly Moment[]): Breaker {
  const client = lab.connect();
  const done: string[] = [];
  const left = [...moments];
  let outage: Promise<void> = Promise.resolve();
  let stopped = false;
  const watching = watch();
  // What went wrong is told by `stop`.
  watching.catch(() => undefined);
  const { workspace } = sandbox;
  const click: Workspace['click'] = async (...how) => {
    await outage;
    await workspace.click(...how);
    const [, card, action] = how;
    setTimeout(() => {
      const open = workspace.messages().find(({ ts }) => ts === card);
      if (!stopped && open && JSON.stringify(open.blocks).includes(`"${action}"`))
        void click(...how).catch(() => undefined);
    }, PRESSED_AGAIN_MS).unref();
  };
  return {
    done,
    people: { ...sandbox, workspace: { ...workspace, click } },
    stop: async () => {
      stopped = true;
      await watching.finally(() => client.disconnect());
    },
  };

  async function watch(): Promise<void> {
    for (let last = '0-0'; !stopped; ) {
      const page = await client
        .xread('COUNT', 1, 'BLOCK', 200, 'STREAMS', `{cutover}:wave:${wave}:log`, last)
        .catch(() => new Promise<null>((resolve) => setTimeout(() => resolve(null), 50)));
      const entry = page?.[0]?.[1]?.[0];
      if (!entry) continue;
      last = entry[0];
      const { event } = JSON.parse(entry[1][1] ?? '{}') as { event: { type: string; step?: string } };
      const next = left[0];
      if (!next?.at({ type: event.type, step: event.step ?? null })) continue;
      left.shift();
      // The world should not go on for hours while a server is chosen: what is tested is the bot.
      sandbox.pace.freeze();
      outage = next.broken().finally(() => sandbox.pace.thaw());
      await outage;
      done.push(next.name);
    }
  }
}
