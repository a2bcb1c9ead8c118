import { z } from 'zod';
import type { CallBudget } from '../../../ports/call-budget';
import type { Clock } from '../../../ports/clock';
import { Fault } from '../../../ports/fault';
import type { PermissionFinding, PlatformInspection } from '../../../ports/platform-inspection';
import { agentStates, isLoggedIn } from './agent-states';
import { type CxoneApi, id } from './api';
import type { BusinessUnit } from './business-unit';
import { figure, fitted } from './fitted';

/** What the access key's user must be allowed to see, by the area's name in the security profile, and one harmless question of each. */
const READS: readonly (readonly [permission: string, neededFor: string, path: string])[] = [
  ['Points of Contact: view', 'the way in of the site', '/points-of-contact'],
  ['ACD Skills: view', 'queues and outbound skills', '/skills'],
  ['Users: view', 'agents and whether they are active', '/agents'],
  ['Reporting: agent states', 'who is logged in', '/agents/states'],
  ['Reporting: contacts', 'calls in progress', '/contacts/active'],
  ['UserHub users: view', 'the status of users', '/user-management/v2/users/identities'],
];
/** There is no way to ask for these without writing. */
const WRITES: readonly (readonly [permission: string, neededFor: string])[] = [
  ['Points of Contact: edit', 'switching the way in'],
  ['ACD Skills: edit', 'letting agents join, switching outbound skills'],
  ['Files: edit', 'the share of the calls'],
];

const serverTime = z.looseObject({ ServerTime: z.string() });

/** What the business unit shows of itself, by reads alone. It keeps no audit that could be asked for these objects. */
export function cxoneInspection(
  api: CxoneApi,
  clock: Clock,
  unit: BusinessUnit,
  budget: CallBudget,
): PlatformInspection {
  return {
    async permissions() {
      const findings: PermissionFinding[] = [];
      for (const [permission, neededFor, path] of READS) findings.push(await asked(api, permission, neededFor, path));
      return [
        ...findings,
        ...WRITES.map(([permission, neededFor]) => ({
          permission,
          neededFor,
          granted: null,
          evidence: 'cannot be asked without changing something: look at the security profile of the access key',
        })),
      ];
    },

    async entitlements() {
      const { isActive, concurrentAgentLimit } = await unit.read();
      return [
        { name: 'The business unit is active', present: isActive ?? null },
        {
          name: 'Agents may be logged in',
          present:
            concurrentAgentLimit === null || concurrentAgentLimit === undefined ? null : concurrentAgentLimit > 0,
        },
      ];
    },

    /** A product that is not enabled is not owned; of one that is, as many agents as may be logged in at once. */
    async licenceStock(licences) {
      const { concurrentAgentLimit } = await unit.read();
      const enabled = await unit.products();
      const assigned = (await agentStates(api)).filter(isLoggedIn).length;
      return licences.map((licence) => ({
        licence,
        owned: enabled.has(licence) ? (concurrentAgentLimit ?? null) : 0,
        assigned,
      }));
    },

    /** The vendor publishes no figure a minute and shows none. */
    async callAllowance() {
      return { allowed: null, used: null, ours: (await budget.figures()).limit };
    },

    /** GET /server-time against the middle of the call. */
    async clockSkewMs() {
      const askedAt = clock.now();
      const answer = await api.get('/server-time', serverTime);
      const middle = (askedAt + clock.now()) / 2;
      const theirs = Date.parse(answer?.ServerTime ?? '');
      return Number.isNaN(theirs) ? null : Math.round(theirs - middle);
    },

    /** GET /skills/{id}/activity, `agentsAvailable`; one version misspells it. */
    async availableAgents(queue) {
      const path = `/skills/${id(queue)}/activity`;
      const row = z.looseObject({ agentsAvailable: figure.nullish(), agentsAvaliable: figure.nullish() });
      const { status, body } = await api.request('GET', path);
      if (status === 204) return null;
      const list = z.looseObject({ skillActivity: z.array(row).nullish() });
      const page = z.union([z.looseObject({ resultSet: list }).transform(({ resultSet }) => resultSet), list]);
      const [first] = fitted(page, body, 'GET', path).skillActivity ?? [];
      return first?.agentsAvailable ?? first?.agentsAvaliable ?? null;
    },

    changes: async () => null,
  };
}

async function asked(api: CxoneApi, permission: string, neededFor: string, path: string): Promise<PermissionFinding> {
  const finding = { permission, neededFor };
  try {
    const { status } = await api.request('GET', path, { query: { skip: 0, top: 1 } });
    return { ...finding, granted: true, evidence: `GET ${path}: ${status}` };
  } catch (error) {
    if (!(error instanceof Fault) || error.status !== 403) throw error;
    return { ...finding, granted: false, evidence: `GET ${path}: 403` };
  }
}
