/**
 * A self-signed certificate for the sandbox's SIP gateways, made anew at every start: no key lies in the repository.
 * X.509 v3 in DER by hand (RFC 5280, section 4.1), because Node can read certificates but not write them.
 */
import { generateKeyPairSync, sign } from 'node:crypto';

export interface ServerIdentity {
  /** PEM, PKCS #8. */
  readonly key: string;
  /** PEM; it is its own authority. */
  readonly cert: string;
}

const ECDSA_WITH_SHA256 = '1.2.840.10045.4.3.2';
const COMMON_NAME = '2.5.4.3';
const BASIC_CONSTRAINTS = '2.5.29.19';
const SUBJECT_ALT_NAME = '2.5.29.17';
const DAY_MS = 86_400_000;

/** Valid by the machine's real clock, as TLS checks it: from yesterday on, for ten years. */
export function selfSigned(hosts: readonly string[]): ServerIdentity {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const algorithm = sequence(oid(ECDSA_WITH_SHA256));
  const name = sequence(tag(0x31, sequence(oid(COMMON_NAME), tag(0x0c, Buffer.from('sandbox SIP gateways')))));
  const validity = sequence(utcTime(Date.now() - DAY_MS), utcTime(Date.now() + 3650 * DAY_MS));
  const altNames = sequence(...hosts.map((host) => tag(0x82, Buffer.from(host))));
  const isAuthority = sequence(tag(0x01, Buffer.from([0xff])));
  const extensions = sequence(
    sequence(oid(BASIC_CONSTRAINTS), tag(0x01, Buffer.from([0xff])), tag(0x04, isAuthority)),
    sequence(oid(SUBJECT_ALT_NAME), tag(0x04, altNames)),
  );
  const body = sequence(
    tag(0xa0, integer(2)),
    integer(Math.floor(Date.now() / 1000)),
    algorithm,
    name,
    validity,
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    tag(0xa3, extensions),
  );
  const signature = sign('sha256', body, privateKey);
  const certificate = sequence(body, algorithm, tag(0x03, Buffer.concat([Buffer.from([0]), signature])));
  return { key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(), cert: pem(certificate) };
}

function tag(identifier: number, content: Buffer): Buffer {
  const { length } = content;
  const header = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([identifier, ...header]), content]);
}

function sequence(...parts: Buffer[]): Buffer {
  return tag(0x30, Buffer.concat(parts));
}

function integer(value: number): Buffer {
  const hex = value.toString(16);
  const bytes = Buffer.from(hex.length % 2 === 1 ? `0${hex}` : hex, 'hex');
  const isNegative = ((bytes[0] ?? 0) & 0x80) !== 0;
  return tag(0x02, isNegative ? Buffer.concat([Buffer.from([0]), bytes]) : bytes);
}

function oid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let left = arc >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return tag(0x06, Buffer.from(bytes));
}

function utcTime(time: number): Buffer {
  return tag(0x17, Buffer.from(`${new Date(time).toISOString().slice(2, 19).replace(/[-:T]/g, '')}Z`));
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
