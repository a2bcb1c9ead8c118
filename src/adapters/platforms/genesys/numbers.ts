import { z } from 'zod';
import type { Platform } from '../../../ports/platform';
import { type GenesysApi, id } from './api';
import { allPages } from './pages';

const reference = z.looseObject({ id: z.string() }).nullish();
const callRoute = z.looseObject({
  state: z.string().nullish(),
  dnis: z.array(z.string()).nullish(),
  openHoursFlow: reference,
  closedHoursFlow: reference,
  holidayHoursFlow: reference,
});
const siteSettings = z.looseObject({ callerId: z.string().nullish() });

/**
 * Of the numbers asked for, those that some active call route (GET /api/v2/architect/ivrs, `dnis`) hands to a flow, in
 * the order asked; and the caller id of GET /api/v2/telephony/providers/edges/sites/{siteId}.
 */
export function genesysNumbers(api: GenesysApi): Pick<Platform, 'numbers'> {
  return {
    async numbers(site, dids) {
      const { callerId } = await api.get(`/api/v2/telephony/providers/edges/sites/${id(site)}`, siteSettings);
      const routes = await allPages(api, '/api/v2/architect/ivrs', callRoute);
      const ringing = new Set(routes.filter(rings).flatMap((route) => route.dnis ?? []));
      return { dids: dids.filter((did) => ringing.has(did)), callerId: callerId || null };
    },
  };
}

function rings(route: z.infer<typeof callRoute>): boolean {
  const active = !route.state || route.state === 'active';
  return active && Boolean(route.openHoursFlow ?? route.closedHoursFlow ?? route.holidayHoursFlow);
}
