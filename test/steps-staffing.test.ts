import { createHttpLegacy } from '../src/adapters/legacy/http-legacy';
import { userId } from '../src/core/ids';
import { DEFAULT_LIMITS } from '../src/core/limits';
import { staffingOf } from '../src/core/staffing';
import type { Waiver } from '../src/core/waivers';
import { preflightLines } from '../src/engine/preflight';
import { Fault } from '../src/ports/fault';
import { faultOf, ManualClock, WireDouble } from './adapters-platforms-wire';
import { siteOf } from './support/core-waves';
import { createMemoryWorld, type MemoryWorld, steppedSite } from './support/memory-world';
import { visitsIn } from './support/step-visits';

const SITE = steppedSite({ platform: { ...siteOf().platform, managementUnit: 'unit-1' } });
const GROUPS = [...new Set(SITE.agents.map(({ group }) => group))];
const perGroup = (group: string) => SITE.agents.filter((agent) => agent.group === group).length;
/** As many as on the roster, and `more` on top in each group. */
const planned = (more = 0) => new Map(GROUPS.map((group) => [group, perGroup(group) + more]));

async function readiness(memory: MemoryWorld, waivers: readonly Waiver[] = []) {
  const visits = visitsIn(memory, { waivers });
  await visits.visit('check-readiness');
  const outcome = await visits.visit('check-readiness');
  const evidence = 'evidence' in outcome ? outcome.evidence : [];
  return { outcome, parity: evidence.filter(({ asked }) => asked.startsWith('staffing of')) };
}
const parityLines = async (memory: MemoryWorld) =>
  (await preflightLines(memory.world, SITE, DEFAULT_LIMITS)).filter(({ id }) => id.startsWith('staffing-parity'));

describe('staffing on both sides', () => {
  it.each([
    [0, true, 'green'],
    [1, false, 'red'],
  ] as const)('with %i more on legacy a group is %j and the line of the preflight %s', async (more, good, state) => {
    const memory = createMemoryWorld(SITE);
    memory.legacyPlan = planned(more);
    const { outcome, parity } = await readiness(memory);
    expect(parity.length).toBeGreaterThan(0);
    for (const line of parity) expect(line.good).toBe(good);
    expect(outcome.kind).toBe(good ? 'passed' : 'held');
    for (const line of await parityLines(memory)) expect(line).toMatchObject({ state, waivable: true });
    expect(parity[0]?.answered).toMatch(/^\d+ scheduled on the new side, \d+ on the old$/);
  });

  it('that legacy does not tell is not measured, which is told and never green', async () => {
    const memory = createMemoryWorld(SITE);
    const { outcome, parity } = await readiness(memory);
    expect(outcome.kind).toBe('passed');
    for (const line of parity)
      expect(line).toMatchObject({ good: null, answered: expect.stringContaining('not measured') });
    for (const line of await parityLines(memory)) expect(line.state).toBe('unknown');
  });

  it('is no hold where two people have waived just this shortage', async () => {
    const memory = createMemoryWorld(SITE);
    memory.legacyPlan = planned(1);
    const by = (user: string) => ({ user: userId(user), at: 0, reason: 'known', approver: true });
    const waivers = (await parityLines(memory)).map(({ id, found }) => ({
      line: id,
      found,
      people: [by('U0ONE'), by('U0TWO')],
    }));
    expect((await readiness(memory, waivers)).outcome.kind).toBe('passed');
    expect(
      (
        await readiness(
          memory,
          waivers.map((each) => ({ ...each, people: [by('U0ONE')] })),
        )
      ).outcome.kind,
    ).toBe('held');
    memory.legacyPlan = planned(2);
    expect((await readiness(memory, waivers)).outcome.kind).toBe('held');
  });

  it('is no failure of a wave when legacy cannot be asked', async () => {
    const memory = createMemoryWorld(SITE);
    memory.world.legacy.scheduledAgents = () =>
      Promise.reject(new Fault('legacy answers 503', { system: 'legacy', transient: true }));
    await expect(readiness(memory)).rejects.toThrow(Fault);
  });

  it('is compared for a queue only where every one of its groups is planned', () => {
    const queues = [{ name: 'Q', queue: 'q', groups: ['a', 'b'] }];
    const agents = ['a', 'b'].map((group) => ({ agent: group, user: group, phone: group, group }));
    const of = (legacy: ReadonlyMap<string, number> | null) =>
      staffingOf(queues, agents, new Set(['a', 'b']), legacy)[0];
    expect(of(new Map([['a', 9]]))).toMatchObject({ onLegacy: null, short: false });
    expect(
      of(
        new Map([
          ['a', 1],
          ['b', 1],
          ['c', 9],
        ]),
      ),
    ).toMatchObject({ onLegacy: 2, short: false, scheduled: 2 });
    expect(
      of(
        new Map([
          ['a', 1],
          ['b', 2],
        ]),
      ),
    ).toMatchObject({ onLegacy: 3, short: true });
  });
});

describe('the plan of legacy over HTTP', () => {
  const PATH = '/v1/sites/site-a/scheduled';
  const INTERVAL = { from: Date.parse('2027-03-01T07:00:00Z'), to: Date.parse('2027-03-01T11:00:00Z') };
  let wire: WireDouble;
  beforeEach(async () => {
    wire = await new WireDouble().start();
  });
  afterEach(() => wire.stop());
  const plan = () =>
    createHttpLegacy({
      baseUrl: wire.url,
      token: 'legacy-token',
      clock: new ManualClock(),
      timeoutMs: 2000,
    }).scheduledAgents?.('site-a', INTERVAL);

  it('is asked for the window, by group', async () => {
    wire.on(`GET ${PATH}`, { body: { groups: { sales: 12, service: 0 } } });
    await expect(plan()).resolves.toEqual(
      new Map([
        ['sales', 12],
        ['service', 0],
      ]),
    );
    expect(wire.asked[0]?.query).toEqual({ from: '2027-03-01T07:00:00.000Z', to: '2027-03-01T11:00:00.000Z' });
  });

  it('is not told by an API that does not know the question', async () => {
    await expect(plan()).resolves.toBeNull();
  });

  it.each([[{ groups: { sales: -1 } }], [{ groups: { sales: '12' } }], [{ groups: [] }], [{}], [null]])(
    '%j does not fit',
    async (body) => {
      wire.on(`GET ${PATH}`, { body });
      expect(await faultOf(Promise.resolve(plan()))).toMatchObject({ transient: false });
    },
  );
});
