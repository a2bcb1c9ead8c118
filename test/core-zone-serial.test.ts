import { compareSerials, hasReached, serialOf } from '../src/core/zone-serial';

const TOP = 2 ** 32 - 1;
const HALF = 2 ** 31;

describe('the serial of a zone', () => {
  it.each([
    ['ns1.example.com hostmaster.example.com 2027060701 10800 3600 604800 300', 2_027_060_701],
    ['ns1.example.com hostmaster.example.com 0 1 1 1 1', 0],
    [`ns1.example.com hostmaster.example.com ${TOP} 1 1 1 1`, TOP],
    [`ns1.example.com hostmaster.example.com ${TOP + 1} 1 1 1 1`, null],
    ['ns1.example.com hostmaster.example.com -1 1 1 1 1', null],
    ['ns1.example.com', null],
  ])('of %s is %p', (soa, serial) => {
    expect(serialOf([soa])).toBe(serial);
  });

  it('is unknown without an answer', () => {
    expect(serialOf([])).toBeNull();
  });

  it.each([
    [1, 1, 0],
    [2, 1, 1],
    [1, 2, -1],
    [0, TOP, 1],
    [TOP, 0, -1],
    [HALF - 1, 0, 1],
    [HALF, 0, null],
    [0, HALF, null],
    [HALF + 1, 0, -1],
    [44, TOP - 200, 1],
  ] as const)('%i against %i is %p', (a, b, order) => {
    expect(compareSerials(a, b)).toBe(order);
  });

  it('has reached another one when it is the same or later on the circle', () => {
    expect(hasReached(7, 7)).toBe(true);
    expect(hasReached(8, 7)).toBe(true);
    expect(hasReached(6, 7)).toBe(false);
    expect(hasReached(3, TOP)).toBe(true);
    expect(hasReached(HALF, 0)).toBe(false);
  });
});
