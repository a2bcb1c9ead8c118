/** Genesys Cloud's error body, paging envelope and body checks. */
import type { z } from 'zod';
import { type ApiReply, type ApiRequest, jsonOf, Refused } from '../http';

const CODES: Readonly<Record<number, string>> = {
  400: 'bad.request',
  401: 'bad.credentials',
  403: 'missing.permissions',
  404: 'not.found',
  409: 'general.conflict',
  413: 'request.entity.too.large',
  429: 'too.many.requests.retry.after',
  500: 'internal.server.error',
  503: 'service.unavailable',
};

export function errorBody(status: number, message: string, contextId: string): ApiReply {
  return { status, body: { message, code: CODES[status] ?? 'error', status, contextId, details: [], errors: [] } };
}

/** The request's body by a schema; a `Refused` 400 names the first field that is wrong. */
export function bodyOf<T>(schema: z.ZodType<T>, request: ApiRequest): T {
  const parsed = schema.safeParse(jsonOf(request));
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const field = issue?.path.join('.') ?? '';
  throw new Refused(
    400,
    `The request could not be understood: ${field ? `${field}: ` : ''}${issue?.message ?? 'invalid'}`,
    {
      details: [{ errorCode: 'invalid.value', fieldName: field }],
    },
  );
}

export function unknownId(what: string, id: string): Refused {
  return new Refused(404, `Unable to find a ${what} with id ${id}`, { entityId: id, entityName: what });
}

const MAX_PAGE = 100;

/** `{entities, pageSize, pageNumber, total, pageCount, *Uri}`; pageSize default 25, at most 100. */
export function listing(request: ApiRequest, all: readonly unknown[]) {
  const page = pageOf(request);
  const entities = all.slice((page.number - 1) * page.size, page.number * page.size);
  const pageCount = Math.max(1, Math.ceil(all.length / page.size));
  const uri = (number: number) => `${request.path}?pageSize=${page.size}&pageNumber=${number}`;
  return {
    entities,
    pageSize: page.size,
    pageNumber: page.number,
    total: all.length,
    firstUri: uri(1),
    ...(page.number < pageCount ? { nextUri: uri(page.number + 1) } : {}),
    ...(page.number > 1 ? { previousUri: uri(page.number - 1) } : {}),
    lastUri: uri(pageCount),
    selfUri: uri(page.number),
    pageCount,
  };
}

export function pageOf(request: ApiRequest): { size: number; number: number } {
  const size = whole(request.query.get('pageSize') ?? '25', 'pageSize');
  const number = whole(request.query.get('pageNumber') ?? '1', 'pageNumber');
  if (size > MAX_PAGE) throw new Refused(400, `pageSize must be at most ${MAX_PAGE}`);
  return { size, number };
}

function whole(text: string, name: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new Refused(400, `${name} must be a whole number from 1`);
  return value;
}

/** Compares the version that was sent with the one that is stored. */
export function refuseStaleVersion(sent: number, stored: number): void {
  if (sent === stored) return;
  throw new Refused(409, 'The version number of the modified resource must match the version number in the database.');
}
