/** Our client, its role and what the organisation has bought: /api/v2/oauth/..., /api/v2/authorization/... */
import { Refused, type Routes } from '../http';
import { idOf } from '../model/random';
import type { World } from '../model/world';
import { listing, unknownId } from './refusals';

/** What the role of the sandbox's client grants, `domain:entity:actions`. */
const POLICIES = [
  'telephony:plugin:all',
  'routing:callRoute:view,edit',
  'routing:emergencyGroup:view,edit',
  'routing:queue:view',
  'routing:queueMember:manage',
  'architect:datatable:view',
  'architect:datatableRow:view,edit',
  'authorization:grant:add',
  'analytics:conversationAggregate:view',
  'analytics:flowAggregate:view',
  'analytics:conversationDetail:view',
  'analytics:queueObservation:view',
  'wfm:publishedSchedule:view',
  'audits:audit:view',
  'oauth:client:view',
  'authorization:role:view',
];
/** What the role lacks under the fault `missing-permission`: counting who is free, without which calls still flow. */
export const TAKEN_AWAY = 'analytics:queueObservation:view';
const PRODUCTS = ['contactCenter', 'telephony', 'workforceManagement'];

export const CUTOVER_ROLE = idOf('role', 'cutover');

export function authorizationRoutes(clientId: string, world: Pick<World, 'faults'>): Routes {
  const division = idOf('division', 'home');
  const role = () => ({
    id: CUTOVER_ROLE,
    name: 'Cutover',
    permissions: [],
    permissionPolicies: POLICIES.filter((text) => text !== TAKEN_AWAY || !world.faults.has('missing-permission')).map(
      (text) => {
        const [domain = '', entityName = '', actions = ''] = text.split(':');
        return { domain, entityName, actionSet: actions.split(','), allowConditions: false };
      },
    ),
    default: false,
    base: false,
    selfUri: `/api/v2/authorization/roles/${CUTOVER_ROLE}`,
  });
  return {
    'GET /api/v2/oauth/clients/{client}': (request) => {
      if (request.params.client !== clientId) throw unknownId('oauth client', request.params.client ?? '');
      return {
        status: 200,
        body: {
          id: clientId,
          name: 'Cutover',
          roleIds: [CUTOVER_ROLE],
          authorizedGrantType: 'CLIENT_CREDENTIALS',
          roleDivisions: [{ roleId: CUTOVER_ROLE, divisionId: division }],
          state: 'active',
          selfUri: `/api/v2/oauth/clients/${clientId}`,
        },
      };
    },
    'GET /api/v2/authorization/roles/{role}': (request) => {
      if (request.params.role !== CUTOVER_ROLE)
        throw new Refused(404, `Unable to find a role with id ${request.params.role}`);
      return { status: 200, body: role() };
    },
    'GET /api/v2/authorization/products': (request) => {
      const { entities, pageSize, pageNumber, total, pageCount } = listing(
        request,
        PRODUCTS.map((id) => ({ id })),
      );
      return { status: 200, body: { entities, pageSize, pageNumber, total, pageCount } };
    },
  };
}
