import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { AnswerQuestion } from './probe-answers';
import type { Admission, Guard } from './probe-guard';
import { HEADER, signReply } from './probe-signature';
import { MAX_BODY_BYTES, PATHS } from './probe-wire';
import type { RequestRate } from './request-rate';

export interface ProbeServerOptions {
  readonly probe: string;
  readonly secret: string;
  readonly guard: Guard;
  readonly rate: RequestRate;
  readonly answer: AnswerQuestion;
  /** PEM; null: plain HTTP, for loopback or behind a proxy of one's own. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  /** Told of every request but those that came too fast. Nothing secret is in it. */
  readonly onRequest: (request: RequestNote) => void;
  /** Our own mistake; the asker is told that there was one. */
  readonly onMistake: (cause: unknown) => void;
}

export interface RequestNote {
  readonly from: string;
  readonly status: number;
  /** What was asked, or why not. */
  readonly what: string;
  readonly elapsedMs: number;
}

export interface ProbeServer {
  /** Rejects when it cannot listen there. */
  listen(host: string, port: number): Promise<number>;
  /** Takes nothing new, lets running questions end within the limit, then breaks them off. */
  close(withinMs: number): Promise<void>;
}

/** Limits of one connection, real ms. */
const HEADERS_MS = 5_000;
const REQUEST_MS = 10_000;
const MOST_CONNECTIONS = 128;
const MAX_HEADER_BYTES = 8 * 1024;

interface Reply {
  readonly status: number;
  readonly body: unknown;
  readonly what: string;
  /** Null: the request was not signed rightly, and the reply is not signed either. */
  readonly nonce: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Signed questions over HTTP; see docs/probe.md. Every reply to a rightly signed request is signed over its nonce. */
export function createProbeServer(options: ProbeServerOptions): ProbeServer {
  const { probe, secret, tls, onRequest, onMistake } = options;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const began = performance.now();
    const from = request.socket.remoteAddress ?? 'unknown';
    const waitMs = options.rate.take(from);
    const reply = waitMs === null ? await replyTo(options, request) : tooFast(waitMs);
    if (reply === null) return;
    send(response, reply);
    const elapsedMs = Math.round(performance.now() - began);
    if (waitMs === null && reply.what !== '') onRequest({ from, status: reply.status, what: reply.what, elapsedMs });
  }

  function send(response: ServerResponse, { status, body, nonce, headers = {} }: Reply): void {
    const text = Buffer.from(JSON.stringify(body));
    const proof = nonce === null ? {} : { [HEADER.signature]: signReply(secret, { probe, nonce, status, body: text }) };
    const about = { 'content-type': 'application/json', 'content-length': text.length, 'cache-control': 'no-store' };
    // A body that was not read to its end would be taken for the next request.
    const end = status === 413 ? { connection: 'close' } : {};
    response.writeHead(status, { ...about, ...headers, ...proof, ...end }).end(text);
  }

  function onEach(request: IncomingMessage, response: ServerResponse): void {
    serve(request, response).catch((cause: unknown) => {
      onMistake(cause);
      if (response.headersSent) response.destroy();
      else
        send(response, { status: 500, body: { error: 'The probe failed by its own mistake.' }, what: '', nonce: null });
    });
  }

  const limits = { maxHeaderSize: MAX_HEADER_BYTES, headersTimeout: HEADERS_MS, requestTimeout: REQUEST_MS };
  const server: Server = tls ? createTlsServer({ ...limits, ...tls }, onEach) : createServer(limits, onEach);
  server.maxConnections = MOST_CONNECTIONS;
  server.keepAliveTimeout = HEADERS_MS;

  return {
    listen: (host, port) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(port, host, () => {
          server.off('error', reject);
          resolve((server.address() as AddressInfo).port);
        });
      }),
    close: (withinMs) =>
      new Promise((resolve) => {
        const late = setTimeout(() => server.closeAllConnections(), withinMs);
        server.close(() => {
          clearTimeout(late);
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

function tooFast(waitMs: number): Reply {
  const headers = { 'retry-after': String(Math.max(1, Math.ceil(waitMs / 1000))) };
  return { status: 429, body: { error: 'Too many requests.' }, what: '', nonce: null, headers };
}

/** Null when the asker has gone. */
async function replyTo(options: ProbeServerOptions, request: IncomingMessage): Promise<Reply | null> {
  const { method = '', url: path = '', headers } = request;
  if (path === PATHS.health && (method === 'GET' || method === 'HEAD'))
    return { status: 200, body: { ok: true, probe: options.probe }, what: '', nonce: null };
  if (path !== PATHS.dns && path !== PATHS.sip)
    return { status: 404, body: { error: 'There is nothing here.' }, what: 'another path', nonce: null };
  if (method !== 'POST')
    return {
      status: 405,
      body: { error: 'Questions are POSTed.' },
      what: 'another method',
      nonce: null,
      headers: { allow: 'POST' },
    };
  const body = await bodyOf(request);
  if (body === null) return null;
  if (body === 'too-large') {
    const error = `The body is larger than ${MAX_BODY_BYTES} bytes.`;
    return { status: 413, body: { error }, what: error, nonce: null };
  }
  const admission = options.guard.admit({ method, path, headers, body });
  return admission.kind === 'refused' ? refusalOf(admission) : answered(options, path, body, admission.nonce);
}

function refusalOf({ status, error, nonce, retryAfterSeconds }: Extract<Admission, { kind: 'refused' }>): Reply {
  const wait = retryAfterSeconds === undefined ? {} : { headers: { 'retry-after': String(retryAfterSeconds) } };
  return { status, body: { error }, what: error, nonce, ...wait };
}

async function answered(options: ProbeServerOptions, path: string, body: Buffer, nonce: string): Promise<Reply> {
  let question: unknown;
  try {
    question = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch {
    const error = 'The body is not JSON.';
    return { status: 400, body: { error }, what: error, nonce };
  }
  const answer = await options.answer(path, question);
  const refusal = 'error' in answer.body ? answer.body.error : null;
  return { status: answer.status, body: answer.body, what: refusal ?? answer.asked, nonce };
}

/** Null when the asker broke off. */
function bodyOf(request: IncomingMessage): Promise<Buffer | 'too-large' | null> {
  if (Number(request.headers['content-length'] ?? 0) > MAX_BODY_BYTES) return Promise.resolve('too-large');
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    let length = 0;
    request.on('data', (piece: Buffer) => {
      length += piece.length;
      if (length > MAX_BODY_BYTES) {
        request.removeAllListeners('data');
        request.pause();
        resolve('too-large');
      } else pieces.push(piece);
    });
    request.once('end', () => resolve(Buffer.concat(pieces)));
    request.once('error', () => resolve(null));
    request.once('close', () => resolve(null));
  });
}
