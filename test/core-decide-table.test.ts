/** Every command in every status: what is legal, and with which code the rest is refused. */
import type { CommandType, Refusal, WaveCommand } from '../src/core/commands';
import { decide } from '../src/core/decide';
import { due } from '../src/core/due';
import type { Wave } from '../src/core/wave';
import {
  abort,
  applied,
  approve,
  begin,
  beginUndo,
  capture,
  failed,
  given,
  heldFor,
  holdGate,
  MARIA,
  passed,
  pause,
  play,
  report,
  reportGate,
  reportUndo,
  resume,
  retry,
  rollBack,
  shortPlan,
  skip,
  start,
  through,
  throughGate,
  tick,
  undoFailed,
  undone,
  upTo,
  visitOf,
  WORKER,
  waive,
} from './support/core-waves';

const plan = shortPlan();
const fresh = () => play(null, [start(plan)]);
const beforeGate = () => upTo(fresh(), 'switch-dns');
const gated = () => play(beforeGate(), [reportGate(passed)]);
const lastStep = () => upTo(fresh(), 'restore-ttl');

const SITUATIONS = {
  'not started': () => null,
  'running, step not begun': fresh,
  'running, step under way': () => play(fresh(), [begin, capture]),
  'running, step in its check': () => play(fresh(), [begin, capture, report(applied)]),
  'running, before a closed gate': beforeGate,
  'running, gate approved': () => play(gated(), [approve()]),
  gated,
  'held by a person, step under way': () => play(fresh(), [begin, capture, pause()]),
  'held by a person, gate open': () => play(gated(), [pause()]),
  'held by a check': () => play(lastStep(), [begin, report(heldFor('fault'))]),
  'held by a person, gate approved': () => play(gated(), [approve(), pause()]),
  'rolling back': () => play(lastStep(), [rollBack()]),
  'rolling back, undo under way': () => play(lastStep(), [rollBack(), beginUndo]),
  stuck: () => play(lastStep(), [rollBack(), beginUndo, reportUndo(undoFailed)]),
  completed: () => play(lastStep(), [...through]),
  'rolled back': () => play(fresh(), [rollBack()]),
  aborted: () => play(fresh(), [abort()]),
} satisfies Record<string, () => Wave | null>;
type Situation = keyof typeof SITUATIONS;

/** `ok`: events; `same`: already so, no event; else the code of the refusal. */
type Answer = 'ok' | 'same' | Refusal['code'];

/** A command as it would honestly be given in that situation: the present visit, the present gate, a person who may. */
const COMMANDS: Readonly<Record<CommandType, (wave: Wave | null) => WaveCommand>> = {
  StartWave: () => start(plan),
  BeginStep: (wave) => onVisit(wave, begin),
  CaptureState: (wave) => onVisit(wave, capture),
  ReportStep: (wave) => onVisit(wave, report(applied)),
  ReportGate: (wave) => onVisit(wave, reportGate(passed)),
  BeginUndo: (wave) => onVisit(wave, beginUndo),
  ReportUndo: (wave) => onVisit(wave, reportUndo(undone)),
  ApproveGate: (wave) => approve()(wave ?? fresh()),
  HoldGate: (wave) => holdGate()(wave ?? fresh()),
  PauseWave: () => pause(),
  ResumeWave: () => resume(),
  RetryStep: () => retry(),
  SkipStep: () => skip(),
  WaiveLine: () => waive(),
  RollBack: () => rollBack(),
  AbortWave: () => abort(),
  Tick: () => tick,
  ReportLoss: (wave) => ({ type: 'ReportLoss', seq: wave?.seq ?? 0, loss: LOSS, runbook: [], actor: WORKER }),
  RestoreEvents: () => ({ type: 'RestoreEvents', events: [], actor: MARIA }),
};

const LOSS = {
  from: 2,
  to: 3,
  witnesses: ['thread'],
  posts: [],
  kinds: [],
  steps: [],
  world: [],
} as const;

/** Where nothing is under way any more, the visit that would have been next. */
function onVisit(wave: Wave | null, command: (wave: Wave) => WaveCommand): WaveCommand {
  const asked = wave ?? fresh();
  const undoing = asked.status === 'rolling-back' || asked.status === 'stuck';
  return command(undoing || 'at' in asked ? asked : fresh());
}

const ORDER: readonly CommandType[] = [
  'StartWave',
  'BeginStep',
  'CaptureState',
  'ReportStep',
  'ReportGate',
  'BeginUndo',
  'ReportUndo',
  'ApproveGate',
  'HoldGate',
  'PauseWave',
  'ResumeWave',
  'RetryStep',
  'SkipStep',
  'WaiveLine',
  'RollBack',
  'AbortWave',
  'Tick',
  'ReportLoss',
  'RestoreEvents',
];

const ENDED: readonly Answer[] = ['exists', ...Array<Answer>(18).fill('ended')];

// biome-ignore format: a table is read by its columns.
const TABLE: Readonly<Record<Situation, readonly Answer[]>> = {
  //                                   Start     Begin    Capture  Report   Gate     BegUndo  RepUndo  Approve    HoldG    Pause      Resume     Retry      Skip            Waive      RollBack   Abort  Tick  Loss  Restore
  'not started':                      ['ok',     'no-wave', 'no-wave', 'no-wave', 'no-wave', 'no-wave', 'no-wave', 'no-wave', 'no-wave', 'no-wave', 'no-wave', 'no-wave', 'no-wave', 'no-wave', 'no-wave', 'no-wave', 'no-wave', 'no-wave', 'no-wave'],
  'running, step not begun':          ['exists', 'ok',    'stale', 'stale', 'stale', 'stale', 'stale', 'stale',   'stale', 'ok',      'not-now', 'not-now', 'not-now', 'not-now',       'ok',      'ok', 'same', 'ok', 'not-now'],
  'running, step under way':          ['exists', 'same',  'same',  'ok',    'stale', 'stale', 'stale', 'stale',   'stale', 'ok',      'not-now', 'not-now', 'not-now', 'not-now',       'ok',      'ok', 'same', 'ok', 'not-now'],
  'running, step in its check':       ['exists', 'same',  'same',  'ok',    'stale', 'stale', 'stale', 'stale',   'stale', 'ok',      'not-now', 'not-now', 'not-now', 'not-now',       'ok',      'ok', 'same', 'ok', 'not-now'],
  'running, before a closed gate':    ['exists', 'stale', 'stale', 'stale', 'ok',    'stale', 'stale', 'stale',   'stale', 'ok',      'not-now', 'not-now', 'not-now', 'not-now',       'ok',      'ok', 'same', 'ok', 'not-now'],
  'running, gate approved':           ['exists', 'ok',    'stale', 'stale', 'stale', 'stale', 'stale', 'decided', 'stale', 'ok',      'not-now', 'not-now', 'not-now', 'not-now',       'ok',      'ok', 'same', 'ok', 'not-now'],
  gated:                              ['exists', 'stale', 'stale', 'stale', 'stale', 'stale', 'stale', 'ok',      'ok',    'ok',      'not-now', 'not-now', 'not-now', 'not-now',       'ok',      'ok', 'same', 'ok', 'not-now'],
  'held by a person, step under way': ['exists', 'stale', 'stale', 'ok',    'stale', 'stale', 'stale', 'stale',   'stale', 'not-now', 'ok',      'ok',      'not-skippable', 'not-now', 'ok',      'ok', 'same', 'ok', 'not-now'],
  'held by a person, gate open':      ['exists', 'stale', 'stale', 'stale', 'stale', 'stale', 'stale', 'not-now', 'stale', 'not-now', 'ok',      'ok',      'not-skippable', 'not-now', 'ok',      'ok', 'same', 'ok', 'not-now'],
  'held by a check':                  ['exists', 'stale', 'stale', 'ok',    'stale', 'stale', 'stale', 'decided', 'stale', 'not-now', 'ok',      'ok',      'ok', 'not-now',            'ok',      'ok', 'same', 'ok', 'not-now'],
  'held by a person, gate approved':  ['exists', 'stale', 'stale', 'stale', 'stale', 'stale', 'stale', 'decided', 'stale', 'not-now', 'ok',      'ok',      'not-skippable', 'not-now', 'ok',      'ok', 'same', 'ok', 'not-now'],
  'rolling back':                     ['exists', 'stale', 'stale', 'stale', 'stale', 'ok',    'ok',    'decided', 'stale', 'not-now', 'not-now', 'not-now', 'not-now', 'not-now',       'not-now', 'ok', 'same', 'ok', 'not-now'],
  'rolling back, undo under way':     ['exists', 'stale', 'stale', 'stale', 'stale', 'same',  'ok',    'decided', 'stale', 'not-now', 'not-now', 'not-now', 'not-now', 'not-now',       'not-now', 'ok', 'same', 'ok', 'not-now'],
  stuck:                              ['exists', 'stale', 'stale', 'stale', 'stale', 'stale', 'stale', 'decided', 'stale', 'not-now', 'not-now', 'ok',      'ok', 'not-now',            'not-now', 'ok', 'same', 'ok', 'not-now'],
  completed: ENDED,
  'rolled back': ENDED,
  aborted: ENDED,
};

const situations = Object.keys(SITUATIONS) as Situation[];

describe.each(situations)('a wave that is %s', (situation) => {
  test.each(ORDER.map((type, i) => [type, TABLE[situation][i] ?? 'missing'] as const))(
    'answers %s with %s',
    (type, wanted) => {
      const wave = SITUATIONS[situation]();
      const decision = decide(wave, COMMANDS[type](wave), 1 + (wave?.lastAt ?? 0));
      const found = decision.kind === 'refusal' ? decision.code : decision.events.length === 0 ? 'same' : 'ok';
      expect(found).toBe(wanted);
      if (decision.kind === 'refusal') expect(decision.sentence).toMatch(/^[A-Z"].{20,}[.?`:)\w]$/s);
    },
  );
});

const open = situations.filter((situation) => TABLE[situation][ORDER.indexOf('AbortWave')] === 'ok');

describe('every open wave', () => {
  test('is one of thirteen situations here', () => expect(open).toHaveLength(13));

  test.each(open)('ends at once when it is aborted: %s', (situation) => {
    const wave = play(SITUATIONS[situation](), [abort()]);
    expect(wave.status).toBe('aborted');
    expect(due(wave).map((effect) => effect.kind)).toEqual(['post']);
  });

  test.each(open)('refuses every verb by an outsider and by a machine, changing nothing: %s', (situation) => {
    for (const verb of [pause, resume, retry, skip, rollBack, abort]) {
      given(SITUATIONS[situation]())
        .when(verb({ kind: 'bot', worker: 'w' }))
        .isRefused('not-allowed');
      given(SITUATIONS[situation]())
        .when(verb({ ...MARIA, user: MARIA.user, groups: [] }))
        .isRefused('not-allowed', /Nothing was changed/);
    }
  });

  test.each(open)('refuses a report of an earlier visit, attempt or step: %s', (situation) => {
    const wave = SITUATIONS[situation]();
    if (wave === null) throw new Error('not open');
    const now = visitOf(wave);
    for (const visit of [
      { ...now, visit: now.visit - 1 },
      { ...now, visit: now.visit + 1 },
      { ...now, attempt: now.attempt + 1 },
      { ...now, step: `${now.step}-other` as typeof now.step },
    ]) {
      given(wave).when({ type: 'BeginStep', visit, actor: WORKER }).isRefused('stale');
      given(wave).when({ type: 'CaptureState', visit, captured: 1, actor: WORKER }).isRefused('stale');
      given(wave).when({ type: 'ReportStep', visit, outcome: failed, actor: WORKER }).isRefused('stale');
      given(wave).when({ type: 'ReportGate', visit, outcome: failed, hash: 'h', actor: WORKER }).isRefused('stale');
      given(wave).when({ type: 'BeginUndo', visit, actor: WORKER }).isRefused('stale');
      given(wave).when({ type: 'ReportUndo', visit, outcome: undone, runbook: [], actor: WORKER }).isRefused('stale');
    }
  });
});

test('throughGate leaves nothing of a gate behind', () => {
  const wave = play(beforeGate(), [...throughGate]);
  expect(wave).toMatchObject({ status: 'running', at: 2 });
});
