/**
 * From an approval to the start of the step behind the gate, the product beside the same store used by hand: one gate at a
 * time, and a hundred approved at once; in turn within one run.
 */
import type { Redis } from 'ioredis';
import type { Contestant } from './contest';
import { type Length, type Line, median, ms, percentile } from './figures';

const TARGET = 1.5;
const LONGEST_MS = 60_000;

export interface Contest {
  readonly client: Redis;
  readonly floor: (prefix: string) => Contestant;
  readonly product: (prefix: string) => Contestant;
}

interface Latency {
  readonly p50: number;
  readonly p99: number;
}

/** `fsync` is what the store is set to meanwhile; whoever calls sets it. */
export async function measureApproval(
  { client, floor, product }: Contest,
  fsync: string,
  { quick, rounds, say }: Length,
): Promise<readonly Line[]> {
  const lines: Line[] = [];
  for (const [inFlight, gates] of [
    [1, quick ? 30 : 150],
    [100, quick ? 150 : 600],
  ] as const) {
    const found: { readonly floor: Latency; readonly product: Latency }[] = [];
    for (let round = 0; round < rounds; round++) {
      const latencies: Latency[] = [];
      for (const [who, make] of [
        ['floor', floor],
        ['product', product],
      ] as const) {
        latencies.push(await approvals(make(`approval-${who}-${inFlight}-${round}`), gates, inFlight));
        await client.flushall();
      }
      const [ofFloor, ofProduct] = latencies;
      if (ofFloor && ofProduct) found.push({ floor: ofFloor, product: ofProduct });
    }
    const line = lineOf(found, fsync, inFlight);
    say(`${line.what}: ${line.figure}`);
    lines.push(line);
  }
  return lines;
}

function lineOf(
  found: readonly { readonly floor: Latency; readonly product: Latency }[],
  fsync: string,
  inFlight: number,
): Line {
  const of = (who: 'floor' | 'product', share: 'p50' | 'p99'): number => median(found.map((each) => each[who][share]));
  const ratio = median(found.map((each) => each.product.p50 / each.floor.p50));
  const worst = median(found.map((each) => each.product.p99 / each.floor.p99));
  return {
    what: `approval to the next step's start, ${inFlight} in flight, appendfsync ${fsync}`,
    target: `p50 at most ${TARGET} x the floor's`,
    figure: `p50 ${ratio.toFixed(2)} x (${ms(of('product', 'p50'))} to ${ms(of('floor', 'p50'))}), p99 ${worst.toFixed(2)} x (${ms(of('product', 'p99'))} to ${ms(of('floor', 'p99'))})`,
    met: ratio <= TARGET,
  };
}

/** Of so many gates, so many approved at a time, each of a wave of its own that then goes on to its next gate. */
async function approvals(contestant: Contestant, gates: number, inFlight: number): Promise<Latency> {
  const names = Array.from({ length: gates }, (_, i) => `a${i}`);
  const begun = new Map<string, () => void>();
  const opened = new Set<string>();
  let told: () => void = () => undefined;
  contestant.onBegun?.((name) => {
    begun.get(name)?.();
    begun.delete(name);
  });
  contestant.onGate((name) => {
    opened.add(name);
    told();
  });
  try {
    const allOpen = new Promise<void>((resolve) => {
      told = () => (opened.size === gates ? resolve() : undefined);
    });
    await lanes(names, 100, (name) => contestant.start(name));
    await inTime(allOpen, 'not every gate has opened');
    const took: number[] = [];
    await lanes(names, inFlight, async (name) => {
      const started = new Promise<void>((resolve) => begun.set(name, resolve));
      const began = performance.now();
      await contestant.approve(name);
      await inTime(started, `${name} was approved and its step did not begin`);
      took.push(performance.now() - began);
    });
    return { p50: percentile(took, 0.5), p99: percentile(took, 0.99) };
  } finally {
    await contestant.close();
  }
}

async function lanes(names: readonly string[], most: number, work: (name: string) => Promise<void>): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let i = next++; i < names.length; i = next++) await work(names[i] ?? '');
  };
  await Promise.all(Array.from({ length: Math.min(most, names.length) }, lane));
}

async function inTime(promise: Promise<void>, wrong: string): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(wrong)), LONGEST_MS);
  });
  await Promise.race([promise, late]).finally(() => clearTimeout(timer));
}
