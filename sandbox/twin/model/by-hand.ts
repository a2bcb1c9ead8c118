/** What people and machines outside the bot do to the world, and how the world follows what was written. */
import { lose } from './calls';
import type { Json } from './ledger';
import { fallBack } from './phones';
import { callsWaiting } from './queueing';
import {
  isInbound,
  isTrunkEnabled,
  type LegacyMode,
  type LegacyQueue,
  type LegacyTrunk,
  type SiteWorld,
  type TrunkBase,
  type World,
} from './world';

const TRUNK_FOLLOWS_SECONDS = { from: 2, to: 5 };
const REARMED_AFTER_SECONDS = { from: 5, to: 20 };

/** The carrier side of a trunk follows its base some seconds after the write. */
export function followTrunkBase(world: World, site: SiteWorld, base: TrunkBase): void {
  const wanted = isTrunkEnabled(base);
  if (!wanted && base.role === 'inbound') fallBackUnlessInbound(world, site);
  world.agenda.after(world.random.between(TRUNK_FOLLOWS_SECONDS.from, TRUNK_FOLLOWS_SECONDS.to) * 1000, () => {
    if (isTrunkEnabled(base) !== wanted || base.inService === wanted) return;
    base.inService = wanted;
    base.inServiceSince = world.agenda.now;
    fallBackUnlessInbound(world, site);
  });
}

function fallBackUnlessInbound(world: World, site: SiteWorld): void {
  if (!isInbound(site)) fallBack(world, site);
}

/** `standby` finishes live calls and takes no new ones; `off` cuts them. */
export function setLegacyTrunk(world: World, site: SiteWorld, trunk: LegacyTrunk, mode: LegacyMode): void {
  if (trunk.mode === mode) return;
  trunk.mode = mode;
  trunk.version += 1;
  if (mode !== 'off') return;
  for (const call of [...trunk.live])
    lose(world, call, 'cut-live-call', `legacy trunk ${trunk.id} of ${site.name} was switched off`);
}

export function setLegacyQueue(world: World, queue: LegacyQueue, enabled: boolean): void {
  if (queue.enabled === enabled) return;
  queue.enabled = enabled;
  queue.version += 1;
  if (enabled) return;
  for (const call of callsWaiting(queue))
    lose(world, call, 'queue-switched-off', `legacy queue ${queue.id} was switched off`);
}

/** The fault `split-brain`: once, some seconds after outbound went live. */
export function splitBrain(world: World, site: SiteWorld): void {
  world.agenda.after(1000 * world.random.between(REARMED_AFTER_SECONDS.from, REARMED_AFTER_SECONDS.to), () => {
    for (const trunk of site.legacyTrunks.slice(0, 1)) byHandTrunk(world, site, trunk, 'active');
  });
}

/** A human change outside the bot. Returns one sentence that says what was done. */
export function editByHand(world: World, what: 'dns-record' | 'legacy-trunk', site: SiteWorld): string {
  return what === 'dns-record' ? editRecord(world, site) : editTrunk(world, site);
}

function editRecord(world: World, site: SiteWorld): string {
  const record = site.file.dns.records[0];
  const present = record && site.zone.get(record.name, record.type);
  if (!record || !present) throw new Error(`${site.name} has no record to edit`);
  // Another weight changes the record and no call: what drifts is the approval, not the traffic.
  const contents =
    record.type === 'SRV'
      ? present.contents.map((content) =>
          content.replace(/^(\d+) (\d+)/, (_all, priority, weight) => `${priority} ${Number(weight) + 5}`),
        )
      : present.contents;
  const ttl = record.type === 'SRV' ? present.ttl : present.ttl + 60;
  site.zone.apply([{ kind: 'replace', rrset: { ...present, contents, ttl } }]);
  const shape = (values: readonly string[], seconds: number): Json => ({ ttl: seconds, records: values });
  world.ledger.write({
    system: 'by-hand',
    method: 'EDIT',
    path: `/zones/${site.zone.name}`,
    resource: `record ${present.name} ${present.type}`,
    before: shape(present.contents, present.ttl),
    after: shape(contents, ttl),
  });
  return `somebody changed ${present.name} ${present.type} by hand from "${present.contents.join('; ')}" to "${contents.join('; ')}"`;
}

function editTrunk(world: World, site: SiteWorld): string {
  const trunk = site.legacyTrunks[0];
  if (!trunk) throw new Error(`${site.name} has no legacy trunk`);
  if (trunk.mode !== 'active') {
    byHandTrunk(world, site, trunk, 'active');
    return `somebody set the legacy trunk ${trunk.id} back to active by hand`;
  }
  const before = trunk.maxConcurrentSessions;
  trunk.maxConcurrentSessions = Math.max(1, Math.floor(before * 0.9));
  trunk.version += 1;
  world.ledger.write({
    system: 'by-hand',
    method: 'EDIT',
    path: `/v1/trunks/${trunk.id}`,
    resource: `legacy-trunk ${trunk.id}`,
    before: { maxConcurrentSessions: before },
    after: { maxConcurrentSessions: trunk.maxConcurrentSessions },
  });
  return `somebody lowered the session limit of the legacy trunk ${trunk.id} by hand from ${before} to ${trunk.maxConcurrentSessions}`;
}

function byHandTrunk(world: World, site: SiteWorld, trunk: LegacyTrunk, mode: LegacyMode): void {
  const before = trunk.mode;
  setLegacyTrunk(world, site, trunk, mode);
  world.ledger.write({
    system: 'by-hand',
    method: 'EDIT',
    path: `/v1/trunks/${trunk.id}`,
    resource: `legacy-trunk ${trunk.id}`,
    before: { mode: before },
    after: { mode },
  });
}
