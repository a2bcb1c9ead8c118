/** The business unit with its limits and products, what the access key may do, and the time. */
import type { Routes } from '../http';
import type { World } from '../model/world';
import { ACD } from './versions';

const SPARE_AGENTS = 60;

export function businessUnitRoutes(world: World, businessUnitId: number): Routes {
  const agents = world.sites.reduce((sum, site) => sum + site.agents.length, 0);
  const products = [...new Set(world.sites.flatMap((site) => site.file.platform.licences))];
  const unit = {
    businessUnitId,
    businessUnitName: 'Example Contact Centres',
    isActive: true,
    globalCallerId: world.sites[0]?.file.mirror.callerId.replace('+', '') ?? '',
    userLimit: agents + 2 * SPARE_AGENTS,
    concurrentAgentLimit: agents + SPARE_AGENTS,
    stationLimit: agents + 2 * SPARE_AGENTS,
    concurrentPortLimit: 400,
    apiPublishedLimit: 100_000,
    features: [...products, '9001'].map((id) => ({
      productId: Number(id),
      productDescription: `Product ${id}`,
      isEnabled: id !== '9001',
    })),
  };
  return {
    [`GET ${ACD}/business-unit`]: () => ({ status: 200, body: { businessUnits: [unit] } }),
    [`GET ${ACD}/business-unit/outbound-routes`]: () => ({
      status: 200,
      body: { outboundRoutes: [{ outboundTelecomRouteId: 7, routeDescription: 'Carrier' }] },
    }),
    [`GET ${ACD}/server-time`]: () => ({ status: 200, body: { ServerTime: new Date(world.agenda.now).toISOString() } }),
  };
}
