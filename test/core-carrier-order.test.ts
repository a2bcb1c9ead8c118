import fc from 'fast-check';
import {
  afterWrite,
  asBefore,
  behindLegacy,
  type Destination,
  type Destinations,
  type DestinationWrite,
  inFront,
  wayIn,
} from '../src/core/carrier-order';

const usual = { enabled: true, priority: 10, weight: 10 };
const of = (legacy: Partial<Destination>, target: Partial<Destination>): Destinations => ({
  legacy: { ...usual, ...legacy },
  target: { ...usual, ...target },
});
/** What callers meet between the writes, the start and the end included. */
const met = (start: Destinations, writes: readonly DestinationWrite[]) => {
  const states = [start];
  for (const write of writes) states.push(afterWrite(states.at(-1) as Destinations, write));
  return { ways: states.map(wayIn), end: states.at(-1) as Destinations };
};

test.each([
  [of({}, { enabled: false }), 'legacy'],
  [of({ enabled: false }, {}), 'target'],
  [of({ enabled: false }, { enabled: false }), 'nowhere'],
  [of({}, {}), 'split'],
  [of({}, { priority: 11 }), 'legacy'],
  [of({}, { priority: 9 }), 'target'],
])('%j leads callers to %s', (destinations, way) => expect(wayIn(destinations)).toBe(way));

test.each([
  ['usual numbers', of({}, { enabled: false }), [{ which: 'target', set: { enabled: true, priority: 11 } }]],
  ['one that is behind already', of({}, { priority: 40 }), []],
  [
    'no room behind',
    of({ priority: 65_535 }, { enabled: false }),
    [
      { which: 'legacy', set: { priority: 65_534 } },
      { which: 'target', set: { enabled: true, priority: 65_535 } },
    ],
  ],
])('behind legacy, with %s', (_, start, writes) => expect(behindLegacy(start)).toEqual(writes));

const number = fc.oneof(fc.constantFrom(0, 1, 2, 65_533, 65_534, 65_535), fc.integer({ min: 0, max: 65_535 }));
const destination = (enabled: fc.Arbitrary<boolean>) =>
  fc.record({ enabled, priority: number, weight: fc.integer({ min: 1, max: 65_535 }) });
/** As a wave may find it: legacy takes the calls. */
const found = fc
  .record({ legacy: destination(fc.constant(true)), target: destination(fc.boolean()) })
  .filter((start) => wayIn(start) === 'legacy');

test('going over, at no moment is there no way in or more than one, and the calls change sides once', () => {
  fc.assert(
    fc.property(found, (start) => {
      const behind = met(start, behindLegacy(start));
      expect(new Set(behind.ways)).toEqual(new Set(['legacy']));
      expect(behind.end.target.enabled).toBe(true);
      const front = met(behind.end, inFront(behind.end));
      expect(front.ways.join(' ')).toMatch(/^(legacy )+target( target)*$/);
      expect(front.end).toMatchObject({ legacy: { enabled: false }, target: { enabled: true } });
      for (const { priority } of [front.end.legacy, front.end.target])
        expect(priority >= 0 && priority <= 65_535).toBe(true);
      expect(inFront(front.end)).toEqual([]);
    }),
    { numRuns: 1000 },
  );
});

test('going back from wherever it stopped, it is as before, and there was one way in all along', () => {
  fc.assert(
    fc.property(found, fc.nat(8), (start, stop) => {
      const behind = behindLegacy(start);
      const writes = [...behind, ...inFront(met(start, behind).end)].slice(0, stop);
      const { end } = met(start, writes);
      const back = met(end, asBefore(end, start));
      expect(back.end).toEqual(start);
      expect(back.ways).not.toContain('split');
      expect(back.ways).not.toContain('nowhere');
    }),
    { numRuns: 2000, examples: [[of({ priority: 65_535 }, { enabled: false, priority: 0 }), 2]] },
  );
});
