import { z } from 'zod';
import type { Platform } from '../../../ports/platform';
import { type CxoneApi, noLever } from './api';
import type { BusinessUnit } from './business-unit';
import { flag, idText } from './fitted';
import { allRows } from './pages';

const agent = z.looseObject({ agentId: idText, userId: idText.nullish(), isActive: flag });
const user = z.looseObject({ id: idText, status: z.string().nullish() });

type LicenceMethods = Pick<Platform, 'licences' | 'assignLicences' | 'removeLicences'>;

/**
 * CXone has no licence of a user that could be read or given. What stands in its place: an agent holds every product that
 * is enabled for the business unit while the agent is active (GET /agents) and the user behind it has the status ACTIVE
 * (GET /user-management/v2/users/identities). Whoever is not holds none.
 */
export function cxoneUserStatus(api: CxoneApi, unit: BusinessUnit): LicenceMethods {
  const refused = async (): Promise<never> => {
    throw noLever('gives and takes no licences by API: activate users and products there, the bot only checks them');
  };
  return {
    async licences(agents) {
      const asked = new Set(agents);
      const found = await allRows(api, '/agents', 'agents', agent, {}, (rows) => knowsAll(rows, asked));
      const active = found.filter(({ agentId, isActive }) => asked.has(agentId) && isActive);
      const users = new Set(active.flatMap(({ userId }) => userId ?? []));
      const statuses = users.size === 0 ? new Map<string, string>() : await statusOf(api, users);
      const products = await unit.products();
      const holders = new Set(
        active.filter(({ userId }) => userId && statuses.get(userId) === 'ACTIVE').map(({ agentId }) => agentId),
      );
      return new Map(agents.map((each) => [each, holders.has(each) ? products : new Set<string>()]));
    },
    assignLicences: refused,
    removeLicences: refused,
  };
}

function knowsAll(rows: readonly z.infer<typeof agent>[], asked: ReadonlySet<string>): boolean {
  return rows.filter(({ agentId }) => asked.has(agentId)).length >= asked.size;
}

async function statusOf(api: CxoneApi, wanted: ReadonlySet<string>): Promise<ReadonlyMap<string, string>> {
  const path = '/user-management/v2/users/identities';
  const rows = await allRows(
    api,
    path,
    'users',
    user,
    {},
    (all) => all.filter(({ id }) => wanted.has(id)).length >= wanted.size,
  );
  return new Map(rows.map(({ id, status }) => [id, (status ?? '').toUpperCase()]));
}
