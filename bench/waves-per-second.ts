/** Whole waves from start to end, the product beside the same store used by hand, in turn within one run. */
import type { Redis } from 'ioredis';
import { type Contestant, throughput } from './contest';
import { type Length, type Line, median } from './figures';

const TARGET = 0.7;
/** Not counted: what runs for the first time is not yet compiled, and everybody's first waves are slow. */
const WARM_UP = 150;

export interface Race {
  readonly client: Redis;
  readonly floor: (prefix: string) => Contestant;
  /** The floor with one entry for each job in place of two. */
  readonly barest: (prefix: string) => Contestant;
  readonly product: (prefix: string) => Contestant;
}

/** `fsync` is what the store is set to meanwhile; whoever calls sets it. */
export async function measureWaves(
  race: Race,
  fsync: string,
  { quick, rounds, say }: Length,
): Promise<readonly Line[]> {
  const { client } = race;
  const lines: Line[] = [];
  for (const [inFlight, waves] of [
    [1, quick ? 20 : 60],
    [100, quick ? 200 : 500],
    [1000, quick ? 500 : 1500],
  ] as const) {
    const rates: Record<'floor' | 'barest' | 'product', number[]> = { floor: [], barest: [], product: [] };
    for (let round = 0; round < rounds; round++) {
      for (const who of ['floor', 'barest', 'product'] as const) {
        const contestant = race[who](`waves-${who}-${inFlight}-${round}`);
        if (round === 0) await throughput(contestant, 'warm', WARM_UP, inFlight);
        rates[who].push(await throughput(contestant, 'wave', waves, inFlight));
        await contestant.close();
        await client.flushall();
      }
    }
    const line = lineOf(rates, fsync, inFlight);
    say(`${line.what}: ${line.figure}`);
    lines.push(line);
  }
  return lines;
}

function lineOf(
  { floor, barest, product }: Readonly<Record<'floor' | 'barest' | 'product', readonly number[]>>,
  fsync: string,
  inFlight: number,
): Line {
  const ratioTo = (other: readonly number[]): number =>
    median(product.map((rate, i) => rate / (other[i] ?? Number.NaN)));
  const ratio = ratioTo(floor);
  const [ours, theirs] = [product, floor].map((rates) => median(rates).toFixed(0));
  return {
    what: `waves per second, ${inFlight.toLocaleString('en')} in flight, appendfsync ${fsync}`,
    target: inFlight === 1 ? null : `at least ${TARGET} of the floor`,
    figure: `${ratio.toFixed(2)} of the floor (${ours} beside ${theirs}); ${ratioTo(barest).toFixed(2)} of one entry a job`,
    met: inFlight === 1 ? null : ratio >= TARGET,
  };
}
