/** The world as others look at it: the snapshot for "as captured before", and the live figures of the page. */

import { writtenShape } from './dns/powerdns';
import type { CachingResolver } from './dns/resolver';
import { shape } from './genesys/trunks';
import { canonical, type Json } from './model/ledger';
import { type AllocationRow, isInbound, isTrunkEnabled, joinedCount, type SiteWorld, type World } from './model/world';

/** Sections of plain JSON with ordered keys; no versions, serials, comments or anything that lives (calls, phones). */
export type WorldSnapshot = Readonly<Record<string, Json>>;

export interface PanelFact {
  readonly label: string;
  readonly value: string;
  readonly tone: 'good' | 'warn' | 'bad' | 'plain';
}

export function snapshotOf(world: World, site: SiteWorld): WorldSnapshot {
  const entries = <T>(items: readonly T[], key: (item: T) => string, value: (item: T) => Json): Json =>
    Object.fromEntries(
      items.map((item): [string, Json] => [key(item), value(item)]).sort(([a], [b]) => (a < b ? -1 : 1)),
    );
  const snapshot: Record<string, Json> = {
    records: entries([...site.zone.primary.rrsets.values()], (set) => `${set.name} ${set.type}`, writtenShape),
    trunkBases: entries(site.trunkBases, (base) => base.id, shape),
    outboundRoutes: entries(
      site.routes,
      (route) => route.id,
      (route) => ({ ...route.body }),
    ),
    callRoute: { ...site.ivr.body },
    emergencyGroup: { enabled: site.emergencyGroup.body.enabled },
    queues: entries(
      site.queues,
      (queue) => queue.id,
      (queue) => ({ ...queue.body, guidePercent: queue.guidePercent }),
    ),
    members: entries(
      site.queues,
      (queue) => queue.id,
      (queue) =>
        entries(
          [...queue.members],
          ([user]) => user,
          ([, member]) => ({ joined: member.joined }),
        ),
    ),
    allocation: { ...writtenAllocation(world, site) },
    legacyTrunks: entries(
      site.legacyTrunks,
      (trunk) => trunk.id,
      ({ mode, maxConcurrentSessions }) => ({ mode, maxConcurrentSessions }),
    ),
    legacyQueues: entries(
      site.legacyQueues,
      (queue) => queue.id,
      ({ enabled }) => ({ enabled }),
    ),
    licences: entries(
      site.agents,
      (agent) => agent.user,
      (agent) => [...world.licences.assigned(agent.user)],
    ),
    crm: { platform: site.crmPlatform },
    ...(site.carrier
      ? {
          carrier: entries(
            site.carrier.destinations,
            ({ sid }) => sid,
            ({ enabled, priority, weight }) => ({ enabled, priority, weight }),
          ),
        }
      : {}),
  };
  return JSON.parse(canonical(snapshot)) as WorldSnapshot;
}

/** As it stands in the table or file, which the flow may follow later. */
function writtenAllocation(world: World, site: SiteWorld): AllocationRow {
  const { table, row } = site.file.platform.allocation;
  return world.tables.get(table)?.get(row) ?? site.allocation;
}

export function panelOf(site: SiteWorld): PanelFact[] {
  const { calls } = site;
  const lost = Object.values(calls.lost).reduce((sum, count) => sum + count, 0);
  const on = (where: 'new' | 'legacy') => site.agents.filter((agent) => agent.phone.registeredAt === where).length;
  const total = site.agents.length;
  const unregistered = total - on('new') - on('legacy');
  const members = site.queues.reduce((sum, queue) => sum + queue.members.size, 0);
  const joined = site.queues.reduce((sum, queue) => sum + joinedCount(queue), 0);
  const { allocationPercent, shadowPercent } = site.allocation;
  const platform = site.file.platform.kind === 'nice-cxone' ? 'CXone' : 'Genesys';
  return [
    fact('Answered', calls.answered),
    fact('Lost, avoidably', calls.avoidable, calls.avoidable === 0 ? 'good' : 'bad'),
    fact('Lost, otherwise', lost - calls.avoidable),
    fact(
      'Live on legacy',
      site.legacyTrunks.reduce((sum, trunk) => sum + trunk.live.size, 0),
    ),
    fact(`Live on ${platform}`, site.liveOnNew.size),
    fact(`Phones on ${platform}`, `${on('new')} of ${total}`),
    fact(`Traffic on ${platform}`, `${allocationPercent} %`),
    fact('Offered', calls.offered),
    fact('Phones on legacy', `${on('legacy')} of ${total}`, unregistered > 0 ? 'warn' : 'plain'),
    ...resolverFacts(site),
    ...site.trunkBases.map((base) => trunkFact(base.body.name, isTrunkEnabled(base), base.inService)),
    ...site.routes.map((route) =>
      fact(route.body.name, route.body.enabled ? 'on' : 'off', route.body.enabled ? 'good' : 'plain'),
    ),
    ...site.legacyTrunks.map((trunk) =>
      fact(`Legacy trunk ${trunk.id}`, trunk.mode, trunk.mode === 'active' && isInbound(site) ? 'warn' : 'plain'),
    ),
    ...(site.carrier?.destinations ?? []).map(({ friendlyName, enabled, priority }) =>
      fact(`Carrier to ${friendlyName}`, enabled ? `on, priority ${priority}` : 'off'),
    ),
    fact('Queue members joined', `${joined} of ${members}`),
    fact('Shadow legs', `${shadowPercent} %`),
  ];
}

/** What each resolver has in its cache at the moment, without asking it: looking must not change the world. */
function resolverFacts(site: SiteWorld): PanelFact[] {
  const record = site.file.dns.records[0];
  if (!record) return [];
  const present = site.zone.get(record.name, record.type)?.contents.toString();
  return [...site.publicResolvers, ...site.enterpriseResolvers].map((resolver: CachingResolver) => {
    const cached = resolver.peek(record.name, record.type);
    const value = cached ? `${(cached.contents[0] ?? '').split(' ').at(-1)?.replace(/\.$/, '')}` : 'nothing cached';
    const isCurrent = !cached || cached.contents.toString() === present;
    return fact(`DNS at ${resolver.name}`, value, isCurrent ? 'plain' : 'warn');
  });
}

function trunkFact(name: string, isEnabled: boolean, inService: boolean): PanelFact {
  if (isEnabled !== inService) return fact(name, isEnabled ? 'coming up' : 'going down', 'warn');
  return fact(name, inService ? 'in service' : 'standby', inService ? 'good' : 'plain');
}

function fact(label: string, value: string | number, tone: PanelFact['tone'] = 'plain'): PanelFact {
  return { label, value: String(value), tone };
}
