import type { CacheFigures } from '../jobs/steps/cache-figures';
import type { Outcome } from '../src/core/outcome';
import type { DnsAnswer, Resolver } from '../src/ports/resolver';
import { HOUR, MINUTE } from './support/core-waves';
import { createMemoryWorld, type MemoryWorld, SRV, setOf, steppedSite } from './support/memory-world';
import { reach, visitsIn } from './support/step-visits';

const KEY = `${SRV} SRV`;
const OLD = '10 0 5060 sbc.t.example.com';
const NEW_HOST = 'new.example.net';
const DAY = 24 * HOUR;

type Ask = Resolver['ask'];

/** The world as it is, but for what these questions are answered. */
function answering(memory: MemoryWorld, change: (...args: Parameters<Ask>) => Partial<DnsAnswer> | undefined): void {
  const { ask } = memory.world.resolver;
  Object.assign(memory.world.resolver, {
    ask: async (...args: Parameters<Ask>) => ({ ...(await ask(...args)), ...change(...args) }),
  });
}

async function atSwitch(site = steppedSite()) {
  const memory = createMemoryWorld(site);
  const visits = visitsIn(memory);
  await reach(visits, memory, 'switch-dns');
  memory.pass(3 * DAY);
  return { memory, visits };
}

const sentence = (outcome: Outcome): string => outcome.summary;
const asked = (outcome: Outcome): readonly string[] =>
  'evidence' in outcome ? outcome.evidence.map((piece) => piece.asked) : [];

describe('before DNS is switched', () => {
  it('everybody is told how long it will take, resolver by resolver, for all, and back', async () => {
    const { memory, visits } = await atSwitch();
    memory.caches.set(`google ${KEY}`, { set: setOf(SRV, 'SRV', 300, [OLD]), until: memory.now + 100_000 });
    const outcome = await visits.ready('switch-dns');
    expect(sentence(outcome)).toContain(
      'DNS is expected to have converged in 5 min 1 s (cloudflare and dc last), at the latest in 5 min 2 s; the way back of DNS takes up to 5 min 1 s.',
    );
    const forecasts =
      'evidence' in outcome ? outcome.evidence.filter((piece) => piece.asked.startsWith('forecast: ')) : [];
    expect(forecasts.map((piece) => `${piece.asked} ${piece.answered}`)).toEqual([
      'forecast: google 101 s, at the latest 102 s: 1 cache',
      'forecast: cloudflare 5 min 1 s, at the latest 5 min 2 s: 1 cache',
      'forecast: dc 5 min 1 s, at the latest 5 min 2 s: 1 cache',
      'forecast: resolvers that are not asked 1 h if none keeps answers longer than an hour; not waited for',
      'forecast: the way back of DNS up to 5 min 1 s after the records are written back: name servers, then one full life in the slowest cache',
    ]);
  });

  it('everybody is told of a resolver that keeps answers past the limit of fifteen minutes', async () => {
    const { memory, visits } = await atSwitch();
    memory.caches.set(`dc ${KEY}`, { set: setOf(SRV, 'SRV', 3600, [OLD]), until: memory.now + 40 * MINUTE });
    expect(sentence(await visits.ready('switch-dns'))).toMatch(
      /converged in 40 min 1 s \(dc last\).*the way back of DNS takes up to 40 min 1 s\. That is beyond the 15 min/,
    );
  });

  it('what the caches hold is kept in figures, with the manner of each, and not by samples', async () => {
    const { memory, visits } = await atSwitch();
    memory.caches.set(`dc ${KEY}`, { set: setOf(SRV, 'SRV', 3600, [OLD]), until: memory.now + 1_000_000 });
    const { last } = await visits.run('switch-dns');
    const { caches } = (last.kind === 'passed' ? last.result : null) as { readonly caches: readonly CacheFigures[] };
    expect(caches.find(({ resolver }) => resolver === 'dc')).toEqual({
      resolver: 'dc',
      firstGoneAt: memory.now + 1_001_000,
      lastGoneAt: memory.now + 1_001_000,
      manner: { caches: 1, floor: 1_000, clamp: null, stale: false },
    });
    expect(JSON.stringify(caches).length).toBeLessThan(200 * caches.length);
  });

  it.each([
    ['at no resolver', ['google', 'cloudflare', 'dc'], 'held', /new\.example\.net has no address at any resolver/],
    [
      'at one that remembers its absence',
      ['dc'],
      'waiting',
      /dc still remembers that new\.example\.net has no address, for 4 min 1 s more/,
    ],
  ] as const)('the new host is refused: it has no address %s', async (_where, where, kind, words) => {
    const { memory, visits } = await atSwitch();
    answering(memory, (server, name) =>
      name === NEW_HOST && where.some((each) => each === server)
        ? { rcode: 'NXDOMAIN', values: [], ttl: null, negativeTtl: 240 }
        : undefined,
    );
    const { length } = memory.writes;
    for (const outcome of [await visits.ready('switch-dns'), await visits.ready('switch-dns')]) {
      expect(outcome).toMatchObject({ kind, summary: expect.stringMatching(words) });
    }
    if (kind === 'waiting')
      expect(await visits.ready('switch-dns')).toMatchObject({ recheckAfterMs: 241_000, until: memory.now + 241_000 });
    expect(memory.writes).toHaveLength(length);
  });

  it('the new host may have an IPv6 address alone', async () => {
    const { memory, visits } = await atSwitch();
    answering(memory, (_server, name, type) => {
      if (name !== NEW_HOST) return undefined;
      return type === 'AAAA'
        ? { values: ['2001:db8::1'], ttl: 60, negativeTtl: null }
        : { values: [], ttl: null, negativeTtl: 60 };
    });
    expect((await visits.ready('switch-dns')).kind).toBe('passed');
  });

  it('the new host is refused when it is an alias, for an SRV record must not name one', async () => {
    const { memory, visits } = await atSwitch();
    answering(memory, (_server, name, type) =>
      name === NEW_HOST && type === 'CNAME' ? { values: ['edge.example.net'], ttl: 60 } : undefined,
    );
    expect(await visits.ready('switch-dns')).toMatchObject({
      kind: 'held',
      cause: 'not-ready',
      summary: expect.stringContaining('RFC 2782'),
    });
  });

  it('a resolver that does not answer is waited for', async () => {
    const { memory, visits } = await atSwitch();
    answering(memory, (server, name) =>
      server === 'dc' && name === NEW_HOST ? { rcode: 'SERVFAIL', values: [] } : undefined,
    );
    expect(await visits.ready('switch-dns')).toMatchObject({ kind: 'waiting', summary: expect.stringContaining('dc') });
  });

  it('name servers that disagree are waited for', async () => {
    const { memory, visits } = await atSwitch();
    memory.answers.set('ns2', { ttl: 3600 });
    expect(await visits.ready('switch-dns')).toMatchObject({
      kind: 'waiting',
      summary: expect.stringContaining('ns2'),
    });
  });
});

describe('after DNS is switched', () => {
  const soa = (serial: number) => [`ns1.t.example.com ops.t.example.com ${serial} 1 1 1 1`];

  it('the clock starts when the last name server has the values and the serial of the first that had them', async () => {
    const { memory, visits } = await atSwitch();
    const serials = new Map([
      ['ns1', 7],
      ['ns2', 7],
    ]);
    answering(memory, (server, _name, type) =>
      type === 'SOA' ? { values: soa(serials.get(server) ?? 0) } : undefined,
    );
    await visits.visit('switch-dns');
    serials.set('ns1', 8);
    const outcome = await visits.visit('switch-dns');
    expect(outcome).toMatchObject({ kind: 'waiting', summary: expect.stringContaining('ns2'), recheckAfterMs: 1_000 });
    expect('evidence' in outcome ? outcome.evidence.map(({ answered }) => answered) : []).toContainEqual(
      expect.stringContaining('zone serial 7, 8 is wanted'),
    );
    serials.set('ns1', 9);
    memory.pass(5_000);
    serials.set('ns2', 8);
    expect(await visits.visit('switch-dns')).toMatchObject({
      kind: 'passed',
      result: { authoritativeAt: memory.now, serial: 8 },
    });
  });

  it('serials that wrap around are later, not smaller', async () => {
    const { memory, visits } = await atSwitch();
    const serials = new Map([
      ['ns1', 2 ** 32 - 1],
      ['ns2', 2 ** 32 - 1],
    ]);
    answering(memory, (server, _name, type) =>
      type === 'SOA' ? { values: soa(serials.get(server) ?? 0) } : undefined,
    );
    await visits.visit('switch-dns');
    serials.set('ns1', 0);
    expect((await visits.visit('switch-dns')).kind).toBe('waiting');
    serials.set('ns2', 0);
    expect((await visits.visit('switch-dns')).kind).toBe('passed');
  });

  it('name servers that counted apart before are judged by their values alone', async () => {
    const { memory, visits } = await atSwitch();
    answering(memory, (server, _name, type) =>
      type === 'SOA' ? { values: soa(server === 'ns1' ? 100 : 7) } : undefined,
    );
    await visits.visit('switch-dns');
    expect(await visits.visit('switch-dns')).toMatchObject({ kind: 'passed', result: { serial: null } });
  });

  it('people are called after a minute and a half of a name server that does not follow', async () => {
    const { memory, visits } = await atSwitch();
    await visits.visit('switch-dns');
    memory.answers.set('ns2', { values: [OLD], ttl: 300 });
    memory.pass(89_999);
    expect(sentence(await visits.visit('switch-dns'))).not.toContain('ATTENTION');
    memory.pass(1);
    expect(sentence(await visits.visit('switch-dns'))).toMatch(
      /^ATTENTION: ns2 still to show the new values after 90 s/,
    );
  });

  it('whoever arrived early is asked thoroughly once more at the end, for another cache may have come forward', async () => {
    const { memory, visits } = await atSwitch();
    await visits.run('switch-dns');
    memory.pass(302_000);
    memory.answers.set('dc', { values: [OLD], ttl: 4 });
    let questions = 0;
    let armed = false;
    answering(memory, (server, name) => {
      if (!armed || server !== 'google' || name !== SRV) return undefined;
      questions += 1;
      return questions === 1 ? undefined : { values: [OLD], ttl: 30 };
    });
    await visits.visit('confirm-propagation');
    await visits.visit('confirm-propagation');
    memory.pass(2_000);
    await visits.visit('confirm-propagation');
    memory.answers.clear();
    memory.pass(10_000);
    await visits.visit('confirm-propagation');
    memory.pass(2_000);
    armed = true;
    expect(await visits.visit('confirm-propagation')).toMatchObject({
      kind: 'waiting',
      summary: expect.stringContaining('google had the new gateway and has fallen back'),
    });
    expect(questions).toBe(2);
  });

  it('a name server that falls back while caches are watched starts their clock anew', async () => {
    const { memory, visits } = await atSwitch();
    await visits.run('switch-dns');
    memory.pass(302_000);
    await visits.visit('confirm-propagation');
    await visits.visit('confirm-propagation');
    memory.answers.set('ns2', { values: [OLD], ttl: 300 });
    memory.pass(2_000);
    expect(await visits.visit('confirm-propagation')).toMatchObject({
      kind: 'waiting',
      summary: expect.stringContaining('ns2'),
    });
    memory.answers.clear();
    memory.pass(5_000);
    expect((await visits.visit('confirm-propagation')).kind).toBe('waiting');
    memory.pass(2_000);
    expect((await visits.visit('confirm-propagation')).kind).toBe('passed');
  });
});

describe('lowering the TTLs', () => {
  it('is the first look at the resolvers: a floor above the old TTL shows, and how long the name servers take', async () => {
    const memory = createMemoryWorld();
    const visits = visitsIn(memory);
    memory.caches.set(`dc ${KEY}`, { set: setOf(SRV, 'SRV', 86_400, [OLD]), until: memory.now + DAY });
    await visits.visit('lower-ttl');
    memory.pass(3_000);
    const last = await visits.visit('lower-ttl');
    expect(last).toMatchObject({ kind: 'passed', result: { nameServerLagMs: 3_000 } });
    const { caches } = (last.kind === 'passed' ? last.result : null) as { readonly caches: readonly CacheFigures[] };
    expect(caches.map(({ resolver, manner }) => [resolver, manner.floor])).toEqual([
      ['google', null],
      ['cloudflare', null],
      ['dc', 86_397],
    ]);
    expect(asked(last)).toContain('caches of dc');
  });
});

describe('checking readiness', () => {
  it('looks at the resolvers again: once the old TTL is over, a longer one is the resolver’s own', async () => {
    const memory = createMemoryWorld();
    const visits = visitsIn(memory);
    await reach(visits, memory, 'check-readiness');
    memory.pass(2 * HOUR);
    memory.caches.set(`dc ${KEY}`, { set: setOf(SRV, 'SRV', 1_800, [OLD]), until: memory.now + 1_800_000 });
    const { last } = await visits.run('check-readiness');
    const { caches } = (last.kind === 'passed' ? last.result : null) as { readonly caches: readonly CacheFigures[] };
    expect(caches.find(({ resolver }) => resolver === 'dc')?.manner.floor).toBe(1_800);
    expect('evidence' in last ? last.evidence.map(({ asked, answered }) => `${asked}: ${answered}`) : []).toContain(
      'caches of dc: 1 cache, keeps answers at least 1800 s whatever their TTL; longer than the 300 s published',
    );
  });
});
