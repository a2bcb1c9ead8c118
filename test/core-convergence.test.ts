import { cachesSeen, clustersOf, goneAt, missProbability, samplesNeeded } from '../src/core/cache-clusters';
import {
  afterFlush,
  type Counted,
  isLate,
  nextLookAt,
  type Round,
  seen,
  standingOf,
  verdictOf,
  type Watch,
  watchOf,
} from '../src/core/convergence';
import { forecast, forecastOfAll, tailEndsAt, wayBackMs } from '../src/core/convergence-forecast';
import { learned, lifeAt, type Manner, mannerText, together, UNKNOWN_MANNER } from '../src/core/resolver-manner';

const shown = (at: number, ttl: number, askedAt = at) => ({ askedAt, at, ttl });

describe('caches behind one address', () => {
  it('have forgotten an answer one second after its remaining TTL', () => {
    expect(goneAt({ at: 1_000, ttl: 30 })).toBe(32_000);
  });

  it.each([
    ['one answer', [shown(0, 60)], [61_000]],
    ['answers of one cache, whose TTL counts down', [shown(0, 60), shown(5_000, 55), shown(9_999, 50)], [61_000]],
    ['TTLs rounded down and up', [shown(0, 60), shown(900, 60)], [61_900]],
    ['two caches that take turns', [shown(0, 60), shown(10, 20), shown(20, 60), shown(30, 20)], [21_030, 61_020]],
    ['caches two seconds apart, which cannot be told from one', [shown(0, 60), shown(0, 58)], [61_000]],
    ['caches three seconds apart', [shown(0, 60), shown(0, 57)], [58_000, 61_000]],
    [
      'a question that took so long that the cache may have spoken at any moment of it',
      [shown(0, 60), shown(9_000, 57, 2_000)],
      [67_000],
    ],
    ['nothing', [], []],
  ])('seen by %s are told apart by when they forget', (_what, answers, expected) => {
    expect(clustersOf(answers).map((cluster) => cluster.goneAt)).toEqual(expected);
  });

  it('are as many as were alive at one time: an entry that follows another may be of the same cache', () => {
    expect(cachesSeen(clustersOf([shown(0, 60), shown(0, 20), shown(0, 40)]))).toBe(3);
    expect(cachesSeen(clustersOf([shown(0, 2), shown(10_000, 60)]))).toBe(1);
    expect(cachesSeen(clustersOf([]))).toBe(0);
  });

  it.each([
    [1, 1, 0],
    [1, 0, 1],
    [2, 8, 2 * 0.5 ** 8],
    [4, 16, 4 * 0.75 ** 16],
    [4, 1, 1],
  ])('%i of them are passed by by %i questions with the chance that is stated', (caches, samples, chance) => {
    expect(missProbability(caches, samples)).toBeCloseTo(chance, 12);
  });

  it.each([
    [0, 16],
    [1, 16],
    [2, 16],
    [3, 21],
    [4, 28],
    [1_000, 64],
  ])(
    'of which %i are known are asked %i times in a round: so often that one more would hardly be missed',
    (caches, samples) => {
      expect(samplesNeeded(caches)).toBe(samples);
      if (samples < 64) expect(missProbability(caches + 1, samples)).toBeLessThanOrEqual(0.01);
    },
  );
});

describe('the manner of a resolver', () => {
  const answer = (ttl: number | null, more: object = {}) => ({
    at: 100_000,
    rcode: 'NOERROR',
    values: ['a'],
    ttl,
    extendedErrors: [],
    ...more,
  });
  const published = (longest: number, fetchedAfter: number | null = null) => ({ longest, fetchedAfter });

  it.each([
    [300, 300, null],
    [301, 300, null],
    [302, 300, 302],
    [3_600, 3_600, null],
  ])('by a TTL of %i where %i is the longest published is a floor of %p', (ttl, longest, floor) => {
    expect(learned(UNKNOWN_MANNER, answer(ttl), published(longest)).floor).toBe(floor);
  });

  it.each([
    ['no age is known', 20, null, null],
    ['it may have been there for long', 20, -180_000, null],
    ['it was fetched ten seconds ago at most', 287, 90_000, 297],
    ['it is as old as it can be', 288, 90_000, null],
  ] as const)(
    'by a short TTL, when %s, is a clamp only if it cannot have aged to that',
    (_what, ttl, fetchedAfter, clamp) => {
      expect(learned(UNKNOWN_MANNER, answer(ttl), published(300, fetchedAfter)).clamp).toBe(clamp);
    },
  );

  it('by an answer that it calls stale is to hand those out, and the TTL of staleness teaches nothing', () => {
    const manner = learned(UNKNOWN_MANNER, answer(9_999, { extendedErrors: [3] }), published(300));
    expect(manner).toEqual({ ...UNKNOWN_MANNER, stale: true });
    expect(learned(manner, answer(null), published(300))).toEqual(manner);
  });

  it('is all that any look has shown', () => {
    const a: Manner = { caches: 2, floor: null, clamp: 60, stale: false };
    const b: Manner = { caches: 1, floor: 400, clamp: 90, stale: true };
    expect(together(a, b)).toEqual({ caches: 2, floor: 400, clamp: 90, stale: true });
    expect(mannerText(together(a, b))).toBe(
      '2 caches, keeps answers at least 400 s whatever their TTL, keeps none longer than about 90 s, hands out stale answers',
    );
    expect(mannerText(UNKNOWN_MANNER)).toBe('caches not seen');
  });

  it.each([
    [null, null, 300],
    [600, null, 600],
    [60, null, 300],
    [null, 90, 90],
    [120, 90, 120],
  ])('with floor %p and clamp %p keeps an answer of 300 s for %i s', (floor, clamp, life) => {
    expect(lifeAt({ ...UNKNOWN_MANNER, floor, clamp }, 300)).toBe(life);
  });
});

describe('a forecast', () => {
  const change = { authoritativeAt: 10_000, oldTtl: 300 };

  it.each([
    ['an answer that outlives the name servers’ lag', [61_000], {}, 61_000, 62_000],
    ['several caches', [61_000, 200_000], {}, 200_000, 201_000],
    ['a cache that may have asked the lagging server again', [9_000], {}, 10_000, 311_000],
    ['a cache that may have done so by rounding', [11_999], {}, 11_999, 311_000],
    ['a cache that cannot have', [12_000], {}, 12_000, 13_000],
    ['a cache of which nothing is known', [], {}, 10_000, 311_000],
    ['a floor, where it matters', [9_000], { floor: 900 }, 10_000, 911_000],
    ['a floor, where it does not', [61_000], { floor: 900 }, 61_000, 62_000],
    ['stale answers', [61_000], { stale: true }, 61_000, 92_000],
  ])('for %s', (_what, gone, more, expectedAt, latestAt) => {
    expect(forecast(gone, { ...UNKNOWN_MANNER, ...more }, change)).toEqual({ expectedAt, latestAt });
  });

  it('of all is that of the last, and there is none without resolvers', () => {
    const each = [
      { expectedAt: 5, latestAt: 90 },
      { expectedAt: 7, latestAt: 50 },
    ];
    expect(forecastOfAll(each)).toEqual({ expectedAt: 7, latestAt: 90 });
    expect(forecastOfAll([])).toBeNull();
  });

  it('of those that nobody asks reckons with an hour at least', () => {
    expect(tailEndsAt(change)).toBe(3_610_000);
    expect(tailEndsAt({ ...change, oldTtl: 7_200 })).toBe(7_210_000);
  });

  it.each([
    [[], 304_000],
    [[{ floor: 900 }], 904_000],
    [[{ clamp: 90 }], 304_000],
    [[{ stale: true }, { floor: 320 }], 334_000],
  ])('of the way back with %j is a full life in the slowest cache', (manners, ms) => {
    expect(
      wayBackMs(
        manners.map((more) => ({ ...UNKNOWN_MANNER, ...more })),
        300,
        3_000,
      ),
    ).toBe(ms);
  });
});

describe('a resolver under watch', () => {
  const fresh = watchOf('dc', { goneAt: null, expectedAt: 0, latestAt: 100_000 });
  const round = (more: Partial<Round> = {}): Round => ({
    startedAt: 1_000,
    endedAt: 1_000,
    reading: 'new',
    goneAt: null,
    complete: true,
    manner: UNKNOWN_MANNER,
    ...more,
  });
  const at = (time: number, more: Partial<Round> = {}): Round => round({ startedAt: time, endedAt: time, ...more });
  const following = (watch: Watch, ...rounds: readonly Round[]): Watch => rounds.reduce(seen, watch);

  it('has arrived with the second of two rounds of new answers', () => {
    expect(following(fresh, at(1_000)).doneAt).toBeNull();
    expect(following(fresh, at(1_000), at(3_000)).doneAt).toBe(3_000);
  });

  it('has not arrived before a round that began when every old answer known had gone', () => {
    const knowing = { ...fresh, goneAt: 10_000 };
    expect(following(knowing, at(1_000), at(3_000), at(9_999)).doneAt).toBeNull();
    expect(following(knowing, at(1_000), at(3_000), at(9_999), at(10_000)).doneAt).toBe(10_000);
  });

  it.each(['old', 'stale', 'wrong', 'unknown'] as const)(
    'begins its rounds again with an answer that is %s',
    (reading) => {
      const watch = following(fresh, at(1_000), at(3_000, { reading }), at(5_000));
      expect(watch).toMatchObject({ rounds: 1, doneAt: null });
    },
  );

  it('neither gains nor loses a round by the new answer under the mark of staleness', () => {
    const stale = { reading: 'stale-new' as const };
    expect(following(fresh, at(1_000), at(3_000, stale))).toMatchObject({ rounds: 1, doneAt: null });
    expect(following(fresh, at(1_000), at(3_000, stale), at(5_000)).doneAt).toBe(5_000);
    expect(following(fresh, at(1_000), at(3_000), at(5_000, stale))).toMatchObject({ doneAt: 3_000, flips: 0 });
  });

  it('does not arrive by rounds of too few questions', () => {
    expect(following(fresh, at(1_000), at(3_000, { complete: false })).doneAt).toBeNull();
  });

  it.each([
    ['old', 1, 'flipped'],
    ['stale', 1, 'flipped'],
    ['wrong', 1, 'flipped'],
    ['unknown', 0, 'unknown'],
  ] as const)('that had arrived and is %s has fallen back %i times, and is %s', (reading, flips, standing) => {
    const watch = following(fresh, at(1_000), at(3_000), at(5_000, { reading }));
    expect(watch).toMatchObject({ doneAt: null, flips, rounds: 0 });
    expect(standingOf(watch, 5_000)).toBe(standing);
  });

  it.each([
    ['a known expiry', { reading: 'old', goneAt: 41_000 }, 41_000],
    ['a known expiry in the next second', { reading: 'old', goneAt: 1_500 }, 3_000],
    ['an expiry far away', { reading: 'old', goneAt: 300_000 }, 61_000],
    ['an old answer that should have gone', { reading: 'old' }, 6_000],
    ['silence', { reading: 'unknown' }, 11_000],
    ['a stale answer', { reading: 'stale' }, 3_000],
    ['a first new one', {}, 3_000],
  ] as const)('is looked at again after %s when it can have changed', (_what, more, nextAt) => {
    expect(following(fresh, at(1_000, more)).nextAt).toBe(nextAt);
  });

  it('is late five seconds after the latest moment and one millisecond, and is then looked at less often', () => {
    expect(isLate(fresh, 105_000)).toBe(false);
    expect(isLate(fresh, 105_001)).toBe(true);
    const old = (time: number) => following(fresh, at(time, { reading: 'old' }));
    expect(standingOf(old(105_000), 105_000)).toBe('waiting');
    expect(standingOf(old(105_001), 105_001)).toBe('late');
    expect(old(105_000).nextAt - 105_000).toBe(5_000);
    expect(old(105_001).nextAt - 105_001).toBe(15_000);
    expect(standingOf(following(fresh, at(200_000, { reading: 'unknown' })), 200_000)).toBe('unknown');
  });

  it('is looked at afresh after a flush', () => {
    const flushed = afterFlush({ ...fresh, goneAt: 900_000, rounds: 1 });
    expect(following(flushed, at(1_000), at(3_000)).doneAt).toBe(3_000);
  });

  it('that waits says when to look next, and nobody does when all have arrived', () => {
    expect(
      nextLookAt([
        { ...fresh, nextAt: 9 },
        { ...fresh, nextAt: 5 },
        { ...fresh, nextAt: 1, doneAt: 1 },
      ]),
    ).toBe(5);
    expect(nextLookAt([{ ...fresh, doneAt: 1 }])).toBeNull();
  });
});

describe('the whole', () => {
  const MINUTES = 60_000;
  const watch = (resolver: string, doneAt: number | null): Watch => ({
    ...watchOf(resolver, { goneAt: null, expectedAt: 0, latestAt: 100_000 }),
    doneAt,
  });
  const resolver = (name: string, doneAt: number | null, more: Partial<Counted> = {}): Counted => ({
    watch: watch(name, doneAt),
    location: name,
    required: true,
    ...more,
  });
  const whole = { now: 50_000, authoritative: true, places: 3, since: 0, lagMs: 15 * MINUTES };
  const three = [resolver('a', 1), resolver('b', 1), resolver('c', 1)];

  it('has converged when name servers, all that are required and enough places have', () => {
    expect(verdictOf(three, whole)).toBe('propagated');
  });

  it.each([
    ['a name server is behind', three, { authoritative: false }],
    ['a required one is open', [...three, resolver('d', null)], {}],
    ['two of them stand in one place', [...three.slice(1), resolver('d', 1, { location: 'b' })], {}],
    ['one that is not required still keeps to its TTL', [...three, resolver('d', null, { required: false })], {}],
    ['a place more is wanted', three, { places: 4 }],
    ['there is none', [], {}],
  ])('has not while %s', (_what, resolvers, more) => {
    expect(verdictOf(resolvers, { ...whole, ...more })).toBe('waiting');
  });

  it('does not wait for one that is not required once that is late', () => {
    const late = [...three, resolver('d', null, { required: false })];
    expect(verdictOf(late, { ...whole, now: 105_000 })).toBe('waiting');
    expect(verdictOf(late, { ...whole, now: 105_001 })).toBe('propagated');
    expect(verdictOf([...three, resolver('d', null)], { ...whole, now: 105_001 })).toBe('waiting');
  });

  it('is blocked at fifteen minutes and a millisecond, not at fifteen', () => {
    const open = [...three, resolver('d', null)];
    expect(verdictOf(open, { ...whole, now: 15 * MINUTES })).toBe('waiting');
    expect(verdictOf(open, { ...whole, now: 15 * MINUTES + 1 })).toBe('blocked');
    expect(verdictOf(three, { ...whole, now: 15 * MINUTES + 1 })).toBe('propagated');
  });
});
