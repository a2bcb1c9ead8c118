const DEEPEST = 100;

/** The value of a JSON text; undefined when it is none, is longer than `longest` or is nested so deep that walking it could fail. */
export function readJson(text: string, longest: number): unknown {
  if (text.length > longest) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isDeep(value) ? undefined : value;
  } catch {
    return undefined;
  }
}

/** Without recursion: what it guards against is a stack that runs over. */
export function isDeep(value: unknown): boolean {
  let level: readonly unknown[] = [value];
  for (let depth = 0; depth <= DEEPEST; depth += 1) {
    level = level.flatMap((each) => (typeof each === 'object' && each !== null ? Object.values(each) : []));
    if (level.length === 0) return false;
  }
  return true;
}
