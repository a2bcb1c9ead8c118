import { decide } from '../src/core/decide';
import { due } from '../src/core/due';
import { stepId } from '../src/core/ids';
import { KIND_FACTS, type StepKind } from '../src/core/step-kinds';
import { undoOrder } from '../src/core/undo-order';
import { isEnded, type Wave } from '../src/core/wave';
import {
  abort,
  applied,
  approve,
  begin,
  beginUndo,
  by,
  capture,
  failed,
  faulted,
  follow,
  given,
  HOUR,
  heldFor,
  literalRecipe,
  MARIA,
  MINUTE,
  observedOf,
  passed,
  pause,
  planOf,
  play,
  report,
  reportGate,
  reportUndo,
  resume,
  retry,
  rollBack,
  shortPlan,
  siteOf,
  skip,
  start,
  stepOf,
  T0,
  through,
  tick,
  undoFailed,
  undone,
  upTo,
  visitOf,
  WORKER,
  waveAfter,
} from './support/core-waves';

const standard = (): Wave => play(null, [start(planOf())]);
const short = (): Wave => play(null, [start(shortPlan())]);
/** All three steps have begun. */
const threeBegun = (): Wave => play(upTo(short(), 'restore-ttl'), [begin, capture]);
const rolling = (): Wave => play(threeBegun(), [rollBack()]);
const stuck = (): Wave => play(rolling(), [beginUndo, reportUndo(undoFailed)]);
const first = (wave: Wave) => due(wave)[0];

describe('the order of a rollback', () => {
  test('puts queues back, arms legacy, then takes outbound and inbound off, DNS back, shadow off', () => {
    const wave = play(upTo(standard(), 'retire-legacy'), [reportGate(passed), approve(), begin]);
    expect(undoOrder(wave)).toEqual([
      'retire-legacy',
      'shift-queues',
      'drain-legacy',
      'enable-failover',
      'activate-outbound',
      'activate-inbound',
      'observe-calls',
      'confirm-propagation',
      'switch-dns',
      'check-readiness',
      'provision-standby',
      'assign-licences',
      'lower-ttl',
      'preflight',
      'shadow-routing',
    ]);
  });

  test('arms legacy before anything of the new side that takes calls goes off', () => {
    const rank = (kind: StepKind) => KIND_FACTS[kind].undoRank;
    for (const kind of ['activate-inbound', 'activate-outbound', 'enable-failover', 'switch-dns'] as const) {
      expect(rank('drain-legacy')).toBeLessThan(rank(kind));
      expect(rank('retire-legacy')).toBeLessThan(rank(kind));
    }
    expect(rank('activate-outbound')).toBeLessThan(rank('activate-inbound'));
    expect(rank('activate-inbound')).toBeLessThan(rank('switch-dns'));
    expect(rank('switch-dns')).toBeLessThan(rank('shadow-routing'));
  });

  test('brings legacy back into DNS before the new trunk goes off, once the TTL step has taken it out', () => {
    const wave = play(upTo(standard(), 'restore-ttl'), [begin, capture]);
    const order = undoOrder(wave);
    expect(order.indexOf(stepId('drain-legacy'))).toBeLessThan(order.indexOf(stepId('restore-ttl')));
    expect(order.indexOf(stepId('restore-ttl'))).toBeLessThan(order.indexOf(stepId('activate-inbound')));
  });

  test('is newest first for a wave document in the literal form', () => {
    let wave = play(null, [start(planOf({ recipe: literalRecipe([false, false, false]) }))]);
    wave = play(wave, [...through, ...through, begin]);
    expect(undoOrder(wave)).toEqual(['call-3', 'call-2', 'call-1']);
  });

  test('leaves out what never began', () => {
    expect(undoOrder(short())).toEqual([]);
    expect(undoOrder(play(upTo(short(), 'switch-dns'), [reportGate(passed), approve()]))).toEqual(['lower-ttl']);
  });

  test('leaves out a step that was skipped before it began, and holds one that was skipped after', () => {
    const kinds = ['assign-licences', 'restore-ttl'] as const;
    const untouched = play(null, [start(shortPlan({}, [], kinds)), pause(), skip()]);
    expect(undoOrder(untouched)).toEqual([]);
    const begun = play(null, [start(shortPlan({}, [], kinds)), begin, capture, report(heldFor('licences')), skip()]);
    expect(undoOrder(begun)).toEqual(['assign-licences']);
    const back = play(begun, [rollBack(), beginUndo, reportUndo(undone)]);
    expect(back).toMatchObject({ status: 'rolled-back' });
    expect(stepOf(back, 'assign-licences').status).toBe('undone');
  });
});

describe('a rollback', () => {
  test.each<[string, () => Wave]>([
    ['running', threeBegun],
    ['gated', () => play(upTo(short(), 'switch-dns'), [reportGate(passed)])],
    ['held by a person', () => play(threeBegun(), [pause()])],
    ['held by a check', () => play(threeBegun(), [report(heldFor('lag'))])],
  ])('is legal while the wave is %s', (_, wave) => {
    given(wave()).when(rollBack()).gives({ type: 'RollbackStarted', reason: 'agents complain' });
  });

  test('of a wave that has begun nothing is over at once', () => {
    given(short()).when(rollBack()).gives({ type: 'RollbackStarted', undo: [] }, 'WaveRolledBack');
    expect(play(short(), [rollBack()])).toMatchObject({ status: 'rolled-back', endedAt: T0 });
  });

  test('undoes one step after the other, each by a job of its own', () => {
    let wave = rolling();
    const keys: (string | undefined)[] = [];
    while (!isEnded(wave)) {
      keys.push(first(wave)?.key);
      wave = play(wave, [beginUndo, reportUndo(undone)]);
    }
    expect(keys).toEqual([
      'site-t-wave-1.restore-ttl.2.2',
      'site-t-wave-1.switch-dns.2.6',
      'site-t-wave-1.lower-ttl.2.4',
    ]);
    expect(wave.status).toBe('rolled-back');
    expect(wave.steps.map((step) => step.status)).toEqual(['undone', 'undone', 'undone']);
  });

  test('ends in the append in which its last step is undone', () => {
    const last = play(rolling(), [reportUndo(undone), reportUndo(undone)]);
    given(last).when(reportUndo(undone)).gives('StepUndone', 'WaveRolledBack');
  });

  test('makes the report of the step that was under way stale', () => {
    given(rolling()).when(report(applied)(threeBegun())).isRefused('stale');
    given(rolling()).when(report(failed)(threeBegun())).isRefused('stale');
  });

  test('does not take an undo out of turn', () => {
    const wave = rolling();
    const other = { ...visitOf(wave), step: wave.plan.steps[0]?.id ?? visitOf(wave).step };
    given(wave).when({ type: 'BeginUndo', visit: other, actor: WORKER }).isRefused('stale');
    given(wave)
      .when({ type: 'ReportUndo', visit: other, outcome: undone, runbook: [], actor: WORKER })
      .isRefused('stale');
  });

  test('has what was captured at hand', () => {
    expect(stepOf(rolling(), 'restore-ttl').captured).toEqual({ ttl: 3600 });
  });

  test('is not paused, because it restores the service; it may be aborted', () => {
    given(rolling()).when(pause()).isRefused('not-now', /abort/);
    given(rolling())
      .when(abort())
      .gives({ type: 'WaveAborted', left: ['Lower DNS TTLs', 'Point DNS at the new gateway', 'Restore DNS TTLs'] });
  });

  test('is not started twice', () =>
    given(rolling())
      .when(rollBack())
      .isRefused('not-now', /3 steps are left/));

  test('does nothing on a tick', () =>
    given(rolling())
      .when(tick, T0 + 99 * HOUR)
      .givesNothing());
});

describe('an undo', () => {
  const undoing = (): Wave => play(rolling(), [beginUndo]);
  const waiting = {
    kind: 'waiting',
    summary: 'Resolvers lag.',
    evidence: [],
    recheckAfterMs: MINUTE,
    until: null,
  } as const;
  const DEADLINE = KIND_FACTS['restore-ttl'].deadlineMs;

  test('that waits is asked again later, up to its deadline', () => {
    expect(first(play(undoing(), [reportUndo(waiting)]))).toMatchObject({ kind: 'undo-step', notBefore: T0 + MINUTE });
    given(undoing())
      .when(reportUndo(waiting), T0 + DEADLINE - MINUTE)
      .gives('UndoWaited');
    given(undoing())
      .when(reportUndo(waiting), T0 + DEADLINE - MINUTE + 1)
      .gives({ type: 'UndoFailed', summary: 'Resolvers lag. Its time is up.' });
  });

  test('that meets trouble of our own is tried for five minutes, then people are asked', () => {
    const troubled = play(undoing(), [reportUndo(faulted())]);
    given(troubled)
      .when(reportUndo(faulted()), T0 + 5 * MINUTE - 4_000)
      .gives({ type: 'UndoFaulted', nextAt: T0 + 5 * MINUTE });
    given(troubled)
      .when(reportUndo(faulted()), T0 + 5 * MINUTE - 3_999)
      .gives('UndoFailed');
    given(undoing())
      .when(reportUndo(faulted(false)))
      .gives({ type: 'UndoFailed', summary: 'The other side answered 503.' });
  });

  test('that has waited long is not given up at its first trouble: the five minutes are of trouble in a row', () => {
    const late = T0 + 6 * MINUTE;
    const waited = play(undoing(), [reportUndo({ ...waiting, recheckAfterMs: 1 })], late);
    given(waited)
      .when(reportUndo(faulted()), late)
      .gives({ type: 'UndoFaulted', nextAt: late + 2_000 });
    const troubled = play(waited, [reportUndo(faulted())], late);
    given(troubled)
      .when(reportUndo(faulted()), late + 5 * MINUTE - 4_000)
      .gives({ type: 'UndoFaulted', nextAt: late + 5 * MINUTE });
    given(troubled)
      .when(reportUndo(faulted()), late + 5 * MINUTE - 3_999)
      .gives('UndoFailed');
    const again = play(troubled, [reportUndo(waiting)], late + 5 * MINUTE);
    given(again)
      .when(reportUndo(faulted()), late + 6 * MINUTE)
      .gives('UndoFaulted');
  });

  test('slows down from fault to fault', () => {
    const wave = play(undoing(), [reportUndo(faulted()), reportUndo(faulted())]);
    expect(first(wave)).toMatchObject({ notBefore: T0 + 4_000 });
  });

  test('begins once', () => given(undoing()).when(beginUndo).givesNothing());

  test('that fails leaves the wave stuck, with what is left to do by hand', () => {
    given(undoing())
      .when(reportUndo(undoFailed))
      .gives({ type: 'UndoFailed', runbook: ['Set the record by hand.'] });
    expect(stuck()).toMatchObject({
      status: 'stuck',
      runbook: ['Set the record by hand.'],
      undo: ['restore-ttl', 'switch-dns', 'lower-ttl'],
    });
  });
});

describe('a stuck wave', () => {
  test('moves by people only: nothing is due but the thread', () => {
    expect(due(stuck()).map((effect) => effect.kind)).toEqual(['post']);
    given(stuck()).when(beginUndo).isRefused('stale');
    given(stuck()).when(reportUndo(undone)).isRefused('stale');
    given(stuck())
      .when(tick, T0 + 99 * HOUR)
      .givesNothing();
  });

  test('tries its undo again on retry, with a new attempt and a new five minutes', () => {
    given(stuck()).when(retry()).gives({ type: 'UndoRetried', attempt: 3 });
    const wave = play(stuck(), [retry()], T0 + HOUR);
    expect(wave.status).toBe('rolling-back');
    expect(first(wave)).toMatchObject({ kind: 'undo-step', visit: { step: 'restore-ttl', attempt: 3 } });
    given(wave).when(beginUndo).gives({ type: 'UndoBegun', attempt: 3 });
    given(wave)
      .when(reportUndo(faulted()), T0 + HOUR + 5 * MINUTE - 2_000)
      .gives('UndoFaulted');
  });

  test('goes on with the next undo when a person says that it was done by hand', () => {
    given(stuck())
      .when(skip(undefined, 'set in the portal'))
      .gives({ type: 'UndoneByHand', reason: 'set in the portal' });
    const wave = play(stuck(), [skip(undefined, 'set in the portal')]);
    expect(wave.status).toBe('rolling-back');
    expect(first(wave)).toMatchObject({ visit: { step: 'switch-dns' } });
    expect(stepOf(wave, 'restore-ttl')).toMatchObject({ status: 'undone', summary: 'by hand: set in the portal' });
  });

  test('is rolled back when that was the last one', () => {
    const last = play(stuck(), [skip(), reportUndo(undone), reportUndo(undoFailed)]);
    given(last).when(skip()).gives('UndoneByHand', 'WaveRolledBack');
  });

  test('wants a reason for what was done by hand', () =>
    given(stuck()).when(skip(undefined, '')).isRefused('incomplete'));

  test('can be aborted; what is left is named', () => {
    given(stuck())
      .when(abort())
      .gives({ type: 'WaveAborted', left: ['Lower DNS TTLs', 'Point DNS at the new gateway', 'Restore DNS TTLs'] });
  });

  test('says on resume and on rollback what to do instead', () => {
    given(stuck())
      .when(resume())
      .isRefused('not-now', /`retry`/);
    given(stuck())
      .when(rollBack())
      .isRefused('not-now', /`retry`.*`skip`/);
    given(stuck()).when(pause()).isRefused('not-now');
  });

  test('gets stuck again where the next undo fails too', () => {
    expect(play(stuck(), [retry(), reportUndo(undoFailed)])).toMatchObject({ status: 'stuck' });
  });
});

test('a wave of 240 agents goes back from its last step to where it began', () => {
  const plan = planOf({ site: siteOf({}, 240), observed: observedOf() });
  let wave = play(upTo(play(null, [start(plan)]), 'restore-ttl'), [begin, capture, report(applied), report(failed)]);
  while (!isEnded(wave)) wave = play(wave, [beginUndo, reportUndo(undone)]);
  expect(wave.status).toBe('rolled-back');
  expect(new Set(wave.steps.map((step) => step.status))).toEqual(new Set(['undone']));
});

describe('the Roll back button of a gate card', () => {
  const plan = shortPlan();
  const opened = {
    type: 'GateOpened',
    step: stepId('switch-dns'),
    gate: 1,
    hash: 'h',
    summary: 'Green.',
    evidence: [],
    approvers: ['S0APPROVERS'],
    quorum: 1,
    reasonRequired: false,
    expiresAt: T0 + MINUTE,
    undoMs: 0,
  } as const;
  const back = (gate: number | null) => ({ type: 'RollBack', reason: 'better not', gate, actor: MARIA }) as const;
  const gated = () =>
    waveAfter([
      { type: 'WaveStarted', plan },
      { type: 'StepBegun', step: stepId('lower-ttl'), attempt: 1 },
      { type: 'StepPassed', step: stepId('lower-ttl'), summary: 'Shown.', evidence: [], result: null },
      opened,
    ]);

  test('rolls back while that gate is open', () => {
    expect(decide(gated(), back(1), T0).kind).toBe('decided');
  });

  test('changes nothing once another gate stands there, while the command still may', () => {
    expect(decide(gated(), back(7), T0)).toMatchObject({ kind: 'refusal', code: 'stale' });
    const gone = follow(gated(), by(MARIA, { type: 'GateExpired', step: stepId('switch-dns'), gate: 1 }));
    expect(decide(gone, back(1), T0)).toMatchObject({ kind: 'refusal', code: 'stale' });
    expect(decide(gone, back(null), T0).kind).toBe('decided');
  });
});
