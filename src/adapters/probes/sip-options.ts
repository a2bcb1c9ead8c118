import { randomBytes } from 'node:crypto';
import { lookup as lookUpByDns } from 'node:dns/promises';
import { isIP } from 'node:net';
import type { Gateway } from '../../core/site';
import type { Clock } from '../../ports/clock';
import type { SipOutcome, SipProbe } from '../../ports/sip-probe';
import type { ServerAddress } from './server-address';
import { composeOptions, readReply, type SipTransaction } from './sip-message';
import { exchangeTcp, exchangeTls, exchangeUdp, type SipExchange, type SipResult } from './sip-transport';

export interface SipProbeOptions {
  /** Where to connect in place of a gateway's `host:port` (lower case); without an entry the name is looked up. */
  readonly connectTo: ReadonlyMap<string, ServerAddress>;
  /** A host's address; default: the operating system's. The port is explicit, so A and AAAA suffice (RFC 3263 4.2). */
  readonly lookup?: (host: string) => Promise<string>;
  /** PEM of the authority that gateways' certificates are to be trusted by, instead of the well-known ones. */
  readonly tlsCa?: string;
  readonly clock: Clock;
  /** Limit of look-up and exchange together, real milliseconds. RFC 3261 timer F would be 32 s. */
  readonly timeoutMs: number;
  /** RFC 3261 timer T1, real milliseconds. Default 500. */
  readonly t1Ms?: number;
}

/** Magic start of every branch (RFC 3261 section 8.1.1.7). */
const BRANCH_COOKIE = 'z9hG4bK';

export function createSipProbe(options: SipProbeOptions): SipProbe {
  const { timeoutMs } = options;

  async function probe(gateway: Gateway): Promise<SipResult> {
    if (isIP(gateway.host) === 0 && !/^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/i.test(gateway.host)) {
      return { kind: 'unresolved', detail: 'not a host name' };
    }
    const startedAt = performance.now();
    const server = await addressOf(gateway, options);
    if (typeof server === 'string') return { kind: 'unresolved', detail: server };
    const transaction = newTransaction();
    const exchange: SipExchange = {
      server,
      timeoutMs: Math.max(1, Math.round(timeoutMs - (performance.now() - startedAt))),
      t1Ms: options.t1Ms ?? 500,
      compose: (local) => composeOptions(gateway, local, transaction),
      read: (text) => readReply(text, transaction),
    };
    if (gateway.transport === 'udp') return exchangeUdp(exchange);
    return gateway.transport === 'tcp' ? exchangeTcp(exchange) : exchangeTls(exchange, gateway.host, options.tlsCa);
  }

  return {
    async options(gateway): Promise<SipOutcome> {
      // A network's time is real, whatever the product's clock does.
      const startedAt = performance.now();
      const result = await probe(gateway);
      const elapsedMs = Math.round(performance.now() - startedAt);
      return 'reply' in result ? { kind: 'answered', ...result.reply, elapsedMs } : { ...result, elapsedMs };
    },
  };
}

/** The address, or why there is none. */
async function addressOf(gateway: Gateway, options: SipProbeOptions): Promise<ServerAddress | string> {
  const host = gateway.host.toLowerCase();
  const set = options.connectTo.get(`${host}:${gateway.port}`);
  if (set) return set;
  if (isIP(host) !== 0) return { address: host, port: gateway.port };
  const look = options.lookup ?? (async (name: string) => (await lookUpByDns(name)).address);
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<string>((resolve) => {
    timer = setTimeout(() => resolve(`no address for the name in ${options.timeoutMs} ms`), options.timeoutMs);
  });
  const found = Promise.resolve(host)
    .then(look)
    .then(
      (address) => ({ address, port: gateway.port }),
      (error: unknown) => `no address for the name (${codeOf(error)})`,
    );
  try {
    return await Promise.race([found, late]);
  } finally {
    clearTimeout(timer);
  }
}

function codeOf(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
  return typeof code === 'string' ? code : 'look-up failed';
}

function newTransaction(): SipTransaction {
  return {
    branch: `${BRANCH_COOKIE}${randomBytes(12).toString('hex')}`,
    callId: `${randomBytes(12).toString('hex')}@cutover`,
    cseq: 1,
    tag: randomBytes(6).toString('hex'),
  };
}
