import fc from 'fast-check';
import { matchCrm, percentile } from '../src/core/crm-match';

const calls = (n: number) => Array.from({ length: n }, (_, i) => ({ id: `c${i}`, at: i * 1000 }));
const rows = (n: number, delay: (i: number) => number) =>
  Array.from({ length: n }, (_, i) => ({ id: `c${i}`, createdAt: i * 1000 + delay(i) }));

test('nothing to match is no figure, and never a perfect one', () => {
  expect(matchCrm([], [])).toEqual({
    calls: 0,
    synced: 0,
    p95LatencyMs: null,
    extraRows: 0,
    early: { rows: 0, mostMs: 0 },
  });
  expect(matchCrm(calls(3), [])).toMatchObject({ calls: 3, synced: 0, p95LatencyMs: null });
});

test('rows of other calls are nobody’s', () => {
  expect(matchCrm(calls(2), [{ id: 'x', createdAt: 0 }])).toMatchObject({ calls: 2, synced: 0, extraRows: 0 });
});

test.each([
  [1, 1],
  [19, 19],
  [20, 19],
  [21, 20],
  [40, 38],
  [100, 95],
])('of %i delays the 95th percentile is the %ith by nearest rank', (n, rank) => {
  expect(
    matchCrm(
      calls(n),
      rows(n, (i) => i + 1),
    ).p95LatencyMs,
  ).toBe(rank);
});

test('a call that was written twice is one, by its first row, and is told', () => {
  const twice = [...rows(1, () => 900), ...rows(1, () => 400)];
  expect(matchCrm([...calls(1), { id: 'c0', at: 5 }], twice)).toMatchObject({
    calls: 1,
    synced: 1,
    p95LatencyMs: 400,
    extraRows: 1,
  });
});

test.each([
  [-999, 0, 0],
  [-1000, 1, 1000],
  [-61_000, 1, 61_000],
])('a row that is %i ms away from its call has no delay, and %i are told as early', (delay, early, mostMs) => {
  expect(
    matchCrm(
      calls(1),
      rows(1, () => delay),
    ),
  ).toMatchObject({
    p95LatencyMs: 0,
    early: { rows: early, mostMs },
  });
});

test('more rows never make it worse, and the share stays within its bounds', () => {
  const id = fc.integer({ min: 0, max: 30 }).map((n) => `c${n}`);
  const call = fc.record({ id, at: fc.integer({ min: 0, max: 10_000 }) });
  const row = fc.record({ id, createdAt: fc.integer({ min: 0, max: 20_000 }) });
  fc.assert(
    fc.property(fc.array(call), fc.array(row), row, (some, found, more) => {
      const [before, after] = [matchCrm(some, found), matchCrm(some, [...found, more])];
      expect(after.synced).toBeGreaterThanOrEqual(before.synced);
      expect(before.synced).toBeLessThanOrEqual(before.calls);
      expect(before.calls).toBe(new Set(some.map((each) => each.id)).size);
      expect(before.p95LatencyMs === null).toBe(before.synced === 0);
      expect(before.p95LatencyMs ?? 0).toBeGreaterThanOrEqual(0);
    }),
  );
});

test('at least the asked share of the values does not exceed a percentile, and it is one of them', () => {
  fc.assert(
    fc.property(fc.array(fc.integer(), { minLength: 1 }), fc.integer({ min: 1, max: 100 }), (values, percent) => {
      const found = percentile(values, percent) as number;
      expect(values).toContain(found);
      expect(values.filter((value) => value <= found).length * 100).toBeGreaterThanOrEqual(percent * values.length);
      expect(values.filter((value) => value < found).length * 100).toBeLessThan(percent * values.length);
    }),
  );
});
