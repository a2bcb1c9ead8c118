/** Records between their zone-file text and the wire. The codec does what is the same in every message. */
import { type Answer, encode } from 'dns-packet';
import type { RecordType } from '../../core/site';
import { canonicalHost, naptrParts, naptrText } from './record-values';

export const CLASS_IN = 1;
export const CLASS_ANY = 255;
export const TYPE_CODES: Readonly<Record<RecordType | 'SOA', number>> = {
  A: 1,
  CNAME: 5,
  SOA: 6,
  AAAA: 28,
  SRV: 33,
  NAPTR: 35,
};
const HEADER_BYTES = 12;

/** One resource record (RFC 1035 section 3.2.1); no `data` leaves it empty, as RFC 2136 has it for deletions. */
export function recordBytes(
  name: string,
  type: RecordType,
  kind: number,
  ttl: number,
  data: Buffer = Buffer.alloc(0),
): Buffer {
  return Buffer.concat([
    nameBytes(name),
    uint16(TYPE_CODES[type]),
    uint16(kind),
    uint32(ttl),
    uint16(data.length),
    data,
  ]);
}

/** Lower case and uncompressed: the canonical form, which signatures are made over. */
export function nameBytes(name: string): Buffer {
  const labels = canonicalHost(name)
    .split('.')
    .filter((label) => label !== '');
  if (labels.some((label) => label.length > 63 || /[^\x21-\x7e]/.test(label))) throw new Error('no DNS name');
  return Buffer.concat([
    ...labels.flatMap((label) => [Buffer.from([label.length]), Buffer.from(label, 'latin1')]),
    Buffer.from([0]),
  ]);
}

/** The data of a record from its zone-file text, letters as they are: a server compares texts with their case. */
export function dataBytes(type: RecordType, text: string): Buffer {
  const whole = encode({ type: 'response', answers: [answerOf(type, text)] });
  // The owner is the root: one byte, then type, class, TTL and length.
  return whole.subarray(HEADER_BYTES + 1 + 10);
}

function answerOf(type: RecordType, text: string): Answer {
  const owner = { name: '.', ttl: 0, class: 'IN' as const };
  switch (type) {
    case 'SRV': {
      const [priority, weight, port, target = ''] = text.trim().split(/\s+/);
      const figures = { priority: Number(priority), weight: Number(weight), port: Number(port) };
      return { ...owner, type, data: { ...figures, target } };
    }
    case 'NAPTR': {
      const parts = naptrParts(text);
      if (!parts) throw new Error(`${text} is no NAPTR value`);
      const { order, preference, flags, service, regexp, replacement } = parts;
      const texts = { flags: unescaped(flags), services: unescaped(service), regexp: unescaped(regexp) };
      return { ...owner, type, data: { order, preference, ...texts, replacement } };
    }
    case 'CNAME':
    case 'A':
    case 'AAAA':
      return { ...owner, type, data: text.trim() };
  }
}

/** The zone-file text of an answer, letters as they came; null for other types. */
export function textOf(answer: Answer): string | null {
  switch (answer.type) {
    case 'SRV': {
      const { priority, weight, port, target } = answer.data;
      return `${priority ?? 0} ${weight ?? 0} ${port} ${target}`;
    }
    case 'NAPTR': {
      const { order, preference, flags, services, regexp, replacement } = answer.data;
      const texts = { flags: escaped(flags), service: escaped(services), regexp: escaped(regexp) };
      return naptrText({ order, preference, ...texts, replacement: replacement === '' ? '.' : replacement });
    }
    case 'A':
    case 'AAAA':
    case 'CNAME':
    case 'NS':
      return answer.data;
    default:
      return null;
  }
}

const escaped = (text: string): string => text.replace(/[\\"]/g, '\\$&');
const unescaped = (text: string): string =>
  text.replace(/\\(\d{3}|.)/g, (_all, code: string) => (code.length === 3 ? String.fromCharCode(Number(code)) : code));

export function uint16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}
