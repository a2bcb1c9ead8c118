import { Agent as HttpAgent, request as overHttp, type RequestOptions } from 'node:http';
import { Agent as HttpsAgent, request as overHttps } from 'node:https';
import type { Socket } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import type { FetchFunction } from '@slack/web-api';
import type { MaySend } from '../../ports/thread';

interface Agents {
  readonly http: HttpAgent;
  readonly https: HttpsAgent;
}

/** Real ms. As long as Node's own `fetch` keeps a connection that nobody uses. */
const KEPT_OPEN_MS = 4_000;
const KEPT_OPEN: Agents = {
  http: new HttpAgent({ keepAlive: true, timeout: KEPT_OPEN_MS }),
  https: new HttpsAgent({ keepAlive: true, timeout: KEPT_OPEN_MS }),
};

/** Nothing of the request has left. */
export class NotSent extends Error {
  constructor() {
    super('what was to be sent was too old to be sent');
    this.name = 'NotSent';
  }
}

/**
 * A `fetch` that opens the connection first, then asks whether it may still send, and hands the whole request over in the
 * same turn. The usual one asks nobody, and between its call and its first byte lie a look-up and a handshake or two.
 */
export function fetchWhen(maySend: MaySend, agents = KEPT_OPEN): FetchFunction {
  return (to, { method = 'POST', headers = {}, body, signal } = {}) =>
    new Promise((resolve, reject) => {
      if (typeof body === 'object') throw new TypeError('only text is sent');
      const url = new URL(to);
      const isSecure = url.protocol === 'https:';
      const about: RequestOptions = { method, headers, agent: isSecure ? agents.https : agents.http };
      const request = (isSecure ? overHttps : overHttp)(url, signal ? { ...about, signal } : about);
      const send = (): void => {
        if (maySend()) request.end(body);
        else request.destroy(new NotSent());
      };
      request.on('error', reject);
      request.once('socket', (socket: Socket) => {
        if (socket.connecting) socket.once(isSecure ? 'secureConnect' : 'connect', send);
        else send();
      });
      request.once('response', (answer) => {
        const { statusCode: status = 0, statusMessage: statusText = '' } = answer;
        const plain = Object.entries(answer.headersDistinct).map(([name, all = []]): [string, string] => [
          name,
          all.join(', '),
        ]);
        textOf(answer)
          .then((said) => resolve(new Response(said, { status, statusText, headers: plain })))
          .catch(reject);
      });
    });
}
