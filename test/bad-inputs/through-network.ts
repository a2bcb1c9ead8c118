/**
 * The small entrances: a probe's questions and its answers, the listener for figures, DNS packets and SIP answers. A wound
 * may leave a packet valid; what is then made of it has to be well-formed, and no question may hang.
 */
import { createSocket } from 'node:dgram';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { decode, encode } from 'dns-packet';
import fc from 'fast-check';
import { systemClock } from '../../src/adapters/clock/system-clock';
import { startOps } from '../../src/adapters/ops/ops-server';
import { createResolver } from '../../src/adapters/probes/dns-client';
import { createAnswers } from '../../src/adapters/probes/probe-answers';
import { createGuard } from '../../src/adapters/probes/probe-guard';
import { createProbeServer } from '../../src/adapters/probes/probe-server';
import { HEADER, signReply } from '../../src/adapters/probes/probe-signature';
import { createRemoteProbe } from '../../src/adapters/probes/remote-probe';
import { createRequestRate } from '../../src/adapters/probes/request-rate';
import { createSipProbe } from '../../src/adapters/probes/sip-options';
import { Fault } from '../../src/ports/fault';
import { deliver, signedQuestion } from '../support/probe-requests';
import { type Entrance, refused, type Taken, VALID, Wrong } from './entrance';
import { faultOfShape } from './shapes';
import { rawly } from './through-http';
import { nastyText, woundedBytes, woundedJson, woundedText } from './wounds';

type Input =
  | {
      readonly kind: 'question';
      readonly path: string;
      readonly body: string;
      readonly secret: string;
      readonly ahead: number;
      readonly method: string;
    }
  | { readonly kind: 'raw'; readonly to: 'probe' | 'ops'; readonly hex: string }
  | {
      readonly kind: 'answer';
      readonly body: string;
      readonly status: number;
      readonly sign: 'good' | 'other' | 'none';
    }
  | { readonly kind: 'dns'; readonly hex: string; readonly keepsId: boolean }
  | { readonly kind: 'sip'; readonly text: string };

const NAME = 'office';
const SECRET = 'probe-secret-0123456789-0123456789';
/** Of one question over UDP; what is no answer is waited past. */
const WAIT_MS = 40;

export async function throughNetwork(): Promise<Entrance<Input>> {
  const mistakes: string[] = [];
  const asked: string[] = [];
  const dnsDouble = await udp();
  const sipDouble = await udp();
  const about = { clock: systemClock, timeoutMs: WAIT_MS };
  const resolver = createResolver({
    ...about,
    servers: new Map([['office', { address: '127.0.0.1', port: dnsDouble.port }]]),
    tries: 1,
  });
  const sip = createSipProbe({
    ...about,
    connectTo: new Map([['sbc.example.com:5060', { address: '127.0.0.1', port: sipDouble.port }]]),
  });
  const answers = createAnswers({ resolver, sip, gateways: new Set() });
  const probe = createProbeServer({
    probe: NAME,
    secret: SECRET,
    tls: null,
    guard: createGuard({ probe: NAME, secret: SECRET, now: Date.now }),
    rate: createRequestRate({ perSecond: 1e6, burst: 1e6, now: () => performance.now() }),
    answer: async (...question) => {
      asked.push('asked');
      return answers(...question);
    },
    onRequest: () => undefined,
    onMistake: (cause) => mistakes.push(cause instanceof Error ? (cause.stack ?? cause.message) : String(cause)),
  });
  const probePort = await probe.listen('127.0.0.1', 0);
  const ops = await startOps({
    host: '127.0.0.1',
    port: 0,
    lagMs: () => 1,
    ready: { all: async () => null },
    metrics: async () => '# nothing\n',
  });
  let reply: { status: number; body: string; sign: 'good' | 'other' | 'none' } = {
    status: 200,
    body: '',
    sign: 'good',
  };
  const far = createServer((request, response) => {
    request.resume();
    const nonce = String(request.headers[HEADER.nonce]);
    const { status, body, sign } = reply;
    const signature = signReply(sign === 'good' ? SECRET : 'another-secret', { probe: NAME, nonce, status, body });
    response
      .writeHead(status, {
        'content-type': 'application/json',
        ...(sign === 'none' ? {} : { [HEADER.signature]: signature }),
      })
      .end(body);
  });
  await new Promise<void>((resolve) => far.listen(0, '127.0.0.1', resolve));
  const remote = createRemoteProbe({
    name: NAME,
    baseUrl: `http://127.0.0.1:${(far.address() as AddressInfo).port}`,
    secret: SECRET,
    clock: { ...systemClock, sleep: async () => undefined },
    timeoutMs: 2000,
  });

  const packet = encode({
    type: 'response',
    id: 1,
    flags: 0x0580,
    questions: [{ type: 'SRV', name: '_sip._tcp.example.com' }],
    answers: [
      {
        type: 'SRV',
        name: '_sip._tcp.example.com',
        ttl: 300,
        data: { priority: 10, weight: 0, port: 5060, target: 'sbc.example.com' },
      },
      { type: 'CNAME', name: 'x.example.com', ttl: 300, data: 'y.example.com' },
    ],
    additionals: [
      {
        type: 'OPT',
        name: '.',
        udpPayloadSize: 1232,
        flags: 0,
        options: [],
        extendedRcode: 0,
        ednsVersion: 0,
        flag_do: false,
      },
    ],
  } as never);
  const dnsAnswer = {
    kind: 'answer',
    answer: {
      question: 'q SRV',
      rcode: 'NOERROR',
      authoritative: false,
      authenticData: false,
      truncatedOverUdp: false,
      values: ['10 0 5060 sbc.example.com'],
      ttl: 60,
      negativeTtl: null,
      extendedErrors: [3],
      elapsedMs: 2,
    },
  };
  const question = { server: 'office', name: '_sip._tcp.example.com', type: 'SRV', recursion: true };
  const sipAnswer =
    'SIP/2.0 200 OK\r\nVia: @via@\r\nFrom: @from@\r\nTo: @from@;tag=1\r\nCall-ID: @call@\r\nCSeq: 1 OPTIONS\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n';
  const inputs: fc.Arbitrary<Input> = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('question' as const),
        path: fc.oneof(
          { weight: 6, arbitrary: fc.constantFrom('/v1/dns', '/v1/sip') },
          { weight: 1, arbitrary: fc.constantFrom('/', '/v2/dns', '/v1/dns/', '/%', '/v1/dns?x', '/healthz') },
        ),
        body: fc.oneof(
          woundedJson(question),
          woundedJson({ host: 'sbc.example.com', port: 5060, transport: 'udp' }),
          woundedText(JSON.stringify(question)),
          nastyText,
          fc.constant(JSON.stringify(question)),
        ),
        secret: fc.oneof(
          { weight: 3, arbitrary: fc.constant(SECRET) },
          { weight: 2, arbitrary: fc.constantFrom('', 'x', `${SECRET}x`) },
        ),
        ahead: fc.constantFrom(0, 0, 0, 61_000, -61_000, 1e12, -1e12),
        method: fc.constantFrom('POST', 'POST', 'POST', 'GET', 'PUT', 'DELETE'),
      }),
    },
    {
      weight: 2,
      arbitrary: fc.record({
        kind: fc.constant('raw' as const),
        to: fc.constantFrom('probe' as const, 'ops' as const),
        hex: fc
          .oneof(
            woundedText('GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n'),
            woundedText('POST /v1/dns HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}'),
            fc.constantFrom(
              'DELETE /metrics HTTP/1.1\r\nHost: x\r\n\r\n',
              'GET // HTTP/1.1\r\nHost: x\r\n\r\n',
              'GET /../metrics HTTP/1.1\r\nHost: x\r\n\r\n',
            ),
          )
          .map((text) => Buffer.from(text, 'latin1').toString('hex')),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('answer' as const),
        body: fc.oneof(woundedJson(dnsAnswer), woundedText(JSON.stringify(dnsAnswer)), nastyText),
        status: fc.constantFrom(200, 200, 200, 201, 302, 400, 404, 429, 500),
        sign: fc.constantFrom('good' as const, 'good' as const, 'other' as const, 'none' as const),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('dns' as const),
        hex: woundedBytes(Buffer.from(packet)).map((bytes) => bytes.toString('hex')),
        keepsId: fc.boolean(),
      }),
    },
    { weight: 4, arbitrary: woundedText(sipAnswer).map((text) => ({ kind: 'sip' as const, text })) },
  );

  async function take(input: Input): Promise<Taken> {
    if (input.kind === 'raw') {
      return refused(await rawly(input.to === 'probe' ? probePort : ops.port, Buffer.from(input.hex, 'hex')));
    }
    if (input.kind === 'question') return toProbe(input);
    if (input.kind === 'answer') {
      reply = input;
      return fromWorld(
        () => remote.dns('office', '_sip._tcp.example.com', 'SRV', true),
        { ...dnsAnswer.answer, server: 'office', at: 1 },
        input.sign !== 'good' || input.status >= 300,
      );
    }
    if (input.kind === 'dns') {
      dnsDouble.answer = (bytes) => {
        const wounded = Buffer.from(input.hex, 'hex');
        if (input.keepsId && wounded.length > 1) wounded.writeUInt16BE(decode(bytes).id ?? 0, 0);
        return wounded;
      };
      return fromWorld(
        () => resolver.ask('office', '_sip._tcp.example.com', 'SRV'),
        { ...dnsAnswer.answer, server: 'office', at: 1 },
        false,
      );
    }
    sipDouble.answer = (bytes) => {
      const text = bytes.toString('latin1');
      const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'im').exec(text)?.[1]?.trim() ?? '';
      return Buffer.from(
        input.text
          .replaceAll('@via@', field('Via'))
          .replaceAll('@from@', field('From'))
          .replaceAll('@call@', field('Call-ID')),
      );
    };
    const outcome = await sip.options({ host: 'sbc.example.com', port: 5060, transport: 'udp' });
    if (outcome.kind !== 'answered') return refused(`${outcome.kind}: ${outcome.detail}`);
    const { status, retryAfterSeconds: wait } = outcome;
    if (
      !Number.isInteger(status) ||
      status < 200 ||
      status > 699 ||
      (wait !== null && !(wait >= 0 && Number.isFinite(wait)))
    )
      throw new Wrong(`taken as ${JSON.stringify(outcome)}`);
    return VALID;
  }

  async function toProbe({ path, body, secret, ahead, method }: Extract<Input, { kind: 'question' }>): Promise<Taken> {
    const before = asked.length;
    const isGood = secret === SECRET && ahead === 0 && method === 'POST' && /^\/v1\/(dns|sip)$/.test(path);
    const sent = signedQuestion({ probe: NAME, secret: secret || 'x', path, body, at: Date.now() + ahead, method });
    const { status, text } = await deliver(probePort, sent);
    if (status >= 500) throw new Wrong(`answered ${status}: ${text}`);
    if (!isGood && asked.length > before) throw new Wrong('a question that is not the bot’s was asked');
    if (isGood && status === 200) return VALID;
    return refused(`${status} ${text}`);
  }

  async function fromWorld(ask: () => Promise<unknown>, good: object, certain: boolean): Promise<Taken> {
    try {
      const value = await ask();
      if (certain) throw new Wrong(`believed: ${JSON.stringify(value)}`);
      const wrong = faultOfShape(value, good);
      if (wrong !== null) throw new Wrong(`taken, and not as it should be: ${wrong}`);
      return VALID;
    } catch (cause) {
      if (cause instanceof Fault) return refused(cause.message);
      throw cause;
    }
  }

  return {
    name: 'probe, figures, DNS, SIP',
    inputs,
    atOnce: 1,
    batch: 100,
    take,
    show: (input) => JSON.stringify(input),
    untouched: async () => mistakes.splice(0)[0] ?? null,
    stillWorks: async () => {
      dnsDouble.answer = (bytes) => {
        const good = Buffer.from(packet);
        good.writeUInt16BE(decode(bytes).id ?? 0, 0);
        return good;
      };
      const { status, text } = await deliver(
        probePort,
        signedQuestion({ probe: NAME, secret: SECRET, path: '/v1/dns', body: JSON.stringify(question) }),
      );
      if (status !== 200) throw new Wrong(`a good question was answered ${status}: ${text}`);
    },
    close: async () => {
      await probe.close(100);
      await ops.close();
      far.closeAllConnections();
      await new Promise((resolve) => far.close(resolve));
      await Promise.all([dnsDouble.close(), sipDouble.close()]);
    },
    secrets: [SECRET],
  };
}

interface UdpDouble {
  readonly port: number;
  answer: (asked: Buffer) => Buffer;
  close(): Promise<void>;
}

async function udp(): Promise<UdpDouble> {
  const socket = createSocket('udp4');
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  const double: UdpDouble = {
    port: socket.address().port,
    answer: () => Buffer.alloc(0),
    close: () => new Promise((resolve) => socket.close(() => resolve())),
  };
  socket.on('message', (bytes, from) => {
    const answer = double.answer(bytes);
    socket.send(answer, from.port, '127.0.0.1');
  });
  return double;
}
