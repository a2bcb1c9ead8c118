import type { Site } from '../src/core/site';
import { Fault } from '../src/ports/fault';
import { createMemoryWorld, steppedSite } from './support/memory-world';
import { reach, visitsIn } from './support/step-visits';

const withPlatform = (more: Partial<Site['platform']>): Site => {
  const site = steppedSite();
  return { ...site, platform: { ...site.platform, ...more } };
};

async function reached(kind: Parameters<typeof reach>[2], site: Site) {
  const memory = createMemoryWorld(site);
  const visits = visitsIn(memory);
  await reach(visits, memory, kind);
  memory.writes.length = 0;
  return { memory, visits };
}
const asked = (outcome: object, what: string) =>
  ('evidence' in outcome
    ? (outcome.evidence as readonly { asked: string; answered: string; good: boolean | null }[])
    : []
  )
    .filter((each) => each.asked.includes(what))
    .map(({ answered, good }) => [answered, good]);

describe('the emergency group of a site', () => {
  const site = withPlatform({ emergencyGroup: 'group-1' });

  it('diverts the calls before anything else of the rollback, and is put back once the row gives them to legacy', async () => {
    const { memory, visits } = await reached('shift-queues', site);
    await visits.run('shift-queues');
    expect(memory.writes.filter((write) => write.startsWith('emergency'))).toEqual([]);
    memory.writes.length = 0;
    const last = await visits.undo('shift-queues');
    expect(last.kind).toBe('undone');
    expect(memory.writes.slice(0, 3)).toEqual(['emergency group-1 on', 'shares 0 5', 'emergency group-1 off']);
    expect(memory.writes.slice(3).every((write) => write.startsWith('left'))).toBe(true);
    expect(memory.emergency).toBe(false);
    expect(asked(last, 'emergency group')).toEqual([['off', true]]);
  });

  it('stays on while the platform does not give the calls back, and the failure says so', async () => {
    const { memory, visits } = await reached('shift-queues', site);
    await visits.run('shift-queues');
    memory.stubbornShares = true;
    const last = await visits.undo('shift-queues');
    expect(last.kind).toBe('failed');
    expect(memory.emergency).toBe(true);
    expect(asked(last, 'emergency group')).toEqual([['on: calls are diverted to legacy', true]]);
    expect(memory.writes.filter((write) => write.startsWith('emergency'))).toEqual(['emergency group-1 on']);
  });

  it('that was on before the shift is on afterwards', async () => {
    const { memory, visits } = await reached('shift-queues', site);
    memory.emergency = true;
    await visits.run('shift-queues');
    memory.writes.length = 0;
    expect((await visits.undo('shift-queues')).kind).toBe('undone');
    expect(memory.emergency).toBe(true);
    expect(memory.writes.filter((write) => write.startsWith('emergency'))).toEqual([]);
  });

  it('is not touched when the calls never went to the new queues', async () => {
    const { memory, visits } = await reached('shift-queues', site);
    await visits.run('shift-queues');
    Object.assign(memory.shares, { allocationPercent: 0, shadowPercent: 5 });
    memory.writes.length = 0;
    expect((await visits.undo('shift-queues')).kind).toBe('undone');
    expect(memory.writes.filter((write) => write.startsWith('emergency'))).toEqual([]);
  });

  it('that is refused does not keep the calls from going back by the row, and is told', async () => {
    const { memory, visits } = await reached('shift-queues', site);
    await visits.run('shift-queues');
    memory.writes.length = 0;
    memory.emergencyFault = new Fault('Genesys Cloud answered 403.', { system: 'g', transient: false, status: 403 });
    const last = await visits.undo('shift-queues');
    expect(last.kind).toBe('undone');
    expect(memory.writes[0]).toBe('shares 0 5');
    expect(asked(last, 'emergency group')).toEqual([['Genesys Cloud answered 403.', null]]);
  });

  it('whose platform is away delays its own end, never the calls', async () => {
    const { memory, visits } = await reached('shift-queues', site);
    await visits.run('shift-queues');
    memory.writes.length = 0;
    memory.emergencyFault = new Fault('Genesys Cloud answered 503.', { system: 'g', transient: true, status: 503 });
    await expect(visits.undo('shift-queues')).rejects.toBe(memory.emergencyFault);
    expect(memory.writes).toEqual(['shares 0 5']);
    memory.emergencyFault = null;
    expect((await visits.undo('shift-queues')).kind).toBe('undone');
  });

  it('that is on in standby holds the wave: every call would stay on legacy', async () => {
    const { memory, visits } = await reached('provision-standby', site);
    memory.emergency = true;
    const { last } = await visits.run('provision-standby');
    expect(last).toMatchObject({ kind: 'held', cause: 'not-ready' });
    expect(asked(last, 'emergency group')).toEqual([['on instead of off', false]]);
  });

  it('is asked of nobody where the site names none', async () => {
    const { memory, visits } = await reached('shift-queues', steppedSite());
    memory.emergencyFault = new Fault('asked', { system: 'g', transient: false });
    await visits.run('shift-queues');
    expect((await visits.undo('shift-queues')).kind).toBe('undone');
  });
});

describe('the call route of a site', () => {
  const base = withPlatform({ callRoute: 'ivr-1' });
  const site: Site = { ...base, mirror: { ...base.mirror, dids: ['+15550101', '+15550102', '+15550103'] } };

  it('is given the numbers that nobody has, and loses only those in a rollback', async () => {
    const { memory, visits } = await reached('provision-standby', site);
    const [first = '', ...others] = site.mirror.dids;
    memory.callRoutes.set('ivr-1', [first, '+1999']);
    const { last } = await visits.run('provision-standby');
    expect(last.kind).toBe('passed');
    expect(memory.writes).toEqual([`numbers ivr-1 +${others.length} -0`]);
    expect(memory.callRoutes.get('ivr-1')).toEqual([first, '+1999', ...others]);
    expect((await visits.undo('provision-standby')).kind).toBe('undone');
    expect(memory.callRoutes.get('ivr-1')).toEqual([first, '+1999']);
  });

  it('that has all numbers already is only looked at, there and back', async () => {
    const { memory, visits } = await reached('provision-standby', site);
    expect((await visits.run('provision-standby')).last.kind).toBe('passed');
    expect((await visits.undo('provision-standby')).kind).toBe('undone');
    expect(memory.writes).toEqual([]);
  });

  it('never takes a number from another owner: it is told by name', async () => {
    const { memory, visits } = await reached('provision-standby', site);
    const [first = ''] = site.mirror.dids;
    memory.callRoutes.set('ivr-1', []).set('ivr-old', [first]);
    const { last } = await visits.run('provision-standby');
    expect(last).toMatchObject({ kind: 'held', cause: 'not-ready', summary: expect.stringContaining('Route ivr-old') });
    expect(memory.writes).toEqual([]);
  });
});

it('an outbound route that carries emergency calls is no route for a wave', async () => {
  const { memory, visits } = await reached('provision-standby', steppedSite());
  const { outboundRoute } = memory.world.platform;
  memory.world.platform.outboundRoute = async (...where) => ({
    ...(await outboundRoute(...where)),
    carriesEmergency: true,
  });
  const { last } = await visits.run('provision-standby');
  expect(last).toMatchObject({ kind: 'held', cause: 'not-ready' });
  expect(asked(last, 'emergency calls')).toEqual([['its own: give them another route', false]]);
});
