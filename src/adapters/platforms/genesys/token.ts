import { z } from 'zod';
import type { Clock } from '../../../ports/clock';
import { Fault } from '../../../ports/fault';
import { type TokenSource, createTokenSource as tokenSource } from '../../http/token-source';
import { createVendorClient } from '../../http/vendor-client';
import { fitted, SYSTEM } from './fitted';

export interface TokenSourceOptions {
  readonly loginUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly clock: Clock;
  /** Limit of one try, real milliseconds. */
  readonly timeoutMs: number;
}

const tokenAnswer = z.looseObject({ access_token: z.string().min(1), expires_in: z.number().positive() });

/**
 * POST {login}/oauth/token, grant_type=client_credentials, HTTP Basic; 200 `{access_token, expires_in}` in seconds.
 * There is no refresh token. Throws `Fault` with a sentence of its own, because that answer may echo a credential.
 */
export function createTokenSource(options: TokenSourceOptions): TokenSource {
  const { clock } = options;
  const basic = Buffer.from(`${options.clientId}:${options.clientSecret}`).toString('base64');
  const login = createVendorClient({
    system: `${SYSTEM} login`,
    baseUrl: options.loginUrl,
    headers: () => ({ authorization: `Basic ${basic}` }),
    clock,
    timeoutMs: options.timeoutMs,
  });
  return tokenSource(clock, async () => {
    const { body } = await login
      .request('POST', '/oauth/token', { form: { grant_type: 'client_credentials' }, idempotent: true })
      .catch((error: unknown) => {
        throw inOwnWords(error);
      });
    const { access_token, expires_in } = fitted(tokenAnswer, body, 'POST', '/oauth/token');
    return { token: access_token, lifeMs: expires_in * 1000 };
  });
}

function inOwnWords(error: unknown): unknown {
  if (!(error instanceof Fault) || error.status === null) return error;
  const { status, transient, retryAfterMs } = error;
  const message = [400, 401, 403].includes(status)
    ? `${SYSTEM} login refuses the client credentials (${status}): check the client id, its secret and the region.`
    : `${SYSTEM} login gives no token: it answered ${status}${transient ? '' : ' with something else'}.`;
  return new Fault(message, { system: SYSTEM, transient, status, retryAfterMs });
}
