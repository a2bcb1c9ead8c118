import { z } from 'zod';
import type { Clock } from '../../ports/clock';
import { Fault } from '../../ports/fault';
import { fittedTo } from '../http/fitted';
import { forEverybody } from '../http/last-look';
import { createVendorClient } from '../http/vendor-client';

export interface SalesforceLoginOptions {
  /** The organisation's own login, `https://NAME.my.salesforce.com`. */
  readonly loginUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly clock: Clock;
  /** Limit of one try, real milliseconds. */
  readonly timeoutMs: number;
}

export interface Session {
  readonly token: string;
  /** Where the API is, as the login names it; without a slash at its end. */
  readonly instance: string;
}

export interface Sessions {
  /** The session in use. It has no stated end: a 401 ends it. */
  current(): Promise<Session>;
  /** After a 401: a new one, unless somebody else has already replaced `refused`. */
  replace(refused: Session): Promise<Session>;
}

export const SYSTEM = 'Salesforce';
const PATH = '/services/oauth2/token';
const VENDOR_DOMAIN = '.salesforce.com';
const answer = z.looseObject({ access_token: z.string().min(1), instance_url: z.string().min(1) });

/**
 * POST {login}/services/oauth2/token, grant_type=client_credentials; 200 `{access_token, instance_url}`. Throws `Fault` in
 * words of its own, because that answer may echo a credential.
 */
export function createSalesforceLogin(options: SalesforceLoginOptions): Sessions {
  const { loginUrl, clientId, clientSecret } = options;
  const system = `${SYSTEM} login`;
  const client = createVendorClient({ ...options, system, baseUrl: loginUrl, headers: () => ({}) });
  let session: Session | null = null;
  let renewal: Promise<Session> | null = null;

  async function login(): Promise<Session> {
    const form = { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
    const { body } = await client.request('POST', PATH, { form, idempotent: true }).catch((error: unknown) => {
      throw inOwnWords(error);
    });
    const { access_token, instance_url } = fittedTo(answer, body, { system, method: 'POST', path: PATH });
    session = { token: access_token, instance: allowedInstance(instance_url, loginUrl) };
    return session;
  }

  function renew(): Promise<Session> {
    renewal ??= forEverybody(login).finally(() => {
      renewal = null;
    });
    return renewal;
  }

  return {
    current: async () => session ?? renew(),
    replace: async (refused) => (session !== null && session.token !== refused.token ? session : renew()),
  };
}

/** The token is sent there: the login's own machine, or another of the vendor's over https. */
function allowedInstance(found: string, loginUrl: string): string {
  const url = URL.canParse(found) ? new URL(found) : null;
  const login = new URL(loginUrl);
  const isPlain = url !== null && url.username === '' && url.search === '' && url.hash === '' && url.pathname === '/';
  const isVendors =
    url?.protocol === 'https:' && url.hostname.endsWith(VENDOR_DOMAIN) && login.hostname.endsWith(VENDOR_DOMAIN);
  if (isPlain && (url.origin === login.origin || isVendors)) return url.origin;
  const message = `${SYSTEM} login names an instance that is neither the login's own host nor the vendor's. Nothing was sent there.`;
  throw new Fault(message, { system: SYSTEM, transient: false });
}

function inOwnWords(error: unknown): unknown {
  if (!(error instanceof Fault) || error.status === null) return error;
  const { status, transient, retryAfterMs } = error;
  const message = [400, 401, 403].includes(status)
    ? `${SYSTEM} login refuses the client (${status}): check its id and secret, and that client credentials are enabled for it.`
    : `${SYSTEM} login gives no token: it answered ${status}.`;
  return new Fault(message, { system: SYSTEM, transient, status, retryAfterMs });
}
