import { z } from 'zod';
import { Fault } from '../../ports/fault';
import { fittedTo } from '../http/fitted';
import { vendorText } from '../http/to-fault';
import { createVendorClient, type VendorClient, type VendorReply } from '../http/vendor-client';
import { createSalesforceLogin, type SalesforceLoginOptions, type Session, SYSTEM } from './salesforce-login';

export interface SalesforceApiOptions extends SalesforceLoginOptions {
  /** `v63.0` */
  readonly apiVersion: string;
}

export interface SalesforceApi {
  /** Every row of a query, page by page. Throws `Fault`. */
  query<T>(soql: string, row: z.ZodType<T>): Promise<readonly T[]>;
}

const TOLD_IN_BODY = [400, 401, 403, 404, 405, 414, 431];
/** 2,000 rows a page: past this the other side is repeating itself. */
const MOST_PAGES = 50;
/** Refusals that pass: the day's or the moment's limit. They come as 403. */
const BUSY = ['REQUEST_LIMIT_EXCEEDED', 'SERVER_UNAVAILABLE'];
const errors = z.array(z.looseObject({ message: z.string(), errorCode: z.string() })).min(1);

/**
 * GET {instance}/services/data/vNN.0/query?q=SOQL: `{totalSize, done, nextRecordsUrl?, records[]}`. Errors are a list
 * `[{message, errorCode}]`. A session that was ended (401) is renewed once.
 */
export function createSalesforceApi(options: SalesforceApiOptions): SalesforceApi {
  const sessions = createSalesforceLogin(options);
  const data = `/services/data/${options.apiVersion}/query`;
  let known: { readonly instance: string; readonly client: VendorClient } | null = null;

  /** One client an instance: its connections are kept. */
  function clientOf({ instance }: Session): VendorClient {
    if (known?.instance !== instance) {
      const headers = async () => ({ authorization: `Bearer ${(await sessions.current()).token}` });
      known = { instance, client: createVendorClient({ ...options, system: SYSTEM, baseUrl: instance, headers }) };
    }
    return known.client;
  }

  async function get(path: string, query: Readonly<Record<string, string>>): Promise<unknown> {
    const send = (session: Session): Promise<VendorReply> =>
      clientOf(session).request('GET', path, { query, expectStatuses: TOLD_IN_BODY });
    const session = await sessions.current();
    const first = await send(session);
    const reply = first.status === 401 ? await send(await sessions.replace(session)) : first;
    if (reply.status < 300) return reply.body;
    throw refused(reply, `GET ${path}`, [session.token, (await sessions.current()).token]);
  }

  return {
    async query<T>(soql: string, row: z.ZodType<T>): Promise<readonly T[]> {
      const page = z.looseObject({
        done: z.boolean(),
        nextRecordsUrl: z.string().nullish(),
        records: z.array(row),
      });
      const rows: T[] = [];
      let path = data;
      let query: Readonly<Record<string, string>> = { q: soql };
      for (let pages = 0; pages < MOST_PAGES; pages += 1) {
        const answer = fittedTo(page, await get(path, query), { system: SYSTEM, method: 'GET', path });
        rows.push(...answer.records);
        if (answer.done) return rows;
        path = nextPath(answer.nextRecordsUrl, data);
        query = {};
      }
      throw broken(`never ends the list ${data}: ${MOST_PAGES} pages were read`);
    },
  };
}

/** A path below the query's own, on the same instance: the token goes nowhere else. */
function nextPath(next: string | null | undefined, data: string): string {
  if (!next) throw broken('says that a list goes on and not where');
  const rest = next.startsWith(`${data}/`) ? next.slice(data.length + 1) : '';
  if (/^[A-Za-z0-9_-]{1,80}$/.test(rest)) return next;
  throw broken('names a next page that lies elsewhere, which is not followed');
}

function refused({ status, body }: VendorReply, call: string, secrets: readonly string[]): Fault {
  const told = errors.safeParse(body);
  const first = told.success ? told.data[0] : undefined;
  const code = first && /^[A-Z0-9_]{1,60}$/.test(first.errorCode) ? ` (${first.errorCode})` : '';
  const said = vendorText(first ?? body, secrets);
  const message = `${SYSTEM} answered ${status}${code} to ${call}${said ? `: ${said}` : '.'}`;
  return new Fault(message, {
    system: SYSTEM,
    transient: first !== undefined && BUSY.includes(first.errorCode),
    status,
  });
}

function broken(what: string): Fault {
  return new Fault(`${SYSTEM} ${what}.`, { system: SYSTEM, transient: false });
}
