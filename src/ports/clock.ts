/** Time, so that the sandbox can let minutes pass as milliseconds. */
export interface Clock {
  /** Epoch ms. */
  now(): number;
  /** Real milliseconds to wait until the clock shows `at` (epoch ms); never negative. May be short: whoever wakes asks again. */
  realMsUntil(at: number): number;
  /** Resolves after `ms` of this clock. For back-off inside one call only: long waits are delayed jobs. */
  sleep(ms: number): Promise<void>;
}
