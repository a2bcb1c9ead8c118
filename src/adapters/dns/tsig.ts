/** Transaction signatures of DNS messages (RFC 8945): who asks, and that nobody changed it on the way. */
import { createHmac, timingSafeEqual } from 'node:crypto';
import { nameBytes, uint16, uint32 } from './wire-record';

export interface TsigKey {
  readonly name: string;
  readonly algorithm: 'hmac-sha256' | 'hmac-sha384' | 'hmac-sha512';
  /** Base64. */
  readonly secret: string;
}

export interface SignedMessage {
  readonly bytes: Buffer;
  /** The signature of a reply covers that of the request. */
  readonly mac: Buffer;
}

/** What a reply's signature says. `unsigned`: none, or one without a MAC, as servers send when they do not know the key. */
export interface TsigVerdict {
  readonly kind: 'good' | 'wrong' | 'unsigned';
  /** Extended code of the signature record (16 BADSIG, 17 BADKEY, 18 BADTIME); 0 without. Believed for its sentence only. */
  readonly error: number;
  /** The message without its signature, with the count of its records set right. */
  readonly message: Buffer;
}

const HEADER_BYTES = 12;
const TYPE_TSIG = 250;
const CLASS_ANY = 255;
/** Seconds that two clocks may differ by (RFC 8945 section 10 recommends 300). */
const FUDGE_SECONDS = 300;

/** `now` in epoch ms of the real world: the server compares it with its own clock. */
export function signMessage(message: Buffer, key: TsigKey, now: number): SignedMessage {
  const seconds = Math.floor(now / 1000);
  const mac = hmac(key, [message, variablesOf(key, seconds, FUDGE_SECONDS, 0, Buffer.alloc(0))]);
  const data = Buffer.concat([
    nameBytes(key.algorithm),
    uint48(seconds),
    uint16(FUDGE_SECONDS),
    uint16(mac.length),
    mac,
    message.subarray(0, 2),
    uint16(0),
    uint16(0),
  ]);
  const record = Buffer.concat([
    nameBytes(key.name),
    uint16(TYPE_TSIG),
    uint16(CLASS_ANY),
    uint32(0),
    uint16(data.length),
    data,
  ]);
  const bytes = Buffer.concat([message, record]);
  bytes.writeUInt16BE(message.readUInt16BE(10) + 1, 10);
  return { bytes, mac };
}

/** Throws a `RangeError` for a message that ends before its counts do. */
export function verifyReply(reply: Buffer, key: TsigKey, requestMac: Buffer, now: number): TsigVerdict {
  const found = signatureOf(reply);
  if (!found) return { kind: 'unsigned', error: 0, message: reply };
  const message = Buffer.from(reply.subarray(0, found.start));
  message.writeUInt16BE(message.readUInt16BE(10) - 1, 10);
  if (found.mac.length === 0) return { kind: 'unsigned', error: found.error, message };
  const signed = Buffer.from(message);
  signed.writeUInt16BE(found.originalId, 0);
  const expected = hmac(key, [
    uint16(requestMac.length),
    requestMac,
    signed,
    variablesOf(key, found.seconds, found.fudge, found.error, found.other),
  ]);
  const ours = found.name.equals(nameBytes(key.name)) && found.algorithm.equals(nameBytes(key.algorithm));
  const same = found.mac.length === expected.length && timingSafeEqual(found.mac, expected);
  // BADTIME carries the server's own time, which is the point of it.
  const inTime = found.error === 18 || Math.abs(Math.floor(now / 1000) - found.seconds) <= found.fudge;
  return { kind: ours && same && inTime ? 'good' : 'wrong', error: found.error, message };
}

interface Signature {
  readonly start: number;
  readonly name: Buffer;
  readonly algorithm: Buffer;
  readonly seconds: number;
  readonly fudge: number;
  readonly mac: Buffer;
  readonly originalId: number;
  readonly error: number;
  readonly other: Buffer;
}

/** The signature is the last record of the last section, or there is none (RFC 8945 section 5.1). */
function signatureOf(message: Buffer): Signature | null {
  const [questions = 0, ...sections] = [4, 6, 8, 10].map((at) => message.readUInt16BE(at));
  const records = sections.reduce((sum, count) => sum + count, 0);
  if ((sections[2] ?? 0) === 0) return null;
  let at = HEADER_BYTES;
  for (let i = 0; i < questions; i += 1) at = skipName(message, at) + 4;
  for (let i = 0; i < records - 1; i += 1) at = skipRecord(message, at);
  const type = message.readUInt16BE(skipName(message, at));
  if (type !== TYPE_TSIG || skipRecord(message, at) !== message.length) return null;
  return readSignature(message, at);
}

function readSignature(message: Buffer, start: number): Signature {
  const afterName = skipName(message, start);
  const data = afterName + 10;
  const afterAlgorithm = skipName(message, data);
  const macLength = message.readUInt16BE(afterAlgorithm + 8);
  const afterMac = afterAlgorithm + 10 + macLength;
  const otherLength = message.readUInt16BE(afterMac + 4);
  return {
    start,
    name: lower(message.subarray(start, afterName)),
    algorithm: lower(message.subarray(data, afterAlgorithm)),
    seconds: message.readUIntBE(afterAlgorithm, 6),
    fudge: message.readUInt16BE(afterAlgorithm + 6),
    mac: message.subarray(afterAlgorithm + 10, afterMac),
    originalId: message.readUInt16BE(afterMac),
    error: message.readUInt16BE(afterMac + 2),
    other: message.subarray(afterMac + 6, afterMac + 6 + otherLength),
  };
}

function skipRecord(message: Buffer, at: number): number {
  const afterName = skipName(message, at);
  return afterName + 10 + message.readUInt16BE(afterName + 8);
}

/** Labels up to the root or up to a pointer, which ends a name (RFC 1035 section 4.1.4). */
function skipName(message: Buffer, from: number): number {
  for (let at = from; ; ) {
    const length = message.readUInt8(at);
    if (length === 0) return at + 1;
    if (length >= 0xc0) return at + 2;
    at += 1 + length;
  }
}

/** A compressed name comes back with its pointer and then equals none of ours; signature names are never compressed. */
function lower(name: Buffer): Buffer {
  return Buffer.from(name.toString('latin1').toLowerCase(), 'latin1');
}

function variablesOf(key: TsigKey, seconds: number, fudge: number, error: number, other: Buffer): Buffer {
  return Buffer.concat([
    nameBytes(key.name),
    uint16(CLASS_ANY),
    uint32(0),
    nameBytes(key.algorithm),
    uint48(seconds),
    uint16(fudge),
    uint16(error),
    uint16(other.length),
    other,
  ]);
}

function hmac(key: TsigKey, parts: readonly Buffer[]): Buffer {
  const mac = createHmac(key.algorithm.replace('hmac-', ''), Buffer.from(key.secret, 'base64'));
  for (const part of parts) mac.update(part);
  return mac.digest();
}

function uint48(value: number): Buffer {
  const bytes = Buffer.alloc(6);
  bytes.writeUIntBE(value, 0, 6);
  return bytes;
}
