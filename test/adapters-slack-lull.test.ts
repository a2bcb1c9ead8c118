/** When nobody knocks: the waits of whoever comes alone and of whoever comes in a crowd, and their bounds. */
import { createLull } from '../src/adapters/slack/lull';

function house() {
  const clock = { now: 5_000 };
  const lull = createLull(() => clock.now);
  const knock = (heads: number, apart = 0): void => {
    for (let i = 0; i < heads; i++) {
      lull.knocked();
      clock.now += apart;
    }
  };
  return { clock, lull, knock };
}

describe('a lull', () => {
  it('is there when nobody has ever knocked', () => {
    const { clock, lull } = house();
    expect(lull.in(clock.now)).toBeLessThanOrEqual(0);
  });

  it.each([
    ['one', 1, 2],
    ['eight', 8, 2],
    ['nine', 9, 20],
    ['five hundred', 500, 20],
  ])('comes after %s at once in so many ms: %d heads, %d ms', (_who, heads, ms) => {
    const { clock, lull, knock } = house();
    knock(heads);
    expect(lull.in(clock.now)).toBe(ms);
    clock.now += ms;
    expect(lull.in(clock.now - ms)).toBe(0);
  });

  it('comes as soon for one who knocks after a crowd has gone as for anybody alone', () => {
    const { clock, lull, knock } = house();
    knock(9);
    clock.now += 19;
    knock(1);
    expect(lull.in(clock.now)).toBe(20);
    clock.now += 20;
    knock(1);
    expect(lull.in(clock.now)).toBe(2);
  });

  it('is not waited for by the rest of a crowd once a second have passed since its first', () => {
    const { clock, lull, knock } = house();
    knock(100, 10);
    clock.now -= 1;
    lull.knocked();
    expect(lull.in(clock.now)).toBe(20);
    clock.now += 1;
    lull.knocked();
    expect(lull.in(clock.now)).toBe(2);
  });

  it('is waited for by nobody longer than a second, whoever goes on knocking', () => {
    const { clock, lull, knock } = house();
    const since = clock.now;
    knock(999, 1);
    expect(lull.in(since)).toBe(1);
    knock(1, 1);
    expect(lull.in(since)).toBe(0);
  });

  it('ends the wait of what nobody waits for, although somebody knocks all the time', async () => {
    const lull = createLull();
    const knocking = setInterval(() => lull.knocked(), 1);
    lull.knocked();
    try {
      await expect(lull.comes()).resolves.toBeUndefined();
    } finally {
      clearInterval(knocking);
    }
  });
});
