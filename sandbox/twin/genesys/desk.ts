/** The Genesys Cloud API server: token, limits, faults, and every area's routes. */
import type { ApiFaults } from '../api-faults';
import type { ApiDesk, ApiReply } from '../http';
import { idOf } from '../model/random';
import type { World } from '../model/world';
import type { SandboxClock } from '../../clock';
import { analyticsRoutes } from './analytics';
import { architectRoutes } from './architect';
import { directoryRoutes } from './directory';
import { licenceRoutes } from './licence-api';
import type { Tokens } from './login';
import { phoneRoutes } from './phones-api';
import { errorBody } from './refusals';
import { routingRoutes } from './routing';
import { trunkRoutes } from './trunks';
import type { Licences } from '../model/licences';

const WINDOW_MS = 60_000;
/** The vendor's default; in fast sandbox time whole steps fit into one such minute, so it is wider there. */
export const LIMIT_PER_MINUTE = { realTime: 300, fastTime: 3000, fastFrom: 5 };

export interface GenesysParts {
  readonly world: World;
  readonly licences: Licences;
  readonly tokens: Tokens;
  readonly faults: ApiFaults;
  readonly clock: SandboxClock;
  readonly limitPerMinute: number | undefined;
}

export function genesysDesk(parts: GenesysParts): ApiDesk {
  const { world, tokens, faults } = parts;
  const limits = new RateLimits(parts);
  let replies = 0;
  const refuse = (status: number, message: string) => errorBody(status, message, idOf('context', String(++replies)));
  return {
    refuse,
    before: (request) => {
      const token = tokens.accept(request.headers['authorization']);
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
      ...limits.headers(tokens.accept(request.headers['authorization'])),
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

class RateLimits {
  private readonly windows = new Map<string, { startedAt: number; count: number }>();

  constructor(private readonly parts: GenesysParts) {}

  /** Counts one request; seconds to wait when it is one too many, else null. */
  count(token: string): number | null {
    const { now } = this.parts.world.agenda;
    const window = this.windows.get(token);
    if (!window || now - window.startedAt >= WINDOW_MS) {
      this.windows.set(token, { startedAt: now, count: 1 });
      return null;
    }
    window.count += 1;
    return window.count > this.allowed() ? Math.max(1, Math.ceil((window.startedAt + WINDOW_MS - now) / 1000)) : null;
  }

  headers(token: string | null): Record<string, string> {
    const window = this.windows.get(token ?? '');
    const reset = window ? window.startedAt + WINDOW_MS - this.parts.world.agenda.now : WINDOW_MS;
    return {
      'inin-ratelimit-allowed': String(this.allowed()),
      'inin-ratelimit-count': String(window?.count ?? 0),
      'inin-ratelimit-reset': String(Math.max(0, Math.ceil(reset / 1000))),
    };
  }

  private allowed(): number {
    const { clock, limitPerMinute } = this.parts;
    const isFast = clock.speed() >= LIMIT_PER_MINUTE.fastFrom;
    return limitPerMinute ?? (isFast ? LIMIT_PER_MINUTE.fastTime : LIMIT_PER_MINUTE.realTime);
  }
}
