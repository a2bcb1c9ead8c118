/** What workers and timers tell an open wave. A report of an earlier visit, or of another state, is stale and changes nothing. */
import { gateRule } from './actor';
import { type Decision, decided, NO_EVIDENCE, refuse, type Visit, type WaveCommand } from './commands';
import { rollbackEvents } from './decide-people';
import type { WaveEvent } from './events';
import { bounded, type Evidence } from './evidence';
import type { StepId } from './ids';
import { lookAgainMs } from './look-again';
import type { Outcome } from './outcome';
import type { PreflightLine } from './preflight';
import { nextTry, STEP_RETRY } from './retry';
import { overtaking, overtakingAtLast } from './undo-order';
import { blocking } from './waivers';
import { isForward, type OpenWave, type RollingBackWave, type StepState, stepAt, stepIndex, waiversOf } from './wave';
import { listed } from './wording';

type Command<Type extends WaveCommand['type']> = Extract<WaveCommand, { type: Type }>;

const STALE = refuse('stale', 'This report is of an earlier visit; the wave has moved on.');

export function beginStep(wave: OpenWave, command: Command<'BeginStep'>): Decision {
  if (wave.status !== 'running' || !isCurrent(wave, command.visit)) return STALE;
  const { planned, state } = stepAt(wave, wave.at);
  if (planned.gated && state.gate.state !== 'approved' && !state.begun) return STALE;
  return state.begun ? decided() : decided({ type: 'StepBegun', step: planned.id, attempt: state.attempt });
}

/** Nothing is written before this was appended. The first capture stands: a later one would hold our own writes. */
export function captureState(wave: OpenWave, command: Command<'CaptureState'>): Decision {
  if (wave.status !== 'running' || !isCurrent(wave, command.visit)) return STALE;
  const { state } = stepAt(wave, wave.at);
  // What is captured is undone, and only what has begun is.
  if (!state.begun) return STALE;
  return state.captured !== null
    ? decided()
    : decided({ type: 'StateCaptured', step: command.visit.step, captured: command.captured });
}

export function reportStep(wave: OpenWave, command: Command<'ReportStep'>, now: number): Decision {
  // A person may have paused the wave meanwhile: what was done still counts, and nothing new begins.
  if ((wave.status !== 'running' && wave.status !== 'held') || !isCurrent(wave, command.visit)) return STALE;
  const { planned, state } = stepAt(wave, wave.at);
  if (!state.begun) return STALE;
  const { outcome } = command;
  const step = planned.id;
  switch (outcome.kind) {
    case 'applied':
      return decided(applied(step, outcome));
    case 'passed': {
      const open = blocking(outcome.preflight ?? [], waiversOf(wave));
      if (open.length > 0) return decided(...heldBy(wave, redLines(outcome, open)));
      // Work that calls itself done is checked all the same: no step passes by its own word.
      return state.phase === 'apply' ? decided(applied(step, outcome)) : decided(...passed(wave, outcome));
    }
    case 'waiting': {
      const end = deadline(planned.deadlineMs, state, now);
      const nextAt = now + lookAgainMs(state, outcome, { since: state.since ?? now, now, end });
      if (nextAt > end) return decided(hold(wave, 'deadline', `${outcome.summary} Its time is up.`, outcome.evidence));
      const { summary, until } = outcome;
      return decided({
        type: 'StepWaited',
        step,
        summary,
        evidence: bounded(outcome.evidence),
        nextAt,
        until,
        progress: outcome.progress ?? state.progress,
      });
    }
    case 'held':
      return decided(...heldBy(wave, outcome));
    case 'failed':
      return decided(
        { type: 'StepFailed', step, summary: outcome.summary, evidence: bounded(outcome.evidence) },
        ...rollbackEvents(wave, outcome.summary),
      );
    case 'faulted': {
      const nextAt = outcome.transient
        ? nextTry(STEP_RETRY, state.faults + 1, outcome.retryAfterMs, now, deadline(planned.deadlineMs, state, now))
        : null;
      return nextAt === null
        ? decided(hold(wave, 'fault', outcome.summary, NO_EVIDENCE))
        : decided({ type: 'StepFaulted', step, summary: outcome.summary, nextAt });
    }
  }
}

export function reportGate(wave: OpenWave, command: Command<'ReportGate'>, now: number): Decision {
  if (wave.status !== 'running' || !isCurrent(wave, command.visit)) return STALE;
  const { planned, state } = stepAt(wave, wave.at);
  if (!planned.gated || state.gate.state !== 'closed' || state.begun) return STALE;
  const { outcome } = command;
  const step = planned.id;
  const evidence = 'evidence' in outcome ? bounded(outcome.evidence) : NO_EVIDENCE;
  switch (outcome.kind) {
    case 'applied':
    case 'passed': {
      const rule = gateRule(wave.plan.site.policy, planned.kind);
      return decided({
        type: 'GateOpened',
        step,
        gate: wave.gates + 1,
        hash: command.hash,
        summary: outcome.summary,
        evidence,
        approvers: rule.approvers,
        quorum: rule.quorum,
        reasonRequired: rule.reasonRequired,
        expiresAt: now + wave.plan.limits.gateOpenMs,
        undoMs: undoMs(wave),
      });
    }
    case 'waiting':
      return decided({
        type: 'GateWaited',
        step,
        summary: outcome.summary,
        evidence,
        nextAt: now + lookAgainMs(state, outcome, { since: gateSince(wave, now), now, end: null }),
        until: outcome.until,
      });
    case 'held':
      return decided(...heldBy(wave, outcome));
    case 'failed':
      return decided(
        { type: 'StepFailed', step, summary: outcome.summary, evidence },
        ...rollbackEvents(wave, outcome.summary),
      );
    case 'faulted': {
      const end = now + planned.deadlineMs;
      const nextAt =
        outcome.transient && state.faults < 8
          ? nextTry(STEP_RETRY, state.faults + 1, outcome.retryAfterMs, now, end)
          : null;
      return nextAt === null
        ? decided(hold(wave, 'fault', outcome.summary, NO_EVIDENCE))
        : decided({ type: 'StepFaulted', step, summary: outcome.summary, nextAt });
    }
  }
}

export function beginUndo(wave: OpenWave, command: Command<'BeginUndo'>): Decision {
  if (!isUndoing(wave, command.visit)) return STALE;
  const { state } = stepAt(wave, stepIndex(wave, command.visit.step));
  return state.begun ? decided() : decided({ type: 'UndoBegun', step: command.visit.step, attempt: state.attempt });
}

export function reportUndo(wave: OpenWave, command: Command<'ReportUndo'>, now: number): Decision {
  if (wave.status !== 'rolling-back' || !isUndoing(wave, command.visit)) return STALE;
  const step = command.visit.step;
  const { planned, state } = stepAt(wave, stepIndex(wave, step));
  const { outcome, runbook } = command;
  const stuck = (summary: string): Decision => {
    const ahead = overtakingAtLast(wave, step);
    if (ahead !== null)
      return decided({
        type: 'UndoFaulted',
        step,
        nextAt: now,
        ...goesAhead(wave, ahead, `${summary} Before people look:`),
      });
    return decided({
      type: 'UndoFailed',
      step,
      summary,
      evidence: 'evidence' in outcome ? bounded(outcome.evidence) : NO_EVIDENCE,
      runbook,
    });
  };
  switch (outcome.kind) {
    case 'undone': {
      const event: WaveEvent = {
        type: 'StepUndone',
        step,
        summary: outcome.summary,
        evidence: bounded(outcome.evidence),
      };
      return wave.undo.length === 1 ? decided(event, { type: 'WaveRolledBack' }) : decided(event);
    }
    case 'waiting': {
      const nextAt = now + outcome.recheckAfterMs;
      if (nextAt > deadline(planned.deadlineMs, state, now)) return stuck(`${outcome.summary} Its time is up.`);
      return decided({
        type: 'UndoWaited',
        step,
        summary: outcome.summary,
        evidence: bounded(outcome.evidence),
        nextAt,
        until: outcome.until,
      });
    }
    case 'failed':
      return stuck(outcome.summary);
    case 'faulted': {
      const nextAt = outcome.transient
        ? nextTry(STEP_RETRY, state.faults + 1, outcome.retryAfterMs, now, undoDeadline(state, now))
        : null;
      return nextAt === null
        ? stuck(outcome.summary)
        : decided({ type: 'UndoFaulted', step, nextAt, ...undoTrouble(wave, step, outcome.summary, nextAt, now) });
    }
  }
}

export function tick(wave: OpenWave, _command: Command<'Tick'>, now: number): Decision {
  if (wave.status !== 'gated') return decided();
  const { planned, state } = stepAt(wave, wave.at);
  if (state.gate.state !== 'open' || now < state.gate.expiresAt) return decided();
  const reason = `Gate ${state.gate.number} was not decided in time. Nothing was changed; \`resume\` checks again and opens a new gate.`;
  return decided(
    { type: 'GateExpired', step: planned.id, gate: state.gate.number },
    hold(wave, 'gate-expired', reason, NO_EVIDENCE),
  );
}

function applied(step: StepId, outcome: Extract<Outcome, { kind: 'applied' | 'passed' }>): WaveEvent {
  return {
    type: 'StepApplied',
    step,
    summary: outcome.summary,
    evidence: bounded(outcome.evidence),
    result: outcome.result ?? null,
  };
}

function passed(wave: OpenWave, outcome: Extract<Outcome, { kind: 'passed' }>): readonly WaveEvent[] {
  if (!isForward(wave)) return [];
  const { planned } = stepAt(wave, wave.at);
  const event: WaveEvent = {
    type: 'StepPassed',
    step: planned.id,
    summary: outcome.summary,
    evidence: bounded(outcome.evidence),
    result: outcome.result ?? null,
    ...(outcome.preflight ? { preflight: outcome.preflight } : {}),
  };
  return wave.at === wave.plan.steps.length - 1 ? [event, { type: 'WaveCompleted' }] : [event];
}

/** A red line that nobody has waived blocks, whatever the step's work says of it. */
function redLines(
  outcome: Extract<Outcome, { kind: 'passed' }>,
  open: readonly PreflightLine[],
): Extract<Outcome, { kind: 'held' }> {
  const { evidence, preflight = [] } = outcome;
  const names = listed(open.map(({ id }) => id));
  return { kind: 'held', cause: 'not-ready', summary: `Red and not waived: ${names}.`, evidence, preflight };
}

/** A drift since the approval voids it: what was approved is not what would run. */
function heldBy(wave: OpenWave, outcome: Extract<Outcome, { kind: 'held' }>): readonly WaveEvent[] {
  if (!isForward(wave)) return [];
  const { planned, state } = stepAt(wave, wave.at);
  const held = {
    ...hold(wave, outcome.cause, outcome.summary, outcome.evidence),
    packet: outcome.packet ?? null,
    progress: outcome.progress ?? null,
    ...(outcome.preflight ? { preflight: outcome.preflight } : {}),
  };
  if (outcome.cause !== 'drift' || state.gate.state !== 'approved') return [held];
  return [{ type: 'ApprovalVoided', step: planned.id, gate: state.gate.number, reason: outcome.summary }, held];
}

function hold(
  wave: OpenWave,
  cause: Extract<WaveEvent, { type: 'WaveHeld' }>['cause'],
  reason: string,
  evidence: readonly Evidence[],
) {
  if (!isForward(wave)) throw new Error(`wave ${wave.id} cannot be held while ${wave.status}`);
  const { planned } = stepAt(wave, wave.at);
  return {
    type: 'WaveHeld',
    step: planned.id,
    cause,
    reason,
    evidence: bounded(evidence),
    packet: null,
    progress: null,
  } as const;
}

function isCurrent(wave: OpenWave, visit: Visit): boolean {
  if (!isForward(wave)) return false;
  const { planned, state } = stepAt(wave, wave.at);
  return planned.id === visit.step && state.attempt === visit.attempt && state.visit === visit.visit;
}

function isUndoing(wave: OpenWave, visit: Visit): boolean {
  if (wave.status !== 'rolling-back' || wave.undo[0] !== visit.step) return false;
  const { state } = stepAt(wave, stepIndex(wave, visit.step));
  return state.attempt === visit.attempt && state.visit === visit.visit;
}

function deadline(deadlineMs: number, state: StepState, now: number): number {
  return (state.since ?? now) + deadlineMs;
}

/** A gate's looks have no deadline; they began when the step before it was done. */
function gateSince(wave: OpenWave, now: number): number {
  if (!isForward(wave)) return now;
  return wave.steps[wave.at - 1]?.finishedAt ?? wave.startedAt;
}

/** An undo that cannot be written is not tried for ever: calls are at stake and people can act. */
const UNDO_TRIES_MS = 5 * 60_000;

/** Of trouble in a row: an undo may wait for caches or licences for longer than that, and one 503 then is nothing. */
function undoDeadline(state: StepState, now: number): number {
  return (state.troubleSince ?? now) + UNDO_TRIES_MS;
}

/** What is said of it, and which way back goes first meanwhile. */
function undoTrouble(wave: RollingBackWave, step: StepId, summary: string, nextAt: number, now: number) {
  const ahead = overtaking(wave, step, nextAt, now);
  return ahead === null ? { summary } : goesAhead(wave, ahead, `${summary} Meanwhile`);
}

function goesAhead(wave: RollingBackWave, ahead: StepId, said: string) {
  const { title } = stepAt(wave, stepIndex(wave, ahead)).planned;
  return { summary: `${said} the way back of "${title}" goes first.`, overtakenBy: ahead };
}

/** How long the way back would take from here, the step that the gate guards included. */
function undoMs(wave: OpenWave): number {
  if (!isForward(wave)) return 0;
  return wave.plan.steps.slice(0, wave.at + 1).reduce((sum, planned) => sum + planned.undoMs, 0);
}
