/** Breaks the store in the middle of a wave, at moments that are told by the wave's own log, and lets people be patient. */
import type { Sandbox } from '../../sandbox/sandbox';
import type { Workspace } from '../../sandbox/slack/workspace';
import type { RedisLab } from '../lab/redis-lab';
import { storedLog } from '../support/stored-log';

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
const LOOKS_EVERY_MS = 10;

interface Entry {
  readonly seq: number;
  readonly event: { readonly type: string; readonly step?: string };
}

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
    for (let last = 0; !stopped; ) {
      const [entry] = await storedLog<Entry>(client, wave, { from: last + 1 }).catch(() => []);
      if (!entry) {
        await new Promise((resolve) => setTimeout(resolve, LOOKS_EVERY_MS));
        continue;
      }
      const { seq, event } = entry;
      last = seq;
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
