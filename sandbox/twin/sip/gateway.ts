/** A SIP gateway on the wire: OPTIONS over UDP and TCP on one port, and over TLS on another. */
import { createSocket } from 'node:dgram';
import { createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { type Listening, listen, listenOnOnePort } from '../listen';
import type { ServerIdentity } from './certificate';
import { parseRequest, respond, type SipPeer, type SipRequest, takeMessage } from './message';

/** How the gateway is at the moment. */
export interface GatewayMood {
  /** Registrations are being refused, or the gateway is down: seconds for Retry-After. */
  readonly retryAfterSeconds: number | null;
  readonly takesCalls: boolean;
}

export interface ServedGateway {
  readonly plainPort: number;
  readonly tlsPort: number;
  close(): Promise<void>;
}

const ALLOW = 'Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, NOTIFY, UPDATE, PRACK';
const MAX_MESSAGE = 65_536;

/** `mood` is asked at each request, after the world has been brought up to now. */
export async function serveGateway(identity: ServerIdentity, mood: () => GatewayMood): Promise<ServedGateway> {
  const reply = (head: string, peer: SipPeer) => answer(head, peer, mood);
  const udp = createSocket('udp4');
  udp.on('message', (bytes, peer) => {
    const text = bytes.toString('latin1');
    const response = reply(takeMessage(text)?.head ?? text, peer);
    if (response !== null) udp.send(Buffer.from(response, 'latin1'), peer.port, peer.address, () => undefined);
  });
  const plain = await listenOnOnePort(
    createServer((socket) => stream(socket, reply)),
    udp,
  );
  const tls = createTlsServer({ key: identity.key, cert: identity.cert }, (socket) => stream(socket, reply));
  tls.on('tlsClientError', (_error, socket) => socket.destroy());
  const secure: Listening = await listen(tls);
  return {
    plainPort: plain.port,
    tlsPort: secure.port,
    close: async () => {
      await Promise.all([plain.close(), secure.close()]);
    },
  };
}

function stream(socket: Socket, reply: (head: string, peer: SipPeer) => string | null): void {
  let waiting = '';
  socket.on('error', () => socket.destroy());
  socket.on('data', (chunk) => {
    waiting += chunk.toString('latin1');
    if (waiting.length > MAX_MESSAGE) return void socket.destroy();
    // Blank lines between messages keep a connection alive (RFC 5626, 4.4.1).
    waiting = waiting.replace(/^(?:\r\n)+/, '');
    for (let message = takeMessage(waiting); message; message = takeMessage(waiting)) {
      waiting = waiting.slice(message.length);
      const response = reply(message.head, { address: socket.remoteAddress ?? '', port: socket.remotePort ?? 0 });
      if (response !== null) socket.write(Buffer.from(response, 'latin1'));
    }
  });
}

function answer(head: string, peer: SipPeer, mood: () => GatewayMood): string | null {
  const parsed = parseRequest(head);
  if (parsed.kind === 'noise') return null;
  if (parsed.kind === 'bad') {
    const headers = new Map(head.split('\r\n').flatMap((line) => keepHeader(line)));
    return respond({ headers }, 400, 'Bad Request', peer);
  }
  return toRequest(parsed.request, peer, mood());
}

function toRequest(request: SipRequest, peer: SipPeer, mood: GatewayMood): string | null {
  const unavailable = () =>
    respond(request, 503, 'Service Unavailable', peer, [`Retry-After: ${mood.retryAfterSeconds ?? 30}`, ALLOW]);
  switch (request.method) {
    case 'ACK':
      return null;
    case 'OPTIONS':
      if (mood.retryAfterSeconds !== null) return unavailable();
      return respond(request, 200, 'OK', peer, [
        ALLOW,
        'Accept: application/sdp',
        'Accept-Encoding: identity',
        'Accept-Language: en',
        'Supported: timer, replaces',
      ]);
    case 'INVITE':
      return mood.takesCalls ? respond(request, 488, 'Not Acceptable Here', peer, [ALLOW]) : unavailable();
    case 'REGISTER':
      return mood.takesCalls ? respond(request, 403, 'Forbidden', peer) : unavailable();
    default:
      return respond(request, 405, 'Method Not Allowed', peer, [ALLOW]);
  }
}

function keepHeader(line: string): [string, string[]][] {
  const match = /^(via|from|to|call-id|cseq)\s*:\s*(.*)$/i.exec(line);
  return match?.[1] && match[2] !== undefined ? [[match[1].toLowerCase(), [match[2]]]] : [];
}
