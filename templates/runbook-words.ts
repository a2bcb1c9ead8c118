import type { Site } from '../src/core/site';
import type { StepKind } from '../src/core/step-kinds';

type Words = ((site: Site) => string) | null;

/** How a person takes back a step by hand: where, and by which call. Null: nothing was written. */
export function byHand(kind: StepKind, site: Site): string | null {
  const own = site.platform.kind === 'nice-cxone' ? ON_CXONE[kind] : undefined;
  return (own ?? BY_HAND[kind])?.(site) ?? null;
}

const BY_HAND: Readonly<Record<StepKind, Words>> = {
  preflight: null,
  'lower-ttl': (site) =>
    `At the DNS provider, zone ${site.dns.zone}: set the TTL of each record set back (one write per set); leave its values as they are now.`,
  'assign-licences': () =>
    'On Genesys Cloud, Admin > People (POST /api/v2/license/organization with userIdsRemove): take each licence below from the users who did not hold it before; nobody else.',
  'provision-standby': (site) =>
    `On Genesys Cloud, Architect > Call routing (PUT /api/v2/architect/ivrs/${site.platform.callRoute ?? '{id}'}): take off the numbers below, which this wave added; leave all others.`,
  'shadow-routing': (site) =>
    `On Genesys Cloud, Architect > Data tables, row ${site.platform.allocation.row} (PUT /api/v2/flows/datatables/${site.platform.allocation.table}/rows/${site.platform.allocation.row}): set the shadow share back.`,
  'check-readiness': null,
  'switch-dns': (site) =>
    `At the DNS provider, zone ${site.dns.zone}: write the old record sets back whole, then ask ${site.dns.nameServers.join(' and ')} and every resolver until they show them.`,
  'confirm-propagation': null,
  'drain-legacy': (site) =>
    `On the legacy system: set each carrier trunk back to its old mode. Do this before anything of the new side is switched off.${carrierByHand(site)}`,
  'activate-inbound': () =>
    'On Genesys Cloud, Telephony > Trunks (PUT /api/v2/telephony/providers/edges/trunkbasesettings/{id}): set the inbound trunks back, only once legacy takes calls again.',
  'activate-outbound': (site) =>
    `On Genesys Cloud, Telephony > Sites > Outbound routes (PUT /api/v2/telephony/providers/edges/sites/${site.platform.site}/outboundroutes/{id}): set the routes back.`,
  'enable-failover': () =>
    'On Genesys Cloud, Telephony > Trunks (PUT /api/v2/telephony/providers/edges/trunkbasesettings/{id}): set the failover trunk back.',
  'shift-queues': (site) =>
    `On Genesys Cloud: set the allocation in data-table row ${site.platform.allocation.row} back first, then unjoin the site's agents who were not joined before, nobody else (PATCH /api/v2/routing/queues/{id}/members).`,
  'observe-calls': null,
  'retire-legacy': () =>
    'On the legacy system: switch the queues on again, then set the trunks back to their old mode.',
  'restore-ttl': (site) =>
    `At the DNS provider, zone ${site.dns.zone}: write the record sets of the cutover back whole (low TTL, legacy as second target).`,
  http: () => 'At the service of the wave document:',
};

/** Where NICE CXone has other places; the rest is the same there. */
const ON_CXONE: Readonly<Partial<Record<StepKind, (site: Site) => string>>> = {
  'assign-licences': () => 'On NICE CXone nothing was written.',
  'provision-standby': () => 'On NICE CXone nothing was written.',
  'shadow-routing': (site) => `${cxoneFile(site)}: set the shadow share back.`,
  'activate-inbound': () =>
    'On NICE CXone, ACD > Points of Contact (PUT /points-of-contact/{id}, with name, skill and script as they are): switch each one back, only once legacy takes calls again.',
  'activate-outbound': () =>
    'On NICE CXone, ACD > Skills (PUT /skills/{id}): switch the outbound skills back to active or not, as before.',
  'enable-failover': () =>
    'On NICE CXone, ACD > Points of Contact (PUT /points-of-contact/{id}): switch the failover one back.',
  'shift-queues': (site) =>
    `${cxoneFile(site)}: set the share back first; then, in ACD > Skills, make the site's agents' assignments inactive that were not active before, nobody else's (PUT /skills/{id}/agents).`,
};

/** A carrier that is led back before legacy takes calls, or whose new destination goes first, leaves callers outside. */
function carrierByHand({ carrier }: Site): string {
  if (!carrier) return '';
  const { trunk, legacy, target } = carrier;
  return ` Once it takes calls, at the carrier (${carrier.kind}), trunk ${trunk}, Origination: set the legacy destination ${legacy} back first, then the new one ${target} (POST /v1/Trunks/${trunk}/OriginationUrls/{id}).`;
}

function cxoneFile({ platform: { allocation } }: Site): string {
  return `On NICE CXone, file ${allocation.table}, line ${allocation.row} (GET and POST /files)`;
}

/** What is written back in another order than the captured state has it. */
export const ORDER: Readonly<Partial<Record<StepKind, readonly string[]>>> = {
  'drain-legacy': ['trunks', 'carrier'],
  'shift-queues': ['shares', 'diversion', 'queues'],
  'retire-legacy': ['queues', 'trunks'],
};

/** Captured, but not to be written: the step leaves it alone. */
export const UNTOUCHED: Readonly<Partial<Record<StepKind, readonly string[]>>> = {
  'lower-ttl': ['values'],
  'shadow-routing': ['allocationPercent'],
};
