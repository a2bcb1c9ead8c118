/** Serial numbers of zones wrap around: they are compared by RFC 1982, not as numbers. */

const BITS = 2 ** 32;
const HALF = 2 ** 31;

/** Of an SOA in the form `mname rname serial refresh retry expire minimum`; null for anything else. */
export function serialOf(values: readonly string[]): number | null {
  const text = values[0]?.trim().split(/\s+/)[2];
  if (text === undefined || !/^\d{1,10}$/.test(text)) return null;
  const serial = Number(text);
  return serial < BITS ? serial : null;
}

/** Null where the RFC leaves it open: the two are exactly half the circle apart. */
export function compareSerials(a: number, b: number): -1 | 0 | 1 | null {
  const ahead = (((a - b) % BITS) + BITS) % BITS;
  if (ahead === 0) return 0;
  if (ahead === HALF) return null;
  return ahead < HALF ? 1 : -1;
}

/** Whether a server that shows `serial` has everything up to `wanted`. What cannot be compared has not. */
export function hasReached(serial: number, wanted: number): boolean {
  const order = compareSerials(serial, wanted);
  return order === 0 || order === 1;
}
