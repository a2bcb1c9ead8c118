import { monitorEventLoopDelay } from 'node:perf_hooks';

/** How far back the longest delay is looked for, real ms. */
const WINDOW_MS = 10_000;
const RESOLUTION_MS = 20;

export interface EventLoop {
  /** The longest that anything had to wait for its turn in the last ten to twenty seconds, ms. */
  lagMs(): number;
  stop(): void;
}

export function watchEventLoop(): EventLoop {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  let before = 0;
  const longest = (): number => Math.max(0, delays.max / 1e6 - RESOLUTION_MS);
  const timer = setInterval(() => {
    before = longest();
    delays.reset();
  }, WINDOW_MS);
  timer.unref();
  return {
    lagMs: () => Math.max(before, longest()),
    stop: () => {
      clearInterval(timer);
      delays.disable();
    },
  };
}
