/** Licences: reading by user and in batches, assigning by organisation: /api/v2/license/... */
import { z } from 'zod';
import { type ApiReply, type ApiRequest, Refused, type Routes } from '../http';
import type { Json } from '../model/ledger';
import type { Licences } from '../model/licences';
import type { World } from '../model/world';
import { bodyOf, listing, unknownId } from './refusals';

const assignBody = z.strictObject({
  assignments: z.array(
    z.strictObject({ licenseId: z.string(), userIdsAdd: z.array(z.string()), userIdsRemove: z.array(z.string()) }),
  ),
});
type Assignment = z.infer<typeof assignBody>['assignments'][number];

export function licenceRoutes(world: World, licences: Licences): Routes {
  const users = new Set(world.sites.flatMap((site) => site.agents.map((agent) => agent.user)));
  const known = new Set(world.sites.flatMap((site) => site.file.platform.licences));
  const objects = (user: string) => ({
    id: user,
    licenses: licences.read(user).map((id) => ({ id })),
    selfUri: `/api/v2/license/users/${user}`,
  });
  return {
    'GET /api/v2/license/definitions': () => ({
      status: 200,
      body: [...known]
        .sort()
        .map((id) => ({ id, description: id, permissions: { ids: [] }, prerequisites: [], comprises: [] })),
    }),
    'GET /api/v2/license/users': (request) => ({
      status: 200,
      body: withoutUris(
        listing(
          request,
          [...users].map((id) => ({ id, licenses: licences.read(id) })),
        ),
      ),
    }),
    'GET /api/v2/license/users/{user}': (request) => {
      const user = request.params.user ?? '';
      if (!users.has(user)) throw unknownId('user', user);
      return { status: 200, body: objects(user) };
    },
    'POST /api/v2/license/users': (request) => {
      const ids = bodyOf(z.array(z.string()).min(1), request).filter((id) => users.has(id));
      return { status: 200, body: Object.fromEntries(ids.map((id) => [id, objects(id)])) };
    },
    'POST /api/v2/license/organization': (request) => {
      const { assignments } = bodyOf(assignBody, request);
      for (const assignment of assignments) refuseUnknown(assignment, users, known);
      return { status: 200, body: assignments.flatMap((assignment) => assign(world, licences, assignment, request)) };
    },
  };
}

function refuseUnknown(assignment: Assignment, users: ReadonlySet<string>, known: ReadonlySet<string>): void {
  if (!known.has(assignment.licenseId)) throw new Refused(400, `There is no license ${assignment.licenseId}`);
  const stranger = [...assignment.userIdsAdd, ...assignment.userIdsRemove].find((id) => !users.has(id));
  if (stranger !== undefined) throw unknownId('user', stranger);
}

function assign(world: World, licences: Licences, assignment: Assignment, request: ApiRequest) {
  const { licenseId, userIdsAdd, userIdsRemove } = assignment;
  const touched = [...new Set([...userIdsAdd, ...userIdsRemove])];
  const shape = (): Json => Object.fromEntries(touched.map((id) => [id, licences.assigned(id).includes(licenseId)]));
  const before = shape();
  for (const id of userIdsAdd) licences.add(id, licenseId);
  for (const id of userIdsRemove) licences.remove(id, licenseId);
  world.ledger.write({
    system: 'genesys',
    method: 'POST',
    path: request.path,
    resource: `licence ${licenseId}`,
    before,
    after: shape(),
  });
  return touched.map((userId) => ({ userId, licenseId, result: 'Success' }));
}

/** This listing has no addresses of other pages. */
function withoutUris(page: ReturnType<typeof listing>): ApiReply['body'] {
  const { entities, pageSize, pageNumber, total, pageCount } = page;
  return { entities, pageSize, pageNumber, total, pageCount };
}
