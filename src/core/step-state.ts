import type { UserId } from './ids';
import type { Json } from './json';

export interface Approval {
  readonly user: UserId;
  readonly at: number;
  readonly reason: string | null;
}

/** A gate of a step. `number` counts the openings of all gates of the wave, so that an old card can be told from a new one. */
export type GateState =
  | { readonly state: 'closed' }
  | {
      readonly state: 'open' | 'approved';
      readonly number: number;
      readonly hash: string;
      readonly openedAt: number;
      readonly expiresAt: number;
      readonly approvers: readonly string[];
      readonly quorum: number;
      readonly reasonRequired: boolean;
      readonly approvals: readonly Approval[];
    };

export interface StepState {
  readonly status: 'pending' | 'running' | 'done' | 'skipped' | 'undoing' | 'undone';
  readonly phase: 'apply' | 'check';
  /** Grows when people ask for it again. */
  readonly attempt: number;
  /** Grows with every job of the step, so that each has an id of its own. */
  readonly visit: number;
  readonly begun: boolean;
  /** What was there before the first write; the undo is built from it. */
  readonly captured: Json;
  readonly result: Json;
  readonly progress: Json;
  readonly startedAt: number | null;
  /** Since when its deadline runs: its start, or the last resume. */
  readonly since: number | null;
  readonly finishedAt: number | null;
  readonly nextAt: number | null;
  readonly until: number | null;
  readonly faults: number;
  /** Of an undo: when the first of these faults in a row was. Absent in waves of before it was kept. */
  readonly troubleSince?: number | null;
  readonly summary: string;
  readonly gate: GateState;
  /** It may have written, and what was there before is lost: its way back is by hand. Absent in waves of before it was kept. */
  readonly lost?: boolean;
}

/** A step to which nothing has happened yet. */
export const FRESH: StepState = {
  status: 'pending',
  phase: 'apply',
  attempt: 1,
  visit: 1,
  begun: false,
  captured: null,
  result: null,
  progress: null,
  startedAt: null,
  since: null,
  finishedAt: null,
  nextAt: null,
  until: null,
  faults: 0,
  troubleSince: null,
  summary: '',
  gate: { state: 'closed' },
  lost: false,
};
