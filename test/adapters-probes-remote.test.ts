/** The bot's side of a probe, against the probe's own server and against everything that may stand on the way. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createResolver } from '../src/adapters/probes/dns-client';
import { createAnswers } from '../src/adapters/probes/probe-answers';
import { createGuard } from '../src/adapters/probes/probe-guard';
import { createProbeServer, type RequestNote } from '../src/adapters/probes/probe-server';
import { HEADER, signReply } from '../src/adapters/probes/probe-signature';
import { createRemoteProbe, type RemoteProbeOptions } from '../src/adapters/probes/remote-probe';
import { createRequestRate } from '../src/adapters/probes/request-rate';
import { createSipProbe } from '../src/adapters/probes/sip-options';
import { createVantageResolver, createVantageSip } from '../src/adapters/probes/vantage-points';
import type { Gateway } from '../src/core/site';
import type { Fault } from '../src/ports/fault';
import type { SipProbe } from '../src/ports/sip-probe';
import { sleepingClock, thrownBy } from './adapters-dns.loopback';
import { type Neighbour, smallGateway, smallResolver } from './support/probe-neighbours';
import { type Answered, deliver, isSignedFor, signedQuestion } from './support/probe-requests';

const SECRET = 'a-secret-that-nobody-has-guessed-yet';
const NAME = '_sip._tcp.sitea.example.com';
const SRV = {
  name: NAME,
  type: 'SRV',
  ttl: 300,
  data: { priority: 10, weight: 5, port: 5060, target: 'gw.example' },
} as const;

const closers: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface Room {
  readonly port: number;
  readonly resolver: Neighbour;
  readonly gateway: Neighbour;
  readonly notes: readonly RequestNote[];
  readonly mistakes: readonly unknown[];
  readonly time: { now: number };
}

/** A probe named springfield with one resolver, `office`, and one gateway by UDP. */
async function probeRoom(
  more: { readonly status?: () => string; readonly sip?: SipProbe; readonly perSecond?: number } = {},
): Promise<Room> {
  const resolver = await smallResolver([SRV]);
  const gateway = await smallGateway(more.status);
  const clock = sleepingClock();
  const time = { now: Date.now() - 1000 };
  const notes: RequestNote[] = [];
  const mistakes: unknown[] = [];
  const server = createProbeServer({
    probe: 'springfield',
    secret: SECRET,
    tls: null,
    guard: createGuard({ probe: 'springfield', secret: SECRET, now: () => time.now }),
    rate: createRequestRate({ perSecond: more.perSecond ?? 1000, burst: more.perSecond ?? 1000, now: () => 0 }),
    answer: createAnswers({
      resolver: createResolver({
        servers: new Map([['office', { address: '127.0.0.1', port: resolver.port }]]),
        clock,
        timeoutMs: 150,
        tries: 2,
      }),
      sip: more.sip ?? createSipProbe({ connectTo: new Map(), clock, timeoutMs: 150, t1Ms: 20 }),
      gateways: new Set([`127.0.0.1:${gateway.port}/udp`]),
    }),
    onRequest: (note) => notes.push(note),
    onMistake: (cause) => mistakes.push(cause),
  });
  const port = await server.listen('127.0.0.1', 0);
  time.now = Date.now();
  closers.push(() => {
    resolver.close();
    gateway.close();
    return server.close(0);
  });
  return { port, resolver, gateway, notes, mistakes, time };
}

function remote(port: number, more: Partial<RemoteProbeOptions> = {}) {
  const base = { name: 'springfield', baseUrl: `http://127.0.0.1:${port}`, secret: SECRET };
  return createRemoteProbe({ ...base, clock: sleepingClock(), timeoutMs: 2000, ...more });
}

const udp = (port: number): Gateway => ({ host: '127.0.0.1', port, transport: 'udp' });
const faultOf = (work: Promise<unknown>): Promise<Fault> => thrownBy(work) as Promise<Fault>;

describe('a question through a probe', () => {
  it('about DNS brings the whole answer, at the time of the asking clock', async () => {
    const { port, resolver } = await probeRoom();
    const clock = sleepingClock(12345);
    const answer = await remote(port, { clock }).dns('office', NAME, 'SRV', true);
    expect(answer).toEqual({
      server: 'office',
      question: `${NAME} SRV`,
      at: 12345,
      rcode: 'NOERROR',
      authoritative: false,
      authenticData: false,
      truncatedOverUdp: false,
      values: ['10 5 5060 gw.example'],
      ttl: 300,
      negativeTtl: null,
      extendedErrors: [],
      elapsedMs: expect.any(Number),
    });
    expect(resolver.asked).toEqual([`${NAME} SRV`]);
  });

  it('about a name that there is not brings that answer', async () => {
    const { port } = await probeRoom();
    expect(await remote(port).dns('office', 'nothing.example', 'NAPTR', true)).toMatchObject({
      rcode: 'NXDOMAIN',
      values: [],
      ttl: null,
    });
  });

  it('about a gateway brings how it answered the probe', async () => {
    const { port, gateway } = await probeRoom({ status: () => '503 Busy\nRetry-After: 7 (later)' });
    expect(await remote(port).options(udp(gateway.port))).toEqual({
      kind: 'answered',
      status: 503,
      reason: 'Busy',
      retryAfterSeconds: 7,
      elapsedMs: expect.any(Number),
    });
    expect(gateway.asked).toHaveLength(1);
  });

  it.each([
    { kind: 'silent', detail: 'no answer', elapsedMs: 3 },
    { kind: 'refused', detail: 'nothing listens there', elapsedMs: 3 },
    { kind: 'unresolved', detail: 'no address', elapsedMs: 3 },
    { kind: 'certificate', wrong: 'expired', detail: 'it has expired', elapsedMs: 3 },
  ] as const)('keeps the outcome $kind apart', async (outcome) => {
    const { port, gateway } = await probeRoom({ sip: { options: async () => outcome } });
    expect(await remote(port).options(udp(gateway.port))).toEqual(outcome);
  });

  it('brings the silence of a resolver as the fault that it is', async () => {
    const { port, resolver } = await probeRoom();
    resolver.fallSilent();
    const fault = await faultOf(remote(port).dns('office', NAME, 'SRV', true));
    expect(fault).toMatchObject({ transient: true });
    expect(fault.message).toMatch(
      /^The DNS server office gave no answer in time: .*\(asked from the probe springfield\)$/,
    );
  });

  it('about what the probe may not ask is refused, and nobody is contacted', async () => {
    const { port, resolver, gateway } = await probeRoom();
    const unknown = await faultOf(remote(port).dns('google', NAME, 'SRV', true));
    expect(unknown).toMatchObject({ transient: false, status: 403 });
    expect(unknown.message).toContain(
      'The resolver google is not one that this probe may ask; PROBE_RESOLVERS names them.',
    );
    for (const other of [
      { ...udp(gateway.port), transport: 'tcp' as const },
      udp(gateway.port + 1),
      { ...udp(gateway.port), host: '127.0.0.2' },
    ]) {
      const fault = await faultOf(remote(port).options(other));
      expect(fault).toMatchObject({ transient: false, status: 403 });
      expect(fault.message).toContain('PROBE_GATEWAYS lists them');
    }
    expect([resolver.asked, gateway.asked]).toEqual([[], []]);
  });

  it('is told when the probe makes a mistake of its own', async () => {
    const broken: SipProbe = { options: () => Promise.reject(new TypeError('secret thing')) };
    const { port, gateway, mistakes } = await probeRoom({ sip: broken });
    const fault = await faultOf(remote(port).options(udp(gateway.port)));
    expect(fault).toMatchObject({ transient: true, status: 500 });
    expect(fault.message).not.toContain('secret thing');
    expect(mistakes).toHaveLength(2);
  });
});

describe('a probe that cannot be used', () => {
  it('because it is down is our own passing trouble, in words that say so', async () => {
    const room = await probeRoom();
    for (const close of closers.splice(0)) await close();
    for (const work of [remote(room.port).dns('office', NAME, 'SRV', true), remote(room.port).options(udp(5060))]) {
      const fault = await faultOf(work);
      expect(fault).toMatchObject({ transient: true, status: null });
      expect(fault.message).toMatch(
        /^The probe springfield does not answer, so nothing is known of what its network sees: /,
      );
    }
  });

  it('because it hangs is the same', async () => {
    const hanging = await door(() => undefined);
    const fault = await faultOf(remote(hanging, { timeoutMs: 80 }).dns('office', NAME, 'SRV', true));
    expect(fault).toMatchObject({ transient: true, message: expect.stringContaining('does not answer') });
  });

  it('because it has another secret holds at once', async () => {
    const { port, resolver } = await probeRoom();
    const fault = await faultOf(remote(port, { secret: `${SECRET}x` }).dns('office', NAME, 'SRV', true));
    expect(fault).toMatchObject({ transient: false, status: 401 });
    expect(fault.message).toContain('another secret');
    expect(resolver.asked).toEqual([]);
  });

  it('because it is another one holds at once', async () => {
    const { port } = await probeRoom();
    const fault = await faultOf(remote(port, { name: 'depot' }).dns('office', NAME, 'SRV', true));
    expect(fault).toMatchObject({ transient: false, status: 421 });
    expect(fault.message).toContain('This is the probe springfield, and the request is for depot.');
  });

  it('because the clocks are apart holds, with the difference', async () => {
    const { port } = await probeRoom();
    const fault = await faultOf(remote(port, { wallClock: () => Date.now() - 120_000 }).options(udp(5060)));
    expect(fault).toMatchObject({ transient: false, status: 401 });
    expect(fault.message).toMatch(/signed 1(19|20|21) s ago .* Set the clocks of both machines\./);
  });

  it('because it has just started is asked again, and answers then', async () => {
    const { port } = await probeRoom();
    const times = [Date.now() - 5_000, Date.now()];
    const answer = await remote(port, { wallClock: () => times.shift() ?? 0 }).dns('office', NAME, 'SRV', true);
    expect(answer.rcode).toBe('NOERROR');
  });

  it('because it is asked too fast is passing trouble', async () => {
    const { port } = await probeRoom({ perSecond: 1 });
    const one = remote(port);
    await one.dns('office', NAME, 'SRV', true);
    expect(await faultOf(one.dns('office', NAME, 'SRV', true))).toMatchObject({
      transient: true,
      status: 429,
      retryAfterMs: 1000,
    });
  });
});

/** Somebody who listens where the bot believes the probe to be. */
async function door(
  act: (forwarded: () => Promise<Answered>) => Promise<Answered> | undefined,
  target = 0,
): Promise<number> {
  const server = createServer((request, response) => {
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
      const sent = { method: 'POST', path: request.url ?? '', headers, body: Buffer.concat(pieces).toString() };
      void act(() => deliver(target, sent))?.then(({ status, headers: given, text }) =>
        response.writeHead(status, { ...given, 'content-length': Buffer.byteLength(text) }).end(text),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(() => resolve()));
  });
  return (server.address() as AddressInfo).port;
}

describe('somebody on the way', () => {
  const NEW = '10 5 5060 gw.example';
  type Bend = (answered: Answered, before: Answered | null) => Answered;
  const bends: Readonly<Record<string, Bend>> = {
    'another answer': (one) => ({ ...one, text: one.text.replace(NEW, '10 5 5060 evil.example') }),
    'white space': (one) => ({ ...one, text: `${one.text} ` }),
    'no signature': (one) => ({ ...one, headers: { ...one.headers, [HEADER.signature]: undefined } }),
    'a signature by another secret': (one) => ({
      ...one,
      headers: {
        ...one.headers,
        [HEADER.signature]: signReply('x'.repeat(40), {
          probe: 'springfield',
          nonce: 'n',
          status: 200,
          body: one.text,
        }),
      },
    }),
    'another good status': (one) => ({ ...one, status: 203 }),
    'the answer to an earlier question': (one, before) => before ?? one,
  };

  it.each(Object.keys(bends))('who puts in %s is not believed', async (kind) => {
    const { port } = await probeRoom();
    let before: Answered | null = null;
    let honest = true;
    const between = await door(async (forward) => {
      const answered = await forward();
      const given = honest ? answered : (bends[kind]?.(answered, before) ?? answered);
      before = answered;
      // Some fields are cut out above.
      return {
        ...given,
        headers: Object.fromEntries(Object.entries(given.headers).filter(([, value]) => value !== undefined)),
      };
    }, port);
    expect((await remote(between).dns('office', NAME, 'SRV', true)).values).toEqual([NEW]);
    honest = false;
    const fault = await faultOf(remote(between).dns('office', NAME, 'SRV', true));
    expect(fault).toMatchObject({ transient: false });
    expect(fault.message).toMatch(/^The probe springfield gave an answer that is not signed with its secret/);
  });

  it('who keeps a request and sends it again gets nothing for it', async () => {
    const { port, resolver } = await probeRoom();
    const twice: number[] = [];
    const between = await door(async (forward) => {
      const first = await forward();
      twice.push(first.status, (await forward()).status);
      return first;
    }, port);
    await remote(between).dns('office', NAME, 'SRV', true);
    expect(twice).toEqual([200, 409]);
    expect(resolver.asked).toHaveLength(1);
  });

  it('of another version is told apart from a liar', async () => {
    const body = JSON.stringify({ kind: 'answer', answer: { surprise: true } });
    const newer = await door(async () => ({ status: 200, headers: {}, text: body, json: null }));
    expect((await faultOf(remote(newer).dns('office', NAME, 'SRV', true))).message).toContain('not signed');
    const signed = createServer((request, response) => {
      const nonce = String(request.headers[HEADER.nonce]);
      const signature = signReply(SECRET, { probe: 'springfield', nonce, status: 200, body });
      response.writeHead(200, { [HEADER.signature]: signature }).end(body);
    });
    await new Promise<void>((resolve) => signed.listen(0, '127.0.0.1', resolve));
    closers.push(() => {
      signed.closeAllConnections();
      signed.close();
    });
    const { port } = signed.address() as AddressInfo;
    expect((await faultOf(remote(port).dns('office', NAME, 'SRV', true))).message).toContain('Run the same version');
    expect((await faultOf(remote(port).options(udp(5060)))).message).toContain('Run the same version');
  });
});

describe('a probe’s log', () => {
  it('has one line a question, with nothing secret in it', async () => {
    const { port, notes } = await probeRoom();
    await remote(port).dns('office', NAME, 'SRV', true);
    await faultOf(remote(port).dns('google', NAME, 'SRV', true));
    const forged = { ...signedQuestion({ probe: 'springfield', secret: 'x', path: '/v1/dns', body: '{}' }) };
    await deliver(port, forged);
    expect(notes.map(({ status, what }) => [status, what])).toEqual([
      [200, `office ${NAME} SRV`],
      [403, 'The resolver google is not one that this probe may ask; PROBE_RESOLVERS names them.'],
      [401, 'The signature does not fit: another secret, or a request that was altered.'],
    ]);
    expect(JSON.stringify(notes)).not.toContain(SECRET);
  });

  it('and its replies: signed for whoever may ask, unsigned for others', async () => {
    const { port } = await probeRoom();
    const good = signedQuestion({ probe: 'springfield', secret: SECRET, path: '/v1/dns', body: 'no json' });
    const answered = await deliver(port, good);
    expect([answered.status, isSignedFor(good, answered, SECRET)]).toEqual([400, true]);
    const forged = signedQuestion({ probe: 'springfield', secret: 'x', path: '/v1/dns', body: '{}' });
    const refused = await deliver(port, forged);
    expect([refused.status, refused.headers[HEADER.signature]]).toEqual([401, undefined]);
  });
});

describe('one resolver for near and distant servers', () => {
  async function vantage() {
    const { port, resolver } = await probeRoom();
    const near = await smallResolver([{ ...SRV, data: { ...SRV.data, target: 'near.example' } }]);
    closers.push(() => near.close());
    const at = { address: '127.0.0.1', port: near.port };
    const local = createResolver({
      servers: new Map([['google', at]]),
      clock: sleepingClock(),
      timeoutMs: 500,
      tries: 1,
    });
    const probes = new Map([['springfield', remote(port)]]);
    const distant = new Map([
      ['office', { address: '10.0.0.53', via: 'springfield' }],
      ['lost', { address: '10.0.0.54', via: 'nowhere' }],
    ]);
    const aliases = new Map([['8.8.4.4', 'office']]);
    return {
      one: createVantageResolver({ local, probes, distant, aliases }),
      resolver,
      near,
      probes,
      gatewayPort: port,
    };
  }

  it('asks each where it is to be asked', async () => {
    const { one, resolver, near } = await vantage();
    expect((await one.ask('google', NAME, 'SRV')).values).toEqual(['10 5 5060 near.example']);
    expect((await one.ask('office', NAME, 'SRV')).values).toEqual(['10 5 5060 gw.example']);
    expect([resolver.asked.length, near.asked.length]).toEqual([1, 1]);
  });

  it.each(['office', '10.0.0.53', '8.8.4.4'])(
    'knows a distant one by %s, and answers under that name',
    async (server) => {
      const { one } = await vantage();
      expect(one.knows(server)).toBe(true);
      expect(await one.ask(server, NAME, 'SRV')).toMatchObject({ server, values: ['10 5 5060 gw.example'] });
    },
  );

  it('knows nobody else, and refuses what is asked of a probe that is not configured', async () => {
    const { one } = await vantage();
    expect([one.knows('google'), one.knows('10.0.0.55'), one.knows('springfield')]).toEqual([true, false, false]);
    expect(await faultOf(one.ask('unknown', NAME, 'SRV'))).toMatchObject({ transient: false });
    const fault = await faultOf(one.ask('lost', NAME, 'SRV'));
    expect(fault).toMatchObject({
      transient: false,
      message: expect.stringContaining('The probe nowhere is not configured'),
    });
  });

  it('and one SIP probe, from here or from there', async () => {
    const room = await probeRoom();
    const here = { kind: 'silent', detail: 'here', elapsedMs: 1 } as const;
    const sip = createVantageSip({ options: async () => here }, new Map([['springfield', remote(room.port)]]));
    expect(await sip.options(udp(room.gateway.port))).toBe(here);
    expect(await sip.options(udp(room.gateway.port), 'springfield')).toMatchObject({ kind: 'answered', status: 200 });
    expect(await faultOf(sip.options(udp(room.gateway.port), 'depot'))).toMatchObject({ transient: false });
  });
});
