/**
 * The contact-centre platform, in the words of the trade. One adapter per vendor. Every method throws `Fault`. Reads are
 * fresh. Writes read first, write only what differs, return whether they wrote, and are safe to repeat. None of them waits
 * for the platform to catch up: callers read back.
 */

export interface Organisation {
  readonly id: string;
  readonly name: string;
}

/** A SIP trunk with its base settings. `enabled` is what is configured, `inService` what every sign of health says. */
export interface Trunk {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly inService: boolean;
  readonly health: string;
  readonly codecs: readonly string[];
  readonly maxConcurrentSessions: number | null;
  /** Null: not measured, which is never nobody. */
  readonly liveCalls: number | null;
}

export interface OutboundRoute {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
  /** Emergency calls leave by it, so it is never switched off: no route for a wave. */
  readonly carriesEmergency?: boolean;
}

export interface Queue {
  readonly id: string;
  readonly name: string;
  readonly members: number;
  readonly joined: number;
}

/** The switch that sends the site's calls to their emergency flow, and so to legacy, at once. */
export interface EmergencyGroup {
  readonly id: string;
  readonly name: string;
  readonly enabled: boolean;
}

/** A call route with its numbers, E.164. `elsewhere`: of the numbers asked for, those that another owner has. */
export interface CallRoute {
  readonly id: string;
  readonly name: string;
  readonly dids: readonly string[];
  readonly elsewhere: readonly { readonly did: string; readonly owner: string }[];
}

/** Percent of the site's calls, 0 to 100, that the inbound flow sends to the new queues, and of those it mirrors into the shadow flow. */
export interface Allocation {
  readonly allocationPercent: number;
  readonly shadowPercent: number;
}

/** Calls of a closed interval. `failed` are finished calls that did not complete; null stands for "no data". */
export interface CallFigures {
  readonly offered: number;
  readonly completed: number;
  readonly failed: number;
}

/** Runs through a flow: `entered` legs, of which `finished` reached an outcome and `failed` of those a bad one. */
export interface FlowFigures {
  readonly entered: number;
  readonly finished: number;
  readonly failed: number;
}

/** A call by its id at the platform, epoch ms. `endedAt` is null while it goes on, or where it is not told. */
export interface AnsweredCall {
  readonly id: string;
  readonly answeredAt: number;
  readonly endedAt: number | null;
}

export interface Interval {
  readonly from: number;
  readonly to: number;
}

/** What the platform has a lever for. Where one is missing the plan says so, and a step looks instead of writing. */
export interface PlatformCapabilities {
  /** What `setTrunk` switches, as people call it there. */
  readonly inboundSwitch: 'trunk' | 'point of contact';
  /** Codecs, session limits and health of SIP trunks can be read. */
  readonly showsTrunks: boolean;
  /** Phones can be made to register afresh; otherwise agents log in by themselves. */
  readonly restartsPhones: boolean;
  /** Licences are given to users by API; otherwise they are only checked. */
  readonly assignsLicences: boolean;
  /** Published schedules can be read. */
  readonly showsSchedules: boolean;
}

export interface Platform {
  readonly name: string;
  readonly capabilities: PlatformCapabilities;
  organisation(): Promise<Organisation>;
  trunk(trunkBase: string): Promise<Trunk>;
  setTrunk(trunkBase: string, enabled: boolean): Promise<boolean>;
  outboundRoute(site: string, route: string): Promise<OutboundRoute>;
  setOutboundRoute(site: string, route: string, enabled: boolean): Promise<boolean>;
  /** Numbers that ring the site's inbound flow, E.164, and the caller id that it sends. */
  numbers(
    site: string,
    dids: readonly string[],
  ): Promise<{ readonly dids: readonly string[]; readonly callerId: string | null }>;
  /** Absent where the platform has no call routes that could be changed. */
  callRoute?(route: string, dids: readonly string[]): Promise<CallRoute>;
  /** Gives numbers to a call route and takes others off it; all others stay. A number that another owner has is a `Fault`. */
  routeNumbers?(
    route: string,
    change: { readonly add: readonly string[]; readonly remove: readonly string[] },
  ): Promise<boolean>;
  /** Absent, with its setter, where the platform has no such switch. */
  emergencyGroup?(group: string): Promise<EmergencyGroup>;
  setEmergencyGroup?(group: string, enabled: boolean): Promise<boolean>;
  queue(queue: string): Promise<Queue>;
  /** User ids of all members with whether they have joined (take calls). */
  members(queue: string): Promise<ReadonlyMap<string, boolean>>;
  /** Asynchronous on the platform: poll `members`. Members only; others are ignored there. */
  setJoined(queue: string, users: readonly string[], joined: boolean): Promise<boolean>;
  allocation(table: string, row: string): Promise<Allocation>;
  setAllocation(table: string, row: string, next: Partial<Allocation>): Promise<boolean>;
  /** Licence ids held, per user; a user who holds none maps to an empty set. */
  licences(users: readonly string[]): Promise<ReadonlyMap<string, ReadonlySet<string>>>;
  /** Accepted is not done: read `licences`. */
  assignLicences(users: readonly string[], licences: readonly string[]): Promise<boolean>;
  removeLicences(users: readonly string[], licences: readonly string[]): Promise<boolean>;
  /** Phone ids of the site that are registered and reachable, or whose user sits at the phone's station. */
  registeredPhones(site: string): Promise<ReadonlySet<string>>;
  /** Makes phones register afresh: they look the gateway up again. */
  restartPhones(phones: readonly string[]): Promise<void>;
  /** Null when the platform has nothing for the interval yet. */
  calls(queues: readonly string[], interval: Interval): Promise<CallFigures | null>;
  flow(flow: string, interval: Interval): Promise<FlowFigures | null>;
  /**
   * Voice calls of the queues that an agent answered in the interval, one by one; null when there is nothing yet. Absent
   * where the platform does not list them.
   */
  answeredCalls?(queues: readonly string[], interval: Interval): Promise<readonly AnsweredCall[] | null>;
  /** Legs through a flow that reached an outcome in the interval, which is then their `answeredAt`. */
  finishedLegs?(flow: string, interval: Interval): Promise<readonly AnsweredCall[] | null>;
  /** Users with on-queue work in the interval by the published schedule; null when none is published. Still being compiled: a transient `Fault`. */
  scheduledAgents(managementUnit: string, interval: Interval): Promise<ReadonlySet<string> | null>;
}
