import type { CallBudget } from '../../ports/call-budget';
import type { Clock } from '../../ports/clock';
import type { Platform, PlatformCapabilities } from '../../ports/platform';
import type { PlatformInspection } from '../../ports/platform-inspection';
import { cxoneAgentStates } from './cxone/agent-states';
import { cxoneAllocation } from './cxone/allocation-file';
import { createCxoneApi, noLever } from './cxone/api';
import { cxoneBusinessUnit } from './cxone/business-unit';
import { cxoneFigures } from './cxone/contacts';
import { createDiscovery } from './cxone/discovery';
import { SYSTEM } from './cxone/fitted';
import { cxoneInspection } from './cxone/inspection';
import { cxoneOutboundSkills } from './cxone/outbound-skills';
import { cxonePointsOfContact } from './cxone/points-of-contact';
import { cxoneQueues } from './cxone/skills';
import { createTokenSource } from './cxone/token';
import { cxoneUserStatus } from './cxone/user-status';
import { createCallBudget } from './genesys/call-budget';
import { createInTurn } from './in-turn';

export interface NiceCxoneOptions {
  /** `https://{area}.nice-incontact.com`: where the access key is exchanged for a token. */
  readonly tokenUrl: string;
  /** `https://cxone.niceincontact.com`: where the API's own address is asked for. */
  readonly discoveryUrl: string;
  /** In place of what discovery would say. */
  readonly apiUrl: string | null;
  readonly accessKeyId: string;
  readonly accessKeySecret: string;
  readonly tenantId: string | null;
  /** `v33.0` */
  readonly apiVersion: string;
  readonly clock: Clock;
  /** Limit of one try of one call, real milliseconds. */
  readonly timeoutMs: number;
}

/** No limit a minute is published; this keeps a wave's reads far below what is known to be refused. */
const CALL_LIMITS = { perMinute: 300, burst: 50 };

const CAPABILITIES: PlatformCapabilities = {
  inboundSwitch: 'point of contact',
  showsTrunks: false,
  restartsPhones: false,
  assignsLicences: false,
  showsSchedules: false,
};

/**
 * NICE CXone by its public API (`/inContactAPI/services/vNN.0` and UserHub), with an access key. Every answer is parsed:
 * one that does not fit is a permanent `Fault` that names endpoint and field. What CXone has no lever for is refused, and
 * `capabilities` says so beforehand.
 */
export function createNiceCxone(options: NiceCxoneOptions): Platform & { readonly inspection: PlatformInspection } {
  const { clock, apiVersion } = options;
  const budget: CallBudget = createCallBudget(clock, CALL_LIMITS);
  const tokens = createTokenSource(options);
  const baseUrl = createDiscovery(options);
  const api = createCxoneApi({ baseUrl, version: apiVersion, clock, timeoutMs: options.timeoutMs, tokens, budget });
  const inTurn = createInTurn();
  const unit = cxoneBusinessUnit(api);
  return {
    name: SYSTEM,
    capabilities: CAPABILITIES,
    organisation: unit.organisation,
    ...cxonePointsOfContact(api, clock, inTurn, unit),
    ...cxoneOutboundSkills(api, clock, inTurn, apiVersion),
    ...cxoneQueues(api, clock, inTurn),
    ...cxoneAllocation(api, inTurn),
    ...cxoneUserStatus(api, unit),
    ...cxoneAgentStates(api),
    ...cxoneFigures(api, clock),
    scheduledAgents: async () => {
      throw noLever('shows no published schedule to this bot: write managementUnit: null in the site file');
    },
    inspection: cxoneInspection(api, clock, unit, budget),
  };
}
