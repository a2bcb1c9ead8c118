import { BODY_LIMIT_BYTES, createHttpCall, DEEPEST_BODY } from '../src/adapters/legacy/http-call';
import type { HttpCall } from '../src/ports/http-call';
import { type Answer, faultOf, ManualClock, printed, WireDouble } from './adapters-platforms-wire';

const TOKEN = 'platform-token-abc';
let wire: WireDouble;
let http: HttpCall;
let clock: ManualClock;

const systemsAt = (url: string) => [
  {
    name: 'platform',
    baseUrl: url,
    pathPrefixes: ['/api/v2/telephony', '/api/v2/routing/'],
    headers: () => ({ authorization: `Bearer ${TOKEN}` }),
  },
  {
    name: 'legacy',
    baseUrl: `${url}/base/`,
    pathPrefixes: ['/v1'],
    headers: async () => ({ 'x-api-key': 'legacy-key-123' }),
  },
];

beforeEach(async () => {
  wire = await new WireDouble().start();
  clock = new ManualClock();
  http = createHttpCall({ systems: systemsAt(wire.url), clock, timeoutMs: 2000 });
});
afterEach(() => wire.stop());

it('joins the endpoint to the system that allows it and adds its credentials', async () => {
  wire.on('PATCH /api/v2/telephony/trunks/7', { body: { status: 'ACTIVE' } });
  wire.on('GET /base/v1/trunks', { body: [] });
  await expect(http.call('patch', '/api/v2/telephony/trunks/7?a=b%20c', { enabled: true })).resolves.toEqual({
    status: 200,
    body: { status: 'ACTIVE' },
  });
  await http.call('GET', '/v1/trunks');
  expect(wire.asked[0]).toMatchObject({ query: { a: 'b c' }, body: { enabled: true } });
  expect(wire.asked[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
  expect(wire.asked[1]?.headers['x-api-key']).toBe('legacy-key-123');
  expect(wire.asked[1]?.headers.authorization).toBeUndefined();
});

it.each([
  ['/api/v2/telephony', 'platform'],
  ['/api/v2/telephony/', 'platform'],
  ['/api/v2/telephony/providers/edges?x=/../y', 'platform'],
  ['/api/v2/routing/queues/a%20b', 'platform'],
  ['/v1/x?to=http://elsewhere', 'legacy'],
  ['/api/v2/telephony-old', null],
  ['/api/v2', null],
  ['/API/v2/telephony', null],
  ['/', null],
  ['', null],
  ['v1/x', null],
  ['http://127.0.0.1/v1/x', null],
  ['//127.0.0.1/v1/x', null],
  ['/v1//x', null],
  ['/v1/x//', null],
  ['/v1/../api/v3', null],
  ['/v1/./x', null],
  ['/v1/..', null],
  ['/v1/..;/x', 'legacy'],
  ['/v1/%2e%2e/x', null],
  ['/v1/.%2E/x', null],
  ['/v1/a%2fb', null],
  ['/v1/a%2Fb', null],
  ['/v1/a%5cb', null],
  ['/v1/a%252fb', null],
  ['/v1/a%00', null],
  ['/v1/a%0d%0ab', null],
  ['/v1/a%zz', null],
  ['/v1/a\\..\\b', null],
  ['/v1/a#b', null],
  ['/v1/a b', null],
  ['/v1/a\nb', null],
  ['/v1/ä', null],
  ['/v1/user@host', 'legacy'],
  [`/v1/${'x'.repeat(2000)}`, null],
])('%j is for %s', async (endpoint, system) => {
  expect(http.systemFor(endpoint)).toBe(system);
  if (system !== null) return;
  expect(await faultOf(http.call('GET', endpoint))).toMatchObject({ transient: false });
  expect(wire.asked).toHaveLength(0);
});

it.each(['TRACE', 'CONNECT', 'OPTIONS', 'GET /'])('refuses the method %s', async (method) => {
  expect(await faultOf(http.call(method, '/v1/x'))).toMatchObject({ transient: false });
  expect(wire.asked).toHaveLength(0);
});

describe('an answer', () => {
  const replies: readonly [string, Answer, { status: number; body: unknown }][] = [
    ['201 with JSON', { status: 201, body: { id: 1 } }, { status: 201, body: { id: 1 } }],
    ['204', { status: 204 }, { status: 204, body: null }],
    ['200 in plain text', { text: 'OK then' }, { status: 200, body: 'OK then' }],
    ['200 with half a document', { text: '{"a":' }, { status: 200, body: '{"a":' }],
    ['302, not followed', { status: 302, headers: { location: '/v1/y' }, text: '' }, { status: 302, body: null }],
    ['404', { status: 404, body: { message: 'no' } }, { status: 404, body: { message: 'no' } }],
    ['408', { status: 408 }, { status: 408, body: null }],
    ['409', { status: 409, body: [] }, { status: 409, body: [] }],
    ['an echo of the key', { status: 400, body: { got: 'legacy-key-123' } }, { status: 400, body: { got: '***' } }],
  ];
  it.each(replies)('%s is a reply', async (_, answer, reply) => {
    wire.on('POST /base/v1/x', answer);
    await expect(http.call('POST', '/v1/x', {})).resolves.toEqual(reply);
    expect(wire.asked).toHaveLength(1);
  });

  const faults: readonly [
    string,
    Answer,
    { transient: boolean; status: number | null; retryAfterMs: number | null },
  ][] = [
    ['500', { status: 500 }, { transient: true, status: 500, retryAfterMs: null }],
    ['501', { status: 501 }, { transient: true, status: 501, retryAfterMs: null }],
    [
      '503 with a wait',
      { status: 503, headers: { 'retry-after': '9' } },
      { transient: true, status: 503, retryAfterMs: 9000 },
    ],
    ['429', { status: 429, headers: { 'retry-after': '2' } }, { transient: true, status: 429, retryAfterMs: 2000 }],
    [
      '5xx that echoes the key',
      { status: 500, text: 'bad legacy-key-123' },
      { transient: true, status: 500, retryAfterMs: null },
    ],
    ['a cut connection', { cut: true }, { transient: true, status: null, retryAfterMs: null }],
    [
      'more than 1 MiB',
      { text: 'x'.repeat(BODY_LIMIT_BYTES + 1) },
      { transient: false, status: null, retryAfterMs: null },
    ],
  ];
  it.each(faults)('%s is a fault, and the call is not repeated', async (_, answer, about) => {
    wire.on('GET /base/v1/x', answer);
    const fault = await faultOf(http.call('GET', '/v1/x'));
    expect(fault).toMatchObject({ system: 'legacy', ...about });
    expect(printed(fault)).not.toContain('legacy-key-123');
    expect(wire.asked).toHaveLength(1);
    expect(clock.slept).toEqual([]);
  });

  it.each([
    ['lists', (depth: number) => `${'['.repeat(depth)}1${']'.repeat(depth)}`],
    ['objects', (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`],
  ])('of %s is read as deep as it can be kept, and one level more is a fault', async (_, nested) => {
    for (const depth of [40, DEEPEST_BODY]) {
      wire.on('GET /base/v1/x', { text: nested(depth) });
      expect(JSON.stringify((await http.call('GET', '/v1/x')).body)).toBe(nested(depth));
    }
    for (const depth of [DEEPEST_BODY + 1, 60, 100_000]) {
      wire.on('GET /base/v1/x', { text: nested(depth) });
      expect(await faultOf(http.call('GET', '/v1/x'))).toMatchObject({ transient: false, status: null });
    }
  });

  it('of exactly 1 MiB is read', async () => {
    wire.on('GET /base/v1/x', { text: 'x'.repeat(BODY_LIMIT_BYTES) });
    expect((await http.call('GET', '/v1/x')).body).toHaveLength(BODY_LIMIT_BYTES);
  });
});

it('sends a body of exactly 1 MiB and refuses one more', async () => {
  wire.on('POST /base/v1/x', { status: 204 });
  const text = 'x'.repeat(BODY_LIMIT_BYTES - 2);
  await expect(http.call('POST', '/v1/x', text)).resolves.toMatchObject({ status: 204 });
  expect(await faultOf(http.call('POST', '/v1/x', `${text}x`))).toMatchObject({ transient: false });
  expect(wire.asked).toHaveLength(1);
});

it('names no part of the query in a fault', async () => {
  wire.on('GET /base/v1/x', { status: 500 });
  expect(printed(await faultOf(http.call('GET', '/v1/x?pin=4711')))).not.toContain('4711');
  expect((await faultOf(http.call('GET', '/v2/x?pin=4711'))).message).not.toContain('4711');
});

describe('a configuration', () => {
  const headers = () => ({});
  const build = (...systems: readonly { name: string; baseUrl: string; pathPrefixes: readonly string[] }[]) =>
    createHttpCall({ systems: systems.map((one) => ({ ...one, headers })), clock, timeoutMs: 1 });

  it.each([
    [
      'an overlap',
      [
        { name: 'a', baseUrl: 'http://x', pathPrefixes: ['/v1'] },
        { name: 'b', baseUrl: 'http://y', pathPrefixes: ['/v1/z'] },
      ],
      'overlaps',
    ],
    ['a prefix that climbs', [{ name: 'a', baseUrl: 'http://x', pathPrefixes: ['/v1/..'] }], 'no plain path'],
    ['a prefix with a query', [{ name: 'a', baseUrl: 'http://x', pathPrefixes: ['/v1?x'] }], 'no plain path'],
    ['another protocol', [{ name: 'a', baseUrl: 'file:///etc', pathPrefixes: ['/'] }], 'base URL'],
    ['credentials in the URL', [{ name: 'a', baseUrl: 'http://u:pw@x', pathPrefixes: ['/'] }], 'base URL'],
  ] as const)('with %s is refused', (_, systems, words) => {
    expect(() => build(...systems)).toThrow(words);
  });

  it('may give one system several prefixes, nested ones too', () => {
    expect(build({ name: 'a', baseUrl: 'http://x', pathPrefixes: ['/v1', '/v1/z', '/'] }).systemFor('/q')).toBe('a');
  });
});
