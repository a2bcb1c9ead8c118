import { cohortsOf } from '../src/core/cohorts';
import { DEFAULT_LIMITS } from '../src/core/limits';
import { readAnswer, worstReading } from '../src/core/propagation';
import { sameValues, withoutHost } from '../src/core/record-values';
import {
  batchMs,
  batchSize,
  clearOfRetries,
  faster,
  fastestPace,
  firstPace,
  slower,
} from '../src/core/registration-pace';
import { rosterSample } from '../src/core/roster-sample';
import { isDataGap, judgeShadow } from '../src/core/shadow';
import type { SiteAgent } from '../src/core/site';
import { counted, duration, listed, moment } from '../src/core/wording';
import { sha256 } from './support/core-waves';

const roster = (groups: Readonly<Record<string, number>>): readonly SiteAgent[] =>
  Object.entries(groups).flatMap(([group, size]) =>
    Array.from({ length: size }, (_, i) => ({
      agent: `${group}-${i}`,
      user: `u-${group}-${i}`,
      phone: `p-${group}-${i}`,
      group,
    })),
  );
function perGroup(agents: readonly SiteAgent[]): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const { group } of agents) sums[group] = (sums[group] ?? 0) + 1;
  return sums;
}

describe('a sample of the roster', () => {
  const agents = roster({ sales: 80, early: 60, late: 60, billing: 40 });

  it('has every group in proportion', () => {
    expect(perGroup(rosterSample(agents, 24, 'wave-1', sha256))).toEqual({ sales: 8, early: 6, late: 6, billing: 4 });
  });

  it('leaves no group out, however small', () => {
    expect(perGroup(rosterSample(roster({ large: 97, small: 3 }), 10, 'wave-1', sha256))).toEqual({
      large: 9,
      small: 1,
    });
  });

  it('is the same for the same wave and another for another', () => {
    const names = (seed: string) => rosterSample(agents, 24, seed, sha256).map(({ agent }) => agent);
    expect(names('wave-1')).toEqual(names('wave-1'));
    expect(names('wave-1')).not.toEqual(names('wave-2'));
  });

  it('is everybody where there are fewer than asked for', () => {
    expect(rosterSample(roster({ desk: 8 }), 10, 'wave-1', sha256)).toHaveLength(8);
  });
});

describe('cohorts', () => {
  it.each([
    [{ sales: 80, early: 60, late: 60, billing: 40 }, 24, 24],
    [{ service: 30, technik: 14 }, 10, 4],
    [{ desk: 8 }, 8, 1],
    [{ one: 1 }, 1, 1],
  ])('of %j begin with %i and go on with at most %i, nobody twice and nobody left out', (groups, first, most) => {
    const agents = roster(groups);
    const cohorts = cohortsOf(agents, DEFAULT_LIMITS, 'wave-1', sha256);
    expect(cohorts[0]?.agents).toHaveLength(first);
    for (const cohort of cohorts.slice(1)) {
      expect(cohort.agents.length).toBeLessThanOrEqual(most);
      expect(cohort.agents.length).toBeGreaterThan(0);
      expect(Object.keys(perGroup(cohort.agents))).toHaveLength(1);
    }
    const all = cohorts.flatMap((cohort) => cohort.agents.map(({ agent }) => agent));
    expect(new Set(all).size).toBe(all.length);
    expect(all).toHaveLength(agents.length);
  });
});

describe('the pace of registrations', () => {
  it('is three in ten of the limit at most, halves on refusal and grows back slowly', () => {
    expect(fastestPace(10)).toBe(3);
    expect(firstPace(10)).toEqual({ perSecond: 3, ceiling: 3 });
    expect(slower(firstPace(10)).perSecond).toBe(1.5);
    expect(slower({ perSecond: 0.1, ceiling: 3 }).perSecond).toBe(0.1);
    expect(faster({ perSecond: 1, ceiling: 3 }).perSecond).toBeCloseTo(1.1);
    expect(faster({ perSecond: 2.9, ceiling: 3 }).perSecond).toBe(3);
  });

  it('never comes back to a rate that was refused', () => {
    let pace = slower(firstPace(10));
    for (let batch = 0; batch < 100; batch++) pace = faster(pace);
    expect(pace.perSecond).toBeCloseTo(2.7);
    expect(slower({ perSecond: 1, ceiling: 2.7 }).ceiling).toBeCloseTo(0.9);
  });

  it.each([
    ['no refusal was seen', 0, [], 0],
    ['the wave is still far off', 20_000, [0], 20_000],
    ['the batch would just not meet the wave', 20_000 - 1, [0], 20_000 - 1],
    ['the batch would meet the wave', 20_001, [0], 35_000],
    ['the wave has passed', 35_000, [0], 35_000],
    ['the second wave is met', 51_000, [0], 65_000],
    ['the fourth wave is the last one that is known', 125_000, [0], 125_000],
    ['one wave ends in the next one', 21_000, [0, 10_000], 45_000],
  ])('lets a batch of five seconds begin clear of retries when %s', (_when, now, refusedAt, start) => {
    expect(clearOfRetries(now, 5_000, refusedAt, 30_000)).toBe(start);
  });

  it('makes batches of at least one phone', () => {
    expect(batchSize(3, 10_000)).toBe(30);
    expect(batchSize(0.05, 10_000)).toBe(1);
    expect(batchMs(30, 3)).toBe(10_000);
  });
});

describe('a DNS answer after a change', () => {
  const answer = { at: 1_000, rcode: 'NOERROR', values: ['10 0 5060 New.example.net.'], ttl: 30, extendedErrors: [] };
  const read = (more: object) =>
    readAnswer({ ...answer, ...more }, ['10 0 5060 new.example.net'], [['10 0 5060 old.example.net']]);

  it.each([
    [{}, 'new'],
    [{ values: ['10 0 5060 old.example.net'] }, 'old'],
    [{ values: ['10 0 5060 new.example.net', '20 0 5060 old.example.net'] }, 'wrong'],
    [{ extendedErrors: [3] }, 'stale-new'],
    [{ extendedErrors: [19] }, 'stale-new'],
    [{ values: ['10 0 5060 old.example.net'], extendedErrors: [3] }, 'stale'],
    [{ extendedErrors: [22] }, 'new'],
    [{ rcode: 'SERVFAIL', values: [] }, 'unknown'],
    [{ rcode: 'NXDOMAIN', values: [] }, 'unknown'],
    [{ values: [] }, 'unknown'],
  ])('%j is %s', (more, reading) => {
    expect(read(more)).toBe(reading);
  });

  it('is unknown when there is none', () => {
    expect(readAnswer(null, ['a'], [])).toBe('unknown');
  });

  it('counts as its worst part', () => {
    expect(worstReading(['new', 'old', 'wrong'])).toBe('wrong');
    expect(worstReading(['new', 'stale-new', 'stale'])).toBe('stale');
    expect(worstReading(['new', 'stale-new'])).toBe('stale-new');
    expect(worstReading([])).toBe('unknown');
  });
});

describe('record values', () => {
  it('are the same whatever their order, case, white space and trailing dots', () => {
    expect(
      sameValues(['20 0 5060 B.example.', '10  0 5060 a.example'], ['10 0 5060 a.example.', '20 0 5060 b.example']),
    ).toBe(true);
    expect(sameValues(['a'], ['a', 'b'])).toBe(false);
    expect(sameValues(['2001:DB8:0:0::10'], ['2001:db8::10'])).toBe(true);
    expect(sameValues(['2001:db8::10'], ['2001:db8::1'])).toBe(false);
  });

  it('lose the fallback, but never everything', () => {
    expect(withoutHost('SRV', ['10 0 5060 new.example', '20 0 5060 OLD.example.'], 'old.example')).toEqual([
      '10 0 5060 new.example',
    ]);
    expect(withoutHost('SRV', ['20 0 5060 old.example'], 'old.example')).toEqual(['20 0 5060 old.example']);
    expect(withoutHost('CNAME', ['old.example'], 'old.example')).toEqual(['old.example']);
  });
});

describe('the shadow against legacy', () => {
  const baseline = { ivrEntered: 20_000, ivrAbandoned: 400, completed: 19_800, failed: 200 };
  const bad = (legs: { entered: number; finished: number; failed: number }, base = baseline) =>
    judgeShadow(legs, base, DEFAULT_LIMITS)
      .filter(({ good }) => good === false)
      .map(({ name }) => name);

  it('may lie three points behind, and not clearly more', () => {
    expect(bad({ entered: 1_000, finished: 950, failed: 0 })).toEqual([]);
    expect(bad({ entered: 1_000, finished: 935, failed: 0 })).toEqual(['drop-off']);
    expect(bad({ entered: 1_000, finished: 1_000, failed: 40 })).toEqual([]);
    expect(bad({ entered: 1_000, finished: 1_000, failed: 55 })).toEqual(['completion']);
  });

  it('is not condemned by one caller of five', () => {
    expect(bad({ entered: 5, finished: 4, failed: 0 }, { ...baseline, ivrEntered: 100, ivrAbandoned: 2 })).toEqual([]);
  });

  it('is told, and not shown as good, when the legs are too few to compare', () => {
    const findings = judgeShadow({ entered: 49, finished: 49, failed: 0 }, baseline, DEFAULT_LIMITS);
    expect(findings.filter(({ name }) => name !== 'share').map(({ good }) => good)).toEqual([null, null]);
    const enough = judgeShadow({ entered: 50, finished: 50, failed: 0 }, baseline, DEFAULT_LIMITS);
    expect(enough.filter(({ name }) => name !== 'share').map(({ good }) => good)).toEqual([true, true]);
  });

  it('must carry about the share that was asked for', () => {
    expect(bad({ entered: 400, finished: 400, failed: 0 })).toEqual([]);
    expect(bad({ entered: 350, finished: 350, failed: 0 })).toEqual(['share']);
    expect(bad({ entered: 1_600, finished: 1_600, failed: 0 })).toEqual([]);
    expect(bad({ entered: 2_000, finished: 2_000, failed: 0 })).toEqual(['share']);
  });

  it('has a gap in its data once ten calls must have come and none did', () => {
    expect(isDataGap(59 * 60_000, 10)).toBe(false);
    expect(isDataGap(60 * 60_000, 10)).toBe(true);
    expect(isDataGap(1e12, 0)).toBe(false);
  });
});

describe('words', () => {
  it.each([
    [0, '0 s'],
    [119_000, '119 s'],
    [120_000, '2 min'],
    [252_000, '4 min 12 s'],
    [3_599_999, '60 min'],
    [15_120_000, '4 h 12 min'],
    [259_200_000, '3 d'],
    [-5, '0 s'],
  ])('%i ms are %s', (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it('name a moment with its zone', () => {
    expect(moment(Date.UTC(2027, 2, 28, 1, 30), 'Europe/Berlin')).toBe('Sun 28 Mar 2027, 03:30 (Europe/Berlin)');
  });

  it('count and list', () => {
    expect([counted(1, 'call'), counted(2, 'call')]).toEqual(['1 call', '2 calls']);
    expect(listed([])).toBe('none');
    expect(listed(['a', 'b', 'c'])).toBe('a, b and c');
    expect(listed(['a', 'b', 'c', 'd'], 3)).toBe('a, b and 2 more');
  });
});
