/** One visit of a step, of a gate or of a way back, whatever happens to the wave meanwhile. */
import { createJobs } from '../jobs';
import type { JobRoom } from '../jobs/step-context';
import { stepWorks } from '../jobs/steps';
import type { StepContext, StepWork } from '../jobs/steps/step-work';
import { lastLook, withLastLook } from '../src/adapters/http/last-look';
import type { Visit, WaveCommand } from '../src/core/commands';
import type { WaveEventType } from '../src/core/events';
import type { Outcome } from '../src/core/outcome';
import type { Plan } from '../src/core/plan';
import type { StepKind } from '../src/core/step-kinds';
import type { Wave } from '../src/core/wave';
import { handle } from '../src/engine/handle';
import { Fault } from '../src/ports/fault';
import type { Lease } from '../src/ports/wave-log';
import {
  abort,
  applied,
  approve,
  HOUR,
  MARIA,
  passed,
  pause,
  resume,
  rollBack,
  shortPlan,
  start,
  T0,
  visitOf,
} from './support/core-waves';
import { memoryCursors, memoryShell, memoryThread } from './support/memory-shell';
import { createMemoryWorld } from './support/memory-world';

type Said = WaveCommand | ((wave: Wave) => WaveCommand);

/** A step that writes one thing, after it has asked whether it may. */
function plainWork(writes: string[], more: Partial<StepWork> = {}): StepWork {
  return {
    apply: async (context) => {
      await context.capture({ ttl: 3600 });
      await context.fence();
      writes.push(`apply ${context.step.kind}`);
      return applied;
    },
    check: async () => passed,
    undo: async (context) => {
      await context.fence();
      writes.push(`undo ${context.step.kind}`);
      return { kind: 'undone', summary: 'As before.', evidence: [] };
    },
    ...more,
  };
}

function given(more: Partial<StepWork> = {}, plan: Plan = shortPlan()) {
  const shell = memoryShell();
  const memory = createMemoryWorld();
  const writes: string[] = [];
  const work = plainWork(writes, more);
  const works = {
    ...stepWorks({ evaluate: () => false }),
    ...Object.fromEntries(plan.steps.map(({ kind }) => [kind, work])),
  };
  const room: JobRoom = { engine: shell.engine, world: memory.world, works, worker: 'worker-1', withLastLook };
  const { log, clock, digest, warn } = shell.engine;
  const thread = {
    log,
    clock,
    digest,
    warn,
    alarm: shell.alarm,
    cursors: memoryCursors(shell),
    thread: memoryThread().thread,
  };
  const jobs = createJobs(room, thread);
  const wave = (): Wave => {
    const stored = shell.waves.get(plan.wave);
    if (!stored) throw new Error('no wave');
    return stored.wave;
  };
  const say = async (...said: readonly Said[]): Promise<void> => {
    for (const each of said) {
      const handled = await handle(shell.engine, plan.wave, typeof each === 'function' ? each(wave()) : each);
      if (handled.kind === 'refusal') throw new Error(handled.sentence);
    }
  };
  return {
    shell,
    memory,
    writes,
    jobs,
    wave,
    say,
    plan,
    run: (visit: Visit = visitOf(wave())) => jobs.runStep(plan.wave, visit),
    inspect: (visit: Visit = visitOf(wave())) => jobs.inspectGate(plan.wave, visit),
    undo: (visit: Visit = visitOf(wave())) => jobs.undoStep(plan.wave, visit),
    happened: (): readonly WaveEventType[] => (shell.waves.get(plan.wave)?.events ?? []).map(({ event }) => event.type),
  };
}

describe('a visit of a step', () => {
  it('captures what is there before it writes, reports, and checks at once what it has applied', async () => {
    const { say, run, happened, writes, plan } = given();
    await say(start(plan));
    await run();
    expect(happened()).toEqual(['WaveStarted', 'StepBegun', 'StateCaptured', 'StepApplied', 'StepPassed']);
    expect(writes).toEqual(['apply lower-ttl']);
  });

  it('does nothing when it is an old one', async () => {
    const { say, run, happened, writes, wave, plan } = given();
    await say(start(plan));
    const old = visitOf(wave());
    await run();
    const before = happened();
    await run(old);
    expect(happened()).toEqual(before);
    expect(writes).toHaveLength(1);
  });

  it.each<[string, Said]>([
    ['paused', pause()],
    ['aborted', abort()],
    ['rolled back', rollBack()],
  ])('writes nothing more, and reports nothing, once the wave is %s', async (_what, said) => {
    const all = given({
      apply: async (context) => {
        await context.capture({ ttl: 3600 });
        await all.say(said);
        await context.fence();
        all.writes.push('too late');
        return applied;
      },
    });
    await all.say(start(all.plan));
    expect(await all.run()).toBe('done');
    expect(all.writes).toEqual([]);
    expect(all.happened()).not.toContain('StepApplied');
    expect(all.shell.warned).toEqual([]);
  });

  it('captures nothing once the wave is rolled back', async () => {
    const all = given({
      apply: async (context) => {
        await all.say(rollBack());
        await context.capture({ ttl: 3600 });
        all.writes.push('too late');
        return applied;
      },
    });
    await all.say(start(all.plan));
    await all.run();
    expect(all.happened()).not.toContain('StateCaptured');
    expect(all.writes).toEqual([]);
  });

  it('writes nothing more once another worker could have the wave', async () => {
    const all = given({
      apply: async (context) => {
        await context.capture({ ttl: 3600 });
        all.shell.loseLease(all.plan.wave, 'work');
        await context.fence();
        all.writes.push('too late');
        return applied;
      },
    });
    await all.say(start(all.plan));
    expect(await all.run()).toBe('done');
    expect(all.writes).toEqual([]);
    expect(all.happened()).toEqual(['WaveStarted', 'StepBegun', 'StateCaptured']);
  });

  it('writes nothing more when it slept over the log that its fence read', async () => {
    const all = given({
      apply: async (context) => {
        await context.capture({ ttl: 3600 });
        const { log } = all.shell.engine;
        const { load } = log;
        Object.assign(log, {
          load: async (...asked: Parameters<typeof load>) => {
            const stored = await load(...asked);
            all.shell.loseLease(all.plan.wave, 'work');
            return stored;
          },
        });
        await context.fence();
        all.writes.push('too late');
        return applied;
      },
    });
    await all.say(start(all.plan));
    expect(await all.run()).toBe('done');
    expect(all.writes).toEqual([]);
  });

  it.each<[string, Lease['isHeld']]>([
    ['another worker has the wave', async () => false],
    ['nobody can tell who has the wave', () => Promise.reject(new Error('Redis is away'))],
  ])('sends nothing more, long after its fence, once %s; on the way back neither', async (_what, isHeld) => {
    let ours: Lease | null = null;
    const late = async (context: StepContext): Promise<never> => {
      await context.fence();
      Object.assign(ours ?? {}, { isFresh: () => false, isHeld });
      await lastLook();
      throw new Error('too late');
    };
    const all = given({ apply: late, undo: late });
    const { lease } = all.shell.engine;
    const { take } = lease;
    Object.assign(lease, { take: async (...asked: Parameters<typeof take>) => (ours = await take(...asked)) });
    await all.say(start(all.plan));
    expect(await all.run()).toBe('done');
    expect(all.happened()).toEqual(['WaveStarted', 'StepBegun']);
    await all.say(rollBack());
    expect(await all.undo()).toBe('done');
    expect(all.happened().at(-1)).toBe('UndoBegun');
    expect(all.shell.warned).toEqual([]);
  });

  it('comes again a moment later while another worker has the wave', async () => {
    const { say, run, shell, plan, happened } = given();
    await say(start(plan));
    const other = await shell.engine.lease.take(plan.wave, 'work');
    expect(await run()).toEqual({ againAfterMs: expect.any(Number) });
    expect(happened()).toEqual(['WaveStarted']);
    await other?.release();
    expect(await run()).toBe('done');
  });

  it('keeps the first capture when it is made twice, as after a death', async () => {
    const found: unknown[] = [];
    let times = 0;
    const all = given({
      apply: async (context) => {
        found.push(await context.capture({ ttl: times++ === 0 ? 3600 : 300 }));
        if (times === 1) all.shell.loseLease(all.plan.wave, 'work');
        await context.fence();
        return applied;
      },
    });
    await all.say(start(all.plan));
    const visit = visitOf(all.wave());
    await all.run(visit);
    await all.run(visit);
    expect(found).toEqual([{ ttl: 3600 }, { ttl: 3600 }]);
    expect(all.happened().filter((type) => type === 'StateCaptured')).toHaveLength(1);
    expect(all.happened().slice(-2)).toEqual(['StepApplied', 'StepPassed']);
  });

  it('gives the wave back also when it throws', async () => {
    const { say, run, shell, plan } = given({
      apply: async () => {
        throw new Error('our own mistake');
      },
    });
    await say(start(plan));
    await run();
    expect(await shell.engine.lease.isFree(plan.wave, 'work')).toBe(true);
  });
});

describe('what goes wrong in a step', () => {
  const throwing = (cause: unknown) =>
    given({
      apply: async () => {
        throw cause;
      },
    });

  it('is tried again when the world says later, and not before it says', async () => {
    const { say, run, wave, plan, shell } = throwing(
      new Fault('The platform answered 429.', { system: 'platform', transient: true, retryAfterMs: 40_000 }),
    );
    await say(start(plan));
    await run();
    expect(wave().status).toBe('running');
    const step = wave().steps[0];
    expect(step?.nextAt).toBe(shell.now + 40_000);
    expect(step?.summary).toBe('The platform answered 429.');
  });

  it('holds the wave when the world refuses for good', async () => {
    const { say, run, wave, plan } = throwing(
      new Fault('The platform answered 403.', { system: 'platform', transient: false }),
    );
    await say(start(plan));
    await run();
    expect(wave().status).toBe('held');
  });

  it('is a fault with a log id when the mistake is ours, never a failure of the site', async () => {
    const { say, run, wave, plan, shell, happened } = throwing(new TypeError('x is not a function of the secret'));
    await say(start(plan));
    await run();
    expect(happened().at(-1)).toBe('StepFaulted');
    const summary = wave().steps[0]?.summary ?? '';
    const id = /log id ([0-9a-f]{8})/.exec(summary)?.[1];
    expect(summary).not.toContain('secret');
    expect(shell.warned).toMatchObject([{ about: { id, wave: plan.wave } }]);
  });

  it('rolls back at once when the check fails', async () => {
    const failing: Outcome = { kind: 'failed', summary: 'Calls are lost.', evidence: [] };
    const { say, run, wave, plan, happened } = given({ check: async () => failing });
    await say(start(plan));
    await run();
    await run();
    expect(wave().status).toBe('rolling-back');
    expect(happened().slice(-2)).toEqual(['StepFailed', 'RollbackStarted']);
  });
});

describe('before a step begins', () => {
  const DRAINING: readonly StepKind[] = ['drain-legacy', 'restore-ttl'];

  it('is rolled back when callers find two ways in, or none', async () => {
    for (const [enabled, mode] of [
      [true, 'active'],
      [false, 'standby'],
    ] as const) {
      const { say, run, memory, writes, wave, plan } = given({}, shortPlan({}, [], DRAINING));
      await say(start(plan));
      for (const trunk of memory.trunks.values()) trunk.enabled = enabled;
      for (const trunk of memory.legacyTrunks.values()) trunk.mode = mode;
      await run();
      expect(writes).toEqual([]);
      expect(['rolling-back', 'rolled-back']).toContain(wave().status);
    }
  });

  it('is held when callers find one way in, but not the one that the wave has come to', async () => {
    const { say, run, memory, writes, wave, plan } = given({}, shortPlan({}, [], DRAINING));
    await say(start(plan));
    for (const trunk of memory.trunks.values()) trunk.enabled = true;
    for (const trunk of memory.legacyTrunks.values()) trunk.mode = 'standby';
    await run();
    expect(writes).toEqual([]);
    expect(wave()).toMatchObject({ status: 'held', hold: { cause: 'split-brain' } });
  });

  it.each([
    ['waits for the window to open', T0 + HOUR / 60, T0 + 2 * HOUR, 'running'],
    ['is held when the window has closed', T0 - 2 * HOUR, T0, 'held'],
  ] as const)('%s', async (_what, opens, closes, status) => {
    const { say, run, writes, wave, plan } = given({}, shortPlan({ window: { opens, closes } }, [], DRAINING));
    await say(start(plan));
    await run();
    expect(writes).toEqual([]);
    expect(wave().status).toBe(status);
    if (status === 'running') expect(wave().steps[0]?.nextAt).toBe(opens);
  });

  it('asks for its conditions once, not again in the middle of it', async () => {
    let asked = 0;
    const { say, run, plan } = given({
      ready: async () => {
        asked++;
        return passed;
      },
      apply: async (context: StepContext) => {
        await context.capture({ ttl: 3600 });
        return { kind: 'waiting', summary: 'Not yet.', evidence: [], recheckAfterMs: 1_000, until: null };
      },
    });
    await say(start(plan));
    await run();
    await run();
    expect(asked).toBe(1);
  });

  it('waits where its conditions are not met, and writes nothing', async () => {
    const { say, run, writes, wave, plan, shell } = given({
      ready: async () => ({
        kind: 'waiting',
        summary: 'Not yet.',
        evidence: [],
        recheckAfterMs: HOUR / 60,
        until: null,
      }),
    });
    await say(start(plan));
    await run();
    expect(writes).toEqual([]);
    expect(wave().steps[0]?.nextAt).toBe(shell.now + HOUR / 60);
  });
});

describe('the inspection of a gate', () => {
  const gatedFirst = shortPlan({}, ['lower-ttl'] satisfies readonly StepKind[]);

  it('opens it with the evidence of the way in', async () => {
    const { say, inspect, wave, plan, happened, writes } = given({}, gatedFirst);
    await say(start(plan));
    await inspect();
    expect(wave().status).toBe('gated');
    expect(happened()).toEqual(['WaveStarted', 'GateOpened']);
    expect(writes).toEqual([]);
  });

  it('asks nobody anything when it is an old one', async () => {
    let asked = 0;
    const all = given(
      {
        ready: async () => {
          asked++;
          return passed;
        },
      },
      gatedFirst,
    );
    await all.say(start(all.plan));
    const old = visitOf(all.wave());
    await all.inspect(old);
    await all.say((wave) => approve()(wave) && ({ ...approve()(wave), hash: hashOf(wave) } as WaveCommand));
    await all.inspect(old);
    await all.inspect(old);
    expect(asked).toBe(1);
  });

  it('leaves it closed for a fault that may pass', async () => {
    const { say, inspect, wave, plan } = given(
      {
        ready: async () => {
          throw new Fault('The resolver is silent.', { system: 'resolver', transient: true });
        },
      },
      gatedFirst,
    );
    await say(start(plan));
    await inspect();
    expect(wave().status).toBe('running');
    expect(wave().steps[0]?.gate.state).toBe('closed');
  });

  function hashOf(wave: Wave): string {
    const gate = wave.steps.find((step) => step.gate.state === 'open')?.gate;
    return gate?.state === 'open' ? gate.hash : '';
  }
});

describe('a visit of a way back', () => {
  it('undoes what was done, with what was captured, and ends the wave', async () => {
    const { say, run, undo, wave, plan, writes } = given();
    await say(start(plan));
    await run();
    await say(rollBack());
    await undo();
    expect(writes).toEqual(['apply lower-ttl', 'undo lower-ttl']);
    expect(wave().status).toBe('rolled-back');
  });

  it('does nothing when it is an old one, or the lease is lost', async () => {
    const all = given({
      undo: async (context) => {
        all.shell.loseLease(all.plan.wave, 'work');
        await context.fence();
        all.writes.push('too late');
        return { kind: 'undone', summary: '', evidence: [] };
      },
    });
    await all.say(start(all.plan));
    await all.run();
    const forward = visitOf(all.wave());
    await all.say(rollBack());
    await all.undo(forward);
    await all.undo();
    expect(all.writes).toEqual(['apply lower-ttl']);
    expect(all.wave().status).toBe('rolling-back');
  });

  it('that cannot be done leaves the wave stuck, with what is left to do by hand', async () => {
    const { say, run, undo, wave, plan } = given({
      undo: async () => ({ kind: 'failed', summary: 'The record cannot be written.', evidence: [] }),
    });
    await say(start(plan));
    await run();
    await say(rollBack());
    await undo();
    const stuck = wave();
    expect(stuck.status).toBe('stuck');
    expect(stuck.status === 'stuck' && stuck.runbook.length).toBeGreaterThan(0);
  });
});

describe('a timer', () => {
  it('that goes off early comes again in time', async () => {
    const { jobs, shell, plan, say } = given();
    await say(start(plan));
    expect(await jobs.wake(plan.wave, shell.now + 700)).toEqual({ againAfterMs: 700 });
  });

  it('puts on the queue what is due by then, and is harmless when nothing is', async () => {
    const { jobs, shell, plan, say } = given();
    await say(start(plan));
    shell.added.length = 0;
    expect(await jobs.wake(plan.wave, shell.now)).toBe('done');
    expect(shell.added.map(({ kind }) => kind)).toEqual(['run-step']);
    await say(pause(), resume(MARIA), abort());
    shell.added.length = 0;
    expect(await jobs.wake(plan.wave, shell.now)).toBe('done');
    expect(shell.added).toEqual([]);
  });
});

describe('the thread', () => {
  it('is written while the wave is worked on, by one hand', async () => {
    const { jobs, shell, plan, say } = given();
    await say(start(plan));
    const work = await shell.engine.lease.take(plan.wave, 'work');
    expect(await jobs.post(plan.wave)).toBe('done');
    const other = await shell.engine.lease.take(plan.wave, 'thread');
    expect(await jobs.post(plan.wave)).toEqual({ againAfterMs: expect.any(Number) });
    await Promise.all([work?.release(), other?.release()]);
  });
});
