/** The rules of RFC 3263, 2782 and 3403 that decide where an endpoint sends its request. */
import fc from 'fast-check';
import {
  defaultPort,
  firstQuestion,
  isNumeric,
  orderServers,
  readNaptr,
  readSrv,
  type SipCandidate,
  servedBy,
  servicesByNaptr,
  servicesByTransport,
  usualTransport,
} from '../src/core/sip-route';
import type { SipTransport } from '../src/core/site';

const ALL: readonly SipTransport[] = ['udp', 'tcp', 'tls'];
const D = 'example.com';

describe('the first question', () => {
  it.each([
    // RFC 3263 section 4.2: a numeric address needs no DNS.
    [{ host: '192.0.2.1' }, ALL, { kind: 'nothing', transport: 'udp', port: 5060 }],
    [{ host: '192.0.2.1', transport: 'tls' }, ALL, { kind: 'nothing', transport: 'tls', port: 5061 }],
    [{ host: '192.0.2.1', port: 5070, transport: 'tcp' }, ALL, { kind: 'nothing', transport: 'tcp', port: 5070 }],
    [{ host: '2001:db8::1' }, ALL, { kind: 'nothing', transport: 'udp', port: 5060 }],
    // A port leaves nothing to look up but addresses.
    [{ host: D, port: 5080 }, ALL, { kind: 'addresses', transport: 'udp', port: 5080 }],
    [{ host: D, port: 5080 }, ['tls', 'tcp'], { kind: 'addresses', transport: 'tls', port: 5080 }],
    [{ host: D, port: 5061, transport: 'tls' }, ALL, { kind: 'addresses', transport: 'tls', port: 5061 }],
    // A transport alone leads to its SRV records, past NAPTR.
    [
      { host: D, transport: 'tcp' },
      ALL,
      { kind: 'servers', service: { transport: 'tcp', name: '_sip._tcp.example.com', by: null } },
    ],
    [
      { host: D, transport: 'tls' },
      ALL,
      { kind: 'servers', service: { transport: 'tls', name: '_sips._tcp.example.com', by: null } },
    ],
    [{ host: D }, ALL, { kind: 'services' }],
  ] as const)('for %j is right', (to, supported, question) => {
    expect(firstQuestion(to, supported)).toEqual(question);
  });

  it.each([
    ['192.0.2.1', true],
    ['::1', true],
    ['1.example', false],
    ['example.com', false],
  ])('knows whether %s is an address: %s', (host, numeric) => {
    expect(isNumeric(host)).toBe(numeric);
  });

  it.each([
    ['udp', 5060],
    ['tcp', 5060],
    ['tls', 5061],
  ] as const)('has the port of %s, %i', (transport, port) => {
    expect(defaultPort(transport)).toBe(port);
  });

  it.each([
    [['tcp', 'udp'], 'udp'],
    [['tls', 'tcp'], 'tls'],
    [[], 'udp'],
  ] as const)('takes, of %j, %s when nothing says otherwise', (supported, transport) => {
    expect(usualTransport(supported)).toBe(transport);
  });
});

describe('NAPTR records', () => {
  const U = '100 50 "s" "SIP+D2U" "" _sip._udp.example.com';
  const T = '90 50 "s" "SIP+D2T" "" _sip._tcp.example.com';
  const S = '50 50 "s" "SIPS+D2T" "" _sips._tcp.example.com';
  const names = (values: readonly string[], supported: readonly SipTransport[] = ALL) =>
    servicesByNaptr(values, supported).map(({ name }) => name);

  it('of the least order that the endpoint can use count, and no others', () => {
    expect(names([U, T, S])).toEqual(['_sips._tcp.example.com']);
    expect(names([U, T, S], ['udp', 'tcp'])).toEqual(['_sip._tcp.example.com']);
    expect(names([U, T, S], ['udp'])).toEqual(['_sip._udp.example.com']);
  });

  it('of one order are tried by preference, equal ones as the endpoint likes', () => {
    const tcp = '10 20 "s" "sip+d2t" "" t.example.com';
    const udp = '10 10 "s" "sip+d2u" "" u.example.com';
    const tls = '10 20 "s" "sips+d2t" "" s.example.com';
    expect(names([tcp, tls, udp])).toEqual(['u.example.com', 't.example.com', 's.example.com']);
    expect(names([tcp, tls, udp], ['tls', 'tcp', 'udp'])).toEqual(['u.example.com', 's.example.com', 't.example.com']);
  });

  it('say by which record a service was found', () => {
    expect(servicesByNaptr([T], ALL)).toEqual([{ transport: 'tcp', name: '_sip._tcp.example.com', by: T }]);
  });

  it.each([
    ['of another service', '10 10 "u" "E2U+sip" "!^.*$!sip:x@example.com!" .'],
    ['of a transport that is unknown here', '10 10 "s" "SIP+D2S" "" _sip._sctp.example.com'],
    ['with a flag that leads to an address', '10 10 "a" "SIP+D2U" "" host.example.com'],
    ['without a flag, which lead to more NAPTR', '10 10 "" "SIP+D2U" "" example.net'],
    ['with a regular expression', '10 10 "s" "SIP+D2U" "!x!y!" _sip._udp.example.com'],
    ['that replace by nothing', '10 10 "s" "SIP+D2U" "" .'],
    ['that are none', 'nonsense'],
  ])('%s are passed over, and do not hide those of a larger order', (_what, value) => {
    expect(names([value, U])).toEqual(['_sip._udp.example.com']);
    expect(names([value])).toEqual([]);
  });

  it('are read as dig and our own client write them', () => {
    const record = {
      order: 10,
      preference: 0,
      flags: 's',
      service: 'sip+d2t',
      regexp: '',
      replacement: '_sip._tcp.x.y',
    };
    expect(readNaptr('10 0 "S" "SIP+D2T" "" _sip._tcp.X.y.')).toEqual(record);
    expect(readNaptr('10 0 "s" "sip+d2t" "" _sip._tcp.x.y')).toEqual(record);
    expect(readNaptr('65535 65535 "" "" "a\\"b" .')).toMatchObject({ order: 65_535, regexp: 'a\\"b', replacement: '' });
    for (const bad of ['65536 0 "" "" "" .', '0 65536 "" "" "" .', '1 1 s "x" "" y', '1 1 "" ""', '-1 1 "" "" "" .'])
      expect(readNaptr(bad)).toBeNull();
  });
});

it('without NAPTR each transport has a question of its own', () => {
  expect(servicesByTransport(D, ['tls', 'udp'])).toEqual([
    { transport: 'tls', name: '_sips._tcp.example.com', by: null },
    { transport: 'udp', name: '_sip._udp.example.com', by: null },
  ]);
});

describe('SRV records', () => {
  const targets = (values: readonly string[], random = () => 0) =>
    orderServers(values, random)?.map(({ target }) => target);

  it('go by priority, whatever their weight and order', () => {
    expect(targets(['20 65535 5060 c', '0 0 5060 a', '10 1 5060 b'])).toEqual(['a', 'b', 'c']);
  });

  it.each([
    // Running sums of 1, 3 and 6 out of 6; the draw is a whole number from 0 up to and with 6.
    [0 / 7, 'a'],
    [1.999 / 7, 'a'],
    [2 / 7, 'b'],
    [3.999 / 7, 'b'],
    [4 / 7, 'c'],
    [0.9999, 'c'],
  ])('of equal priority are drawn by weight: %d draws %s', (draw, first) => {
    expect(targets(['1 1 5060 a', '1 2 5060 b', '1 3 5060 c'], () => draw)?.[0]).toBe(first);
  });

  it('without weight have a small chance, and only beside a draw of 0', () => {
    const values = ['1 10 5060 heavy', '1 0 5060 light'];
    expect(targets(values, () => 0)).toEqual(['light', 'heavy']);
    expect(targets(values, () => 1 / 11)).toEqual(['heavy', 'light']);
  });

  it('without any weight are all tried', () => {
    expect(targets(['1 0 5060 a', '1 0 5060 b'], () => 0.5)?.sort()).toEqual(['a', 'b']);
  });

  it('come first as often as their weight says', () => {
    let seed = 1;
    const random = () => {
      seed = (seed * 48_271) % 2_147_483_647;
      return seed / 2_147_483_647;
    };
    const heavy = Array.from({ length: 4000 }, () => targets(['1 300 5060 heavy', '1 100 5060 light'], random)?.[0]);
    const share = heavy.filter((each) => each === 'heavy').length / heavy.length;
    expect(share).toBeGreaterThan(0.72);
    expect(share).toBeLessThan(0.78);
  });

  it('are never lost nor doubled, and priorities never fall', () => {
    const value = fc.tuple(fc.nat(3), fc.nat(65_535), fc.nat(65_535));
    fc.assert(
      fc.property(fc.array(value, { maxLength: 12 }), fc.double({ min: 0, max: 1, noNaN: true }), (rows, draw) => {
        const values = rows.map(([priority, weight, port], i) => `${priority} ${weight} ${port} host-${i}`);
        const order = orderServers(values, () => draw) ?? [];
        expect(order.map(({ target }) => target).sort()).toEqual(rows.map((_, i) => `host-${i}`).sort());
        const priorities = order.map(({ priority }) => priority);
        expect(priorities).toEqual([...priorities].sort((a, b) => a - b));
      }),
    );
  });

  it('with the one target "." say that the service is decidedly not there', () => {
    expect(orderServers(['0 0 0 .'], () => 0)).toBeNull();
    expect(orderServers(['0 0 0 '], () => 0)).toBeNull();
    expect(targets(['0 0 0 .', '10 0 5060 a'])).toEqual(['a']);
    expect(orderServers([], () => 0)).toEqual([]);
  });

  it('are read within their limits only', () => {
    expect(readSrv('65535 65535 65535 Host.')).toEqual({
      priority: 65_535,
      weight: 65_535,
      port: 65_535,
      target: 'host',
    });
    for (const bad of ['65536 0 1 a', '0 65536 1 a', '0 0 65536 a', '0 0 a', '-1 0 1 a', '0 0 1 a b', ''])
      expect(readSrv(bad)).toBeNull();
  });
});

describe('an endpoint that meets no yes', () => {
  const place = (host: string): SipCandidate => ({
    transport: 'udp',
    host,
    port: 5060,
    address: '192.0.2.1',
    from: host,
    first: host === 'a',
  });
  const route = [place('a'), place('b'), place('c')];
  const heard = (by: Readonly<Record<string, number | null>>) =>
    servedBy(route, ({ host }) => by[host] ?? null)?.host ?? null;

  it.each([
    [{ a: 200, b: 200 }, 'a'],
    [{ a: 503, b: 200 }, 'b'],
    [{ a: null, b: 503, c: 200 }, 'c'],
    [{ a: null, b: 403, c: 200 }, 'b'],
    [{ a: 500, b: 200 }, 'a'],
    [{ a: 603, b: 200 }, 'a'],
    [{ a: 503, b: null, c: 503 }, null],
    [{}, null],
  ])('%j is served by %s', (by, host) => {
    expect(heard(by)).toBe(host);
  });
});
