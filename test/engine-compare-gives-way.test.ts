/** Comparing what is in doubt keeps nobody waiting: before each wave, but one that somebody waits for, the comparer gives way. */
import { waveId } from '../src/core/ids';
import { type CompareRoom, createComparer } from '../src/engine/compare-store';

const [ONE, TWO, THREE] = [waveId('site-a-wave-1'), waveId('site-b-wave-1'), waveId('site-c-wave-1')];

function house() {
  const told: string[] = [];
  const lease = {
    // Somebody else keeps the thread: the wave is left for the next look.
    take: async (wave: string) => {
      told.push(wave);
      return null;
    },
  };
  const comparer = createComparer({
    engine: { lease, warn: (about: object) => told.push(JSON.stringify(about)) },
    mark: {
      look: async () => ({ doubt: null, doubted: 3, search: null }),
      doubted: async () =>
        new Map([
          [ONE, 1],
          [TWO, 1],
          [THREE, 1],
        ]),
    },
    search: async () => [],
    alarm: () => undefined,
    giveWay: async () => void told.push('gives way'),
  } as unknown as CompareRoom);
  return { comparer, told };
}

describe('a comparer of many waves', () => {
  it('gives way before each of them', async () => {
    const { comparer, told } = house();
    await comparer.look();
    expect(told).toEqual(['gives way', ONE, 'gives way', TWO, 'gives way', THREE]);
  });

  it('begins with the one that somebody waits for, and at once', async () => {
    const { comparer, told } = house();
    comparer.ask(TWO);
    await comparer.look();
    expect(told).toEqual([TWO, 'gives way', ONE, 'gives way', THREE]);
  });
});

describe('a look that is used up by a wave which hangs', () => {
  afterEach(() => jest.restoreAllMocks());

  /** Comparing ONE takes longer than a look and leads to nothing; the others are settled when it is their turn. */
  function hanging() {
    let now = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
    const doubts = new Map([ONE, TWO, THREE].map((wave) => [wave, 1]));
    const begun: string[] = [];
    const comparer = createComparer({
      engine: {
        lease: {
          take: async (wave: string) => {
            begun.push(wave);
            if (wave !== ONE) return { release: async () => undefined };
            now += 60_000;
            return null;
          },
        },
        log: { load: async () => null },
        warn: () => undefined,
      },
      mark: {
        look: async () => ({ doubt: null, doubted: doubts.size, search: null }),
        doubted: async () => new Map(doubts),
        settle: async (wave: typeof ONE) => void doubts.delete(wave),
      },
      search: async () => [],
      alarm: () => undefined,
    } as unknown as CompareRoom);
    return { comparer, doubts, begun };
  }

  it('is followed by one that begins with another wave for which somebody waits', async () => {
    const { comparer, doubts, begun } = hanging();
    comparer.ask(ONE);
    comparer.ask(TWO);
    await comparer.look();
    expect([...doubts.keys()]).toEqual([ONE, TWO, THREE]);
    await comparer.look();
    expect(begun).toEqual([ONE, TWO, THREE, ONE]);
    expect([...doubts.keys()]).toEqual([ONE]);
  });

  it('keeps waves that nobody waits for from being settled once, not for ever', async () => {
    const { comparer, doubts, begun } = hanging();
    comparer.ask(ONE);
    await comparer.look();
    await comparer.look();
    expect(begun).toEqual([ONE, TWO, THREE, ONE]);
    expect([...doubts.keys()]).toEqual([ONE]);
    await comparer.look();
    expect(begun.at(-1)).toBe(ONE);
  });
});
