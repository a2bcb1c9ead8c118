/**
 * What stands between the product and the sandbox's workspace: it hears what people are answered, by request, and says of
 * people whom the workspace does not know what Slack says of guests, strangers, apps and the departed.
 */
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { acceptWebSocket, type WebSocketPeer } from '../../sandbox/slack/websocket';

export interface SlackDoor {
  /** For SLACK_API_URL. */
  readonly apiUrl: string;
  /** An address at which the product may answer one request. */
  answerAt(id: string): string;
  /** The first words that come for this: `answer ID`, `form TRIGGER` or `ephemeral THREAD`; null when none come in time. */
  heard(keys: string | readonly string[], ms: number): Promise<string | null>;
  /** The newest connection of Socket Mode, and the line below it. */
  peer(): Promise<{ readonly peer: WebSocketPeer; readonly line: Socket }>;
  onSocketText: (text: string) => void;
  close(): Promise<void>;
}

type Connection = { readonly peer: WebSocketPeer; readonly line: Socket };

const TEAM = 'T0SANDBOX1';
/** People whom `users.info` describes, by the beginning of their ids. */
const MARKS: Readonly<Record<string, object | string>> = {
  U1GUEST: { is_restricted: true },
  U1SINGLE: { is_ultra_restricted: true },
  U1GONE: { deleted: true },
  U1APP: { is_bot: true },
  U1ELSE: { team_id: 'T0OTHER001', is_stranger: true },
  U1NULL: 'null',
  U1TEXT: '"user"',
  U1EMPTY: '{"ok":true}',
  U1OTHER: { id: 'U0DANIEL1' },
  U1TYPES: { id: 7, team_id: { a: 1 }, deleted: 'no', is_bot: null },
  U1DEEP: `{"ok":true,"user":${'['.repeat(2000)}${']'.repeat(2000)}}`,
  U1HTML: '<html>Sign in</html>',
  U1CUT: '{"ok":true,"user":{"id":"U1C',
};
export const UNKNOWN_PEOPLE: readonly string[] = [...Object.keys(MARKS), 'U1NOBODY'];

export async function openSlackDoor(workspaceApi: string): Promise<SlackDoor> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: 32 });
  const listeners = new Map<string, (words: string) => void>();
  const early = new Map<string, string>();
  const sockets: Connection[] = [];
  const waiting: ((open: Connection) => void)[] = [];
  const tell = (key: string, words: string): void => {
    const listener = listeners.get(key);
    if (listener) listener(words);
    else early.set(key, words);
    if (early.size > 2000) early.delete(early.keys().next().value ?? '');
  };
  const server = http.createServer((request, response) => {
    void bodyOf(request).then(
      (body) => answer(request, body, response),
      () => response.destroy(),
    );
  });
  const answer = (request: IncomingMessage, body: string, response: ServerResponse): void => {
    const [, first, second = ''] = new URL(request.url ?? '/', 'http://x').pathname.split('/');
    const json = (text: string): void => void response.writeHead(200, { 'content-type': 'application/json' }).end(text);
    const args = argsOf(request.headers['content-type'] ?? '', first === 'answer' ? '' : body);
    const marked = second === 'users.info' ? describe(args.user ?? '') : null;
    if (first === 'answer') {
      tell(`answer ${second}`, wordsOf(body));
      json('{"ok":true}');
    } else if (second === 'views.open') {
      tell(`form ${args.trigger_id ?? ''}`, 'a form was opened');
      json('{"ok":true,"view":{"id":"V1"}}');
    } else if (second === 'chat.postEphemeral') {
      tell(`ephemeral ${args.thread_ts ?? ''}`, args.text ?? '');
      json('{"ok":true,"message_ts":"1.1"}');
    } else if (second === 'apps.connections.open')
      json(JSON.stringify({ ok: true, url: `${url.replace('http', 'ws')}/link` }));
    else if (marked !== null) json(marked);
    else pass(workspaceApi, agent, request, body, response);
  };
  server.on('upgrade', (request, socket: Socket, head) => {
    const peer = acceptWebSocket(request, socket, head);
    if (!peer) return;
    const open = { peer, line: socket };
    sockets.push(open);
    peer.onText = (text) => door.onSocketText(text);
    peer.onClose = () => void sockets.splice(sockets.indexOf(open), 1);
    peer.send('{"type":"hello","num_connections":1,"connection_info":{"app_id":"A0"}}');
    for (const each of waiting.splice(0)) each(open);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const door: SlackDoor = {
    apiUrl: `${url}/api/`,
    answerAt: (id) => `${url}/answer/${id}`,
    onSocketText: () => undefined,
    peer: () => {
      const open = sockets.at(-1);
      return open ? Promise.resolve(open) : new Promise((resolve) => waiting.push(resolve));
    },
    heard: (keys, ms) =>
      new Promise((resolve) => {
        const all = [keys].flat();
        const known = all.find((key) => early.has(key));
        if (known !== undefined) {
          const words = early.get(known) ?? null;
          early.delete(known);
          return resolve(words);
        }
        const end = (words: string | null): void => {
          clearTimeout(late);
          for (const key of all) listeners.delete(key);
          resolve(words);
        };
        const late = setTimeout(() => end(null), ms);
        for (const key of all) listeners.set(key, end);
      }),
    close: () => {
      agent.destroy();
      for (const { peer } of sockets) peer.cut();
      server.closeAllConnections();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
  return door;
}

function describe(user: string): string | null {
  if (!user.startsWith('U1')) return null;
  const mark = MARKS[user.replace(/[0-9]+X*$/, '')];
  if (mark === undefined) return '{"ok":false,"error":"user_not_found"}';
  if (typeof mark === 'string') return mark;
  return JSON.stringify({ ok: true, user: { id: user, team_id: TEAM, name: 'x', ...mark } });
}

function pass(api: string, agent: http.Agent, from: IncomingMessage, body: string, to: ServerResponse): void {
  const { host: _host, connection: _connection, 'content-length': _length, ...headers } = from.headers;
  const target = new URL((from.url ?? '').replace(/^\/api\//, ''), api);
  const request = http.request(target, { method: from.method ?? 'POST', agent, headers }, (answer) => {
    to.writeHead(answer.statusCode ?? 500, answer.headers);
    answer.pipe(to);
  });
  request.on('error', () => to.destroy());
  request.end(body);
}

function argsOf(type: string, body: string): Record<string, string | undefined> {
  if (!type.startsWith('application/json') || body === '') return Object.fromEntries(new URLSearchParams(body));
  return JSON.parse(body) as Record<string, string | undefined>;
}

/** What a person reads of a message. */
function wordsOf(body: string): string {
  try {
    return String((JSON.parse(body) as { text?: unknown }).text ?? '');
  } catch {
    return body;
  }
}

async function bodyOf(stream: IncomingMessage): Promise<string> {
  const pieces: Buffer[] = [];
  for await (const piece of stream) pieces.push(piece as Buffer);
  return Buffer.concat(pieces).toString('utf8');
}
