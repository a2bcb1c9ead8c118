import { createHash } from 'node:crypto';
import { buildPlan } from '../src/core/build-plan';
import { decide } from '../src/core/decide';
import { due } from '../src/core/due';
import type { LoggedEvent, WaveEvent } from '../src/core/events';
import { stepId, userId } from '../src/core/ids';
import type { Json } from '../src/core/json';
import type { Observed } from '../src/core/observed';
import { evolve, type Wave } from '../src/core/wave';
import { parseRecipe } from '../src/parse/recipe';
import { parseStoredEvent, parseStoredWave } from '../src/parse/stored-wave';
import { expectFault, goodValue } from './fixtures/faults';
import { houseFile, houseSite } from './fixtures/house';

const digest = (text: string): string => createHash('sha256').update(text).digest('hex');
const HASH = digest('x');
const NOTHING: Observed = {
  at: 1,
  records: [],
  trunks: [],
  routes: [],
  queues: [],
  allocation: { allocationPercent: 0, shadowPercent: 0 },
  legacyTrunks: [],
  legacyQueues: [],
  licencesMissing: 0,
};
const result = buildPlan({
  site: houseSite('site-b'),
  recipe: goodValue(parseRecipe(houseFile('templates/waves/standard-site.yaml'), 'r.yaml')),
  observed: NOTHING,
  waveNumber: 1,
  digest,
});
if (result.kind !== 'plan') throw new Error(result.faults.join());
const { plan } = result;
const step = stepId('lower-ttl');
const evidence = [{ at: 1, asked: 'a', answered: 'b', good: null }];
const ann = { kind: 'person', user: userId('U0ANN'), via: 'slack' } as const;
const told = { step, summary: 's', evidence };
const waits = { nextAt: 5, until: null };
const gate = { step, gate: 1 };

/** One event of every type. */
const EVENTS: { readonly [Type in WaveEvent['type']]: Extract<WaveEvent, { type: Type }> } = {
  WaveStarted: { type: 'WaveStarted', plan },
  StepBegun: { type: 'StepBegun', step, attempt: 1 },
  StateCaptured: { type: 'StateCaptured', step, captured: { records: [], later: [1, null] } },
  StepApplied: { type: 'StepApplied', ...told, result: null },
  StepWaited: { type: 'StepWaited', ...told, ...waits, progress: { seen: 1 } },
  StepFaulted: { type: 'StepFaulted', step, summary: 's', nextAt: 5 },
  StepPassed: { type: 'StepPassed', ...told, result: null },
  StepFailed: { type: 'StepFailed', ...told },
  StepSkipped: { type: 'StepSkipped', step, reason: 'r' },
  StepRetried: { type: 'StepRetried', step, attempt: 2, reason: 'r' },
  GateWaited: { type: 'GateWaited', ...told, ...waits },
  GateOpened: {
    type: 'GateOpened',
    ...told,
    gate: 1,
    hash: HASH,
    approvers: ['S0X'],
    quorum: 1,
    reasonRequired: false,
    expiresAt: 9,
    undoMs: 1,
  },
  GateApproved: { type: 'GateApproved', ...gate, approvals: 1, quorum: 1, reason: null },
  GateExpired: { type: 'GateExpired', ...gate },
  ApprovalVoided: { type: 'ApprovalVoided', ...gate, reason: 'r' },
  WaveHeld: {
    type: 'WaveHeld',
    step,
    cause: 'lag',
    reason: 'r',
    evidence,
    packet: null,
    progress: null,
    preflight: [
      { id: 'l', system: 'DNS', what: 'w', found: 'f', wanted: 'v', state: 'red', mend: 'm', waivable: true },
    ],
  },
  LineWaived: { type: 'LineWaived', line: 'l', found: 'f', reason: 'r', approver: true, people: 1, of: 2 },
  WaveResumed: { type: 'WaveResumed', reason: null },
  RollbackStarted: { type: 'RollbackStarted', reason: 'r', undo: [step] },
  UndoBegun: { type: 'UndoBegun', step, attempt: 2 },
  UndoWaited: { type: 'UndoWaited', ...told, ...waits },
  UndoFaulted: { type: 'UndoFaulted', step, summary: 's', nextAt: 5, overtakenBy: step },
  StepUndone: { type: 'StepUndone', ...told },
  UndoFailed: { type: 'UndoFailed', ...told, runbook: ['do'] },
  UndoRetried: { type: 'UndoRetried', step, attempt: 3, reason: null },
  UndoneByHand: { type: 'UndoneByHand', step, reason: 'r' },
  WaveCompleted: { type: 'WaveCompleted' },
  WaveRolledBack: { type: 'WaveRolledBack' },
  LogCutBack: {
    type: 'LogCutBack',
    from: 2,
    to: 3,
    witnesses: ['thread'],
    posts: [{ from: 2, to: 3, mark: 'fa0cbb3531', ts: '1.000100', says: 's' }],
    kinds: ['StepPassed'],
    steps: [{ step, known: false, captured: null }],
    world: evidence,
  },
  EventsRestored: { type: 'EventsRestored', from: 2, to: 3, events: [] },
  WaveAborted: { type: 'WaveAborted', reason: 'r', left: ['x'] },
};

const logged = (event: WaveEvent, seq = 1): LoggedEvent => ({
  wave: plan.wave,
  seq,
  at: seq,
  by: ann,
  event,
  hash: HASH,
});
const waveAfter = (...events: readonly WaveEvent[]): Wave =>
  events.reduce<Wave>((wave, event, i) => evolve(wave, logged(event, i + 2)), evolve(null, logged(EVENTS.WaveStarted)));

const WAVES: readonly (readonly [string, Wave])[] = [
  ['running', waveAfter(EVENTS.StepBegun, EVENTS.StateCaptured, EVENTS.StepWaited)],
  ['gated', waveAfter(EVENTS.GateOpened, { ...EVENTS.GateApproved, quorum: 2 })],
  ['held', waveAfter(EVENTS.StepBegun, EVENTS.WaveHeld, EVENTS.LineWaived)],
  ['rolling-back', waveAfter(EVENTS.StepBegun, EVENTS.RollbackStarted)],
  ['stuck', waveAfter(EVENTS.StepBegun, EVENTS.RollbackStarted, EVENTS.UndoFailed)],
  ['completed', waveAfter(EVENTS.WaveCompleted)],
  ['rolled-back', waveAfter(EVENTS.RollbackStarted, EVENTS.StepUndone, EVENTS.WaveRolledBack)],
  ['aborted', waveAfter(EVENTS.WaveAborted)],
];

type Mutable = Record<string, Json>;
const copy = (value: unknown): Mutable => JSON.parse(JSON.stringify(value));
/** The value with what stands at the path replaced, or taken out. */
function broken(value: unknown, path: readonly (string | number)[], by: unknown): unknown {
  const root = copy(value);
  const parent = path.slice(0, -1).reduce<Mutable>((at, key) => at[key] as Mutable, root);
  const last = path.at(-1) ?? '';
  if (by === undefined) delete parent[last];
  else parent[last] = by as Json;
  return root;
}

describe('a stored event', () => {
  it.each(Object.entries(EVENTS))('%s is read as it stands, from text and from its value', (_type, event) => {
    const whole = logged(event);
    expect(goodValue(parseStoredEvent(JSON.stringify(whole)))).toEqual(whole);
    expect(goodValue(parseStoredEvent(copy(whole)))).toEqual(whole);
  });

  it('keeps fields that are not known: its hash covers them', () => {
    const more = { ...logged(EVENTS.StepBegun), later: { x: 1 } };
    expect(goodValue(parseStoredEvent(JSON.stringify(more)))).toEqual(more);
  });

  const rows: readonly (readonly [string, unknown, string])[] = [
    ['nothing', '', 'not JSON that can be read'],
    ['half a text', JSON.stringify(logged(EVENTS.StepBegun)).slice(0, 50), 'not JSON that can be read'],
    ['no value', undefined, 'not JSON that can be read'],
    ['nesting of 5,000 levels', '['.repeat(5000) + ']'.repeat(5000), 'not JSON that can be read'],
    ['a number', 7, 'is a number, not a mapping'],
    ['a list', [], 'is a list, not a mapping'],
    ['a sequence number of 0', broken(logged(EVENTS.StepBegun), ['seq'], 0), 'seq'],
    ['a time that is text', broken(logged(EVENTS.StepBegun), ['at'], 'now'), 'at is text, not a number'],
    ['nobody', broken(logged(EVENTS.StepBegun), ['by'], undefined), 'by'],
    ['an unknown actor', broken(logged(EVENTS.StepBegun), ['by', 'kind'], 'cat'), 'by.kind'],
    ['half a hash', broken(logged(EVENTS.StepBegun), ['hash'], HASH.slice(1)), 'hash'],
    ['an unknown type', broken(logged(EVENTS.StepBegun), ['event', 'type'], 'StepMelted'), 'event.type'],
    ['a type of the prototype', broken(logged(EVENTS.StepBegun), ['event', 'type'], 'constructor'), 'event.type'],
    ['no step', broken(logged(EVENTS.StepBegun), ['event', 'step'], undefined), 'event.step'],
    ['an attempt of one and a half', broken(logged(EVENTS.StepBegun), ['event', 'attempt'], 1.5), 'event.attempt'],
    ['an unknown cause', broken(logged(EVENTS.WaveHeld), ['event', 'cause'], 'rain'), 'event.cause'],
    ['evidence that is none', broken(logged(EVENTS.StepPassed), ['event', 'evidence'], ['x']), 'event.evidence[0]'],
    ['a rollback of nothing named', broken(logged(EVENTS.RollbackStarted), ['event', 'undo'], 'all'), 'event.undo'],
    [
      'an approval by a machine',
      broken(logged(EVENTS.GateApproved), ['by'], { kind: 'bot', worker: 'w' }),
      'approved by a machine',
    ],
    ['a plan without steps', broken(logged(EVENTS.WaveStarted), ['event', 'plan', 'steps'], []), 'event.plan.steps'],
    [
      'a plan of an unknown step',
      broken(logged(EVENTS.WaveStarted), ['event', 'plan', 'steps', 0, 'kind'], 'dance'),
      'event.plan.steps[0].kind',
    ],
    [
      'a plan with an id twice',
      broken(logged(EVENTS.WaveStarted), ['event', 'plan', 'steps', 0, 'id'], 'switch-dns'),
      'two steps have one id',
    ],
    [
      'a plan without a policy',
      broken(logged(EVENTS.WaveStarted), ['event', 'plan', 'site', 'policy'], undefined),
      'event.plan.site.policy',
    ],
  ];
  it.each(rows)('with %s is refused', (_name, value, wrong) => {
    expectFault(parseStoredEvent(value), 'stored event', wrong, 'Restore the key');
  });

  it('that goes through is one that evolve can take', () => {
    for (const event of Object.values(EVENTS)) {
      const read = goodValue(parseStoredEvent(JSON.stringify(logged(event, 2))));
      expect(() => evolve(waveAfter(), read)).not.toThrow();
    }
  });
});

describe('what was stored before there was a preflight', () => {
  const before = { ...plan, steps: plan.steps.filter(({ kind }) => kind !== 'preflight') };
  const { preflight: _lines, ...heldBefore } = EVENTS.WaveHeld;
  const log = [{ ...EVENTS.WaveStarted, plan: before }, EVENTS.StepBegun, heldBefore].map((event, i) =>
    logged(event, i + 1),
  );

  it('is read as it stands, event by event and as a wave', () => {
    expect(log.map((entry) => goodValue(parseStoredEvent(JSON.stringify(entry))))).toEqual(log);
    const wave = log.reduce<Wave | null>((sofar, entry) => evolve(sofar, entry), null);
    expect(goodValue(parseStoredWave(JSON.stringify(wave)))).toEqual(wave);
    expect([JSON.stringify(wave).includes('waivers'), JSON.stringify(wave).includes('preflight')]).toEqual([
      false,
      false,
    ]);
  });

  it('goes on as it would have: there is nothing to waive', () => {
    const wave = log.reduce<Wave | null>((sofar, entry) => evolve(sofar, entry), null);
    const actor = { kind: 'person', user: ann.user, via: 'slack', groups: plan.site.policy.operators } as const;
    expect(decide(wave, { type: 'WaiveLine', line: 'x', reason: 'r', actor }, 9)).toMatchObject({ code: 'not-now' });
    expect(decide(wave, { type: 'ResumeWave', reason: null, actor }, 9)).toMatchObject({ kind: 'decided' });
  });
});

describe('a stored wave', () => {
  it.each(WAVES)('that is %s is read as it stands', (status, wave) => {
    expect(wave.status).toBe(status);
    expect(goodValue(parseStoredWave(JSON.stringify(wave)))).toEqual(wave);
    expect(goodValue(parseStoredWave(copy(wave)))).toEqual(wave);
  });

  const of = (status: Wave['status']): Wave => WAVES.find(([name]) => name === status)?.[1] as Wave;
  const rows: readonly (readonly [string, unknown, string])[] = [
    ['garbage', 'garbage', 'not JSON that can be read'],
    ['null', 'null', 'the stored wave is nothing, not a mapping'],
    ['an unknown status', broken(of('running'), ['status'], 'dreaming'), 'status'],
    ['no plan', broken(of('running'), ['plan'], undefined), 'plan'],
    [
      'a plan of another wave',
      broken(of('running'), ['plan', 'wave'], 'site-c-wave-1'),
      'the plan is that of site-c-wave-1',
    ],
    ['a step too few', broken(of('running'), ['steps'], []), 'steps has 0 entries, the plan 16'],
    ['a place past the end', broken(of('running'), ['at'], 16), 'at is 16, past the last step'],
    ['a place before the start', broken(of('gated'), ['at'], -1), 'at'],
    ['no place', broken(of('held'), ['at'], undefined), 'at'],
    ['no hold', broken(of('held'), ['hold'], undefined), 'hold'],
    ['a step of unknown status', broken(of('running'), ['steps', 0, 'status'], 'gone'), 'steps[0].status'],
    [
      'a gate without approvals',
      broken(of('gated'), ['steps', 1, 'gate', 'approvals'], null),
      'steps[1].gate.approvals',
    ],
    [
      'an undo of an unknown step',
      broken(of('rolling-back'), ['undo'], ['dance']),
      'undo names steps that the plan does not have: dance',
    ],
    ['an undo of a step twice', broken(of('rolling-back'), ['undo'], [step, step]), 'undo names a step twice'],
    ['nothing left to undo while stuck', broken(of('stuck'), ['undo'], []), 'undo'],
    ['no runbook while stuck', broken(of('stuck'), ['runbook'], undefined), 'runbook'],
    ['no end', broken(of('completed'), ['endedAt'], undefined), 'endedAt'],
  ];
  it.each(rows)('with %s is refused', (_name, value, wrong) => {
    expectFault(parseStoredWave(value), 'stored wave', wrong, 'Restore the key');
  });

  it('that goes through is one that due and decide can take', () => {
    const actor = { kind: 'person', user: userId('U0BEN'), groups: ['S0TELEPHONY'], via: 'slack' } as const;
    for (const [, wave] of WAVES) {
      const read = goodValue(parseStoredWave(JSON.stringify(wave)));
      expect(due(read)).toEqual(due(wave));
      for (const type of ['PauseWave', 'ResumeWave', 'RetryStep'] as const)
        expect(() => decide(read, { type, reason: null, actor }, 10)).not.toThrow();
      for (const type of ['SkipStep', 'RollBack', 'AbortWave'] as const)
        expect(() => decide(read, { type, reason: 'r', actor }, 10)).not.toThrow();
    }
  });
});
