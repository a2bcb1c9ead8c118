/** One loopback port for everything: Web API, response_urls, uploads, Socket Mode, the page. */
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { Faults } from './faults';
import type { PageServer } from './page-server';
import { takeResponse } from './responses';
import type { Room } from './room';
import type { WebApi } from './web-api';

const KEEP_ALIVE_MS = 120_000;
const MAX_BODY_BYTES = 6 * 1024 * 1024;

export interface Parts {
  readonly room: Room;
  readonly api: WebApi;
  readonly page: PageServer;
  readonly faults: Faults;
}

/** A server that is not listening yet. */
export function serve(parts: Parts): http.Server {
  const server = http.createServer((request, response) => {
    route(parts, request, response).catch((error: unknown) => {
      if (!response.headersSent) response.writeHead(error instanceof BodyTooLarge ? 413 : 500);
      response.end();
    });
  });
  // Longer than any client keeps an idle connection, so that no call meets one that is just being closed.
  server.keepAliveTimeout = KEEP_ALIVE_MS;
  server.on('upgrade', (request, socket, head) => {
    if (
      isLoopback(request) &&
      !parts.faults.isDown &&
      parts.faults.away === null &&
      request.url?.startsWith('/link/')
    ) {
      parts.room.sockets.upgrade(request, socket, head);
    } else {
      socket.destroy();
    }
  });
  return server;
}

async function route(
  { room, api, page, faults }: Parts,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  // A page elsewhere may point its own host name here; only our own names are answered.
  if (!isLoopback(request)) {
    response.writeHead(403).end();
    return;
  }
  const url = new URL(request.url ?? '/', 'http://localhost');
  const method = request.method ?? 'GET';
  const [, first = '', second = '', third = ''] = url.pathname.split('/');
  const bytes = await readBody(request);
  const body = bytes.toString('utf8');
  const isApp = ['api', 'commands', 'actions', 'upload'].includes(first);
  if (isApp && faults.away === 'silent') return;
  if (isApp && (faults.isDown || faults.away === 'failing')) {
    response.writeHead(faults.isDown ? 503 : 500).end();
  } else if (first === 'api' && (method === 'POST' || method === 'GET')) {
    answerCall(api, second, request, method === 'GET' ? url.search.slice(1) : body, response);
  } else if ((first === 'commands' || first === 'actions') && method === 'POST') {
    const answer = takeResponse(room, third, body);
    response
      .writeHead(answer.status, { 'Content-Type': answer.status === 200 ? 'text/html' : 'application/json' })
      .end(answer.body);
  } else if (first === 'upload' && method === 'POST') {
    const taken = await room.files.upload(second, bytes, request.headers['content-type'] ?? '');
    response.writeHead(taken ? 200 : 404).end(taken ? `OK - ${bytes.length}` : '');
  } else if (first === 'files' && method === 'GET') {
    sendFile(room, second, response);
  } else if (!(await page.serve(method, url, request, response, body))) {
    response.writeHead(404).end();
  }
}

function answerCall(api: WebApi, name: string, request: IncomingMessage, body: string, response: ServerResponse): void {
  const headers =
    request.method === 'GET'
      ? { ...request.headers, 'content-type': 'application/x-www-form-urlencoded' }
      : request.headers;
  const answer = api.call(name, headers, body);
  if (!answer) return;
  response
    .writeHead(answer.status, { 'Content-Type': 'application/json; charset=utf-8', ...answer.headers })
    .end(answer.body);
}

/** Uploaded bytes are handed out as a download: never run, never sniffed. */
function sendFile(room: Room, id: string, response: ServerResponse): void {
  const file = room.files.read(id);
  if (!file) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, {
    'Content-Type': 'application/octet-stream',
    'Content-Disposition': `attachment; filename*=UTF-8''${encodeURIComponent(file.name)}`,
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(file.bytes);
}

function isLoopback(request: IncomingMessage): boolean {
  const port = request.socket.localPort;
  return request.headers.host === `127.0.0.1:${port}` || request.headers.host === `localhost:${port}`;
}

class BodyTooLarge extends Error {}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY_BYTES) throw new BodyTooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
