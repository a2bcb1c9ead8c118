import type { WaveId } from '../../src/core/ids';
import type { Json } from '../../src/core/json';
import type { Outcome, UndoOutcome } from '../../src/core/outcome';
import type { Plan, PlannedStep } from '../../src/core/plan';
import type { StepKind } from '../../src/core/step-kinds';
import type { Waiver } from '../../src/core/waivers';
import type { SiteWorld } from '../../src/ports/world';

/** What a step's work is given. Times are epoch ms of the product's clock. */
export interface StepContext {
  readonly wave: WaveId;
  readonly plan: Plan;
  readonly step: PlannedStep;
  readonly world: SiteWorld;
  readonly now: () => number;
  /** Since when the present phase runs: its start, or the last resume. */
  readonly since: number;
  /** What `capture` kept; null before. */
  readonly captured: Json;
  /** What the last `waiting` outcome of this phase carried; null at first. */
  readonly progress: Json;
  /** What the step's own `applied` outcome kept for its check. */
  readonly result: Json;
  /** What an earlier step of the wave kept (`result` of its last outcome); null when it has not run. */
  readonly resultOf: (kind: StepKind) => Json;
  /** Which steps are done, for what must hold between them. */
  readonly isDone: (kind: StepKind) => boolean;
  /** Red lines of the preflight that people have taken upon themselves, complete or not. */
  readonly waivers: readonly Waiver[];
  /** Appends what is there before the first write. Returns the first capture when there is one already. Throws when the wave has moved on. */
  readonly capture: (state: Json) => Promise<Json>;
  /** Asked before every write: throws when this job has been superseded (wave paused, aborted, rolling back, lease lost). */
  readonly fence: () => Promise<void>;
}

/**
 * One kind of step. `apply` and `undo` read before they write, write only what differs and read back until the world
 * agrees (`waiting` while it does not): running them twice is harmless. No worker sleeps: waiting is an outcome.
 * A `Fault` thrown by an adapter is left to the caller, who makes it `faulted`.
 */
export interface StepWork {
  /** What must hold before the step may begin. Asked before its gate opens, and again right before `apply`. */
  readonly ready?: (context: StepContext) => Promise<Outcome>;
  readonly apply: (context: StepContext) => Promise<Outcome>;
  readonly check: (context: StepContext) => Promise<Outcome>;
  readonly undo: (context: StepContext) => Promise<UndoOutcome>;
}

export type StepWorks = Readonly<Record<StepKind, StepWork>>;
