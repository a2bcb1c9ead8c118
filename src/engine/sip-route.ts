import {
  defaultPort,
  firstQuestion,
  orderServers,
  type SipCandidate,
  type SipDestination,
  type SipService,
  servicesByNaptr,
  servicesByTransport,
  usualTransport,
} from '../core/sip-route';
import type { SipTransport } from '../core/site';
import type { DnsAnswer, Resolver } from '../ports/resolver';

/** Where endpoints that ask this server come to, in their order; or why that cannot be told. */
export type SipRoute =
  | { readonly kind: 'found'; readonly candidates: readonly SipCandidate[] }
  | { readonly kind: 'unknown'; readonly why: string };

export interface RouteSearch {
  /** Name of a configured server: its answers are what the endpoints behind it get. */
  readonly server: string;
  readonly to: SipDestination;
  /** The endpoints' transports, the one that they like best first. */
  readonly supported: readonly SipTransport[];
  /** 0 up to 1, for servers of equal priority. */
  readonly random: () => number;
}

/** Of one search. A domain has a handful of each; more is a mistake or an attack. */
const MOST_SERVICES = 8;
const MOST_SERVERS = 20;

/** Follows a SIP domain like an endpoint (RFC 3263). Faults of the resolver are the caller's; refusals are `unknown`. */
export async function followSipDomain(resolver: Resolver, search: RouteSearch): Promise<SipRoute> {
  const look = rememberingLook(resolver, search.server);
  try {
    return { kind: 'found', candidates: await candidatesOf(look, search) };
  } catch (cause) {
    if (cause instanceof NoAnswer) return { kind: 'unknown', why: cause.message };
    throw cause;
  }
}

type Look = (name: string, type: 'NAPTR' | 'SRV' | 'A' | 'AAAA') => Promise<readonly string[]>;

/** A server that answers neither "this" nor "nothing": what an endpoint would do then depends on its next try. */
class NoAnswer extends Error {}

/** Each question once: several targets share a host, and the order must not depend on a cache that has just changed. */
function rememberingLook(resolver: Resolver, server: string): Look {
  const asked = new Map<string, Promise<DnsAnswer>>();
  return async (name, type) => {
    const question = `${name} ${type}`;
    const asking = asked.get(question) ?? resolver.ask(server, name, type);
    asked.set(question, asking);
    const { rcode, values } = await asking;
    if (rcode !== 'NOERROR' && rcode !== 'NXDOMAIN') throw new NoAnswer(`${question} gives ${rcode}`);
    return values;
  };
}

async function candidatesOf(look: Look, { to, supported, random }: RouteSearch): Promise<readonly SipCandidate[]> {
  const question = firstQuestion(to, supported);
  switch (question.kind) {
    case 'nothing': {
      const { transport, port } = question;
      return [{ transport, host: to.host, port, address: to.host, from: 'the address itself', first: true }];
    }
    case 'addresses':
      return atHost(look, to.host, question);
    case 'servers':
      return (
        (await fromServices(look, [question.service], random, 'first')) ??
        atHost(look, to.host, usual(question.service.transport))
      );
    case 'services': {
      const named = servicesByNaptr(await look(to.host, 'NAPTR'), supported);
      const services = named.length > 0 ? named : servicesByTransport(to.host, supported);
      const found = await fromServices(look, services, random, named.length > 0 ? 'first' : 'each');
      return found ?? atHost(look, to.host, usual(named[0]?.transport ?? usualTransport(supported)));
    }
  }
}

const usual = (transport: SipTransport) => ({ transport, port: defaultPort(transport) });

/**
 * The servers of the services, in their order; null when no service has a record, so that the domain's own addresses are
 * next. `chosen` says whether the endpoint begins with the first service that has servers, or picks one by itself.
 */
async function fromServices(
  look: Look,
  services: readonly SipService[],
  random: () => number,
  chosen: 'first' | 'each',
): Promise<readonly SipCandidate[] | null> {
  const candidates: SipCandidate[] = [];
  let anyRecord = false;
  for (const { transport, name, by } of services.slice(0, MOST_SERVICES)) {
    const values = await look(name, 'SRV');
    anyRecord ||= values.length > 0;
    let leading: number | null = null;
    for (const { priority, weight, port, target } of (orderServers(values, random) ?? []).slice(0, MOST_SERVERS)) {
      const addresses = await addressesOf(look, target);
      if (addresses.length === 0) continue;
      if (leading === null && (chosen === 'each' || candidates.length === 0)) leading = priority;
      const from = `${by === null ? '' : `NAPTR ${by}, `}${name} SRV ${priority} ${weight} ${port} ${target}`;
      const first = priority === leading;
      candidates.push(...addresses.map((address) => ({ transport, host: target, port, address, from, first })));
    }
  }
  return anyRecord ? candidates : null;
}

async function atHost(
  look: Look,
  host: string,
  { transport, port }: { readonly transport: SipTransport; readonly port: number },
): Promise<readonly SipCandidate[]> {
  const addresses = await addressesOf(look, host);
  return addresses.map((address) => ({
    transport,
    host,
    port,
    address,
    from: `${host} ${typeOf(address)}`,
    first: true,
  }));
}

async function addressesOf(look: Look, host: string): Promise<readonly string[]> {
  return [...(await look(host, 'A')), ...(await look(host, 'AAAA'))];
}

const typeOf = (address: string): 'A' | 'AAAA' => (address.includes(':') ? 'AAAA' : 'A');
