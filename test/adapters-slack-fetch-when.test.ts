/** A message goes out in the turn in which its sender may still send, however long the way to Slack took to open. */
import { Agent as HttpAgent, createServer as overHttp, type RequestListener, type Server } from 'node:http';
import { Agent as HttpsAgent, createServer as overHttps } from 'node:https';
import type { AddressInfo } from 'node:net';
import { selfSigned } from '../sandbox/twin/sip/certificate';
import { fetchWhen as fetchBy, NotSent } from '../src/adapters/slack/fetch-when';

interface Heard {
  readonly url: string;
  readonly bodies: string[];
  /** Opened so far; of them `secured` are through with their handshake. */
  connections: number;
  secured: number;
}

const identity = selfSigned(['localhost']);
const agents = {
  http: new HttpAgent({ keepAlive: true }),
  https: new HttpsAgent({ keepAlive: true, ca: identity.cert, servername: 'localhost' }),
};
const fetchWhen = (maySend: () => boolean) => fetchBy(maySend, agents);

const servers: Server[] = [];
afterAll(async () => {
  for (const server of servers) {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
});

async function listening(isSecure: boolean): Promise<Heard> {
  const bodies: string[] = [];
  const listener: RequestListener = (request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (piece: string) => {
      body += piece;
    });
    request.on('end', () => {
      bodies.push(`${request.method} ${request.headers['content-length']} ${request.headers['x-asked']} ${body}`);
      if (body === 'cut off')
        return response.writeHead(200, { 'content-length': '90' }).write('{"ok"', () => response.destroy());
      if (body === 'no content') return response.writeHead(204).end();
      return response.writeHead(429, { 'retry-after': '7', 'x-told': ['a', 'b'] }).end('{"ok":false}');
    });
  };
  const server = isSecure ? overHttps(identity, listener) : overHttp(listener);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http${isSecure ? 's' : ''}://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const heard: Heard = { url, bodies, connections: 0, secured: 0 };
  server.on('connection', () => heard.connections++);
  server.on('secureConnection', () => heard.secured++);
  return heard;
}

const message = (body: string) => ({ method: 'POST', headers: { 'x-asked': 'once' }, body });

describe.each([
  ['http', false],
  ['https', true],
])('over %s', (_name, isSecure) => {
  it('asks once, when the connection stands, and sends the whole in that turn', async () => {
    const heard = await listening(isSecure);
    let asked = 0;
    const maySend = (): boolean => {
      asked++;
      return true;
    };
    const answer = await fetchWhen(maySend)(heard.url, message('text=ä'));
    expect([answer.status, answer.ok, await answer.text()]).toEqual([429, false, '{"ok":false}']);
    expect([answer.headers.get('Retry-After'), answer.headers.get('x-told')]).toEqual(['7', 'a, b']);
    await fetchWhen(maySend)(heard.url, message('text=2'));
    expect(asked).toBe(2);
    expect(heard.bodies).toEqual(['POST 7 once text=ä', 'POST 6 once text=2']);
    expect(heard.connections).toBe(1);
  });

  it('sends nothing when its time has passed while the connection was opened, nor on one that is open', async () => {
    const heard = await listening(isSecure);
    // As of a process that is stopped for long at any moment before the connection stands.
    let connectedAt = 0;
    const late = (): boolean => {
      connectedAt = isSecure ? heard.secured : heard.connections;
      return false;
    };
    await expect(fetchWhen(late)(heard.url, message('text=1'))).rejects.toBeInstanceOf(NotSent);
    const answer = await fetchWhen(() => true)(heard.url, message('text=2'));
    await answer.text();
    await expect(fetchWhen(late)(heard.url, message('text=3'))).rejects.toBeInstanceOf(NotSent);
    expect(connectedAt).toBeGreaterThan(0);
    expect(heard.bodies).toEqual(['POST 6 once text=2']);
  });

  it('fails when it cannot reach anybody, is not answered in time, or is answered by half', async () => {
    const heard = await listening(isSecure);
    const fetchNow = fetchWhen(() => true);
    await expect(fetchNow(heard.url, message('cut off'))).rejects.toThrow();
    await expect(fetchNow(heard.url, message('no content'))).rejects.toThrow();
    await expect(fetchNow(heard.url, { ...message('text=1'), signal: AbortSignal.abort() })).rejects.toThrow();
    const silent = overHttp(() => undefined);
    servers.push(silent);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const signal = AbortSignal.timeout(100);
    await expect(fetchNow(`http://127.0.0.1:${port}/`, { ...message('text=1'), signal })).rejects.toThrow();
    await new Promise((resolve) => silent.close(resolve));
    await expect(fetchNow(`http://127.0.0.1:${port}/`, message('text=1'))).rejects.toThrow('ECONNREFUSED');
  });
});
