import type { Evidence } from './evidence';
import type { Json } from './json';
import type { PreflightLine } from './preflight';

/** Why a wave is held. */
export type HoldCause =
  | 'person'
  | 'gate-held'
  | 'gate-expired'
  | 'not-ready'
  | 'no-data'
  | 'lag'
  | 'licences'
  | 'drift'
  | 'window'
  | 'deadline'
  | 'fault'
  | 'split-brain'
  | 'log-lost';

/** What a worker found. `summary` is one sentence for the thread. */
export type Outcome =
  /** The writes are done and were read back; the check follows. `result` is kept for later steps. */
  | {
      readonly kind: 'applied';
      readonly summary: string;
      readonly evidence: readonly Evidence[];
      readonly result?: Json;
    }
  | {
      readonly kind: 'passed';
      readonly summary: string;
      readonly evidence: readonly Evidence[];
      readonly result?: Json;
      /** Of a preflight: every line that is not green. While one of them is red and not waived, the wave is held. */
      readonly preflight?: readonly PreflightLine[];
    }
  | {
      readonly kind: 'waiting';
      readonly summary: string;
      readonly evidence: readonly Evidence[];
      readonly recheckAfterMs: number;
      /** When the waiting is expected to end, epoch ms; null when nobody can say. */
      readonly until: number | null;
      /** Carried to the next visit of the same phase. */
      readonly progress?: Json;
    }
  | {
      readonly kind: 'held';
      readonly cause: HoldCause;
      readonly summary: string;
      readonly evidence: readonly Evidence[];
      readonly packet?: string;
      readonly progress?: Json;
      readonly preflight?: readonly PreflightLine[];
    }
  | { readonly kind: 'failed'; readonly summary: string; readonly evidence: readonly Evidence[] }
  /** The bot's own trouble: network, 429, 5xx. Never a reason to roll back. */
  | {
      readonly kind: 'faulted';
      readonly summary: string;
      readonly transient: boolean;
      readonly retryAfterMs: number | null;
    };

export type UndoOutcome =
  | { readonly kind: 'undone'; readonly summary: string; readonly evidence: readonly Evidence[] }
  | {
      readonly kind: 'waiting';
      readonly summary: string;
      readonly evidence: readonly Evidence[];
      readonly recheckAfterMs: number;
      readonly until: number | null;
    }
  | { readonly kind: 'failed'; readonly summary: string; readonly evidence: readonly Evidence[] }
  | {
      readonly kind: 'faulted';
      readonly summary: string;
      readonly transient: boolean;
      readonly retryAfterMs: number | null;
    };
