import type { Destinations } from '../core/carrier-order';
import type { Observed } from '../core/observed';
import type { Site } from '../core/site';
import { Fault } from '../ports/fault';
import type { SiteWorld } from '../ports/world';

/** Reads everything of a site that a plan will change. Throws `Fault`; nothing is written. */
export async function observeSite(world: SiteWorld, site: Site): Promise<Observed> {
  const dns = world.dns(site.dns.provider);
  const { platform } = site;
  const [records, trunks, routes, queues, allocation, legacyTrunks, legacyQueues, licences, carrier] =
    await Promise.all([
      Promise.all(site.dns.records.map(({ name, type }) => dns.read(site.dns, name, type))),
      Promise.all(
        [...platform.inboundTrunks, ...platform.failoverTrunks].map(({ trunkBase }) => world.platform.trunk(trunkBase)),
      ),
      Promise.all(platform.outboundRoutes.map(({ route }) => world.platform.outboundRoute(platform.site, route))),
      Promise.all(platform.queues.map(({ queue }) => world.platform.queue(queue))),
      world.platform.allocation(platform.allocation.table, platform.allocation.row),
      Promise.all(site.legacy.trunks.map((id) => world.legacy.trunk(id))),
      Promise.all(site.legacy.queues.map((id) => world.legacy.queue(id))),
      world.platform.licences(site.agents.map((agent) => agent.user)),
      carrierOf(world, site),
    ]);
  const missing = site.agents.filter((agent) =>
    platform.licences.some((licence) => !licences.get(agent.user)?.has(licence)),
  );
  return {
    at: world.clock.now(),
    records: records.flatMap((record) => (record ? [{ ...record, values: [...record.values].sort() }] : [])),
    trunks: trunks.map(({ id, name, enabled }) => ({ id, name, enabled })),
    routes: routes.map(({ id, name, enabled }) => ({ id, name, enabled })),
    queues: queues.map(({ id, name, members, joined }) => ({ id, name, members, joined })),
    allocation: { allocationPercent: allocation.allocationPercent, shadowPercent: allocation.shadowPercent },
    legacyTrunks: legacyTrunks.map(({ id, mode }) => ({ id, mode })),
    legacyQueues: legacyQueues.map(({ id, enabled }) => ({ id, enabled })),
    licencesMissing: missing.length,
    carrier,
  };
}

async function carrierOf(world: SiteWorld, site: Site): Promise<Destinations | null> {
  const { carrier } = world;
  if (!carrier || !site.carrier) return null;
  const { trunk, legacy, target } = site.carrier;
  const found = await carrier.targets(trunk);
  const settingsOf = (wanted: string) => {
    const one = found.find(({ id }) => id === wanted);
    if (one) return { enabled: one.enabled, priority: one.priority, weight: one.weight };
    const message = `${carrier.name} has no destination ${wanted} on trunk ${trunk}: correct "carrier" in the site file.`;
    throw new Fault(message, { system: carrier.name, transient: false, status: 404 });
  };
  return { legacy: settingsOf(legacy), target: settingsOf(target) };
}
