/**
 * How an endpoint finds where to send a request for a SIP domain (RFC 3263), as pure arithmetic on DNS answers: which
 * questions come first, and in which order what they bring is tried. For `sip:` addresses; SCTP and WebSocket are left out.
 */
import type { SipTransport } from './site';

/** What an endpoint is told to reach. */
export interface SipDestination {
  readonly host: string;
  readonly port?: number;
  readonly transport?: SipTransport;
}

/** A set of servers to look for: an SRV name and the transport that it stands for. */
export interface SipService {
  readonly transport: SipTransport;
  readonly name: string;
  /** The record that leads there; null when the endpoint makes the name by itself. */
  readonly by: string | null;
}

export interface SrvRecord {
  readonly priority: number;
  readonly weight: number;
  readonly port: number;
  readonly target: string;
}

export interface NaptrRecord {
  readonly order: number;
  readonly preference: number;
  readonly flags: string;
  readonly service: string;
  readonly regexp: string;
  readonly replacement: string;
}

/** The first question of the search: none for an address, addresses for a host with a port, SRV or NAPTR otherwise. */
export type FirstQuestion =
  | { readonly kind: 'nothing'; readonly transport: SipTransport; readonly port: number }
  | { readonly kind: 'addresses'; readonly transport: SipTransport; readonly port: number }
  | { readonly kind: 'servers'; readonly service: SipService }
  | { readonly kind: 'services' };

const SRV_LABELS: Readonly<Record<SipTransport, string>> = { udp: '_sip._udp', tcp: '_sip._tcp', tls: '_sips._tcp' };
const NAPTR_SERVICES: Readonly<Record<string, SipTransport>> = {
  'sip+d2u': 'udp',
  'sip+d2t': 'tcp',
  'sips+d2t': 'tls',
};

export const defaultPort = (transport: SipTransport): number => (transport === 'tls' ? 5061 : 5060);

/** Sections 4.1 and 4.2. `supported`: the endpoint's transports, the one that it likes best first. */
export function firstQuestion(to: SipDestination, supported: readonly SipTransport[]): FirstQuestion {
  const numeric = isNumeric(to.host);
  if (numeric || to.port !== undefined) {
    const transport = to.transport ?? usualTransport(supported);
    return { kind: numeric ? 'nothing' : 'addresses', transport, port: to.port ?? defaultPort(transport) };
  }
  return to.transport === undefined
    ? { kind: 'services' }
    : { kind: 'servers', service: ownService(to.host, to.transport) };
}

/**
 * Section 4.1: the services of NAPTR records that the endpoint can use, best first. Only the least order that holds one
 * counts (RFC 3403 section 4.1); within it the preference decides, and among equals what the endpoint likes best.
 */
export function servicesByNaptr(values: readonly string[], supported: readonly SipTransport[]): readonly SipService[] {
  const usable = values.flatMap((value) => {
    const record = readNaptr(value);
    const transport = record ? NAPTR_SERVICES[record.service] : undefined;
    if (!record || transport === undefined || !supported.includes(transport)) return [];
    const leadsToServers = record.flags === 's' && record.regexp === '' && record.replacement !== '';
    return leadsToServers ? [{ record, transport, value }] : [];
  });
  const order = Math.min(...usable.map(({ record }) => record.order));
  return usable
    .filter(({ record }) => record.order === order)
    .sort(
      (a, b) =>
        a.record.preference - b.record.preference || supported.indexOf(a.transport) - supported.indexOf(b.transport),
    )
    .map(({ record, transport, value }) => ({ transport, name: record.replacement, by: value }));
}

/** Section 4.1, without NAPTR: one SRV question for each transport; which it then uses is the endpoint's own choice. */
export function servicesByTransport(domain: string, supported: readonly SipTransport[]): readonly SipService[] {
  return supported.map((transport) => ownService(domain, transport));
}

/** Section 4.2, without SRV: the domain's own addresses, at the transport that was chosen before and its usual port. */
export function usualTransport(supported: readonly SipTransport[]): SipTransport {
  return supported.includes('udp') ? 'udp' : (supported[0] ?? 'udp');
}

/**
 * RFC 2782: lower priorities first; among equals, one is drawn by weight after the other. `random` gives 0 up to 1.
 * A lone target "." says that the service is decidedly not there: null.
 */
export function orderServers(values: readonly string[], random: () => number): readonly SrvRecord[] | null {
  const records = values.flatMap((value) => readSrv(value) ?? []);
  const real = records.filter(({ target }) => target !== '');
  if (records.length > 0 && real.length === 0) return null;
  const priorities = [...new Set(real.map(({ priority }) => priority))].sort((a, b) => a - b);
  return priorities.flatMap((priority) =>
    drawn(
      real.filter((record) => record.priority === priority),
      random,
    ),
  );
}

/** Those without weight stand first, so that they have their small chance: the draw includes 0. */
function drawn(equals: readonly SrvRecord[], random: () => number): readonly SrvRecord[] {
  const left = [...equals].sort((a, b) => Math.sign(a.weight) - Math.sign(b.weight));
  const order: SrvRecord[] = [];
  while (left.length > 0) {
    const sum = left.reduce((total, { weight }) => total + weight, 0);
    const mark = Math.min(sum, Math.floor(random() * (sum + 1)));
    let running = 0;
    const at = left.findIndex(({ weight }) => {
      running += weight;
      return running >= mark;
    });
    order.push(...left.splice(at, 1));
  }
  return order;
}

/** One place in the order in which an endpoint tries. */
export interface SipCandidate {
  readonly transport: SipTransport;
  readonly host: string;
  readonly port: number;
  readonly address: string;
  /** The record that led there, as `dig` would show it. */
  readonly from: string;
  /** Whether an endpoint may come here first: of the chosen service the least priority, whatever the weights. */
  readonly first: boolean;
}

/**
 * Section 4.3: a 503, silence and a broken transport send an endpoint on to the next entry; any other answer is its
 * answer. `statusOf` gives null where there is no answer. Null when nobody is left.
 */
export function servedBy<Candidate extends SipCandidate>(
  candidates: readonly Candidate[],
  statusOf: (candidate: Candidate) => number | null,
): Candidate | null {
  return (
    candidates.find((candidate) => {
      const status = statusOf(candidate);
      return status !== null && status !== 503;
    }) ?? null
  );
}

/** `priority weight port target`; null for anything else. The root as a target, a lone dot, may have been cut off. */
export function readSrv(value: string): SrvRecord | null {
  const [, priority, weight, port, target = ''] = /^(\d{1,5}) (\d{1,5}) (\d{1,5})(?: (\S+))?$/.exec(value.trim()) ?? [];
  const figures = [priority, weight, port].map(Number);
  if (port === undefined || figures.some((figure) => figure > 65_535)) return null;
  const host = target.toLowerCase().replace(/\.$/, '');
  return { priority: figures[0] ?? 0, weight: figures[1] ?? 0, port: figures[2] ?? 0, target: host };
}

/** `order preference "flags" "service" "regexp" replacement`; null for anything else. Case means nothing in it. */
export function readNaptr(value: string): NaptrRecord | null {
  const form = /^(\d{1,5}) (\d{1,5}) "([^"]*)" "([^"]*)" "((?:[^"\\]|\\.)*)"(?: (\S+))?$/;
  const [, order, preference, flags = '', service = '', regexp = '', replacement = ''] = form.exec(value.trim()) ?? [];
  if (order === undefined || Number(order) > 65_535 || Number(preference) > 65_535) return null;
  return {
    order: Number(order),
    preference: Number(preference),
    flags: flags.toLowerCase(),
    service: service.toLowerCase(),
    regexp,
    replacement: replacement.toLowerCase().replace(/\.$/, ''),
  };
}

function ownService(domain: string, transport: SipTransport): SipService {
  return { transport, name: `${SRV_LABELS[transport]}.${domain}`, by: null };
}

/** Names never consist of digits and dots alone, and never hold a colon. */
export const isNumeric = (host: string): boolean => /^[\d.]+$/.test(host) || host.includes(':');
