import { z } from 'zod';
import type { CallBudget } from '../../../ports/call-budget';
import type { Clock } from '../../../ports/clock';
import { Fault } from '../../../ports/fault';
import type { LicenceStock, PlatformInspection } from '../../../ports/platform-inspection';
import type { GenesysApi } from './api';
import { findChanges } from './audit';
import { allPages } from './pages';
import { findPermissions } from './permissions';

const TOKEN = '/api/v2/tokens/me';
/** The namespace of the vendor's limits on calls; the reply's own headers come first. */
const LIMITS = '/api/v2/organizations/limits/namespaces/platform.api';
const LIMIT_KEYS = ['client.credentials.token.rate.per.minute', 'token.rate.per.minute'];

const organisation = z.looseObject({ features: z.record(z.string(), z.boolean()).nullish() });
const listed = z.looseObject({ entities: z.array(z.looseObject({ id: z.string() })).nullish() });
const definitions = z.array(z.looseObject({ id: z.string() }));
const userLicences = z.looseObject({ id: z.string(), licenses: z.array(z.string()).nullish() });
const limits = z.looseObject({
  entities: z.array(z.looseObject({ key: z.string().nullish(), value: z.number().nullish() })).nullish(),
});
const observations = z.looseObject({
  results: z
    .array(
      z.looseObject({
        group: z.record(z.string(), z.string()),
        data: z
          .array(
            z.looseObject({
              metric: z.string(),
              qualifier: z.string().nullish(),
              stats: z.looseObject({ count: z.number().nonnegative().nullish() }).nullish(),
            }),
          )
          .nullish(),
      }),
    )
    .nullish(),
});

export interface InspectionParts {
  readonly clientId: string;
  readonly clock: Clock;
  readonly budget: Pick<CallBudget, 'figures'>;
}

/** What the organisation has, grants and notes, by reads alone. */
export function genesysInspection(api: GenesysApi, parts: InspectionParts): PlatformInspection {
  const { clock, clientId } = parts;
  return {
    permissions: () => findPermissions(api, clock, clientId),

    /** Features of GET /api/v2/organizations/me, else products of GET /api/v2/authorization/products; neither list is published, so what is not named is unknown. */
    async entitlements() {
      const { features } = await api.get('/api/v2/organizations/me', organisation);
      const products = await unlessRefused(api.get('/api/v2/authorization/products', listed));
      const sites = await allPages(api, '/api/v2/telephony/providers/edges/sites', z.looseObject({ id: z.string() }));
      const sold = (pattern: RegExp) => (products?.entities?.some(({ id }) => pattern.test(id)) ? true : null);
      return [
        {
          name: 'Routing to queues (contact centre)',
          present: features?.contactCenter ?? sold(/contact.?cent|engage/i),
        },
        { name: 'Telephony', present: features?.unifiedCommunications ?? sold(/voice|communicat|telephony/i) },
        { name: 'Several telephony sites', present: sites.length > 1 ? true : null },
        { name: 'Workforce management', present: sold(/wfm|workforce/i) },
      ];
    },

    /** A licence that GET /api/v2/license/definitions does not list is not owned; how many are owned of the others is not published. */
    async licenceStock(licences): Promise<readonly LicenceStock[]> {
      const known = new Set((await api.get('/api/v2/license/definitions', definitions)).map(({ id }) => id));
      const users = await unlessRefused(allPages(api, '/api/v2/license/users', userLicences));
      return licences.map((licence) => ({
        licence,
        owned: known.has(licence) ? null : 0,
        assigned: users?.filter((user) => user.licenses?.includes(licence)).length ?? null,
      }));
    },

    /** By the `inin-ratelimit-*` headers of any reply, else by the organisation's limits. */
    async callAllowance() {
      const { headers } = await api.request('GET', TOKEN);
      const allowed = whole(headers['inin-ratelimit-allowed']) ?? (await limitOf(api));
      return { allowed, used: whole(headers['inin-ratelimit-count']), ours: (await parts.budget.figures()).limit };
    },

    /** The `date` header, to the second, against the middle of the call. */
    async clockSkewMs() {
      const askedAt = clock.now();
      const { headers } = await api.request('GET', TOKEN);
      const middle = (askedAt + clock.now()) / 2;
      const theirs = Date.parse(headers.date ?? '');
      // The header leaves the fraction of a second out: half a second is added for it.
      return Number.isNaN(theirs) ? null : Math.round(theirs + 500 - middle);
    },

    /** POST /api/v2/analytics/queues/observations/query: `oOnQueueUsers` that are IDLE. A queue without a group has no figure. */
    async availableAgents(queue) {
      const query = {
        filter: { type: 'and', predicates: [{ type: 'dimension', dimension: 'queueId', value: queue }] },
        metrics: ['oOnQueueUsers'],
      };
      const answer = await api.ask('/api/v2/analytics/queues/observations/query', query, observations);
      const groups = (answer.results ?? []).filter(({ group }) => group.queueId === queue);
      if (groups.length === 0) return null;
      return groups
        .flatMap(({ data }) => data ?? [])
        .filter(({ metric, qualifier }) => metric === 'oOnQueueUsers' && qualifier === 'IDLE')
        .reduce((sum, { stats }) => sum + (stats?.count ?? 0), 0);
    },

    async changes(entityIds, interval) {
      return unlessRefused(findChanges(api, clock, clientId, entityIds, interval));
    },
  };
}

async function limitOf(api: GenesysApi): Promise<number | null> {
  const answer = await unlessRefused(api.get(LIMITS, limits));
  const values = LIMIT_KEYS.flatMap((key) => answer?.entities?.find((one) => one.key === key)?.value ?? []);
  return values.length > 0 ? Math.min(...values) : null;
}

/** Null in place of what our client has no right to see. */
async function unlessRefused<T>(asked: Promise<T>): Promise<T | null> {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof Fault && (error.status === 403 || error.status === 404)) return null;
    throw error;
  }
}

function whole(text: string | undefined): number | null {
  return text !== undefined && /^\d{1,9}$/.test(text.trim()) ? Number(text) : null;
}
