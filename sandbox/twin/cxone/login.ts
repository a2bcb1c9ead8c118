/** `POST /authentication/v1/token/access-key` and the discovery document; tokens live an hour of sandbox time. */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ApiDesk } from '../http';
import type { Agenda } from '../model/agenda';
import { bodyOf, refusal } from './refusals';

const LIFE_SECONDS = 3600;

export interface AccessKey {
  readonly id: string;
  readonly secret: string;
}

export class AccessTokens {
  private readonly expiresAt = new Map<string, number>();
  private issued = 0;

  constructor(private readonly agenda: Agenda) {}

  issue(keyId: string): string {
    const seed = `${keyId}:${++this.issued}:${this.agenda.now}`;
    const token = createHash('sha256').update(seed).digest('base64url');
    this.expiresAt.set(token, this.agenda.now + LIFE_SECONDS * 1000);
    return token;
  }

  accepts(authorization: string | undefined): boolean {
    const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
    const until = this.expiresAt.get(token);
    return until !== undefined && until > this.agenda.now;
  }
}

const keyBody = z.strictObject({ accessKeyId: z.string(), accessKeySecret: z.string() });

/** `apiEndpoint` is asked late: the API's own port is known by then. */
export function loginDesk(tokens: AccessTokens, key: AccessKey, tenantId: string, apiEndpoint: () => string): ApiDesk {
  return {
    refuse: refusal,
    routes: {
      'POST /authentication/v1/token/access-key': (request) => {
        const { accessKeyId, accessKeySecret } = bodyOf(keyBody, request);
        if (accessKeyId !== key.id || accessKeySecret !== key.secret)
          return { status: 401, body: { error: 'invalid_client', errorDescription: 'The access key is not valid' } };
        return {
          status: 200,
          body: {
            access_token: tokens.issue(key.id),
            token_type: 'Bearer',
            // The vendor declares this text.
            expires_in: String(LIFE_SECONDS),
            refresh_token: 'not-used',
            refresh_token_expires_in: '7200',
            id_token: 'not-used',
          },
        };
      },
      'GET /.well-known/cxone-configuration': (request) => {
        if (request.query.get('tenantId') !== tenantId) return refusal(404, 'The tenant is not known');
        const endpoint = apiEndpoint();
        return {
          status: 200,
          body: {
            ui_endpoint: endpoint,
            auth_endpoint: endpoint,
            api_endpoint: endpoint,
            area: 'na1',
            cluster: 'c31',
            domain: 'niceincontact.com',
            acdDomain: 'nice-incontact.com',
            uhDomain: 'nice-incontact.com',
            tenantId,
          },
        };
      },
    },
  };
}
