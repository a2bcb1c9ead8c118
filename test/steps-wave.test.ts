import type { StepKind } from '../src/core/step-kinds';
import { undoOrder } from '../src/core/undo-order';
import type { Wave } from '../src/core/wave';
import { createMemoryWorld, SRV, steppedSite } from './support/memory-world';
import { reach, type Visits, visitsIn } from './support/step-visits';

const NEW = '10 0 5060 new.example.net';
const OLD = '10 0 5060 sbc.t.example.com';
const FALLBACK = '20 0 5060 sbc.t.example.com';

describe('a whole wave, step after step', () => {
  it('ends with everything on the new side and legacy off', async () => {
    const memory = createMemoryWorld();
    const visits = visitsIn(memory);
    await reach(visits, memory, 'http');
    expect(memory.records.get(`${SRV} SRV`)).toEqual({ name: SRV, type: 'SRV', ttl: 3600, values: [NEW] });
    expect(memory.shares).toEqual({ allocationPercent: 100, shadowPercent: 0 });
    expect([...memory.trunks.values()].map(({ enabled }) => enabled)).toEqual([true, true]);
    expect(memory.legacyTrunks.get('legacy-in')?.mode).toBe('off');
    expect(memory.legacyQueues.get('legacy-sales')?.enabled).toBe(false);
    expect(memory.registered.size).toBe(40);
  });

  it('writes each thing once, in the order that never leaves callers without a way in', async () => {
    const memory = createMemoryWorld();
    await reach(visitsIn(memory), memory, 'http');
    expect(memory.writes.filter((write) => !write.startsWith('restart'))).toEqual([
      `dns ${SRV} SRV = ${OLD} ttl 300`,
      'assign communicate 40',
      'shares - 5',
      `dns ${SRV} SRV = ${NEW} + ${FALLBACK} ttl 300`,
      'legacy trunk legacy-in standby',
      'trunk trunk-in on',
      'route route-out on',
      'trunk trunk-failover on',
      'joined queue-sales 40',
      'shares 100 0',
      'legacy trunk legacy-in off',
      'legacy queue legacy-sales off',
      `dns ${SRV} SRV = ${NEW} ttl 3600`,
    ]);
  });

  it.each(['observe-calls', 'retire-legacy', 'restore-ttl', 'http'] as const)(
    'goes back from %s to exactly what was there before',
    async (kind) => {
      const memory = createMemoryWorld();
      const visits = visitsIn(memory);
      const before = memory.snapshot();
      await reach(visits, memory, kind);
      await goBack(visits);
      expect(memory.snapshot()).toEqual(before);
    },
  );

  it('goes back queues first, then legacy armed, then the new side off, then DNS, then the shadow', async () => {
    const memory = createMemoryWorld();
    const visits = visitsIn(memory);
    await reach(visits, memory, 'observe-calls');
    memory.writes.length = 0;
    await goBack(visits);
    expect(memory.writes).toEqual([
      'shares 0 5',
      'left queue-sales 40',
      'legacy trunk legacy-in active',
      'trunk trunk-failover off',
      'route route-out off',
      'trunk trunk-in off',
      `dns ${SRV} SRV = ${OLD} ttl 300`,
      'remove communicate 40',
      `dns ${SRV} SRV = ${OLD} ttl 3600`,
      'shares - 0',
    ]);
  });

  it('writes nothing when a step that is taken back is taken back again', async () => {
    const memory = createMemoryWorld();
    const visits = visitsIn(memory);
    await reach(visits, memory, 'observe-calls');
    await goBack(visits, async (kind) => {
      const { length } = memory.writes;
      await visits.undo(kind);
      expect(memory.writes).toHaveLength(length);
    });
  });

  it('of a site of eight agents wants every one of them registered', async () => {
    const memory = createMemoryWorld(steppedSite({}, 8));
    await reach(visitsIn(memory), memory, 'http');
    expect(memory.registered.size).toBe(8);
  });

  it('that has written nothing has nothing to take back', async () => {
    const memory = createMemoryWorld();
    const visits = visitsIn(memory);
    for (const step of visits.plan.steps) expect((await visits.undoOnce(step.kind)).kind).toBe('undone');
    expect(memory.writes).toEqual([]);
  });
});

async function goBack(visits: Visits, after = async (_kind: StepKind): Promise<void> => undefined): Promise<void> {
  const steps = visits.plan.steps.map(({ kind }) => ({ status: 'done', startedAt: visits.stateOf(kind).since }));
  for (const id of undoOrder({ plan: visits.plan, steps } as unknown as Wave)) {
    const step = visits.plan.steps.find((planned) => planned.id === id);
    if (!step) continue;
    expect((await visits.undo(step.kind)).kind).toBe('undone');
    await after(step.kind);
  }
}
