/** CXone's ways of saying no, of listing, and of reading a body. Much of what it says stands in a header alone. */
import type { z } from 'zod';
import { type ApiReply, type ApiRequest, jsonOf, Refused } from '../http';

const NAMES: Readonly<Record<number, string>> = {
  400: 'invalid_request',
  401: 'invalid_token',
  403: 'access_denied',
  404: 'not_found',
  409: 'conflict',
  429: 'too_many_requests',
  500: 'server_error',
  503: 'service_unavailable',
};
/** Statuses whose words stand in the header only. */
const WORDLESS = new Set([404, 409]);

export function refusal(status: number, message: string): ApiReply {
  const headers = { icStatusDescription: message.replace(/[^\x20-\x7e]/g, '?') };
  if (WORDLESS.has(status)) return { status, headers };
  return { status, headers, body: { error: NAMES[status] ?? 'error', error_description: message } };
}

export function unknown(what: string, id: string): Refused {
  return new Refused(404, `${what} ${id} was not found`);
}

/** The request's body by a schema; a `Refused` 400 names the first field that is wrong. */
export function bodyOf<T>(schema: z.ZodType<T>, request: ApiRequest): T {
  const parsed = schema.safeParse(jsonOf(request));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue?.path.join('.') ?? '';
  throw new Refused(400, `Invalid parameter ${field || 'body'}: ${issue?.message ?? 'invalid'}`);
}

const DEFAULT_TOP = 50;
const MOST_TOP = 100;

export interface Listing {
  readonly businessUnitId: number;
  readonly now: number;
  /** The key that holds the rows. */
  readonly name: string;
}

/** `{businessUnitId, totalRecords, _links, lastPollTime, <name>[]}` from `skip`, `top` rows long; 204 when there is none. */
export function listing(
  request: ApiRequest,
  { businessUnitId, now, name }: Listing,
  all: readonly unknown[],
): ApiReply {
  const skip = whole(request, 'skip', 0, Number.MAX_SAFE_INTEGER);
  const top = whole(request, 'top', DEFAULT_TOP, MOST_TOP);
  const rows = all.slice(skip, skip + top);
  if (rows.length === 0) return { status: 204 };
  const at = (from: number) => `${request.path}?skip=${from}&top=${top}`;
  const _links = {
    self: at(skip),
    ...(skip + top < all.length ? { next: at(skip + top) } : {}),
    ...(skip > 0 ? { previous: at(Math.max(0, skip - top)) } : {}),
  };
  const lastPollTime = new Date(now).toISOString();
  return { status: 200, body: { businessUnitId, totalRecords: all.length, _links, lastPollTime, [name]: rows } };
}

function whole(request: ApiRequest, name: string, standard: number, most: number): number {
  const text = request.query.get(name);
  if (text === null) return standard;
  if (!/^\d+$/.test(text) || Number(text) > most)
    throw new Refused(400, `${name} must be a whole number up to ${most}`);
  return Number(text);
}

export function filteredBy<T>(
  request: ApiRequest,
  name: string,
  rows: readonly T[],
  of: (row: T) => unknown,
): readonly T[] {
  const wanted = request.query.get(name);
  return wanted === null ? rows : rows.filter((row) => String(of(row)).toLowerCase() === wanted.toLowerCase());
}

export function spanOf(request: ApiRequest): { readonly from: number; readonly to: number } {
  const from = Date.parse(request.query.get('startDate') ?? '');
  const to = Date.parse(request.query.get('endDate') ?? '');
  if (Number.isNaN(from) || Number.isNaN(to)) throw new Refused(400, 'startDate and endDate are required, ISO 8601');
  if (from > to) throw new Refused(400, 'startDate must not be after endDate');
  return { from, to };
}
