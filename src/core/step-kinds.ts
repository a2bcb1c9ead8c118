/** Every kind of step, in the order in which a standard wave runs them (design, section 5). */
export const STEP_KINDS = [
  'preflight',
  'lower-ttl',
  'assign-licences',
  'provision-standby',
  'shadow-routing',
  'check-readiness',
  'switch-dns',
  'confirm-propagation',
  'drain-legacy',
  'activate-inbound',
  'activate-outbound',
  'enable-failover',
  'shift-queues',
  'observe-calls',
  'retire-legacy',
  'restore-ttl',
  'http',
] as const;

export type StepKind = (typeof STEP_KINDS)[number];

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

export interface KindFacts {
  readonly title: string;
  readonly expectedMs: number;
  readonly undoMs: number;
  readonly deadlineMs: number;
  /** A person with a reason may leave it out: only where its absence cannot cost a call. */
  readonly skippable: boolean;
  /** Writes of the cutover itself: only inside the site's window. */
  readonly insideWindow: boolean;
  /**
   * Its place in a rollback; less goes first, equal places newest first. Queues go back first, then legacy is re-armed,
   * and only then is anything of the new side switched off: there is no moment without a working inbound path (J6).
   */
  readonly undoRank: number;
}

const usual = { skippable: false, insideWindow: false, undoRank: 6 } as const;
const cutover = { ...usual, insideWindow: true };

export const KIND_FACTS: Readonly<Record<StepKind, KindFacts>> = {
  preflight: { ...usual, title: 'Look at every system', expectedMs: MINUTE, undoMs: 0, deadlineMs: HOUR },
  'lower-ttl': { ...usual, title: 'Lower DNS TTLs', expectedMs: MINUTE, undoMs: MINUTE, deadlineMs: HOUR },
  'assign-licences': {
    ...usual,
    title: 'Assign licences',
    expectedMs: 30 * MINUTE,
    undoMs: 5 * MINUTE,
    deadlineMs: 6 * HOUR,
    skippable: true,
  },
  'provision-standby': {
    ...usual,
    title: 'Verify trunks, routes and queues in standby',
    expectedMs: MINUTE,
    undoMs: 0,
    deadlineMs: HOUR,
  },
  'shadow-routing': {
    ...usual,
    title: 'Shadow 5 percent of the calls',
    expectedMs: 4 * HOUR,
    undoMs: MINUTE,
    deadlineMs: 24 * HOUR,
    undoRank: 8,
  },
  'check-readiness': { ...usual, title: 'Check readiness', expectedMs: MINUTE, undoMs: 0, deadlineMs: 2 * HOUR },
  'switch-dns': {
    ...cutover,
    title: 'Point DNS at the new gateway',
    expectedMs: MINUTE,
    undoMs: 6 * MINUTE,
    deadlineMs: 15 * MINUTE,
  },
  'confirm-propagation': {
    ...cutover,
    title: 'Wait until every resolver agrees',
    expectedMs: 6 * MINUTE,
    undoMs: 0,
    deadlineMs: 2 * HOUR,
  },
  'drain-legacy': {
    ...cutover,
    title: 'Legacy trunk to standby',
    expectedMs: MINUTE,
    undoMs: MINUTE,
    deadlineMs: 15 * MINUTE,
    undoRank: 2,
  },
  // Callers find no way in between the two trunks: once legacy drains, the window does not stop the new one.
  'activate-inbound': {
    ...usual,
    title: 'Switch inbound trunks on, cohort by cohort',
    expectedMs: 30 * MINUTE,
    undoMs: 3 * MINUTE,
    deadlineMs: 4 * HOUR,
    undoRank: 5,
  },
  'activate-outbound': {
    ...cutover,
    title: 'Switch outbound routes on',
    expectedMs: MINUTE,
    undoMs: MINUTE,
    deadlineMs: 30 * MINUTE,
    undoRank: 4,
  },
  'enable-failover': {
    ...cutover,
    title: 'Enable failover',
    expectedMs: MINUTE,
    undoMs: MINUTE,
    deadlineMs: 30 * MINUTE,
    undoRank: 3,
    skippable: true,
  },
  'shift-queues': {
    ...cutover,
    title: 'Shift the queues to 100 percent',
    expectedMs: 2 * MINUTE,
    undoMs: MINUTE,
    deadlineMs: HOUR,
    undoRank: 1,
  },
  'observe-calls': {
    ...usual,
    title: 'Watch calls for 30 minutes',
    expectedMs: 32 * MINUTE,
    undoMs: 0,
    deadlineMs: 4 * HOUR,
  },
  'retire-legacy': {
    ...cutover,
    title: 'Retire legacy trunks and queues',
    expectedMs: 5 * MINUTE,
    undoMs: 2 * MINUTE,
    deadlineMs: 2 * HOUR,
    undoRank: 0,
  },
  // It takes legacy out of DNS: caches must have it back before the new trunk goes off, and may need a whole TTL for that.
  'restore-ttl': {
    ...usual,
    title: 'Restore DNS TTLs',
    expectedMs: MINUTE,
    undoMs: MINUTE,
    deadlineMs: 2 * HOUR,
    undoRank: 4,
    skippable: true,
  },
  http: { ...cutover, title: 'Call', expectedMs: MINUTE, undoMs: MINUTE, deadlineMs: 90 * MINUTE },
};
