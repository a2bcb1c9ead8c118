/** The CXone API server: token, version, faults, and every area's routes, as a view onto the one world. */
import type { ApiFaults } from '../api-faults';
import type { ApiDesk, ApiReply } from '../http';
import type { Licences } from '../model/licences';
import type { World } from '../model/world';
import { agentRoutes } from './agents';
import { businessUnitRoutes } from './business-unit';
import { Conflicts } from './conflicts';
import { contactRoutes } from './contacts';
import { fileRoutes } from './files';
import type { AccessTokens } from './login';
import { asPointsOfContact, pointOfContactRoutes } from './points-of-contact';
import { refusal } from './refusals';
import { skillRoutes } from './skills';
import { versionOf } from './versions';

export interface CxoneParts {
  /** Sites of this platform only. */
  readonly world: World;
  readonly licences: Licences;
  readonly tokens: AccessTokens;
  readonly faults: ApiFaults;
}

export function cxoneDesk({ world, licences, tokens, faults }: CxoneParts): ApiDesk {
  const businessUnitId = Number(world.sites[0]?.file.platform.organisation);
  const conflicts = new Conflicts(world.faults);
  asPointsOfContact(world);
  // Users of CXone are licensed by people, beforehand.
  for (const { agents, file } of world.sites)
    for (const { user } of agents) for (const licence of file.platform.licences) licences.addSettled(user, licence);
  return {
    refuse: refusal,
    before: (request) => {
      if (!tokens.accepts(request.headers.authorization)) return refusal(401, 'The token is expired or invalid');
      if (!/application\/json|\*\/\*/.test(request.headers.accept ?? ''))
        return refusal(400, 'The data cannot be rendered in the format that was asked for');
      if (request.path.startsWith('/inContactAPI/') && versionOf(request.path) === null)
        return refusal(404, 'This version is not served');
      return withoutWait(faults.before(request, refusal));
    },
    delay: () => faults.delay(),
    routes: {
      ...pointOfContactRoutes(world, businessUnitId, conflicts),
      ...contactRoutes(world, businessUnitId),
      ...skillRoutes(world, businessUnitId, conflicts),
      ...agentRoutes(world, licences, businessUnitId),
      ...fileRoutes(world),
      ...businessUnitRoutes(world, businessUnitId),
    },
  };
}

/** CXone says that it is asked too often, and not for how long. */
function withoutWait(reply: ApiReply | undefined): ApiReply | undefined {
  if (reply?.status !== 429) return reply;
  return refusal(429, 'Too many requests');
}
