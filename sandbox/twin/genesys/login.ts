/** `POST https://login.{region}/oauth/token`: client credentials only; tokens live in sandbox seconds. */
import { createHash } from 'node:crypto';
import type { ApiDesk, ApiReply } from '../http';
import type { Agenda } from '../model/agenda';

const LIFE_SECONDS = 86_400;
/** A second client of the organisation, with the same secret: what it writes is somebody else's change in the audit. */
export const COLLEAGUES_CLIENT = 'admin-console';

export class Tokens {
  private readonly expiresAt = new Map<string, number>();
  private readonly clients = new Map<string, string>();
  private issued = 0;

  constructor(private readonly agenda: Agenda) {}

  issue(clientId: string): string {
    const token = createHash('sha256')
      .update(`${clientId}:${++this.issued}:${this.agenda.now}`)
      .digest('base64url');
    this.expiresAt.set(token, this.agenda.now + LIFE_SECONDS * 1000);
    this.clients.set(token, clientId);
    return token;
  }

  /** Null when the header is missing, unknown or past its time. */
  accept(authorization: string | undefined): string | null {
    const token = /^Bearer (\S+)$/i.exec(authorization ?? '')?.[1] ?? '';
    const until = this.expiresAt.get(token);
    return until !== undefined && until > this.agenda.now ? token : null;
  }

  clientOf(token: string): string {
    return this.clients.get(token) ?? '';
  }

  idlesAt(token: string): number {
    return this.expiresAt.get(token) ?? 0;
  }
}

export function loginDesk(tokens: Tokens, clientId: string, clientSecret: string): ApiDesk {
  const refuse = (status: number, description: string, error = 'invalid_request'): ApiReply => ({
    status,
    body: { error, description, error_description: description },
  });
  return {
    refuse: (status, message) => refuse(status, message),
    routes: {
      'POST /oauth/token': (request) => {
        if (!/^application\/x-www-form-urlencoded\b/i.test(request.headers['content-type'] ?? '')) {
          return refuse(400, 'The content type must be application/x-www-form-urlencoded');
        }
        const client = [clientId, COLLEAGUES_CLIENT].find(
          (one) =>
            request.headers.authorization === `Basic ${Buffer.from(`${one}:${clientSecret}`).toString('base64')}`,
        );
        if (client === undefined) return refuse(401, 'client authentication failed', 'invalid_client');
        const grant = new URLSearchParams(request.body).get('grant_type');
        if (grant === null) return refuse(400, 'grant_type is missing');
        if (grant !== 'client_credentials') return refuse(400, 'grant_type is not supported', 'unsupported_grant_type');
        return {
          status: 200,
          body: { access_token: tokens.issue(client), token_type: 'bearer', expires_in: LIFE_SECONDS },
        };
      },
    },
  };
}
