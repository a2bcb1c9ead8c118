/** Arithmetic that decides: limits, cohorts, windows, retries, evidence, hashes. */
import { groupsNamedIn, isAmong } from '../src/core/actor';
import { canonicalJson, sameJson } from '../src/core/json';
import { chanceOfAtLeast, judgeWindow, pointsBehind } from '../src/core/judge';
import { DEFAULT_LIMITS, firstCohortSize, type Limits, STRICTER, tighten } from '../src/core/limits';
import { nextTry, STEP_RETRY } from '../src/core/retry';
import { DANIEL, MINUTE, OTTO, siteOf, T0, UMA } from './support/core-waves';

const names = Object.keys(DEFAULT_LIMITS) as (keyof Limits)[];

describe('a recipe’s limit', () => {
  test.each(names)('%s may be asked for as it is', (limit) => {
    expect(tighten({ [limit]: DEFAULT_LIMITS[limit] })).toEqual({ limits: DEFAULT_LIMITS, loosened: [] });
  });

  test.each(names.filter((limit) => STRICTER[limit] !== 'fixed'))('%s may be tighter and not looser', (limit) => {
    const standard = DEFAULT_LIMITS[limit];
    const [tighter, looser] =
      STRICTER[limit] === 'larger' ? [standard + 1, standard - 1] : [standard - 1, standard + 1];
    expect(tighten({ [limit]: tighter })).toEqual({ limits: { ...DEFAULT_LIMITS, [limit]: tighter }, loosened: [] });
    expect(tighten({ [limit]: looser })).toEqual({
      limits: DEFAULT_LIMITS,
      loosened: [{ limit, asked: looser, standard }],
    });
  });

  test.each(names.filter((limit) => STRICTER[limit] === 'fixed'))('%s is not a recipe’s to choose', (limit) => {
    for (const asked of [DEFAULT_LIMITS[limit] - 1, DEFAULT_LIMITS[limit] + 1]) {
      expect(tighten({ [limit]: asked }).loosened).toEqual([{ limit, asked, standard: DEFAULT_LIMITS[limit] }]);
    }
  });

  test('that is not a number tightens nothing', () => {
    for (const limit of names) expect(tighten({ [limit]: Number.NaN }).loosened).toHaveLength(1);
  });

  test('that is not known is no limit', () => {
    expect(tighten({ noSuchLimit: 1 } as Partial<Limits>).loosened).toHaveLength(1);
  });

  test('that is left open is the standard; every loosened one is named', () => {
    expect(tighten({}).limits).toEqual(DEFAULT_LIMITS);
    expect(tighten({ failurePercent: 3, minCalls: 10, observeMs: 1 }).loosened.map(({ limit }) => limit)).toEqual([
      'failurePercent',
      'minCalls',
      'observeMs',
    ]);
  });
});

test.each([
  ['ttlSeconds', 300],
  ['ttlLeadMs', 72 * 60 * MINUTE],
  ['shadowPercent', 5],
  ['shadowMs', 4 * 60 * MINUTE],
  ['propagationLagMs', 15 * MINUTE],
  ['resolverLocations', 3],
  ['observeMs', 30 * MINUTE],
  ['failurePercent', 2],
  ['minRegistered', 10],
  ['cohortPercent', 10],
] as const)('the guide’s number for %s is %i', (limit, value) => expect(DEFAULT_LIMITS[limit]).toBe(value));

describe('the first cohort', () => {
  test.each([
    [1, 1],
    [8, 8],
    [9, 9],
    [10, 10],
    [11, 10],
    [99, 10],
    [100, 10],
    [101, 11],
    [110, 11],
    [111, 12],
    [240, 24],
    [0, 0],
  ])('of %i agents registers %i', (agents, size) => expect(firstCohortSize(agents, DEFAULT_LIMITS)).toBe(size));

  test('follows a recipe that asks for more', () => {
    expect(firstCohortSize(240, { ...DEFAULT_LIMITS, minRegistered: 50 })).toBe(50);
    expect(firstCohortSize(30, { ...DEFAULT_LIMITS, minRegistered: 50 })).toBe(30);
  });
});

describe('a window of calls', () => {
  const rule = (ended: boolean, failurePercent = 2) => ({ failurePercent, minCalls: 50, ended });
  const verdict = (failed: number, finished: number, ended = true, limit = 2) =>
    judgeWindow({ completed: finished - failed, failed }, rule(ended, limit)).verdict;

  test.each([
    [1, 50],
    [2, 100],
    [3, 150],
    [7, 350],
    [20, 1000],
    [2_000, 100_000],
  ])('with %i failures of %i is at 2 percent exactly and has not failed', (failed, finished) => {
    expect(verdict(failed, finished)).toBe('passed');
  });

  test.each([
    [2, 99],
    [3, 149],
    [21, 1000],
    [2_001, 100_000],
  ])('with %i failures of %i is above 2 percent and has failed', (failed, finished) => {
    expect(verdict(failed, finished)).toBe('failed');
  });

  test.each([
    [0, 49, 'no-data'],
    [49, 49, 'no-data'],
    [0, 50, 'passed'],
    [1, 50, 'passed'],
    [2, 50, 'failed'],
    [0, 0, 'no-data'],
  ] as const)('with %i failures of %i is %s at its end', (failed, finished, wanted) => {
    expect(verdict(failed, finished)).toBe(wanted);
  });

  test.each([
    [0, 49],
    [49, 49],
    [0, 5_000],
    [2, 50],
  ])('with %i failures of %i is waited for before its end: it is not certain', (failed, finished) => {
    expect(verdict(failed, finished, false)).toBe('waiting');
  });

  test('fails before its end from the failure on that makes it 99 percent certain', () => {
    const certainty = (failed: number) => judgeWindow({ completed: 100 - failed, failed }, rule(false));
    expect(certainty(6)).toMatchObject({ verdict: 'waiting', certaintyPercent: expect.closeTo(98.45, 1) });
    expect(certainty(7)).toMatchObject({ verdict: 'failed', certaintyPercent: expect.closeTo(99.59, 1) });
  });

  test.each([10_000, 40_000, 1_000_000])('of %i calls is as certain as a small one', (finished) => {
    expect(verdict(finished * 0.05, finished, false)).toBe('failed');
    expect(verdict(finished * 0.02, finished, false)).toBe('waiting');
  });

  test('with a limit of nothing fails at the first failure', () => {
    expect(verdict(0, 50, false, 0)).toBe('waiting');
    expect(verdict(1, 50, false, 0)).toBe('failed');
    expect(verdict(0, 50, true, 0)).toBe('passed');
  });

  test('shows its figures', () => {
    expect(judgeWindow({ completed: 97, failed: 3 }, rule(true))).toMatchObject({ ratePercent: 3, finished: 100 });
    expect(judgeWindow({ completed: 0, failed: 0 }, rule(true))).toMatchObject({ ratePercent: 0, finished: 0 });
  });

  test('is judged by exact chances', () => {
    expect(chanceOfAtLeast(0, 10, 0.5)).toBe(1);
    expect(chanceOfAtLeast(11, 10, 0.5)).toBe(0);
    expect(chanceOfAtLeast(10, 10, 0.5)).toBeCloseTo(1 / 1024, 12);
    expect(chanceOfAtLeast(1, 2, 0.5)).toBeCloseTo(0.75, 12);
    expect(chanceOfAtLeast(1, 50, 0.02)).toBeCloseTo(1 - 0.98 ** 50, 12);
  });
});

test.each([
  [{ good: 95, all: 100 }, { good: 98, all: 100 }, 3],
  [{ good: 98, all: 100 }, { good: 95, all: 100 }, -3],
  [{ good: 0, all: 0 }, { good: 95, all: 100 }, 95],
  [{ good: 1, all: 3 }, { good: 1, all: 3 }, 0],
])('%j lies behind %j by %i points', (newSide, legacy, points) =>
  expect(pointsBehind(newSide, legacy)).toBeCloseTo(points, 9),
);

describe('the next try', () => {
  const at = (tries: number, deadline = Number.MAX_SAFE_INTEGER, retryAfterMs: number | null = null) =>
    nextTry(STEP_RETRY, tries, retryAfterMs, T0, deadline);

  test.each([
    [0, 2],
    [1, 2],
    [2, 4],
    [3, 8],
    [4, 16],
    [5, 32],
    [6, 60],
    [7, 60],
    [2_000, 60],
  ])('after %i faults is in %i s', (tries, seconds) => expect(at(tries)).toBe(T0 + seconds * 1000));

  test('may be at the deadline and not one past it', () => {
    expect(at(1, T0 + 2_000)).toBe(T0 + 2_000);
    expect(at(1, T0 + 1_999)).toBeNull();
  });

  test('is never before what the other side asked for, nor before the back-off', () => {
    expect(at(1, T0 + MINUTE, 30_000)).toBe(T0 + 30_000);
    expect(at(1, T0 + MINUTE, 0)).toBe(T0 + 2_000);
    expect(at(1, T0 + MINUTE, MINUTE)).toBe(T0 + MINUTE);
    expect(at(1, T0 + MINUTE, MINUTE + 1)).toBeNull();
  });
});

describe('a text to take a hash of', () => {
  test('does not depend on the order of keys and leaves out what is absent', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'x' }], a: undefined, A: true })).toBe(
      '{"A":true,"b":[1,{"c":"x","d":null}]}',
    );
    expect(sameJson({ a: 1, b: 2 }, { b: 2, a: 1 })).toBe(true);
    expect(sameJson([1, 2], [2, 1])).toBe(false);
    expect(sameJson({ a: null }, {})).toBe(false);
    expect(canonicalJson(undefined)).toBe('null');
  });
});

describe('a person', () => {
  test.each([
    ['by user id', OTTO, ['U0OTTO'], 'yes'],
    ['by group', DANIEL, ['S0APPROVERS'], 'yes'],
    ['by none', OTTO, ['S0APPROVERS', 'U0DANIEL'], 'no'],
    ['by user id though the groups are unknown', UMA, ['S0APPROVERS', 'U0UMA'], 'yes'],
    ['perhaps by group', UMA, ['S0APPROVERS'], 'unknown'],
    ['by nobody: no group is named', UMA, ['U0DANIEL'], 'no'],
    ['by nobody: the list is empty', DANIEL, [], 'no'],
  ] as const)('is listed %s', (_, person, listed, wanted) => expect(isAmong(person, listed)).toBe(wanted));

  test('is judged by all groups that the policy names, each asked for once', () => {
    const { policy } = siteOf({
      policy: {
        operators: ['S1', 'U1'],
        approvers: ['S2', 'S1'],
        quorum: 1,
        gates: { http: { approvers: ['S3', 'U2'] }, 'switch-dns': { quorum: 2 } },
      },
    });
    expect(groupsNamedIn(policy)).toEqual(['S1', 'S2', 'S3']);
  });
});
