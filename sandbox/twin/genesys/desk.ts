/** The Genesys Cloud API server: token, limits, faults, and every area's routes. */

import type { SandboxClock } from '../../clock';
import type { ApiFaults } from '../api-faults';
import type { ApiDesk, ApiReply } from '../http';
import type { Licences } from '../model/licences';
import { idOf } from '../model/random';
import type { World } from '../model/world';
import { analyticsRoutes } from './analytics';
import { architectRoutes } from './architect';
import { directoryRoutes } from './directory';
import { licenceRoutes } from './licence-api';
import { RateLimits } from './limits';
import type { Tokens } from './login';
import { phoneRoutes } from './phones-api';
import { errorBody } from './refusals';
import { routingRoutes } from './routing';
import { trunkRoutes } from './trunks';

export interface GenesysParts {
  readonly world: World;
  readonly licences: Licences;
  readonly tokens: Tokens;
  readonly faults: ApiFaults;
  readonly clock: SandboxClock;
  /** Null: the vendor's own, wider in fast time. */
  readonly limitPerMinute: number | null;
}

export function genesysDesk(parts: GenesysParts): ApiDesk {
  const { world, tokens, faults } = parts;
  const limits = new RateLimits(world.agenda, parts.clock, parts.limitPerMinute);
  let replies = 0;
  const refuse = (status: number, message: string) => errorBody(status, message, idOf('context', String(++replies)));
  return {
    refuse,
    before: (request) => {
      const token = tokens.accept(request.headers.authorization);
      if (token === null) return refuse(401, 'Invalid login credentials.');
      const wait = limits.count(token);
      if (wait !== null) {
        const reply = refuse(429, `Rate limit exceeded the maximum. Retry the request in [${wait}] seconds`);
        return { ...reply, headers: { 'retry-after': String(wait) } };
      }
      return faults.before(request, refuse);
    },
    delay: () => faults.delay(),
    headers: (request, reply) => ({
      'inin-correlation-id': contextOf(reply) ?? idOf('context', String(++replies)),
      ...limits.headers(tokens.accept(request.headers.authorization)),
    }),
    routes: {
      ...trunkRoutes(world),
      ...phoneRoutes(world),
      ...routingRoutes(world),
      ...architectRoutes(world),
      ...analyticsRoutes(world),
      ...licenceRoutes(world, parts.licences),
      ...directoryRoutes(world, tokens),
    },
  };
}

function contextOf(reply: ApiReply): string | undefined {
  const { body } = reply;
  return typeof body === 'object' && body !== null && 'contextId' in body ? String(body.contextId) : undefined;
}
