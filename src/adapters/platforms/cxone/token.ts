import { z } from 'zod';
import type { Clock } from '../../../ports/clock';
import { Fault } from '../../../ports/fault';
import { type TokenSource, createTokenSource as tokenSource } from '../../http/token-source';
import { createVendorClient } from '../../http/vendor-client';
import { fitted, SYSTEM } from './fitted';

export interface TokenSourceOptions {
  /** `https://{area}.nice-incontact.com` */
  readonly tokenUrl: string;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly clock: Clock;
  /** Limit of one try, real milliseconds. */
  readonly timeoutMs: number;
}

const PATH = '/authentication/v1/token/access-key';

const seconds = z
  .union([
    z.number(),
    z
      .string()
      .regex(/^\d{1,9}$/)
      .transform(Number),
  ])
  .refine((life) => life > 0);
const tokenAnswer = z.looseObject({ access_token: z.string().min(1), expires_in: seconds });

/**
 * POST {area}/authentication/v1/token/access-key `{accessKeyId, accessKeySecret}`; 200 `{access_token, expires_in}`, in
 * seconds and by declaration text. The refresh token is not used: the key gives a new one as well. Throws `Fault` in
 * words of its own, because that answer may echo a credential.
 */
export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const { clock, accessKeyId, accessKeySecret } = options;
  const login = createVendorClient({
    system: `${SYSTEM} login`,
    baseUrl: options.tokenUrl,
    headers: () => ({}),
    clock,
    timeoutMs: options.timeoutMs,
  });
  return tokenSource(clock, async () => {
    const { body } = await login
      .request('POST', PATH, { body: { accessKeyId, accessKeySecret }, idempotent: true })
      .catch((error: unknown) => {
        throw inOwnWords(error);
      });
    const { access_token, expires_in } = fitted(tokenAnswer, body, 'POST', PATH);
    return { token: access_token, lifeMs: expires_in * 1000 };
  });
}

function inOwnWords(error: unknown): unknown {
  if (!(error instanceof Fault) || error.status === null) return error;
  const { status, transient, retryAfterMs } = error;
  const message = [400, 401, 403].includes(status)
    ? `${SYSTEM} login refuses the access key (${status}): check its id, its secret, and that its user is active.`
    : `${SYSTEM} login gives no token: it answered ${status}${transient ? '' : ' with something else'}.`;
  return new Fault(message, { system: SYSTEM, transient, status, retryAfterMs });
}
