import { z } from 'zod';
import { Fault } from '../../../ports/fault';
import type { RequestOptions } from '../../http/vendor-client';
import type { GenesysApi } from './api';
import { SYSTEM } from './fitted';

const PAGE_SIZE = 100;
/** Lists are capped at 10,000 rows by the vendor; past twice that, the other side is repeating itself. */
export const MOST_PAGES = 200;

/**
 * Every entity of a page-style list `{entities[], pageSize?, nextUri?}`. Some lists have no `total` and some give less
 * than was asked for: the last page is the one that neither names a next one nor is full by its own size.
 */
export async function allPages<T>(
  api: GenesysApi,
  path: string,
  entity: z.ZodType<T>,
  query: RequestOptions['query'] = {},
): Promise<readonly T[]> {
  const page = z.looseObject({
    entities: z.array(entity).nullish(),
    pageSize: z.number().int().positive().nullish(),
    nextUri: z.string().nullish(),
  });
  const all: T[] = [];
  for (let pageNumber = 1; pageNumber <= MOST_PAGES; pageNumber += 1) {
    const { entities, pageSize, nextUri } = await api.get(path, page, { ...query, pageSize: PAGE_SIZE, pageNumber });
    if (!entities?.length) return all;
    all.push(...entities);
    if (!nextUri && entities.length < (pageSize ?? PAGE_SIZE)) return all;
  }
  throw endless(path);
}

/** Past `MOST_PAGES`. */
export function endless(path: string): Fault {
  return new Fault(`${SYSTEM} never ends the list ${path}: ${MOST_PAGES} pages were read.`, {
    system: SYSTEM,
    transient: false,
  });
}
