import type { Clock } from '../../ports/clock';

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  realMsUntil: (at) => Math.max(0, at - Date.now()),
  sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
};
