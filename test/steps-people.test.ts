import { HOUR, MINUTE } from './support/core-waves';
import { count, createMemoryWorld, type MemoryWorld, steppedSite } from './support/memory-world';
import { reach, visitsIn } from './support/step-visits';

async function reached(kind: Parameters<typeof reach>[2], site = steppedSite()) {
  const memory = createMemoryWorld(site);
  const visits = visitsIn(memory);
  await reach(visits, memory, kind);
  memory.writes.length = 0;
  return { memory, visits };
}

describe('assign-licences', () => {
  it('passes when every agent of the sample holds them', async () => {
    const { memory, visits } = await reached('assign-licences');
    const from = memory.now;
    expect((await visits.run('assign-licences')).last).toMatchObject({
      kind: 'passed',
      summary: 'All 10 agents of the sample hold their licences.',
    });
    expect(memory.now - from).toBe(20 * MINUTE);
  });

  it('waits until one millisecond before the half hour and then passes with a warning, because the shift is far away', async () => {
    const { memory, visits } = await reached('assign-licences');
    memory.licenceDelayMs = 48 * HOUR;
    await visits.visit('assign-licences');
    memory.pass(30 * MINUTE - 1);
    expect(await visits.visit('assign-licences')).toMatchObject({ kind: 'waiting', recheckAfterMs: 1 });
    memory.pass(1);
    const outcome = await visits.visit('assign-licences');
    expect(outcome).toMatchObject({
      kind: 'passed',
      summary: expect.stringMatching(/^Late: after 30 min 0 of 10 sampled agents/),
    });
  });

  it('is held with a support packet when less than a day is left before the shift', async () => {
    const { memory, visits } = await reached('assign-licences');
    memory.licenceDelayMs = 96 * HOUR;
    memory.pass(48 * HOUR);
    await visits.visit('assign-licences');
    memory.pass(30 * MINUTE);
    const outcome = await visits.visit('assign-licences');
    expect(outcome).toMatchObject({ kind: 'held', cause: 'licences' });
    const packet = outcome.kind === 'held' ? (outcome.packet ?? '') : '';
    expect(packet).toContain('Organisation: Test organisation, organisation-1');
    expect(packet).toContain('Licences: communicate');
    expect(packet).toContain('Assigned: 2027-06-09T');
    expect(packet.match(/^- user-/gm)).toHaveLength(40);
  });

  it('takes back only what it added', async () => {
    const memory = createMemoryWorld();
    memory.licences.set('user-1', new Map([['communicate', 0]]));
    const visits = visitsIn(memory);
    await reach(visits, memory, 'provision-standby');
    expect((await visits.undo('assign-licences')).kind).toBe('undone');
    expect(memory.licences.get('user-1')?.has('communicate')).toBe(true);
    expect(memory.licences.get('user-2')?.has('communicate')).toBe(false);
  });

  it('stays for assignments that are still on their way, so that none arrives after the way back', async () => {
    const { memory, visits } = await reached('assign-licences');
    memory.licenceDelayMs = 25 * MINUTE;
    await visits.visit('assign-licences');
    expect(await visits.undoOnce('assign-licences')).toMatchObject({ kind: 'waiting' });
    expect((await visits.undo('assign-licences')).kind).toBe('undone');
    memory.pass(HOUR);
    expect([...memory.licences.values()].every((held) => held.size === 0)).toBe(true);
  });
});

describe('provision-standby', () => {
  const SPOILT: readonly [string, string, (memory: MemoryWorld) => void][] = [
    [
      'a trunk that is on',
      'trunk Inbound, enabled is on instead of off',
      (m) => Object.assign(m.trunks.get('trunk-in') ?? {}, { enabled: true }),
    ],
    [
      'codecs in another order',
      'codecs in order is audio/pcma, audio/pcmu',
      (m) => Object.assign(m.trunks.get('trunk-failover') ?? {}, { codecs: ['audio/pcma', 'audio/pcmu'] }),
    ],
    [
      'another session limit',
      'session limit is 31 instead of 30',
      (m) => Object.assign(m.trunks.get('trunk-in') ?? {}, { maxConcurrentSessions: 31 }),
    ],
    [
      'no session limit to be seen',
      'session limit is not shown instead of 30',
      (m) => Object.assign(m.trunks.get('trunk-in') ?? {}, { maxConcurrentSessions: null }),
    ],
    [
      'a number that rings nowhere',
      'numbers of the inbound flow is none',
      (m) => Object.assign(m, { numbers: { ...m.numbers, dids: [] } }),
    ],
    [
      'another caller id',
      'caller id of the new site is not shown',
      (m) => Object.assign(m, { numbers: { ...m.numbers, callerId: null } }),
    ],
    [
      'an outbound route that is on',
      'outbound route Outbound, enabled is on',
      (m) => Object.assign(m.routes.get('route-out') ?? {}, { enabled: true }),
    ],
    [
      'a member who has joined',
      'joined members is 1 instead of 0',
      (m) => m.members.get('queue-sales')?.set('user-1', true),
    ],
    ['an agent who is no member', 'missing: agent-1', (m) => m.members.get('queue-sales')?.delete('user-1')],
    [
      'a member who is not on the roster',
      '1 members are not on the roster',
      (m) => m.members.get('queue-sales')?.set('stranger', false),
    ],
    [
      'calls that go there already',
      'percent is 1 instead of 0',
      (m) => Object.assign(m.shares, { allocationPercent: 1 }),
    ],
    [
      'a legacy number that the plan does not know',
      'numbers of the legacy trunks',
      (m) => Object.assign(m.legacyTrunks.get('legacy-in') ?? {}, { dids: ['+12175550100', '+12175550199'] }),
    ],
    [
      'a legacy queue that is off',
      'legacy queue legacy-sales, enabled is off',
      (m) => Object.assign(m.legacyQueues.get('legacy-sales') ?? {}, { enabled: false }),
    ],
  ];

  it('passes when the new side stands by and mirrors the old one', async () => {
    const { memory, visits } = await reached('provision-standby');
    expect((await visits.run('provision-standby')).last).toMatchObject({
      kind: 'passed',
      summary: '2 trunks and 1 queue stand by and mirror the legacy side.',
    });
    expect(memory.writes).toEqual([]);
  });

  it.each(SPOILT)('is held for %s', async (_text, sentence, spoil) => {
    const { memory, visits } = await reached('provision-standby');
    spoil(memory);
    expect((await visits.run('provision-standby')).last).toMatchObject({
      kind: 'held',
      cause: 'not-ready',
      summary: expect.stringContaining(sentence),
    });
  });
});

describe('shadow-routing', () => {
  it('passes after four hours of data and not before', async () => {
    const { memory, visits } = await reached('shadow-routing');
    const from = memory.now;
    const { all, last } = await visits.run('shadow-routing');
    expect(last).toMatchObject({ kind: 'passed', result: { callsPerHour: 400 } });
    expect(memory.now - from).toBe(4 * HOUR + 2 * MINUTE);
    expect(all.slice(1, -1).every(({ kind }) => kind === 'waiting')).toBe(true);
    expect(memory.writes).toEqual(['shares - 5']);
  });

  it('begins its four hours again after a gap in the data', async () => {
    const { memory, visits } = await reached('shadow-routing');
    const from = memory.now;
    const { flow } = memory;
    memory.flow = (interval) => (interval.to > from + HOUR && interval.to <= from + 2 * HOUR ? null : flow(interval));
    const { last } = await visits.run('shadow-routing');
    expect(last.kind).toBe('passed');
    expect(memory.now - from).toBeGreaterThan(5 * HOUR);
  });

  it('does not take the silence of a small branch for a gap', async () => {
    const { memory, visits } = await reached('shadow-routing');
    memory.baseline = (interval) => ({
      offered: 80,
      completed: 80,
      failed: 0,
      ivrEntered: count(interval, 20),
      ivrAbandoned: 0,
      crmLatencyP95Ms: 1,
    });
    memory.flow = (interval) => (interval.to - interval.from < HOUR ? null : { entered: 4, finished: 4, failed: 0 });
    const from = memory.now;
    expect((await visits.run('shadow-routing')).last.kind).toBe('passed');
    expect(memory.now - from).toBe(4 * HOUR + 2 * MINUTE);
  });

  it('is never green without data: it waits, and is held before its day is over', async () => {
    const { memory, visits } = await reached('shadow-routing');
    memory.flow = () => null;
    expect((await visits.run('shadow-routing')).last).toMatchObject({ kind: 'held', cause: 'no-data' });
    expect(memory.now - (visits.stateOf('shadow-routing').since ?? 0)).toBeLessThan(24 * HOUR);
  });

  it.each([
    [
      'completion',
      (m: MemoryWorld) =>
        Object.assign(m, {
          flow: (i: never) => ({ entered: count(i, 20), finished: count(i, 20), failed: count(i, 4) }),
        }),
    ],
    [
      'drop-off',
      (m: MemoryWorld) =>
        Object.assign(m, { flow: (i: never) => ({ entered: count(i, 20), finished: count(i, 16), failed: 0 }) }),
    ],
    [
      'share',
      (m: MemoryWorld) =>
        Object.assign(m, { flow: (i: never) => ({ entered: count(i, 80), finished: count(i, 80), failed: 0 }) }),
    ],
    [
      'CRM update latency',
      (m: MemoryWorld) => Object.assign(m, { sync: () => ({ calls: 9, synced: 9, p95LatencyMs: 5_001 }) }),
    ],
  ])('is held when the %s lies behind legacy', async (name, spoil) => {
    const { memory, visits } = await reached('shadow-routing');
    spoil(memory);
    expect((await visits.run('shadow-routing')).last).toMatchObject({
      kind: 'held',
      cause: 'not-ready',
      summary: expect.stringContaining(name),
    });
  });

  it('allows a CRM latency of exactly the limit', async () => {
    const { memory, visits } = await reached('shadow-routing');
    memory.sync = () => ({ calls: 9, synced: 9, p95LatencyMs: 5_000 });
    expect((await visits.run('shadow-routing')).last.kind).toBe('passed');
  });

  it('takes back the shadow and leaves the share of the real calls alone', async () => {
    const { memory, visits } = await reached('check-readiness');
    memory.shares.allocationPercent = 40;
    expect((await visits.undo('shadow-routing')).kind).toBe('undone');
    expect(memory.shares).toEqual({ allocationPercent: 40, shadowPercent: 0 });
  });
});

describe('check-readiness', () => {
  const managed = () => {
    const site = steppedSite();
    return { ...site, platform: { ...site.platform, managementUnit: 'unit-1' } };
  };

  it.each([
    [36, 'passed'],
    [35, 'held'],
  ] as const)('with %i of 40 agents scheduled is %s', async (there, kind) => {
    const { memory, visits } = await reached('check-readiness', managed());
    memory.scheduled = new Set(memory.site.agents.slice(0, there).map(({ user }) => user));
    expect((await visits.run('check-readiness')).last.kind).toBe(kind);
  });

  it('is held when no schedule is published', async () => {
    const { memory, visits } = await reached('check-readiness', managed());
    memory.scheduled = null;
    expect((await visits.run('check-readiness')).last).toMatchObject({
      kind: 'held',
      summary: expect.stringContaining('none is published'),
    });
  });

  it('says "not measured", never "good", where the site names no management unit', async () => {
    const { visits } = await reached('check-readiness');
    const { last } = await visits.run('check-readiness');
    const schedule = last.kind === 'passed' ? last.evidence.find(({ asked }) => asked.includes('scheduled')) : null;
    expect(schedule).toMatchObject({ good: null, answered: expect.stringContaining('not measured') });
  });

  it.each([
    [
      'phones that retry after 29 s',
      steppedSite({ endpoints: { retrySeconds: 29, registersPerSecond: 10 } }),
      undefined,
    ],
    ['a new gateway that refuses', steppedSite(), (m: MemoryWorld) => refuse(m, 'new.example.net')],
    ['a legacy gateway that is silent', steppedSite(), (m: MemoryWorld) => refuse(m, 'sbc.t.example.com')],
    [
      'a CRM that has left legacy',
      steppedSite(),
      (m: MemoryWorld) => Object.assign(m, { crmPlatform: 'genesys-cloud' }),
    ],
    ['a group without a queue', withoutQueueFor('service'), undefined],
  ])('is held for %s', async (_text, site, spoil) => {
    const memory = createMemoryWorld(site);
    const visits = visitsIn(memory);
    spoil?.(memory);
    expect((await visits.run('check-readiness')).last).toMatchObject({ kind: 'held', cause: 'not-ready' });
  });

  it('allows a retry interval of exactly 30 s', async () => {
    const { visits } = await reached('check-readiness');
    expect((await visits.run('check-readiness')).last.kind).toBe('passed');
  });
});

function refuse(memory: MemoryWorld, host: string): void {
  const { sip } = memory;
  memory.sip = (asked) =>
    asked === host ? { kind: 'refused', detail: 'connection refused', elapsedMs: 1 } : sip(asked);
}

function withoutQueueFor(group: string) {
  const site = steppedSite();
  const queues = site.platform.queues.map((queue) => ({
    ...queue,
    groups: queue.groups.filter((each) => each !== group),
  }));
  return { ...site, platform: { ...site.platform, queues } };
}
