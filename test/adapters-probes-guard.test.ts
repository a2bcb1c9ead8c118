/** Who is let through to a probe: signature, time and nonce, at their limits and one past them. */
import { createGuard, type GuardedRequest, MOST_NONCES } from '../src/adapters/probes/probe-guard';
import {
  CLOCK_WINDOW_MS,
  HEADER,
  isSame,
  newNonce,
  signReply,
  signRequest,
} from '../src/adapters/probes/probe-signature';
import { createRequestRate, MOST_SENDERS } from '../src/adapters/probes/request-rate';
import { type Question, signedQuestion } from './support/probe-requests';

const SECRET = 'a-secret-that-nobody-has-guessed-yet';
const START = Date.UTC(2027, 2, 1, 12);

function guardAt() {
  const time = { now: START };
  const guard = createGuard({ probe: 'springfield', secret: SECRET, now: () => time.now });
  time.now += 10 * CLOCK_WINDOW_MS;
  const question = (more: Partial<Question> = {}): GuardedRequest => {
    const base = { probe: 'springfield', secret: SECRET, path: '/v1/dns', body: '{"a":1}', at: time.now };
    const sent = signedQuestion({ ...base, ...more });
    return { ...sent, body: Buffer.from(sent.body) };
  };
  return { time, guard, question, admit: (more: Partial<Question> = {}) => guard.admit(question(more)) };
}

const without = (request: GuardedRequest, name: string): GuardedRequest => ({
  ...request,
  headers: { ...request.headers, [name]: undefined },
});
const having = (request: GuardedRequest, name: string, value: string | string[]): GuardedRequest => ({
  ...request,
  headers: { ...request.headers, [name]: value },
});

describe('a guard', () => {
  it('lets a signed request through, and says by which nonce its reply is signed', () => {
    const { guard, question } = guardAt();
    const request = question();
    expect(guard.admit(request)).toEqual({ kind: 'admitted', nonce: request.headers[HEADER.nonce] });
  });

  it.each(Object.values(HEADER))('refuses a request without %s', (name) => {
    const { guard, question } = guardAt();
    expect(guard.admit(without(question(), name))).toMatchObject({ kind: 'refused', status: 401, nonce: null });
  });

  it.each([
    [HEADER.probe, 'Springfield!'],
    [HEADER.probe, 'x'.repeat(65)],
    [HEADER.timestamp, '1'],
    [HEADER.timestamp, '99999999999999'],
    [HEADER.timestamp, '2027-03-01T12'],
    [HEADER.nonce, 'short'],
    [HEADER.nonce, 'x'.repeat(65)],
    [HEADER.nonce, `${'x'.repeat(21)}\n`],
    [HEADER.nonce, ['x'.repeat(22), 'y'.repeat(22)]],
    [HEADER.signature, 'v1=00'],
    [HEADER.signature, ''],
    [HEADER.signature, `v1=${'0'.repeat(64)}`],
  ])('refuses %s %j', (name, value) => {
    const { guard, question } = guardAt();
    expect(guard.admit(having(question(), name, value))).toMatchObject({ status: 401, nonce: null });
  });

  it.each([
    ['another secret', (ask: (more?: Partial<Question>) => GuardedRequest) => ask({ secret: `${SECRET}.` })],
    ['another body', (ask: () => GuardedRequest) => ({ ...ask(), body: Buffer.from('{"a":2}') })],
    ['a longer body', (ask: () => GuardedRequest) => ({ ...ask(), body: Buffer.from('{"a":1} ') })],
    ['another path', (ask: () => GuardedRequest) => ({ ...ask(), path: '/v1/sip' })],
    ['another method', (ask: () => GuardedRequest) => ({ ...ask(), method: 'PUT' })],
    ['another nonce', (ask: () => GuardedRequest) => having(ask(), HEADER.nonce, newNonce())],
    ['another time', (ask: () => GuardedRequest) => having(ask(), HEADER.timestamp, String(START))],
    ['another probe in its head', (ask: () => GuardedRequest) => having(ask(), HEADER.probe, 'depot')],
  ])('refuses a request with %s than was signed', (_what, bend) => {
    const { guard, question } = guardAt();
    expect(guard.admit(bend(question))).toMatchObject({ kind: 'refused', status: 401, nonce: null });
  });

  it('refuses what was signed for another probe, and says which it is', () => {
    expect(guardAt().admit({ probe: 'depot' })).toMatchObject({
      status: 421,
      error: 'This is the probe springfield, and the request is for depot.',
    });
  });

  it.each([
    [-CLOCK_WINDOW_MS, 'admitted'],
    [-CLOCK_WINDOW_MS - 1, 'refused'],
    [CLOCK_WINDOW_MS, 'admitted'],
    [CLOCK_WINDOW_MS + 1, 'refused'],
  ])('takes a request signed %i ms from now as %s', (offset, kind) => {
    const { admit, time } = guardAt();
    expect(admit({ at: time.now + offset }).kind).toBe(kind);
  });

  it.each([
    [-90_000, 'The request was signed 90 s ago by this machine'],
    [90_000, 'The request was signed 90 s in the future by this machine'],
  ])('says how far the clocks are apart: %i ms', (offset, words) => {
    const { admit, time } = guardAt();
    const refused = admit({ at: time.now + offset });
    expect(refused).toMatchObject({ status: 401, error: expect.stringContaining(words) });
    expect(refused.nonce).not.toBeNull();
  });

  it('takes a nonce once for as long as its time would be taken', () => {
    const { guard, question, time } = guardAt();
    const ahead = question({ at: time.now + CLOCK_WINDOW_MS });
    expect(guard.admit(ahead).kind).toBe('admitted');
    expect(guard.admit(ahead)).toMatchObject({ kind: 'refused', status: 409 });
    time.now += 2 * CLOCK_WINDOW_MS;
    expect(guard.admit(ahead)).toMatchObject({ kind: 'refused', status: 409 });
    time.now += 1;
    expect(guard.admit(ahead)).toMatchObject({ kind: 'refused', status: 401 });
  });

  it('does not remember the nonce of a request that it refused', () => {
    const { guard, question } = guardAt();
    const request = question();
    expect(guard.admit({ ...request, body: Buffer.from('forged') }).kind).toBe('refused');
    expect(guard.admit(request).kind).toBe('admitted');
  });

  it('refuses for the moment what was signed before it started: it may have been answered then', () => {
    const time = { now: START };
    const guard = createGuard({ probe: 'springfield', secret: SECRET, now: () => time.now });
    const ask = (at: number) => {
      const sent = signedQuestion({ probe: 'springfield', secret: SECRET, path: '/v1/dns', body: '', at });
      return guard.admit({ ...sent, body: Buffer.from('') });
    };
    expect(ask(START - 1)).toMatchObject({ status: 503, retryAfterSeconds: 1 });
    expect(ask(START - 1001)).toMatchObject({ status: 503, retryAfterSeconds: 2 });
    expect(ask(START).kind).toBe('admitted');
  });

  it('admits nobody more once it cannot remember them all, and goes on when the old ones have passed', () => {
    const { admit, time } = guardAt();
    for (let i = 0; i < MOST_NONCES; i += 1) if (admit().kind !== 'admitted') throw new Error(`refused at ${i}`);
    expect(admit()).toMatchObject({ status: 503, retryAfterSeconds: 60 });
    time.now += CLOCK_WINDOW_MS + 1;
    expect(admit().kind).toBe('admitted');
  });
});

describe('a signature', () => {
  const request = { probe: 'p', method: 'POST', path: '/', timestamp: '1', nonce: 'n', body: 'b' };

  it('is HMAC-SHA256 over the lines and the body', () => {
    // printf 'cutover-probe request v1\np\nPOST\n/\n1\nn\nb' | openssl dgst -sha256 -hmac key
    expect(signRequest('key', request)).toBe('v1=2341f80b12dab52c023b5054a86f2ee4eb396a2e868a7f1540d173002bf5d070');
    // printf 'cutover-probe reply v1\np\nn\n200\nb' | openssl dgst -sha256 -hmac key
    expect(signReply('key', { probe: 'p', nonce: 'n', status: 200, body: 'b' })).toBe(
      'v1=5ec9e0e21ce5efca8a19323c920649db7250ebc5ff14c2defb1f5fe7e3320e78',
    );
  });

  it('cannot be moved between fields', () => {
    const moved = { ...request, nonce: '', body: 'n\nb' };
    expect(signRequest('key', moved)).not.toBe(signRequest('key', request));
    expect(() => signRequest('key', { ...request, nonce: 'n\nb' })).toThrow('a signed field holds a line end');
  });

  it('is compared whole', () => {
    expect(isSame('v1=ab', 'v1=ab')).toBe(true);
    for (const other of ['v1=ac', 'v1=a', 'v1=abc', '', undefined]) expect(isSame(other, 'v1=ab')).toBe(false);
  });
});

describe('a rate of requests', () => {
  function rateAt(perSecond = 2, burst = 3) {
    const time = { now: 0 };
    return { time, rate: createRequestRate({ perSecond, burst, now: () => time.now }) };
  }

  it('takes a burst, then as many as come back in time', () => {
    const { time, rate } = rateAt();
    expect([rate.take('a'), rate.take('a'), rate.take('a'), rate.take('a')]).toEqual([null, null, null, 500]);
    time.now = 499;
    expect(rate.take('a')).toBe(1);
    time.now = 500;
    expect(rate.take('a')).toBeNull();
    time.now = 60_000;
    expect([rate.take('a'), rate.take('a'), rate.take('a'), rate.take('a')]).toEqual([null, null, null, 500]);
  });

  it('counts each sender by itself', () => {
    const { rate } = rateAt(1, 1);
    expect([rate.take('a'), rate.take('b'), rate.take('a')]).toEqual([null, null, 1000]);
  });

  it('gives a flood of addresses one allowance together, and makes room when they have rested', () => {
    const { time, rate } = rateAt(1, 1);
    for (let i = 0; i < MOST_SENDERS; i += 1) expect(rate.take(`s${i}`)).toBeNull();
    expect([rate.take('one more'), rate.take('and another')]).toEqual([null, 1000]);
    time.now = 2000;
    expect([rate.take('x'), rate.take('y')]).toEqual([null, null]);
  });
});
