import type { Evidence } from '../../src/core/evidence';
import { type SipCandidate, servedBy } from '../../src/core/sip-route';
import type { Gateway, SipTransport, SiteResolver } from '../../src/core/site';
import { followSipDomain, type SipRoute } from '../../src/engine/sip-route';
import { line } from './outcomes';
import type { StepContext } from './step-work';

export type Side = 'legacy' | 'target';

export interface RouteFinding {
  readonly resolver: SiteResolver;
  /** `unknown`: the resolver answered neither with records nor that there are none. */
  readonly state: 'right' | 'astray' | 'unknown';
  readonly evidence: Evidence;
}

/** Statuses of the gateways' answers to OPTIONS, null without one. Given, it is told who takes the endpoints as things are. */
export type Answers = Readonly<Record<Side, number | null>>;

/** A candidate and whose it is; `other` is neither gateway of the site. */
type Place = SipCandidate & { readonly side: Side | 'other' };

/** So many places of an order are written out; endpoints hardly ever come further. */
const PLACES_SHOWN = 4;
const NAMES: Readonly<Record<Place['side'], string>> = { legacy: 'legacy', target: 'new', other: 'neither gateway' };

/**
 * Where the endpoints behind each enterprise resolver come first when they look the site's SIP domain up (RFC 3263), and
 * whether that is the wanted gateway alone. Nothing for a site that names no domain. Public resolvers are not the endpoints'.
 */
export async function sipRoutes(
  context: StepContext,
  wanted: Side,
  answers?: Answers,
): Promise<readonly RouteFinding[]> {
  const { sipDomain, resolvers } = context.plan.site;
  if (sipDomain === undefined) return [];
  const enterprise = resolvers.filter(({ kind }) => kind === 'enterprise');
  return Promise.all(enterprise.map((resolver) => routeBehind(context, resolver, sipDomain, wanted, answers)));
}

async function routeBehind(
  context: StepContext,
  resolver: SiteResolver,
  domain: string,
  wanted: Side,
  answers: Answers | undefined,
): Promise<RouteFinding> {
  const { gateways } = context.plan.site;
  const supported = [...new Set<SipTransport>([gateways.legacy.transport, gateways.target.transport])];
  const route = await followSipDomain(context.world.resolver, {
    server: resolver.name,
    to: { host: domain },
    supported,
    random: draws(context, `${context.wave} ${resolver.name}`),
  });
  const asked = `where endpoints of ${domain} go, by ${resolver.name}`;
  if (route.kind === 'unknown')
    return { resolver, state: 'unknown', evidence: line(context, asked, `cannot be told: ${route.why}`, false) };
  const places = await placesOf(context, resolver, route);
  const first = places.filter((place) => place.first);
  const right = first.length > 0 && first.every(({ side }) => side === wanted);
  const order = places.length === 0 ? 'nowhere: no record leads anywhere' : orderText(places);
  const evidence = line(context, asked, `${order}${answers ? takerText(places, answers) : ''}`, right);
  return { resolver, state: right ? 'right' : 'astray', evidence };
}

/** By name and port; by address where the records name the same machine otherwise, as a CNAME or an A record does. */
async function placesOf(
  context: StepContext,
  resolver: SiteResolver,
  { candidates }: Extract<SipRoute, { kind: 'found' }>,
): Promise<readonly Place[]> {
  const { gateways } = context.plan.site;
  const byName = (candidate: SipCandidate) => sides.find((side) => isNamed(candidate, gateways[side])) ?? 'other';
  const named = candidates.map((candidate): Place => ({ ...candidate, side: byName(candidate) }));
  if (named.every(({ side }) => side !== 'other')) return named;
  const addresses = { legacy: await addressesOf('legacy'), target: await addressesOf('target') };
  return named.map((place) => {
    if (place.side !== 'other') return place;
    const matching = sides.filter((side) => place.port === gateways[side].port && addresses[side].has(place.address));
    // One address for both gateways tells nothing of which is reached.
    return { ...place, side: matching.length === 1 ? (matching[0] ?? 'other') : 'other' };
  });

  async function addressesOf(side: Side): Promise<ReadonlySet<string>> {
    const { host } = gateways[side];
    const answers = await Promise.all(
      (['A', 'AAAA'] as const).map((type) => context.world.resolver.ask(resolver.name, host, type)),
    );
    return new Set(answers.flatMap(({ values }) => values));
  }
}

const sides: readonly Side[] = ['legacy', 'target'];

function isNamed(candidate: SipCandidate, gateway: Gateway): boolean {
  return candidate.host === gateway.host && candidate.port === gateway.port;
}

/** `first legacy sbc.x:5060/udp (192.0.2.1) or ...; then new ...`: the order in which an endpoint tries. */
function orderText(places: readonly Place[]): string {
  const shown = places.slice(0, PLACES_SHOWN);
  const text = (place: Place) =>
    `${NAMES[place.side]} ${place.host}:${place.port}/${place.transport} (${place.address})`;
  const first = shown.filter((place) => place.first).map(text);
  const then = shown.filter((place) => !place.first).map((place) => `; then ${text(place)}`);
  const more = places.length - shown.length;
  const start = places.find((place) => place.first);
  const by = start ? `; by ${start.from}` : '';
  return `first ${first.join(' or ')}${then.join('')}${more > 0 ? `; ${more} more` : ''}${by}`;
}

/** Strangers are not asked, so they count as silent: an endpoint may get an answer there all the same. */
function takerText(places: readonly Place[], answers: Answers): string {
  const taker = servedBy(places, ({ side }) => (side === 'other' ? null : answers[side]));
  return `; as both gateways answer now, ${taker ? `${NAMES[taker.side]} takes them` : 'neither takes them'}`;
}

/** The same wave draws the same order, so that two looks at the same records read alike. */
function draws({ world }: StepContext, seed: string): () => number {
  let count = 0;
  return () => {
    count += 1;
    return Number.parseInt(world.digest(`${seed} ${count}`).slice(0, 8), 16) / 2 ** 32;
  };
}
