import type { StepId } from '../src/core/ids';
import type { Plan, PlannedStep } from '../src/core/plan';
import { KIND_FACTS } from '../src/core/step-kinds';
import { isEnded, isForward, type StepState, stepAt, stepIndex, type Wave } from '../src/core/wave';

export interface NextGate {
  readonly step: StepId;
  readonly title: string;
  /** Place of the step in the plan, from 1. */
  readonly position: number;
  readonly open: boolean;
}

/** How far a wave is. Times epoch ms, lengths ms; the time that people take at gates is in none of the expectations. */
export interface Progress {
  readonly done: number;
  readonly of: number;
  /** The step under way or next, from 1; null where a wave does not go forward. */
  readonly position: number | null;
  readonly undone: number;
  readonly toUndo: number;
  readonly elapsedMs: number;
  readonly expectedMs: number;
  /** Null when nobody can say: held, stuck. */
  readonly expectedEnd: number | null;
  readonly nextGate: NextGate | null;
  readonly waitingUntil: number | null;
}

export function progress(wave: Wave, now: number): Progress {
  const { plan, steps } = wave;
  const toUndo = 'undo' in wave ? wave.undo.length : 0;
  return {
    done: steps.filter(({ status }) => status === 'done' || status === 'skipped').length,
    of: plan.steps.length,
    position: isForward(wave) ? Math.min(wave.at + 1, plan.steps.length) : null,
    undone: steps.filter(({ status }) => status === 'undone').length,
    toUndo,
    elapsedMs: Math.max(0, (isEnded(wave) ? wave.endedAt : now) - wave.startedAt),
    expectedMs: walk(plan, 0, wave.startedAt, null) - wave.startedAt,
    expectedEnd: expectedEnd(wave, now),
    nextGate: nextGate(wave),
    waitingUntil: underWay(wave)?.state.until ?? null,
  };
}

/** The step at which the machine is at work, forwards or backwards; null where people have to act first. */
export function underWay(wave: Wave): { readonly planned: PlannedStep; readonly state: StepState } | null {
  if (wave.status === 'running') return stepAt(wave, wave.at);
  const undoing = wave.status === 'rolling-back' ? wave.undo[0] : undefined;
  return undoing === undefined ? null : stepAt(wave, stepIndex(wave, undoing));
}

/** "3 d 2 h", "1 h 5 min", "14 min", "1 min 30 s", "8 s" */
export function duration(ms: number): string {
  const seconds = Number.isFinite(ms) ? Math.max(0, Math.round(ms / 1000)) : 0;
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 300) return two(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 24 * 60) return two(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.round(seconds / 3600);
  return two(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

/** What the machine itself needs for all steps. */
export const workMs = (plan: Plan): number => plan.steps.reduce((sum, step) => sum + step.expectedMs, 0);

/** From the first step to the last with the wait between them, but without that for the cutover window. */
export const forwardMs = (plan: Plan): number => walk({ ...plan, site: { ...plan.site, window: null } }, 0, 0, null);

/** The way back from the end of a step, in the plan's numbers. */
export const wayBackMs = (steps: readonly PlannedStep[]): number => steps.reduce((sum, step) => sum + step.undoMs, 0);

/** How long low TTLs must have been shown before DNS is switched: the longer of the lead and the oldest TTL. */
export function leadMs(plan: Plan): number {
  const lowers = plan.steps.find((step) => step.kind === 'lower-ttl');
  if (!lowers || !plan.steps.some((step) => step.kind === 'switch-dns')) return 0;
  const old = lowers.changes.map(({ from }) => (typeof from === 'number' ? from * 1000 : 0));
  return Math.max(plan.limits.ttlLeadMs, ...old);
}

/** ▰▰▰▱▱, one mark per step where that is readable. */
export function bar(done: number, of: number): string {
  const marks = Math.max(1, Math.min(of, 20));
  const full = of === 0 ? 0 : Math.min(marks, Math.floor((done / of) * marks));
  return '▰'.repeat(full) + '▱'.repeat(marks - full);
}

function two(large: number, unit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smallUnit}`;
}

function expectedEnd(wave: Wave, now: number): number | null {
  switch (wave.status) {
    case 'running':
    case 'gated':
      return walk(wave.plan, wave.at, now, wave);
    case 'rolling-back':
      return now + wayBackMs(wave.plan.steps.filter(({ id }) => wave.undo.includes(id)));
    case 'held':
    case 'stuck':
      return null;
    case 'completed':
    case 'rolled-back':
    case 'aborted':
      return wave.endedAt;
  }
}

/** When the last step ends, if the step at `from` starts at `at` and nobody has to be waited for. */
function walk(plan: Plan, from: number, at: number, wave: Wave | null): number {
  const lead = leadMs(plan);
  const lowered = plan.steps.findIndex(({ kind }) => kind === 'lower-ttl');
  let low = wave?.steps[lowered]?.finishedAt ?? null;
  let time = at;
  for (const [i, planned] of plan.steps.entries()) {
    if (i < from) continue;
    const state = wave?.steps[i];
    if (planned.kind === 'switch-dns' && low !== null && !state?.begun) time = Math.max(time, low + lead);
    if (plan.site.window && KIND_FACTS[planned.kind].insideWindow) time = Math.max(time, plan.site.window.opens);
    time = stepEnd(planned, state, time);
    if (planned.kind === 'lower-ttl') low = time;
  }
  return time;
}

function stepEnd(planned: PlannedStep, state: StepState | undefined, time: number): number {
  if (!state || state.startedAt === null || !state.begun) {
    return Math.max(time, state?.until ?? 0) + planned.expectedMs;
  }
  if (state.until !== null && state.until > time) return state.until;
  return Math.max(time, state.startedAt + planned.expectedMs);
}

function nextGate(wave: Wave): NextGate | null {
  if (!isForward(wave)) return null;
  for (const [i, planned] of wave.plan.steps.entries()) {
    const state = wave.steps[i];
    if (i < wave.at || !planned.gated || !state || state.gate.state === 'approved' || state.begun) continue;
    return { step: planned.id, title: planned.title, position: i + 1, open: state.gate.state === 'open' };
  }
  return null;
}
