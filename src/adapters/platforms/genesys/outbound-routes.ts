import { z } from 'zod';
import type { Clock } from '../../../ports/clock';
import { Fault } from '../../../ports/fault';
import type { Platform } from '../../../ports/platform';
import { type GenesysApi, id } from './api';
import { SYSTEM } from './fitted';
import { changeVersioned } from './versioned';

const outboundRoute = z.looseObject({
  id: z.string(),
  name: z.string(),
  version: z.number(),
  enabled: z.boolean(),
  classificationTypes: z.array(z.string()),
});

type RouteMethods = Pick<Platform, 'outboundRoute' | 'setOutboundRoute'>;

/** GET and PUT /api/v2/telephony/providers/edges/sites/{siteId}/outboundroutes/{outboundRouteId}, whole and versioned. */
export function genesysOutboundRoutes(api: GenesysApi, clock: Clock): RouteMethods {
  return {
    async outboundRoute(site, route) {
      const found = await api.get(pathOf(site, route), outboundRoute);
      const { id: routeId, name, enabled } = found;
      return { id: routeId, name, enabled, ...(carriesEmergency(found) ? { carriesEmergency: true } : {}) };
    },

    /** A permanent `Fault` instead of switching off a route that carries emergency calls. */
    async setOutboundRoute(site, route, enabled) {
      return changeVersioned(api, clock, pathOf(site, route), outboundRoute, (current) => {
        if (current.enabled === enabled) return null;
        if (!enabled && carriesEmergency(current)) throw emergencyRoute(current.name);
        return { ...current, enabled };
      });
    },
  };
}

function pathOf(site: string, route: string): string {
  return `/api/v2/telephony/providers/edges/sites/${id(site)}/outboundroutes/${id(route)}`;
}

function carriesEmergency({ classificationTypes }: z.infer<typeof outboundRoute>): boolean {
  return classificationTypes.some((type) => type.trim().toLowerCase() === 'emergency');
}

function emergencyRoute(name: string): Fault {
  const message = `The outbound route "${name}" carries emergency calls and stays on: give those a route of their own first.`;
  return new Fault(message, { system: SYSTEM, transient: false });
}
