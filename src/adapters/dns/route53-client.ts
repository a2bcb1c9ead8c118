/** The vendor's client, kept on a short lead: one host, our credentials, no retries of its own; its errors become faults. */
import type { ChangeResourceRecordSetsCommandInput, Route53Client, RRType } from '@aws-sdk/client-route-53';
import type { Clock } from '../../ports/clock';
import { Fault } from '../../ports/fault';
import { lastLook } from '../http/last-look';
import { vendorText } from '../http/to-fault';

export interface Route53Access {
  /** Nothing but this is contacted. */
  readonly url: string;
  /** That signatures are made for; Route 53 itself is in no region. */
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | null;
  /** Limit of one try, real milliseconds. */
  readonly timeoutMs: number;
}

/** The five calls that are made. Answers are untrusted: the caller's schema comes next. Throws `Fault`. */
export interface Route53Calls {
  zonesByName(name: string): Promise<unknown>;
  zone(id: string): Promise<unknown>;
  recordSetsFrom(zoneId: string, name: string, type: RRType): Promise<unknown>;
  change(input: ChangeResourceRecordSetsCommandInput): Promise<unknown>;
  changeOf(id: string): Promise<unknown>;
}

export const SYSTEM = 'Route 53';
/** Tries in all while the service asks to be asked less, or a read fails; the queue tries again after that. */
const TRIES = 4;
const FIRST_WAIT_MS = 500;
/** Answered before anything was done; they come with status 400. */
const BUSY = [
  'Throttling',
  'ThrottlingException',
  'PriorRequestNotComplete',
  'ConcurrentModification',
  'RequestLimitExceeded',
];
const REFUSED_BATCH = 'InvalidChangeBatch';

type Vendor = typeof import('@aws-sdk/client-route-53');
interface Opened {
  readonly vendor: Vendor;
  readonly client: Route53Client;
}

/** Loading the client takes some 80 ms, so it is done at the first call: whoever does not use Route 53 does not pay. */
export function openRoute53(access: Route53Access, clock: Clock): Route53Calls {
  let opening: Promise<Opened> | null = null;
  const opened = (): Promise<Opened> => {
    opening ??= open(access);
    return opening;
  };

  async function call(what: string, repeatable: boolean, send: (on: Opened, signal: AbortSignal) => Promise<unknown>) {
    const on = await opened();
    for (let attempt = 1; ; attempt += 1) {
      if (!repeatable) await lastLook();
      try {
        return await send(on, AbortSignal.timeout(access.timeoutMs));
      } catch (error) {
        const { fault, busy } = faultOf(error, what, access);
        if (attempt >= TRIES || !(busy || (repeatable && fault.transient))) throw fault;
        await clock.sleep(FIRST_WAIT_MS * 2 ** (attempt - 1));
      }
    }
  }

  return {
    zonesByName: (DNSName) =>
      call('ListHostedZonesByName', true, ({ client, vendor }, abortSignal) =>
        client.send(new vendor.ListHostedZonesByNameCommand({ DNSName, MaxItems: 10 }), { abortSignal }),
      ),
    zone: (Id) =>
      call('GetHostedZone', true, ({ client, vendor }, abortSignal) =>
        client.send(new vendor.GetHostedZoneCommand({ Id }), { abortSignal }),
      ),
    recordSetsFrom: (HostedZoneId, StartRecordName, StartRecordType) =>
      call('ListResourceRecordSets', true, ({ client, vendor }, abortSignal) => {
        const input = { HostedZoneId, StartRecordName, StartRecordType, MaxItems: 10 };
        return client.send(new vendor.ListResourceRecordSetsCommand(input), { abortSignal });
      }),
    change: (input) =>
      call('ChangeResourceRecordSets', false, ({ client, vendor }, abortSignal) =>
        client.send(new vendor.ChangeResourceRecordSetsCommand(input), { abortSignal }),
      ),
    changeOf: (Id) =>
      call('GetChange', true, ({ client, vendor }, abortSignal) =>
        client.send(new vendor.GetChangeCommand({ Id }), { abortSignal }),
      ),
  };
}

export function isRefusedBatch(cause: unknown): cause is Fault {
  return cause instanceof Fault && cause.cause instanceof Error && cause.cause.message === REFUSED_BATCH;
}

/** Everything that the client would otherwise look up in the environment, in files or on the network is said here. */
async function open(access: Route53Access): Promise<Opened> {
  const vendor = await import('@aws-sdk/client-route-53');
  const { url, region, accessKeyId, secretAccessKey, sessionToken } = access;
  const client = new vendor.Route53Client({
    endpoint: url,
    region,
    credentials: { accessKeyId, secretAccessKey, ...(sessionToken === null ? {} : { sessionToken }) },
    maxAttempts: 1,
    retryMode: 'standard',
    defaultsMode: 'standard',
    useFipsEndpoint: false,
    useDualstackEndpoint: false,
    authSchemePreference: [],
    userAgentAppId: 'cutover',
  });
  return { vendor, client };
}

/** The vendor's error holds the whole request: only its code and its words go on. */
function faultOf(
  error: unknown,
  what: string,
  access: Route53Access,
): { readonly fault: Fault; readonly busy: boolean } {
  const { name, code, status, words } = readError(error);
  const about = { system: SYSTEM, cause: new Error(name) };
  if (status === null) {
    const says =
      name === 'AbortError' || name === 'TimeoutError'
        ? 'did not answer in time to'
        : code === 'ECONNREFUSED'
          ? 'refused the connection for'
          : 'broke off the connection during';
    const fault = new Fault(`${SYSTEM} ${says} ${what}${code ? ` (${code})` : ''}`, { ...about, transient: true });
    return { fault, busy: code === 'ECONNREFUSED' };
  }
  if (status < 300) return { fault: unread(what, about), busy: false };
  const busy = BUSY.includes(name);
  const said = vendorText({ message: words }, [access.secretAccessKey, access.sessionToken ?? access.secretAccessKey]);
  const message = `${SYSTEM} answered ${status} ${name} to ${what}${said ? `: ${said}` : ''}`;
  return { fault: new Fault(message, { ...about, transient: busy || status === 429 || status >= 500, status }), busy };
}

function unread(what: string, about: { readonly system: string; readonly cause: Error }): Fault {
  const message = `${SYSTEM} answered ${what} in a form that is not known.`;
  return new Fault(message, { ...about, transient: false });
}

function readError(error: unknown) {
  const fields = (typeof error === 'object' && error !== null ? error : {}) as {
    readonly name?: unknown;
    readonly code?: unknown;
    readonly message?: unknown;
    readonly $metadata?: { readonly httpStatusCode?: unknown };
    readonly $response?: { readonly statusCode?: unknown };
  };
  const status = fields.$metadata?.httpStatusCode ?? fields.$response?.statusCode;
  return {
    name: wordOf(fields.name) || 'Error',
    code: wordOf(fields.code),
    status: typeof status === 'number' ? status : null,
    words: typeof fields.message === 'string' ? fields.message : '',
  };
}

function wordOf(text: unknown): string {
  return typeof text === 'string' && /^[A-Za-z][A-Za-z0-9_]{1,60}$/.test(text) ? text : '';
}
