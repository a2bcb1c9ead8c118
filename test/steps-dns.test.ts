import type { CacheFigures } from '../jobs/steps/cache-figures';
import type { Outcome } from '../src/core/outcome';
import { Fault } from '../src/ports/fault';
import { HOUR, MINUTE } from './support/core-waves';
import { createMemoryWorld, type MemoryWorld, SRV, setOf, steppedSite } from './support/memory-world';
import { reach, type Visits, visitsIn } from './support/step-visits';

const KEY = `${SRV} SRV`;
const NEW = '10 0 5060 new.example.net';
const OLD = '10 0 5060 sbc.t.example.com';
const FALLBACK = '20 0 5060 sbc.t.example.com';
const TARGET = [NEW, FALLBACK];
const DAY = 24 * HOUR;

function given(site = steppedSite()): { readonly memory: MemoryWorld; readonly visits: Visits } {
  const memory = createMemoryWorld(site);
  return { memory, visits: visitsIn(memory) };
}

async function reached(kind: Parameters<typeof reach>[2], site = steppedSite()) {
  const room = given(site);
  await reach(room.visits, room.memory, kind);
  return room;
}

/** A resolver that has the old answer for so long. */
function remembers(memory: MemoryWorld, resolver: string, ms: number): void {
  memory.caches.set(`${resolver} ${KEY}`, { set: setOf(SRV, 'SRV', 300, [OLD]), until: memory.now + ms });
}

describe('lower-ttl', () => {
  it('keeps the values and notes when the last name server showed the low TTL, and the old one', async () => {
    const { memory, visits } = given();
    const { last } = await visits.run('lower-ttl');
    expect(last).toMatchObject({ kind: 'passed', result: { shownAt: memory.now, oldTtl: 3600 } });
    expect(memory.records.get(KEY)).toEqual(setOf(SRV, 'SRV', 300, [OLD]));
  });

  it('writes once when its worker dies after the write', async () => {
    const { memory, visits } = given();
    const before = visits.copyOf('lower-ttl');
    await visits.visit('lower-ttl');
    visits.forget('lower-ttl', { ...before, captured: visits.stateOf('lower-ttl').captured });
    await visits.visit('lower-ttl');
    expect(memory.writes).toHaveLength(1);
    await visits.undo('lower-ttl');
    expect(memory.records.get(KEY)?.ttl).toBe(3600);
  });

  it('writes nothing once its job is superseded', async () => {
    const { memory, visits } = given();
    visits.supersede();
    await expect(visits.visit('lower-ttl')).rejects.toThrow('superseded');
    expect(memory.writes).toEqual([]);
  });

  it.each([
    [60, 'held'],
    [61, 'applied'],
  ] as const)('asked for %i s is %s', async (ttlSeconds, kind) => {
    const { memory, visits } = given();
    const strict = visitsIn(memory, { plan: { ...visits.plan, limits: { ...visits.plan.limits, ttlSeconds } } });
    expect((await strict.visit('lower-ttl')).kind).toBe(kind);
  });

  it('waits for a name server that still shows the old TTL and counts the lead from when it follows', async () => {
    const { memory, visits } = given();
    memory.answers.set('ns2', { ttl: 3600 });
    await visits.visit('lower-ttl');
    expect(await visits.visit('lower-ttl')).toMatchObject({ kind: 'waiting', summary: expect.stringContaining('ns2') });
    memory.pass(MINUTE);
    memory.answers.clear();
    expect(await visits.visit('lower-ttl')).toMatchObject({ kind: 'passed', result: { shownAt: memory.now } });
  });

  it.each([
    ['answers without authority', { authoritative: false }],
    ['answers SERVFAIL', { rcode: 'SERVFAIL', values: [], ttl: null }],
    ['is silent', 'silent'],
  ] as const)('does not take a name server for good that %s', async (_text, answer) => {
    const { memory, visits } = given();
    memory.answers.set('ns1', answer);
    await visits.visit('lower-ttl');
    expect((await visits.visit('lower-ttl')).kind).toBe('waiting');
  });

  it('is held when the provider does not hold a record', async () => {
    const { memory, visits } = given();
    memory.records.clear();
    expect(await visits.visit('lower-ttl')).toMatchObject({
      kind: 'held',
      cause: 'not-ready',
      summary: expect.stringContaining(KEY),
    });
  });

  it('takes back the TTL only: values that somebody has changed since then are theirs', async () => {
    const { memory, visits } = given();
    await visits.run('lower-ttl');
    memory.records.set(KEY, setOf(SRV, 'SRV', 300, ['5 0 5060 emergency.example.com']));
    expect((await visits.undo('lower-ttl')).kind).toBe('undone');
    expect(memory.records.get(KEY)).toEqual(setOf(SRV, 'SRV', 3600, ['5 0 5060 emergency.example.com']));
  });
});

describe('switch-dns', () => {
  it('is not ready one millisecond before the low TTL has been out for 72 hours, and ready at 72', async () => {
    const { memory, visits } = given();
    await visits.run('lower-ttl');
    const shownAt = memory.now;
    memory.pass(3 * DAY - 1);
    expect(await visits.ready('switch-dns')).toMatchObject({
      kind: 'waiting',
      recheckAfterMs: 1,
      until: shownAt + 3 * DAY,
    });
    memory.pass(1);
    expect((await visits.ready('switch-dns')).kind).toBe('passed');
  });

  it('waits for the old TTL where that is longer', async () => {
    const site = steppedSite();
    const [record] = site.dns.records;
    const { memory, visits } = given({
      ...site,
      dns: { ...site.dns, records: record ? [{ ...record, ttl: 4 * 86_400 }] : [] },
    });
    await visits.run('lower-ttl');
    const shownAt = memory.now;
    expect(await visits.ready('switch-dns')).toMatchObject({ kind: 'waiting', until: shownAt + 4 * DAY });
  });

  it('waits for the window to open and is held once it has closed', async () => {
    const opens = createMemoryWorld().now + 4 * DAY;
    const { memory, visits } = given(steppedSite({ window: { opens, closes: opens + HOUR } }));
    await visits.run('lower-ttl');
    memory.pass(3 * DAY);
    expect(await visits.ready('switch-dns')).toMatchObject({ kind: 'waiting', until: opens });
    memory.now = opens;
    expect((await visits.ready('switch-dns')).kind).toBe('passed');
    memory.now = opens + HOUR - 1;
    expect((await visits.ready('switch-dns')).kind).toBe('passed');
    memory.now = opens + HOUR;
    expect(await visits.ready('switch-dns')).toMatchObject({ kind: 'held', cause: 'window' });
  });

  it('is held at once for a window that closes before the low TTL is ripe', async () => {
    const opens = createMemoryWorld().now + DAY;
    const { visits } = given(steppedSite({ window: { opens, closes: opens + HOUR } }));
    await visits.run('lower-ttl');
    expect(await visits.ready('switch-dns')).toMatchObject({ kind: 'held', cause: 'window' });
  });

  it.each([
    ['value', setOf(SRV, 'SRV', 300, ['10 0 5060 else.example.com'])],
    ['TTL', setOf(SRV, 'SRV', 301, [OLD])],
    ['target by another hand', setOf(SRV, 'SRV', 300, TARGET)],
    ['absence', null],
  ])('is held for another %s, naming the record, what was expected and what was found', async (_text, found) => {
    const { memory, visits } = await reached('switch-dns');
    memory.pass(3 * DAY);
    if (found) memory.records.set(KEY, found);
    else memory.records.delete(KEY);
    const { length } = memory.writes;
    for (const outcome of [await visits.ready('switch-dns'), await visits.visit('switch-dns')]) {
      expect(outcome).toMatchObject({ kind: 'held', cause: 'drift', summary: expect.stringContaining(KEY) });
      expect(outcome).toMatchObject({
        evidence: [{ answered: expect.stringContaining(`expected ${OLD} with TTL 300 s`) }],
      });
    }
    expect(memory.writes).toHaveLength(length);
  });

  it('looks at every record before it writes the first', async () => {
    const site = steppedSite();
    const [record] = site.dns.records;
    const second = '_sip._udp.t.example.com';
    const records = record ? [record, { ...record, name: second }] : [];
    const { memory, visits } = await reached('switch-dns', { ...site, dns: { ...site.dns, records } });
    memory.records.set(`${second} SRV`, setOf(second, 'SRV', 300, ['10 0 5060 else.example.com']));
    const { length } = memory.writes;
    expect(await visits.visit('switch-dns')).toMatchObject({ kind: 'held', cause: 'drift' });
    expect(memory.writes).toHaveLength(length);
  });

  it('counts a record as done that it had written before it was interrupted', async () => {
    const { memory, visits } = await reached('switch-dns');
    memory.pass(3 * DAY);
    const before = visits.copyOf('switch-dns');
    await visits.visit('switch-dns');
    visits.forget('switch-dns', { ...before, captured: visits.stateOf('switch-dns').captured });
    const { length } = memory.writes;
    expect((await visits.ready('switch-dns')).kind).toBe('passed');
    expect((await visits.run('switch-dns')).last).toMatchObject({
      kind: 'passed',
      result: { authoritativeAt: memory.now },
    });
    expect(memory.writes).toHaveLength(length);
  });

  it('is not ready while the new gateway answers 503 or nothing', async () => {
    const { memory, visits } = await reached('switch-dns');
    memory.pass(3 * DAY);
    memory.sip = () => ({
      kind: 'answered',
      status: 503,
      reason: 'Service Unavailable',
      retryAfterSeconds: 30,
      elapsedMs: 2,
    });
    expect(await visits.ready('switch-dns')).toMatchObject({ kind: 'held', cause: 'not-ready' });
    memory.sip = () => ({ kind: 'silent', detail: 'no answer in 32 s', elapsedMs: 32_000 });
    expect((await visits.ready('switch-dns')).kind).toBe('held');
    memory.sip = () => ({ kind: 'answered', status: 403, reason: 'Forbidden', retryAfterSeconds: null, elapsedMs: 2 });
    expect((await visits.ready('switch-dns')).kind).toBe('held');
    memory.sip = () => ({ kind: 'answered', status: 200, reason: 'OK', retryAfterSeconds: null, elapsedMs: 2 });
    expect((await visits.ready('switch-dns')).kind).toBe('passed');
  });

  it('leaves a fault of the provider to the caller, and writes the record on the next visit', async () => {
    const { memory, visits } = await reached('switch-dns');
    memory.fault = new Fault('the provider answers 500', { system: 'dns', transient: true });
    await expect(visits.visit('switch-dns')).rejects.toThrow('the provider answers 500');
    expect((await visits.visit('switch-dns')).kind).toBe('applied');
  });
});

describe('the way back of switch-dns', () => {
  it('waits until every resolver shows the old set again', async () => {
    const { memory, visits } = await reached('drain-legacy');
    const outcome = await visits.undoOnce('switch-dns');
    expect(outcome).toMatchObject({ kind: 'waiting', summary: expect.stringContaining('google') });
    expect((await visits.undo('switch-dns')).kind).toBe('undone');
    expect(memory.records.get(KEY)).toEqual(setOf(SRV, 'SRV', 300, [OLD]));
  });

  it('names a resolver that keeps the other answer, and does not stay for it', async () => {
    const { memory, visits } = await reached('drain-legacy');
    memory.answers.set('dc', { values: TARGET, ttl: 300 });
    const from = memory.now;
    expect(await visits.undo('switch-dns')).toMatchObject({ kind: 'undone', summary: expect.stringContaining('dc') });
    const waited = memory.now - from;
    expect(waited).toBeGreaterThan(12 * MINUTE);
    expect(waited).toBeLessThanOrEqual(14 * MINUTE);
  });

  it('waits for a name server however long it takes', async () => {
    const { memory, visits } = await reached('drain-legacy');
    visits.resume('switch-dns');
    memory.answers.set('ns2', { values: TARGET });
    memory.pass(14 * MINUTE + 59_000);
    expect(await visits.undoOnce('switch-dns')).toMatchObject({
      kind: 'waiting',
      summary: expect.stringContaining('ns2'),
    });
  });

  it('does not overwrite what a third hand has put there', async () => {
    const { memory, visits } = await reached('drain-legacy');
    memory.records.set(KEY, setOf(SRV, 'SRV', 300, ['5 0 5060 emergency.example.com']));
    const { length } = memory.writes;
    expect(await visits.undo('switch-dns')).toMatchObject({ kind: 'failed', summary: expect.stringContaining(KEY) });
    expect(memory.writes).toHaveLength(length);
  });
});

describe('confirm-propagation', () => {
  /** All that was sampled right before the switch has left its cache by then. */
  const TURNED_OVER = 302_000;
  const summaryOf = (outcome: Outcome): string => ('summary' in outcome ? outcome.summary : '');

  async function turnedOver() {
    const room = await reached('confirm-propagation');
    room.memory.pass(TURNED_OVER);
    return room;
  }

  it('passes soon after the last old answer that was sampled before the switch has gone, not before', async () => {
    const { memory, visits } = await reached('confirm-propagation');
    const goneAt = Math.max(...[...memory.caches.values()].map(({ until }) => until));
    const { last, all } = await visits.run('confirm-propagation');
    expect(last.kind).toBe('passed');
    expect(memory.now).toBeGreaterThan(goneAt);
    expect(memory.now).toBeLessThan(goneAt + 10_000);
    expect(all.length).toBeLessThan(12);
  });

  it('does not pass while it only knows that another cache of a resolver may hold the old answer', async () => {
    const { memory, visits } = await reached('confirm-propagation');
    memory.caches.clear();
    await visits.visit('confirm-propagation');
    for (let i = 0; i < 3; i++) {
      const outcome = await visits.visit('confirm-propagation');
      expect(outcome).toMatchObject({ kind: 'waiting' });
      expect(summaryOf(outcome)).toContain('another cache of it may keep the old one');
      memory.pass(60_000);
    }
  });

  it('needs two rounds, two seconds apart', async () => {
    const { visits, memory } = await turnedOver();
    const from = memory.now;
    const { all } = await visits.run('confirm-propagation');
    expect(all.map(({ kind }) => kind)).toEqual(['applied', 'waiting', 'passed']);
    expect(memory.now - from).toBe(2_000);
  });

  it('asks each resolver so often that a second cache behind it would have shown itself', async () => {
    const { visits } = await turnedOver();
    const { last } = await visits.run('confirm-propagation');
    const asked = last.kind === 'passed' ? last.evidence.map((piece) => piece.asked) : [];
    expect(asked).toContain(`dig @google ${KEY} (16 times)`);
  });

  it('comes back when the old answer is due to leave the cache, a second after its TTL', async () => {
    const { memory, visits } = await turnedOver();
    remembers(memory, 'dc', 42_000);
    await visits.visit('confirm-propagation');
    expect(await visits.visit('confirm-propagation')).toMatchObject({ kind: 'waiting', recheckAfterMs: 2_000 });
    memory.pass(2_000);
    const outcome = await visits.visit('confirm-propagation');
    expect(outcome).toMatchObject({ kind: 'waiting', recheckAfterMs: 41_000, until: memory.now + 41_000 });
    expect(summaryOf(outcome)).toBe('2 of 3 resolvers show the new gateway; dc keeps the old answer (41 s left).');
  });

  it('looks once a minute when the old answer is due later than that, for it may be flushed by hand', async () => {
    const { memory, visits } = await reached('confirm-propagation');
    await visits.visit('confirm-propagation');
    expect(await visits.visit('confirm-propagation')).toMatchObject({ recheckAfterMs: 60_000 });
    expect(memory.now).toBeLessThan(Math.max(...[...memory.caches.values()].map(({ until }) => until)) - 60_000);
  });

  it('names a resolver that ignores the TTL once the latest moment is over, and how old its answer is', async () => {
    const { memory, visits } = await turnedOver();
    memory.answers.set('dc', { values: [OLD], ttl: 240 });
    await visits.visit('confirm-propagation');
    expect(summaryOf(await visits.visit('confirm-propagation'))).not.toContain('ignores the TTL');
    memory.pass(60_000);
    expect(summaryOf(await visits.visit('confirm-propagation'))).toMatch(
      /dc keeps the old answer \(4 min 1 s left\), ignores the TTL: new was due by .*, the answer is 6 min 2 s out of date/,
    );
  });

  it('sees a resolver fall back that had arrived, and asks the name servers again: they are the first suspect', async () => {
    const { memory, visits } = await turnedOver();
    memory.answers.set('dc', { values: [OLD], ttl: 240 });
    await visits.visit('confirm-propagation');
    await visits.visit('confirm-propagation');
    memory.pass(2_000);
    await visits.visit('confirm-propagation');
    memory.answers.set('google', { values: [OLD], ttl: 30 });
    const outcome = await visits.visit('confirm-propagation');
    expect(outcome.kind).toBe('waiting');
    expect(summaryOf(outcome)).toBe(
      'google had the new gateway and has fallen back; all name servers give the new values, so a cache behind it does.',
    );
    memory.answers.clear();
    expect((await visits.run('confirm-propagation')).last.kind).toBe('passed');
  });

  it('grants the caches their time anew after a name server had fallen back, and fails nobody for what they took from it', async () => {
    const { memory, visits } = await turnedOver();
    const [server = ''] = memory.site.dns.nameServers;
    const astray = { values: ['10 0 5060 else.example.com'], ttl: 300 };
    memory.answers.set(server, { ...astray, authoritative: true });
    await visits.visit('confirm-propagation');
    for (let minute = 0; minute < 16; minute += 1) {
      expect(summaryOf(await visits.visit('confirm-propagation'))).toContain(`${server} no longer gives`);
      memory.pass(60_000);
    }
    memory.answers.clear();
    memory.answers.set('dc', astray);
    expect(await visits.visit('confirm-propagation')).toMatchObject({ kind: 'waiting' });
    memory.pass(300_000);
    memory.answers.clear();
    expect((await visits.run('confirm-propagation')).last.kind).toBe('passed');
  });

  it('begins its two rounds again after a stale answer', async () => {
    const { memory, visits } = await turnedOver();
    await visits.visit('confirm-propagation');
    await visits.visit('confirm-propagation');
    memory.pass(2_000);
    memory.answers.set('google', { values: [OLD], ttl: 30, extendedErrors: [3] });
    expect((await visits.visit('confirm-propagation')).kind).toBe('waiting');
    memory.answers.clear();
    memory.pass(2_000);
    expect((await visits.visit('confirm-propagation')).kind).toBe('waiting');
    memory.pass(2_000);
    expect((await visits.visit('confirm-propagation')).kind).toBe('passed');
  });

  it('neither counts nor holds against a resolver that it calls the new answer stale: it has only been idle', async () => {
    const { memory, visits } = await turnedOver();
    memory.answers.set('google', { values: TARGET, ttl: 30, extendedErrors: [3] });
    await visits.visit('confirm-propagation');
    for (let i = 0; i < 3; i++) {
      expect((await visits.visit('confirm-propagation')).kind).toBe('waiting');
      memory.pass(2_000);
    }
    memory.answers.clear();
    expect((await visits.visit('confirm-propagation')).kind).toBe('waiting');
    memory.pass(2_000);
    memory.answers.set('google', { values: TARGET, ttl: 30, extendedErrors: [3] });
    expect((await visits.visit('confirm-propagation')).kind).toBe('waiting');
    memory.pass(2_000);
    memory.answers.clear();
    expect((await visits.visit('confirm-propagation')).kind).toBe('passed');
  });

  it('is not kept by a public resolver that nobody counts on, once it is late, and names it', async () => {
    const site = steppedSite();
    const more = { name: 'far-away', location: 'somewhere else', kind: 'public' as const };
    const { memory, visits } = await reached('confirm-propagation', { ...site, resolvers: [...site.resolvers, more] });
    memory.answers.set('far-away', { values: [OLD], ttl: 240 });
    const { last } = await visits.run('confirm-propagation');
    expect(last.kind).toBe('passed');
    expect(summaryOf(last)).toMatch(/^3 of 4 resolvers in 3 places .* Not waited for: far-away keeps the old answer/);
  });

  it.each(['google', 'cloudflare', 'quad9', '8.8.8.8', '1.1.1.1', '9.9.9.9'])(
    'is held for %s, public as it is, when it keeps the old answer',
    async (name) => {
      const site = steppedSite();
      const others = site.resolvers.filter((each) => each.name !== name);
      const one = { name, location: 'somewhere else', kind: 'public' as const };
      const { memory, visits } = await reached('confirm-propagation', { ...site, resolvers: [...others, one] });
      memory.answers.set(name, { values: [OLD], ttl: 240 });
      const { last } = await visits.run('confirm-propagation');
      expect(last).toMatchObject({ kind: 'held', cause: 'lag', summary: expect.stringContaining(`${name} keeps`) });
    },
  );

  it('keeps what it learned of the resolvers, and forgets what it knew of old answers when people have had caches flushed', async () => {
    const { memory, visits } = await reached('confirm-propagation');
    memory.answers.set('dc', { values: [OLD], ttl: 3_600 });
    expect((await visits.run('confirm-propagation')).last).toMatchObject({ kind: 'held', cause: 'lag' });
    memory.answers.clear();
    memory.caches.clear();
    memory.pass(1_000);
    visits.resume('confirm-propagation');
    const from = memory.now;
    const { last } = await visits.run('confirm-propagation');
    expect(last).toMatchObject({ kind: 'passed' });
    expect(memory.now - from).toBeLessThan(10_000);
    const caches = last.kind === 'passed' && (last.result as { caches: readonly CacheFigures[] }).caches;
    expect(caches).toContainEqual(
      expect.objectContaining({ resolver: 'dc', manner: expect.objectContaining({ floor: 3_600 }) }),
    );
  });

  it.each([
    ['silence', 'silent'],
    ['SERVFAIL', { rcode: 'SERVFAIL', values: [], ttl: null }],
    ['NXDOMAIN', { rcode: 'NXDOMAIN', values: [], ttl: null }],
    ['a stale answer', { values: TARGET, extendedErrors: [19] }],
  ] as const)('never takes %s for propagated', async (_text, answer) => {
    const { memory, visits } = await reached('confirm-propagation');
    memory.answers.set('dc', answer);
    const { last } = await visits.run('confirm-propagation');
    expect(last).toMatchObject({ kind: 'held', cause: 'lag', summary: expect.stringContaining('dc') });
  });

  it('waits at a lag of exactly 15 minutes and is held one millisecond later, naming the resolver and the new date', async () => {
    const { memory, visits } = await reached('confirm-propagation');
    memory.answers.set('dc', { values: [OLD], ttl: 240 });
    await visits.visit('confirm-propagation');
    memory.pass(15 * MINUTE);
    expect(await visits.visit('confirm-propagation')).toMatchObject({ kind: 'waiting' });
    memory.pass(1);
    const held = await visits.visit('confirm-propagation');
    expect(held).toMatchObject({ kind: 'held', cause: 'lag' });
    expect(held.kind === 'held' && held.summary).toMatch(
      /dc keeps the old answer \(4 min 1 s left\).*keep 300 s until \w+ \d+ Jun 2027/,
    );
  });

  it('begins its clock again on resume, completes, and passes the extension on to the TTL step', async () => {
    const { memory, visits } = await reached('confirm-propagation');
    memory.answers.set('dc', { values: [OLD], ttl: 240 });
    expect((await visits.run('confirm-propagation')).last.kind).toBe('held');
    visits.resume('confirm-propagation');
    expect((await visits.visit('confirm-propagation')).kind).toBe('waiting');
    memory.answers.clear();
    const { last } = await visits.run('confirm-propagation');
    expect(last).toMatchObject({ kind: 'passed', result: { lowTtlUntil: expect.any(Number) } });
    const until = (last.kind === 'passed' && (last.result as { lowTtlUntil: number }).lowTtlUntil) || 0;
    expect(await visits.ready('restore-ttl')).toMatchObject({ kind: 'waiting', until });
    memory.now = until;
    expect((await visits.ready('restore-ttl')).kind).toBe('passed');
  });

  it('fails on an answer that is neither the old nor the new one', async () => {
    const { memory, visits } = await reached('confirm-propagation');
    memory.answers.set('cloudflare', { values: ['10 0 5060 else.example.com'] });
    expect((await visits.run('confirm-propagation')).last).toMatchObject({
      kind: 'failed',
      summary: expect.stringContaining('cloudflare'),
    });
  });

  it('asks the name servers first and no resolver while one of them is behind', async () => {
    const { memory, visits } = await reached('confirm-propagation');
    memory.answers.set('ns2', { values: [OLD] });
    memory.caches.clear();
    await visits.visit('confirm-propagation');
    expect(await visits.visit('confirm-propagation')).toMatchObject({
      kind: 'waiting',
      summary: expect.stringContaining('ns2'),
    });
    expect(memory.caches.size).toBe(0);
  });

  it('is not ready with resolvers in fewer places than three, or without an enterprise one', async () => {
    const resolvers = steppedSite().resolvers;
    const two = given(steppedSite({ resolvers: resolvers.slice(1) }));
    expect(await two.visits.ready('confirm-propagation')).toMatchObject({ kind: 'held', cause: 'not-ready' });
    const publicOnly = given(
      steppedSite({ resolvers: resolvers.map((each) => ({ ...each, kind: 'public' as const })) }),
    );
    expect((await publicOnly.visits.ready('confirm-propagation')).kind).toBe('held');
    expect((await given().visits.ready('confirm-propagation')).kind).toBe('passed');
  });
});

describe('restore-ttl', () => {
  it('raises the TTL and takes the legacy gateway out of the SRV set, and leaves an alias as it is', async () => {
    const site = steppedSite();
    const alias = {
      name: 'sip.t.example.com',
      type: 'CNAME' as const,
      ttl: 1800,
      legacy: ['sbc.t.example.com'],
      target: ['new.example.net'],
    };
    const { memory } = await reached('http', { ...site, dns: { ...site.dns, records: [...site.dns.records, alias] } });
    expect(memory.records.get(KEY)).toEqual(setOf(SRV, 'SRV', 3600, [NEW]));
    expect(memory.records.get('sip.t.example.com CNAME')).toEqual(
      setOf('sip.t.example.com', 'CNAME', 1800, ['new.example.net']),
    );
  });

  it('is held when somebody has changed a record since the cutover', async () => {
    const { memory, visits } = await reached('restore-ttl');
    memory.records.set(KEY, setOf(SRV, 'SRV', 300, ['10 0 5060 else.example.com']));
    expect(await visits.visit('restore-ttl')).toMatchObject({ kind: 'held', cause: 'drift' });
  });

  it('is taken back to the set of the cutover, fallback included', async () => {
    const { memory, visits } = await reached('http');
    expect((await visits.undo('restore-ttl')).kind).toBe('undone');
    expect(memory.records.get(KEY)).toEqual(setOf(SRV, 'SRV', 300, TARGET));
  });

  it('is not taken back before the caches name the legacy gateway again: the new trunk goes off next', async () => {
    const { memory, visits } = await reached('http');
    memory.answers.set('dc', { values: [NEW], ttl: 3_000 });
    expect(await visits.undoOnce('restore-ttl')).toMatchObject({
      kind: 'waiting',
      summary: expect.stringContaining('dc (50 min 1 s left)'),
      recheckAfterMs: 60_000,
    });
    expect(memory.records.get(KEY)).toEqual(setOf(SRV, 'SRV', 300, TARGET));
    memory.answers.delete('dc');
    expect((await visits.undoOnce('restore-ttl')).kind).toBe('undone');
  });

  it('does not wait, on the way back, for a resolver that gives no answer at all', async () => {
    const { memory, visits } = await reached('http');
    memory.answers.set('dc', 'silent');
    expect((await visits.undoOnce('restore-ttl')).kind).toBe('undone');
  });
});
