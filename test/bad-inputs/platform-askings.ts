/** What is asked of and ordered from a platform. */
import type { Site } from '../../src/core/site';
import { Fault } from '../../src/ports/fault';
import type { SiteWorld } from '../../src/ports/world';
import type { Tape } from './answers-tape';

/** One question or order of the product to another system. */
export interface Asking {
  readonly name: string;
  readonly tape: Tape;
  readonly ask: () => Promise<unknown>;
}

export function platformAskings(
  world: () => SiteWorld,
  site: Site,
  name: string,
  tape: Tape,
  login: Tape | null,
): readonly Asking[] {
  let kept = world();
  const { platform: names } = site;
  const hour = { from: Date.parse('2027-03-01T06:00:00Z'), to: Date.parse('2027-03-01T07:00:00Z') };
  const trunk = names.inboundTrunks[0]?.trunkBase ?? '';
  const route = names.outboundRoutes[0]?.route ?? '';
  const queue = names.queues[0]?.queue ?? '';
  const users = site.agents.slice(0, 8).map(({ user }) => user);
  const on = (what: string, ask: (of: SiteWorld) => Promise<unknown>): Asking => ({
    name: `${name}: ${what}`,
    tape,
    ask: () => ask(kept),
  });
  const fresh = (what: string, at: Tape): Asking => ({
    name: `${name}: ${what}`,
    tape: at,
    ask: async () => {
      kept = world();
      return kept.platform.organisation();
    },
  });
  const both = async (
    read: (of: SiteWorld) => Promise<unknown>,
    write: (of: SiteWorld) => Promise<unknown>,
    of: SiteWorld,
  ): Promise<unknown> => {
    await read(of);
    return write(of);
  };
  const { allocation: cell } = names;
  return [
    ...(login ? [fresh('login', login)] : []),
    fresh('organisation', tape),
    on('trunk', ({ platform }) => platform.trunk(trunk)),
    on('route', ({ platform }) => platform.outboundRoute(names.site, route)),
    on('numbers', ({ platform }) => platform.numbers(names.site, site.mirror.dids)),
    on('queue', ({ platform }) => platform.queue(queue)),
    on('members', ({ platform }) => platform.members(queue)),
    on('allocation', ({ platform }) => platform.allocation(cell.table, cell.row)),
    on('licences', ({ platform }) => platform.licences(users)),
    on('phones', ({ platform }) => platform.registeredPhones(names.site)),
    on('calls', ({ platform }) => platform.calls([queue], hour)),
    on('flow', ({ platform }) => platform.flow(names.shadowFlow, hour)),
    on('answered', async ({ platform }) => (await platform.answeredCalls?.([queue], hour)) ?? null),
    on('schedules', ({ platform }) => platform.scheduledAgents(names.managementUnit ?? '', hour).catch(onlyFault)),
    on('permissions', ({ inspection }) => inspection.permissions()),
    on('entitlements', ({ inspection }) => inspection.entitlements()),
    on('licence stock', ({ inspection }) => inspection.licenceStock(names.licences)),
    on('call allowance', ({ inspection }) => inspection.callAllowance()),
    on('clock', ({ inspection }) => inspection.clockSkewMs()),
    on('agents', ({ inspection }) => inspection.availableAgents(queue)),
    on('audit', ({ inspection }) => inspection.changes([trunk], hour)),
    on('set trunk', (of) =>
      both(
        ({ platform }) => platform.setTrunk(trunk, false),
        ({ platform }) => platform.setTrunk(trunk, true),
        of,
      ),
    ),
    on('set route', (of) =>
      both(
        ({ platform }) => platform.setOutboundRoute(names.site, route, false),
        ({ platform }) => platform.setOutboundRoute(names.site, route, true),
        of,
      ),
    ),
    on('set joined', (of) =>
      both(
        ({ platform }) => platform.setJoined(queue, users, false),
        ({ platform }) => platform.setJoined(queue, users, true),
        of,
      ),
    ),
    on('set allocation', (of) =>
      both(
        ({ platform }) => platform.setAllocation(cell.table, cell.row, { shadowPercent: 0 }),
        ({ platform }) => platform.setAllocation(cell.table, cell.row, { shadowPercent: 5 }),
        of,
      ),
    ),
  ];
}

const onlyFault = (cause: unknown): null => {
  if (cause instanceof Fault && cause.status === null) return null;
  throw cause;
};
