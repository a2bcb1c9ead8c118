/**
 * What must hold of every wave's log, whoever asked for what. Reads the log alone and keeps its own books, so that a fault
 * of `evolve` cannot hide a fault of `decide`.
 */
import type { LoggedEvent, WaveEvent } from '../../src/core/events';
import type { Plan } from '../../src/core/plan';
import type { PreflightLine } from '../../src/core/preflight';
import { KIND_FACTS, type StepKind } from '../../src/core/step-kinds';

export type Entry = Pick<LoggedEvent, 'seq' | 'at' | 'by' | 'event'>;
export type Directory = Readonly<Record<string, readonly string[]>>;

interface GateBook {
  readonly number: number;
  readonly quorum: number;
  readonly expiresAt: number;
  readonly users: Set<string>;
}

interface Books {
  readonly plan: Plan;
  readonly directory: Directory;
  readonly found: string[];
  readonly gates: Map<string, GateBook>;
  /** Steps whose StepBegun stands in the log: they may have written. */
  readonly touched: Set<string>;
  readonly finished: Set<string>;
  /** Lines of the newest preflight that were red, with what was found, and who has waived them as they were found. */
  red: Map<string, { readonly found: string; readonly waivable: boolean }>;
  readonly waived: Map<string, Set<string>>;
  running: { readonly step: string; readonly attempt: number; applied: boolean } | null;
  starter: string;
  lastGate: number;
  held: boolean;
  undo: string[] | null;
  undoing: string | null;
  stuck: boolean;
  ended: boolean;
}

/** Every way in which the log breaks what must hold; none when it does not. `directory`: the groups of each user. */
export function violations(plan: Plan, log: readonly Entry[], directory: Directory): readonly string[] {
  const books: Books = {
    plan,
    directory,
    found: [],
    gates: new Map(),
    touched: new Set(),
    finished: new Set(),
    red: new Map(),
    waived: new Map(),
    running: null,
    starter: '',
    lastGate: 0,
    held: false,
    undo: null,
    undoing: null,
    stuck: false,
    ended: false,
  };
  log.forEach((entry, i) => {
    const say = (what: string) => books.found.push(`entry ${entry.seq} (${entry.event.type}): ${what}`);
    if (entry.seq !== i + 1) say(`stands at place ${i + 1}`);
    if (i > 0 && entry.at < (log[i - 1]?.at ?? 0)) say('is older than the one before it');
    if ((entry.event.type === 'WaveStarted') !== (i === 0)) say('a log begins with WaveStarted, once');
    if (books.ended) say('the wave has ended');
    enter(books, entry, say);
  });
  return books.found;
}

function enter(books: Books, entry: Entry, say: Say): void {
  const { event, by } = entry;
  const user = by.kind === 'person' ? by.user : null;
  if (books.stuck && user === null) say('a stuck wave is moved by people only');
  if (event.type.startsWith('Step') && event.type !== 'StepUndone' && books.undo !== null)
    say('goes forward in a rollback');
  if (books.running === null && REPORTS.includes(event.type)) say('no step has begun');
  if ('step' in event && REPORTS.includes(event.type) && books.running && books.running.step !== event.step)
    say(`${books.running.step} is under way`);
  const rule = RULES[event.type] as Rule<WaveEvent['type']> | undefined;
  rule?.(books, event, say, user, entry.at);
}

type Say = (what: string) => void;
type Rule<Type extends WaveEvent['type']> = (
  books: Books,
  event: Extract<WaveEvent, { type: Type }>,
  say: Say,
  user: string | null,
  at: number,
) => void;

/** What only a step that has begun can tell. */
const REPORTS: readonly WaveEvent['type'][] = ['StateCaptured', 'StepApplied', 'StepWaited', 'StepPassed'];

function kindOf(books: Books, step: string): StepKind {
  const planned = books.plan.steps.find(({ id }) => id === step);
  if (!planned) throw new Error(`no step ${step}`);
  return planned.kind;
}

const gateOpened: Rule<'GateOpened'> = (books, event, say) => {
  if (event.gate !== books.lastGate + 1) say(`its number follows ${books.lastGate}`);
  if (books.gates.has(event.step)) say('is open or approved already');
  if (books.held) say('opens while the wave is held');
  const { policy } = books.plan.site;
  const quorum = policy.gates[kindOf(books, event.step)]?.quorum ?? policy.quorum;
  books.lastGate = event.gate;
  books.gates.set(event.step, { number: event.gate, quorum, expiresAt: event.expiresAt, users: new Set() });
};

const gateApproved: Rule<'GateApproved'> = (books, event, say, user, at) => {
  const gate = books.gates.get(event.step);
  if (gate?.number !== event.gate) say('is not open');
  if (user === null) say('by a machine');
  if (!gate || user === null) return;
  if (books.held) say('while the wave is held');
  if (at >= gate.expiresAt) say('after its time');
  if (user === books.starter) say('by the person who started the wave');
  if (gate.users.has(user)) say(`by ${user} for the second time`);
  if (gate.users.size >= gate.quorum) say('is complete already');
  const { policy } = books.plan.site;
  const listed = policy.gates[kindOf(books, event.step)]?.approvers ?? policy.approvers;
  if (![user, ...(books.directory[user] ?? [])].some((name) => listed.includes(name))) say(`by ${user}, who may not`);
  gate.users.add(user);
};

function gateClosed(
  books: Books,
  event: Extract<WaveEvent, { type: 'GateExpired' | 'ApprovalVoided' }>,
  say: Say,
): void {
  if (books.gates.get(event.step)?.number !== event.gate) say('closes another gate than the one that is open');
  books.gates.delete(event.step);
  if (books.running?.step === event.step) books.running = null;
}

const stepBegun: Rule<'StepBegun'> = (books, event, say) => {
  const planned = books.plan.steps[books.finished.size];
  if (planned?.id !== event.step) say(`it is the turn of ${planned?.id}`);
  if (books.running) say(`${books.running.step} has begun and not finished`);
  if (books.held) say('begins while the wave is held');
  const gate = books.gates.get(event.step);
  if (planned?.gated && (!gate || gate.users.size < gate.quorum)) say('begins without a complete approval');
  books.touched.add(event.step);
  books.running = { step: event.step, attempt: event.attempt, applied: false };
};

/** The books know the newest look only: a waiver holds for what was found when it was given. */
function look(books: Books, lines: readonly PreflightLine[]): void {
  const red = lines.filter(({ state }) => state === 'red');
  books.red = new Map(red.map(({ id, found, waivable }) => [id, { found, waivable }]));
  for (const mark of books.waived.keys())
    if (!red.some(({ id, found }) => mark === `${id} ${found}`)) books.waived.delete(mark);
}

const isApprover = (books: Books, user: string): boolean =>
  user !== books.starter &&
  [user, ...(books.directory[user] ?? [])].some((name) => books.plan.site.policy.approvers.includes(name));

const lineWaived: Rule<'LineWaived'> = (books, event, say, user) => {
  if (user === null) return say('by a machine');
  if (!books.held || books.finished.size > 0) say('while the preflight does not hold the wave');
  if (books.plan.site.regulated) say('at a regulated site');
  const line = books.red.get(event.line);
  if (line?.found !== event.found) say(`${event.line} is not red, or not as it was found`);
  if (line?.waivable === false) say(`${event.line} can never be waived`);
  const mark = `${event.line} ${event.found}`;
  const users = books.waived.get(mark) ?? new Set();
  if (users.has(user)) say(`by ${user} for the second time`);
  const { policy } = books.plan.site;
  const names = [user, ...(books.directory[user] ?? [])];
  const among = [
    ...policy.operators,
    ...policy.approvers,
    ...Object.values(policy.gates).flatMap((g) => g.approvers ?? []),
  ];
  if (!names.some((name) => among.includes(name))) say(`by ${user}, who may not`);
  users.add(user);
  if (event.people !== users.size) say(`says ${event.people} people, and there are ${users.size}`);
  if (users.size > event.of) say('is complete already');
  if (users.size === event.of && ![...users].some((each) => isApprover(books, each))) say('without an approver');
  books.waived.set(mark, users);
};

const stepPassed: Rule<'StepPassed'> = (books, event, say) => {
  if (event.preflight) look(books, event.preflight);
  for (const [id, { found, waivable }] of event.preflight ? books.red : [])
    if (!waivable || (books.waived.get(`${id} ${found}`)?.size ?? 0) < 2)
      say(`${id} is red, and two people have not waived it`);
  if (!books.running?.applied) say('passes without having been applied since it began');
  books.finished.add(event.step);
  books.running = null;
};

const stepSkipped: Rule<'StepSkipped'> = (books, event, say, user) => {
  const planned = books.plan.steps[books.finished.size];
  if (planned?.id !== event.step) say(`it is the turn of ${planned?.id}`);
  const { regulated } = books.plan.site;
  if (!planned || planned.gated || regulated || !KIND_FACTS[planned.kind].skippable) say('may not be skipped');
  if (!user) say('was skipped by a machine');
  books.finished.add(event.step);
  books.running = null;
};

const stepRetried: Rule<'StepRetried'> = (books, event, say, user) => {
  if (!user) say('was retried by a machine');
  if (books.running?.step !== event.step || event.attempt !== books.running.attempt + 1)
    say('retries something else than the step that has begun');
  books.running = null;
  books.held = false;
};

const resumed: Rule<'WaveResumed'> = (books, _, say, user) => {
  if (!books.held) say('was not held');
  if (!user) say('was resumed by a machine');
  books.held = false;
};

const NEW_SIDE: readonly StepKind[] = ['activate-inbound', 'activate-outbound', 'enable-failover'];

/** All that may have written and nothing else; ranks first, newest first among equals; legacy armed before the new side goes off. */
const rollbackStarted: Rule<'RollbackStarted'> = (books, event, say) => {
  if (books.undo) say('rolls back already');
  if ([...event.undo].sort().join() !== [...books.touched].sort().join())
    say(`undoes ${event.undo.join()}, but ${[...books.touched].join()} may have written`);
  const rank = (step: string) => KIND_FACTS[kindOf(books, step)].undoRank;
  const place = (step: string) => books.plan.steps.findIndex(({ id }) => id === step);
  event.undo.forEach((step, i) => {
    const before = event.undo[i - 1];
    if (before === undefined) return;
    const wrong = rank(before) > rank(step) || (rank(before) === rank(step) && place(before) < place(step));
    if (wrong) say(`${before} goes before ${step}`);
  });
  const kinds = event.undo.map((step) => kindOf(books, step));
  const armed = kinds.indexOf('drain-legacy');
  if (armed >= 0 && kinds.slice(0, armed).some((kind) => NEW_SIDE.includes(kind)))
    say('the new side goes off before legacy is armed');
  books.undo = [...event.undo];
  books.running = null;
  books.held = false;
};

/** Legacy is re-armed before the queues are back, where those cannot be asked for; nothing else leaves its place. */
const undoFaulted: Rule<'UndoFaulted'> = (books, event, say) => {
  if (books.undo?.[0] !== event.step) say(`it is the turn of ${books.undo?.[0]}`);
  if (event.overtakenBy === undefined) return;
  const kinds = [event.step, event.overtakenBy].map((step) => kindOf(books, step)).sort();
  if (books.undo?.[1] !== event.overtakenBy || kinds.join() !== 'drain-legacy,shift-queues')
    say(`${event.overtakenBy} overtakes`);
  books.undo = [event.overtakenBy, ...(books.undo ?? []).filter((step) => step !== event.overtakenBy)];
  books.undoing = null;
};

const undoBegun: Rule<'UndoBegun'> = (books, event, say) => {
  if (books.undo?.[0] !== event.step) say(`it is the turn of ${books.undo?.[0]}`);
  if (books.undoing !== null) say(`${books.undoing} is being undone`);
  books.undoing = event.step;
};

function undone(books: Books, event: Extract<WaveEvent, { type: 'StepUndone' | 'UndoneByHand' }>, say: Say): void {
  if (books.undo?.[0] !== event.step) say(`it is the turn of ${books.undo?.[0]}`);
  if ((event.type === 'UndoneByHand') !== books.stuck) say('by hand when stuck, by a worker otherwise');
  books.undo?.shift();
  books.undoing = null;
  books.stuck = false;
}

const RULES: { readonly [Type in WaveEvent['type']]?: Rule<Type> } = {
  WaveStarted: (books, _, say, user) => {
    if (!user) say('was started by a machine');
    books.starter = user ?? '';
  },
  GateOpened: gateOpened,
  GateApproved: gateApproved,
  GateExpired: gateClosed,
  ApprovalVoided: gateClosed,
  StepBegun: stepBegun,
  StepApplied: (books) => {
    if (books.running) books.running.applied = true;
  },
  StepPassed: stepPassed,
  StepSkipped: stepSkipped,
  StepRetried: stepRetried,
  LineWaived: lineWaived,
  WaveHeld: (books, event, say) => {
    books.red = new Map();
    if (event.preflight) look(books, event.preflight);
    if (event.cause === 'drift' && books.gates.has(event.step)) say('drift leaves an approval in force');
    books.held = true;
  },
  WaveResumed: resumed,
  RollbackStarted: rollbackStarted,
  UndoBegun: undoBegun,
  UndoRetried: (books, _, say) => {
    if (!books.stuck) say('was not stuck');
    books.undoing = null;
    books.stuck = false;
  },
  UndoFaulted: undoFaulted,
  StepUndone: undone,
  UndoneByHand: undone,
  UndoFailed: (books, event, say) => {
    if (books.undo?.[0] !== event.step) say(`it is the turn of ${books.undo?.[0]}`);
    books.stuck = true;
  },
  WaveCompleted: (books, _, say) => {
    if (books.finished.size !== books.plan.steps.length) say('not every step has passed or was skipped');
    if (books.undo) say('completes in a rollback');
    books.ended = true;
  },
  WaveRolledBack: (books, _, say) => {
    if (books.undo?.length !== 0) say('something is left to undo');
    books.ended = true;
  },
  WaveAborted: (books, _, say, user) => {
    if (!user) say('was aborted by a machine');
    books.ended = true;
  },
};
