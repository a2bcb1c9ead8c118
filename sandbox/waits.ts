/** Until when open waves wait, read from their logs in Redis as they are written: the root cards say it up to a second late. */
import { type Cluster, Redis } from 'ioredis';
import { eventOf } from './store/stored-log';

export interface Waits {
  /** Reads the log of this wave too, from its beginning; once is enough. */
  follow(wave: string): void;
  /**
   * Sandbox time at which the first open wave goes on, when all of them only wait; null otherwise. One that does not wait
   * by its log counts as one that waits until `others`, if that is known.
   */
  end(others: number | null): number | null;
  stop(): void;
}

/** Where the waves' logs are. */
export interface LogPlace {
  readonly url: string;
  readonly prefix: string;
  /** In place of the URL, where the logs are not on one server. */
  readonly connect?: (() => Redis | Cluster) | undefined;
}

/** A log is looked at anew after this, real ms. */
const LOOK_MS = 5;
/** A server that another takes the place of is asked again after this, real ms. */
const AGAIN_MS = 50;
const ENDS = ['WaveCompleted', 'WaveRolledBack', 'WaveAborted'];

/** `onWait` is called after every event that begins a wait, at once. */
export function followWaits(redis: LogPlace, onWait: () => void): Waits {
  const until = new Map<string, number | null>();
  const readers = new Map<string, Redis | Cluster>();
  let stopped = false;
  return {
    follow: (wave) => {
      if (stopped || readers.has(wave)) return;
      until.set(wave, null);
      const reader = redis.connect?.() ?? new Redis(redis.url, { maxRetriesPerRequest: null });
      reader.on('error', () => undefined);
      readers.set(wave, reader);
      read(reader, wave).catch((cause: unknown) => {
        // A disconnected reader is one that was stopped; any other trouble leaves the wave at the usual pace.
        until.set(wave, null);
        if (!stopped) process.emitWarning(`the log of ${wave} is no longer followed: ${String(cause)}`);
      });
    },
    end: (others) => {
      const ends = [...until.values()].map((end) => end ?? others).filter((end) => end !== null);
      return ends.length > 0 && ends.length === until.size ? Math.min(...ends) : null;
    },
    stop: () => {
      stopped = true;
      for (const reader of readers.values()) reader.disconnect();
      readers.clear();
    },
  };

  async function read(reader: Redis | Cluster, wave: string): Promise<void> {
    const later = (): Promise<null> => new Promise((resolve) => setTimeout(() => resolve(null), AGAIN_MS));
    for (let known = 0; !stopped; ) {
      const page = (await reader.lrange(`{${redis.prefix}}:wave:${wave}:log`, known, -1).catch(later)) ?? [];
      const newest = page.at(-1);
      if (newest === undefined) {
        await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
        continue;
      }
      const event = eventIn(newest, wave, known + page.length);
      if (event === null) {
        until.set(wave, null);
        await later();
        continue;
      }
      known += page.length;
      // A wave that has ended keeps nobody from waiting.
      if (ENDS.includes(event.type)) until.delete(wave);
      else until.set(wave, event.nextAt ?? null);
      if (event.nextAt !== undefined) onWait();
    }
  }
}

/** Null for what is no entry of a wave's log: somebody tries out what the bot does with it, and takes it away again. */
function eventIn(entry: string, wave: string, seq: number): { readonly type: string; readonly nextAt?: number } | null {
  try {
    const { event } = eventOf(entry, wave, seq);
    return typeof event?.type === 'string' ? (event as { type: string; nextAt?: number }) : null;
  } catch {
    return null;
  }
}
