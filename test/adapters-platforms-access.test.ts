import { BURST, CALLS_PER_MINUTE, createCallBudget } from '../src/adapters/platforms/genesys/call-budget';
import { createTokenSource } from '../src/adapters/platforms/genesys/token';
import { createGenesysCloud } from '../src/adapters/platforms/genesys-cloud';
import type { Platform } from '../src/ports/platform';
import {
  type Answer,
  faultOf,
  genesysOverWire,
  type ManualClock,
  ORGANISATION,
  printed,
  SECRET,
  TOKEN,
  type WireDouble,
} from './adapters-platforms-wire';

const REBOOT = '/api/v2/telephony/providers/edges/phones/reboot';

let wire: WireDouble;
let clock: ManualClock;
let platform: Platform;

beforeEach(async () => {
  ({ wire, clock, platform } = await genesysOverWire());
});
afterEach(() => wire.stop());

describe('the token', () => {
  it('is asked for with the client credentials and shared by concurrent calls', async () => {
    await Promise.all([platform.organisation(), platform.organisation(), platform.organisation()]);
    expect(wire.times('POST /oauth/token')).toBe(1);
    const login = wire.asked[0];
    expect(login?.text).toBe('grant_type=client_credentials');
    expect(login?.headers.authorization).toBe(`Basic ${Buffer.from(`client-1:${SECRET}`).toString('base64')}`);
    expect(wire.asked[1]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
  });

  it('is kept until a minute before its end and renewed then', async () => {
    await platform.organisation();
    clock.pass(86_400_000 - 60_001);
    await platform.organisation();
    expect(wire.times('POST /oauth/token')).toBe(1);
    clock.pass(1);
    await platform.organisation();
    expect(wire.times('POST /oauth/token')).toBe(2);
  });

  it('is renewed once for all calls that a 401 met midway', async () => {
    const fresh = { body: { access_token: 'token-two-ghijkl', expires_in: 86_400 } };
    wire.on('POST /oauth/token', { body: { access_token: TOKEN, expires_in: 86_400 } }, fresh);
    wire.on(`GET ${ORGANISATION}`, (asked) =>
      asked.headers.authorization === `Bearer ${TOKEN}` ? { status: 401 } : { body: { id: 'org-1', name: 'Acme' } },
    );
    await Promise.all([platform.organisation(), platform.organisation()]);
    expect(wire.times('POST /oauth/token')).toBe(2);
  });

  it('that somebody else has replaced meanwhile is not replaced again', async () => {
    const options = { loginUrl: wire.url, clientId: 'c', clientSecret: SECRET, clock, timeoutMs: 2000 };
    const tokens = createTokenSource(options);
    await tokens.current();
    await expect(tokens.replace('an older token')).resolves.toBe(TOKEN);
    expect(wire.times('POST /oauth/token')).toBe(1);
    await tokens.replace(TOKEN);
    expect(wire.times('POST /oauth/token')).toBe(2);
  });

  it('that is refused although fresh ends in a permanent fault, after one renewal', async () => {
    wire.on(`GET ${ORGANISATION}`, { status: 401, body: { message: 'Invalid login credentials.' } });
    const fault = await faultOf(platform.organisation());
    expect(fault).toMatchObject({ transient: false, status: 401 });
    expect(fault.message).toContain('refuses a fresh token');
    expect(wire.times('POST /oauth/token')).toBe(2);
  });

  it.each([
    [
      'refused credentials',
      { status: 401, body: { error: 'invalid_client', description: SECRET } },
      false,
      'refuses the client credentials (401)',
    ],
    [
      'a bad request',
      { status: 400, body: { error_description: `unknown ${SECRET}` } },
      false,
      'refuses the client credentials (400)',
    ],
    ['a login that is down', { status: 503, body: { message: SECRET } }, true, 'gives no token: it answered 503'],
    ['no token in the answer', { body: { token: SECRET } }, false, 'access_token'],
    ['a token without an end', { body: { access_token: SECRET, expires_in: 0 } }, false, 'expires_in'],
    ['an HTML page', { text: `<html>${SECRET}</html>` }, false, 'gives no token: it answered 200'],
    ['a cut connection', { cut: true }, true, 'broke off the connection'],
  ] as const)('with %s is a fault in words of our own', async (_, answer, transient, words) => {
    wire.on('POST /oauth/token', answer);
    const fault = await faultOf(platform.organisation());
    expect(fault.transient).toBe(transient);
    expect(fault.message).toContain(words);
    expect(printed(fault)).not.toContain(SECRET);
  });

  it('is asked for again after a failure', async () => {
    wire.on('POST /oauth/token', { status: 400 }, { body: { access_token: TOKEN, expires_in: 86_400 } });
    await faultOf(platform.organisation());
    await expect(platform.organisation()).resolves.toEqual({ id: 'org-1', name: 'Acme' });
  });
});

describe('a secret', () => {
  const basic = Buffer.from(`client-1:${SECRET}`).toString('base64');
  it.each([
    ['echoed in a 403', { status: 403, body: { message: `Bearer ${TOKEN} may not; ${TOKEN}` } }],
    ['echoed in a 429', { status: 429, body: { message: `${TOKEN} is too fast` } }],
    ['echoed in a 503', { status: 503, text: `upstream got ${TOKEN}` }],
    ['echoed where the schema looks', { body: { id: TOKEN, name: { is: TOKEN } } }],
    ['beside a cut connection', { cut: true }],
    ['beside a redirect', { status: 302, headers: { location: `https://example.com/?t=${TOKEN}` } }],
    ['beside half a document', { text: `{"id": "${TOKEN}` }],
  ] as const)('%s is in no message, cause or JSON of the fault', async (_, answer) => {
    wire.on(`GET ${ORGANISATION}`, answer);
    const text = printed(await faultOf(platform.organisation()));
    for (const secret of [SECRET, TOKEN, basic]) expect(text).not.toContain(secret);
  });
});

describe('the call budget', () => {
  it('lets a burst through and no minute of the clock see more than 249 calls', async () => {
    const budget = createCallBudget(clock);
    const sentAt: number[] = [];
    await Promise.all(
      Array.from({ length: 700 }, async () => {
        await budget.take();
        sentAt.push(clock.now());
      }),
    );
    expect(sentAt.filter((at) => at === sentAt[0])).toHaveLength(BURST);
    const busiest = Math.max(
      ...sentAt.map((at) => sentAt.filter((other) => other >= at && other < at + 60_000).length),
    );
    expect(busiest).toBeLessThan(250);
    expect(busiest).toBeGreaterThan(CALLS_PER_MINUTE - 1);
  });

  it('saves no more than the burst over a quiet hour', async () => {
    const budget = createCallBudget(clock);
    await budget.take();
    clock.pass(3_600_000);
    for (let call = 0; call < BURST; call += 1) await budget.take();
    expect(clock.slept).toEqual([]);
    await budget.take();
    expect(clock.slept).toHaveLength(1);
  });

  it.each([
    ['300', 245],
    ['246', 245],
    ['245', 190],
    ['180', 140],
    ['1', 2],
    ['0', 245],
    ['many', 245],
  ])('keeps below what the platform says that it allows: %s a minute', async (allowed, limit) => {
    const budget = createCallBudget(clock);
    const options = {
      apiUrl: wire.url,
      loginUrl: wire.url,
      clientId: 'c',
      clientSecret: SECRET,
      clock,
      timeoutMs: 2000,
    };
    const headers = { 'inin-ratelimit-allowed': allowed };
    wire.on(`GET ${ORGANISATION}`, { headers, body: { id: 'org-1', name: 'Acme' } });
    await createGenesysCloud({ ...options, budget }).organisation();
    expect((await budget.figures()).limit).toBe(limit);
  });

  it('tells what was taken in the last minute and until when everybody waits', async () => {
    const budget = createCallBudget(clock);
    await budget.take();
    clock.pass(59_999);
    await budget.take();
    expect(await budget.figures()).toEqual({ taken: 2, limit: 245, pausedUntil: null, shared: false });
    clock.pass(1);
    await budget.pause(2000);
    expect(await budget.figures()).toMatchObject({ taken: 1, pausedUntil: clock.now() + 2000 });
  });

  it('serves callers in the order of asking and survives a clock that fails one of them', async () => {
    const budget = createCallBudget(clock, { perMinute: 60, burst: 1 });
    await budget.take();
    jest.spyOn(clock, 'sleep').mockRejectedValueOnce(new Error('stopped'));
    const order: string[] = [];
    const first = budget.take().catch(() => order.push('first failed'));
    const second = budget.take().then(() => order.push('second'));
    await Promise.all([first, second]);
    expect(order).toEqual(['first failed', 'second']);
  });

  it('is taken for every try, the repeated ones included', async () => {
    const take = jest.fn(async () => undefined);
    const options = {
      apiUrl: wire.url,
      loginUrl: wire.url,
      clientId: 'c',
      clientSecret: SECRET,
      clock,
      timeoutMs: 2000,
    };
    wire.on(`GET ${ORGANISATION}`, { status: 503 }, { body: { id: 'org-1', name: 'Acme' } });
    await createGenesysCloud({ ...options, budget: { ...createCallBudget(clock), take } }).organisation();
    expect(take).toHaveBeenCalledTimes(2);
  });
});

describe('a 429', () => {
  it('is met eight times at most when it names a wait, three times without, and once when the wait is long', async () => {
    wire.on(`GET ${ORGANISATION}`, { status: 429, headers: { 'retry-after': '1' } });
    await faultOf(platform.organisation());
    expect(wire.times(`GET ${ORGANISATION}`)).toBe(8);
    expect(clock.slept).toEqual([1000, 1000, 1000, 1000, 1000, 1000, 1000]);
    clock.pass(1000);
    wire.on(`GET ${ORGANISATION}`, { status: 429 });
    await faultOf(platform.organisation());
    expect(wire.times(`GET ${ORGANISATION}`)).toBe(11);
    clock.pass(60_000);
    wire.on(`GET ${ORGANISATION}`, { status: 429, headers: { 'retry-after': '16' } });
    await faultOf(platform.organisation());
    expect(wire.times(`GET ${ORGANISATION}`)).toBe(12);
  });

  it('that names a long wait keeps everybody of this client away until it is over', async () => {
    wire.on(
      `GET ${ORGANISATION}`,
      { status: 429, headers: { 'retry-after': '40' } },
      { body: { id: 'o', name: 'Acme' } },
    );
    await faultOf(platform.organisation());
    const fault = await faultOf(platform.organisation());
    expect(fault).toMatchObject({ transient: true, status: 429, retryAfterMs: 40_000 });
    expect(wire.times(`GET ${ORGANISATION}`)).toBe(1);
    clock.pass(26_000);
    await expect(platform.organisation()).resolves.toMatchObject({ name: 'Acme' });
    expect(clock.slept).toEqual([14_000]);
  });

  it('whose wait cannot be meant is heeded for five minutes', async () => {
    wire.on(
      `GET ${ORGANISATION}`,
      { status: 429, headers: { 'retry-after': '864000' } },
      { body: { id: 'o', name: 'Acme' } },
    );
    await faultOf(platform.organisation());
    expect((await faultOf(platform.organisation())).retryAfterMs).toBe(300_000);
    clock.pass(300_000);
    await expect(platform.organisation()).resolves.toMatchObject({ name: 'Acme' });
  });

  it('was surely not carried out: even a restart of phones is sent again', async () => {
    wire.on(`POST ${REBOOT}`, { status: 429, headers: { 'retry-after': '1' } }, { status: 202 });
    await platform.restartPhones(['phone-1']);
    expect(wire.times(`POST ${REBOOT}`)).toBe(2);
  });
});

describe('bad answers', () => {
  const ok: Answer = { body: { id: 'org-1', name: 'Acme' } };
  const rows: readonly [
    string,
    readonly Answer[],
    string | { transient: boolean; retryAfterMs?: number | null; says: string },
  ][] = [
    ['a 429 with Retry-After', [{ status: 429, headers: { 'retry-after': '3' } }, ok], 'slept 3000'],
    ['a 429 with the rate limit window', [{ status: 429, headers: { 'inin-ratelimit-reset': '4' } }, ok], 'slept 4000'],
    [
      'a 429 that wants a long wait',
      [{ status: 429, headers: { 'retry-after': '40' } }],
      { transient: true, retryAfterMs: 40_000, says: '429' },
    ],
    [
      'a 429 that names the wait in its text only',
      [{ status: 429, body: { message: 'Rate limit exceeded the maximum. Retry the request in [17] seconds' } }],
      { transient: true, retryAfterMs: 17_000, says: '429' },
    ],
    [
      'a 429 that names a short wait in its text only',
      [{ status: 429, body: { message: 'Retry the request in [5] seconds' } }, ok],
      'slept 5000',
    ],
    [
      'a 5xx beside the rate limit window',
      [{ status: 503, headers: { 'inin-ratelimit-reset': '59' } }, ok],
      'recovers',
    ],
    ['a 429 all the time', [{ status: 429 }], { transient: true, retryAfterMs: null, says: '429' }],
    ['a 429 that names no wait', [{ status: 429 }, ok], 'recovers'],
    ['two 5xx', [{ status: 502 }, { status: 503 }, ok], 'recovers'],
    ['5xx all the time', [{ status: 500 }], { transient: true, says: '500' }],
    [
      'a 403',
      [{ status: 403, body: { message: 'Missing telephony:plugin:all' } }],
      { transient: false, says: 'Missing telephony:plugin:all' },
    ],
    ['a 404', [{ status: 404 }], { transient: false, says: '404' }],
    ['malformed JSON', [{ text: '{"id": "org' }], { transient: false, says: 'does not speak JSON' }],
    ['an HTML page', [{ text: '<html>proxy</html>' }], { transient: false, says: 'does not speak JSON' }],
    ['nothing', [{ text: '' }], { transient: false, says: 'the whole answer' }],
    [
      'a wrong type',
      [{ body: { id: 'org-1', name: 5 } }],
      { transient: false, says: `GET ${ORGANISATION} with something that does not fit (name:` },
    ],
    ['a missing field', [{ body: { name: 'Acme' } }], { transient: false, says: '(id:' }],
    [
      'a redirect',
      [{ status: 302, headers: { location: 'http://127.0.0.1:1/' } }],
      { transient: false, says: 'redirect' },
    ],
    ['a connection cut once', [{ cut: true }, ok], 'recovers'],
    ['a connection that is always cut', [{ cut: true }], { transient: true, says: 'broke off' }],
    [
      'more fields than we know',
      [{ body: { id: 'org-1', name: 'Acme', features: { x: true }, version: 9 } }],
      'recovers',
    ],
  ];
  it.each(rows)('such as %s have one outcome', async (_, answers, outcome) => {
    wire.on(`GET ${ORGANISATION}`, ...answers);
    if (typeof outcome === 'string') {
      await expect(platform.organisation()).resolves.toEqual({ id: 'org-1', name: 'Acme' });
      if (outcome !== 'recovers') expect(`slept ${clock.slept.join()}`).toBe(outcome);
      return;
    }
    const fault = await faultOf(platform.organisation());
    expect(fault).toMatchObject({ system: 'Genesys Cloud', transient: outcome.transient });
    expect(fault.message).toContain(outcome.says);
    if (outcome.retryAfterMs !== undefined) expect(fault.retryAfterMs).toBe(outcome.retryAfterMs);
  });
});
