import { due } from '../src/core/due';
import { EVIDENCE_PER_EVENT } from '../src/core/evidence';
import { stepId } from '../src/core/ids';
import { KIND_FACTS, STEP_KINDS } from '../src/core/step-kinds';
import { evolve, type Wave } from '../src/core/wave';
import {
  AISHA,
  abort,
  applied,
  begin,
  by,
  capture,
  DANIEL,
  failed,
  faulted,
  follow,
  given,
  HOUR,
  heldFor,
  MARIA,
  MINUTE,
  OTTO,
  passed,
  pause,
  planOf,
  play,
  report,
  reportGate,
  resume,
  retry,
  rollBack,
  shortPlan,
  skip,
  start,
  stepOf,
  T0,
  through,
  UMA,
  upTo,
  visitOf,
  WORKER,
  waitingFor,
} from './support/core-waves';

const plan = shortPlan();
const fresh = (): Wave => play(null, [start(plan)]);
const underWay = (): Wave => play(fresh(), [begin, capture]);
const inCheck = (): Wave => play(underWay(), [report(applied)]);
const lastStep = (): Wave => upTo(fresh(), 'restore-ttl');
/** lower-ttl has an hour. */
const DEADLINE = KIND_FACTS['lower-ttl'].deadlineMs;

const first = (wave: Wave) => due(wave)[0];

describe('a wave', () => {
  test('is started by an operator and is then owed its first step', () => {
    given(null).when(start(plan)).gives({ type: 'WaveStarted', plan });
    expect(due(fresh())).toEqual([
      {
        kind: 'run-step',
        key: 'site-t-wave-1.lower-ttl.1.1',
        visit: { step: 'lower-ttl', attempt: 1, visit: 1 },
        notBefore: null,
      },
      { kind: 'post', key: 'site-t-wave-1.post.1', seq: 1 },
    ]);
  });

  test.each([
    ['an approver who is no operator', DANIEL, /not an operator/],
    ['an outsider', OTTO, /not an operator/],
    ['somebody of whom Slack does not say who she is', UMA, /try again/],
    ['a machine', WORKER, /by a person/],
  ])('is not started by %s', (_, actor, sentence) => {
    given(null).when(start(plan, actor)).isRefused('not-allowed', sentence);
  });

  test('is not started twice', () =>
    given(fresh())
      .when(start(plan))
      .isRefused('exists', /started already/));

  test('goes step by step to its end', () => {
    const wave = play(lastStep(), [...through]);
    expect(wave).toMatchObject({ status: 'completed', endedAt: T0 });
    expect(wave.steps.map((step) => step.status)).toEqual(['done', 'done', 'done']);
  });

  test('completes in the same append in which its last step passes', () => {
    given(play(lastStep(), [begin, report(applied)]))
      .when(report(passed))
      .gives('StepPassed', 'WaveCompleted');
  });

  test('whose log does not begin with its start is a fault of ours, said with its id', () => {
    expect(() => follow(null, by(MARIA, { type: 'WaveCompleted' }))).toThrow(
      /site-t-wave-1 .* WaveStarted .* WaveCompleted/,
    );
  });

  test('never changes what it was: evolve answers with another one', () => {
    const wave = underWay();
    const before = JSON.stringify(wave);
    play(wave, [report(applied), report(passed)]);
    expect(JSON.stringify(wave)).toBe(before);
  });

  test('is the same when it is read back from the store', () => {
    const wave = play(underWay(), [report(waitingFor(MINUTE))]);
    const restored = JSON.parse(JSON.stringify(wave)) as Wave;
    expect(restored).toEqual(wave);
    expect(due(restored)).toEqual(due(wave));
  });

  test('keeps the number and the time of its newest event', () => {
    const logged = { wave: fresh().id, seq: 7, at: T0 + 5, by: { kind: 'bot' as const, worker: 'w' } };
    const wave = evolve(fresh(), {
      ...logged,
      event: { type: 'StepBegun', step: plan.steps[0]?.id as never, attempt: 1 },
    });
    expect(wave).toMatchObject({ seq: 7, lastAt: T0 + 5 });
  });
});

describe('a step', () => {
  test('begins once: a job that is delivered twice begins nothing new', () => {
    given(fresh()).when(begin).gives({ type: 'StepBegun', attempt: 1 });
    given(play(fresh(), [begin]))
      .when(begin)
      .givesNothing();
  });

  test('keeps its first capture: a later one would hold our own writes', () => {
    given(play(fresh(), [begin]))
      .when(capture)
      .gives('StateCaptured');
    given(underWay())
      .when({ type: 'CaptureState', visit: visitOf(underWay()), captured: 'our own', actor: WORKER })
      .givesNothing();
    expect(stepOf(play(underWay(), [report(heldFor('fault')), retry(), begin]), 'lower-ttl').captured).toEqual({
      ttl: 3600,
    });
  });

  test('captures nothing before it has begun: what never began is never undone', () => {
    given(fresh()).when(capture).isRefused('stale');
  });

  test('counts no report before it has begun', () => given(fresh()).when(report(passed)).isRefused('stale'));

  test('is checked after it was applied, by another job', () => {
    const wave = inCheck();
    expect(stepOf(wave, 'lower-ttl')).toMatchObject({ phase: 'check', visit: 2, attempt: 1 });
    expect(first(wave)).toMatchObject({ key: 'site-t-wave-1.lower-ttl.1.2' });
  });

  test('does not pass by its own word: work that reports "passed" is checked all the same', () => {
    given(underWay()).when(report(passed)).gives('StepApplied');
    given(play(underWay(), [report(passed)]))
      .when(report(passed))
      .gives('StepPassed');
  });

  test('counts the same report once', () => {
    const twice = report(applied)(underWay());
    given(play(underWay(), [twice]))
      .when(twice)
      .isRefused('stale');
  });

  test('hands its result from its work to its check, and the check’s over it', () => {
    const wave = play(underWay(), [report({ ...applied, result: { lag: 1 } } as never)]);
    expect(stepOf(wave, 'lower-ttl').result).toEqual({ lag: 1 });
    expect(stepOf(play(wave, [report(passed)]), 'lower-ttl').result).toEqual({ lag: 1 });
    expect(stepOf(play(wave, [report({ ...passed, result: 2 } as never)]), 'lower-ttl').result).toBe(2);
  });

  test('that fails starts the rollback in the same append, without asking', () => {
    given(inCheck())
      .when(report(failed))
      .gives(
        { type: 'StepFailed' },
        { type: 'RollbackStarted', reason: 'Calls are lost.', undo: [stepId('lower-ttl')] },
      );
  });

  test('shows at most so much evidence: what went wrong first, of the others evenly, and counts the rest', () => {
    const evidence = Array.from({ length: 100 }, (_, i) => ({ at: T0, asked: `q${i}`, answered: 'a', good: i !== 99 }));
    const decision = given(inCheck()).when(report({ ...failed, evidence } as never));
    const kept = [
      { asked: 'q99', good: false },
      // Of the 99 good ones, 22 from first to last.
      ...Array.from({ length: EVIDENCE_PER_EVENT - 2 }, (_, i) => evidence[Math.floor((i * 99) / 22)]),
      { answered: '77 further answers, not listed' },
    ];
    decision.gives({ type: 'StepFailed', evidence: kept as never }, 'RollbackStarted');
  });

  test('shows all its evidence, in order, where it fits', () => {
    const evidence = Array.from({ length: EVIDENCE_PER_EVENT }, (_, i) => ({
      at: T0,
      asked: `q${i}`,
      answered: 'a',
      good: i === 0,
    }));
    given(inCheck())
      .when(report({ ...passed, evidence } as never))
      .gives({ type: 'StepPassed', evidence });
  });
});

describe('a step that waits', () => {
  test('is asked again later, by another job, with what it carried', () => {
    const wave = play(underWay(), [report({ ...waitingFor(MINUTE), until: T0 + HOUR, progress: { seen: 3 } })]);
    expect(first(wave)).toMatchObject({ visit: { visit: 2 }, notBefore: T0 + MINUTE });
    expect(stepOf(wave, 'lower-ttl')).toMatchObject({ progress: { seen: 3 }, until: T0 + HOUR, phase: 'apply' });
    const again = play(wave, [report(waitingFor(MINUTE))], T0 + MINUTE);
    expect(stepOf(again, 'lower-ttl').progress).toEqual({ seen: 3 });
  });

  test('carries nothing over from its work to its check', () => {
    const wave = play(underWay(), [report({ ...waitingFor(MINUTE), progress: 1 }), report(applied)]);
    expect(stepOf(wave, 'lower-ttl').progress).toBeNull();
  });

  test('waits up to its deadline and is held one past it', () => {
    given(underWay())
      .when(report(waitingFor(MINUTE)), T0 + DEADLINE - MINUTE)
      .gives({ type: 'StepWaited', nextAt: T0 + DEADLINE });
    given(underWay())
      .when(report(waitingFor(MINUTE)), T0 + DEADLINE - MINUTE + 1)
      .gives({ type: 'WaveHeld', cause: 'deadline', reason: 'Not yet. Its time is up.' });
  });

  test('has its whole time again for the check', () => {
    const wave = play(underWay(), [report(applied)], T0 + DEADLINE);
    given(wave)
      .when(report(waitingFor(MINUTE)), T0 + 2 * DEADLINE - MINUTE)
      .gives('StepWaited');
  });

  test('has its whole time again after a resume', () => {
    const held = play(underWay(), [report(waitingFor(MINUTE))], T0 + DEADLINE);
    expect(held.status).toBe('held');
    const resumed = play(held, [resume()], T0 + DEADLINE + HOUR);
    expect(first(resumed)).toMatchObject({ kind: 'run-step', notBefore: null });
    given(resumed)
      .when(report(waitingFor(MINUTE)), T0 + DEADLINE + HOUR + DEADLINE - MINUTE)
      .gives('StepWaited');
  });

  test('is asked at once after a pause and a resume, however long it would have waited', () => {
    const wave = play(underWay(), [report(waitingFor(30 * MINUTE)), pause(), resume()]);
    expect(first(wave)).toMatchObject({ notBefore: null });
  });
});

describe('a step that meets trouble of our own', () => {
  const faults = (count: number, wave = underWay()): Wave =>
    Array.from({ length: count }).reduce<Wave>((w) => play(w, [report(faulted())]), wave);

  test.each([
    [1, 2_000],
    [2, 4_000],
    [3, 8_000],
    [5, 32_000],
    [6, 60_000],
    [40, 60_000],
  ])('is tried again; after fault number %i in a row in %i ms', (count, ms) => {
    expect(first(faults(count))).toMatchObject({ notBefore: T0 + ms });
    expect(faults(count).status).toBe('running');
  });

  test('waits no shorter than the other side asked for', () => {
    given(underWay())
      .when(report(faulted(true, 90_000)))
      .gives({ type: 'StepFaulted', nextAt: T0 + 90_000 });
    given(underWay())
      .when(report(faulted(true, 1)))
      .gives({ type: 'StepFaulted', nextAt: T0 + 2_000 });
  });

  test('counts from one again once something else was heard', () => {
    const wave = play(faults(5), [report(waitingFor(MINUTE)), report(faulted())]);
    expect(first(wave)).toMatchObject({ notBefore: T0 + 2_000 });
  });

  test('is tried up to its deadline, then held, never failed', () => {
    given(underWay())
      .when(report(faulted()), T0 + DEADLINE - 2_000)
      .gives({ type: 'StepFaulted', nextAt: T0 + DEADLINE });
    given(underWay())
      .when(report(faulted()), T0 + DEADLINE - 1_999)
      .gives({ type: 'WaveHeld', cause: 'fault' });
  });

  test('is held at once when trying again would be no use', () => {
    given(underWay())
      .when(report(faulted(false)))
      .gives({ type: 'WaveHeld', cause: 'fault', reason: 'The other side answered 503.' });
  });
});

describe('a wave that a person holds', () => {
  test('begins nothing new and owes nothing but the thread', () => {
    const wave = play(fresh(), [pause()]);
    given(wave).when(begin).isRefused('stale');
    expect(due(wave)).toEqual([{ kind: 'post', key: 'site-t-wave-1.post.2', seq: 2 }]);
  });

  test('counts the report of the job that was under way', () => {
    const wave = play(underWay(), [pause(), report(applied)]);
    expect(wave.status).toBe('held');
    expect(stepOf(wave, 'lower-ttl').phase).toBe('check');
    expect(first(play(wave, [resume()]))).toMatchObject({ kind: 'run-step', visit: { step: 'lower-ttl' } });
  });

  test('stands held before the next step when the last report was green', () => {
    const wave = play(inCheck(), [pause(), report(passed)]);
    expect(wave).toMatchObject({ status: 'held', at: 1, hold: { cause: 'person', reason: 'lunch' } });
    expect(first(play(wave, [resume()]))).toMatchObject({ kind: 'inspect-gate', visit: { step: 'switch-dns' } });
  });

  test('completes when that was the last step', () => {
    const wave = play(lastStep(), [begin, report(applied), pause(), report(passed)]);
    expect(wave.status).toBe('completed');
  });

  test('rolls back when the report is a failure, paused or not', () => {
    given(play(inCheck(), [pause()]))
      .when(report(failed))
      .gives('StepFailed', 'RollbackStarted');
  });

  test('stays held when the job waits, faults or holds', () => {
    for (const outcome of [waitingFor(MINUTE), faulted(), heldFor('lag'), faulted(false)]) {
      const wave = play(underWay(), [pause(), report(outcome)]);
      expect(wave.status).toBe('held');
      expect(due(wave).map((effect) => effect.kind)).toEqual(['post']);
    }
  });

  test('counts no capture any more: nothing is written after the pause', () => {
    given(play(fresh(), [begin, pause()]))
      .when(capture)
      .isRefused('stale');
  });

  test('gives the work to a new job on resume; the old one is stale', () => {
    const paused = play(underWay(), [pause()]);
    const late = report(applied)(paused);
    const resumed = play(paused, [resume()]);
    given(resumed).when(late).isRefused('stale');
    expect(first(resumed)).toMatchObject({ visit: { attempt: 1, visit: 2 } });
  });

  test('may be steered by every operator and approver, not only by who paused it', () => {
    given(play(fresh(), [pause(MARIA)]))
      .when(resume(AISHA))
      .gives('WaveResumed');
  });

  test('cannot be paused once more, and says why it is held', () => {
    given(play(fresh(), [pause()]))
      .when(pause())
      .isRefused('not-now', /lunch/);
  });
});

describe('a held wave', () => {
  const held = (): Wave => play(underWay(), [report(heldFor('licences'))]);

  test('keeps cause, sentence and the text to hand on', () => {
    given(underWay())
      .when(report({ ...heldFor('licences'), packet: 'organisation 1, users 4' } as never))
      .gives({ type: 'WaveHeld', cause: 'licences', reason: 'Held: licences.', packet: 'organisation 1, users 4' });
  });

  test('goes on where it was on resume, and from the step’s start on retry', () => {
    const checking = play(inCheck(), [report(heldFor('lag'))]);
    expect(stepOf(play(checking, [resume()]), 'lower-ttl')).toMatchObject({ phase: 'check', attempt: 1, begun: true });
    expect(stepOf(play(checking, [retry()]), 'lower-ttl')).toMatchObject({ phase: 'apply', attempt: 2, begun: false });
    given(play(checking, [retry()]))
      .when(begin)
      .gives({ type: 'StepBegun', attempt: 2 });
  });

  test('has a new deadline on retry', () => {
    const wave = play(play(held(), [retry()], T0 + 9 * HOUR), [begin], T0 + 9 * HOUR);
    given(wave)
      .when(report(waitingFor(MINUTE)), T0 + 9 * HOUR + DEADLINE - MINUTE)
      .gives('StepWaited');
  });

  test('keeps what a step had seen, so that a window goes on after resume', () => {
    const wave = play(underWay(), [
      report({ ...waitingFor(MINUTE), progress: { since: 1 } }),
      report(heldFor('no-data')),
      resume(),
    ]);
    expect(stepOf(wave, 'lower-ttl').progress).toEqual({ since: 1 });
  });

  test('does not skip a step that protects calls', () =>
    given(held())
      .when(skip())
      .isRefused('not-skippable', /protects calls/));

  test('skips a step that may be left out, with a reason', () => {
    const wave = play(lastStep(), [pause()]);
    given(wave)
      .when(skip(MARIA, '  '))
      .isRefused('incomplete', /reason/);
    given(wave)
      .when(skip(MARIA, 'TTLs stay low'))
      .gives({ type: 'StepSkipped', step: stepId('restore-ttl'), reason: 'TTLs stay low' }, 'WaveCompleted');
  });

  test('goes on by itself after a skip that was not the last step', () => {
    const roomy = play(null, [start(shortPlan({}, [], ['assign-licences', 'restore-ttl'])), pause()]);
    given(roomy).when(skip()).gives('StepSkipped', 'WaveResumed');
    expect(first(play(roomy, [skip()]))).toMatchObject({ kind: 'run-step', visit: { step: 'restore-ttl' } });
  });

  test('never skips a gated step, nor any step of a regulated site', () => {
    const gatedLast = play(null, [start(shortPlan({}, ['restore-ttl'], ['restore-ttl'])), pause()]);
    given(gatedLast)
      .when(skip())
      .isRefused('not-skippable', /gate is never skipped/);
    const regulated = play(null, [start(shortPlan({ regulated: true }, [], ['restore-ttl'])), pause()]);
    given(regulated)
      .when(skip())
      .isRefused('not-skippable', /regulated/);
  });

  test.each(STEP_KINDS.filter((kind) => kind !== 'http'))(
    'skips %s only where its absence cannot cost a call',
    (kind) => {
      const wave = play(null, [start(shortPlan({}, [], [kind, 'restore-ttl'])), pause()]);
      const harmless = ['assign-licences', 'enable-failover', 'restore-ttl'];
      if (harmless.includes(kind)) given(wave).when(skip()).gives('StepSkipped', 'WaveResumed');
      else given(wave).when(skip()).isRefused('not-skippable');
    },
  );
});

describe('an aborted wave', () => {
  test('says what it leaves behind: steps that began, not those that were undone or never begun', () => {
    const wave = play(lastStep(), [begin]);
    given(wave)
      .when(abort())
      .gives({
        type: 'WaveAborted',
        reason: 'called off',
        left: ['Lower DNS TTLs', 'Point DNS at the new gateway', 'Restore DNS TTLs'],
      });
    given(fresh()).when(abort()).gives({ type: 'WaveAborted', left: [] });
  });

  test('names a step also when nothing was captured of it, forward and in a rollback', () => {
    const left = ['Lower DNS TTLs'];
    given(play(fresh(), [begin]))
      .when(abort())
      .gives({ type: 'WaveAborted', left });
    given(play(fresh(), [begin, rollBack()]))
      .when(abort())
      .gives({ type: 'WaveAborted', left });
  });

  test('takes nothing any more, and says how to begin again', () => {
    given(play(fresh(), [abort()]))
      .when(rollBack())
      .isRefused('ended', /cutover start site-t/);
  });
});

describe('what is due', () => {
  test('has a key of its own on every visit of a step', () => {
    let wave = fresh();
    const keys = [first(wave)?.key];
    const moves = [
      [begin],
      [report(waitingFor(MINUTE))],
      [report(faulted())],
      [pause(), resume()],
      [report(applied)],
      [report(heldFor('lag')), retry()],
    ];
    for (const move of moves) {
      wave = play(wave, move);
      keys.push(first(wave)?.key);
    }
    // Beginning is not another visit: the job that began is the one that reports.
    expect(new Set(keys).size).toBe(keys.length - 1);
  });

  test('is a gate’s inspection first and its step only after approval', () => {
    const wave = upTo(play(null, [start(planOf())]), 'switch-dns');
    expect(first(wave)?.kind).toBe('inspect-gate');
    expect(first(play(wave, [reportGate(passed)]))?.kind).toBe('wake');
  });

  test('is nothing but the thread when a wave has ended', () => {
    for (const wave of [play(fresh(), [abort()]), play(fresh(), [rollBack()]), play(lastStep(), [...through])]) {
      expect(due(wave)).toEqual([{ kind: 'post', key: `site-t-wave-1.post.${wave.seq}`, seq: wave.seq }]);
    }
  });
});
