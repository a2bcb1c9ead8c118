import { createSocket } from 'node:dgram';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer, type TlsOptions } from 'node:tls';
import { readRetryAfter } from '../src/adapters/probes/retry-after';
import { certificateFault } from '../src/adapters/probes/sip-certificate';
import { MAX_MESSAGE_BYTES } from '../src/adapters/probes/sip-message';
import { createSipProbe, type SipProbeOptions } from '../src/adapters/probes/sip-options';
import type { Gateway, SipTransport } from '../src/core/site';
import { sleepingClock } from './adapters-dns.loopback';
import { type Certified, type PrivateCa, privateCa } from './support/private-ca';

const HOST = 'gw.example.net';
const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

const gateway = (transport: SipTransport, host = HOST): Gateway => ({ host, port: 5060, transport });

function probe(port: number, more: Partial<SipProbeOptions> = {}) {
  const connectTo = new Map([[`${HOST}:5060`, { address: '127.0.0.1', port }]]);
  return createSipProbe({ connectTo, clock: sleepingClock(), timeoutMs: 1_000, t1Ms: 20, ...more });
}

type Answer = (request: string, number: number) => readonly (string | Buffer)[];

interface Server {
  readonly port: number;
  readonly requests: readonly string[];
}

async function overUdp(answer: Answer): Promise<Server> {
  const requests: string[] = [];
  const socket = createSocket('udp4');
  socket.on('message', (bytes, from) => {
    requests.push(bytes.toString());
    for (const text of answer(bytes.toString(), requests.length)) socket.send(text, from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  closers.push(() => socket.close());
  return { port: socket.address().port, requests };
}

function talk(act: (request: string, socket: Socket) => void, requests: string[]) {
  return (socket: Socket) => {
    closers.push(() => socket.destroy());
    socket.on('error', () => {});
    socket.on('data', (bytes) => {
      requests.push(bytes.toString());
      act(bytes.toString(), socket);
    });
  };
}

async function overTcp(act: (request: string, socket: Socket) => void): Promise<Server> {
  const requests: string[] = [];
  const server = createServer(talk(act, requests));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => server.close());
  return { port: (server.address() as AddressInfo).port, requests };
}

/** A reply as a plain server makes it: Via, From, To, Call-ID and CSeq of the request come back. */
function reply(request: string, status: string, ...extra: readonly string[]): string {
  const kept = ['Via', 'From', 'To', 'Call-ID', 'CSeq'].map((name) => line(request, name));
  return [`SIP/2.0 ${status}`, ...kept, ...extra, 'Content-Length: 0', '', ''].join('\r\n');
}

function line(request: string, name: string): string {
  return request.split('\r\n').find((one) => one.startsWith(`${name}: `)) ?? '';
}

describe('an OPTIONS', () => {
  test('carries what RFC 3261 asks for', async () => {
    const server = await overUdp((request) => [reply(request, '200 OK')]);
    await probe(server.port).options(gateway('udp'));
    const [request = ''] = server.requests;
    expect(request).toMatch(/^OPTIONS sip:gw\.example\.net:5060 SIP\/2\.0\r\n/);
    expect(line(request, 'Via')).toMatch(/^Via: SIP\/2\.0\/UDP 127\.0\.0\.1:\d+;branch=z9hG4bK[0-9a-f]{24};rport$/);
    expect(line(request, 'Max-Forwards')).toBe('Max-Forwards: 70');
    expect(line(request, 'From')).toMatch(/;tag=[0-9a-f]+$/);
    expect(line(request, 'To')).toBe('To: <sip:gw.example.net:5060>');
    expect(line(request, 'CSeq')).toBe('CSeq: 1 OPTIONS');
    expect(line(request, 'Contact')).toMatch(/^Contact: <sip:cutover@127\.0\.0\.1:\d+>$/);
    expect(line(request, 'Accept')).toBe('Accept: application/sdp');
    expect(request.endsWith('Content-Length: 0\r\n\r\n')).toBe(true);
  });

  test('is another transaction each time', async () => {
    const server = await overUdp((request) => [reply(request, '200 OK')]);
    const one = probe(server.port);
    await one.options(gateway('udp'));
    await one.options(gateway('udp'));
    const [first = '', second = ''] = server.requests;
    expect(line(first, 'Via')).not.toBe(line(second, 'Via'));
    expect(line(first, 'Call-ID')).not.toBe(line(second, 'Call-ID'));
  });

  test('names its transport over TCP', async () => {
    const server = await overTcp((request, socket) => socket.write(reply(request, '200 OK')));
    await probe(server.port).options(gateway('tcp'));
    expect(server.requests[0]).toMatch(
      /^OPTIONS sip:gw\.example\.net:5060;transport=tcp SIP\/2\.0\r\nVia: SIP\/2\.0\/TCP /,
    );
  });
});

describe('any final answer counts as answered', () => {
  test.each([
    ['200 OK', 200, 'OK'],
    ['301 Moved Permanently', 301, 'Moved Permanently'],
    ['405 Method Not Allowed', 405, 'Method Not Allowed'],
    ['503', 503, ''],
    ['603 Decline', 603, 'Decline'],
  ])('%s', async (text, status, reason) => {
    const server = await overUdp((request) => [reply(request, text)]);
    const outcome = await probe(server.port).options(gateway('udp'));
    expect(outcome).toEqual({
      kind: 'answered',
      status,
      reason,
      retryAfterSeconds: null,
      elapsedMs: expect.any(Number),
    });
  });

  test('with its Retry-After', async () => {
    const server = await overUdp((request) => [reply(request, '503 Busy', 'Retry-After: 30 (busy);duration=60')]);
    expect(await probe(server.port).options(gateway('udp'))).toMatchObject({ status: 503, retryAfterSeconds: 30 });
  });

  test('with odd case, compact names, folded lines, white space and bare line feeds', async () => {
    const server = await overUdp((request) => {
      const branch = /branch=([^;]+)/.exec(request)?.[1];
      const callId = line(request, 'Call-ID').slice('Call-ID: '.length);
      return [
        `sip/2.0 200 Gr\u00fc\u00df\u0007e\nv : SIP/2.0/UDP 127.0.0.1\n\t;rport=1; BRANCH = ${branch}\nVIA: SIP/2.0/UDP x;branch=z9hG4bKother\ncseq:1\n  OPTIONS\nI: ${callId}\n\n`,
      ];
    });
    expect(await probe(server.port).options(gateway('udp'))).toMatchObject({ status: 200, reason: 'Gr\u00fc\u00df e' });
  });

  test('measures real time, however fast the product’s clock runs', async () => {
    const clock = sleepingClock();
    const server = await overUdp((request) => {
      void clock.sleep(3_600_000);
      return [reply(request, '200 OK')];
    });
    const { elapsedMs } = await probe(server.port, { clock }).options(gateway('udp'));
    expect(elapsedMs).toBeLessThan(60_000);
  });
});

describe('what is passed over', () => {
  const other: Record<string, (request: string) => string> = {
    'a provisional answer': (request) => reply(request, '100 Trying'),
    'another branch': (request) => reply(request.replace(/branch=z9hG4bK.{4}/, 'branch=z9hG4bKxxxx'), '500 Wrong'),
    'another Call-ID': (request) => reply(request.replace('Call-ID: ', 'Call-ID: x'), '500 Wrong'),
    'another CSeq number': (request) => reply(request.replace('CSeq: 1', 'CSeq: 2'), '500 Wrong'),
    'another method': (request) => reply(request.replace('CSeq: 1 OPTIONS', 'CSeq: 1 INVITE'), '500 Wrong'),
    'a request': (request) => request,
    'no status': (request) => reply(request, '7000 Wrong'),
    'no SIP': () => 'HTTP/1.1 200 OK\r\n\r\n',
    'an empty packet': () => '',
  };

  test.each(Object.keys(other))('over UDP: %s', async (kind) => {
    const server = await overUdp((request) => [other[kind]?.(request) ?? '', reply(request, '200 Right')]);
    expect(await probe(server.port).options(gateway('udp'))).toMatchObject({ status: 200, reason: 'Right' });
  });

  test.each(Object.keys(other))('over TCP: %s', async (kind) => {
    const server = await overTcp((request, socket) => {
      socket.write(`${other[kind]?.(request) ?? ''}\r\n\r\n${reply(request, '200 Right')}`);
    });
    expect(await probe(server.port).options(gateway('tcp'))).toMatchObject({ status: 200, reason: 'Right' });
  });
});

describe('UDP', () => {
  test('sends again after T1, then after twice as long, the same bytes', async () => {
    const server = await overUdp((request, number) => (number < 4 ? [] : [reply(request, '200 OK')]));
    const timers = jest.spyOn(globalThis, 'setTimeout');
    expect(await probe(server.port, { timeoutMs: 10_000 }).options(gateway('udp'))).toMatchObject({ status: 200 });
    const pauses = timers.mock.calls.map(([, ms]) => ms);
    timers.mockRestore();
    expect(new Set(server.requests).size).toBe(1);
    expect(pauses.filter((ms) => ms !== undefined && ms < 200).slice(0, 3)).toEqual([20, 40, 80]);
  });

  test('gives up after the timeout and tells how often it asked', async () => {
    const server = await overUdp(() => []);
    const outcome = await probe(server.port, { timeoutMs: 100, t1Ms: 40 }).options(gateway('udp'));
    // Finding the address has its share of the time.
    expect(outcome).toMatchObject({
      kind: 'silent',
      detail: expect.stringMatching(/^no answer to 2 requests in (100|\d\d) ms$/),
    });
  });

  test('is over after 64 times T1, however patient we are', async () => {
    const server = await overUdp(() => []);
    const outcome = await probe(server.port, { timeoutMs: 30_000, t1Ms: 2 }).options(gateway('udp'));
    expect(outcome).toMatchObject({
      kind: 'silent',
      detail: expect.stringMatching(/^no answer to \d+ requests in 128 ms$/),
    });
  });

  test('slows down once it was told that it is being worked on', async () => {
    const server = await overUdp((request) => [reply(request, '100 Trying')]);
    const outcome = await probe(server.port, { timeoutMs: 150 }).options(gateway('udp'));
    expect(outcome.kind).toBe('silent');
    expect(server.requests.length).toBeLessThanOrEqual(2);
  });

  test('tells a closed port from silence', async () => {
    const server = await overUdp(() => []);
    for (const close of closers.splice(0)) close();
    expect(await probe(server.port).options(gateway('udp'))).toMatchObject({
      kind: 'refused',
      detail: 'nothing listens there (ECONNREFUSED)',
    });
  });
});

describe('TCP', () => {
  test('puts an answer together from pieces, behind another message with a body', async () => {
    const server = await overTcp((request, socket) => {
      socket.setNoDelay(true);
      const first = reply(request, '100 Trying').replace('Content-Length: 0', 'l: 5').concat('SIP/2');
      const all = `\r\n\r\n${first}${reply(request, '200 OK')}`;
      const pieces = [all.slice(0, 30), all.slice(30, -40), all.slice(-40)];
      const next = () => {
        const piece = pieces.shift();
        if (piece !== undefined) socket.write(piece, () => setImmediate(next));
      };
      next();
    });
    expect(await probe(server.port).options(gateway('tcp'))).toMatchObject({ status: 200 });
  });

  test('is refused by a closed port', async () => {
    const server = await overTcp(() => {});
    for (const close of closers.splice(0)) close();
    expect(await probe(server.port).options(gateway('tcp'))).toMatchObject({ kind: 'refused' });
  });

  test.each([
    ['closes', (socket: Socket) => socket.end(), /^closed the connection without an answer$/],
    ['resets', (socket: Socket) => socket.resetAndDestroy(), /ECONNRESET/],
    ['floods', (socket: Socket) => socket.write('x'.repeat(MAX_MESSAGE_BYTES + 1)), /^does not speak SIP$/],
  ])('is refused by a server that %s instead of answering', async (_what, act, detail) => {
    const server = await overTcp((_request, socket) => {
      act(socket);
    });
    expect(await probe(server.port).options(gateway('tcp'))).toMatchObject({
      kind: 'refused',
      detail: expect.stringMatching(detail),
    });
  });

  test('takes a message of the longest length', async () => {
    const server = await overTcp((request, socket) => {
      const bare = reply(request, '200 OK', 'X: ');
      socket.write(bare.replace('X: ', `X: ${'x'.repeat(MAX_MESSAGE_BYTES - bare.length)}`));
    });
    expect(await probe(server.port).options(gateway('tcp'))).toMatchObject({ status: 200 });
  });

  test('tells a connection without an answer', async () => {
    const server = await overTcp(() => {});
    expect(await probe(server.port, { timeoutMs: 60 }).options(gateway('tcp'))).toMatchObject({
      kind: 'silent',
      detail: 'connected, but no answer in 60 ms',
    });
  });
});

describe('TLS', () => {
  let authority: PrivateCa;
  beforeAll(() => {
    authority = privateCa();
  });
  afterAll(() => authority.remove());

  async function overTls(pair: Certified, more: TlsOptions = {}) {
    const requests: string[] = [];
    const server = createTlsServer(
      { ...pair, ...more },
      talk((request, socket) => socket.write(reply(request, '200 OK')), requests),
    );
    server.on('tlsClientError', () => {});
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closers.push(() => server.close());
    return { port: (server.address() as AddressInfo).port, requests };
  }

  test('answers when the certificate bears the gateway’s name', async () => {
    const { port, requests } = await overTls(authority.certify([`DNS:${HOST}`]));
    const outcome = await probe(port, { tlsCa: authority.ca }).options(gateway('tls'));
    expect(outcome).toMatchObject({ kind: 'answered', status: 200 });
    expect(requests[0]).toMatch(/;transport=tls SIP\/2\.0\r\nVia: SIP\/2\.0\/TLS /);
  });

  test('tells a certificate of another name, and which it bears', async () => {
    const { port, requests } = await overTls(authority.certify(['DNS:other.example.net', 'IP:192.0.2.1']));
    const outcome = await probe(port, { tlsCa: authority.ca }).options(gateway('tls'));
    expect(outcome).toMatchObject({
      kind: 'certificate',
      wrong: 'name',
      detail: 'its certificate bears another name: other.example.net, 192.0.2.1 (ERR_TLS_CERT_ALTNAME_INVALID)',
    });
    expect(requests).toEqual([]);
  });

  test('tells a certificate that has expired', async () => {
    const { port, requests } = await overTls(authority.certify([`DNS:${HOST}`], -1));
    const outcome = await probe(port, { tlsCa: authority.ca }).options(gateway('tls'));
    expect(outcome).toMatchObject({
      kind: 'certificate',
      wrong: 'expired',
      detail: 'its certificate has expired (CERT_HAS_EXPIRED)',
    });
    expect(requests).toEqual([]);
  });

  test.each(['by itself alone', 'by an authority that is not trusted here'])(
    'tells a certificate that is vouched for %s',
    async (by) => {
      const names = [`DNS:${HOST}`];
      const pair = by === 'by itself alone' ? authority.selfSigned(names) : authority.certify(names);
      const { port, requests } = await overTls(pair);
      const tlsCa = by === 'by itself alone' ? { tlsCa: authority.ca } : {};
      const outcome = await probe(port, tlsCa).options(gateway('tls'));
      expect(outcome).toMatchObject({ kind: 'certificate', wrong: 'issuer' });
      expect(requests).toEqual([]);
    },
  );

  test('tells a gateway that asks for a certificate of ours', async () => {
    const more = { requestCert: true, rejectUnauthorized: true, ca: authority.ca };
    const { port } = await overTls(authority.certify([`DNS:${HOST}`]), more);
    const outcome = await probe(port, { tlsCa: authority.ca }).options(gateway('tls'));
    expect(outcome).toMatchObject({ kind: 'certificate', wrong: 'ours' });
  });

  test.each([
    ['CERT_NOT_YET_VALID', 'not-yet-valid'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'issuer'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'issuer'],
    ['CERT_REVOKED', 'other'],
    ['ECONNRESET', undefined],
    ['ERR_SSL_WRONG_VERSION_NUMBER', undefined],
    [undefined, undefined],
  ])('reads %s as %s', (code, wrong) => {
    expect(certificateFault(Object.assign(new Error('x'), code === undefined ? {} : { code }))?.wrong).toBe(wrong);
  });

  test('tells a server without TLS', async () => {
    const { port } = await overTcp((_request, socket) => socket.write('SIP/2.0 400 Bad Request\r\n\r\n'));
    expect(await probe(port).options(gateway('tls'))).toMatchObject({ kind: 'refused' });
  });
});

describe('a gateway’s address', () => {
  const lookedUp = (lookup: (host: string) => Promise<string>, timeoutMs = 100) =>
    createSipProbe({ connectTo: new Map(), lookup, clock: sleepingClock(), timeoutMs });

  test('comes from the look-up when none is set', async () => {
    const server = await overUdp((request) => [reply(request, '200 OK')]);
    const asked: string[] = [];
    const one = lookedUp(async (host) => {
      asked.push(host);
      return '127.0.0.1';
    });
    expect(await one.options({ host: 'Gw.Example.net', port: server.port, transport: 'udp' })).toMatchObject({
      status: 200,
    });
    expect(asked).toEqual(['gw.example.net']);
  });

  test('is taken as it is when it is one', async () => {
    const server = await overUdp((request) => [reply(request, '200 OK')]);
    const one = lookedUp(() => Promise.reject(new Error('not to be asked')));
    expect(await one.options({ host: '127.0.0.1', port: server.port, transport: 'udp' })).toMatchObject({
      status: 200,
    });
  });

  test.each([
    [
      'fails',
      () => Promise.reject(Object.assign(new Error('no'), { code: 'ENOTFOUND' })),
      'no address for the name (ENOTFOUND)',
    ],
    [
      'breaks',
      () => {
        throw new Error('bug');
      },
      'no address for the name (look-up failed)',
    ],
    ['hangs', () => new Promise<string>(() => {}), 'no address for the name in 100 ms'],
  ] as const)('is unresolved when the look-up %s', async (_what, lookup, detail) => {
    expect(await lookedUp(lookup).options(gateway('udp'))).toMatchObject({ kind: 'unresolved', detail });
  });

  test.each(['a b', 'x\r\nVia: y', '', '-', 'x>y'])('is unresolved for %j, which is no host name', async (host) => {
    const one = lookedUp(async () => '127.0.0.1');
    expect(await one.options(gateway('udp', host))).toMatchObject({ kind: 'unresolved', detail: 'not a host name' });
  });
});

describe('Retry-After', () => {
  test.each([
    ['30', 30, null],
    ['18000;duration=3600', 18_000, 3600],
    ['120 (I am in a meeting)', 120, null],
    ['30 (busy);duration=60', 30, 60],
    ['30(busy (very) \\) still);x="a;b\\"c" ; DURATION = 60', 30, 60],
    ['30;lr', 30, null],
    ['0', 0, null],
    ['9999999999', 9_999_999_999, null],
  ])('%s is %s seconds, and there for %s', (value, seconds, durationSeconds) => {
    expect(readRetryAfter(value)).toEqual({ seconds, durationSeconds });
  });

  test.each([
    'soon',
    '-1',
    '30 seconds',
    '12345678901',
    '30 (never closed',
    '30 (busy) again',
    '30;duration=soon',
    '30;duration',
    '30;duration=12345678901',
    '30;',
    '30;x="open',
    '',
    undefined,
  ])('%s is none', (value) => {
    expect(readRetryAfter(value)).toBeNull();
  });
});
