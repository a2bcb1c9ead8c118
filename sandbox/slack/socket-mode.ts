/** Socket Mode: the app dials in, each interaction travels as one envelope to one connection and is acknowledged by id. */
import { randomBytes, randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { ANSWER_WITHIN_MS, type AppAnswer, type Road } from './delivery';
import { acceptWebSocket, type WebSocketPeer } from './websocket';
import { isJson, type Json } from './wire';

const TICKET_LIVES_MS = 30_000;
const PING_EVERY_MS = 5000;

export class SocketMode {
  private readonly tickets = new Map<string, number>();
  private readonly peers: WebSocketPeer[] = [];
  private readonly waiting = new Map<string, (answer: AppAnswer) => void>();
  private readonly pinger = setInterval(() => this.pingAll(), PING_EVERY_MS);
  private turn = 0;

  constructor(private readonly appId: string) {
    this.pinger.unref();
  }

  /** A one-time address for apps.connections.open. */
  newAddress(base: string): string {
    const ticket = randomBytes(18).toString('base64url');
    this.tickets.set(ticket, Date.now() + TICKET_LIVES_MS);
    return `${base.replace(/^http/, 'ws')}/link/?ticket=${ticket}&app_id=${this.appId}`;
  }

  /** Takes over an upgrade request. */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const ticket = new URL(request.url ?? '/', 'http://localhost').searchParams.get('ticket') ?? '';
    const until = this.tickets.get(ticket);
    this.tickets.delete(ticket);
    if (until === undefined || Date.now() > until) {
      socket.end('HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n');
      return;
    }
    const peer = acceptWebSocket(request, socket, head);
    if (peer) this.welcome(peer);
  }

  get connections(): number {
    return this.peers.length;
  }

  /** A road that uses whichever connections are open, in turn. */
  road(): Road {
    return {
      send: (kind, payload) => {
        const peer = this.peers[this.turn++ % Math.max(1, this.peers.length)];
        if (!peer) return Promise.resolve({ ok: false, error: 'dispatch_failed' });
        return this.deliver(peer, kind, payload);
      },
    };
  }

  /** Cuts every connection, as an outage would. */
  cutAll(): void {
    for (const peer of [...this.peers]) peer.cut();
  }

  /** Says goodbye to every connection, for good. */
  close(): void {
    clearInterval(this.pinger);
    for (const peer of [...this.peers]) peer.close();
    for (const [id] of this.waiting) this.settle(id, { ok: false, error: 'dispatch_failed' });
  }

  private welcome(peer: WebSocketPeer): void {
    this.peers.push(peer);
    peer.onText = (text) => this.onText(text);
    peer.onClose = () => {
      this.peers.splice(this.peers.indexOf(peer), 1);
    };
    peer.send(
      JSON.stringify({
        type: 'hello',
        num_connections: this.peers.length,
        connection_info: { app_id: this.appId },
        debug_info: { host: 'applink-sandbox', build_number: 1, approximate_connection_time: 18_060 },
      }),
    );
    peer.ping();
  }

  private deliver(peer: WebSocketPeer, type: string, payload: Json): Promise<AppAnswer> {
    const id = randomUUID();
    return new Promise((resolve) => {
      const tooLate = setTimeout(() => this.settle(id, { ok: false, error: 'operation_timeout' }), ANSWER_WITHIN_MS);
      this.waiting.set(id, (answer) => {
        clearTimeout(tooLate);
        resolve(answer);
      });
      peer.send(JSON.stringify({ envelope_id: id, type, accepts_response_payload: true, payload }));
    });
  }

  private onText(text: string): void {
    const message = parse(text);
    if (typeof message?.envelope_id !== 'string') return;
    const { payload } = message;
    const body =
      typeof payload === 'string' ? payload : isJson(payload) && Object.keys(payload).length > 0 ? payload : null;
    this.settle(message.envelope_id, { ok: true, body });
  }

  private settle(id: string, answer: AppAnswer): void {
    this.waiting.get(id)?.(answer);
    this.waiting.delete(id);
  }

  private pingAll(): void {
    for (const peer of this.peers) peer.ping();
  }
}

function parse(text: string): Json | null {
  try {
    const value: unknown = JSON.parse(text);
    return isJson(value) ? value : null;
  } catch {
    return null;
  }
}
