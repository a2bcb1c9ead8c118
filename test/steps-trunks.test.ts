import { exactlyOneInboundAuthority } from '../jobs/steps/authority';
import { Fault } from '../src/ports/fault';
import { MINUTE } from './support/core-waves';
import { createMemoryWorld, steppedSite } from './support/memory-world';
import { reach, visitsIn } from './support/step-visits';

async function reached(kind: Parameters<typeof reach>[2], site = steppedSite()) {
  const memory = createMemoryWorld(site);
  const visits = visitsIn(memory);
  await reach(visits, memory, kind);
  memory.writes.length = 0;
  memory.restarts.length = 0;
  return { memory, visits };
}

const busy = {
  kind: 'answered',
  status: 503,
  reason: 'Service Unavailable',
  retryAfterSeconds: null,
  elapsedMs: 2,
} as const;

describe('drain-legacy', () => {
  it('passes on the mode alone, with calls still talking', async () => {
    const { memory, visits } = await reached('drain-legacy');
    const trunk = memory.legacyTrunks.get('legacy-in');
    if (trunk) trunk.liveCalls = 12;
    const { all } = await visits.run('drain-legacy');
    expect(all.map(({ kind }) => kind)).toEqual(['applied', 'passed']);
    expect(all[1]).toMatchObject({
      summary: 'Legacy is on standby with 12 live calls; it can be re-armed in one call.',
    });
    expect(memory.writes).toEqual(['legacy trunk legacy-in standby']);
  });

  it('is not ready while a resolver shows the old gateway again', async () => {
    const { memory, visits } = await reached('drain-legacy');
    memory.answers.set('dc', { values: ['10 0 5060 sbc.t.example.com'], ttl: 200 });
    expect(await visits.ready('drain-legacy')).toMatchObject({
      kind: 'waiting',
      summary: expect.stringContaining('dc'),
    });
    memory.answers.clear();
    expect((await visits.ready('drain-legacy')).kind).toBe('passed');
  });

  it('tells the deciders what the gateway is to expect', async () => {
    const { visits } = await reached('drain-legacy');
    const outcome = await visits.ready('drain-legacy');
    expect(outcome.kind === 'passed' && outcome.evidence.map(({ answered }) => answered)).toContain(
      '40 phones will register, cohort by cohort; at the allowed pace 13 s in all',
    );
  });

  it('goes on when legacy accepts standby and then answers nobody: callers would stand outside', async () => {
    const { memory, visits } = await reached('drain-legacy');
    const { trunk, setTrunk } = memory.world.legacy;
    memory.world.legacy.setTrunk = async (id, mode) => {
      memory.world.legacy.trunk = async () => {
        throw new Fault('Legacy telephony answered 401', { system: 'legacy', transient: false });
      };
      return setTrunk(id, mode);
    };
    const { last, all } = await visits.run('drain-legacy');
    expect(all.map(({ kind }) => kind)).toEqual(['applied', 'passed']);
    expect(last).toMatchObject({ summary: expect.stringContaining('does not answer now') });
    memory.world.legacy.trunk = trunk;
    expect(memory.legacyTrunks.get('legacy-in')?.mode).toBe('standby');
  });

  it('does not begin while legacy does not answer: callers are inside', async () => {
    const { memory, visits } = await reached('drain-legacy');
    memory.world.legacy.trunk = async () => {
      throw new Fault('Legacy telephony answered 503', { system: 'legacy', transient: true });
    };
    await expect(visits.visit('drain-legacy')).rejects.toThrow('503');
    expect(memory.writes).toEqual([]);
  });

  it('gives back exactly the mode from before', async () => {
    const { memory, visits } = await reached('activate-inbound');
    expect((await visits.undo('drain-legacy')).kind).toBe('undone');
    expect(memory.legacyTrunks.get('legacy-in')?.mode).toBe('active');
  });
});

describe('activate-inbound', () => {
  it('switches the trunk on before it asks anything', async () => {
    const { memory, visits } = await reached('activate-inbound');
    memory.world.platform.registeredPhones = async () => {
      expect(memory.writes[0]).toBe('trunk trunk-in on');
      return new Set(memory.registered);
    };
    memory.sip = () => {
      expect(memory.writes[0]).toBe('trunk trunk-in on');
      return busy;
    };
    expect((await visits.visit('activate-inbound')).kind).toBe('waiting');
    expect(visits.stateOf('activate-inbound').captured).toEqual({
      trunks: [{ trunkBase: 'trunk-in', enabled: false }],
    });
  });

  it('asks for a cross-section first, and for the next cohort only when 95 percent of it are there', async () => {
    const { memory, visits } = await reached('activate-inbound');
    const groups = new Map(memory.site.agents.map((agent) => [agent.phone, agent.group]));
    await visits.visit('activate-inbound');
    const [first] = memory.restarts;
    expect(first?.phones.map((phone) => groups.get(phone)).sort()).toEqual([
      ...Array(5).fill('sales'),
      ...Array(5).fill('service'),
    ]);
    const slow = first?.phones[0] ?? '';
    memory.registered.delete(slow);
    memory.pass(15_000);
    expect(await visits.visit('activate-inbound')).toMatchObject({
      kind: 'waiting',
      summary: expect.stringContaining('9 of 10 phones registered'),
    });
    expect(memory.restarts).toHaveLength(1);
    memory.registered.add(slow);
    memory.pass(15_000);
    await visits.visit('activate-inbound');
    expect(memory.restarts).toHaveLength(2);
    const second = new Set(memory.restarts[1]?.phones.map((phone) => groups.get(phone)));
    expect(second.size).toBe(1);
  });

  it('asks again, after four retry intervals, phones that have not come', async () => {
    const { memory, visits } = await reached('activate-inbound');
    const deaf = memory.site.agents.slice(0, 20).map(({ phone }) => phone);
    memory.neverRegisters = new Set(deaf);
    await visits.visit('activate-inbound');
    memory.pass(2 * MINUTE - 1);
    await visits.visit('activate-inbound');
    expect(memory.restarts).toHaveLength(1);
    memory.pass(1);
    memory.neverRegisters = new Set();
    await visits.visit('activate-inbound');
    expect(memory.restarts).toHaveLength(2);
    expect(memory.restarts[1]?.phones.every((phone) => deaf.includes(phone))).toBe(true);
  });

  it('restarts no phone twice when its worker dies before the report', async () => {
    const { memory, visits } = await reached('activate-inbound');
    const before = visits.copyOf('activate-inbound');
    await visits.visit('activate-inbound');
    visits.forget('activate-inbound', { ...before, captured: visits.stateOf('activate-inbound').captured });
    await visits.run('activate-inbound');
    const phones = memory.restarts.flatMap((restart) => restart.phones);
    expect(new Set(phones).size).toBe(phones.length);
    expect(memory.writes.filter((write) => write === 'trunk trunk-in on')).toHaveLength(1);
  });

  it.each([
    ['the answer to its question is lost', null, true],
    ['the platform says 500 to its question', 500, true],
    ['the platform turns its question away', 429, false],
  ])('asks no phone twice in a row when %s, unless nobody can have heard it', async (_what, status, isHeard) => {
    const { memory, visits } = await reached('activate-inbound');
    const { restartPhones } = memory.world.platform;
    let asked = 0;
    memory.world.platform.restartPhones = async (phones) => {
      if (++asked > 1) return restartPhones(phones);
      if (isHeard) await restartPhones(phones);
      throw new Fault('The platform did not answer.', { system: 'platform', transient: true, status });
    };
    const said = 'asked to register. That was not answered';
    const summary = isHeard ? expect.stringContaining(said) : expect.not.stringContaining(said);
    expect(await visits.visit('activate-inbound')).toMatchObject({ kind: 'waiting', summary });
    memory.world.platform.restartPhones = restartPhones;
    await visits.run('activate-inbound');
    const phones = memory.restarts.flatMap((restart) => restart.phones);
    expect(new Set(phones).size).toBe(phones.length);
    expect(new Set(phones)).toEqual(new Set(memory.site.agents.map(({ phone }) => phone)));
  });

  it('never asks faster than a third of what the gateway takes', async () => {
    const { memory, visits } = await reached(
      'activate-inbound',
      steppedSite({ endpoints: { retrySeconds: 30, registersPerSecond: 1 } }),
    );
    await visits.run('activate-inbound');
    memory.restarts.forEach(({ at, phones }, i) => {
      const next = memory.restarts[i + 1];
      if (next) expect(phones.length / ((next.at - at) / 1000)).toBeLessThanOrEqual(0.3 + 1e-9);
    });
  });

  it('moves nobody while the gateway answers 503, waits as long as it asks, and goes on at half the pace', async () => {
    const { memory, visits } = await reached('activate-inbound', steppedSite({}, 200));
    memory.sip = () => ({ ...busy, retryAfterSeconds: 45 });
    expect(await visits.visit('activate-inbound')).toMatchObject({ kind: 'waiting', recheckAfterMs: 45_000 });
    memory.sip = () => busy;
    expect(await visits.visit('activate-inbound')).toMatchObject({ recheckAfterMs: 30_000 });
    expect(memory.restarts).toEqual([]);
    memory.sip = createMemoryWorld().sip;
    await visits.visit('activate-inbound');
    // 3 a second, halved once, for five seconds: between the two looks nobody was asked, so nothing slower was refused.
    expect(memory.restarts[0]?.phones).toHaveLength(7);
  });

  it('is not slowed down for good by a storm that lasts: only a pace that phones were asked at can be refused', async () => {
    const { memory, visits } = await reached('activate-inbound', steppedSite({}, 200));
    const calm = memory.sip;
    await visits.visit('activate-inbound');
    memory.sip = () => busy;
    for (let minute = 0; minute < 10; minute += 1) {
      memory.pass(MINUTE);
      expect((await visits.visit('activate-inbound')).kind).toBe('waiting');
    }
    memory.sip = calm;
    memory.pass(MINUTE);
    expect(await visits.visit('activate-inbound')).toMatchObject({
      progress: { walk: { perSecond: expect.closeTo(1.65), ceiling: expect.closeTo(2.7) } },
    });
    memory.sip = () => busy;
    memory.pass(MINUTE);
    expect(await visits.visit('activate-inbound')).toMatchObject({
      progress: { walk: { perSecond: expect.closeTo(0.825) } },
    });
  });

  it('asks nobody new while the refused phones try again, and tells how many they are', async () => {
    const { memory, visits } = await reached('activate-inbound', steppedSite({}, 200));
    const calm = memory.sip;
    memory.neverRegisters = new Set(memory.site.agents.map(({ phone }) => phone));
    await visits.visit('activate-inbound');
    const asked = memory.restarts[0]?.phones.length ?? 0;
    memory.sip = () => busy;
    memory.pass(5_000);
    await visits.visit('activate-inbound');
    memory.sip = calm;
    memory.pass(30_000);
    expect(await visits.visit('activate-inbound')).toMatchObject({
      kind: 'waiting',
      recheckAfterMs: 5_000,
      summary: expect.stringContaining(`${asked} refused and trying again, 1.5 phones a second`),
    });
    expect(memory.restarts).toHaveLength(1);
    memory.pass(5_000);
    await visits.visit('activate-inbound');
    expect(memory.restarts).toHaveLength(2);
  });

  it('does not wait for retries when everybody who was refused has come', async () => {
    const { memory, visits } = await reached('activate-inbound', steppedSite({}, 200));
    const calm = memory.sip;
    await visits.visit('activate-inbound');
    memory.sip = () => busy;
    memory.pass(5_000);
    await visits.visit('activate-inbound');
    memory.sip = calm;
    memory.pass(30_000);
    await visits.visit('activate-inbound');
    expect(memory.restarts).toHaveLength(2);
  });

  it('fails when the 503s last for an hour without a break, and not a millisecond earlier', async () => {
    const { memory, visits } = await reached('activate-inbound');
    memory.sip = () => busy;
    for (let minute = 0; minute < 60; minute += 1) {
      expect((await visits.visit('activate-inbound')).kind).toBe('waiting');
      memory.pass(MINUTE);
    }
    memory.pass(-1);
    expect((await visits.visit('activate-inbound')).kind).toBe('waiting');
    memory.pass(1);
    expect(await visits.visit('activate-inbound')).toMatchObject({
      kind: 'failed',
      summary: expect.stringContaining('1 h'),
    });
  });

  it('does not take two 503s with an hour of nobody looking between them for an hour of storm', async () => {
    const { memory, visits } = await reached('activate-inbound');
    memory.sip = () => busy;
    await visits.visit('activate-inbound');
    memory.pass(60 * MINUTE);
    visits.resume('activate-inbound');
    expect(await visits.visit('activate-inbound')).toMatchObject({
      kind: 'waiting',
      summary: expect.stringContaining('for 0 s so far'),
    });
  });

  it('goes on counting a storm over a wait that the gateway itself has asked for', async () => {
    const { memory, visits } = await reached('activate-inbound');
    memory.sip = () => ({ ...busy, retryAfterSeconds: 1_800 });
    await visits.visit('activate-inbound');
    memory.pass(30 * MINUTE);
    await visits.visit('activate-inbound');
    memory.pass(30 * MINUTE);
    expect((await visits.visit('activate-inbound')).kind).toBe('failed');
  });

  it('counts the storm anew after a calm answer', async () => {
    const { memory, visits } = await reached('activate-inbound');
    const calm = memory.sip;
    memory.sip = () => busy;
    await visits.visit('activate-inbound');
    memory.pass(50 * MINUTE);
    memory.sip = calm;
    await visits.visit('activate-inbound');
    memory.sip = () => busy;
    memory.pass(20 * MINUTE);
    expect((await visits.visit('activate-inbound')).kind).toBe('waiting');
  });

  it('switches the second trunk on only when the first is in service', async () => {
    const site = steppedSite();
    const second = { name: 'Inbound 2', trunkBase: 'trunk-in-2' };
    const inboundTrunks = [...site.platform.inboundTrunks, second];
    const { memory, visits } = await reached('activate-inbound', {
      ...site,
      platform: { ...site.platform, inboundTrunks },
    });
    const first = memory.trunks.get('trunk-in');
    if (first) first.broken = true;
    expect((await visits.visit('activate-inbound')).kind).toBe('waiting');
    expect(memory.writes).toEqual(['trunk trunk-in on']);
    if (first) first.broken = false;
    memory.pass(5_000);
    await visits.visit('activate-inbound');
    expect(memory.writes.slice(0, 2)).toEqual(['trunk trunk-in on', 'trunk trunk-in-2 on']);
  });

  it('fails when the new trunk does not come into service, because legacy is on standby', async () => {
    const { memory, visits } = await reached('activate-inbound');
    const trunk = memory.trunks.get('trunk-in');
    if (trunk) trunk.broken = true;
    for (let waited = 0; waited <= 3 * MINUTE; waited += 5_000) {
      expect(await visits.visit('activate-inbound')).toMatchObject({ kind: 'waiting', recheckAfterMs: 5_000 });
      memory.pass(waited < 3 * MINUTE ? 5_000 : 1);
    }
    expect(await visits.visit('activate-inbound')).toMatchObject({ kind: 'failed' });
    expect(memory.restarts).toEqual([]);
  });

  it('fails when the platform cannot be asked for three minutes, and asks every few seconds until then', async () => {
    const { memory, visits } = await reached('activate-inbound');
    const away = new Fault('the platform answers 503', { system: 'platform', transient: true });
    memory.world.platform.setTrunk = () => Promise.reject(away);
    for (let waited = 0; waited <= 3 * MINUTE; waited += 5_000) {
      expect(await visits.visit('activate-inbound')).toMatchObject({ kind: 'waiting', recheckAfterMs: 5_000 });
      memory.pass(waited < 3 * MINUTE ? 5_000 : 1);
    }
    expect(await visits.visit('activate-inbound')).toMatchObject({ kind: 'failed' });
  });

  it.each([
    ['before it has asked for the trunk', 0],
    ['after it has asked for it', 1],
  ])('does not go back because the bot was away for long %s', async (_when, visitsBefore) => {
    const { memory, visits } = await reached('activate-inbound');
    const trunk = memory.trunks.get('trunk-in');
    if (trunk) trunk.broken = true;
    visits.contextOf('activate-inbound');
    for (let i = 0; i < visitsBefore; i++) await visits.visit('activate-inbound');
    memory.pass(40 * MINUTE);
    expect((await visits.visit('activate-inbound')).kind).toBe('waiting');
    if (trunk) trunk.broken = false;
    memory.pass(5_000);
    expect((await visits.run('activate-inbound')).last.kind).toBe('passed');
  });

  it('fails three minutes later at the latest where the clock is set back meanwhile', async () => {
    const { memory, visits } = await reached('activate-inbound');
    const trunk = memory.trunks.get('trunk-in');
    if (trunk) trunk.broken = true;
    await visits.visit('activate-inbound');
    memory.pass(-20 * MINUTE);
    for (let waited = 0; waited <= 3 * MINUTE; waited += 5_000) {
      expect((await visits.visit('activate-inbound')).kind).toBe('waiting');
      memory.pass(waited < 3 * MINUTE ? 5_000 : 1);
    }
    expect(await visits.visit('activate-inbound')).toMatchObject({ kind: 'failed' });
  });

  it('asks anew after a person has resumed the wave', async () => {
    const { memory, visits } = await reached('activate-inbound');
    const trunk = memory.trunks.get('trunk-in');
    if (trunk) trunk.broken = true;
    for (let i = 0; i < 36; i++) {
      await visits.visit('activate-inbound');
      memory.pass(5_000);
    }
    visits.resume('activate-inbound');
    memory.pass(5_000);
    expect((await visits.visit('activate-inbound')).kind).toBe('waiting');
  });

  it('fails at once when the platform refuses to switch the trunk on, but retries what may pass', async () => {
    const { memory, visits } = await reached('activate-inbound');
    memory.fault = new Fault('the platform answers 503', { system: 'platform', transient: true });
    expect(await visits.visit('activate-inbound')).toMatchObject({
      kind: 'waiting',
      summary: expect.stringMatching(/legacy is on standby: the platform answers 503/),
    });
    memory.fault = new Fault('the settings are managed by the vendor', { system: 'platform', transient: false });
    expect(await visits.visit('activate-inbound')).toMatchObject({
      kind: 'failed',
      summary: expect.stringContaining('managed by the vendor'),
    });
  });

  it('is not failed by a refusal that comes after the new trunk is in service: callers find their way in', async () => {
    const { memory, visits } = await reached('activate-inbound');
    const { setTrunk } = memory.world.platform;
    memory.world.platform.setTrunk = async (trunk, enabled) => {
      await setTrunk(trunk, enabled);
      throw new Fault('somebody renamed it meanwhile', { system: 'platform', transient: false });
    };
    await expect(visits.visit('activate-inbound')).rejects.toThrow('renamed it meanwhile');
    memory.world.platform.setTrunk = setTrunk;
    expect((await visits.run('activate-inbound')).last.kind).toBe('passed');
  });

  it('is not failed by a platform that goes away once the new trunk was seen in service', async () => {
    const { memory, visits } = await reached('activate-inbound');
    const { registeredPhones } = memory.world.platform;
    const away = new Fault('the platform answers 503', { system: 'platform', transient: true, retryAfterMs: 20_000 });
    memory.world.platform.registeredPhones = () => Promise.reject(away);
    expect(await visits.visit('activate-inbound')).toMatchObject({ kind: 'waiting', recheckAfterMs: 20_000 });
    memory.fault = away;
    memory.pass(3 * MINUTE + 1);
    await expect(visits.visit('activate-inbound')).rejects.toThrow('503');
    memory.fault = null;
    memory.world.platform.registeredPhones = registeredPhones;
    const { last } = await visits.run('activate-inbound');
    expect(last.kind).toBe('passed');
    expect(memory.writes.filter((write) => write === 'trunk trunk-in on')).toHaveLength(1);
  });

  it('completes with 95 percent registered and names who is missing', async () => {
    const { memory, visits } = await reached('activate-inbound', steppedSite({}, 20));
    memory.neverRegisters = new Set();
    await visits.visit('activate-inbound');
    memory.registered = new Set(memory.site.agents.slice(1).map(({ phone }) => phone));
    visits.stateOf('activate-inbound').phase = 'check';
    const outcome = await visits.visit('activate-inbound');
    expect(outcome).toMatchObject({ kind: 'passed', result: { registered: 19 } });
    expect(outcome.kind === 'passed' && outcome.evidence.map(({ answered }) => answered)).toContain(
      '19 of 20; not: agent-1',
    );
    memory.registered.delete('phone-2');
    expect((await visits.visit('activate-inbound')).kind).toBe('waiting');
  });

  it('takes back only the trunks that it switched on', async () => {
    const { memory, visits } = await reached('activate-outbound');
    visits.stateOf('activate-inbound').captured = { trunks: [{ trunkBase: 'trunk-in', enabled: true }] };
    expect((await visits.undo('activate-inbound')).kind).toBe('undone');
    expect(memory.trunks.get('trunk-in')?.enabled).toBe(true);
  });
});

describe('activate-outbound', () => {
  it('waits for the first cohort to be registered', async () => {
    const { memory, visits } = await reached('activate-outbound', steppedSite({}, 40));
    const phones = memory.site.agents.map(({ phone }) => phone);
    memory.registered = new Set(phones.slice(0, 9));
    expect((await visits.ready('activate-outbound')).kind).toBe('waiting');
    memory.registered = new Set(phones.slice(0, 10));
    expect((await visits.ready('activate-outbound')).kind).toBe('passed');
  });

  it('needs all of a site with fewer than ten agents', async () => {
    const { memory, visits } = await reached('activate-outbound', steppedSite({}, 8));
    memory.registered.delete('phone-8');
    expect((await visits.ready('activate-outbound')).kind).toBe('waiting');
  });
});

describe('enable-failover', () => {
  it('passes when there is no failover trunk', async () => {
    const site = steppedSite();
    const { memory, visits } = await reached('enable-failover', {
      ...site,
      platform: { ...site.platform, failoverTrunks: [] },
    });
    const { last } = await visits.run('enable-failover');
    expect(last).toMatchObject({ kind: 'passed', summary: 'No failover trunk is configured, so none was enabled.' });
    expect(memory.writes).toEqual([]);
  });
});

describe('exactly one inbound authority', () => {
  async function verdict(kind: Parameters<typeof reach>[2], legacy: 'active' | 'standby', isNewOn: boolean) {
    const { memory, visits } = await reached(kind);
    const old = memory.legacyTrunks.get('legacy-in');
    const trunk = memory.trunks.get('trunk-in');
    if (old) old.mode = legacy;
    if (trunk) trunk.enabled = isNewOn;
    return exactlyOneInboundAuthority({ ...visits.contextOf(kind), captured: kind === 'activate-inbound' ? {} : null });
  }

  it.each([
    ['switch-dns', 'active', false, 'passed'],
    ['switch-dns', 'active', true, 'failed'],
    ['switch-dns', 'standby', false, 'failed'],
    ['switch-dns', 'standby', true, 'held'],
    ['activate-inbound', 'standby', false, 'passed'],
    ['activate-inbound', 'standby', true, 'passed'],
    ['activate-inbound', 'active', true, 'failed'],
    ['activate-inbound', 'active', false, 'held'],
    ['shift-queues', 'standby', true, 'passed'],
    ['shift-queues', 'active', true, 'failed'],
    ['shift-queues', 'standby', false, 'failed'],
    ['shift-queues', 'active', false, 'held'],
  ] as const)('before %s with legacy %s and the new trunk on: %s is %s', async (kind, legacy, isNewOn, expected) => {
    expect((await verdict(kind, legacy, isNewOn)).verdict).toBe(expected);
  });

  it('names both sides when both take calls', async () => {
    const finding = await verdict('enable-failover', 'active', true);
    expect(finding.summary).toBe('Two ways in at once: legacy trunk legacy-in and new trunk Inbound both take calls.');
    expect(finding.evidence.map(({ asked, answered }) => `${asked}: ${answered}`)).toEqual([
      'legacy trunk legacy-in: active, 0 live calls',
      'new trunk Inbound: enabled, 0 live calls',
    ]);
  });

  it('loses no time with questions between the two trunks', async () => {
    const { memory, visits } = await reached('activate-inbound');
    memory.world.legacy.trunk = async () => {
      throw new Error('asked');
    };
    expect((await exactlyOneInboundAuthority(visits.contextOf('activate-inbound'))).verdict).toBe('passed');
  });
});
