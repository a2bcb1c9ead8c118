import { createConnection, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { SipOutcome } from '../../ports/sip-probe';
import { type ServerAddress, udpSocketTo } from './server-address';
import { certificateFault } from './sip-certificate';
import { MAX_MESSAGE_BYTES, type SipReply, takeMessage } from './sip-message';

export interface SipExchange {
  readonly server: ServerAddress;
  /** Limit in all, real milliseconds. */
  readonly timeoutMs: number;
  /** RFC 3261 timer T1, real milliseconds. */
  readonly t1Ms: number;
  /** The request, once the local address is known. */
  readonly compose: (local: ServerAddress) => Buffer;
  /** The reply to it, or null for anything else. `text` is latin1. */
  readonly read: (text: string) => SipReply | null;
}

/** A final reply, or why there is none. */
export type SipResult = { readonly reply: SipReply } | Unanswered<Exclude<SipOutcome, { kind: 'answered' }>>;
type Unanswered<Each> = Each extends unknown ? Omit<Each, 'elapsedMs'> : never;

/** RFC 3261 timer T2: the longest pause between two sends. */
const T2_MS = 4_000;
/** RFC 3261 timer F, in T1: after so long the transaction is over, however patient we are. */
const TIMER_F = 64;

/** Non-INVITE client transaction over UDP (RFC 3261 section 17.1.2.2): sends again after T1, doubling up to T2, until timer F. */
export function exchangeUdp({ server, t1Ms, compose, read, ...limits }: SipExchange): Promise<SipResult> {
  const timeoutMs = Math.min(limits.timeoutMs, TIMER_F * t1Ms);
  return new Promise((resolve) => {
    const socket = udpSocketTo(server);
    let open = true;
    let sent = 0;
    let pauseMs = t1Ms;
    let resend: NodeJS.Timeout | undefined;
    const timer = setTimeout(
      () => finish({ kind: 'silent', detail: `no answer to ${times(sent)} in ${timeoutMs} ms` }),
      timeoutMs,
    );
    const finish = (result: SipResult) => {
      if (!open) return;
      open = false;
      clearTimeout(timer);
      clearTimeout(resend);
      socket.close();
      resolve(result);
    };
    const send = (request: Buffer) => {
      socket.send(request, (error) => error && finish(failure(error)));
      sent += 1;
      resend = setTimeout(() => send(request), pauseMs);
      pauseMs = Math.min(pauseMs * 2, T2_MS);
    };
    socket.on('error', (error) => finish(failure(error)));
    socket.on('message', (bytes) => {
      const reply = read(bytes.toString('latin1'));
      if (reply && isFinal(reply)) finish({ reply });
      // It is being worked on: from here on a repetition is due every T2 only.
      else if (reply) pauseMs = T2_MS;
    });
    // Connected, so that a closed port shows (ICMP) and strangers are not heard.
    socket.on('connect', () => {
      if (open) send(compose(socket.address()));
    });
    socket.connect(server.port, server.address);
  });
}

export function exchangeTcp(exchange: SipExchange): Promise<SipResult> {
  const { address, port } = exchange.server;
  return exchangeStream(exchange, createConnection({ host: address, port }), 'connect');
}

/** `host` is the name that the certificate must bear; `ca` (PEM) stands in for the well-known authorities. */
export function exchangeTls(exchange: SipExchange, host: string, ca: string | undefined): Promise<SipResult> {
  const { address, port } = exchange.server;
  const name = isIP(host) === 0 ? { servername: host } : {};
  const trust = ca === undefined ? {} : { ca };
  return exchangeStream(exchange, connectTls({ host: address, port, ...name, ...trust }), 'secureConnect');
}

function exchangeStream(
  { timeoutMs, compose, read }: SipExchange,
  socket: Socket,
  ready: 'connect' | 'secureConnect',
): Promise<SipResult> {
  return new Promise((resolve) => {
    let connected = false;
    let received = '';
    const timer = setTimeout(() => {
      finish({
        kind: 'silent',
        detail: `${connected ? 'connected, but no answer' : 'no connection'} in ${timeoutMs} ms`,
      });
    }, timeoutMs);
    const finish = (result: SipResult) => {
      clearTimeout(timer);
      socket.destroy();
      resolve(result);
    };
    socket.setEncoding('latin1');
    socket.on('error', (error) => finish(failure(error)));
    socket.on('close', () => finish({ kind: 'refused', detail: 'closed the connection without an answer' }));
    socket.on(ready, () => {
      connected = true;
      socket.write(compose({ address: socket.localAddress ?? '127.0.0.1', port: socket.localPort ?? 0 }));
    });
    socket.on('data', (chunk: string) => {
      received += chunk;
      for (let taken = takeMessage(received); taken; taken = takeMessage(received)) {
        received = taken.rest;
        const reply = read(taken.message);
        if (reply && isFinal(reply)) return finish({ reply });
      }
      if (received.length > MAX_MESSAGE_BYTES) finish({ kind: 'refused', detail: 'does not speak SIP' });
    });
  });
}

function isFinal(reply: SipReply): boolean {
  return reply.status >= 200;
}

function failure(error: NodeJS.ErrnoException): SipResult {
  const code = error.code ?? 'unknown error';
  const certificate = certificateFault(error);
  if (certificate) return { kind: 'certificate', ...certificate };
  if (code === 'ECONNREFUSED') return { kind: 'refused', detail: 'nothing listens there (ECONNREFUSED)' };
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return { kind: 'unresolved', detail: `no address (${code})` };
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH' || code === 'ETIMEDOUT') {
    return { kind: 'silent', detail: `cannot be reached (${code})` };
  }
  if (code === 'ECONNRESET' || code === 'EPIPE') {
    return { kind: 'refused', detail: `broke off the connection without an answer (${code})` };
  }
  return { kind: 'refused', detail: `no SIP over this transport (${code})` };
}

function times(sends: number): string {
  return sends === 1 ? 'one request' : `${sends} requests`;
}
