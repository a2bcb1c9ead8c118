/**
 * Whatever is asked of a wave, in whatever order, by whomever: what must hold, holds. Sequences of commands are drawn at
 * random, plausible ones more often than not, over random plans; each command is decided, its events are appended, and the
 * log is judged by `support/core-invariants.ts`, which keeps its own books.
 */
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { byOf, type Person } from '../src/core/actor';
import type { Visit, WaveCommand } from '../src/core/commands';
import { decide } from '../src/core/decide';
import { due, type Effect } from '../src/core/due';
import { type StepId, stepId } from '../src/core/ids';
import type { HoldCause, Outcome, UndoOutcome } from '../src/core/outcome';
import type { Plan } from '../src/core/plan';
import type { PreflightLine } from '../src/core/preflight';
import type { SitePolicy } from '../src/core/site';
import { STEP_KINDS, type StepKind } from '../src/core/step-kinds';
import { evolve, isEnded, isForward, type Wave, type WaveStatus } from '../src/core/wave';
import { type Directory, type Entry, violations } from './support/core-invariants';
import {
  AISHA,
  DANIEL,
  HOUR,
  literalRecipe,
  MARIA,
  MINUTE,
  OTTO,
  planOf,
  recipeOf,
  STANDARD_GATES,
  siteOf,
  T0,
  UMA,
  WORKER,
} from './support/core-waves';

const SEQUENCES = 10_000;

const PEOPLE: readonly Person[] = [MARIA, DANIEL, AISHA, OTTO, UMA];
const DIRECTORY: Directory = Object.fromEntries(PEOPLE.map((person) => [person.user, person.groups ?? []]));

// ---- what is drawn ---------------------------------------------------------------------------------------------------

const OUTCOMES = ['applied', 'passed', 'waiting', 'held', 'drift', 'fault', 'permanent', 'failed'] as const;
/** Places in OUTCOMES: a failure ends a wave, so it is drawn rarely. */
const drawnOutcome = fc.constantFrom(0, 0, 0, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6, 7);
const UNDO_OUTCOMES = ['undone', 'waiting', 'failed', 'fault', 'permanent'] as const;
const VERBS = [
  'PauseWave',
  'ResumeWave',
  'RetryStep',
  'SkipStep',
  'RollBack',
  'AbortWave',
  'HoldGate',
  'StartWave',
  'WaiveLine',
] as const;

/** What a preflight may find; the last cannot be waived, and a line that is found again may read otherwise. */
const LINES = ['line-1', 'line-2', 'line-3'] as const;

function linesFound(salt: number): readonly PreflightLine[] {
  return LINES.filter((_, i) => (salt >> i) % 2 === 0).map((id, i) => ({
    id,
    system: 'Platform',
    what: 'a right',
    found: `missing ${salt % 7 === 0 ? 'again' : 'still'}`,
    wanted: 'granted',
    state: salt % 5 === i ? 'amber' : 'red',
    mend: 'Grant it.',
    waivable: id !== 'line-3' || salt % 11 !== 0,
  }));
}

type Move =
  /** A worker takes what is due, begins, captures, reports; `parts` says how much of it happens. */
  | { readonly do: 'work'; readonly outcome: number; readonly undo: number; readonly parts: number }
  /** What is due goes well, gates and all, so many times on end, as it does on most days. */
  | { readonly do: 'go-well'; readonly times: number }
  | { readonly do: 'approve'; readonly who: number; readonly card: number }
  | { readonly do: 'verb'; readonly verb: number; readonly who: number; readonly reason: boolean }
  /** Two people waive a line of the preflight, or try to. */
  | { readonly do: 'waive'; readonly line: number; readonly first: number; readonly second: number }
  /** What people do with a held or a stuck wave more often than not. */
  | { readonly do: 'mend'; readonly verb: number }
  /** A command of earlier is delivered once more. */
  | { readonly do: 'again'; readonly which: number }
  | { readonly do: 'later'; readonly ms: number }
  | { readonly do: 'tick' };

const move: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('work' as const),
      outcome: drawnOutcome,
      undo: fc.nat(UNDO_OUTCOMES.length - 1),
      parts: fc.nat(7),
    }),
  },
  { weight: 12, arbitrary: fc.record({ do: fc.constant('go-well' as const), times: fc.integer({ min: 1, max: 9 }) }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant('approve' as const), who: fc.nat(PEOPLE.length - 1), card: fc.nat(9) }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('verb' as const),
      verb: fc.nat(VERBS.length - 1),
      who: fc.nat(PEOPLE.length - 1),
      reason: fc.boolean(),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('waive' as const),
      line: fc.nat(LINES.length - 1),
      first: fc.nat(PEOPLE.length - 1),
      second: fc.nat(PEOPLE.length - 1),
    }),
  },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('mend' as const), verb: fc.nat(3) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('again' as const), which: fc.nat(1_000) }) },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('later' as const),
      ms: fc.constantFrom(1, MINUTE, MINUTE, HOUR, HOUR, 25 * HOUR),
    }),
  },
  { weight: 1, arbitrary: fc.constant<Move>({ do: 'tick' }) },
);

const moves = fc.array(move, { maxLength: 65, size: 'max' });

const policy: fc.Arbitrary<SitePolicy> = fc
  .record({
    quorum: fc.constantFrom(1, 1, 2),
    named: fc.boolean(),
    own: fc.constantFrom<SitePolicy['gates']>(
      {},
      { 'retire-legacy': { quorum: 2 } },
      { 'switch-dns': { approvers: [OTTO.user, MARIA.user, DANIEL.user], quorum: 2 } },
      { 'shift-queues': { reasonRequired: true }, http: { approvers: [AISHA.user, UMA.user] } },
    ),
  })
  .map(({ quorum, named, own }) => ({
    operators: ['S0OPERATORS', ...(named ? [OTTO.user] : [])],
    approvers: ['S0APPROVERS', ...(named ? [UMA.user] : [])],
    quorum,
    gates: own,
  }));

const STANDARD = STEP_KINDS.filter((kind) => kind !== 'http');
const OPTIONAL: readonly StepKind[] = ['enable-failover', 'restore-ttl'];

const plan: fc.Arbitrary<Plan> = fc
  .record({
    policy,
    regulated: fc.constantFrom(false, false, false, true),
    gates: fc.subarray(STANDARD.filter((kind) => kind !== 'activate-inbound' && kind !== 'preflight')),
    left: fc.subarray([...OPTIONAL]),
    literal: fc.oneof(
      { weight: 5, arbitrary: fc.constant(null) },
      { weight: 1, arbitrary: fc.array(fc.boolean(), { minLength: 1, maxLength: 6 }) },
    ),
    fewGates: fc.boolean(),
  })
  .map(({ policy: rules, regulated, gates, left, literal, fewGates }) => {
    const site = siteOf({ policy: rules, regulated });
    if (literal) return planOf({ site, recipe: literalRecipe(literal) });
    const kinds = STANDARD.filter((kind) => !left.includes(kind));
    return planOf({ site, recipe: recipeOf(kinds, fewGates ? STANDARD_GATES : [...STANDARD_GATES, ...gates]) });
  });

// ---- one sequence ----------------------------------------------------------------------------------------------------

interface Tally {
  sequences: number;
  commands: number;
  refusals: number;
  readonly ends: Map<WaveStatus, number>;
  readonly events: Map<string, number>;
  /** Rollbacks that had to take the new side off again. */
  deepRollbacks: number;
}

class Run {
  wave: Wave | null = null;
  now = T0;
  readonly log: Entry[] = [];
  readonly given: WaveCommand[] = [];
  /** Reports that have counted: delivered again, they must not. */
  readonly counted = new Set<WaveCommand>();
  /** Every effect that was ever due, by its key. */
  readonly effects = new Map<string, string>();

  constructor(
    readonly plan: Plan,
    readonly tally: Tally,
  ) {}

  ask(command: WaveCommand): void {
    this.given.push(command);
    this.tally.commands++;
    const decision = decide(this.wave, command, this.now);
    if (decision.kind === 'refusal') {
      this.tally.refusals++;
      if (decision.sentence.length < 10) throw new Error(`no sentence: ${decision.sentence}`);
      return;
    }
    if (this.counted.has(command)) throw new Error(`${command.type} counted twice`);
    if (command.type.startsWith('Report') && decision.events.length > 0) this.counted.add(command);
    for (const event of decision.events) this.append(event, command);
    if (decision.events.length > 0) this.hold();
  }

  private append(event: Entry['event'], command: WaveCommand): void {
    const before = this.wave;
    const entry: Entry = { seq: this.log.length + 1, at: this.now, by: byOf(command.actor), event };
    this.log.push(entry);
    this.wave = evolve(before, { ...entry, wave: this.plan.wave });
    if (event.type === 'RollbackStarted' && event.undo.some((id) => id === 'activate-inbound'))
      this.tally.deepRollbacks++;
    this.tally.events.set(event.type, (this.tally.events.get(event.type) ?? 0) + 1);
    if (this.wave.seq !== (before?.seq ?? 0) + 1) throw new Error('seq does not grow by one');
    if (before && isForward(before) && isForward(this.wave) && this.wave.at < before.at)
      throw new Error('goes back a step');
    if (before?.status !== 'stuck' && this.wave.status === 'stuck' && event.type !== 'UndoFailed')
      throw new Error(`stuck by ${event.type}`);
  }

  /** What must hold of every state in which a wave is left. */
  private hold(): void {
    const wave = this.open();
    const effects = due(wave);
    if (JSON.stringify(effects) !== JSON.stringify(due(wave))) throw new Error('due differs when asked twice');
    if (new Set(effects.map(({ key }) => key)).size !== effects.length) throw new Error('two effects with one key');
    for (const effect of effects) this.remember(effect);
    const work = effects.filter(({ kind }) => kind !== 'post');
    const idle = isEnded(wave) || wave.status === 'held' || wave.status === 'stuck';
    if (work.length !== (idle ? 0 : 1)) throw new Error(`${work.length} pieces of work are due while ${wave.status}`);
    if (isEnded(wave)) return;
    const decision = decide(wave, { type: 'AbortWave', reason: 'called off', actor: MARIA }, this.now);
    if (decision.kind !== 'decided' || decision.events[0]?.type !== 'WaveAborted')
      throw new Error(`abort is not legal while ${wave.status}`);
  }

  /** A key never stands for two pieces of work. */
  private remember(effect: Effect): void {
    const text = JSON.stringify(effect);
    const known = this.effects.get(effect.key);
    if (known !== undefined && known !== text) throw new Error(`${effect.key} was ${known} and is ${text}`);
    this.effects.set(effect.key, text);
  }

  open(): Wave {
    if (this.wave === null) throw new Error('the wave was not started');
    return this.wave;
  }
}

const CAUSES: readonly HoldCause[] = ['not-ready', 'no-data', 'lag', 'licences', 'window', 'split-brain'];

/** `looks`: it is the preflight's, which tells what it found. A pass seldom finds anything. */
function outcome(kind: (typeof OUTCOMES)[number], salt: number, looks = false): Outcome {
  const preflight = looks ? { preflight: kind === 'held' || salt % 16 === 0 ? linesFound(salt) : [] } : {};
  const summary = `it ${kind}`;
  switch (kind) {
    case 'applied':
    case 'passed':
      return { kind, summary, evidence: [], result: salt, ...preflight };
    case 'waiting':
      return { kind, summary, evidence: [], recheckAfterMs: (salt % 90) * MINUTE, until: null, progress: salt };
    case 'held':
      return { kind, cause: CAUSES[salt % CAUSES.length] ?? 'lag', summary, evidence: [], ...preflight };
    case 'drift':
      return { kind: 'held', cause: 'drift', summary, evidence: [] };
    case 'failed':
      return { kind, summary, evidence: [] };
    case 'fault':
      return { kind: 'faulted', summary, transient: true, retryAfterMs: salt % 3 === 0 ? salt * 1000 : null };
    case 'permanent':
      return { kind: 'faulted', summary, transient: false, retryAfterMs: null };
  }
}

function undoOutcome(kind: (typeof UNDO_OUTCOMES)[number], salt: number): UndoOutcome {
  const summary = `it ${kind}`;
  switch (kind) {
    case 'undone':
    case 'failed':
      return { kind, summary, evidence: [] };
    case 'waiting':
      return { kind, summary, evidence: [], recheckAfterMs: (salt % 90) * MINUTE, until: null };
    case 'fault':
    case 'permanent':
      return { kind: 'faulted', summary, transient: kind === 'fault', retryAfterMs: null };
  }
}

type Doing = Move['do'];
const MOVES: { readonly [Do in Doing]: (run: Run, move: Extract<Move, { do: Do }>) => void } = {
  work: (run, { outcome, undo, parts }) =>
    work(run, OUTCOMES[outcome] ?? 'applied', UNDO_OUTCOMES[undo] ?? 'undone', parts),
  'go-well': (run, { times }) => {
    for (let i = 0; i < times && isForward(run.open()); i++) goWell(run);
    if (run.open().status === 'rolling-back') goWell(run);
  },
  approve: (run, { who, card }) => approve(run, PEOPLE[who] ?? MARIA, card),
  verb: (run, { verb: which, who, reason }) => verb(run, VERBS[which] ?? 'PauseWave', PEOPLE[who] ?? MARIA, reason),
  mend: (run, { verb: which }) => mend(run, which),
  waive: (run, { line, first, second }) => {
    for (const who of [first, second])
      run.ask({ type: 'WaiveLine', line: LINES[line] ?? 'none', reason: 'known', actor: PEOPLE[who] ?? MARIA });
  },
  again: (run, { which }) => run.ask(run.given[which % run.given.length] ?? { type: 'Tick', actor: WORKER }),
  later: (run, { ms }) => {
    run.now += ms;
  },
  tick: (run) => run.ask({ type: 'Tick', actor: WORKER }),
};

function step(run: Run, next: Move): void {
  const doing = MOVES[next.do] as (run: Run, move: Move) => void;
  doing(run, next);
}

/** What a worker would take, whether it is due at this moment or only would be when the wave goes on. */
function work(
  run: Run,
  kind: (typeof OUTCOMES)[number],
  undoKind: (typeof UNDO_OUTCOMES)[number],
  parts: number,
): void {
  const wave = run.open();
  const effect = due(wave).find((each) => each.kind !== 'post');
  const visit = effect && 'visit' in effect ? effect.visit : underWay(wave);
  if (effect && 'notBefore' in effect && effect.notBefore !== null && parts !== 0)
    run.now = Math.max(run.now, effect.notBefore);
  // Whoever tries to begin behind a closed gate is turned away; what comes of it is for the log's judge to say.
  if (effect?.kind === 'inspect-gate' && parts === 0) workForward(run, visit, kind, parts);
  else if (effect?.kind === 'inspect-gate') inspect(run, visit, kind);
  else if (wave.status === 'rolling-back' || wave.status === 'stuck') workBack(run, visit, undoKind, parts);
  else workForward(run, visit, kind, parts);
}

function inspect(run: Run, visit: Visit, kind: (typeof OUTCOMES)[number]): void {
  const salt = run.log.length;
  run.ask({ type: 'ReportGate', visit, outcome: outcome(kind, salt), hash: `read-${salt % 3}`, actor: WORKER });
}

function workBack(run: Run, visit: Visit, kind: (typeof UNDO_OUTCOMES)[number], parts: number): void {
  if (parts !== 1) run.ask({ type: 'BeginUndo', visit, actor: WORKER });
  if (parts === 2) return;
  run.ask({ type: 'ReportUndo', visit, outcome: undoOutcome(kind, run.log.length), runbook: [], actor: WORKER });
}

function workForward(run: Run, visit: Visit, kind: (typeof OUTCOMES)[number], parts: number): void {
  const salt = run.log.length;
  if (parts !== 1) run.ask({ type: 'BeginStep', visit, actor: WORKER });
  if (parts !== 2 && parts !== 3) run.ask({ type: 'CaptureState', visit, captured: salt, actor: WORKER });
  if (parts === 4) run.ask({ type: 'PauseWave', reason: null, actor: DANIEL });
  if (parts !== 3)
    run.ask({ type: 'ReportStep', visit, outcome: outcome(kind, salt, visit.step === 'preflight'), actor: WORKER });
}

function underWay(wave: Wave): Visit {
  const index = isForward(wave) ? wave.at : 0;
  const state = wave.steps[index];
  return { step: wave.plan.steps[index]?.id ?? stepId('none'), attempt: state?.attempt ?? 1, visit: state?.visit ?? 1 };
}

function goWell(run: Run): void {
  const wave = run.open();
  const kind = due(wave)[0]?.kind;
  if (wave.status === 'gated') approve(run, run.log.length % 2 === 0 ? DANIEL : AISHA, 9);
  else if (wave.status === 'rolling-back') work(run, 'applied', 'undone', 5);
  else if (kind === 'inspect-gate') work(run, 'passed', 'undone', 5);
  else if (kind === 'run-step') {
    work(run, 'applied', 'undone', 5);
    work(run, 'passed', 'undone', 5);
  }
}

/** Mostly the newest card as it stands in the thread; sometimes an old one, an altered one, one of another step. */
function approve(run: Run, actor: Person, card: number): void {
  const wave = run.open();
  const index = wave.steps.findIndex((state) => state.gate.state === 'open');
  const gate = wave.steps[index]?.gate;
  const hash = gate?.state === 'open' && card !== 0 ? gate.hash : 'altered';
  const planned = wave.plan.steps[card === 1 ? 0 : Math.max(0, index)];
  const id = card === 2 ? stepId('no-such-step') : (planned?.id ?? stepId('none'));
  const number = wave.gates - (card === 3 ? 1 : 0);
  run.ask({ type: 'ApproveGate', step: id, gate: number, hash, reason: card === 4 ? null : 'looked at it', actor });
}

function verb(run: Run, type: (typeof VERBS)[number], actor: Person, hasReason: boolean): void {
  const wave = run.open();
  const reason = hasReason ? 'because' : '';
  if (type === 'StartWave') run.ask({ type, plan: run.plan, actor });
  else if (type === 'WaiveLine') run.ask({ type, line: LINES[run.log.length % 3] ?? 'none', reason, actor });
  else if (type === 'HoldGate') run.ask({ type, ...card(wave), reason, actor });
  // The ends of a wave are rarer than its pauses, or no wave would grow old.
  else if ((type !== 'AbortWave' && type !== 'RollBack') || (hasReason && actor !== OTTO))
    run.ask({ type, reason, actor });
}

function card(wave: Wave): { readonly step: StepId; readonly gate: number } {
  const index = wave.steps.findIndex((state) => state.gate.state === 'open');
  return { step: wave.plan.steps[Math.max(0, index)]?.id ?? stepId('none'), gate: wave.gates };
}

function mend(run: Run, which: number): void {
  const { status } = run.open();
  if (status !== 'held' && status !== 'stuck') goWell(run);
  else run.ask({ type: MENDING[status][which] ?? 'ResumeWave', reason: 'mended', actor: DANIEL });
}

const MENDING = {
  held: ['ResumeWave', 'SkipStep', 'RetryStep', 'SkipStep'],
  stuck: ['RetryStep', 'SkipStep', 'RetryStep', 'SkipStep'],
} as const;

/** An ended wave refuses all there is; a few commands show it. */
const ASKED_AFTER_THE_END = 4;

/** Plays one sequence and judges its log. */
function play(of: Plan, sequence: readonly Move[], tally: Tally): Run {
  const run = new Run(of, tally);
  run.ask({ type: 'StartWave', plan: of, actor: MARIA });
  let afterTheEnd = 0;
  for (const next of sequence) {
    if (isEnded(run.open()) && ++afterTheEnd > ASKED_AFTER_THE_END) break;
    step(run, next);
  }
  const found = violations(of, run.log, DIRECTORY);
  if (found.length > 0) throw new Error(found.join('\n'));
  sameFromStore(run);
  tally.sequences++;
  const { status } = run.open();
  tally.ends.set(status, (tally.ends.get(status) ?? 0) + 1);
  return run;
}

/** Folding the log once more, as it would come back from the store, gives the same wave, owed the same. */
function sameFromStore(run: Run): void {
  const events = JSON.parse(JSON.stringify(run.log.slice(1))) as Entry[];
  const [first] = run.log;
  if (!first) throw new Error('an empty log');
  const wave = [first, ...events].reduce<Wave | null>(
    (before, entry) => evolve(before, { ...entry, wave: run.plan.wave }),
    null,
  );
  if (!isDeepStrictEqual(wave, run.wave)) throw new Error('the log does not give the wave');
  if (!isDeepStrictEqual(wave && due(wave), due(run.open()))) throw new Error('the log does not give what is due');
}

const tally: Tally = { sequences: 0, commands: 0, refusals: 0, deepRollbacks: 0, ends: new Map(), events: new Map() };

describe(`${SEQUENCES.toLocaleString('en')} random sequences of commands`, () => {
  test('skip no gate, run nothing after the end, undo in order, owe the same when asked twice, can always be aborted', () => {
    fc.assert(
      fc.property(plan, moves, (of, sequence) => {
        play(of, sequence, tally);
      }),
      { numRuns: SEQUENCES, seed: 20_270_607, endOnFailure: false },
    );
  }, 120_000);

  test('were all run', () => expect(tally.sequences).toBeGreaterThanOrEqual(10_000));

  test.each(['running', 'gated', 'held', 'rolling-back', 'stuck', 'completed', 'rolled-back', 'aborted'] as const)(
    'left at least thirty waves %s',
    (status) => {
      expect(tally.ends.get(status) ?? 0).toBeGreaterThanOrEqual(30);
    },
  );

  test('met every kind of event at least fifty times', () => {
    const rare = [...tally.events].filter(([, count]) => count < 50);
    expect(rare).toEqual([]);
    expect(tally.events.size).toBe(29);
  });

  test('took the new side off again at least two hundred times', () => {
    expect(tally.deepRollbacks).toBeGreaterThanOrEqual(200);
  });

  test('were plausible: less than half of the commands were refused', () => {
    expect(tally.refusals).toBeLessThan(tally.commands / 2);
    expect(tally.refusals).toBeGreaterThan(tally.commands / 20);
  });
});
