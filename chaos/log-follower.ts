/** The logs of the run's waves, read from the store as they grow, each event with the real moment at which it was seen. */
import { Redis } from 'ioredis';
import { storedLog } from '../sandbox/store/stored-log';
import type { Logged } from './record';

export interface Seen extends Logged {
  /** Real ms. */
  readonly seenAt: number;
}

export interface LogFollower {
  events(wave: string): readonly Seen[];
  onEvent(listener: (event: Seen) => void): void;
  /** Resolves when the store is there and has nothing that was not seen. */
  caughtUp(): Promise<void>;
  stop(): void;
}

const LOOK_EVERY_MS = 12;

export function followLogs(redisUrl: string, prefix: string, waves: readonly string[]): LogFollower {
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: null, retryStrategy: () => 40 });
  redis.on('error', () => undefined);
  const logs = new Map<string, Seen[]>(waves.map((wave) => [wave, []]));
  const listeners: ((event: Seen) => void)[] = [];
  let stopped = false;
  const look = async (): Promise<void> => {
    for (const [wave, log] of logs) {
      for (const logged of await storedLog(redis, `{${prefix}}:wave:${wave}`, wave, log.length + 1)) {
        const event = { ...(logged as Logged), seenAt: Date.now() };
        log.push(event);
        for (const listener of listeners) listener(event);
      }
    }
  };
  const following = (async () => {
    while (!stopped) {
      await look().catch(() => undefined);
      await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
    }
  })();
  void following;
  return {
    events: (wave) => logs.get(wave) ?? [],
    onEvent: (listener) => void listeners.push(listener),
    caughtUp: async () => {
      await redis.ping();
      await new Promise((resolve) => setTimeout(resolve, 2 * LOOK_EVERY_MS));
      await redis.ping();
    },
    stop: () => {
      stopped = true;
      redis.disconnect();
    },
  };
}
