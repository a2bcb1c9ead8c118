import type { Evidence } from '../../src/core/evidence';
import type { Json } from '../../src/core/json';
import type { HoldCause, Outcome, UndoOutcome } from '../../src/core/outcome';
import type { StepContext } from './step-work';

type Proof = readonly Evidence[];

export function applied(summary: string, evidence: Proof, result?: Json): Outcome {
  return { kind: 'applied', summary, evidence, ...(result === undefined ? {} : { result }) };
}

export function passed(summary: string, evidence: Proof, result?: Json): Outcome {
  return { kind: 'passed', summary, evidence, ...(result === undefined ? {} : { result }) };
}

export function waiting(
  summary: string,
  evidence: Proof,
  next: { readonly afterMs: number; readonly until?: number | null; readonly progress?: Json },
): Extract<Outcome, { kind: 'waiting' }> {
  const { afterMs, until = null, progress } = next;
  return {
    kind: 'waiting',
    summary,
    evidence,
    recheckAfterMs: Math.ceil(afterMs),
    until,
    ...(progress === undefined ? {} : { progress }),
  };
}

export function held(
  cause: HoldCause,
  summary: string,
  evidence: Proof,
  more: { readonly packet?: string; readonly progress?: Json } = {},
): Outcome {
  return { kind: 'held', cause, summary, evidence, ...more };
}

export function failed(summary: string, evidence: Proof): Extract<Outcome, { kind: 'failed' }> {
  return { kind: 'failed', summary, evidence };
}

export function undone(summary: string, evidence: Proof = []): UndoOutcome {
  return { kind: 'undone', summary, evidence };
}

/** A step that writes nothing, or that had captured nothing, has nothing to take back. */
export const NOTHING_WRITTEN: UndoOutcome = undone('Nothing had been written, so there is nothing to take back.');
export const nothingToUndo = async (): Promise<UndoOutcome> => NOTHING_WRITTEN;

/** One line of proof: what was asked, what was answered, and whether it is what was wanted (null: information only). */
export function line(context: StepContext, asked: string, answered: string, good: boolean | null): Evidence {
  return { at: context.now(), asked, answered, good };
}

/** What this kind of step itself put into the log: its capture, its progress or its result. */
export function recalled<Shape extends Json>(json: Json): Shape | null {
  return json as Shape | null;
}
