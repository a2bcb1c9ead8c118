import { exactlyOneInboundAuthority } from '../jobs/steps/authority';
import { wayIn } from '../src/core/carrier-order';
import { observeSite } from '../src/engine/observe-site';
import { Fault } from '../src/ports/fault';
import { planOf } from './support/core-waves';
import { createMemoryWorld, type MemoryWorld, steppedSite } from './support/memory-world';
import { reach, visitsIn } from './support/step-visits';

const SITE = steppedSite({ carrier: { kind: 'twilio', trunk: 'TK1', legacy: 'OU1', target: 'OU2' } });

async function reached(kind: Parameters<typeof reach>[2]) {
  const memory = createMemoryWorld(SITE);
  const visits = visitsIn(memory);
  await reach(visits, memory, kind);
  memory.writes.length = 0;
  return { memory, visits };
}
const carrierWrites = (memory: MemoryWorld) =>
  memory.writes.filter((write) => /^(carrier|legacy trunk|trunk)/.test(write));
const both = (legacy: object, target: object) => ({
  legacy: { enabled: true, priority: 10, weight: 10, ...legacy },
  target: { enabled: true, priority: 10, weight: 10, ...target },
});

describe('drain-legacy', () => {
  it('has the new destination behind legacy before legacy drains', async () => {
    const { memory, visits } = await reached('drain-legacy');
    const { last } = await visits.run('drain-legacy');
    expect(last.kind).toBe('passed');
    expect(carrierWrites(memory)).toEqual([
      'carrier target enabled true priority 11',
      'legacy trunk legacy-in standby',
    ]);
  });

  it('leaves legacy armed while the carrier does not show it', async () => {
    const { memory, visits } = await reached('drain-legacy');
    memory.stubbornCarrier = true;
    expect(await visits.visit('drain-legacy')).toMatchObject({
      kind: 'waiting',
      summary: expect.stringContaining('behind legacy yet'),
    });
    expect(memory.legacyTrunks.get('legacy-in')?.mode).toBe('active');
  });

  it('shows the deciders at its gate what the carrier says', async () => {
    const { visits } = await reached('drain-legacy');
    const ready = await visits.ready('drain-legacy');
    expect(ready.kind === 'passed' && ready.evidence.map(({ asked, answered }) => `${asked}: ${answered}`)).toEqual(
      expect.arrayContaining([
        'carrier trunk TK1, legacy destination: enabled, priority 10, weight 10, sip:legacy',
        'carrier trunk TK1, new destination: disabled, priority 10, weight 20, sip:target',
      ]),
    );
  });

  it('asks the fence before every write', async () => {
    const { memory, visits } = await reached('drain-legacy');
    visits.supersede();
    await expect(visits.visit('drain-legacy')).rejects.toThrow('superseded');
    expect(memory.writes).toEqual([]);
  });
});

describe('activate-inbound', () => {
  it('puts the new destination in front once its trunk is in service, then legacy off', async () => {
    const { memory, visits } = await reached('activate-inbound');
    const { last } = await visits.run('activate-inbound');
    expect(last.kind).toBe('passed');
    expect(carrierWrites(memory)).toEqual([
      'trunk trunk-in on',
      'carrier target enabled true priority 9',
      'carrier legacy enabled false',
    ]);
  });

  it('leaves the carrier as it is while the trunk is not in service', async () => {
    const { memory, visits } = await reached('activate-inbound');
    Object.assign(memory.trunks.get('trunk-in') ?? {}, { broken: true });
    await visits.visit('activate-inbound');
    expect(carrierWrites(memory)).toEqual(['trunk trunk-in on']);
  });

  it('goes on where a worker died between the two writes', async () => {
    const { memory, visits } = await reached('activate-inbound');
    const before = visits.copyOf('activate-inbound');
    memory.carrier = both({}, { priority: 9 });
    visits.forget('activate-inbound', before);
    await visits.run('activate-inbound');
    expect(carrierWrites(memory)).toEqual(['trunk trunk-in on', 'carrier legacy enabled false']);
  });

  it('never fails a wave for trouble of the carrier itself', async () => {
    const { memory, visits } = await reached('activate-inbound');
    const own = memory.world.carrier;
    if (own) own.setTarget = async () => Promise.reject(new Fault('401', { system: 'Twilio', transient: false }));
    await expect(visits.visit('activate-inbound')).rejects.toThrow(Fault);
  });
});

describe('retire-legacy', () => {
  it('is held while the carrier may still send calls to legacy', async () => {
    const { memory, visits } = await reached('retire-legacy');
    memory.carrier = both({ priority: 20 }, { priority: 9 });
    expect((await visits.run('retire-legacy')).last).toMatchObject({ kind: 'held', cause: 'split-brain' });
    expect(memory.writes).toEqual([]);
  });
});

describe('the way back', () => {
  it.each(['drain-legacy', 'activate-inbound', 'retire-legacy'] as const)(
    'after %s leaves the carrier field by field as before, with one way in all along',
    async (last) => {
      const { memory, visits } = await reached('drain-legacy');
      const before = structuredClone(memory.carrier);
      const kinds = visits.plan.steps.map(({ kind }) => kind);
      for (const kind of kinds.slice(kinds.indexOf('drain-legacy'), kinds.indexOf(last) + 1)) await visits.run(kind);
      memory.writes.length = 0;
      const ways: string[] = [];
      const own = memory.world.carrier;
      const set = own?.setTarget;
      if (own && set)
        own.setTarget = async (...given) => {
          const wrote = await set(...given);
          ways.push(wayIn(memory.carrier));
          return wrote;
        };
      if (last === 'retire-legacy') expect((await visits.undo('retire-legacy')).kind).toBe('undone');
      expect((await visits.undo('drain-legacy')).kind).toBe('undone');
      expect(memory.carrier).toEqual(before);
      expect(ways.join(' ')).toMatch(/^(target )?legacy( legacy)*$/);
      expect(carrierWrites(memory).indexOf('legacy trunk legacy-in active')).toBeLessThan(
        carrierWrites(memory).findIndex((write) => write.startsWith('carrier')),
      );
      memory.writes.length = 0;
      await visits.undo('drain-legacy');
      expect(memory.writes).toEqual([]);
    },
  );

  it('leads the carrier back only to a legacy that takes calls', async () => {
    const { memory, visits } = await reached('activate-outbound');
    const { legacy } = memory.world;
    const set = legacy.setTrunk;
    legacy.setTrunk = async () => true;
    expect((await visits.undoOnce('drain-legacy')).kind).toBe('waiting');
    expect(carrierWrites(memory)).toEqual([]);
    legacy.setTrunk = set;
    expect((await visits.undo('drain-legacy')).kind).toBe('undone');
  });
});

describe('the inbound authority', () => {
  const rows = [
    ['lower-ttl', 'both at one priority', both({}, {}), 'failed', 'Two ways in at once at the carrier'],
    ['lower-ttl', 'both off', both({ enabled: false }, { enabled: false }), 'failed', 'Callers find no way in'],
    ['lower-ttl', 'the new one first', both({}, { priority: 9 }), 'held', 'the new gateway is tried first'],
    ['lower-ttl', 'the new one behind', both({}, { priority: 11 }), 'passed', 'leads the calls to the legacy gateway'],
    ['activate-outbound', 'both at one priority', both({}, {}), 'failed', 'Two ways in at once at the carrier'],
    ['activate-outbound', 'legacy on again behind', both({}, { priority: 9 }), 'held', 'legacy after it'],
    [
      'activate-outbound',
      'legacy on again in front',
      both({}, { priority: 11 }),
      'held',
      'the legacy gateway is tried',
    ],
    [
      'activate-outbound',
      'the new one alone',
      both({ enabled: false }, {}),
      'passed',
      'leads the calls to the new gateway',
    ],
  ] as const;
  it.each(rows)('before %s, with %s', async (step, _, carrier, verdict, says) => {
    const { memory, visits } = await reached(step);
    memory.carrier = carrier;
    const found = await exactlyOneInboundAuthority(visits.contextOf(step));
    expect(found).toMatchObject({ verdict, summary: expect.stringContaining(says) });
    expect(found.evidence.map(({ asked }) => asked)).toContain('carrier trunk TK1, new destination');
  });

  it('holds while the carrier sends the calls to a destination that nobody named', async () => {
    const { memory, visits } = await reached('lower-ttl');
    memory.carrier = both({ enabled: false }, { enabled: false });
    const own = memory.world.carrier;
    const targets = own?.targets;
    const other = { id: 'OU9', uri: 'sip:elsewhere', enabled: true, priority: 1, weight: 1 };
    if (own && targets) own.targets = async (trunk) => [...(await targets(trunk)), other];
    expect(await exactlyOneInboundAuthority(visits.contextOf('lower-ttl'))).toMatchObject({
      verdict: 'held',
      summary: expect.stringContaining('sip:elsewhere'),
    });
  });
});

describe('the plan', () => {
  it('names every field that is set at the carrier, and locks its trunk', async () => {
    const memory = createMemoryWorld(SITE);
    const plan = planOf({ site: SITE, observed: await observeSite(memory.world, SITE) });
    const lines = plan.steps.flatMap(({ kind, changes }) =>
      changes
        .filter(({ system }) => system === 'carrier')
        .map(({ resource, field, from, to }) => `${kind}: ${resource} ${field} ${from} -> ${to}`),
    );
    expect(lines).toEqual([
      'drain-legacy: new destination of twilio trunk TK1 enabled false -> true',
      'drain-legacy: new destination of twilio trunk TK1 priority 10 -> 11',
      'activate-inbound: new destination of twilio trunk TK1 priority 11 -> 9',
      'activate-inbound: legacy destination of twilio trunk TK1 enabled true -> false',
    ]);
    expect(plan.locks).toContain('carrier:TK1');
  });

  it('is not made for a destination that the carrier does not have', async () => {
    const memory = createMemoryWorld(SITE);
    const own = memory.world.carrier;
    if (own) own.targets = async () => [];
    await expect(observeSite(memory.world, SITE)).rejects.toThrow('has no destination OU1 on trunk TK1');
  });
});
