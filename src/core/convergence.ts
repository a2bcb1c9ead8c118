/**
 * Whether a change has arrived at a resolver, from one round of questions to the next, and at all of them. A watch is plain
 * data and small: it is all that is kept between two looks. Times epoch ms.
 */

import type { Json } from './json';
import { givesNew, type Reading } from './propagation';
import { type Manner, UNKNOWN_MANNER } from './resolver-manner';

export type Watch = {
  readonly resolver: string;
  /** Rounds in a row in which every answer was new. */
  readonly rounds: number;
  /** By then every old answer that was ever seen there has left its cache; null when none was seen. */
  readonly goneAt: number | null;
  /** When it is expected to be new everywhere; and past which it does not keep to the TTL. */
  readonly expectedAt: number;
  readonly latestAt: number;
  /** When its answer can have changed next. */
  readonly nextAt: number;
  /** When it was found to have arrived; null before, and again when it has fallen back. */
  readonly doneAt: number | null;
  readonly flips: number;
  /** The last round: its least advanced answer, and when it was. */
  readonly reading: Reading | null;
  readonly askedAt: number | null;
  readonly manner: Manner;
};

/** What the step that watches carries from one look to the next: small, for it goes with every event of it. */
export type Propagation = {
  /** When the last name server was new; null while one of them has fallen back. */
  readonly authoritativeAt: number | null;
  /** The low TTL was extended to then. */
  readonly lowTtlUntil: number | null;
  /** Held for lag since then: people who resume have had caches flushed. */
  readonly heldAt: number | null;
  readonly watches: readonly Watch[];
};

/** Read back from what a step carries; null for anything else. */
export function propagationIn(progress: Json): Propagation | null {
  const found = progress as Partial<Propagation> | null;
  return found !== null && typeof found === 'object' && Array.isArray(found.watches) ? (found as Propagation) : null;
}

/** All answers of one resolver to all questions of one look. */
export interface Round {
  readonly startedAt: number;
  readonly endedAt: number;
  /** The least advanced of them. */
  readonly reading: Reading;
  /** When the old answers among them will have left their caches; null without any. */
  readonly goneAt: number | null;
  /** Whether every question was asked often enough for the caches that are known there. */
  readonly complete: boolean;
  readonly manner: Manner;
}

/** One good answer may come from one cache of several, or be the last before a stale one. */
const ROUNDS = 2;
const SOON_MS = 2_000;
const PATIENT_MS = 5_000;
const LATE_MS = 15_000;
const SILENT_MS = 10_000;
/** An old answer may be flushed by hand before it is due. */
const LONGEST_MS = 60_000;
/** Over the latest moment: clocks, and the network. */
const GRACE_MS = 5_000;

export function watchOf(
  resolver: string,
  known: Pick<Watch, 'expectedAt' | 'latestAt'> & { readonly goneAt: number | null; readonly manner?: Manner },
): Watch {
  return {
    resolver,
    rounds: 0,
    goneAt: known.goneAt,
    expectedAt: known.expectedAt,
    latestAt: known.latestAt,
    nextAt: 0,
    doneAt: null,
    flips: 0,
    reading: null,
    askedAt: null,
    manner: known.manner ?? UNKNOWN_MANNER,
  };
}

/**
 * It has arrived after two complete rounds of new answers, the last of them begun when every old answer that was ever seen
 * there had gone. Anything else begins the rounds again; old after having arrived is a fall back. The new answer under the
 * mark of staleness neither counts nor spoils: its resolver has only been idle.
 */
export function seen(watch: Watch, round: Round): Watch {
  const allNew = round.reading === 'new' && round.complete;
  const rounds = allNew ? watch.rounds + 1 : givesNew(round.reading) ? watch.rounds : 0;
  const goneAt = later(watch.goneAt, round.goneAt);
  const beyond = goneAt === null || round.startedAt >= goneAt;
  const arrived = givesNew(round.reading) && (watch.doneAt !== null || (allNew && rounds >= ROUNDS && beyond));
  const fellBack = watch.doneAt !== null && !givesNew(round.reading) && round.reading !== 'unknown';
  const next: Watch = {
    ...watch,
    rounds,
    goneAt,
    expectedAt: allNew ? watch.expectedAt : Math.max(watch.expectedAt, goneAt ?? 0),
    doneAt: arrived ? (watch.doneAt ?? round.endedAt) : null,
    flips: watch.flips + (fellBack ? 1 : 0),
    reading: round.reading,
    askedAt: round.endedAt,
    manner: round.manner,
  };
  return { ...next, nextAt: round.endedAt + pause(next, round) };
}

/** Not before its answer can have changed; soon after the moment at which it should have; slowly once it is late. */
function pause(watch: Watch, { endedAt, reading }: Round): number {
  const left = watch.goneAt === null ? 0 : watch.goneAt - endedAt;
  if (reading === 'unknown') return SILENT_MS;
  if (left > 0) return Math.min(LONGEST_MS, Math.max(SOON_MS, left));
  if (givesNew(reading)) return SOON_MS;
  // Being asked makes a resolver that gives a stale answer look for the present one.
  if (reading === 'stale') return isLate(watch, endedAt) ? PATIENT_MS : SOON_MS;
  return isLate(watch, endedAt) ? LATE_MS : PATIENT_MS;
}

export type Standing = 'done' | 'waiting' | 'late' | 'flipped' | 'unknown';

export const isLate = ({ latestAt }: Pick<Watch, 'latestAt'>, now: number): boolean => now > latestAt + GRACE_MS;

/** `late`: it has had every answer's full life and still does not give the new one. `unknown` never counts as arrived. */
export function standingOf(watch: Watch, now: number): Standing {
  if (watch.doneAt !== null) return 'done';
  if (watch.reading === 'unknown') return 'unknown';
  if (watch.reading !== null && !givesNew(watch.reading) && isLate(watch, now)) return 'late';
  return watch.flips > 0 && watch.rounds === 0 ? 'flipped' : 'waiting';
}

/** A resolver as it counts: its label of a place, and whether nothing passes without it. */
export interface Counted {
  readonly watch: Watch;
  readonly location: string;
  readonly required: boolean;
}

export type Verdict = 'propagated' | 'waiting' | 'blocked';

export interface Whole {
  readonly now: number;
  /** Every name server gives the new values, and a serial at or after that of the change. */
  readonly authoritative: boolean;
  /** Distinct places that have to be new. */
  readonly places: number;
  /** Since when the caches have had the time that is granted to them, and how long that is. */
  readonly since: number;
  readonly lagMs: number;
}

/**
 * The whole has arrived when the name servers have, all resolvers that must, and distinct places enough. A resolver that
 * need not is waited for as long as it keeps to the TTL: past that it is named, not waited for.
 */
export function verdictOf(resolvers: readonly Counted[], whole: Whole): Verdict {
  const done = resolvers.filter(({ watch }) => watch.doneAt !== null);
  const places = new Set(done.map(({ location }) => location)).size;
  const open = resolvers.filter((one) => one.watch.doneAt === null && isWaitedFor(one, whole.now));
  if (whole.authoritative && open.length === 0 && places >= whole.places) return 'propagated';
  return whole.now - whole.since > whole.lagMs ? 'blocked' : 'waiting';
}

export function isWaitedFor({ watch, required }: Counted, now: number): boolean {
  return required || !isLate(watch, now);
}

/** When the next of them can have changed; null when all have arrived. */
export function nextLookAt(watches: readonly Watch[]): number | null {
  const open = watches.filter(({ doneAt }) => doneAt === null);
  return open.length === 0 ? null : Math.min(...open.map(({ nextAt }) => nextAt));
}

/** People have had caches flushed: what was known of old answers is known no more, and all is looked at afresh. */
export const afterFlush = (watch: Watch): Watch => ({ ...watch, rounds: 0, goneAt: null, doneAt: null, nextAt: 0 });

function later(a: number | null, b: number | null): number | null {
  return a === null ? b : b === null ? a : Math.max(a, b);
}
