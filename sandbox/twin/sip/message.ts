/** SIP requests and responses as text (RFC 3261): enough for gateways that answer OPTIONS and refuse the rest. */

export interface SipRequest {
  readonly method: string;
  readonly uri: string;
  /** Lower-case names; compact forms are written out. Values in order of appearance. */
  readonly headers: ReadonlyMap<string, readonly string[]>;
}

const COMPACT: Readonly<Record<string, string>> = {
  v: 'via',
  f: 'from',
  t: 'to',
  i: 'call-id',
  m: 'contact',
  l: 'content-length',
  c: 'content-type',
  k: 'supported',
};
const NEEDED = ['via', 'from', 'to', 'call-id', 'cseq'];

export type Parsed =
  | { readonly kind: 'request'; readonly request: SipRequest }
  | { readonly kind: 'bad' }
  | { readonly kind: 'noise' };

/** `bad` can still be answered with 400; `noise` cannot be answered at all. */
export function parseRequest(head: string): Parsed {
  const [start = '', ...lines] = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  const match = /^([A-Z]+) (\S+) SIP\/2\.0$/.exec(start);
  const headers = new Map<string, string[]>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon < 1) continue;
    const raw = line.slice(0, colon).trim().toLowerCase();
    const name = COMPACT[raw] ?? raw;
    headers.set(name, [...(headers.get(name) ?? []), line.slice(colon + 1).trim()]);
  }
  if (!headers.has('via') || start.startsWith('SIP/2.0')) return { kind: 'noise' };
  const request = { method: match?.[1] ?? '', uri: match?.[2] ?? '', headers };
  const isWhole = match !== null && NEEDED.every((name) => headers.has(name));
  const cseq = /^\d+ ([A-Z]+)$/.exec(headers.get('cseq')?.[0] ?? '');
  if (!isWhole || cseq?.[1] !== request.method) return { kind: 'bad' };
  return { kind: 'request', request };
}

/** The headers of a whole message, and how many bytes it has, once `text` holds all of it. */
export function takeMessage(text: string): { head: string; length: number } | null {
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return null;
  const head = text.slice(0, end);
  const declared = /\r\n(?:content-length|l)[ \t]*:[ \t]*(\d+)/i.exec(head);
  const length = end + 4 + Number(declared?.[1] ?? 0);
  return text.length >= length ? { head, length } : null;
}

export interface SipPeer {
  readonly address: string;
  readonly port: number;
}

/** A response that echoes Via, From, To (with a tag), Call-ID and CSeq (RFC 3261, 8.2.6). */
export function respond(
  request: Pick<SipRequest, 'headers'>,
  status: number,
  reason: string,
  peer: SipPeer,
  extra: readonly string[] = [],
): string {
  const { headers } = request;
  const lines = [`SIP/2.0 ${status} ${reason}`];
  for (const [i, via] of (headers.get('via') ?? []).entries())
    lines.push(`Via: ${i === 0 ? received(via, peer) : via}`);
  const echoed = { From: 'from', 'Call-ID': 'call-id', CSeq: 'cseq' };
  const to = headers.get('to')?.[0];
  if (to !== undefined) lines.push(`To: ${/;\s*tag=/i.test(to) ? to : `${to};tag=twin${tagOf(headers)}`}`);
  for (const [name, key] of Object.entries(echoed)) {
    const value = headers.get(key)?.[0];
    if (value !== undefined) lines.push(`${name}: ${value}`);
  }
  return [...lines, ...extra, 'Content-Length: 0', '', ''].join('\r\n');
}

/** RFC 3581: rport is filled in when it was asked for, and received always. */
function received(via: string, peer: SipPeer): string {
  const filled = via.replace(/;rport(?![=\w])/i, `;rport=${peer.port}`);
  return `${filled};received=${peer.address}`;
}

/** The same request gets the same tag, also when it is sent again. */
function tagOf(headers: SipRequest['headers']): string {
  let hash = 7;
  for (const character of headers.get('call-id')?.[0] ?? '')
    hash = (Math.imul(hash, 31) + character.charCodeAt(0)) >>> 0;
  return hash.toString(16);
}
