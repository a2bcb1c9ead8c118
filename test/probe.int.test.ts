/** A real `cutover probe`: asked rightly it asks its network; asked in any other way it refuses, and nobody is contacted. */
import { writeFileSync } from 'node:fs';
import { request as overHttps } from 'node:https';
import { connect } from 'node:net';
import { join } from 'node:path';
import { HEADER } from '../src/adapters/probes/probe-signature';
import { MAX_BODY_BYTES } from '../src/adapters/probes/probe-wire';
import { createRemoteProbe } from '../src/adapters/probes/remote-probe';
import { Fault } from '../src/ports/fault';
import { sleepingClock, thrownBy } from './adapters-dns.loopback';
import { cutover } from './support/cutover-process';
import { type PrivateCa, privateCa } from './support/private-ca';
import { type Neighbour, smallGateway, smallResolver } from './support/probe-neighbours';
import { type ProbeProcess, startProbe } from './support/probe-process';
import {
  type Answered,
  deliver,
  isSignedFor,
  type Question,
  type Sent,
  signedQuestion,
} from './support/probe-requests';

jest.setTimeout(90_000);

const SECRET = 'hunter2-hunter2-hunter2-hunter2-hunter2';
const NAME = '_sip._tcp.sitea.example.com';
const SRV = {
  name: NAME,
  type: 'SRV',
  ttl: 60,
  data: { priority: 1, weight: 2, port: 5060, target: 'gw.example' },
} as const;
const DNS = JSON.stringify({ server: 'office', name: NAME, type: 'SRV', recursion: true });

let resolver: Neighbour;
let gateway: Neighbour;
let probe: ProbeProcess;
let settings: Readonly<Record<string, string>>;

beforeAll(async () => {
  resolver = await smallResolver([SRV]);
  gateway = await smallGateway();
  settings = {
    PROBE_NAME: 'springfield',
    PROBE_SECRET: SECRET,
    PROBE_LISTEN: '127.0.0.1:0',
    PROBE_RESOLVERS: `office=127.0.0.1:${resolver.port}`,
    PROBE_GATEWAYS: `127.0.0.1:${gateway.port}/udp`,
  };
  probe = await startProbe(settings);
});
afterAll(async () => {
  await probe?.stop();
  resolver?.close();
  gateway?.close();
});

const question = (more: Partial<Question> = {}): Sent =>
  signedQuestion({ probe: 'springfield', secret: SECRET, path: '/v1/dns', body: DNS, ...more });
const bent = (name: string, value: string): Sent => {
  const sent = question();
  return { ...sent, headers: { ...sent.headers, [name]: value } };
};
const options = (more: object = {}): string =>
  JSON.stringify({ host: '127.0.0.1', port: gateway.port, transport: 'udp', ...more });
const contacted = (): number => resolver.asked.length + gateway.asked.length;

async function expectRefused(sent: Sent, status: number): Promise<Answered> {
  const before = contacted();
  const answered = await deliver(probe.port, sent);
  expect([answered.status, contacted() - before]).toEqual([status, 0]);
  expect(answered.json).toEqual({ error: expect.stringMatching(/\S.*\.$/) });
  expect(answered.text).not.toContain(SECRET);
  return answered;
}

describe('asked rightly, a probe', () => {
  it('asks the resolver and signs what it heard', async () => {
    const sent = question();
    const answered = await deliver(probe.port, sent);
    expect(answered).toMatchObject({
      status: 200,
      json: { kind: 'answer', answer: { values: ['1 2 5060 gw.example'] } },
    });
    expect(isSignedFor(sent, answered, SECRET)).toBe(true);
    expect(isSignedFor(question(), answered, SECRET)).toBe(false);
  });

  it('asks the gateway', async () => {
    const sent = question({ path: '/v1/sip', body: options() });
    const answered = await deliver(probe.port, sent);
    expect(answered).toMatchObject({ status: 200, json: { kind: 'answered', status: 200, reason: 'OK' } });
    expect(isSignedFor(sent, answered, SECRET)).toBe(true);
  });

  it('serves the bot’s own adapter', async () => {
    const baseUrl = `http://127.0.0.1:${probe.port}`;
    const bot = createRemoteProbe({
      name: 'springfield',
      baseUrl,
      secret: SECRET,
      clock: sleepingClock(),
      timeoutMs: 9_000,
    });
    expect((await bot.dns('office', NAME, 'SRV', true)).values).toEqual(['1 2 5060 gw.example']);
    expect((await bot.options({ host: '127.0.0.1', port: gateway.port, transport: 'udp' })).kind).toBe('answered');
  });

  it('says that it lives, without secrets', async () => {
    const answered = await deliver(probe.port, { method: 'GET', path: '/healthz', headers: {}, body: '' });
    expect([answered.status, answered.json]).toEqual([200, { ok: true, probe: 'springfield' }]);
  });
});

describe('asked in any other way, a probe refuses', () => {
  it('what is not signed', async () => {
    const answered = await expectRefused({ ...question(), headers: {} }, 401);
    expect(answered.headers[HEADER.signature]).toBeUndefined();
  });

  it('what is forged', () => expectRefused(question({ secret: `${SECRET}!` }), 401));

  it('what was altered on the way', async () => {
    await expectRefused({ ...question(), body: DNS.replace('sitea', 'siteb') }, 401);
    await expectRefused({ ...question(), path: '/v1/sip' }, 401);
    await expectRefused(bent(HEADER.timestamp, String(Date.now() + 5)), 401);
    await expectRefused(bent(HEADER.nonce, 'a'.repeat(22)), 401);
  });

  it('what was answered before', async () => {
    const sent = question();
    expect((await deliver(probe.port, sent)).status).toBe(200);
    await expectRefused(sent, 409);
    await expectRefused(sent, 409);
  });

  it('what comes late or from the future, and says by how much', async () => {
    const late = await expectRefused(question({ at: Date.now() - 65_000 }), 401);
    expect(late.text).toMatch(/signed 6[5-9] s ago/);
    const early = await expectRefused(question({ at: Date.now() + 75_000 }), 401);
    expect(early.text).toMatch(/signed 7[0-5] s in the future/);
  });

  it('what is meant for another probe', () => expectRefused(question({ probe: 'depot' }), 421));

  it.each([
    'no json',
    '',
    '{',
    '[]',
    'null',
    '{"server":"office"}',
    '"\\ud800"',
    DNS.replace('SRV', 'AXFR'),
    DNS.replace('}', ',"x":1}'),
  ])('what is no question: %s', (body) => expectRefused(question({ body }), 400));

  it('what is no text', async () => {
    const sent = question({ body: '\u00ff' });
    await expectRefused(sent, 400);
  });

  it.each(['google', '127.0.0.1x', '__proto__', 'OFFICE '])('a resolver that is not listed: %s', (server) =>
    expectRefused(question({ body: DNS.replace('office', server) }), 403),
  );

  it('a gateway that is not listed', async () => {
    for (const other of [{ port: gateway.port + 1 }, { host: 'localhost' }, { transport: 'tcp' }])
      await expectRefused(question({ path: '/v1/sip', body: options(other) }), 403);
  });

  it('a gateway that is none', async () => {
    for (const other of [{ port: 0 }, { port: 65_536 }, { transport: 'ws' }, { host: '' }, { host: 'x'.repeat(254) }])
      await expectRefused(question({ path: '/v1/sip', body: options(other) }), 400);
  });

  it('a body past its limit, and takes one at it', async () => {
    const padded = (bytes: number) => DNS.replace('}', `${' '.repeat(bytes - DNS.length)}}`);
    expect((await deliver(probe.port, question({ body: padded(MAX_BODY_BYTES) }))).status).toBe(200);
    await expectRefused(question({ body: padded(MAX_BODY_BYTES + 1) }), 413);
  });

  it('a body past its limit that does not say how long it is', async () => {
    const before = contacted();
    const text = await raw(
      `POST /v1/dns HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n${'4000\r\n'}${'x'.repeat(0x4000)}\r\n1\r\nx\r\n`,
    );
    expect(text).toMatch(/^HTTP\/1\.1 413 /);
    expect(contacted()).toBe(before);
  });

  it.each([
    ['GET', '/v1/dns', 405],
    ['PUT', '/v1/sip', 405],
    ['POST', '/', 404],
    ['POST', '/v1/dns?x=1', 404],
    ['POST', '/v1/../v1/dns', 404],
    ['POST', '/healthz', 404],
  ])('%s %s', (method, path, status) =>
    expectRefused(question({ method, path, body: method === 'GET' ? '' : DNS }), status),
  );

  it('what is no HTTP, and what never ends, without falling', async () => {
    expect(await raw('\u0016\u0003\u0001garbage\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 /);
    expect(await raw(`GET /healthz HTTP/1.1\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 /);
    expect((await deliver(probe.port, question())).status).toBe(200);
  });

  it('whoever asks too fast, and says for how long', async () => {
    const own = await startProbe(settings);
    let busy: Answered | undefined;
    for (let round = 0; round < 50 && busy === undefined; round += 1) {
      const answers = await Promise.all(Array.from({ length: 60 }, () => deliver(own.port, question({ secret: 'x' }))));
      busy = answers.find(({ status }) => status === 429);
    }
    expect(busy).toMatchObject({ json: { error: 'Too many requests.' }, headers: { 'retry-after': '1' } });
    await own.stop();
  });
});

/** What comes back for these bytes, until the other side ends or has answered. */
function raw(bytes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(probe.port, '127.0.0.1', () => socket.write(Buffer.from(bytes, 'latin1')));
    socket.on('error', reject);
    socket.once('data', (piece) => {
      resolve(piece.toString());
      socket.destroy();
    });
    socket.once('close', () => resolve(''));
  });
}

describe('a probe’s process', () => {
  it('shows nothing secret in its log, and one line for each question', () => {
    const { out, err } = probe.said();
    expect(out + err).not.toMatch(/hunter2|v1=[0-9a-f]{64}/);
    const whats = probe.log().map(({ what }) => what);
    expect(whats).toContain(`office ${NAME} SRV`);
    expect(whats).toContain('This is the probe springfield, and the request is for depot.');
  });

  it('is a passing trouble of the bot once it has gone, and no finding', async () => {
    const own = await startProbe(settings);
    expect(await own.stop()).toBe(0);
    const baseUrl = `http://127.0.0.1:${own.port}`;
    const bot = createRemoteProbe({
      name: 'springfield',
      baseUrl,
      secret: SECRET,
      clock: sleepingClock(),
      timeoutMs: 2_000,
    });
    const fault = await thrownBy(bot.dns('office', NAME, 'SRV', true));
    expect(fault).toBeInstanceOf(Fault);
    expect(fault).toMatchObject({
      transient: true,
      message: expect.stringContaining('The probe springfield does not answer'),
    });
  });

  it('lets the question that it is at end before it goes', async () => {
    const slow = await smallResolver([]);
    slow.fallSilent();
    const own = await startProbe({ ...settings, PROBE_RESOLVERS: `office=127.0.0.1:${slow.port}` });
    const answer = deliver(own.port, question());
    while (slow.asked.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    const ended = own.stop();
    expect(await answer).toMatchObject({ status: 200, json: { kind: 'fault', transient: true } });
    expect(await ended).toBe(0);
    slow.close();
  });

  it('forgets nonces with a restart, and so refuses what was signed before it', async () => {
    const before = question();
    const own = await startProbe(settings);
    expect((await deliver(own.port, before)).status).toBe(503);
    await own.stop();
  });
});

describe('the settings of a probe', () => {
  it('that are missing are named all at once', async () => {
    const { code, err, out } = await cutover(['probe']);
    expect([code, out]).toEqual([1, '']);
    for (const name of ['PROBE_NAME', 'PROBE_SECRET', 'PROBE_RESOLVERS'])
      expect(err).toMatch(new RegExp(`^ {2}${name}: `, 'm'));
  });

  it('that are wrong are named all at once, and no value is repeated', async () => {
    const { code, err } = await cutover(['probe'], {
      PROBE_NAME: 'hunter2 !',
      PROBE_SECRET: 'hunter2',
      PROBE_LISTEN: 'hunter2',
      PROBE_RESOLVERS: 'office=hunter2',
      PROBE_GATEWAYS: 'gw.example:5060/hunter2',
      PROBE_TLS_CERT: '/nowhere/hunter2.pem',
      PROBE_SIP_TLS_CA: '-----BEGIN NOTHING----- hunter2',
      PROBE_LOG_LEVEL: 'hunter2',
    });
    expect(code).toBe(1);
    expect(err).not.toContain('hunter2');
    for (const name of ['NAME', 'SECRET', 'LISTEN', 'RESOLVERS', 'GATEWAYS', 'TLS_CERT', 'SIP_TLS_CA', 'LOG_LEVEL'])
      expect(err).toMatch(new RegExp(`^ {2}PROBE_${name}: `, 'm'));
  });

  it('that name a port in use are a sentence', async () => {
    const { code, err } = await cutover(['probe'], { ...settings, PROBE_LISTEN: `127.0.0.1:${probe.port}` });
    expect(code).toBe(1);
    expect(err).toMatch(/^The probe cannot listen on 127\.0\.0\.1:\d+ \(EADDRINUSE\)\. Choose another PROBE_LISTEN/);
  });
});

describe('a probe with a certificate', () => {
  let authority: PrivateCa;
  beforeAll(() => {
    authority = privateCa();
  });
  afterAll(() => authority?.remove());

  const file = (name: string, text: string): string => {
    const path = join(authority.folder, name);
    writeFileSync(path, text);
    return path;
  };

  it('speaks TLS, from files that a settings file names', async () => {
    const { cert, key } = authority.certify(['IP:127.0.0.1']);
    const named = { PROBE_TLS_CERT: file('probe.crt', cert), PROBE_TLS_KEY: file('probe.key', key) };
    const own = await startProbe(settings, ['--config', file('probe.yaml', JSON.stringify(named))]);
    const status = await new Promise<number | undefined>((resolve, reject) => {
      const { method, path, headers, body } = question();
      overHttps(
        { host: '127.0.0.1', port: own.port, method, path, headers, ca: authority.ca, agent: false },
        (response) => {
          response.resume();
          resolve(response.statusCode);
        },
      )
        .on('error', reject)
        .end(body);
    });
    expect(status).toBe(200);
    const baseUrl = `https://127.0.0.1:${own.port}`;
    const bot = createRemoteProbe({
      name: 'springfield',
      baseUrl,
      secret: SECRET,
      clock: sleepingClock(),
      timeoutMs: 2_000,
    });
    const fault = await thrownBy(bot.dns('office', NAME, 'SRV', true));
    expect(fault).toMatchObject({
      transient: false,
      message: expect.stringContaining('certificate that is not trusted'),
    });
    await own.stop();
  });

  it('is refused at the start when certificate and key do not fit', async () => {
    const [one, other] = [authority.certify(['IP:127.0.0.1']), authority.certify(['IP:127.0.0.1'])];
    const pair = { PROBE_TLS_CERT: one.cert, PROBE_TLS_KEY: other.key };
    const { code, err } = await cutover(['probe'], { ...settings, ...pair });
    expect(code).toBe(1);
    expect(err).toMatch(/^The settings cannot be used:\n {2}PROBE_TLS_KEY: it does not fit/);
  });
});
