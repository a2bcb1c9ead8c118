import { z } from 'zod';
import { Fault } from '../../../ports/fault';
import type { RequestOptions } from '../../http/vendor-client';
import type { CxoneApi } from './api';
import { figure, SYSTEM } from './fitted';

const TOP = 100;
/** Past this many pages the other side is repeating itself. */
const MOST_PAGES = 500;

/**
 * Every row of a list `{totalRecords?, <name>[]}` by `skip` and `top`; some lists wrap it in `resultSet`. It ends with 204,
 * an empty page, or when `totalRecords` have been read; `enough` ends it earlier.
 */
export async function allRows<T>(
  api: CxoneApi,
  path: string,
  name: string,
  row: z.ZodType<T>,
  query: RequestOptions['query'] = {},
  enough: (rows: readonly T[]) => boolean = () => false,
): Promise<readonly T[]> {
  const list = z.looseObject({ totalRecords: figure.nullish(), [name]: z.array(row).nullish() });
  const page = z.union([z.looseObject({ resultSet: list }).transform(({ resultSet }) => resultSet), list]);
  const all: T[] = [];
  for (let pages = 0; pages < MOST_PAGES; pages += 1) {
    const answer = await api.get(path, page, { ...query, skip: all.length, top: TOP });
    if (answer === null) return all;
    const total = answer.totalRecords as number | null | undefined;
    const rows = answer[name] as readonly T[] | null | undefined;
    // Without its rows an answer says that there are none only where it says so.
    if (!rows && total !== 0) throw withoutRows(path, name);
    if (!rows || rows.length === 0) return all;
    all.push(...rows);
    const isLast = typeof total === 'number' ? all.length >= total : rows.length < TOP;
    if (isLast || enough(all)) return all;
  }
  throw new Fault(`${SYSTEM} never ends the list ${path}: ${MOST_PAGES} pages were read.`, {
    system: SYSTEM,
    transient: false,
  });
}

function withoutRows(path: string, name: string): Fault {
  const message = `${SYSTEM} answered GET ${path} with something that does not fit (${name}: is missing).`;
  return new Fault(message, { system: SYSTEM, transient: false });
}
