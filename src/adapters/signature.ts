import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto';
import type { AuditSignature } from '../core/audit-manifest';
import { Fault } from '../ports/fault';

/** Signs with a private Ed25519 key in PEM form. Throws a `Fault` that names no part of the key. */
export function signText(privatePem: string, text: string): AuditSignature {
  const key = keyFrom(() => createPrivateKey(privatePem), 'AUDIT_SIGNING_KEY');
  return {
    algorithm: 'ed25519',
    key: fingerprint(createPublicKey(key)),
    value: sign(null, Buffer.from(text, 'utf8'), key).toString('base64'),
  };
}

/** Whether this public key's owner signed this text. Throws a `Fault` where it is no public Ed25519 key. */
export function isSignedBy(publicPem: string, text: string, value: string): boolean {
  if (publicPem.includes('PRIVATE KEY'))
    throw unusable('The public key', 'is a private key: keep that one to yourself, and give the public one');
  const key = keyFrom(() => createPublicKey(publicPem), 'The public key');
  return verify(null, Buffer.from(text, 'utf8'), key, Buffer.from(value, 'base64'));
}

function keyFrom(read: () => KeyObject, name: string): KeyObject {
  let key: KeyObject;
  try {
    key = read();
  } catch {
    // What node says of a key it cannot read is left out: it may quote it.
    throw unusable(name, 'cannot be read as PEM');
  }
  if (key.asymmetricKeyType !== 'ed25519') throw unusable(name, `is of type ${key.asymmetricKeyType}, not Ed25519`);
  return key;
}

const unusable = (name: string, wrong: string): Fault =>
  new Fault(`${name} ${wrong}; docs/audit.md shows how a pair of keys is made.`, {
    system: 'signing',
    transient: false,
  });

const fingerprint = (key: KeyObject): string =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')
    .slice(0, 16);
