/** A way back that cannot go on lets legacy be re-armed, and never is there a moment at which callers find no way in. */
import fc from 'fast-check';
import { decide } from '../src/core/decide';
import { due } from '../src/core/due';
import type { WaveEvent } from '../src/core/events';
import type { UndoOutcome } from '../src/core/outcome';
import { KIND_FACTS, type StepKind } from '../src/core/step-kinds';
import { isEnded, stepAt, stepIndex, type Wave } from '../src/core/wave';
import {
  approve,
  begin,
  beginUndo,
  faulted,
  follow,
  MINUTE,
  passed,
  planOf,
  play,
  reportGate,
  reportUndo,
  retry,
  rollBack,
  skip,
  start,
  stepOf,
  T0,
  undoFailed,
  undone,
  upTo,
  WORKER,
} from './support/core-waves';

const observed = (): Wave => upTo(play(null, [start(planOf())]), 'observe-calls');
const retired = (): Wave => play(upTo(observed(), 'retire-legacy'), [reportGate(passed), approve(), begin]);
const away = faulted() as UndoOutcome;
const SECOND = 1_000;

/** Kinds in the order in which they are still to be undone. */
const left = (wave: Wave): readonly StepKind[] =>
  'undo' in wave ? wave.undo.map((id) => stepAt(wave, stepIndex(wave, id)).planned.kind) : [];

/** One visit of the way back at a time of its own. */
const visit = (wave: Wave, outcome: UndoOutcome, at: number): Wave => play(wave, [beginUndo, reportUndo(outcome)], at);

describe('queues that cannot be given back', () => {
  it('are waited for ten seconds, then legacy is re-armed before them', () => {
    let wave = play(observed(), [rollBack()]);
    for (const at of [0, 2, 6]) wave = visit(wave, away, T0 + at * SECOND);
    wave = visit(wave, away, T0 + 10 * SECOND - 1);
    expect(left(wave).slice(0, 2)).toEqual(['shift-queues', 'drain-legacy']);
    wave = visit(wave, away, T0 + 10 * SECOND);
    expect(left(wave).slice(0, 2)).toEqual(['drain-legacy', 'shift-queues']);
    expect(stepOf(wave, 'shift-queues').summary).toMatch(
      /Meanwhile the way back of "Legacy trunk to standby" goes first/,
    );
    expect(due(wave)[0]).toMatchObject({ kind: 'undo-step', visit: { step: 'drain-legacy' }, notBefore: null });
  });

  it('have their turn again once legacy takes calls, at the time that they had, and the rest follows in order', () => {
    let wave = play(observed(), [rollBack()]);
    for (const at of [0, 10]) wave = visit(wave, away, T0 + at * SECOND);
    const { nextAt, troubleSince } = stepOf(wave, 'shift-queues');
    wave = visit(wave, undone, T0 + 11 * SECOND);
    expect(left(wave).slice(0, 2)).toEqual(['shift-queues', 'enable-failover']);
    expect(due(wave)[0]).toMatchObject({ visit: { step: 'shift-queues' }, notBefore: nextAt });
    expect(stepOf(wave, 'shift-queues')).toMatchObject({ troubleSince });
    while (!isEnded(wave)) wave = visit(wave, undone, T0 + MINUTE);
    expect(wave.status).toBe('rolled-back');
  });

  it('leave the wave stuck after five minutes, as ever, with legacy armed and the new side on', () => {
    let wave = play(observed(), [rollBack()]);
    for (
      let at = T0;
      wave.status === 'rolling-back';
      at = Math.max(at, due(wave)[0]?.kind === 'undo-step' ? dueAt(wave, at) : at)
    )
      wave = visit(wave, left(wave)[0] === 'drain-legacy' ? undone : away, at);
    expect(wave.status).toBe('stuck');
    expect(left(wave).slice(0, 2)).toEqual(['shift-queues', 'enable-failover']);
    expect(stepOf(wave, 'drain-legacy').status).toBe('undone');
    expect(stepOf(wave, 'activate-inbound').status).toBe('done');
  });

  it('take turns with a legacy that cannot be asked either, whichever is due first', () => {
    let wave = play(observed(), [rollBack()]);
    const turns: StepKind[] = [];
    for (let at = T0; wave.status === 'rolling-back'; at = dueAt(wave, at)) {
      turns.push(left(wave)[0] ?? 'http');
      wave = visit(wave, away, at);
    }
    expect(wave.status).toBe('stuck');
    expect(turns.slice(0, 4)).toEqual(['shift-queues', 'shift-queues', 'shift-queues', 'shift-queues']);
    const later = turns.slice(4);
    for (const kind of ['drain-legacy', 'shift-queues'] as const)
      expect(later.filter((each) => each === kind).length).toBeGreaterThan(2);
  });

  it('are not overtaken while they only wait', () => {
    const waiting: UndoOutcome = {
      kind: 'waiting',
      summary: 'Leaving.',
      evidence: [],
      recheckAfterMs: MINUTE,
      until: null,
    };
    const rolling = play(observed(), [rollBack()]);
    const waited = visit(visit(rolling, waiting, T0), waiting, T0 + MINUTE);
    expect(left(waited)[0]).toBe('shift-queues');
  });

  it.each([
    ['that cannot be undone', undoFailed],
    ['that the platform refuses for good', faulted(false) as UndoOutcome],
  ])('%s leave the wave stuck, but only once legacy takes calls and they were tried again', (_, outcome) => {
    const rolling = play(observed(), [rollBack()]);
    const refused = visit(rolling, outcome, T0);
    expect(refused.status).toBe('rolling-back');
    expect(left(refused).slice(0, 2)).toEqual(['drain-legacy', 'shift-queues']);
    expect(stepOf(refused, 'shift-queues').summary).toMatch(
      /Before people look: the way back of "Legacy trunk to standby" goes first/,
    );
    const armed = visit(refused, undone, T0 + SECOND);
    expect(due(armed)[0]).toMatchObject({ visit: { step: 'shift-queues' } });
    const stuck = visit(armed, outcome, T0 + 2 * SECOND);
    expect(stuck.status).toBe('stuck');
    expect(left(stuck).slice(0, 2)).toEqual(['shift-queues', 'enable-failover']);
    expect(stepOf(stuck, 'activate-inbound').status).toBe('done');
  });

  it('that are refused for good, with a legacy that is too, leave the wave stuck at legacy, which is armed by hand first', () => {
    const refused = visit(play(observed(), [rollBack()]), undoFailed, T0);
    const stuck = visit(refused, undoFailed, T0 + SECOND);
    expect(stuck.status).toBe('stuck');
    expect(left(stuck).slice(0, 2)).toEqual(['drain-legacy', 'shift-queues']);
    const byHand = play(stuck, [skip(undefined, 'armed at the console')], T0 + MINUTE);
    expect(left(byHand)[0]).toBe('shift-queues');
    expect(visit(byHand, undoFailed, T0 + MINUTE).status).toBe('stuck');
  });

  it('that are refused for good, with a legacy that cannot be asked, do not keep the two of them going for ever', () => {
    let wave = play(observed(), [rollBack()]);
    let visits = 0;
    for (let at = T0; wave.status === 'rolling-back'; at = dueAt(wave, at), visits++)
      wave = visit(wave, left(wave)[0] === 'drain-legacy' ? away : undoFailed, at);
    expect(wave.status).toBe('stuck');
    expect(visits).toBeLessThan(60);
  });

  it('do not let legacy lean on queues and trunks that are not there: what was retired comes first', () => {
    let wave = play(retired(), [rollBack()]);
    for (const at of [0, 10, 20]) wave = visit(wave, away, T0 + at * SECOND);
    expect(left(wave).slice(0, 3)).toEqual(['retire-legacy', 'shift-queues', 'drain-legacy']);
  });
});

/** When the next visit is due. */
function dueAt(wave: Wave, now: number): number {
  const [effect] = due(wave);
  return Math.max(now, (effect?.kind === 'undo-step' ? effect.notBefore : null) ?? now);
}

/** What one visit, or a person at a stuck wave, makes of it. */
const anyTurn = fc.constantFrom<'undone' | 'away' | 'waits' | 'fails'>('undone', 'away', 'away', 'waits', 'fails');
const OUTCOMES: Readonly<Record<'undone' | 'away' | 'waits' | 'fails', UndoOutcome>> = {
  undone,
  away,
  waits: { kind: 'waiting', summary: 'Not yet.', evidence: [], recheckAfterMs: 5_000, until: null },
  fails: undoFailed,
};

describe('whatever fails on the way back, for however long', () => {
  it('callers have a way in at every moment, and what each undo leans on has gone before it', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<StepKind>('activate-outbound', 'shift-queues', 'observe-calls', 'retire-legacy', 'restore-ttl'),
        fc.array(anyTurn, { minLength: 1, maxLength: 80 }),
        fc.boolean(),
        (reached, turns, byHand) => {
          const at = upTo(play(null, [start(planOf())]), reached);
          let wave = play(at, [rollBack()]);
          let now = T0;
          const went: StepKind[] = [];
          const all = left(wave);
          for (let i = 0; !isEnded(wave) && i < 400; i++) {
            now = dueAt(wave, now);
            const step = left(wave)[0];
            const turn = i < turns.length ? (turns[i] ?? 'undone') : 'undone';
            const before = wave;
            wave =
              wave.status === 'stuck'
                ? play(wave, [byHand ? skip(undefined, 'set in the portal') : retry()], now)
                : visit(wave, OUTCOMES[turn], now);
            if (step && left(wave).length < left(before).length) went.push(step);
            expect(hasWayIn(all, went, step)).toBe(true);
          }
          expect(isEnded(wave)).toBe(true);
          for (const [first, then] of LEANS) {
            if (!all.includes(first) || !all.includes(then)) continue;
            expect(went.indexOf(first)).toBeLessThan(went.indexOf(then));
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it('the log says which goes first, and the state follows from it', () => {
    let wave = play(observed(), [rollBack()]);
    wave = visit(wave, away, T0);
    const decision = decide(play(wave, [beginUndo]), reportUndo(away)(wave), T0 + 10 * SECOND);
    const events: readonly WaveEvent[] = decision.kind === 'decided' ? decision.events : [];
    expect(events).toMatchObject([{ type: 'UndoFaulted', step: 'shift-queues', overtakenBy: 'drain-legacy' }]);
    const [event] = events;
    if (!event) throw new Error('nothing was decided');
    expect(left(follow(wave, { event, actor: WORKER, at: T0 + 10 * SECOND }))[0]).toBe('drain-legacy');
  });
});

/** Which has to be undone before which: legacy whole before it is armed, armed and in DNS before the new side goes off. */
const LEANS: readonly (readonly [StepKind, StepKind])[] = [
  ['retire-legacy', 'shift-queues'],
  ['retire-legacy', 'drain-legacy'],
  ['drain-legacy', 'enable-failover'],
  ['drain-legacy', 'activate-inbound'],
  ['shift-queues', 'activate-inbound'],
  ['restore-ttl', 'activate-inbound'],
  ['activate-inbound', 'switch-dns'],
];

/** The new trunk until the way back of its step begins; legacy once it is armed again. */
function hasWayIn(all: readonly StepKind[], went: readonly StepKind[], underWay: StepKind | undefined): boolean {
  const isArmed = !all.includes('drain-legacy') || went.includes('drain-legacy');
  const newIsOn = underWay !== 'activate-inbound' && !went.includes('activate-inbound');
  return isArmed || newIsOn;
}

it('the ranks are what they were: overtaking changes the turn, not the order', () => {
  expect(KIND_FACTS['shift-queues'].undoRank).toBeLessThan(KIND_FACTS['drain-legacy'].undoRank);
});
