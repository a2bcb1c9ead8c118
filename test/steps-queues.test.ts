import type { Evidence } from '../src/core/evidence';
import { Fault } from '../src/ports/fault';
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

describe('shift-queues', () => {
  it('is held with a support packet while one agent lacks a licence, and ready once nobody does', async () => {
    const { memory, visits } = await reached('shift-queues');
    memory.licences.get('user-7')?.set('communicate', memory.now + 1);
    const outcome = await visits.ready('shift-queues');
    expect(outcome).toMatchObject({
      kind: 'held',
      cause: 'licences',
      packet: expect.stringContaining('- user-7 (agent-7, sales): communicate'),
    });
    memory.pass(1);
    expect((await visits.ready('shift-queues')).kind).toBe('passed');
  });

  it('reads the licences twice before it believes them', async () => {
    const { memory, visits } = await reached('shift-queues');
    const { licences } = memory.world.platform;
    let reads = 0;
    memory.world.platform.licences = async (users) => {
      reads += 1;
      return reads === 1 ? licences(users) : new Map(users.map((user) => [user, new Set<string>()]));
    };
    expect(await visits.ready('shift-queues')).toMatchObject({ kind: 'held', cause: 'licences' });
  });

  it.each([
    [38, 'passed'],
    [37, 'held'],
  ] as const)('with %i of 40 phones registered is %s', async (there, kind) => {
    const { memory, visits } = await reached('shift-queues');
    memory.registered = new Set(memory.site.agents.slice(0, there).map(({ phone }) => phone));
    expect((await visits.ready('shift-queues')).kind).toBe(kind);
  });

  it.each([
    ['an agent who is no member', (m: MemoryWorld) => m.members.get('queue-sales')?.delete('user-1')],
    ['a CRM that still knows legacy only', (m: MemoryWorld) => Object.assign(m, { crmPlatform: 'legacy' })],
  ])('is held for %s', async (_text, spoil) => {
    const { memory, visits } = await reached('shift-queues');
    spoil(memory);
    expect(await visits.ready('shift-queues')).toMatchObject({ kind: 'held', cause: 'not-ready' });
  });

  it('sends no call before every agent has joined', async () => {
    const { memory, visits } = await reached('shift-queues');
    const { members } = memory.world.platform;
    const slow = async (queue: string) => new Map(await members(queue)).set('user-3', false);
    memory.world.platform.members = slow;
    expect(await visits.visit('shift-queues')).toMatchObject({ kind: 'waiting' });
    expect(memory.shares.allocationPercent).toBe(0);
    memory.world.platform.members = members;
    expect((await visits.run('shift-queues')).last.kind).toBe('passed');
    expect(memory.shares).toEqual({ allocationPercent: 100, shadowPercent: 0 });
  });

  it('sends no call into a queue in which nobody is free, and says where a platform has no figure', async () => {
    const { memory, visits } = await reached('shift-queues');
    let free: number | null = 0;
    Object.assign(memory.world.inspection, { availableAgents: async () => free });
    expect(await visits.visit('shift-queues')).toMatchObject({
      kind: 'waiting',
      summary: expect.stringContaining('calls still go to legacy'),
    });
    expect(memory.shares.allocationPercent).toBe(0);
    Object.assign(memory.world.inspection, {
      availableAgents: async () => {
        throw new Fault('answered 503', { system: 'platform', transient: true });
      },
    });
    await expect(visits.visit('shift-queues')).rejects.toThrow('503');
    Object.assign(memory.world.inspection, {
      availableAgents: async () => {
        if (free === null) return null;
        throw new Fault('answered 403', { system: 'platform', transient: false, status: 403 });
      },
    });
    const refused = await visits.visit('shift-queues');
    expect(refused.kind === 'applied' && refused.evidence.map(({ answered }) => answered)).toContain(
      'not measured: answered 403',
    );
    free = null;
    visits.stateOf('shift-queues').phase = 'apply';
    const outcome = await visits.visit('shift-queues');
    expect(outcome).toMatchObject({ kind: 'applied' });
    expect(outcome.kind === 'applied' && outcome.evidence.map(({ answered }) => answered)).toContain(
      'not measured: the platform has no figure',
    );
  });

  it('writes once when its worker dies after the write, and still knows what was there before', async () => {
    const { memory, visits } = await reached('shift-queues');
    const before = visits.copyOf('shift-queues');
    await visits.visit('shift-queues');
    visits.forget('shift-queues', { ...before, captured: visits.stateOf('shift-queues').captured });
    await visits.run('shift-queues');
    expect(memory.writes).toEqual(['joined queue-sales 40', 'shares 100 0']);
    await visits.undo('shift-queues');
    expect(memory.shares).toEqual({ allocationPercent: 0, shadowPercent: 5 });
  });

  it('gives the calls back at once, and keeps the agents a minute longer for those who wait', async () => {
    const { memory, visits } = await reached('observe-calls');
    visits.resume('shift-queues');
    expect(await visits.undoOnce('shift-queues')).toMatchObject({ kind: 'waiting', recheckAfterMs: MINUTE });
    expect(memory.writes).toEqual(['shares 0 5']);
    memory.pass(MINUTE);
    expect((await visits.undoOnce('shift-queues')).kind).toBe('undone');
    expect([...(memory.members.get('queue-sales')?.values() ?? [])].some(Boolean)).toBe(false);
  });

  it('leaves alone whom others have joined or taken out meanwhile, and names them', async () => {
    const { memory, visits } = await reached('shift-queues');
    const queue = memory.members.get('queue-sales');
    queue?.set('user-1', true);
    await visits.run('shift-queues');
    queue?.set('user-of-others', true);
    queue?.set('user-1', false);
    const { kind, evidence } = (await visits.undo('shift-queues')) as { kind: string; evidence: readonly Evidence[] };
    expect(kind).toBe('undone');
    expect([...(queue ?? [])].filter(([, isIn]) => isIn).map(([user]) => user)).toEqual(['user-of-others']);
    expect(evidence.map(({ answered }) => answered)).toContain(
      '1, before 1; joined by others and left alone: user-of-others; taken out by others and left alone: user-1',
    );
  });

  it('lets an agent who had joined before stay joined', async () => {
    const { memory, visits } = await reached('shift-queues');
    memory.members.get('queue-sales')?.set('user-1', true);
    await visits.run('shift-queues');
    await visits.undo('shift-queues');
    const joined = [...(memory.members.get('queue-sales') ?? [])].filter(([, isIn]) => isIn).map(([user]) => user);
    expect(joined).toEqual(['user-1']);
  });

  it('arms legacy without waiting longer than three minutes for an agent whom the platform will not let out', async () => {
    const { memory, visits } = await reached('observe-calls');
    memory.world.platform.setJoined = async () => {
      throw new Fault('the platform takes all but user-1', { system: 'platform', transient: true });
    };
    visits.resume('shift-queues');
    expect(await visits.undoOnce('shift-queues')).toMatchObject({ kind: 'waiting', recheckAfterMs: MINUTE });
    memory.pass(3 * MINUTE);
    await expect(visits.undoOnce('shift-queues')).rejects.toThrow('all but user-1');
    memory.pass(1);
    expect(await visits.undoOnce('shift-queues')).toMatchObject({
      kind: 'undone',
      summary: expect.stringContaining('all but user-1'),
    });
    expect(memory.shares.allocationPercent).toBe(0);
  });

  it('does not hold legacy back for an agent who joins again by himself', async () => {
    const { memory, visits } = await reached('observe-calls');
    const { setJoined } = memory.world.platform;
    memory.world.platform.setJoined = async (queue, users, joined) => {
      const wrote = await setJoined(queue, users, joined);
      memory.members.get('queue-sales')?.set('user-1', true);
      return wrote;
    };
    expect(await visits.undo('shift-queues')).toMatchObject({
      kind: 'undone',
      summary: expect.stringContaining('joined members: 1, before 0'),
    });
  });

  it('fails to go back when the platform keeps its share past five minutes', async () => {
    const { memory, visits } = await reached('observe-calls');
    memory.stubbornShares = true;
    visits.resume('shift-queues');
    memory.pass(5 * MINUTE);
    expect((await visits.undoOnce('shift-queues')).kind).toBe('waiting');
    memory.pass(1);
    expect(await visits.undoOnce('shift-queues')).toMatchObject({
      kind: 'failed',
      summary: expect.stringContaining('100 percent'),
    });
  });
});

describe('observe-calls', () => {
  const failing = (memory: MemoryWorld, each: number, of: number): void => {
    memory.calls = (interval) => {
      const offered = count(interval, 400);
      const failed = Math.floor((offered * each) / of);
      return { offered, completed: offered - failed, failed };
    };
  };

  it('passes after 30 minutes of finished calls, with the final figures', async () => {
    const { memory, visits } = await reached('observe-calls');
    const from = memory.now;
    const { last } = await visits.run('observe-calls');
    expect(last).toMatchObject({
      kind: 'passed',
      result: { completed: 200, failed: 0, crmCalls: 200, crmSynced: 200 },
    });
    expect(memory.now - from).toBe(32 * MINUTE);
  });

  it('allows a failure rate of exactly 2 percent and fails strictly above it', async () => {
    const exact = await reached('observe-calls');
    failing(exact.memory, 2, 100);
    expect((await exact.visits.run('observe-calls')).last.kind).toBe('passed');
    const above = await reached('observe-calls');
    above.memory.calls = (interval) => ({
      offered: 200,
      completed: 200 - (count(interval, 10) > 4 ? 5 : 4),
      failed: count(interval, 10) > 4 ? 5 : 4,
    });
    expect((await above.visits.run('observe-calls')).last.kind).toBe('failed');
  });

  it('fails before the window ends once it is certain', async () => {
    const { memory, visits } = await reached('observe-calls');
    failing(memory, 12, 100);
    const from = memory.now;
    const { last } = await visits.run('observe-calls');
    expect(last).toMatchObject({
      kind: 'failed',
      summary: expect.stringMatching(
        /^\d+ of \d+ calls failed, [\d.]+ percent, above 2 percent with 99(\.\d)? percent certainty\.$/,
      ),
    });
    expect(memory.now - from).toBeLessThan(30 * MINUTE);
  });

  it('waits past the window for the 50 calls that a verdict needs', async () => {
    const { memory, visits } = await reached('observe-calls');
    memory.calls = (interval) => ({ offered: count(interval, 60), completed: count(interval, 60), failed: 0 });
    const from = memory.now;
    expect((await visits.run('observe-calls')).last.kind).toBe('passed');
    expect(memory.now - from).toBe(52 * MINUTE);
  });

  it('is held, never green, when too few calls come until its time is nearly up', async () => {
    const { memory, visits } = await reached('observe-calls');
    memory.calls = (interval) => ({ offered: 1, completed: count(interval, 10), failed: 0 });
    expect((await visits.run('observe-calls')).last).toMatchObject({ kind: 'held', cause: 'no-data' });
    expect(memory.now - (visits.stateOf('observe-calls').since ?? 0)).toBeLessThan(4 * HOUR);
  });

  it('begins its window again after a gap in the data', async () => {
    const { memory, visits } = await reached('observe-calls');
    const from = memory.now;
    const { calls } = memory;
    memory.calls = (interval) =>
      interval.to > from + 10 * MINUTE && interval.to <= from + 20 * MINUTE ? null : calls(interval);
    expect((await visits.run('observe-calls')).last.kind).toBe('passed');
    expect(memory.now - from).toBeGreaterThan(40 * MINUTE);
  });

  it.each([
    [190, 'passed'],
    [189, 'held'],
  ] as const)('with %i of 200 calls in the CRM is %s', async (synced, kind) => {
    const { memory, visits } = await reached('observe-calls');
    memory.sync = () => ({ calls: 200, synced, p95LatencyMs: 1 });
    expect((await visits.run('observe-calls')).last.kind).toBe(kind);
  });

  it('fails when legacy is re-armed meanwhile', async () => {
    const { memory, visits } = await reached('observe-calls');
    await visits.visit('observe-calls');
    const old = memory.legacyTrunks.get('legacy-in');
    if (old) old.mode = 'active';
    expect(await visits.visit('observe-calls')).toMatchObject({
      kind: 'failed',
      summary: expect.stringContaining('Two ways in'),
    });
  });
});

describe('retire-legacy', () => {
  it('is not ready before the calls were watched to the end', async () => {
    const { visits } = await reached('observe-calls');
    expect(await visits.ready('retire-legacy')).toMatchObject({ kind: 'held', cause: 'not-ready' });
  });

  it.each([
    [
      'a live call on the trunk',
      (m: MemoryWorld, n: number) => Object.assign(m.legacyTrunks.get('legacy-in') ?? {}, { liveCalls: n }),
    ],
    [
      'a live call in a queue',
      (m: MemoryWorld, n: number) => Object.assign(m.legacyQueues.get('legacy-sales') ?? {}, { liveCalls: n }),
    ],
    [
      'a waiting caller',
      (m: MemoryWorld, n: number) => Object.assign(m.legacyQueues.get('legacy-sales') ?? {}, { waiting: n }),
    ],
  ])('waits for %s', async (_text, put) => {
    const { memory, visits } = await reached('retire-legacy');
    put(memory, 1);
    expect(await visits.visit('retire-legacy')).toMatchObject({
      kind: 'waiting',
      summary: expect.stringContaining('1 call still on legacy'),
    });
    expect(memory.writes).toEqual([]);
    put(memory, 0);
    expect((await visits.run('retire-legacy')).last.kind).toBe('passed');
  });

  it('opens the queues before the trunks on the way back, and leaves the trunk on standby as it was', async () => {
    const { memory, visits } = await reached('restore-ttl');
    expect((await visits.undo('retire-legacy')).kind).toBe('undone');
    expect(memory.writes).toEqual(['legacy queue legacy-sales on', 'legacy trunk legacy-in standby']);
  });
});
