/** Signature version 4 of AWS, checked as the vendor publishes it: a wrong secret, host, path, body or date does not pass. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { DoubleRequest } from './http-double';

export interface AwsKey {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | null;
  readonly region: string;
  readonly service: string;
}

export type SignatureFault =
  | 'MissingAuthenticationToken'
  | 'InvalidClientTokenId'
  | 'SignatureDoesNotMatch'
  | 'RequestExpired';

const LONGEST_SKEW_MS = 15 * 60_000;

export function signatureFault(request: DoubleRequest, key: AwsKey): SignatureFault | null {
  const header = String(request.headers.authorization ?? '');
  const found =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8})\/([^/]+)\/([^/]+)\/aws4_request, SignedHeaders=([a-z0-9;-]+), Signature=([0-9a-f]{64})$/.exec(
      header,
    );
  if (!found) return 'MissingAuthenticationToken';
  const [, id, day = '', region, service, names = '', signature = ''] = found;
  if (id !== key.accessKeyId) return 'InvalidClientTokenId';
  if ((key.sessionToken ?? undefined) !== request.headers['x-amz-security-token']) return 'InvalidClientTokenId';
  if (region !== key.region || service !== key.service) return 'SignatureDoesNotMatch';
  const signed = names.split(';');
  if (!signed.includes('host') || !signed.includes('x-amz-date')) return 'SignatureDoesNotMatch';
  const stamp = String(request.headers['x-amz-date'] ?? '');
  const at = Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));
  if (!stamp.startsWith(day) || !(Math.abs(Date.now() - at) < LONGEST_SKEW_MS)) return 'RequestExpired';
  const canonical = [
    request.method,
    request.path.split('/').map(encoded).join('/'),
    queryOf(request.query),
    ...signed.map(
      (name) =>
        `${name}:${String(request.headers[name] ?? '')
          .trim()
          .replace(/\s+/g, ' ')}`,
    ),
    '',
    names,
    sha256(request.body),
  ].join('\n');
  const scope = `${day}/${region}/${service}/aws4_request`;
  const text = ['AWS4-HMAC-SHA256', stamp, scope, sha256(canonical)].join('\n');
  const secret = [day, key.region, key.service, 'aws4_request'].reduce(hmac, Buffer.from(`AWS4${key.secretAccessKey}`));
  const wanted = hmac(secret, text);
  return timingSafeEqual(wanted, Buffer.from(signature, 'hex')) ? null : 'SignatureDoesNotMatch';
}

function queryOf(query: URLSearchParams): string {
  const pairs = [...query].map(([name, value]) => `${encoded(name)}=${encoded(value)}`);
  return pairs.sort().join('&');
}

/** RFC 3986: everything but unreserved characters; path segments that are encoded already are encoded once more. */
function encoded(text: string): string {
  return encodeURIComponent(text).replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const hmac = (key: Buffer, text: string): Buffer => createHmac('sha256', key).update(text).digest();
