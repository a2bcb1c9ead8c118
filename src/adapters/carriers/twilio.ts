import { z } from 'zod';
import type { Carrier, CarrierTarget } from '../../ports/carrier';
import type { Clock } from '../../ports/clock';
import { Fault } from '../../ports/fault';
import { fittedTo } from '../http/fitted';
import { vendorText } from '../http/to-fault';
import { createVendorClient, type RequestOptions } from '../http/vendor-client';

export interface TwilioOptions {
  /** `https://trunking.twilio.com`, without the version. */
  readonly baseUrl: string;
  /** An API key with its secret, or the account with its token: the two halves of Basic authentication. */
  readonly user: string;
  readonly password: string;
  readonly clock: Clock;
  /** Limit of one try, real milliseconds. */
  readonly timeoutMs: number;
}

const SYSTEM = 'Twilio';
const PAGE_SIZE = 50;
/** A trunk has a handful of destinations: an API that keeps on paging is broken. */
const MOST_PAGES = 20;
const TOLD_IN_BODY = [400, 401, 403, 404, 409];

const priority = z.number().int().min(0).max(65_535);
const weight = z.number().int().min(1).max(65_535);
/** https://www.twilio.com/docs/sip-trunking/api/originationurl-resource */
const destination = z.looseObject({
  sid: z.string().min(1),
  trunk_sid: z.string(),
  sip_url: z.string().min(1),
  enabled: z.boolean(),
  priority,
  weight,
});
const page = z.looseObject({
  origination_urls: z.array(destination),
  meta: z.looseObject({ next_page_url: z.string().nullish() }),
});
const refusal = z.looseObject({ code: z.number().int(), message: z.string() });
type Destination = z.infer<typeof destination>;

type Settable = Parameters<Carrier['setTarget']>[2];

/**
 * Twilio Elastic SIP Trunking: the origination URLs of a trunk are its destinations. GET and form POST under
 * `/v1/Trunks/{TK}/OriginationUrls`, Basic authentication, snake_case JSON. A POST changes the fields that it names and
 * no other, all of them at once, so only those that differ are sent. It may be repeated: it sets, it does not add.
 */
export function createTwilio(options: TwilioOptions): Carrier {
  const credentials = Buffer.from(`${options.user}:${options.password}`).toString('base64');
  const client = createVendorClient({
    system: SYSTEM,
    baseUrl: options.baseUrl,
    headers: () => ({ authorization: `Basic ${credentials}` }),
    clock: options.clock,
    timeoutMs: options.timeoutMs,
  });

  async function call<T>(method: string, path: string, schema: z.ZodType<T>, more: RequestOptions = {}): Promise<T> {
    const { status, body } = await client.request(method, path, { ...more, expectStatuses: TOLD_IN_BODY });
    if (status >= 300) throw refused(status, body, `${method} ${path}`, [credentials, options.password, options.user]);
    return fittedTo(schema, body, { system: SYSTEM, method, path });
  }

  async function one(trunk: string, target: string): Promise<CarrierTarget> {
    const path = `${listPath(trunk)}/${encodeURIComponent(target)}`;
    return ofTrunk(trunk, await call('GET', path, destination), path);
  }

  return {
    name: SYSTEM,

    async targets(trunk) {
      const path = listPath(trunk);
      const found: CarrierTarget[] = [];
      let query: Readonly<Record<string, string>> = { PageSize: String(PAGE_SIZE) };
      for (let pages = 0; pages < MOST_PAGES; pages += 1) {
        const { origination_urls, meta } = await call('GET', path, page, { query });
        found.push(...origination_urls.map((each) => ofTrunk(trunk, each, path)));
        if (!meta.next_page_url) return found;
        query = nextQuery(meta.next_page_url, options.baseUrl, path);
      }
      throw broken(`never ends the list ${path}: ${MOST_PAGES} pages were read`);
    },

    async setTarget(trunk, target, next) {
      checkRange(next);
      const before = await one(trunk, target);
      const form = differing(before, next);
      if (Object.keys(form).length === 0) return false;
      const path = `${listPath(trunk)}/${encodeURIComponent(target)}`;
      await call('POST', path, destination, { form, idempotent: true });
      const left = differing(await one(trunk, target), next);
      if (Object.keys(left).length === 0) return true;
      const message = `${SYSTEM} took the change of ${target} and does not show it: ${Object.keys(left).join(', ')}.`;
      throw new Fault(message, { system: SYSTEM, transient: true });
    },
  };
}

const listPath = (trunk: string): string => `/v1/Trunks/${encodeURIComponent(trunk)}/OriginationUrls`;

function ofTrunk(trunk: string, found: Destination, path: string): CarrierTarget {
  if (found.trunk_sid !== trunk) throw broken(`answered GET ${path} with a destination of another trunk`);
  const { sid, sip_url, enabled, priority, weight } = found;
  return { id: sid, uri: sip_url, enabled, priority, weight };
}

/** The vendor's form fields of what is not yet as wanted. */
function differing(found: CarrierTarget, wanted: Settable): Record<string, string> {
  const fields = [
    ['Enabled', found.enabled, wanted.enabled],
    ['Priority', found.priority, wanted.priority],
    ['Weight', found.weight, wanted.weight],
  ] as const;
  return Object.fromEntries(
    fields.flatMap(([name, is, want]) => (want === undefined || want === is ? [] : [[name, String(want)]])),
  );
}

function checkRange(next: Settable): void {
  const shape = z.object({ enabled: z.boolean().optional(), priority: priority.optional(), weight: weight.optional() });
  const result = shape.safeParse(next);
  if (result.success) return;
  const fields = result.error.issues.map(({ path }) => path.join('.')).join(', ');
  const message = `${SYSTEM} was not asked: ${fields} out of range (priority 0 to 65535, weight 1 to 65535).`;
  throw new Fault(message, { system: SYSTEM, transient: false });
}

/** The next page's own query, kept to the list that was asked for: the credentials go nowhere else. */
function nextQuery(url: string, baseUrl: string, path: string): Readonly<Record<string, string>> {
  const home = new URL(`${baseUrl.replace(/\/+$/, '')}${path}`);
  const next = URL.canParse(url) ? new URL(url) : null;
  if (next === null || next.origin !== home.origin || next.pathname !== home.pathname)
    throw broken(`names a next page of ${path} that lies elsewhere, which is not followed`);
  return Object.fromEntries(next.searchParams);
}

function refused(status: number, body: unknown, call: string, secrets: readonly string[]): Fault {
  const told = refusal.safeParse(body);
  const said = vendorText(body, secrets);
  const code = told.success ? ` (${told.data.code})` : '';
  const hint = status === 401 ? ' Check the account and its token, or the API key and its secret.' : '';
  const message = `${SYSTEM} answered ${status}${code} to ${call}${said ? `: ${said}` : '.'}${hint}`;
  return new Fault(message, { system: SYSTEM, transient: false, status });
}

function broken(what: string): Fault {
  return new Fault(`${SYSTEM} ${what}.`, { system: SYSTEM, transient: false });
}
