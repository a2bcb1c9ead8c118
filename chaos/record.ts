/** What a run leaves behind, as it can be seen from outside the product: the only thing that the invariants are given. */
import type { StoredMessage } from '../sandbox/slack/workspace';
import type { LedgerWrite, WorldSnapshot } from '../sandbox/twin/twin';
import type { Schedule, Verb } from './schedule';

export interface Logged {
  readonly wave: string;
  readonly seq: number;
  readonly at: number;
  readonly by: { readonly kind: 'person' | 'bot'; readonly user?: string; readonly worker?: string };
  readonly event: {
    readonly type: string;
    readonly step?: string;
    readonly gate?: number;
    readonly plan?: PlanShape;
    readonly [key: string]: unknown;
  };
  readonly hash: string;
}

/** As much of a plan as is compared with the world. */
export interface PlanShape {
  readonly wave: string;
  readonly hash: string;
  readonly locks: readonly string[];
  readonly steps: readonly {
    readonly id: string;
    readonly kind: string;
    readonly gated: boolean;
    readonly changes: readonly {
      readonly system: string;
      readonly resource: string;
      readonly field: string;
      readonly to: unknown;
    }[];
  }[];
}

export interface WaveRecord {
  readonly id: string;
  readonly site: string;
  /** Read from the store entry by entry, in the order of the store. */
  readonly log: readonly Logged[];
  /** Real ms at which each entry was seen in the store. */
  readonly seenAt: readonly number[];
  /** What the store holds of the wave beside its log. */
  readonly head: string | null;
  readonly stateSeq: number | null;
  readonly before: WorldSnapshot;
  readonly after: WorldSnapshot;
  /** Every lost call, with sandbox ms; `avoidable` where an order of steps could have saved it. */
  readonly lost: readonly { readonly at: number; readonly reason: string; readonly avoidable: boolean }[];
  /** What `cutover audit verify` said; null when it was not asked. */
  readonly audit: { readonly ok: boolean; readonly text: string } | null;
}

/** A write as the platforms took it. */
export interface Write extends LedgerWrite {
  readonly site: string | null;
  /** Real ms at which its request came in, and at which it had taken effect. */
  readonly askedAt: number;
  readonly doneAt: number;
}

export interface Click {
  readonly user: string;
  readonly wave: string;
  readonly gate: number;
  readonly at: number;
}

export interface Steered {
  readonly verb: Verb;
  readonly wave: string;
  readonly user: string;
  readonly at: number;
}

/** Real and sandbox ms between which something was broken or was being recovered from. */
export interface Trouble {
  readonly what: string;
  readonly from: number;
  readonly to: number;
  readonly simFrom: number;
  readonly simTo: number;
}

export interface Leftovers {
  readonly locks: Readonly<Record<string, string>>;
  readonly open: readonly string[];
  readonly due: readonly string[];
  readonly unheard: readonly string[];
  readonly leases: readonly string[];
}

export interface RunRecord {
  readonly schedule: Schedule;
  readonly waves: readonly WaveRecord[];
  readonly messages: readonly StoredMessage[];
  readonly writes: readonly Write[];
  readonly clicks: readonly Click[];
  readonly steered: readonly Steered[];
  readonly troubles: readonly Trouble[];
  readonly leftovers: Leftovers;
  /** Everything that people were told privately. */
  readonly whispers: readonly string[];
  /** Processes of the product that ended by themselves while their Redis was there. */
  readonly crashes: readonly string[];
  /** Lines of the product's own log at the level of an error. */
  readonly complaints: readonly string[];
  /** Why the run was given up before all waves had ended; null when they all had. */
  readonly givenUp: string | null;
}
