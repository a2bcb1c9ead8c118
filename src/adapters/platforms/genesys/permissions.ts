import { z } from 'zod';
import type { Clock } from '../../../ports/clock';
import { Fault } from '../../../ports/fault';
import type { PermissionFinding } from '../../../ports/platform-inspection';
import { type GenesysApi, id } from './api';
import { type Grant, isGranted, NEEDED_RIGHTS, type NeededRight } from './rights';

const oauthClient = z.looseObject({
  roleIds: z.array(z.string()).nullish(),
  roleDivisions: z.array(z.looseObject({ roleId: z.string() })).nullish(),
});
const role = z.looseObject({
  permissionPolicies: z
    .array(
      z.looseObject({
        domain: z.string(),
        entityName: z.string().nullish(),
        actionSet: z.array(z.string()).nullish(),
      }),
    )
    .nullish(),
});

/**
 * The rights of our own client: its roles by GET /api/v2/oauth/clients/{id} and GET /api/v2/authorization/roles/{id}.
 * That takes oauth:client:view and authorization:role:view; without them each right is asked for by a read that needs it,
 * where there is one: 403 is "missing". Divisions are not compared: a role counts wherever it holds.
 */
export async function findPermissions(
  api: GenesysApi,
  clock: Clock,
  clientId: string,
): Promise<readonly PermissionFinding[]> {
  const grants = await grantsOf(api, clientId);
  if (grants === null) return inTurn(NEEDED_RIGHTS, (right) => probed(api, clock.now(), right));
  return NEEDED_RIGHTS.map((right) => {
    const granted = isGranted(right, grants);
    return finding(right, granted, `the client's roles ${granted ? 'hold it' : 'do not hold it'}`);
  });
}

/** Null when the client may not look at itself. */
async function grantsOf(api: GenesysApi, clientId: string): Promise<readonly Grant[] | null> {
  try {
    const client = await api.get(`/api/v2/oauth/clients/${id(clientId)}`, oauthClient);
    const roleIds = new Set([...(client.roleIds ?? []), ...(client.roleDivisions ?? []).map((one) => one.roleId)]);
    const roles = await inTurn([...roleIds], (roleId) => api.get(`/api/v2/authorization/roles/${id(roleId)}`, role));
    return roles
      .flatMap(({ permissionPolicies }) => permissionPolicies ?? [])
      .map(({ domain, entityName, actionSet }) => ({ domain, entity: entityName ?? '*', actions: actionSet ?? [] }));
  } catch (error) {
    if (isRefused(error)) return null;
    throw error;
  }
}

async function probed(api: GenesysApi, now: number, right: NeededRight): Promise<PermissionFinding> {
  const { probe } = right;
  if (!probe) return finding(right, null, 'nothing can be asked that needs it and changes nothing');
  try {
    await probe.ask(api, now);
    return finding(right, true, `${probe.says} was answered`);
  } catch (error) {
    if (!isRefused(error)) throw error;
    const missing = error.status === 403;
    return finding(right, missing ? false : null, `${probe.says} was answered ${error.status}`);
  }
}

function finding(right: NeededRight, granted: boolean | null, evidence: string): PermissionFinding {
  const { anyOf, neededFor, optional } = right;
  return { permission: anyOf.join(' or '), neededFor, granted, evidence, ...(optional ? { optional } : {}) };
}

function isRefused(error: unknown): error is Fault {
  return error instanceof Fault && [400, 403, 404].includes(error.status ?? 0);
}

async function inTurn<Item, Result>(items: readonly Item[], ask: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  for (const item of items) results.push(await ask(item));
  return results;
}
