/** What of a wave's events is worth counting: durations and outcomes under few names, and nothing that names anybody. */
import type { WaveCommand } from '../src/core/commands';
import { type Observation, observationsOf } from '../src/core/observations';
import type { Wave } from '../src/core/wave';
import { handle } from '../src/engine/handle';
import {
  applied,
  approve,
  begin,
  beginUndo,
  capture,
  failed,
  faulted,
  HOUR,
  heldFor,
  holdGate,
  MINUTE,
  passed,
  report,
  reportGate,
  reportUndo,
  retry,
  rollBack,
  shortPlan,
  skip,
  start,
  through,
  tick,
  undoFailed,
  undone,
  waitingFor,
} from './support/core-waves';
import { memoryShell } from './support/memory-shell';

type Move = number | WaveCommand | ((wave: Wave) => WaveCommand);

/** All that is observed while these commands go through the one door; a number lets so many ms pass. */
async function observedIn(...moves: readonly Move[]): Promise<readonly Observation[]> {
  const shell = memoryShell();
  const seen: Observation[] = [];
  const { append } = shell.engine.log;
  const engine = {
    ...shell.engine,
    log: {
      ...shell.engine.log,
      append: async (asked: Parameters<typeof append>[0]) => {
        seen.push(...observationsOf(asked.next, asked.events));
        return append(asked);
      },
    },
  };
  const plan = shortPlan();
  for (const move of [start(plan), ...moves]) {
    if (typeof move === 'number') {
      shell.now += move;
      continue;
    }
    const wave = shell.waves.get(plan.wave)?.wave;
    const command = typeof move === 'function' ? move(wave as Wave) : move;
    const handled = await handle(engine, plan.wave, command);
    if (handled.kind === 'refusal') throw new Error(`${command.type}: ${handled.sentence}`);
  }
  return seen;
}

const STARTED = { about: 'wave', became: 'started' };
const FIRST = { about: 'step', kind: 'lower-ttl', outcome: 'passed', ms: 0 };

test('a step is timed from its first visit to its end, its waiting and its faults included', async () => {
  expect(
    await observedIn(
      begin,
      capture,
      MINUTE,
      report(waitingFor(10 * MINUTE)),
      10 * MINUTE,
      report(faulted(true)),
      5 * MINUTE,
      report(applied),
      report(passed),
    ),
  ).toEqual([STARTED, { about: 'fault', kind: 'lower-ttl' }, { ...FIRST, ms: 16 * MINUTE }]);
});

test('a gate is timed from its card to the approval that completes it', async () => {
  expect(await observedIn(...through, reportGate(passed), 20 * MINUTE, approve())).toEqual([
    STARTED,
    FIRST,
    { about: 'gate', kind: 'switch-dns', decision: 'approved', ms: 20 * MINUTE },
  ]);
});

test('a gate that people hold, or that nobody decides, ends without a time', async () => {
  expect((await observedIn(...through, reportGate(passed), MINUTE, holdGate())).slice(2)).toEqual([
    { about: 'gate', kind: 'switch-dns', decision: 'held', ms: null },
    { about: 'hold', cause: 'gate-held' },
  ]);
  expect((await observedIn(...through, reportGate(passed), 25 * HOUR, tick)).slice(2)).toEqual(
    expect.arrayContaining([
      { about: 'gate', kind: 'switch-dns', decision: 'expired', ms: null },
      { about: 'hold', cause: 'gate-expired' },
    ]),
  );
});

test('holds are told by cause, and a step that is left out is one that ended', async () => {
  const at = [...through, reportGate(passed), approve(), ...through];
  expect((await observedIn(...at, begin, report(heldFor('not-ready')), skip())).slice(4)).toEqual([
    { about: 'hold', cause: 'not-ready' },
    { about: 'step', kind: 'restore-ttl', outcome: 'skipped', ms: 0 },
    { about: 'wave', became: 'completed' },
  ]);
});

test('a rollback is told by who began it, and each undo is timed by itself', async () => {
  const back = [beginUndo, 2 * MINUTE, reportUndo(undone)];
  expect((await observedIn(...through, HOUR, rollBack(), ...back)).slice(2)).toEqual([
    { about: 'rollback', by: 'person' },
    { about: 'step', kind: 'lower-ttl', outcome: 'undone', ms: 2 * MINUTE },
    { about: 'wave', became: 'rolled-back' },
  ]);
  expect(await observedIn(begin, capture, MINUTE, report(failed))).toEqual([
    STARTED,
    expect.objectContaining({ about: 'step', outcome: 'failed' }),
    { about: 'rollback', by: 'bot' },
  ]);
});

test('an undo that cannot be done makes the wave stuck', async () => {
  expect((await observedIn(...through, rollBack(), beginUndo, reportUndo(undoFailed), retry())).slice(3)).toEqual([
    { about: 'step', kind: 'lower-ttl', outcome: 'undo-failed', ms: 0 },
    { about: 'wave', became: 'stuck' },
  ]);
});

test('nothing that is observed names a wave, a person or a sentence', async () => {
  const text = JSON.stringify(await observedIn(...through, reportGate(passed), approve(), rollBack()));
  for (const word of ['site-t', 'U0', 'agents complain', 'All good']) expect(text).not.toContain(word);
});
