/** Whether something that was accepted is made like something known to be good: the same types in the same places. */

/**
 * Null, or the first place where `value` is of another type than `good` is. Members that `good` does not have may be there;
 * null may stand where something may be unknown. Numbers are finite, texts hold no broken pairs.
 */
export function faultOfShape(value: unknown, good: unknown, place = 'it'): string | null {
  if (typeof value === 'number' && !Number.isFinite(value) && value !== good) return `${place} is ${value}`;
  if (value === null || value === undefined || good === null || good === undefined) return null;
  if (kindOf(value) !== kindOf(good)) return `${place} is ${kindOf(value)}, not ${kindOf(good)}`;
  if (Array.isArray(value)) {
    const [first] = good as readonly unknown[];
    return firstOf(value.map((each, n) => faultOfShape(each, first, `${place}[${n}]`)));
  }
  if (value instanceof Map || value instanceof Set) {
    const [first] = (good as ReadonlySet<unknown> | ReadonlyMap<unknown, unknown>).values();
    return firstOf([...value.values()].map((each, n) => faultOfShape(each, first, `${place}(${n})`)));
  }
  if (typeof value !== 'object') return null;
  const known = good as Readonly<Record<string, unknown>>;
  return firstOf(Object.entries(value).map(([name, each]) => faultOfShape(each, known[name], `${place}.${name}`)));
}

const firstOf = (faults: readonly (string | null)[]): string | null => faults.find((each) => each !== null) ?? null;

function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (value instanceof Map) return 'a map';
  if (value instanceof Set) return 'a set';
  return `a ${typeof value}`;
}
