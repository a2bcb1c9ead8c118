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
