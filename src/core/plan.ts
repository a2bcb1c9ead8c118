import type { StepId, WaveId } from './ids';
import type { Json } from './json';
import type { Limits } from './limits';
import type { RecordType, Site } from './site';
import type { StepKind } from './step-kinds';

/** One field that a wave will set, with what was read there when it was planned. */
export interface Change {
  readonly system: 'dns' | 'platform' | 'legacy' | 'carrier' | 'http';
  readonly resource: string;
  readonly field: string;
  readonly from: Json;
  readonly to: Json;
}

/** A step of a wave document in the guide's literal form. */
export interface HttpWork {
  readonly name: string;
  readonly endpoint: string;
  readonly method: string;
  readonly body: Json;
  readonly validation: Validation;
  /** The way back: null means that the captured answer of GET on the endpoint is written back with the same method. */
  readonly inverse: { readonly method: string; readonly endpoint: string; readonly body: Json } | null;
}

export type Validation =
  | {
      readonly kind: 'dig';
      readonly server: string;
      readonly name: string;
      readonly type: Exclude<RecordType, 'NAPTR'>;
      readonly text: string;
    }
  | { readonly kind: 'get'; readonly endpoint: string; readonly text: string };

export interface PlannedStep {
  readonly id: StepId;
  readonly kind: StepKind;
  readonly title: string;
  /** Whether people decide before it runs. */
  readonly gated: boolean;
  readonly changes: readonly Change[];
  /** How long it usually takes, and how long its way back takes; ms. */
  readonly expectedMs: number;
  readonly undoMs: number;
  /** Past this since it began (or was resumed) a step that is still waiting is held; ms. */
  readonly deadlineMs: number;
  readonly http: HttpWork | null;
}

/** The exact changes of one wave, in order. `hash` covers everything else in it. */
export interface Plan {
  readonly wave: WaveId;
  readonly recipe: string;
  readonly site: Site;
  readonly limits: Limits;
  readonly steps: readonly PlannedStep[];
  /** Resources that no other wave may touch meanwhile. */
  readonly locks: readonly string[];
  /** `validation_failure_rate > 2%`, of a wave document. */
  readonly rollbackTrigger: string | null;
  readonly warnings: readonly string[];
  readonly hash: string;
}

/** The part of a plan that a gate's approval is bound to: the changes still to come at and after a step. */
export function planText(plan: Omit<Plan, 'hash'>): unknown {
  const { wave, recipe, site, limits, steps, locks, rollbackTrigger } = plan;
  return { wave, recipe, site, limits, steps, locks, rollbackTrigger };
}
