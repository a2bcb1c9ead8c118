/** Whatever carries waves from start to end: the product's core, or the same store used by hand. */
export interface Contestant {
  start(name: string): Promise<void>;
  /** Ask before `start`. */
  completed(name: string): Promise<void>;
  onGate(told: (name: string) => void): void;
  /** Told when the work of a step begins. */
  onBegun?(told: (name: string) => void): void;
  approve(name: string): Promise<void>;
  close(): Promise<void>;
}

/** Waves per second with so many in flight, each named after `of`; gates are approved as soon as they open. */
export async function throughput(contestant: Contestant, of: string, waves: number, inFlight: number): Promise<number> {
  contestant.onGate((name) => void contestant.approve(name));
  const began = performance.now();
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let i = next++; i < waves; i = next++) {
      const name = `${of}${i}`;
      const done = contestant.completed(name);
      await contestant.start(name);
      await done;
    }
  };
  await Promise.all(Array.from({ length: Math.min(inFlight, waves) }, lane));
  return waves / ((performance.now() - began) / 1000);
}
