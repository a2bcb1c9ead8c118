/**
 * The desk phones: they look up their site's record, register at the gateway that they find, and try again when they
 * are refused. A REGISTER is digest-challenged, so a first registration costs the gateway two requests.
 */
import { bare, parseSrv } from '../dns/zone';
import { type Agent, isInbound, type Phone, type SiteWorld, type World } from './world';

const REFRESH_MS = 3600_000;
const BOOT_SECONDS = { from: 8, to: 45 };
const FALL_BACK_SECONDS = { from: 5, to: 55 };
const STORM_REGISTERS_PER_SECOND = 0.5;
/** For how long a refusal shows in the gateway's answers to OPTIONS. */
export const THROTTLE_SHOWS_MS = 30_000;

/**
 * Sets the hourly refresh of every phone going, spread over the hour. A refresh goes to the gateway that holds the
 * registration; only a refusal or a reboot makes the phone look its gateway up anew, as desk phones do.
 */
export function startPhones(world: World): void {
  for (const site of world.sites) {
    for (const agent of site.agents) {
      world.agenda.after(world.random.next() * REFRESH_MS, () => refresh(world, site, agent));
    }
  }
}

/** Power-cycles the phone: it is unreachable until it has registered again. */
export function reboot(world: World, site: SiteWorld, phone: Phone): void {
  phone.life += 1;
  phone.booting = true;
  setRegistration(world, phone, null);
  const { life } = phone;
  const bootMs = world.random.between(BOOT_SECONDS.from, BOOT_SECONDS.to) * 1000;
  world.agenda.after(bootMs, () => {
    if (phone.life !== life) return;
    phone.booting = false;
    register(world, site, phone);
  });
}

/** The new gateway stopped taking registrations: its phones notice within a minute and look for another. */
export function fallBack(world: World, site: SiteWorld): void {
  for (const { phone } of site.agents) {
    if (phone.registeredAt !== 'new') continue;
    const { life } = phone;
    world.agenda.after(world.random.between(FALL_BACK_SECONDS.from, FALL_BACK_SECONDS.to) * 1000, () => {
      if (phone.life === life && phone.registeredAt === 'new' && !isInbound(site)) register(world, site, phone);
    });
  }
}

export function isThrottling(site: SiteWorld, now: number): boolean {
  return now - site.newGateway.refusedAt < THROTTLE_SHOWS_MS;
}

/** The host that the site's record names first at the moment, by the authoritative servers. */
export function intendedHost(site: SiteWorld): string {
  const record = phoneRecord(site);
  return hostsOf(record.type, site.zone.get(record.name, record.type)?.contents ?? [])[0] ?? '';
}

function refresh(world: World, site: SiteWorld, agent: Agent): void {
  const { phone } = agent;
  world.agenda.after(REFRESH_MS, () => refresh(world, site, agent));
  if (phone.booting || phone.registeredAt === null) return;
  const takesIt = phone.registeredAt === 'new' ? isInbound(site) && takeTokens(world, site, 1) : legacyRegisters(site);
  if (!takesIt) retry(world, site, phone);
}

function register(world: World, site: SiteWorld, phone: Phone): void {
  const found = findRegistrar(world, site, phone);
  if (found !== 'throttled') setRegistration(world, phone, found);
  if (found === 'throttled' || found === null) retry(world, site, phone);
}

/** Tries the hosts in order; a gateway that throttles says when to come back, so the phone waits for it. */
function findRegistrar(world: World, site: SiteWorld, phone: Phone): 'new' | 'legacy' | 'throttled' | null {
  const legacyHost = bare(site.file.gateways.legacy.host);
  // Desk phones carry their old registrar as a backup server until they are provisioned anew.
  for (const host of [...lookUp(site, phone), legacyHost]) {
    if (host === site.newGateway.host && isInbound(site)) {
      // A refresh answers the last challenge beforehand; a first registration is challenged.
      const requests = phone.registeredAt === 'new' ? 1 : 2;
      return takeTokens(world, site, requests) ? 'new' : 'throttled';
    }
    if (host === legacyHost && legacyRegisters(site)) return 'legacy';
  }
  return null;
}

function retry(world: World, site: SiteWorld, phone: Phone): void {
  const { life } = phone;
  const wait = site.file.endpoints.retrySeconds * 1000 * world.random.between(1, 1.5);
  world.agenda.after(wait, () => {
    if (phone.life === life && !phone.booting) register(world, site, phone);
  });
}

function setRegistration(world: World, phone: Phone, registeredAt: Phone['registeredAt']): void {
  if (phone.registeredAt === registeredAt) return;
  phone.registeredAt = registeredAt;
  phone.since = world.agenda.now;
}

function legacyRegisters(site: SiteWorld): boolean {
  return site.legacyTrunks.some((trunk) => trunk.mode !== 'off');
}

function lookUp(site: SiteWorld, phone: Phone): string[] {
  const record = phoneRecord(site);
  const answer = phone.resolver.resolve(record.name, record.type);
  return hostsOf(record.type, answer.rrsets.at(-1)?.contents ?? []);
}

/** Phones use the site's alias where there is one, else its first record. */
function phoneRecord(site: SiteWorld): SiteWorld['file']['dns']['records'][number] {
  const { records } = site.file.dns;
  const record = records.find((candidate) => candidate.type === 'CNAME') ?? records[0];
  if (!record) throw new Error(`${site.name} has no record`);
  return record;
}

function hostsOf(type: string, contents: readonly string[]): string[] {
  if (type !== 'SRV') return contents.map(bare);
  const targets = contents.flatMap((content) => parseSrv(content) ?? []);
  return targets.sort((a, b) => a.priority - b.priority).map((target) => target.target);
}

/** The gateway's token bucket for REGISTER requests; a refusal is remembered. */
function takeTokens(world: World, site: SiteWorld, count: number): boolean {
  const { newGateway } = site;
  const { now } = world.agenda;
  const isStorm = world.faults.has('registration-storm');
  const perSecond = isStorm ? STORM_REGISTERS_PER_SECOND : site.file.endpoints.registersPerSecond;
  const capacity = Math.max(2, perSecond);
  const refilled = newGateway.tokens + ((now - newGateway.tokensAt) / 1000) * perSecond;
  newGateway.tokens = Math.min(capacity, refilled);
  newGateway.tokensAt = now;
  if (newGateway.tokens < count) {
    newGateway.refusedAt = now;
    return false;
  }
  newGateway.tokens -= count;
  return true;
}
