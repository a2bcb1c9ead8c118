/** The ACD API carries its version in the path; older ones know less and spell differently. */
import type { ApiRequest } from '../http';

export const ACD = '/inContactAPI/services/{version}';

const OLDEST = 23;
const NEWEST = 33;

/** Null for a version that is not served. */
export function versionOf(path: string): number | null {
  const text = /^\/inContactAPI\/services\/v(\d{1,3})\.0\//.exec(path)?.[1];
  const version = Number(text);
  return text !== undefined && version >= OLDEST && version <= NEWEST ? version : null;
}

const of = (request: ApiRequest): number => versionOf(request.path) ?? OLDEST;

/** Earlier, PUT of a skill accepts `isActive` and keeps the skill as it is. */
export const switchesSkills = (request: ApiRequest): boolean => of(request) >= 32;
/** Earlier, summaries are in PascalCase with every figure as text. */
export const isCamelCase = (request: ApiRequest): boolean => of(request) >= 31;
