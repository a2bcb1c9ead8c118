/**
 * Licence grants: accepted at once, visible 15 to 25 sandbox minutes later, spread over the users.
 *
 * With the fault `licence-delay` the vendor's reconciliation takes some grants back 30 hours after they were made;
 * they sit in its backlog, which is not worked before `backlogMs` after the assignment, and then for each user only
 * 35 minutes after somebody first asked for them (read repair).
 */
import type { Agenda } from './agenda';
import type { FaultSwitches } from './faults';
import { fractionOf } from './random';
import type { LicenceOffice } from './world';

interface Grant {
  readonly assignedAt: number;
  readonly visibleAt: number;
  firstMissedAt: number | null;
}

const SHORTEST_MS = 15 * 60_000;
const LONGEST_MS = 25 * 60_000;
const TAKEN_BACK_AFTER_MS = 30 * 3600_000;
const ASKED_LATE_AFTER_MS = 60 * 3600_000;
const REPAIR_MS = 35 * 60_000;
const UNLUCKY_SHARE = 0.04;

export class Licences implements LicenceOffice {
  private readonly grants = new Map<string, Map<string, Grant>>();
  private readonly unlucky = new Map<string, boolean>();

  constructor(
    private readonly agenda: Agenda,
    private readonly faults: FaultSwitches,
    private readonly backlogMs: number,
    /** At least one user of every site is unlucky, however small it is. */
    private readonly alwaysUnlucky: ReadonlySet<string>,
  ) {}

  /** True when this changed something. */
  add(user: string, licence: string): boolean {
    const held = this.grants.get(user) ?? new Map<string, Grant>();
    this.grants.set(user, held);
    if (held.has(licence)) return false;
    const { now } = this.agenda;
    const wait = SHORTEST_MS + fractionOf(`licence:${user}`) * (LONGEST_MS - SHORTEST_MS);
    held.set(licence, { assignedAt: now, visibleAt: now + wait, firstMissedAt: null });
    return true;
  }

  /** Grants at once and for good, for platforms whose users were licensed beforehand. */
  addSettled(user: string, licence: string): void {
    const held = this.grants.get(user) ?? new Map<string, Grant>();
    const longAgo = Number.NEGATIVE_INFINITY;
    this.grants.set(user, held.set(licence, { assignedAt: longAgo, visibleAt: longAgo, firstMissedAt: null }));
  }

  remove(user: string, licence: string): boolean {
    return this.grants.get(user)?.delete(licence) ?? false;
  }

  has(user: string, licence: string): boolean {
    const grant = this.grants.get(user)?.get(licence);
    return grant !== undefined && grant.visibleAt <= this.agenda.now && !this.isInBacklog(user, grant);
  }

  /** What a reader of the licence API sees; asking for a grant in the backlog starts its repair. */
  read(user: string): string[] {
    const { now } = this.agenda;
    const visible: string[] = [];
    for (const [licence, grant] of this.grants.get(user) ?? []) {
      if (grant.visibleAt > now) continue;
      if (!this.isInBacklog(user, grant)) visible.push(licence);
      else if (now - grant.assignedAt > ASKED_LATE_AFTER_MS) grant.firstMissedAt ??= now;
    }
    return visible;
  }

  /** What was granted since the twin began, visible or not yet. */
  assigned(user: string): readonly string[] {
    const grants = [...(this.grants.get(user) ?? [])].filter(([, grant]) => Number.isFinite(grant.assignedAt));
    return grants.map(([licence]) => licence).sort();
  }

  private isInBacklog(user: string, grant: Grant): boolean {
    if (!this.faults.has('licence-delay') || !this.isUnlucky(user)) return false;
    const { now } = this.agenda;
    if (now < grant.assignedAt + TAKEN_BACK_AFTER_MS) return false;
    const repairedAt = grant.firstMissedAt === null ? Number.POSITIVE_INFINITY : grant.firstMissedAt + REPAIR_MS;
    return now < Math.max(grant.assignedAt + this.backlogMs, repairedAt);
  }

  private isUnlucky(user: string): boolean {
    const known = this.unlucky.get(user);
    if (known !== undefined) return known;
    const isUnlucky = this.alwaysUnlucky.has(user) || fractionOf(`backlog:${user}`) < UNLUCKY_SHARE;
    this.unlucky.set(user, isUnlucky);
    return isUnlucky;
  }
}
