/**
 * The callers: they arrive at random, need a path in, pass the menu, and reach an agent or are lost for a reason.
 *
 * Path: the carrier asks one of the site's resolvers for its SRV record and tries the targets by priority (RFC 3263),
 * or goes by its own list where the site names such a carrier; a 503 goes to the next one; when all refuse it tries
 * again every 4 s until Timer B (32 s).
 */
import { bare, parseSrv } from '../dns/zone';
import type { FlowRecord } from './call-records';
import { ringOrder } from './carrier';
import type { LossReason } from './ledger';
import { answerOnLegacy, answerOnNew, type NewCall } from './queueing';
import { idOf } from './random';
import { type Call, isInbound, type LegacyTrunk, type NewQueue, type SiteWorld, type World } from './world';

const RETRY_MS = 4000;
const TIMER_B_MS = 32_000;
const MENU_SECONDS = { from: 12, to: 40 };
const PUBLIC_SHARE = 0.85;
const HANGS_UP_IN_MENU = 0.02;
const FAR_END_FAILS = 0.001;
const NIGHT_FACTOR = 0.8;
const HOUR_MS = 3600_000;
const RECORDS_KEPT_MS = 8 * 24 * HOUR_MS;
const PLATFORM_FAILURE_SHARE = 0.12;
const FLOW_FAILS = 0.002;
/** Most traffic: the share above which the platform's failure fault bites. */
export const MOST_PERCENT = 50;

/** Calls per hour in the day: 489 for 240 agents, 97 for 44, 25 for 8. */
export function callsPerHour(agents: number): number {
  return 2 * agents + 9;
}

/** `busier` times as many as usual. */
export function startCalls(world: World, busier = 1): void {
  for (const site of world.sites) arrivals(world, site, busier);
}

function arrivals(world: World, site: SiteWorld, busier: number): void {
  const hour = new Intl.DateTimeFormat('en-GB', { timeZone: site.file.timeZone, hour: '2-digit', hourCycle: 'h23' });
  let hourStartedAt = Number.NEGATIVE_INFINITY;
  let factor = 1;
  const next = () => {
    const { now } = world.agenda;
    if (now - hourStartedAt >= HOUR_MS) {
      hourStartedAt = now - (now % HOUR_MS);
      site.records.forgetBefore(now - RECORDS_KEPT_MS);
      const local = Number(hour.format(now));
      factor = local >= 7 && local < 21 ? 1 : NIGHT_FACTOR;
    }
    const mean = HOUR_MS / (callsPerHour(site.agents.length) * factor * busier);
    world.agenda.after(world.random.exponential(mean), () => {
      arrive(world, site);
      next();
    });
  };
  next();
}

function arrive(world: World, site: SiteWorld): void {
  site.calls.offered += 1;
  const call: Call = {
    site,
    conversation: idOf('conversation', `${site.name}:${site.calls.offered}`),
    startedAt: world.agenda.now,
    queueIndex: pickQueue(world, site),
    entry: null,
    over: false,
    agent: null,
    release: [],
  };
  attempt(world, call);
}

function pickQueue(world: World, site: SiteWorld): number {
  let ticket = world.random.index(Math.max(1, site.agents.length));
  for (const [i, queue] of site.queues.entries()) {
    if (ticket < queue.agents.length) return i;
    ticket -= queue.agents.length;
  }
  return 0;
}

function attempt(world: World, call: Call): void {
  const { site } = call;
  const answer = carrierAnswer(world, site);
  for (const host of answer.hosts) {
    if (host === site.newGateway.host && isInbound(site) && site.liveOnNew.size < sessionLimit(site)) {
      carried(site, host);
      enterNew(world, call);
      return;
    }
    if (host === bare(site.file.gateways.legacy.host)) {
      const trunk = site.legacyTrunks.find((one) => one.mode === 'active' && one.live.size < one.maxConcurrentSessions);
      if (trunk) {
        carried(site, host);
        enterLegacy(world, call, trunk);
        return;
      }
    }
  }
  if (world.agenda.now + RETRY_MS - call.startedAt <= TIMER_B_MS) {
    world.agenda.after(RETRY_MS, () => attempt(world, call));
    return;
  }
  const tried = answer.hosts.join(', ') || 'no target';
  lose(
    world,
    call,
    answer.isCurrent ? 'no-inbound-path' : 'stale-resolver',
    `${answer.resolver} said ${tried}; all refused for 32 s`,
  );
}

function carried({ carrier, calls }: SiteWorld, host: string): void {
  const taken = carrier?.destinations.find((each) => bare(each.host) === host);
  if (taken) calls.carried[taken.sid] = (calls.carried[taken.sid] ?? 0) + 1;
}

/** What one of the site's resolvers, mostly a public one, or its carrier's own list says at this moment. */
function carrierAnswer(world: World, site: SiteWorld): { resolver: string; hosts: string[]; isCurrent: boolean } {
  if (site.carrier) {
    const hosts = ringOrder(site.carrier, world.random).map(({ host }) => bare(host));
    return { resolver: `carrier trunk ${site.carrier.sid}`, hosts, isCurrent: true };
  }
  const record = site.file.dns.records.find((candidate) => candidate.type === 'SRV') ?? site.file.dns.records[0];
  const resolvers = world.random.chance(PUBLIC_SHARE) ? site.publicResolvers : site.enterpriseResolvers;
  const resolver = world.random.pick(resolvers);
  if (!record) return { resolver: resolver.name, hosts: [], isCurrent: true };
  const contents = resolver.resolve(record.name, record.type).rrsets.at(-1)?.contents ?? [];
  const targets = contents.flatMap((content) => parseSrv(content) ?? { priority: 0, target: bare(content) });
  const hosts = targets.sort((a, b) => a.priority - b.priority).map((target) => target.target);
  const present = site.zone.get(record.name, record.type)?.contents ?? [];
  return { resolver: resolver.name, hosts, isCurrent: contents.toString() === present.toString() };
}

function sessionLimit(site: SiteWorld): number {
  const inbound = site.trunkBases.find((base) => base.role === 'inbound');
  const limit = inbound?.body.properties.trunk_max_concurrent_calls?.value.instance;
  return typeof limit === 'number' ? limit : Number.POSITIVE_INFINITY;
}

function enterNew(world: World, call: Call): void {
  const { site } = call;
  call.entry = 'new';
  site.liveOnNew.add(call);
  call.release.push(() => site.liveOnNew.delete(call));
  const leg = menu(world, call);
  site.records.flow.push(leg);
  shadow(world, call, leg);
  afterMenu(world, call, leg, () => {
    const queue = site.queues[call.queueIndex] as NewQueue;
    const isDiverted = site.emergencyGroup.body.enabled;
    const percent = isDiverted ? 0 : (queue.guidePercent ?? site.allocation.allocationPercent);
    if (world.random.next() * 100 >= percent) return toLegacyQueue(world, call, false);
    toNewQueue(world, call, queue, percent);
  });
}

function enterLegacy(world: World, call: Call, trunk: LegacyTrunk): void {
  call.entry = trunk;
  trunk.live.add(call);
  call.release.push(() => trunk.live.delete(call));
  const leg = menu(world, call);
  shadow(world, call, leg);
  if (leg.outcome === 'hung-up') {
    const hungUpAt = leg.endedAt;
    call.site.records.legacy.push({ ...blankLegacy(world, true), hungUpAt });
  }
  afterMenu(world, call, leg, () => toLegacyQueue(world, call, true));
}

/** A caller's way through the menu; callers behave alike on both platforms. */
function menu(world: World, { conversation }: Call): FlowRecord {
  const enteredAt = world.agenda.now;
  const endedAt = enteredAt + world.random.between(MENU_SECONDS.from, MENU_SECONDS.to) * 1000;
  const outcome = world.random.chance(HANGS_UP_IN_MENU) ? 'hung-up' : 'reached';
  return { conversation, enteredAt, endedAt, outcome, lagMs: world.random.between(60_000, 120_000) };
}

/** The sandboxed extra leg through the new flow: counted, never answered, never the caller's own call. */
function shadow(world: World, call: Call, leg: FlowRecord): void {
  const { site } = call;
  if (world.random.next() * 100 >= site.allocation.shadowPercent) return;
  const outcome = leg.outcome === 'reached' && world.random.chance(FLOW_FAILS) ? 'failed' : leg.outcome;
  // The leg is a conversation of its own.
  const conversation = idOf('shadow', call.conversation);
  site.records.shadow.push({ ...leg, conversation, outcome });
  if (outcome !== 'reached') return;
  site.records.sync.push({
    conversation,
    answeredAt: leg.endedAt,
    platform: 'shadow',
    synced: true,
    latencyMs: crmLatency(world),
  });
}

function afterMenu(world: World, call: Call, leg: FlowRecord, onward: () => void): void {
  world.agenda.at(leg.endedAt, () => {
    if (call.over) return;
    if (leg.outcome !== 'hung-up') return onward();
    call.site.calls.abandoned += 1;
    end(call);
  });
}

function toNewQueue(world: World, call: Call, queue: NewQueue, percent: number): void {
  const { site } = call;
  const record = {
    conversation: call.conversation,
    queue: queue.id,
    offeredAt: world.agenda.now,
    answeredAt: null,
    abandonedAt: null,
    failedAt: null,
    endedAt: null,
    lagMs: world.random.between(60_000, 120_000),
  };
  site.records.queue.push(record);
  const fails =
    world.faults.has('call-failures') && percent > MOST_PERCENT && world.random.chance(PLATFORM_FAILURE_SHARE);
  if (fails || world.random.chance(FAR_END_FAILS)) {
    failSoon(world, call, fails ? 'platform-failure' : 'far-end', (at) =>
      Object.assign(record, { failedAt: at, endedAt: at }),
    );
    return;
  }
  const newCall: NewCall = { call, queue, record };
  answerOnNew(world, newCall, {
    onAnswer: () => {
      const synced = site.crmPlatform !== 'legacy';
      site.records.sync.push({
        conversation: call.conversation,
        answeredAt: world.agenda.now,
        platform: 'genesys-cloud',
        synced,
        latencyMs: crmLatency(world),
      });
    },
    onEnd: () => end(call),
    onLost: (reason, detail) => lose(world, call, reason, detail),
  });
}

function toLegacyQueue(world: World, call: Call, throughMenu: boolean): void {
  const { site } = call;
  const record = blankLegacy(world, throughMenu);
  site.records.legacy.push(record);
  if (world.random.chance(FAR_END_FAILS)) {
    failSoon(world, call, 'far-end', (at) => Object.assign(record, { failedAt: at }));
    return;
  }
  const queue = site.legacyQueues[call.queueIndex % site.legacyQueues.length];
  if (!queue) throw new Error(`${site.name} has no legacy queue`);
  answerOnLegacy(
    world,
    { call, queue, record },
    {
      onAnswer: () => {
        const synced = site.crmPlatform !== 'genesys-cloud';
        site.records.sync.push({
          conversation: call.conversation,
          answeredAt: world.agenda.now,
          platform: 'legacy',
          synced,
          latencyMs: record.crmLatencyMs,
        });
      },
      onEnd: () => end(call),
      onLost: (reason, detail) => lose(world, call, reason, detail),
    },
  );
}

function failSoon(world: World, call: Call, reason: LossReason, mark: (at: number) => void): void {
  world.agenda.after(world.random.between(1000, 6000), () => {
    if (call.over) return;
    mark(world.agenda.now);
    lose(
      world,
      call,
      reason,
      reason === 'far-end' ? 'the far end dropped the call' : 'the new platform failed the call',
    );
  });
}

function blankLegacy(world: World, throughMenu: boolean) {
  const offeredAt = world.agenda.now;
  return { offeredAt, throughMenu, completedAt: null, failedAt: null, hungUpAt: null, crmLatencyMs: crmLatency(world) };
}

function crmLatency(world: World): number {
  return 250 + world.random.exponential(120);
}

/** Ends the call for a reason that is not its natural end. */
export function lose(world: World, call: Call, reason: LossReason, detail: string): void {
  if (call.over) return;
  world.ledger.lose(call.site.name, reason, detail);
  end(call);
}

function end(call: Call): void {
  call.over = true;
  for (const release of call.release) release();
  call.release = [];
}
