import type { Destinations } from './carrier-order';
import type { RecordType } from './site';

/** What was read of the world when a plan was made: the `from` of every change. */
export interface Observed {
  readonly at: number;
  readonly records: readonly {
    readonly name: string;
    readonly type: RecordType;
    readonly ttl: number;
    readonly values: readonly string[];
  }[];
  readonly trunks: readonly { readonly id: string; readonly name: string; readonly enabled: boolean }[];
  readonly routes: readonly { readonly id: string; readonly name: string; readonly enabled: boolean }[];
  readonly queues: readonly {
    readonly id: string;
    readonly name: string;
    readonly members: number;
    readonly joined: number;
  }[];
  readonly allocation: { readonly allocationPercent: number; readonly shadowPercent: number };
  readonly legacyTrunks: readonly { readonly id: string; readonly mode: string }[];
  readonly legacyQueues: readonly { readonly id: string; readonly enabled: boolean }[];
  /** Null or absent where the site has no carrier with a lever. */
  readonly carrier?: Destinations | null;
  readonly licencesMissing: number;
}
