import { type Answer, AUTHENTIC_DATA, decode, encode, type Packet, RECURSION_DESIRED } from 'dns-packet';
import type { QuestionType } from '../../ports/resolver';
import { canonicalHost, canonicalValues } from '../dns/record-values';

export interface DnsQuestion {
  readonly id: number;
  readonly name: string;
  readonly type: QuestionType;
  readonly recursion: boolean;
}

export interface DnsReply {
  readonly rcode: string;
  readonly authoritative: boolean;
  readonly authenticData: boolean;
  readonly truncated: boolean;
  /** Whether the other side speaks EDNS. */
  readonly edns: boolean;
  readonly values: readonly string[];
  readonly ttl: number | null;
  readonly negativeTtl: number | null;
  readonly extendedErrors: readonly number[];
}

/** UDP payload that fits every path without fragments (DNS flag day 2020). */
const UDP_PAYLOAD_BYTES = 1232;
const HEADER_BYTES = 12;
const TRUNCATED = 0x0200;
const EXTENDED_ERROR = 15;
const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED', 'YXDOMAIN', 'YXRRSET', 'NXRRSET'];

/** The wire form of a question (RFC 1035 section 4), by default with EDNS 0 (RFC 6891). Throws for a name that has none. */
export function encodeQuestion(question: DnsQuestion, edns = true): Buffer {
  assertName(question.name);
  const packet: Packet = {
    type: 'query',
    id: question.id,
    // RFC 6840 section 5.7: with AD set, a validating resolver says whether it has validated.
    flags: question.recursion ? RECURSION_DESIRED | AUTHENTIC_DATA : 0,
    questions: [{ name: question.name, type: question.type, class: 'IN' }],
  };
  if (edns) {
    const udpPayloadSize = UDP_PAYLOAD_BYTES;
    packet.additionals = [
      {
        name: '.',
        type: 'OPT',
        udpPayloadSize,
        extendedRcode: 0,
        ednsVersion: 0,
        flags: 0,
        flag_do: false,
        options: [],
      },
    ];
  }
  return encode(packet);
}

/** RFC 1035 section 2.3.4: labels of 63 bytes, 253 in all as text. The library would write longer ones as pointers. */
function assertName(name: string): void {
  const bytes = canonicalHost(name);
  const fits = bytes.length <= 253 && bytes.split('.').every((label) => label.length >= 1 && label.length <= 63);
  if (!fits || /[^\x21-\x7e]/.test(bytes)) throw new Error('no DNS name');
}

/** The reply to exactly this question, or null: a stranger's, an older try's or an unreadable packet. */
export function readReply(bytes: Buffer, question: DnsQuestion): DnsReply | null {
  if (bytes.length < HEADER_BYTES || bytes.readUInt16BE(0) !== question.id) return null;
  const flags = bytes.readUInt16BE(2);
  const isReply = (flags & 0x8000) !== 0 && (flags & 0x7800) === 0;
  if (!isReply || !echoesQuestion(bytes, question)) return null;
  const marks = { authoritative: (flags & 0x0400) !== 0, authenticData: (flags & AUTHENTIC_DATA) !== 0 };
  if ((flags & TRUNCATED) !== 0) {
    // The rest may end in the middle of a record, and nothing of it may be used (RFC 2181 section 9).
    const nothing = { edns: true, values: [], ttl: null, negativeTtl: null, extendedErrors: [] };
    return { rcode: rcodeOf(flags & 0xf), ...marks, truncated: true, ...nothing };
  }
  try {
    const packet = decode(bytes);
    const opt = packet.additionals?.find((record) => record.type === 'OPT');
    const rcode = rcodeOf(((opt?.extendedRcode ?? 0) << 4) | (flags & 0xf));
    const shown = valuesOf(packet.answers ?? [], question);
    return {
      rcode,
      ...marks,
      truncated: false,
      edns: opt !== undefined,
      ...shown,
      negativeTtl: shown.values.length === 0 ? negativeTtlOf(rcode, packet.authorities ?? []) : null,
      extendedErrors: extendedErrorsOf(opt?.options ?? []),
    };
  } catch {
    return null;
  }
}

/** Some servers leave the question out when they could not read it: then id and port are all there is to match by. */
function echoesQuestion(bytes: Buffer, question: DnsQuestion): boolean {
  const questions = bytes.readUInt16BE(4);
  if (questions === 0) return bytes.length === HEADER_BYTES && (bytes.readUInt16BE(2) & 0xf) !== 0;
  if (questions !== 1) return false;
  try {
    const alone = Buffer.from(bytes);
    alone.fill(0, 6, HEADER_BYTES);
    const echoed = decode(alone).questions?.[0];
    if (!echoed) return false;
    const sameName = canonicalHost(echoed.name) === canonicalHost(question.name);
    return sameName && echoed.type === question.type && (echoed.class ?? 'IN') === 'IN';
  } catch {
    return false;
  }
}

/** Records of the asked type at the asked name, or where CNAMEs lead from there; their order in the packet is free. */
function valuesOf(answers: readonly Answer[], question: DnsQuestion): Pick<DnsReply, 'values' | 'ttl'> {
  const names = new Set([canonicalHost(question.name)]);
  const counted = new Set<{ readonly ttl: number }>();
  const values: string[] = [];
  for (let round = 0; round <= answers.length; round += 1) {
    for (const record of answers) {
      if (record.type !== 'CNAME' || question.type === 'CNAME' || !names.has(canonicalHost(record.name))) continue;
      names.add(canonicalHost(record.data));
      // An address is as old as the youngest link on the way to it.
      if (question.type === 'A' || question.type === 'AAAA') counted.add({ ttl: record.ttl ?? 0 });
    }
  }
  for (const record of answers) {
    if (record.type !== question.type || !names.has(canonicalHost(record.name))) continue;
    const text = textOf(record);
    if (text === null) continue;
    values.push(text);
    counted.add({ ttl: 'ttl' in record ? (record.ttl ?? 0) : 0 });
  }
  if (values.length === 0) return { values: [], ttl: null };
  const type = question.type;
  const sorted = type === 'SOA' || type === 'NS' ? [...new Set(values)].sort() : canonicalValues(type, values);
  return { values: sorted, ttl: Math.min(...[...counted].map((record) => record.ttl)) };
}

/** RFC 2308 section 5: a name or type that is not there is remembered for the lesser of the SOA's TTL and its minimum. */
function negativeTtlOf(rcode: string, authorities: readonly Answer[]): number | null {
  if (rcode !== 'NXDOMAIN' && rcode !== 'NOERROR') return null;
  const soa = authorities.find((record) => record.type === 'SOA');
  return soa?.type === 'SOA' ? Math.min(soa.ttl ?? 0, soa.data.minimum ?? 0) : null;
}

function textOf(record: Answer): string | null {
  switch (record.type) {
    case 'SRV': {
      const { priority, weight, port, target } = record.data;
      return `${priority ?? 0} ${weight ?? 0} ${port} ${target}`;
    }
    case 'SOA': {
      const { mname, rname, serial, refresh, retry, expire, minimum } = record.data;
      return [canonicalHost(mname), canonicalHost(rname), serial, refresh, retry, expire, minimum].join(' ');
    }
    case 'NAPTR': {
      const { order, preference, flags: kind, services, regexp, replacement } = record.data;
      const quoted = [kind, services, regexp].map((text) => `"${text}"`);
      return [order, preference, ...quoted, canonicalHost(replacement)].join(' ').toLowerCase();
    }
    case 'NS':
      return canonicalHost(record.data);
    case 'A':
    case 'AAAA':
    case 'CNAME':
      return record.data;
    default:
      return null;
  }
}

/** RFC 8914 section 2: option 15, a two-byte code and a text that may be empty. The library knows its bytes only. */
function extendedErrorsOf(options: readonly { readonly code: number; readonly data?: unknown }[]): readonly number[] {
  const codes: number[] = [];
  for (const { code, data } of options) {
    if (code === EXTENDED_ERROR && Buffer.isBuffer(data) && data.length >= 2) codes.push(data.readUInt16BE(0));
  }
  return codes;
}

function rcodeOf(code: number): string {
  return RCODES[code] ?? (code === 9 ? 'NOTAUTH' : code === 16 ? 'BADVERS' : `RCODE${code}`);
}
