import { z } from 'zod';
import type { CallBudget } from '../../ports/call-budget';
import type { Clock } from '../../ports/clock';
import type { Platform, PlatformCapabilities } from '../../ports/platform';
import type { PlatformInspection } from '../../ports/platform-inspection';
import { genesysAllocation } from './genesys/allocation';
import { genesysAnalytics } from './genesys/analytics';
import { createGenesysApi } from './genesys/api';
import { createCallBudget } from './genesys/call-budget';
import { genesysConversations } from './genesys/conversations';
import { genesysEmergencyGroups } from './genesys/emergency-groups';
import { SYSTEM } from './genesys/fitted';
import { genesysInspection } from './genesys/inspection';
import { genesysLicences } from './genesys/licences';
import { genesysNumbers } from './genesys/numbers';
import { genesysOutboundRoutes } from './genesys/outbound-routes';
import { genesysPhones } from './genesys/phones';
import { genesysQueues } from './genesys/queues';
import { genesysSchedules, ON_QUEUE_CODES } from './genesys/schedules';
import { createTokenSource } from './genesys/token';
import { genesysTrunks } from './genesys/trunks';

export interface GenesysCloudOptions {
  /** `https://api.{region domain}` */
  readonly apiUrl: string;
  /** `https://login.{region domain}` */
  readonly loginUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
  readonly clock: Clock;
  /** Limit of one try of one call, real milliseconds. */
  readonly timeoutMs: number;
  /** Shared by every process that uses this client id; by default this process's own (`createCallBudget`). */
  readonly budget?: CallBudget;
  /** The trunk base property that caps concurrent calls. The vendor publishes no list of these keys: name yours. */
  readonly sessionLimitProperty?: string;
  /** Workforce-management activity codes that are on-queue work. Default: the vendor's built-in one. */
  readonly onQueueActivityCodes?: readonly string[];
}

const SESSION_LIMIT_PROPERTY = 'trunk_max_concurrent_calls';

const CAPABILITIES: PlatformCapabilities = {
  inboundSwitch: 'trunk',
  showsTrunks: true,
  restartsPhones: true,
  assignsLicences: true,
  showsSchedules: true,
};

const organisation = z.looseObject({ id: z.string(), name: z.string() });

export interface GenesysCloud extends Platform {
  readonly inspection: PlatformInspection;
}

/**
 * Genesys Cloud CX by its public API (`/api/v2`), with client credentials. Every answer is parsed: one that does not fit
 * is a permanent `Fault` that names endpoint and field.
 */
export function createGenesysCloud(options: GenesysCloudOptions): GenesysCloud {
  const { clock } = options;
  const tokens = createTokenSource(options);
  const budget = options.budget ?? createCallBudget(clock);
  const api = createGenesysApi({ apiUrl: options.apiUrl, clock, timeoutMs: options.timeoutMs, tokens, budget });
  return {
    name: SYSTEM,
    capabilities: CAPABILITIES,
    /** GET /api/v2/organizations/me */
    async organisation() {
      const { id, name } = await api.get('/api/v2/organizations/me', organisation);
      return { id, name };
    },
    inspection: genesysInspection(api, { clientId: options.clientId, clock, budget }),
    ...genesysTrunks(api, clock, options.sessionLimitProperty ?? SESSION_LIMIT_PROPERTY),
    ...genesysOutboundRoutes(api, clock),
    ...genesysNumbers(api, clock),
    ...genesysEmergencyGroups(api, clock),
    ...genesysQueues(api),
    ...genesysAllocation(api),
    ...genesysLicences(api),
    ...genesysPhones(api),
    ...genesysAnalytics(api),
    ...genesysConversations(api),
    ...genesysSchedules(api, options.onQueueActivityCodes ?? ON_QUEUE_CODES),
  };
}
