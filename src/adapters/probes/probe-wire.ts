/** What bot and probe say to each other, as JSON. Both sides read it strictly: the other may be of another version. */
import { z } from 'zod';
import type { DnsAnswer } from '../../ports/resolver';
import type { SipOutcome } from '../../ports/sip-probe';

export const PATHS = { dns: '/v1/dns', sip: '/v1/sip', health: '/healthz' } as const;
/** Of a request's body, in bytes. */
export const MAX_BODY_BYTES = 16 * 1024;

const text = (most: number) => z.string().max(most);
const figure = z.number().min(0).max(1e15);

export const DNS_QUESTION = z.strictObject({
  server: text(64).min(1),
  name: text(253).min(1),
  type: z.enum(['SRV', 'CNAME', 'A', 'AAAA', 'NAPTR', 'SOA', 'NS']),
  recursion: z.boolean(),
});

export const SIP_QUESTION = z.strictObject({
  host: text(253).min(1),
  port: z.int().min(1).max(65_535),
  transport: z.enum(['udp', 'tcp', 'tls']),
});

/** The probe's own look outside failed: the bot throws it on, as if it had looked by itself. */
const fault = z.strictObject({ kind: z.literal('fault'), message: text(500), transient: z.boolean() });

const dnsAnswer = z.strictObject({
  question: text(400),
  rcode: text(20),
  authoritative: z.boolean(),
  authenticData: z.boolean(),
  truncatedOverUdp: z.boolean(),
  values: z.array(text(2000)).max(500),
  ttl: figure.nullable(),
  negativeTtl: figure.nullable(),
  extendedErrors: z.array(z.int().min(0).max(65_535)).max(50),
  elapsedMs: figure,
});

export const DNS_REPLY = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('answer'), answer: dnsAnswer }),
  fault,
]);

const elapsedMs = figure;
const detail = text(500);

export const SIP_REPLY = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('answered'),
    status: z.int().min(200).max(699),
    reason: text(200),
    retryAfterSeconds: figure.nullable(),
    elapsedMs,
  }),
  z.strictObject({
    kind: z.literal('certificate'),
    wrong: z.enum(['name', 'issuer', 'expired', 'not-yet-valid', 'ours', 'other']),
    detail,
    elapsedMs,
  }),
  z.strictObject({ kind: z.enum(['refused', 'silent', 'unresolved']), detail, elapsedMs }),
  fault,
]);

export type DnsReply = z.output<typeof DNS_REPLY>;
export type SipReply = z.output<typeof SIP_REPLY>;

/** The wire leaves out what the asking side knows better: whom it asked, and when by its own clock. */
export function dnsReplyOf({ server: _server, at: _at, ...answer }: DnsAnswer): DnsReply {
  return {
    kind: 'answer',
    answer: { ...answer, values: [...answer.values], extendedErrors: [...answer.extendedErrors] },
  };
}

export const sipReplyOf = (outcome: SipOutcome): SipReply => outcome;
