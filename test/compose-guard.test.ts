/** What a worker does for a wave that could not be compared with anything outside the store. */
import type { Jobs } from '../jobs';
import { goesOnIn, guardedJobs } from '../src/compose-guard';
import type { WaveId } from '../src/core/ids';
import { LATE_MS } from '../src/engine/store-guard';
import type { StoreMark } from '../src/ports/store-mark';
import { approve, begin, capture, passed, play, reportGate, shortPlan, start, through } from './support/core-waves';
import { memoryShell } from './support/memory-shell';

const plan = shortPlan();
const beforeGate = play(null, [start(plan), ...through]);
/** Callers are under way to the new side. */
const switching = play(beforeGate, [reportGate(passed), approve(), begin, capture]);
const visit = { step: 'switch-dns' as never, attempt: 1, visit: 1 };

function house(wave = switching) {
  const state = { doubted: true, ageMs: LATE_MS, leaving: false, away: true };
  const standing = async () => ({ doubted: state.doubted ? 1 : 0, ageMs: state.ageMs, search: null, doubt: null });
  const mark: StoreMark = {
    standing,
    look: standing,
    isDoubted: async () => state.doubted,
    doubt: async () => undefined,
    doubted: async () => new Map(),
    settle: async () => undefined,
    searched: async () => undefined,
  };
  const { engine } = memoryShell();
  const inner = { ...engine, log: { ...engine.log, load: async () => ({ wave, head: '' }) } };
  const done: string[] = [];
  const job = (name: string) => async () => {
    done.push(name);
    return 'done' as never;
  };
  const jobs: Jobs = {
    runStep: job('run-step'),
    inspectGate: job('inspect-gate'),
    undoStep: job('undo-step'),
    post: job('post'),
    wake: job('wake'),
  };
  const guarded = { inner, mark, unseen: new Set<WaveId>() };
  const comparer = { look: async () => undefined, ask: () => undefined, slackIsAway: () => state.away };
  return {
    state,
    done,
    jobs: guardedJobs(jobs, guarded, comparer),
    goesOn: goesOnIn(guarded, () => state.leaving),
  };
}

it('a wave that nobody doubts is taken from step to step, unless the worker leaves', async () => {
  const { state, goesOn } = house();
  expect(goesOn(plan.wave)).toBe(true);
  state.leaving = true;
  expect(goesOn(plan.wave)).toBe(false);
});

it('a wave that goes on in doubt is asked for step by step, until it is settled', async () => {
  const { state, done, jobs, goesOn } = house();
  await jobs.runStep(plan.wave, visit);
  expect([done, goesOn(plan.wave)]).toEqual([['run-step'], false]);
  state.doubted = false;
  await jobs.runStep(plan.wave, visit);
  expect([done, goesOn(plan.wave)]).toEqual([['run-step', 'run-step'], true]);
});

it.each([
  ['its doubt is not late', { ageMs: LATE_MS - 1 }],
  ['Slack can be asked', { away: false }],
])('nothing is done for a wave in doubt while %s', async (_when, now) => {
  const { state, done, jobs, goesOn } = house();
  Object.assign(state, now);
  expect(await jobs.runStep(plan.wave, visit)).toMatchObject({ againAfterMs: expect.any(Number) });
  expect([done, goesOn(plan.wave)]).toEqual([[], true]);
});

it('no gate is opened and nothing is told for a wave in doubt', async () => {
  const { done, jobs } = house(beforeGate);
  await jobs.inspectGate(plan.wave, visit);
  await jobs.post(plan.wave);
  await jobs.wake(plan.wave, 0);
  expect(done).toEqual([]);
});
