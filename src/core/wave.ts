import type { By } from './actor';
import type { LoggedEvent, WaveEvent } from './events';
import type { Evidence } from './evidence';
import type { StepId, WaveId } from './ids';
import { goesOnFrom, type LossTells, mayHaveWritten, tellsOf } from './log-loss';
import type { HoldCause } from './outcome';
import type { Plan, PlannedStep } from './plan';
import type { PreflightLine } from './preflight';
import { KIND_FACTS } from './step-kinds';
import { type Approval, FRESH, type GateState, type StepState } from './step-state';
import { stillHolding, type Waiver, withWaiver } from './waivers';

export { type Approval, FRESH, type GateState, type StepState } from './step-state';

interface WaveFacts {
  readonly id: WaveId;
  readonly plan: Plan;
  readonly startedAt: number;
  readonly startedBy: By;
  readonly seq: number;
  readonly lastAt: number;
  readonly steps: readonly StepState[];
  /** Openings of gates so far. */
  readonly gates: number;
  /** Red lines of the preflight that people have taken upon themselves, complete or not; absent before the first. */
  readonly waivers?: readonly Waiver[];
  /** The last part of the log that the store has lost; absent where it has lost none, or has it again. */
  readonly lost?: LostPart;
}

/** `base`: the wave as it stood before the loss was found, while the lost events may still be put back. */
export interface LostPart {
  readonly from: number;
  readonly to: number | null;
  readonly tells: LossTells;
  readonly base?: Planless<Wave>;
}
type Planless<Some> = Some extends unknown ? Omit<Some, 'plan' | 'lost'> : never;

export interface Hold {
  readonly cause: HoldCause;
  readonly reason: string;
  readonly at: number;
  readonly by: By;
  readonly evidence: readonly Evidence[];
  /** When the preflight holds the wave: every line that is not green. */
  readonly preflight?: readonly PreflightLine[];
}

export type RunningWave = WaveFacts & { readonly status: 'running'; readonly at: number };
export type GatedWave = WaveFacts & { readonly status: 'gated'; readonly at: number };
export type HeldWave = WaveFacts & { readonly status: 'held'; readonly at: number; readonly hold: Hold };
export type RollingBackWave = WaveFacts & {
  readonly status: 'rolling-back';
  readonly reason: string;
  readonly undo: readonly StepId[];
};
export type StuckWave = WaveFacts & {
  readonly status: 'stuck';
  readonly reason: string;
  readonly undo: readonly StepId[];
  readonly runbook: readonly string[];
};
export type EndedWave = WaveFacts & {
  readonly status: 'completed' | 'rolled-back' | 'aborted';
  readonly endedAt: number;
};

export type OpenWave = RunningWave | GatedWave | HeldWave | RollingBackWave | StuckWave;
/** `at` in the forward states is the index of the step that is next or under way. */
export type ForwardWave = RunningWave | GatedWave | HeldWave;
export type Wave = OpenWave | EndedWave;
export type WaveStatus = Wave['status'];

export const isEnded = (wave: Wave): wave is EndedWave =>
  wave.status === 'completed' || wave.status === 'rolled-back' || wave.status === 'aborted';
export const isForward = (wave: Wave): wave is ForwardWave =>
  wave.status === 'running' || wave.status === 'gated' || wave.status === 'held';

export const waiversOf = (wave: Wave): readonly Waiver[] => wave.waivers ?? [];

export function stepIndex(wave: Wave, step: StepId): number {
  const index = wave.plan.steps.findIndex((planned) => planned.id === step);
  if (index < 0) throw new Error(`wave ${wave.id} has no step ${step}`);
  return index;
}

export function stepAt(wave: Wave, index: number): { readonly planned: PlannedStep; readonly state: StepState } {
  const planned = wave.plan.steps[index];
  const state = wave.steps[index];
  if (!planned || !state) throw new Error(`wave ${wave.id} has no step number ${index + 1}`);
  return { planned, state };
}

/** The next wave. Total: an event that was appended is believed. */
export function evolve(wave: Wave | null, logged: Pick<LoggedEvent, 'at' | 'by' | 'event' | 'seq' | 'wave'>): Wave {
  const { event, at, by, seq } = logged;
  if (event.type === 'WaveStarted') return started(logged.wave, event.plan, at, by, seq);
  if (wave === null)
    throw new Error(`the log of ${logged.wave} does not begin with WaveStarted but with ${event.type}`);
  const next = { ...apply(wave, event, at, by), seq, lastAt: at };
  return next.lost?.base && goesOnFrom(event) ? withoutBase(next) : next;
}

/** From here on the wave has a story of its own: what was lost can no more be put back. */
function withoutBase(wave: Wave): Wave {
  if (!wave.lost) return wave;
  const { from, to, tells } = wave.lost;
  return { ...wave, lost: { from, to, tells } };
}

function started(id: WaveId, plan: Plan, at: number, by: By, seq: number): Wave {
  return {
    status: 'running',
    id,
    plan,
    startedAt: at,
    startedBy: by,
    seq,
    lastAt: at,
    at: 0,
    gates: 0,
    steps: plan.steps.map(() => FRESH),
  };
}

function apply(wave: Wave, event: Exclude<WaveEvent, { type: 'WaveStarted' }>, at: number, by: By): Wave {
  switch (event.type) {
    case 'StepBegun':
      return change(wave, event.step, (s) => ({
        ...s,
        status: 'running',
        begun: true,
        startedAt: s.startedAt ?? at,
        since: s.since ?? at,
        summary: '',
      }));
    case 'StateCaptured':
      return change(wave, event.step, (s) => ({ ...s, captured: event.captured }));
    case 'StepApplied':
      return change(wave, event.step, (s) => ({
        ...next(s),
        phase: 'check',
        progress: null,
        since: at,
        summary: event.summary,
        result: event.result ?? s.result,
      }));
    case 'StepWaited':
      return change(wave, event.step, (s) => ({
        ...next(s),
        nextAt: event.nextAt,
        until: event.until,
        progress: event.progress,
        summary: event.summary,
      }));
    case 'StepFaulted':
      return change(wave, event.step, (s) => ({
        ...next(s),
        nextAt: event.nextAt,
        faults: s.faults + 1,
        summary: event.summary,
      }));
    case 'StepPassed':
      return advance(
        change(looked(wave, event.preflight), event.step, (s) => ({
          ...next(s),
          status: 'done',
          finishedAt: at,
          summary: event.summary,
          result: event.result ?? s.result,
        })),
      );
    case 'StepFailed':
      return change(wave, event.step, (s) => ({ ...next(s), summary: event.summary }));
    case 'StepSkipped':
      return advance(
        change(wave, event.step, (s) => ({ ...next(s), status: 'skipped', finishedAt: at, summary: event.reason })),
      );
    case 'StepRetried':
      return run(
        change(wave, event.step, (s) => ({
          ...next(s),
          phase: 'apply',
          attempt: event.attempt,
          begun: false,
          since: null,
          progress: null,
        })),
      );
    case 'GateWaited':
      return change(wave, event.step, (s) => ({
        ...next(s),
        nextAt: event.nextAt,
        until: event.until,
        summary: event.summary,
      }));
    case 'GateOpened':
      return gateOpened(wave, event, at);
    case 'GateApproved':
      return gateApproved(wave, event, at, by);
    case 'GateExpired':
    case 'ApprovalVoided':
      // The step stands before its gate again, whatever of it had begun.
      return change(wave, event.step, (s) => ({
        ...next(s),
        phase: 'apply',
        begun: false,
        since: null,
        gate: { state: 'closed' },
      }));
    case 'WaveHeld':
      return held(looked(wave, event.preflight), event, at, by);
    case 'LineWaived':
      return { ...wave, waivers: withWaiver(waiversOf(wave), event, by, at) };
    case 'WaveResumed':
      return resumed(wave, at);
    case 'RollbackStarted':
      return rollingBack(wave, event.reason, event.undo);
    case 'UndoBegun':
      return change(wave, event.step, (s) => ({
        ...s,
        status: 'undoing',
        begun: true,
        startedAt: s.startedAt ?? at,
        since: s.since ?? at,
      }));
    case 'UndoWaited':
      return change(wave, event.step, (s) => ({
        ...next(s),
        nextAt: event.nextAt,
        until: event.until,
        summary: event.summary,
      }));
    case 'UndoFaulted':
      return overtaken(
        change(wave, event.step, (s) => ({
          ...next(s),
          nextAt: event.nextAt,
          faults: s.faults + 1,
          troubleSince: s.troubleSince ?? at,
          summary: event.summary,
        })),
        event.overtakenBy,
      );
    case 'StepUndone':
      return undone(
        change(wave, event.step, (s) => ({ ...next(s), status: 'undone', finishedAt: at, summary: event.summary })),
        event.step,
      );
    case 'UndoneByHand':
      return undone(
        change(wave, event.step, (s) => ({
          ...next(s),
          status: 'undone',
          finishedAt: at,
          summary: `by hand: ${event.reason}`,
        })),
        event.step,
      );
    case 'UndoFailed':
      return stuck(wave, event);
    case 'UndoRetried':
      return unstuck(
        change(wave, event.step, (s) => ({ ...next(s), attempt: event.attempt, begun: false, since: at })),
      );
    case 'LogCutBack':
      return cutBack(wave, event, at);
    case 'EventsRestored':
      return event.events.reduce<Wave>(evolve, asBefore(wave));
    case 'WaveCompleted':
      return ended(wave, 'completed', at);
    case 'WaveRolledBack':
      return ended(wave, 'rolled-back', at);
    case 'WaveAborted':
      return ended(wave, 'aborted', at);
  }
}

/** Another look at every system: a waiver of what is found otherwise now is void. */
function looked(wave: Wave, lines: readonly PreflightLine[] | undefined): Wave {
  return lines === undefined || wave.waivers === undefined
    ? wave
    : { ...wave, waivers: stillHolding(wave.waivers, lines) };
}

/** A job of the step has reported: the next one is another job. */
function next(step: StepState): StepState {
  return { ...step, visit: step.visit + 1, nextAt: null, until: null, faults: 0, troubleSince: null };
}

function change(wave: Wave, step: StepId, to: (state: StepState) => StepState): Wave {
  const index = stepIndex(wave, step);
  return { ...wave, steps: wave.steps.map((state, i) => (i === index ? to(state) : state)) };
}

/** On to the step after the one that has just ended; a held wave stays held there. */
function advance(wave: Wave): Wave {
  if (!isForward(wave)) return wave;
  const at = wave.at + 1;
  return wave.status === 'held' ? { ...wave, at } : { ...bare(wave), status: 'running', at };
}

function run(wave: Wave): Wave {
  return isForward(wave) ? { ...bare(wave), status: 'running', at: wave.at } : wave;
}

function gateOpened(wave: Wave, event: Extract<WaveEvent, { type: 'GateOpened' }>, at: number): Wave {
  const { hash, expiresAt, approvers, quorum, reasonRequired, gate: number } = event;
  const gate: GateState = {
    state: 'open',
    number,
    hash,
    openedAt: at,
    expiresAt,
    approvers,
    quorum,
    reasonRequired,
    approvals: [],
  };
  const opened = change(wave, event.step, (s) => ({ ...next(s), gate, summary: event.summary }));
  return isForward(opened) ? { ...bare(opened), status: 'gated', at: opened.at, gates: number } : opened;
}

function gateApproved(wave: Wave, event: Extract<WaveEvent, { type: 'GateApproved' }>, at: number, by: By): Wave {
  if (by.kind !== 'person') throw new Error(`gate ${event.gate} of ${wave.id} approved by a machine`);
  const approval: Approval = { user: by.user, at, reason: event.reason };
  const complete = event.approvals >= event.quorum;
  const approved = change(wave, event.step, (s) => {
    if (s.gate.state === 'closed') return s;
    const gate: GateState = {
      ...s.gate,
      state: complete ? 'approved' : 'open',
      approvals: [...s.gate.approvals, approval],
    };
    return complete ? { ...next(s), gate } : { ...s, gate };
  });
  return complete ? run(approved) : approved;
}

function held(wave: Wave, event: Extract<WaveEvent, { type: 'WaveHeld' }>, at: number, by: By): Wave {
  if (!isForward(wave)) return wave;
  const { cause, reason, evidence, preflight } = event;
  // A person's pause leaves the job that is under way its visit: what it reports still counts. So does an open gate's card.
  const byPerson = cause === 'person';
  const stopped = byPerson
    ? wave
    : change(wave, event.step, (s) => ({ ...next(s), summary: reason, progress: event.progress ?? s.progress }));
  if (!isForward(stopped)) return stopped;
  return {
    ...bare(stopped),
    status: 'held',
    at: stopped.at,
    hold: { cause, reason, at, by, evidence, ...(preflight ? { preflight } : {}) },
  };
}

function resumed(wave: Wave, at: number): Wave {
  if (wave.status !== 'held') return wave;
  const current = wave.plan.steps[wave.at];
  const open = wave.steps[wave.at]?.gate.state === 'open';
  const forward: Wave = { ...bare(wave), status: open ? 'gated' : 'running', at: wave.at };
  if (!current || open) return forward;
  return change(forward, current.id, (s) => (s.begun ? { ...next(s), since: at } : next(s)));
}

function rollingBack(wave: Wave, reason: string, undo: readonly StepId[]): Wave {
  const steps = wave.steps.map((state, i): StepState => {
    const planned = wave.plan.steps[i];
    const closed: StepState = state.gate.state === 'open' ? { ...state, gate: { state: 'closed' } } : state;
    if (!planned || !undo.includes(planned.id)) return closed;
    return {
      ...next(closed),
      begun: false,
      attempt: state.attempt + 1,
      since: null,
      startedAt: null,
      finishedAt: null,
      progress: null,
    };
  });
  return { ...bare(wave), steps, status: 'rolling-back', reason, undo };
}

function undone(wave: Wave, step: StepId): Wave {
  if (wave.status !== 'rolling-back' && wave.status !== 'stuck') return wave;
  return {
    ...bare(wave),
    status: 'rolling-back',
    reason: wave.reason,
    undo: wave.undo.filter((other) => other !== step),
  };
}

function overtaken(wave: Wave, by: StepId | undefined): Wave {
  if (wave.status !== 'rolling-back' || by === undefined) return wave;
  return { ...wave, undo: [by, ...wave.undo.filter((other) => other !== by)] };
}

function stuck(wave: Wave, event: Extract<WaveEvent, { type: 'UndoFailed' }>): Wave {
  const stopped = change(wave, event.step, (s) => ({ ...next(s), summary: event.summary }));
  if (stopped.status !== 'rolling-back') return stopped;
  return { ...bare(stopped), status: 'stuck', reason: event.summary, undo: stopped.undo, runbook: event.runbook };
}

function unstuck(wave: Wave): Wave {
  return wave.status === 'stuck'
    ? { ...bare(wave), status: 'rolling-back', reason: wave.reason, undo: wave.undo }
    : wave;
}

/**
 * The log goes on where the store had gone back to. Lost cards stay in the thread, so later gates get numbers that none of
 * them can have.
 */
function cutBack(wave: Wave, event: Extract<WaveEvent, { type: 'LogCutBack' }>, at: number): Wave {
  const { plan: _kept, lost: _earlier, ...base } = wave;
  const { from, to, posts } = event;
  const found: Wave = {
    ...wave,
    steps: wave.steps.map((state, i) => {
      const lost = event.steps.find(({ step }) => step === wave.plan.steps[i]?.id);
      return lost ? mayHaveWritten(state, lost, at) : state;
    }),
    gates: wave.gates + posts.length,
    lost: { from, to, tells: tellsOf(event), base: base as Planless<Wave> },
  };
  return 'undo' in found ? { ...found, undo: undoWith(found.undo, event.steps, wave.plan) } : found;
}

/** A way back that was begun before the loss was found has these to undo as well, each in its place. */
function undoWith(
  undo: readonly StepId[],
  lost: readonly { readonly step: StepId }[],
  { steps }: Plan,
): readonly StepId[] {
  if (lost.length === 0) return undo;
  const left = new Set([...undo, ...lost.map(({ step }) => step)]);
  const rank = ({ kind }: PlannedStep): number => KIND_FACTS[kind].undoRank;
  const newestFirst = steps.filter(({ id }) => left.has(id)).reverse();
  return newestFirst.sort((a, b) => rank(a) - rank(b)).map(({ id }) => id);
}

const asBefore = (wave: Wave): Wave => (wave.lost?.base ? ({ ...wave.lost.base, plan: wave.plan } as Wave) : wave);

function ended(wave: Wave, status: EndedWave['status'], at: number): Wave {
  const steps = wave.steps.map((s): StepState => (s.gate.state === 'open' ? { ...s, gate: { state: 'closed' } } : s));
  return { ...bare(wave), steps, status, endedAt: at };
}

/** The facts of a wave without what belongs to its present status. */
function bare(wave: Wave): WaveFacts {
  const { id, plan, startedAt, startedBy, seq, lastAt, steps, gates, waivers, lost } = wave;
  return {
    id,
    plan,
    startedAt,
    startedBy,
    seq,
    lastAt,
    steps,
    gates,
    ...(waivers ? { waivers } : {}),
    ...(lost ? { lost } : {}),
  };
}
