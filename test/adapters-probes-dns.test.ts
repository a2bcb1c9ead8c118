import { createSocket, type RemoteInfo } from 'node:dgram';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { type Answer, AUTHORITATIVE_ANSWER, type DecodedPacket, decode, encode, type Packet } from 'dns-packet';
import { createResolver, type ResolverOptions } from '../src/adapters/probes/dns-client';
import { Fault } from '../src/ports/fault';
import type { Resolver } from '../src/ports/resolver';
import { sleepingClock, thrownBy } from './adapters-dns.loopback';

const NAME = '_sip._tcp.sitea.example.com';
const TC = 0x0200;
const QR = 0x8000;

interface Query {
  readonly packet: DecodedPacket;
  readonly bytes: Buffer;
  readonly from: RemoteInfo;
  /** Counts from 1. */
  readonly number: number;
}
/** What goes back, datagram by datagram. */
type Over<T> = (query: Query) => readonly T[];

interface Server {
  readonly port: number;
  readonly queries: readonly Query[];
  readonly tcpQueries: readonly DecodedPacket[];
}

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0)) close();
});

/** A name server on one loopback port, UDP and TCP. `tcp` gets the socket to write to as it likes. */
async function nameServer(udp: Over<Buffer>, tcp?: (query: DecodedPacket, socket: Socket) => void): Promise<Server> {
  const queries: Query[] = [];
  const tcpQueries: DecodedPacket[] = [];
  const stream = createServer((socket) => {
    let received = Buffer.alloc(0);
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      const packet = decode(received.subarray(2));
      tcpQueries.push(packet);
      tcp?.(packet, socket);
    });
  });
  await new Promise<void>((resolve) => stream.listen(0, '127.0.0.1', resolve));
  const { port } = stream.address() as AddressInfo;
  const socket = createSocket('udp4');
  socket.on('message', (bytes, from) => {
    const query = { packet: decode(bytes), bytes, from, number: queries.length + 1 };
    queries.push(query);
    for (const datagram of udp(query)) socket.send(datagram, from.port, from.address);
  });
  await new Promise<void>((resolve) => socket.bind(port, '127.0.0.1', resolve));
  closers.push(() => {
    socket.close();
    stream.close();
  });
  return { port, queries, tcpQueries };
}

function reply(query: DecodedPacket, answers: Answer[], more: Packet & { readonly code?: number } = {}): Buffer {
  const { code = 0, flags = 0, ...rest } = more;
  return encode({
    type: 'response',
    id: query.id ?? 0,
    flags: flags | code,
    questions: query.questions ?? [],
    answers,
    ...rest,
  });
}

function srv(target: string, ttl = 300, priority = 10): Answer {
  return { name: NAME, type: 'SRV', class: 'IN', ttl, data: { priority, weight: 0, port: 5060, target } };
}

function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

function resolverOf(port: number, more: Partial<ResolverOptions> = {}): Resolver {
  const servers = new Map([['google', { address: '127.0.0.1', port }]]);
  return createResolver({ servers, clock: sleepingClock(1_000), timeoutMs: 120, tries: 2, ...more });
}

describe('a question', () => {
  test('carries EDNS 0 with 1232 bytes, wants recursion, and has another id each time', async () => {
    const server = await nameServer(({ packet }) => [reply(packet, [srv('a.example')])]);
    const resolver = resolverOf(server.port);
    for (let time = 0; time < 8; time += 1) await resolver.ask('google', NAME, 'SRV');
    const [first] = server.queries;
    expect(first?.packet).toMatchObject({ flag_rd: true, questions: [{ name: NAME, type: 'SRV', class: 'IN' }] });
    expect(first?.packet.additionals).toMatchObject([{ type: 'OPT', udpPayloadSize: 1232, ednsVersion: 0 }]);
    expect(new Set(server.queries.map((query) => query.packet.id)).size).toBeGreaterThan(5);
    expect(new Set(server.queries.map((query) => query.from.port)).size).toBeGreaterThan(1);
  });

  test('leaves recursion out when told so', async () => {
    const server = await nameServer(({ packet }) => [
      reply(packet, [srv('a.example')], { flags: AUTHORITATIVE_ANSWER }),
    ]);
    const answer = await resolverOf(server.port).ask('google', NAME, 'SRV', { recursion: false });
    expect(server.queries[0]?.packet.flag_rd).toBe(false);
    expect(answer.authoritative).toBe(true);
  });

  test('is not asked of a server that nobody configured', async () => {
    const resolver = resolverOf(1);
    expect(resolver.knows('203.0.113.9')).toBe(false);
    expect(await thrownBy(resolver.ask('203.0.113.9', NAME, 'SRV'))).toMatchObject({ transient: false });
    expect(await thrownBy(resolver.ask('', NAME, 'SRV'))).toBeInstanceOf(Fault);
  });

  test('finds a server by its name, its address and its aliases', async () => {
    const server = await nameServer(({ packet }) => [reply(packet, [srv('a.example')])]);
    const resolver = resolverOf(server.port, {
      aliases: new Map([
        ['8.8.8.8', 'google'],
        ['9.9.9.9', 'nobody'],
      ]),
    });
    for (const name of ['google', '127.0.0.1', '8.8.8.8']) {
      expect(resolver.knows(name)).toBe(true);
      expect((await resolver.ask(name, NAME, 'SRV')).server).toBe(name);
    }
    expect(resolver.knows('9.9.9.9')).toBe(false);
  });

  const label = 'x'.repeat(63);
  const longest = `${label}.${label}.${label}.${'x'.repeat(61)}`;
  test.each([`${label}.example`, longest])('may be about the longest label and the longest name', async (name) => {
    const server = await nameServer(({ packet }) => [reply(packet, [{ name, type: 'A', ttl: 1, data: '192.0.2.1' }])]);
    expect((await resolverOf(server.port).ask('google', name, 'A')).values).toEqual(['192.0.2.1']);
  });

  test.each([`${label}x.example`, `${longest}x`, 'a..example', 'a b.example', 'ü.example', ''])(
    'about %s, which is no name, is a permanent fault',
    async (name) => {
      expect(await thrownBy(resolverOf(1).ask('google', name, 'A'))).toMatchObject({ transient: false });
    },
  );
});

describe('an answer', () => {
  test('gives values in the form of the site file and the least TTL', async () => {
    const answers = [srv('B.example', 300, 20), srv('A.Example', 120)];
    const server = await nameServer(({ packet }) => [reply(packet, answers)]);
    expect(await resolverOf(server.port).ask('google', NAME, 'SRV')).toEqual({
      server: 'google',
      question: `${NAME} SRV`,
      at: 1_000,
      rcode: 'NOERROR',
      authoritative: false,
      authenticData: false,
      truncatedOverUdp: false,
      values: ['10 0 5060 a.example', '20 0 5060 b.example'],
      ttl: 120,
      negativeTtl: null,
      extendedErrors: [],
      elapsedMs: expect.any(Number),
    });
  });

  const cname: Answer = { name: NAME, type: 'CNAME', ttl: 40, data: 'Alias.example' };
  const behind: Answer = { name: 'alias.example', type: 'A', ttl: 90, data: '192.0.2.1' };

  test('to a CNAME question counts CNAME records only, to an SRV question SRV only', async () => {
    const server = await nameServer(({ packet }) => [reply(packet, [behind, srv('a.example', 70), cname])]);
    const resolver = resolverOf(server.port);
    expect(await resolver.ask('google', NAME, 'CNAME')).toMatchObject({ values: ['alias.example'], ttl: 40 });
    expect(await resolver.ask('google', NAME, 'SRV')).toMatchObject({ values: ['10 0 5060 a.example'], ttl: 70 });
  });

  test('to an address question follows CNAMEs and is as old as the youngest link', async () => {
    const server = await nameServer(({ packet }) => [reply(packet, [behind, cname])]);
    expect(await resolverOf(server.port).ask('google', NAME, 'A')).toMatchObject({ values: ['192.0.2.1'], ttl: 40 });
  });

  test('does not count records of another name', async () => {
    const server = await nameServer(({ packet }) => [reply(packet, [{ ...behind, name: 'evil.example' }])]);
    expect(await resolverOf(server.port).ask('google', NAME, 'A')).toMatchObject({ values: [], ttl: null });
  });

  test('shows SOA, NS and AAAA', async () => {
    const soa = { mname: 'NS1.example', rname: 'ops.example', serial: 7, refresh: 1, retry: 2, expire: 3, minimum: 4 };
    const server = await nameServer(({ packet }) => [
      reply(packet, [
        { name: NAME, type: 'SOA', ttl: 9, data: soa },
        { name: NAME, type: 'NS', ttl: 8, data: 'NS2.example' },
        { name: NAME, type: 'NS', ttl: 8, data: 'ns1.example' },
        { name: NAME, type: 'AAAA', ttl: 5, data: '2001:db8:0:0:0:0:0:1' },
      ]),
    ]);
    const resolver = resolverOf(server.port);
    expect(await resolver.ask('google', NAME, 'SOA')).toMatchObject({
      values: ['ns1.example ops.example 7 1 2 3 4'],
      ttl: 9,
    });
    expect(await resolver.ask('google', NAME, 'NS')).toMatchObject({ values: ['ns1.example', 'ns2.example'], ttl: 8 });
    expect(await resolver.ask('google', NAME, 'AAAA')).toMatchObject({ values: ['2001:db8::1'], ttl: 5 });
  });

  test('shows NAPTR in the form of the site file', async () => {
    const data = { order: 10, preference: 20, flags: 'S', services: 'SIP+D2T', regexp: '', replacement: NAME };
    const rule = { ...data, order: 30, flags: 'U', services: 'E2U+sip', regexp: '!^.*$!sip:Info@Example.com!' };
    const server = await nameServer(({ packet }) => [
      reply(packet, [
        { name: NAME, type: 'NAPTR', ttl: 50, data: { ...data, replacement: '_SIP._tcp.sitea.example.com' } },
        { name: NAME, type: 'NAPTR', ttl: 40, data: { ...rule, replacement: '.' } },
      ]),
    ]);
    expect(await resolverOf(server.port).ask('google', NAME, 'NAPTR')).toMatchObject({
      values: [
        '10 20 "s" "sip+d2t" "" _sip._tcp.sitea.example.com',
        '30 20 "u" "e2u+sip" "!^.*$!sip:info@example.com!" .',
      ],
      ttl: 40,
    });
  });

  test('tells whether the server has validated it, which is asked for only where recursion is', async () => {
    const AD = 0x20;
    const server = await nameServer(({ packet, bytes }) => [
      reply(packet, [srv('a.example')], { flags: bytes.readUInt16BE(2) & AD }),
    ]);
    const resolver = resolverOf(server.port);
    expect((await resolver.ask('google', NAME, 'SRV')).authenticData).toBe(true);
    expect((await resolver.ask('google', NAME, 'SRV', { recursion: false })).authenticData).toBe(false);
  });

  const soaOf = (ttl: number, minimum: number): Answer => ({
    name: 'example.com',
    type: 'SOA',
    ttl,
    data: { mname: 'ns1.example', rname: 'ops.example', serial: 7, refresh: 1, retry: 2, expire: 3, minimum },
  });
  test.each([
    ['the TTL of the SOA', 3, 30, 300, 30],
    ['the minimum of the SOA', 3, 300, 30, 30],
    ['the minimum for a type that is not there', 0, 300, 30, 30],
    ['nothing for a failure', 2, 300, 30, null],
  ])('that there is nothing is remembered for %s', async (_what, code, ttl, minimum, negativeTtl) => {
    const server = await nameServer(({ packet }) => [reply(packet, [], { code, authorities: [soaOf(ttl, minimum)] })]);
    expect(await resolverOf(server.port).ask('google', NAME, 'SRV')).toMatchObject({ values: [], negativeTtl });
  });

  test('with values is not negative, whatever stands in its authority section', async () => {
    const server = await nameServer(({ packet }) => [
      reply(packet, [srv('a.example')], { authorities: [soaOf(30, 30)] }),
    ]);
    expect((await resolverOf(server.port).ask('google', NAME, 'SRV')).negativeTtl).toBeNull();
  });

  test.each([
    [2, 'SERVFAIL'],
    [3, 'NXDOMAIN'],
    [5, 'REFUSED'],
    [9, 'NOTAUTH'],
    [14, 'RCODE14'],
  ])('with code %i is the answer %s', async (code, rcode) => {
    const server = await nameServer(({ packet }) => [reply(packet, [], { code })]);
    expect(await resolverOf(server.port).ask('google', NAME, 'SRV')).toMatchObject({ rcode, values: [], ttl: null });
  });

  test('tells extended errors and the extended code', async () => {
    const options = [
      { code: 15, data: Buffer.from([0, 3, 0x73]) },
      { code: 15, data: Buffer.from([0]) },
      { code: 10, data: Buffer.alloc(8) },
      { code: 15, data: Buffer.from([0, 19]) },
    ];
    const opt = {
      name: '.',
      type: 'OPT',
      udpPayloadSize: 1232,
      extendedRcode: 1,
      ednsVersion: 0,
      flags: 0,
      flag_do: false,
      options,
    };
    const server = await nameServer(({ packet }) => [reply(packet, [], { additionals: [opt as unknown as Answer] })]);
    const answer = await resolverOf(server.port).ask('google', NAME, 'SRV');
    expect(answer).toMatchObject({ rcode: 'BADVERS', extendedErrors: [3, 19] });
  });

  test('of a server that chokes on EDNS is asked for once more without', async () => {
    const server = await nameServer(({ packet }) => {
      const edns = (packet.additionals ?? []).length > 0;
      // Header only, as old servers send it.
      return [edns ? encode({ type: 'response', id: packet.id ?? 0, flags: 1 }) : reply(packet, [srv('a.example')])];
    });
    expect((await resolverOf(server.port).ask('google', NAME, 'SRV')).values).toEqual(['10 0 5060 a.example']);
    expect(server.queries).toHaveLength(2);
  });
});

describe('a packet that is no answer to the question', () => {
  const good = (packet: DecodedPacket) => reply(packet, [srv('good.example')]);
  const bad: Record<string, (packet: DecodedPacket) => Buffer> = {
    'another id': (packet) => reply({ ...packet, id: ((packet.id ?? 0) + 1) & 0xffff }, [srv('evil.example')]),
    'another name': (packet) =>
      reply({ ...packet, questions: [{ name: 'evil.example', type: 'SRV' }] }, [srv('evil.example')]),
    'another type': (packet) => reply({ ...packet, questions: [{ name: NAME, type: 'A' }] }, [srv('evil.example')]),
    'two questions': (packet) =>
      reply({ ...packet, questions: [...(packet.questions ?? []), ...(packet.questions ?? [])] }, [
        srv('evil.example'),
      ]),
    'no question and no error': (packet) => reply({ ...packet, questions: [] }, [srv('evil.example')]),
    'the question itself': (packet) => encode({ ...packet, type: 'query' }),
    'another opcode': (packet) => reply(packet, [srv('evil.example')], { flags: 4 << 11 }),
    garbage: () => Buffer.from('garbage'),
    nothing: () => Buffer.alloc(0),
    'half a packet': (packet) => reply(packet, [srv('evil.example')]).subarray(0, -9),
    'a name that points at itself': (packet) => {
      const bytes = reply(packet, [srv('evil.example')]);
      const answerAt = encode({ type: 'response', id: 0, questions: packet.questions ?? [] }).length;
      bytes.writeUInt16BE(0xc000 | answerAt, answerAt);
      return bytes;
    },
  };

  test.each(Object.keys(bad))('is passed over: %s', async (kind) => {
    const server = await nameServer(({ packet }) => [bad[kind]?.(packet) ?? Buffer.alloc(0), good(packet)]);
    expect((await resolverOf(server.port).ask('google', NAME, 'SRV')).values).toEqual(['10 0 5060 good.example']);
    expect(server.queries).toHaveLength(1);
  });

  test('never ends a try before its time', async () => {
    const server = await nameServer(({ packet }) => [bad['another id']?.(packet) ?? Buffer.alloc(0)]);
    const fault = await thrownBy(resolverOf(server.port, { timeoutMs: 40 }).ask('google', NAME, 'SRV'));
    expect(fault).toMatchObject({ transient: true });
    expect(server.queries).toHaveLength(2);
  });

  test('does not matter when its sender is another socket', async () => {
    const stranger = createSocket('udp4');
    await new Promise<void>((resolve) => stranger.bind(0, '127.0.0.1', resolve));
    closers.push(() => stranger.close());
    const server = await nameServer(({ packet, from }) => {
      stranger.send(reply(packet, [srv('evil.example')]), from.port, from.address);
      return [];
    });
    expect(
      await thrownBy(resolverOf(server.port, { timeoutMs: 60, tries: 1 }).ask('google', NAME, 'SRV')),
    ).toBeInstanceOf(Fault);
  });
});

describe('no answer', () => {
  test('after as many tries as allowed is a transient fault', async () => {
    const server = await nameServer(() => []);
    const fault = (await thrownBy(
      resolverOf(server.port, { timeoutMs: 40, tries: 3 }).ask('google', NAME, 'SRV'),
    )) as Fault;
    expect(fault).toMatchObject({ transient: true, system: 'The DNS server google' });
    expect(fault.message).toBe(`The DNS server google gave no answer in time: ${NAME} SRV, asked 3 times`);
    expect(server.queries).toHaveLength(3);
  });

  test('to the first try is healed by the second, with a new id', async () => {
    const server = await nameServer(({ packet, number }) => (number === 1 ? [] : [reply(packet, [srv('a.example')])]));
    expect((await resolverOf(server.port, { timeoutMs: 60 }).ask('google', NAME, 'SRV')).ttl).toBe(300);
    expect(server.queries[0]?.packet.id).not.toBe(server.queries[1]?.packet.id);
  });

  test('from a closed port is told at once', async () => {
    const socket = createSocket('udp4');
    const port = await new Promise<number>((resolve) =>
      socket.bind(0, '127.0.0.1', () => resolve(socket.address().port)),
    );
    await new Promise<void>((resolve) => socket.close(() => resolve()));
    const clock = sleepingClock();
    const fault = (await thrownBy(resolverOf(port, { clock, timeoutMs: 5_000 }).ask('google', NAME, 'SRV'))) as Fault;
    expect(fault.transient).toBe(true);
    expect(fault.message).toMatch('port closed');
    expect(clock.sleeps).toEqual([200]);
  });
});

describe('a truncated answer', () => {
  const many = Array.from({ length: 40 }, (_, index) => srv(`gateway-${index}.with-a-long-name.example`, 300, index));
  const truncated: Over<Buffer> = ({ packet }) => {
    const bytes = reply(packet, many, { flags: TC });
    return [bytes.subarray(0, 500)];
  };

  test('is fetched whole over TCP, in however many pieces it comes', async () => {
    const server = await nameServer(truncated, (packet, socket) => {
      const bytes = framed(reply(packet, many, { flags: AUTHORITATIVE_ANSWER }));
      socket.setNoDelay(true);
      socket.write(bytes.subarray(0, 1));
      setImmediate(() => {
        socket.write(bytes.subarray(1, 700));
        setImmediate(() => socket.write(bytes.subarray(700)));
      });
    });
    const answer = await resolverOf(server.port).ask('google', NAME, 'SRV');
    expect(answer).toMatchObject({ truncatedOverUdp: true, authoritative: true, ttl: 300 });
    expect(answer.values).toHaveLength(40);
    expect(server.tcpQueries).toHaveLength(1);
    expect(server.tcpQueries[0]?.id).toBe(server.queries[0]?.packet.id);
  });

  test('passes over a stranger’s message in the stream', async () => {
    const server = await nameServer(truncated, (packet, socket) => {
      socket.write(Buffer.concat([framed(Buffer.from('garbage')), framed(reply(packet, [srv('a.example')]))]));
    });
    expect((await resolverOf(server.port).ask('google', NAME, 'SRV')).values).toEqual(['10 0 5060 a.example']);
  });

  test.each([
    ['closes the stream', (socket: Socket) => socket.end()],
    ['resets the stream', (socket: Socket) => socket.resetAndDestroy()],
    ['closes in the middle', (socket: Socket) => socket.end(Buffer.from([0, 50, 1, 2]))],
    ['says nothing', () => {}],
  ])('is a transient fault when the server %s', async (_what, act) => {
    const server = await nameServer(truncated, (_packet, socket) => {
      act(socket);
    });
    const fault = await thrownBy(resolverOf(server.port, { timeoutMs: 500 }).ask('google', NAME, 'SRV'));
    expect(fault).toMatchObject({ transient: true });
    expect(server.tcpQueries).toHaveLength(2);
  });

  test('over TCP as well is no answer', async () => {
    const server = await nameServer(truncated, (packet, socket) =>
      socket.write(framed(reply(packet, [], { flags: TC | QR }))),
    );
    expect(await thrownBy(resolverOf(server.port, { tries: 1 }).ask('google', NAME, 'SRV'))).toMatchObject({
      transient: true,
    });
  });
});
