/** The Genesys Cloud API server: token, limits, faults, and every area's routes. */

import type { SandboxClock } from '../../clock';
import type { ApiFaults } from '../api-faults';
import type { ApiDesk, ApiReply, Routes } from '../http';
import type { Licences } from '../model/licences';
import { idOf } from '../model/random';
import type { World } from '../model/world';
import { analyticsRoutes } from './analytics';
import { architectRoutes } from './architect';
import { AuditBook, auditRoutes } from './audits';
import { authorizationRoutes } from './authorization';
import { conversationRoutes } from './conversations';
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
  readonly clientId: string;
  readonly faults: ApiFaults;
  readonly clock: SandboxClock;
  /** Null: the vendor's own, wider in fast time. */
  readonly limitPerMinute: number | null;
}

export function genesysDesk(parts: GenesysParts): ApiDesk {
  const { world, tokens, faults } = parts;
  const limits = new RateLimits(world.agenda, parts.clock, parts.limitPerMinute);
  const book = new AuditBook(world);
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
      date: new Date(world.agenda.now).toUTCString(),
      'inin-correlation-id': contextOf(reply) ?? idOf('context', String(++replies)),
      ...limits.headers(tokens.accept(request.headers.authorization)),
    }),
    routes: audited(book, tokens, {
      ...trunkRoutes(world),
      ...phoneRoutes(world),
      ...routingRoutes(world),
      ...architectRoutes(world),
      ...analyticsRoutes(world),
      ...conversationRoutes(world),
      ...licenceRoutes(world, parts.licences),
      ...directoryRoutes(world, tokens),
      ...authorizationRoutes(parts.clientId, world),
      ...auditRoutes(world, book),
    }),
  };
}

/** Every write is noted as the client's whose token it came with. */
function audited(book: AuditBook, tokens: Tokens, routes: Routes): Routes {
  const noted = Object.entries(routes).map(([path, route]): [string, Routes[string]] => [
    path,
    (request) => {
      const token = tokens.accept(request.headers.authorization) ?? '';
      return book.noted(tokens.clientOf(token), () => route(request));
    },
  ]);
  return Object.fromEntries(noted);
}

function contextOf(reply: ApiReply): string | undefined {
  const { body } = reply;
  return typeof body === 'object' && body !== null && 'contextId' in body ? String(body.contextId) : undefined;
}
