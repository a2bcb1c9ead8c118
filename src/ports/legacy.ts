import type { AnsweredCall, CallFigures, Interval } from './platform';

export type LegacyTrunkMode = 'active' | 'standby' | 'off';

/** A carrier trunk of the old system. `standby` finishes live calls, takes no new ones and can be re-armed in one call. */
export interface LegacyTrunk {
  readonly id: string;
  readonly mode: LegacyTrunkMode;
  readonly liveCalls: number;
  readonly dids: readonly string[];
  readonly callerId: string;
  readonly codecs: readonly string[];
  readonly maxConcurrentSessions: number;
}

export interface LegacyQueue {
  readonly id: string;
  readonly enabled: boolean;
  readonly waiting: number;
  readonly liveCalls: number;
}

/** Figures of the old side: what the new side is compared with. */
export interface LegacyBaseline extends CallFigures {
  readonly ivrEntered: number;
  readonly ivrAbandoned: number;
  readonly crmLatencyP95Ms: number | null;
}

/** The legacy telephony system, by its owner's HTTP API. Writes read first and return whether they wrote. Throws `Fault`. */
export interface Legacy {
  trunk(id: string): Promise<LegacyTrunk>;
  setTrunk(id: string, mode: LegacyTrunkMode): Promise<boolean>;
  queue(id: string): Promise<LegacyQueue>;
  setQueue(id: string, enabled: boolean): Promise<boolean>;
  calls(site: string, interval: Interval): Promise<LegacyBaseline>;
  /**
   * Agents planned for the interval, by group of the roster; null when it does not tell. Absent where there is no such
   * figure at all.
   */
  scheduledAgents?(site: string, interval: Interval): Promise<ReadonlyMap<string, number> | null>;
}

/** The CRM's site-aware routing entry and how well calls become CRM records. Throws `Fault`. */
export interface Crm {
  entry(entry: string): Promise<{ readonly entry: string; readonly platform: string }>;
  /**
   * `answered` lists the calls to look for; a CRM that counts by itself does not ask. It gives null where the platform has
   * nothing for the interval yet.
   */
  sync(entry: string, interval: Interval, answered: AnsweredCalls): Promise<CrmSync>;
}

export type AnsweredCalls = () => Promise<readonly AnsweredCall[] | null>;

export interface CrmSync {
  readonly calls: number;
  readonly synced: number;
  /** From call to record; null when there is no record. */
  readonly p95LatencyMs: number | null;
  /** What people should know of the figures, such as clocks that disagree. */
  readonly told?: readonly string[];
}
