/**
 * A door before one other side: it takes down what the other side answers, and plays it again with one answer wounded. What
 * is played never reaches the other side, so nothing can happen there; what would have been written is counted.
 */
import http, { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

export interface Exchange {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** How one answer comes instead. `cut`: after so many bytes the connection ends. */
export interface Instead {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
  readonly cut: boolean;
}

export interface Tape {
  readonly url: string;
  /** Everything that is asked from now on is handed on and taken down. */
  record(): Exchange[];
  /**
   * From now on `tape` is played, the answer at `at` instead as `instead`, each time that it is asked for. Gives whether
   * that has been played, and how many requests that could have changed something came after it.
   */
  play(
    tape: readonly Exchange[],
    at: number,
    instead: Instead,
  ): { readonly played: boolean; readonly writesAfter: number };
  close(): Promise<void>;
}

interface Playing {
  readonly tape: readonly Exchange[];
  readonly at: number;
  readonly instead: Instead;
  readonly turns: Map<string, number>;
  played: boolean;
  writesAfter: number;
}

export async function openTape(target: string): Promise<Tape> {
  const agent = new http.Agent({ keepAlive: true });
  let taken: Exchange[] | null = null;
  let playing: Playing | null = null;
  const sockets = new Set<Socket>();
  const server = http.createServer((request, response) => {
    void bodyOf(request).then(
      (body) => {
        if (playing) return playTo(playing, request, body, response);
        pass({ target, url: door.url }, agent, request, body, response, taken);
      },
      () => response.destroy(),
    );
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const door: Tape = {
    url: `http://127.0.0.1:${port}${new URL(target).pathname.replace(/\/$/, '')}`,
    record: () => {
      playing = null;
      taken = [];
      return taken;
    },
    play: (tape, at, instead) => {
      playing = { tape, at, instead, turns: new Map(), played: false, writesAfter: 0 };
      return playing;
    },
    close: () => {
      agent.destroy();
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return door;
}

export const keyOf = (method: string, path: string): string => `${method} ${path.split('?')[0]}`;

/** Logins and questions are posts that change nothing. */
export const isWrite = (method: string, path: string): boolean =>
  !['GET', 'HEAD'].includes(method) &&
  !/token|login|query|aggregates|details|search|availability|\/jobs|lookup/i.test(path);

function playTo(playing: Playing, request: IncomingMessage, body: string, response: ServerResponse): void {
  const { method = '', url = '' } = request;
  const key = keyOf(method, url);
  // Where one address is asked several times, the answers come in their order, and the last of them again and again.
  const all = playing.tape.flatMap((each, n) => (keyOf(each.method, each.path) === key ? [n] : []));
  const turn = playing.turns.get(key) ?? 0;
  playing.turns.set(key, turn + 1);
  const n = all[Math.min(turn, all.length - 1)];
  const found = n === undefined ? undefined : playing.tape[n];
  if (playing.played && n !== playing.at && isWrite(method, url) && !/<soapenv|getRoutePattern/.test(body))
    playing.writesAfter += 1;
  if (n === playing.at) {
    playing.played = true;
    // Asked again after trouble, it is in the same trouble.
    playing.turns.set(key, turn);
    const { status, headers, bytes, cut } = playing.instead;
    response.on('error', () => undefined);
    if (!cut) return void response.writeHead(status, headers).end(bytes);
    response.writeHead(status, { ...headers, 'content-length': String(bytes.length + 100) });
    return void response.write(bytes, () => response.destroy());
  }
  if (!found)
    return void response.writeHead(404, { 'content-type': 'application/json' }).end('{"message":"not on the tape"}');
  response.writeHead(found.status, found.headers).end(found.body);
}

/** Where an answer names its own address, the door's stands in its place. */
function pass(
  { target, url }: { readonly target: string; readonly url: string },
  agent: http.Agent,
  from: IncomingMessage,
  body: string,
  to: ServerResponse,
  taken: Exchange[] | null,
): void {
  const { method = 'GET', url: path = '/' } = from;
  const home = new URL(target);
  const headers = plain(from.headers);
  const asked = http.request(
    {
      host: home.hostname,
      port: home.port,
      method,
      path,
      agent,
      headers: { ...headers, host: from.headers.host ?? home.host, 'content-length': Buffer.byteLength(body) },
    },
    (answer) => {
      void bodyOf(answer).then((said) => {
        const text = said.replaceAll(home.origin, new URL(url).origin);
        const own = plain(answer.headers);
        taken?.push({ method, path, status: answer.statusCode ?? 0, headers: own, body: text });
        to.writeHead(answer.statusCode ?? 500, own).end(text);
      });
    },
  );
  asked.on('error', () => to.destroy());
  asked.end(body);
}

function plain(headers: IncomingHttpHeaders): Record<string, string> {
  const dropped = ['connection', 'transfer-encoding', 'content-length', 'host', 'keep-alive', 'date'];
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      typeof value === 'string' && !dropped.includes(name) ? [[name, value]] : [],
    ),
  );
}

async function bodyOf(stream: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString('utf8');
}
