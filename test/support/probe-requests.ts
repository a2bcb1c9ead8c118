/** Questions to a probe as they should be, and bent in one way each. */
import { type IncomingHttpHeaders, request as overHttp } from 'node:http';
import { HEADER, newNonce, signReply, signRequest } from '../../src/adapters/probes/probe-signature';

export interface Question {
  readonly probe: string;
  readonly secret: string;
  readonly path: string;
  readonly body: string;
  /** Epoch ms. Default: now. */
  readonly at?: number;
  readonly nonce?: string;
  readonly method?: string;
}

export interface Sent {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Answered {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
  readonly json: unknown;
}

export function signedQuestion({ probe, secret, path, body, ...more }: Question): Sent {
  const { method = 'POST', nonce = newNonce() } = more;
  const timestamp = String(more.at ?? Date.now());
  const headers = {
    'content-type': 'application/json',
    [HEADER.probe]: probe,
    [HEADER.timestamp]: timestamp,
    [HEADER.nonce]: nonce,
    [HEADER.signature]: signRequest(secret, { probe, method, path, timestamp, nonce, body }),
  };
  return { method, path, headers, body };
}

/** Whether an answer is signed with the secret, for this question and no other. */
export function isSignedFor(sent: Sent, answered: Answered, secret: string): boolean {
  const { [HEADER.probe]: probe = '', [HEADER.nonce]: nonce = '' } = sent.headers;
  const wanted = signReply(secret, { probe, nonce, status: answered.status, body: answered.text });
  return answered.headers[HEADER.signature] === wanted;
}

export function deliver(port: number, { method, path, headers, body }: Sent): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const request = overHttp({ host: '127.0.0.1', port, method, path, headers, agent: false }, (response) => {
      const pieces: Buffer[] = [];
      response.on('data', (piece: Buffer) => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(pieces).toString('utf8');
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text, json: jsonOf(text) });
      });
    });
    request.on('error', reject);
    request.end(body);
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
