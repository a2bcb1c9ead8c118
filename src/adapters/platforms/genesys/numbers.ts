import { z } from 'zod';
import type { Clock } from '../../../ports/clock';
import type { Platform } from '../../../ports/platform';
import { chunksOf, type GenesysApi, id } from './api';
import { allPages } from './pages';
import { changeVersioned } from './versioned';

const IVRS = '/api/v2/architect/ivrs';
/** Most numbers that one write gives to a call route; the vendor's own tooling keeps to it. */
export const NUMBERS_A_WRITE = 50;

const reference = z.looseObject({ id: z.string() }).nullish();
const callRoute = z.looseObject({
  id: z.string(),
  name: z.string(),
  version: z.number(),
  state: z.string().nullish(),
  dnis: z.array(z.string()).nullish(),
  openHoursFlow: reference,
  closedHoursFlow: reference,
  holidayHoursFlow: reference,
});
const siteSettings = z.looseObject({ callerId: z.string().nullish() });

type NumberMethods = Required<Pick<Platform, 'numbers' | 'callRoute' | 'routeNumbers'>>;

/**
 * Call routes: GET /api/v2/architect/ivrs, GET and PUT .../{id}, whole and versioned; `dnis` are the numbers that the
 * route hands to its flow. The caller id is that of GET /api/v2/telephony/providers/edges/sites/{siteId}.
 */
export function genesysNumbers(api: GenesysApi, clock: Clock): NumberMethods {
  const pathOf = (route: string) => `${IVRS}/${id(route)}`;
  const all = () => allPages(api, IVRS, callRoute);
  return {
    /** Of the numbers asked for, those that some active call route hands to a flow, in the order asked. */
    async numbers(site, dids) {
      const { callerId } = await api.get(`/api/v2/telephony/providers/edges/sites/${id(site)}`, siteSettings);
      const ringing = new Set((await all()).filter(rings).flatMap((route) => route.dnis ?? []));
      return { dids: dids.filter((did) => ringing.has(did)), callerId: callerId || null };
    },

    async callRoute(route, dids) {
      const own = await api.get(pathOf(route), callRoute);
      const others = (await all()).filter((other) => other.id !== own.id && other.state !== 'deleted');
      const elsewhere = dids.flatMap((did) => {
        const owner = others.find((other) => other.dnis?.includes(did));
        return owner ? [{ did, owner: owner.name }] : [];
      });
      return { id: own.id, name: own.name, dids: own.dnis ?? [], elsewhere };
    },

    /** At most 50 numbers a write, one write after the other: the version grows with each. */
    async routeNumbers(route, { add, remove }) {
      const steps = [
        ...chunksOf(remove, NUMBERS_A_WRITE).map((some) => ({ add: [], remove: some })),
        ...chunksOf(add, NUMBERS_A_WRITE).map((some) => ({ add: some, remove: [] })),
      ];
      let wrote = false;
      for (const step of steps) {
        const changed = await changeVersioned(api, clock, pathOf(route), callRoute, (current) =>
          changedBy(current, step),
        );
        wrote ||= changed;
      }
      return wrote;
    },
  };
}

/** Null when nothing differs. */
function changedBy(
  current: z.infer<typeof callRoute>,
  { add, remove }: { readonly add: readonly string[]; readonly remove: readonly string[] },
): z.infer<typeof callRoute> | null {
  const before = current.dnis ?? [];
  const kept = before.filter((did) => !remove.includes(did));
  const dnis = [...kept, ...add.filter((did) => !kept.includes(did))];
  return dnis.length === before.length && dnis.every((did) => before.includes(did)) ? null : { ...current, dnis };
}

function rings(route: z.infer<typeof callRoute>): boolean {
  const active = !route.state || route.state === 'active';
  return active && Boolean(route.openHoursFlow ?? route.closedHoursFlow ?? route.holidayHoursFlow);
}
