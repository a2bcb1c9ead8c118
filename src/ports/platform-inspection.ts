import type { Interval } from './platform';

/** A right that the bot's client needs. `granted` null: the platform gives no way to ask without changing something. */
export interface PermissionFinding {
  /** By the vendor's own name, as an administrator looks it up. */
  readonly permission: string;
  readonly neededFor: string;
  /** Only sites whose file names that lever or wish need it. */
  readonly optional?: true;
  readonly granted: boolean | null;
  /** What was asked and answered, in one line. */
  readonly evidence: string;
}

/** Null where the platform does not show the figure. */
export interface LicenceStock {
  readonly licence: string;
  readonly owned: number | null;
  readonly assigned: number | null;
}

/** Calls a minute. `allowed` and `used` by the platform's own word, null when it does not say; `ours` is what we keep to. */
export interface CallAllowance {
  readonly allowed: number | null;
  readonly used: number | null;
  readonly ours: number;
}

/** A change in the platform's own audit. `ours`: made by the client that the bot uses. */
export interface PlatformChange {
  readonly at: number;
  readonly by: string;
  readonly ours: boolean;
  /** Kind and id of what was changed. */
  readonly entity: string;
  readonly entityId: string;
  readonly action: string;
  readonly fields: readonly string[];
}

/** What preflight and reconciliation ask of a platform. Reads only. Throws `Fault`. */
export interface PlatformInspection {
  permissions(): Promise<readonly PermissionFinding[]>;
  /** Products or features that the organisation has, and that a cutover needs (advanced routing, several sites, WFM). */
  entitlements(): Promise<readonly { readonly name: string; readonly present: boolean | null }[]>;
  licenceStock(licences: readonly string[]): Promise<readonly LicenceStock[]>;
  callAllowance(): Promise<CallAllowance>;
  /** The platform's clock less ours, ms; null when it does not show the time. */
  clockSkewMs(): Promise<number | null>;
  /** Agents who could take a call of the queue now; null when it has no figure. */
  availableAgents(queue: string): Promise<number | null>;
  /** What the platform itself says was changed in the interval on these entities; null when it keeps no audit. */
  changes(entityIds: readonly string[], interval: Interval): Promise<readonly PlatformChange[] | null>;
}
