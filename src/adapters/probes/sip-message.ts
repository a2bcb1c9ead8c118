import { isIPv6 } from 'node:net';
import type { Gateway, SipTransport } from '../../core/site';
import { readRetryAfter } from './retry-after';

/** What ties a reply to its request (RFC 3261 sections 17.1.3 and 8.1.3.5). */
export interface SipTransaction {
  readonly branch: string;
  readonly callId: string;
  readonly cseq: number;
  readonly tag: string;
}

export interface SipReply {
  readonly status: number;
  readonly reason: string;
  readonly retryAfterSeconds: number | null;
}

/** Longest message that is put together from a stream, in bytes. */
export const MAX_MESSAGE_BYTES = 65_536;
const COMPACT: Readonly<Record<string, string>> = { v: 'via', i: 'call-id', l: 'content-length' };
const VIA_TRANSPORT: Readonly<Record<SipTransport, string>> = { udp: 'UDP', tcp: 'TCP', tls: 'TLS' };

/** A dialog-less OPTIONS with all that RFC 3261 sections 8.1.1 and 11.1 ask for; `local` is where replies reach us. */
export function composeOptions(
  gateway: Gateway,
  local: { readonly address: string; readonly port: number },
  transaction: SipTransaction,
): Buffer {
  const here = `${bracketed(local.address)}:${local.port}`;
  const uri = `sip:${bracketed(gateway.host)}:${gateway.port}`;
  const transport = gateway.transport === 'udp' ? '' : `;transport=${gateway.transport}`;
  const lines = [
    `OPTIONS ${uri}${transport} SIP/2.0`,
    `Via: SIP/2.0/${VIA_TRANSPORT[gateway.transport]} ${here};branch=${transaction.branch};rport`,
    'Max-Forwards: 70',
    `From: <sip:cutover@${bracketed(local.address)}>;tag=${transaction.tag}`,
    `To: <${uri}>`,
    `Call-ID: ${transaction.callId}`,
    `CSeq: ${transaction.cseq} OPTIONS`,
    `Contact: <sip:cutover@${here}${transport}>`,
    'Accept: application/sdp',
    'User-Agent: cutover',
    'Content-Length: 0',
  ];
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`);
}

/** The reply of this transaction, or null: a request, a stranger's reply or no SIP at all. `text` is latin1. */
export function readReply(text: string, transaction: SipTransaction): SipReply | null {
  const [first, ...rest] = headOf(text).split(/\r?\n/);
  const status = /^SIP\/2\.0 ([1-6]\d\d)(?: (.*))?$/i.exec(first ?? '');
  if (!status) return null;
  const headers = headersOf(rest);
  const branch = /;\s*branch\s*=\s*([^;,\s]+)/i.exec(headers.get('via') ?? '')?.[1];
  const cseq = /^(\d+)\s+(\S+)$/.exec(headers.get('cseq') ?? '');
  const ours =
    branch?.toLowerCase() === transaction.branch.toLowerCase() &&
    headers.get('call-id') === transaction.callId &&
    Number(cseq?.[1]) === transaction.cseq &&
    cseq?.[2] === 'OPTIONS';
  if (!ours) return null;
  return {
    status: Number(status[1]),
    reason: readable(status[2] ?? ''),
    retryAfterSeconds: readRetryAfter(headers.get('retry-after'))?.seconds ?? null,
  };
}

/**
 * Cuts the first whole message off a stream (RFC 3261 section 18.3): head, blank line, Content-Length bytes of body.
 * Null while bytes are missing. Line ends before a message are keep-alives. `text` is latin1: a character is a byte.
 */
export function takeMessage(text: string): { readonly message: string; readonly rest: string } | null {
  const stream = text.replace(/^[\r\n]+/, '');
  const blank = /\r?\n\r?\n/.exec(stream);
  if (!blank) return null;
  const headEnd = blank.index + blank[0].length;
  const headers = headersOf(stream.slice(0, blank.index).split(/\r?\n/).slice(1));
  const end = headEnd + (Number.parseInt(headers.get('content-length') ?? '0', 10) || 0);
  return end > stream.length ? null : { message: stream.slice(0, end), rest: stream.slice(end) };
}

function headOf(text: string): string {
  return text.replace(/^[\r\n]+/, '').split(/\r?\n\r?\n/, 1)[0] ?? '';
}

/** By lower-case long name, the topmost of each: of several Via lines only the first is ours. Folded lines are joined. */
function headersOf(lines: readonly string[]): ReadonlyMap<string, string> {
  const unfolded: string[] = [];
  for (const line of lines) {
    const last = unfolded.length - 1;
    if (/^[ \t]/.test(line) && last >= 0) unfolded[last] = `${unfolded[last]} ${line.trim()}`;
    else unfolded.push(line);
  }
  const headers = new Map<string, string>();
  for (const line of unfolded) {
    const colon = line.indexOf(':');
    if (colon < 1) continue;
    const name = line.slice(0, colon).trim().toLowerCase();
    const long = COMPACT[name] ?? name;
    if (!headers.has(long)) headers.set(long, line.slice(colon + 1).trim());
  }
  return headers;
}

/** The other side's words for people: UTF-8, no control characters, at most 100 characters. */
function readable(latin1: string): string {
  const text = Buffer.from(latin1, 'latin1').toString('utf8');
  return [...text.replace(/[\p{Cc}\p{Cf}]+/gu, ' ').trim()].slice(0, 100).join('');
}

function bracketed(host: string): string {
  return isIPv6(host) ? `[${host}]` : host;
}
