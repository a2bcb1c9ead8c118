/** A worker that goes on with what is due at once: what it tells, when that stands in the log, and what stops it. */
import { createJobs } from '../jobs';
import type { JobRoom } from '../jobs/step-context';
import { stepWorks } from '../jobs/steps';
import type { StepWork } from '../jobs/steps/step-work';
import type { WaveCommand } from '../src/core/commands';
import type { Plan } from '../src/core/plan';
import { handle } from '../src/engine/handle';
import { guardedLog } from '../src/engine/store-guard';
import { createWaveMemory } from '../src/engine/wave-memory';
import type { StoreMark } from '../src/ports/store-mark';
import type { Append, WaveLog } from '../src/ports/wave-log';
import { applied, passed, pause, rollBack, shortPlan, start, visitOf, waitingFor } from './support/core-waves';
import { memoryCursors, memoryShell, memoryThread } from './support/memory-shell';
import { createMemoryWorld } from './support/memory-world';

const STEPS = ['lower-ttl', 'provision-standby', 'assign-licences'] as const;

function given(
  more: Partial<StepWork> = {},
  goesOn: JobRoom['goesOn'] = () => true,
  plan: Plan = shortPlan({}, [], STEPS),
  around: (log: WaveLog) => WaveLog = (log) => log,
) {
  const shell = memoryShell();
  const appends: Append[] = [];
  const engine = {
    ...shell.engine,
    log: around({
      ...shell.engine.log,
      append: async (append: Append) => {
        const appended = await shell.engine.log.append(append);
        if (appended.kind === 'appended') appends.push(append);
        return appended;
      },
    }),
  };
  const work: StepWork = {
    apply: async () => applied,
    check: async () => passed,
    undo: async () => ({ kind: 'undone', summary: 'As before.', evidence: [] }),
    ...more,
  };
  const works = {
    ...stepWorks({ evaluate: () => false }),
    ...Object.fromEntries(plan.steps.map(({ kind }) => [kind, work])),
  };
  const room: JobRoom = { engine, world: createMemoryWorld().world, works, worker: 'worker-1', goesOn };
  const { log, clock, digest, warn } = engine;
  const jobs = createJobs(room, {
    log,
    clock,
    digest,
    warn,
    alarm: shell.alarm,
    cursors: memoryCursors(shell),
    thread: memoryThread().thread,
  });
  const wave = () => {
    const stored = shell.waves.get(plan.wave);
    if (!stored) throw new Error('no wave');
    return stored.wave;
  };
  const typesOf = (append: Append): string => append.events.map(({ event }) => event.type).join(' ');
  return {
    shell,
    plan,
    wave,
    say: async (command: WaveCommand): Promise<void> => {
      const handled = await handle(shell.engine, plan.wave, command);
      if (handled.kind === 'refusal') throw new Error(handled.sentence);
    },
    run: () => jobs.runStep(plan.wave, visitOf(wave())),
    undo: () => jobs.undoStep(plan.wave, visitOf(wave())),
    trips: (): readonly string[] => appends.map(typesOf),
    added: () => shell.added.filter(({ kind }) => kind !== 'post').map(({ key }) => key),
    isFree: () => shell.engine.lease.isFree(plan.wave, 'work'),
  };
}

it('takes a wave to its end in one job, with one append for the end of a step and the beginning of the next', async () => {
  const { say, run, plan, trips, wave } = given();
  await say(start(plan));
  expect(await run()).toBe('done');
  expect(trips()).toEqual([
    'StepBegun',
    'StepApplied StepPassed StepBegun',
    'StepApplied StepPassed StepBegun',
    'StepApplied StepPassed WaveCompleted',
  ]);
  expect(wave().status).toBe('completed');
});

it('has a step begin in the log before anything of it is applied', async () => {
  const seen: string[] = [];
  const all = given({
    apply: async ({ step }) => {
      seen.push(`${step.kind}: ${all.trips().at(-1)?.split(' ').at(-1)} ${all.wave().seq}`);
      return applied;
    },
  });
  await all.say(start(all.plan));
  await all.run();
  expect(seen).toEqual(['lower-ttl: StepBegun 2', 'provision-standby: StepBegun 5', 'assign-licences: StepBegun 8']);
});

it('does not keep to itself what it has done while a check takes its time', async () => {
  const all = given(
    {
      check: async () => {
        while (!all.trips().includes('StepApplied')) await new Promise((resolve) => setTimeout(resolve, 5));
        return passed;
      },
    },
    undefined,
    shortPlan({}, [], ['lower-ttl']),
  );
  await all.say(start(all.plan));
  await all.run();
  expect(all.trips()).toEqual(['StepBegun', 'StepApplied', 'StepPassed WaveCompleted']);
});

it('has written what it was told before a fence lets a check write', async () => {
  const all = given(
    {
      check: async (context) => {
        await context.fence();
        expect(all.trips().at(-1)).toBe('StepApplied');
        return passed;
      },
    },
    undefined,
    shortPlan({}, [], ['lower-ttl']),
  );
  await all.say(start(all.plan));
  await all.run();
  expect(all.wave().status).toBe('completed');
});

it('leaves the next step to a job of its own when it was told to end, with the wave free before the job is there', async () => {
  const all = given({}, () => false);
  await all.say(start(all.plan));
  await all.run();
  expect(all.trips()).toEqual(['StepBegun', 'StepApplied StepPassed']);
  expect(await all.isFree()).toBe(true);
  expect(all.added().at(-1)).toContain('provision-standby');
});

it('puts on the queue what is due when it ends after an append that was to go on', async () => {
  let goesOn = true;
  const all = given(
    {
      check: async (context) => {
        await new Promise((resolve) => setTimeout(resolve, 600));
        goesOn = false;
        await context.fence();
        return passed;
      },
    },
    () => goesOn,
  );
  await all.say(start(all.plan));
  await all.run();
  expect(all.trips()).toEqual(['StepBegun', 'StepApplied', 'StepPassed']);
  expect(all.added().at(-1)).toContain('provision-standby');
  expect(await all.isFree()).toBe(true);
});

it('begins nothing more once people have paused the wave; what was done counts', async () => {
  const all = given({
    check: async () => {
      await all.say(pause());
      return passed;
    },
  });
  await all.say(start(all.plan));
  await all.run();
  expect(all.wave()).toMatchObject({ status: 'held', at: 1 });
  expect(all.wave().steps.map(({ status }) => status)).toEqual(['done', 'pending', 'pending']);
  expect(await all.isFree()).toBe(true);
});

it('tells nothing of a step that was rolled back meanwhile', async () => {
  const all = given({
    check: async () => {
      await all.say(rollBack());
      return passed;
    },
  });
  await all.say(start(all.plan));
  await all.run();
  expect(all.wave().status).toBe('rolling-back');
  expect(all.trips()).toEqual(['StepBegun']);
});

it('appends nothing once its lease is lost, and says so to nobody but the next worker', async () => {
  const all = given({
    check: async () => {
      all.shell.loseLease(all.plan.wave, 'work');
      return passed;
    },
  });
  await all.say(start(all.plan));
  expect(await all.run()).toBe('done');
  expect(all.trips()).toEqual(['StepBegun']);
  expect(all.wave().steps[0]?.status).toBe('running');
});

it('undoes all of a wave in one job, each way back begun in the log before it is gone', async () => {
  const undone: string[] = [];
  let goesOn = false;
  const all = given(
    {
      undo: async ({ step }) => {
        undone.push(`${step.kind}: ${all.trips().at(-1)?.split(' ').at(-1)}`);
        return { kind: 'undone', summary: 'As before.', evidence: [] };
      },
    },
    () => goesOn,
  );
  await all.say(start(all.plan));
  await all.run();
  await all.run();
  await all.say(rollBack());
  goesOn = true;
  await all.undo();
  expect(all.wave().status).toBe('rolled-back');
  expect(undone).toHaveLength(2);
  for (const each of undone) expect(each).toContain('UndoBegun');
});

it('writes the end of a step of a wave in doubt, though the gate after it may not be opened meanwhile', async () => {
  const standing = { doubted: 1, ageMs: 60_000, search: null };
  const mark: StoreMark = {
    look: async () => ({ ...standing, doubt: null }),
    standing: async () => standing,
    isDoubted: async () => true,
    doubt: async () => undefined,
    doubted: async () => new Map(),
    settle: async () => undefined,
    searched: async () => undefined,
  };
  const unseen = new Set<string>();
  const all = given(
    {},
    (wave) => !unseen.has(wave),
    shortPlan({}, ['provision-standby'], STEPS),
    (log) =>
      guardedLog(log, {
        mark,
        memory: createWaveMemory(),
        unseen: (wave) => unseen.has(wave),
      }),
  );
  await all.say(start(all.plan));
  unseen.add(all.plan.wave);
  await all.run();
  expect(all.trips()).toEqual(['StepBegun', 'StepApplied StepPassed']);
  expect(all.added().at(-1)).toContain('provision-standby');
});

it('puts on the queue what is due when its append was carried out and sent once more', async () => {
  let looks = 0;
  const check: StepWork['check'] = async () => (looks++ === 0 ? waitingFor(1_000) : passed);
  const all = given({ check }, undefined, undefined, (log) => ({
    ...log,
    append: async (append) => {
      const first = await log.append(append);
      return append.events.some(({ event }) => event.type === 'StepPassed') ? log.append(append) : first;
    },
  }));
  await all.say(start(all.plan));
  await all.run();
  await all.run();
  expect(all.trips()).toEqual(['StepBegun', 'StepApplied StepWaited', 'StepPassed StepBegun']);
  expect(all.added().at(-1)).toContain('provision-standby');
  expect(await all.isFree()).toBe(true);
});
