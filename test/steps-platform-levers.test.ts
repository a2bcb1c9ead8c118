import type { Outcome } from '../src/core/outcome';
import type { PlatformCapabilities } from '../src/ports/platform';
import { createMemoryWorld, type MemoryWorld, steppedSite } from './support/memory-world';
import { reach, visitsIn } from './support/step-visits';

const NO_LEVERS: PlatformCapabilities = {
  inboundSwitch: 'point of contact',
  showsTrunks: false,
  restartsPhones: false,
  assignsLicences: false,
  showsSchedules: false,
};

/** A platform that has the switches of a cutover and nothing beyond them. */
function bareWorld(site = steppedSite()): MemoryWorld {
  const memory = createMemoryWorld(site);
  Object.assign(memory.world.platform, { capabilities: NO_LEVERS });
  for (const base of memory.trunks.values()) Object.assign(base, { codecs: [], maxConcurrentSessions: null });
  activate(memory, memory.site.agents.length);
  stock(memory, 500);
  return memory;
}

function activate(memory: MemoryWorld, users: number): void {
  memory.licences.clear();
  for (const { user } of memory.site.agents.slice(0, users)) {
    memory.licences.set(user, new Map(memory.site.platform.licences.map((licence) => [licence, 0])));
  }
}

function stock(memory: MemoryWorld, owned: number | null): void {
  const licenceStock = async (licences: readonly string[]) =>
    licences.map((licence) => ({ licence, owned, assigned: 3 }));
  Object.assign(memory.world.inspection, { licenceStock });
}

const texts = (outcome: Outcome): readonly string[] =>
  ('evidence' in outcome ? outcome.evidence : []).map(({ asked, answered, good }) => `${asked}: ${answered} (${good})`);

describe('where the platform gives no licences by API, assign-licences', () => {
  it('writes nothing, looks at everybody at once and has nothing to take back', async () => {
    const memory = bareWorld();
    const visits = visitsIn(memory);
    const { all } = await visits.run('assign-licences');
    expect(all.map(({ kind }) => kind)).toEqual(['applied', 'passed']);
    expect(all[1]).toMatchObject({ summary: 'All 40 agents are active users, and there is room for them.' });
    expect(await visits.undo('assign-licences')).toMatchObject({ kind: 'undone' });
    expect(memory.writes).toEqual([]);
  });

  it('holds with the packet when a single user is not active', async () => {
    const memory = bareWorld();
    activate(memory, 39);
    const { last } = await visitsIn(memory).run('assign-licences');
    expect(last).toMatchObject({ kind: 'held', cause: 'licences', summary: expect.stringContaining('1 of 40 agents') });
    const packet = last.kind === 'held' ? last.packet : undefined;
    expect(packet).toContain('Users are not active');
    expect(packet).toContain(memory.site.agents[39]?.user);
    expect(memory.writes).toEqual([]);
  });

  it.each([
    [40, 'passed'],
    [39, 'held'],
    [null, 'passed'],
  ])('with room for %p of 40 agents is %s', async (owned, kind) => {
    const memory = bareWorld();
    stock(memory, owned);
    expect((await visitsIn(memory).run('assign-licences')).last.kind).toBe(kind);
  });
});

describe('where the platform shows no trunks, provision-standby', () => {
  it('says so instead of a difference, and passes', async () => {
    const memory = bareWorld();
    const visits = visitsIn(memory);
    await reach(visits, memory, 'provision-standby');
    const { last } = await visits.run('provision-standby');
    expect(last).toMatchObject({ kind: 'passed', summary: expect.stringContaining('points of contact') });
    const hidden = texts(last).filter((text) => text.endsWith('not shown by the platform: look at the carrier (null)'));
    expect(hidden.length).toBe(2 * memory.trunks.size);
    expect(texts(last)).toContain('point of contact Inbound, enabled: off (true)');
  });

  it('holds all the same when a point of contact is on already', async () => {
    const memory = bareWorld();
    const visits = visitsIn(memory);
    await reach(visits, memory, 'provision-standby');
    for (const base of memory.trunks.values()) base.enabled = true;
    expect((await visits.run('provision-standby')).last).toMatchObject({ kind: 'held', cause: 'not-ready' });
  });

  it('tells a caller id that is not shown from one that differs', async () => {
    const memory = bareWorld();
    const visits = visitsIn(memory);
    await reach(visits, memory, 'provision-standby');
    memory.numbers.callerId = null;
    expect((await visits.run('provision-standby')).last.kind).toBe('passed');
    const other = bareWorld();
    const otherVisits = visitsIn(other);
    await reach(otherVisits, other, 'provision-standby');
    other.numbers.callerId = '+12175550999';
    expect((await otherVisits.run('provision-standby')).last.kind).toBe('held');
  });
});

describe('where the platform shows no schedules, check-readiness', () => {
  it('says so and asks for none', async () => {
    const { platform } = steppedSite();
    const memory = bareWorld(steppedSite({ platform: { ...platform, managementUnit: 'unit-1' } }));
    memory.world.platform.scheduledAgents = () => Promise.reject(new Error('was asked'));
    const visits = visitsIn(memory);
    await reach(visits, memory, 'check-readiness');
    const { last } = await visits.run('check-readiness');
    expect(last.kind).toBe('passed');
    expect(texts(last)).toContain(
      'agents scheduled for the cutover: not measured: the platform does not show schedules (null)',
    );
  });
});

describe('where phones cannot be made to register, activate-inbound', () => {
  it('names who is to log in, restarts nobody, and goes on when they are there', async () => {
    const memory = bareWorld();
    const visits = visitsIn(memory);
    await reach(visits, memory, 'activate-inbound');
    memory.restarts.length = 0;
    const first = await visits.visit('activate-inbound');
    expect(first).toMatchObject({ kind: 'waiting', summary: expect.stringContaining('To log in now: ') });
    for (const { phone } of memory.site.agents.slice(0, 37)) memory.registered.add(phone);
    expect((await visits.visit('activate-inbound')).kind).toBe('waiting');
    for (const { phone } of memory.site.agents) memory.registered.add(phone);
    expect((await visits.run('activate-inbound')).last.kind).toBe('passed');
    expect(memory.restarts).toEqual([]);
  });
});
