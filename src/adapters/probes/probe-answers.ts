import type { z } from 'zod';
import type { SipTransport } from '../../core/site';
import { Fault } from '../../ports/fault';
import type { Resolver } from '../../ports/resolver';
import type { SipProbe } from '../../ports/sip-probe';
import { DNS_QUESTION, type DnsReply, dnsReplyOf, PATHS, SIP_QUESTION, type SipReply, sipReplyOf } from './probe-wire';

export interface ProbeAnswer {
  readonly status: number;
  readonly body: DnsReply | SipReply | { readonly error: string };
  /** What was asked, for the log. */
  readonly asked: string;
}

export type AnswerQuestion = (path: string, question: unknown) => Promise<ProbeAnswer>;

/** Answers what was admitted. Only the named resolvers and the listed gateways are ever contacted. */
export function createAnswers(options: {
  readonly resolver: Resolver;
  readonly sip: SipProbe;
  /** As `gatewayKey` writes them. */
  readonly gateways: ReadonlySet<string>;
}): AnswerQuestion {
  const { resolver, sip, gateways } = options;

  async function dns(question: unknown): Promise<ProbeAnswer> {
    const read = DNS_QUESTION.safeParse(question);
    if (!read.success) return misread(read.error);
    const { server, name, type, recursion } = read.data;
    const asked = `${server} ${name} ${type}`;
    if (!resolver.knows(server))
      return refused(asked, `The resolver ${server} is not one that this probe may ask; PROBE_RESOLVERS names them.`);
    const body = await orFault(async () => dnsReplyOf(await resolver.ask(server, name, type, { recursion })));
    return { status: 200, body, asked };
  }

  async function sipOptions(question: unknown): Promise<ProbeAnswer> {
    const read = SIP_QUESTION.safeParse(question);
    if (!read.success) return misread(read.error);
    const { data: gateway } = read;
    const key = gatewayKey(gateway.host, gateway.port, gateway.transport);
    if (!gateways.has(key))
      return refused(key, `The gateway ${key} is not one that this probe may ask; PROBE_GATEWAYS lists them.`);
    return { status: 200, body: await orFault(async () => sipReplyOf(await sip.options(gateway))), asked: key };
  }

  return (path, question) => (path === PATHS.dns ? dns(question) : sipOptions(question));
}

/** `sip.example.com:5060/tcp`: as PROBE_GATEWAYS and the log write it. */
export function gatewayKey(host: string, port: number, transport: SipTransport): string {
  return `${host.includes(':') ? `[${host.toLowerCase()}]` : host.toLowerCase()}:${port}/${transport}`;
}

async function orFault<Reply>(
  ask: () => Promise<Reply>,
): Promise<Reply | { readonly kind: 'fault'; readonly message: string; readonly transient: boolean }> {
  try {
    return await ask();
  } catch (cause) {
    if (!(cause instanceof Fault)) throw cause;
    return { kind: 'fault', message: cause.message.slice(0, 500), transient: cause.transient };
  }
}

const refused = (asked: string, error: string): ProbeAnswer => ({ status: 403, body: { error }, asked });

function misread(error: z.ZodError): ProbeAnswer {
  const where = error.issues[0]?.path.join('.') || 'it';
  return { status: 400, body: { error: `The question cannot be read: ${where} is not as it should be.` }, asked: '' };
}
