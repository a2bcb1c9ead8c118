/**
 * How bot and probe know each other: HMAC-SHA256 with a shared secret over everything that means something
 * (docs/decisions, "signed questions to probes"). Request and reply open with different words, so that one can never
 * stand in for the other, and both name the probe, so that a secret used twice does not let one probe speak for another.
 */
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

export const HEADER = {
  probe: 'x-cutover-probe',
  /** Epoch ms of the sender's wall clock. */
  timestamp: 'x-cutover-timestamp',
  nonce: 'x-cutover-nonce',
  signature: 'x-cutover-signature',
} as const;

/** How far the two clocks and the way between them may be apart, ms. */
export const CLOCK_WINDOW_MS = 60_000;

export interface SignedRequest {
  readonly probe: string;
  readonly method: string;
  readonly path: string;
  readonly timestamp: string;
  readonly nonce: string;
  readonly body: string | Buffer;
}

export interface SignedReply {
  readonly probe: string;
  /** Of the request that is answered. */
  readonly nonce: string;
  readonly status: number;
  readonly body: string | Buffer;
}

/** 128 bits by chance: never the same twice. */
export const newNonce = (): string => randomBytes(16).toString('base64url');

export function signRequest(secret: string, request: SignedRequest): string {
  const { probe, method, path, timestamp, nonce, body } = request;
  return signature(secret, ['cutover-probe request v1', probe, method, path, timestamp, nonce], body);
}

export function signReply(secret: string, { probe, nonce, status, body }: SignedReply): string {
  return signature(secret, ['cutover-probe reply v1', probe, nonce, String(status)], body);
}

/** Takes the same time wherever the two differ. */
export function isSame(given: string | undefined, wanted: string): boolean {
  const [a, b] = [Buffer.from(given ?? ''), Buffer.from(wanted)];
  return a.length === b.length && timingSafeEqual(a, b);
}

/** None of the fields can hold a line end, and the body comes last: no two requests give the same text. */
function signature(secret: string, fields: readonly string[], body: string | Buffer): string {
  if (fields.some((field) => /[\r\n]/.test(field))) throw new Error('a signed field holds a line end');
  return `v1=${createHmac('sha256', secret)
    .update(`${fields.join('\n')}\n`)
    .update(body)
    .digest('hex')}`;
}
