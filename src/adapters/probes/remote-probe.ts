import type { Gateway } from '../../core/site';
import type { Clock } from '../../ports/clock';
import { Fault } from '../../ports/fault';
import type { DnsAnswer, QuestionType } from '../../ports/resolver';
import type { SipOutcome } from '../../ports/sip-probe';
import { createVendorClient, type VendorReply } from '../http/vendor-client';
import { HEADER, isSame, newNonce, signReply, signRequest } from './probe-signature';
import { DNS_REPLY, PATHS, SIP_REPLY } from './probe-wire';

export interface RemoteProbeOptions {
  /** As its own settings name it. */
  readonly name: string;
  readonly baseUrl: string;
  readonly secret: string;
  readonly clock: Clock;
  /** Of one try, real ms; the probe itself may need several seconds for an answer. */
  readonly timeoutMs: number;
  /** The wall clock, epoch ms: the product's own may run fast in a rehearsal. Default: the machine's. */
  readonly wallClock?: () => number;
}

/**
 * A `cutover probe` at a site: it asks DNS and SIP from there. A probe that is down, slow or busy is a transient `Fault`,
 * one that refuses the question, or whose reply is not signed for it, a permanent one. Nothing is ever made of either.
 */
export interface RemoteProbe {
  dns(server: string, name: string, type: QuestionType, recursion: boolean): Promise<DnsAnswer>;
  options(gateway: Gateway): Promise<SipOutcome>;
}

export function createRemoteProbe(options: RemoteProbeOptions): RemoteProbe {
  const { name: probe, secret, clock } = options;
  const wallClock = options.wallClock ?? Date.now;
  const system = `The probe ${probe}`;
  const client = createVendorClient({
    system,
    baseUrl: options.baseUrl,
    headers: () => ({}),
    clock,
    timeoutMs: options.timeoutMs,
    tries: 2,
  });

  async function ask(path: string, question: object): Promise<unknown> {
    let nonce = '';
    const sign = ({ body }: { readonly body: string }) => {
      nonce = newNonce();
      const timestamp = String(wallClock());
      return {
        [HEADER.probe]: probe,
        [HEADER.timestamp]: timestamp,
        [HEADER.nonce]: nonce,
        [HEADER.signature]: signRequest(secret, { probe, method: 'POST', path, timestamp, nonce, body }),
      };
    };
    // Asking twice does nothing twice, and each try has a nonce of its own.
    const reply = await client.request('POST', path, { body: question, idempotent: true, sign }).catch(explained);
    if (!isOurs(reply, nonce)) {
      const message = `${system} gave an answer that is not signed with its secret, so it is not believed. Somebody on the way may have altered it; look at what stands between the bot and the probe.`;
      throw new Fault(message, { system, transient: false, status: reply.status });
    }
    return reply.body;
  }

  function isOurs({ status, text, headers }: VendorReply, nonce: string): boolean {
    return isSame(headers[HEADER.signature], signReply(secret, { probe, nonce, status, body: text }));
  }

  /** Without a reply nothing is known of what the probe would have seen, and people should read just that. */
  function explained(cause: unknown): never {
    if (!(cause instanceof Fault) || cause.status !== null || !cause.transient) throw cause;
    const message = `${system} does not answer, so nothing is known of what its network sees: ${cause.message}`;
    throw new Fault(message, { system, transient: true, cause });
  }

  function misread(): Fault {
    const message = `${system} answered in a form that is not known here. Run the same version of cutover on both sides.`;
    return new Fault(message, { system, transient: false });
  }

  const fromThere = ({ message, transient }: { readonly message: string; readonly transient: boolean }): Fault =>
    new Fault(`${message} (asked from the probe ${probe})`, { system, transient });

  return {
    async dns(server, name, type, recursion) {
      const read = DNS_REPLY.safeParse(await ask(PATHS.dns, { server, name, type, recursion }));
      if (!read.success) throw misread();
      if (read.data.kind === 'fault') throw fromThere(read.data);
      return { ...read.data.answer, server, at: clock.now() };
    },

    async options({ host, port, transport }) {
      const read = SIP_REPLY.safeParse(await ask(PATHS.sip, { host, port, transport }));
      if (!read.success) throw misread();
      if (read.data.kind === 'fault') throw fromThere(read.data);
      return read.data;
    },
  };
}
