import { isDeeper } from '../core/json';

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

export const isDeep = (value: unknown): boolean => isDeeper(value, DEEPEST);
