/** What stands between the product and the others in a test: a recorder before the bot, a double before a vendor. */
import { createHmac } from 'node:crypto';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface Captured {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Answered {
  readonly status: number;
  readonly body: string;
}

export interface Door {
  readonly url: string;
  close(): Promise<void>;
}

export interface Recorder extends Door {
  /** Every request that went through, oldest first. */
  readonly captured: Captured[];
}

/** Hands every request on to the bot as it came, and keeps it. */
export async function recorder(target: () => string): Promise<Recorder> {
  const captured: Captured[] = [];
  const door = await open(async (incoming, outgoing) => {
    const body = await bodyOf(incoming);
    const headers = plain(incoming);
    captured.push({ headers, body });
    const answer = await send(target(), 'POST', headers, body);
    outgoing.writeHead(answer.status, answer.headers).end(answer.body);
  });
  return { ...door, captured };
}

export interface Double extends Door {
  /** Takes the place of the vendor's answer; null lets the vendor answer. Returns false to let this one through. */
  answer: ((method: string, path: string, response: ServerResponse) => boolean) | null;
}

/** In front of a vendor: honest until told otherwise. */
export async function double(target: string): Promise<Double> {
  const state: { answer: Double['answer'] } = { answer: null };
  const door = await open(async (incoming, outgoing) => {
    const body = await bodyOf(incoming);
    if (state.answer?.(incoming.method ?? '', incoming.url ?? '', outgoing)) return;
    const answer = await send(`${target}${incoming.url}`, incoming.method ?? 'GET', plain(incoming), body);
    outgoing.writeHead(answer.status, answer.headers).end(answer.body);
  });
  return {
    ...door,
    get answer() {
      return state.answer;
    },
    set answer(next) {
      state.answer = next;
    },
  };
}

/** Slack's signature over a body, for any time and secret. */
export function signed(secret: string, body: string, at = Math.floor(Date.now() / 1000)): Record<string, string> {
  const digest = createHmac('sha256', secret).update(`v0:${at}:${body}`).digest('hex');
  return { 'x-slack-request-timestamp': String(at), 'x-slack-signature': `v0=${digest}` };
}

export function send(
  url: string,
  method: string,
  headers: Readonly<Record<string, string>>,
  body: string,
): Promise<Answered & { readonly headers: Record<string, string> }> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers: { ...headers, connection: 'close' }, agent: false }, (response) => {
      void bodyOf(response).then(
        (text) => resolve({ status: response.statusCode ?? 0, body: text, headers: plain(response) }),
        reject,
      );
    });
    asked.once('error', reject);
    asked.end(body);
  });
}

async function open(handler: (incoming: IncomingMessage, outgoing: ServerResponse) => Promise<void>): Promise<Door> {
  const server: Server = createServer((incoming, outgoing) => {
    handler(incoming, outgoing).catch(() => outgoing.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

async function bodyOf(stream: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString('utf8');
}

function plain(message: IncomingMessage): Record<string, string> {
  const dropped = ['connection', 'transfer-encoding', 'content-length', 'host', 'keep-alive'];
  return Object.fromEntries(
    Object.entries(message.headers).flatMap(([name, value]) =>
      typeof value === 'string' && !dropped.includes(name) ? [[name, value]] : [],
    ),
  );
}
