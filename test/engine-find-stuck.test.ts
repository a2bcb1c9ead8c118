/** What stands still is found at its limits, and a repair offers work again without touching a wave. */

import type { WaveCommand } from '../src/core/commands';
import { due } from '../src/core/due';
import type { WaveId } from '../src/core/ids';
import type { Wave } from '../src/core/wave';
import { stuckReport } from '../src/doctor-stuck';
import { findStuck, repair } from '../src/engine/find-stuck';
import { handle } from '../src/engine/handle';
import type { WorkLook } from '../src/ports/work-look';
import {
  applied,
  begin,
  beginUndo,
  capture,
  HOUR,
  heldFor,
  MINUTE,
  report,
  reportUndo,
  rollBack,
  shortPlan,
  start,
  through,
  undoFailed,
  waitingFor,
} from './support/core-waves';
import { memoryShell } from './support/memory-shell';

type Step = WaveCommand | ((wave: Wave) => WaveCommand);

async function given(...steps: readonly Step[]) {
  const shell = memoryShell();
  const plan = shortPlan();
  for (const step of [start(plan), ...steps]) {
    const wave = shell.waves.get(plan.wave)?.wave as Wave;
    const handled = await handle(shell.engine, plan.wave, typeof step === 'function' ? step(wave) : step);
    if (handled.kind === 'refusal') throw new Error(handled.sentence);
  }
  shell.added.length = 0;
  shell.unheard.clear();
  const world = {
    job: 'none' as Awaited<ReturnType<WorkLook['jobOf']>>,
    lease: 'free' as Awaited<ReturnType<WorkLook['leaseOf']>>,
    behind: [] as { wave: WaveId; since: number | null }[],
    silent: null as number | null,
  };
  const look: WorkLook = {
    jobOf: async () => world.job,
    leaseOf: async () => world.lease,
    threadsBehind: async () => world.behind,
    silentUntil: async () => world.silent,
  };
  const find = async () => (await findStuck(shell.engine, look)).map(({ grade, kind }) => `${grade} ${kind}`);
  return { shell, look, world, find, id: plan.wave };
}

describe('work that is due', () => {
  it('is on its way for ten seconds, and lost after them when no job stands for it', async () => {
    const { shell, find } = await given();
    shell.now += 9_999;
    expect(await find()).toEqual([]);
    shell.now += 1;
    expect(await find()).toEqual(['red job-lost']);
  });

  it('is nobody’s trouble while a worker holds the wave', async () => {
    const { shell, world, find } = await given();
    shell.now += HOUR;
    world.lease = 'held';
    expect(await find()).toEqual([]);
  });

  it('is with a dead worker when its job is taken and the wave is free', async () => {
    const { shell, world, find } = await given();
    shell.now += MINUTE;
    world.job = 'with-worker';
    expect(await find()).toEqual(['red worker-dead']);
  });

  it('may wait a minute for a worker, and no longer', async () => {
    const { shell, world, find } = await given();
    world.job = 'to-come';
    shell.now += MINUTE - 1;
    expect(await find()).toEqual([]);
    shell.now += 1;
    expect(await find()).toEqual(['red no-worker']);
  });
});

it('a wave that waits for a known moment has a timer, or it is named', async () => {
  const { world, find } = await given(begin, capture, report(waitingFor(10 * MINUTE)));
  expect(await find()).toEqual(['amber timer-lost']);
  world.job = 'to-come';
  expect(await find()).toEqual([]);
});

it('waves that people have to see to are named with their reason, the stuck ones first', async () => {
  const held = await given(begin, capture, report(applied), report(heldFor('licences')));
  expect(await held.find()).toEqual(['amber held']);
  const stuck = await given(...through, rollBack(), beginUndo, reportUndo(undoFailed));
  stuck.world.behind.push({ wave: stuck.id, since: stuck.shell.now });
  stuck.shell.now += HOUR;
  expect(await stuck.find()).toEqual(['red stuck', 'amber thread-behind']);
  const { lines } = await stuckReport(stuck.shell.engine, stuck.look, false);
  expect(lines[1]).toMatch(/^ {2}RED {4}site-t-wave-1: stuck.*The record cannot be written.* since 2027-.*runbook/);
});

it('a thread is behind after ten seconds, and not for an old card', async () => {
  const { shell, world, find, id } = await given();
  world.lease = 'held';
  world.behind.push({ wave: id, since: shell.now }, { wave: id, since: null });
  shell.now += 9_999;
  expect(await find()).toEqual([]);
  shell.now += 1;
  expect(await find()).toEqual(['amber thread-behind']);
});

it('a lease that never runs out and a platform that wants silence are named', async () => {
  const { shell, world, find } = await given();
  world.lease = 'endless';
  world.silent = shell.now + 1;
  expect(await find()).toEqual(['amber lease-endless', 'amber lease-endless', 'amber platform-silent']);
  world.silent = shell.now;
  expect(await find()).toEqual(['amber lease-endless', 'amber lease-endless']);
});

it('a wave that cannot be read is named, and the others are looked at all the same', async () => {
  const { shell, look, id } = await given();
  const load = shell.engine.log.load;
  const broken = 'site-u-wave-1' as WaveId;
  const engine = {
    ...shell.engine,
    log: {
      ...shell.engine.log,
      openWaves: async () => [broken, id],
      load: (wave: WaveId) => (wave === broken ? Promise.reject(new Error('not a wave’s record')) : load(wave)),
    },
  };
  shell.now += MINUTE;
  expect((await findStuck(engine, look)).map(({ wave, kind }) => [wave, kind])).toEqual([
    [id, 'job-lost'],
    [broken, 'unreadable'],
  ]);
});

describe('a repair', () => {
  it('offers lost work again and writes no event', async () => {
    const { shell, look, id } = await given();
    shell.now += MINUTE;
    const before = shell.waves.get(id);
    const findings = await findStuck(shell.engine, look);
    expect(await repair(shell.engine, look, findings)).toEqual(findings);
    expect(shell.waves.get(id)).toBe(before);
    const work = due((before as NonNullable<typeof before>).wave).filter(({ kind }) => kind !== 'post');
    expect(shell.added).toEqual(work);
  });

  it('offers only news to a thread that is behind', async () => {
    const { shell, look, world, id } = await given(begin, capture, report(applied), report(heldFor('licences')));
    world.behind.push({ wave: id, since: shell.now });
    shell.now += MINUTE;
    const mended = await repair(shell.engine, look, await findStuck(shell.engine, look));
    expect(mended.map(({ kind }) => kind)).toEqual(['thread-behind']);
    expect(shell.added.map(({ kind }) => kind)).toEqual(['post']);
  });

  it('leaves to people what is theirs, and to a worker what it has taken meanwhile', async () => {
    const { shell, look, world } = await given();
    shell.now += MINUTE;
    const findings = await findStuck(shell.engine, look);
    world.lease = 'held';
    expect(await repair(shell.engine, look, findings)).toEqual([]);
    const stuck = await given(...through, rollBack(), beginUndo, reportUndo(undoFailed));
    const report = await stuckReport(stuck.shell.engine, stuck.look, true);
    expect([report.ok, stuck.shell.added]).toEqual([false, []]);
    expect(report.lines.at(-1)).toMatch(/0 offered again; no event and nothing outside was touched; 1 left for people/);
  });

  it('says so when there is nothing to do', async () => {
    const { look, shell } = await given();
    expect(await stuckReport(shell.engine, look, true)).toEqual({ ok: true, lines: ['Standing still: nothing'] });
  });
});
