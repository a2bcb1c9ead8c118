import type { RecordType } from '../core/site';

/** One DNS answer, with everything `dig` would show that matters here. Values as in `SiteRecord`, sorted; TTLs in seconds. */
export interface DnsAnswer {
  readonly server: string;
  readonly question: string;
  readonly at: number;
  readonly rcode: string;
  readonly authoritative: boolean;
  /** AD: the server says that it has validated the answer (RFC 4035). Only as good as the way to that server. */
  readonly authenticData: boolean;
  readonly truncatedOverUdp: boolean;
  /** NAPTR: `order preference "flags" "service" "regexp" replacement`; SOA: `mname rname serial refresh retry expire minimum`. */
  readonly values: readonly string[];
  /** The least TTL of the answer's records, CNAMEs on the way to an address among them; null without any. */
  readonly ttl: number | null;
  /** How long it is remembered that nothing is there (RFC 2308), s; null for an answer with values or without an SOA. */
  readonly negativeTtl: number | null;
  /** Extended DNS errors (RFC 8914), for example 3 = stale answer. */
  readonly extendedErrors: readonly number[];
  /** Real time on the network, ms. */
  readonly elapsedMs: number;
}

export type QuestionType = RecordType | 'SOA' | 'NS';

/**
 * Asks one DNS server one question over UDP, over TCP when the answer is truncated. `server` is the name of a configured
 * server (a resolver or a name server), never an address from elsewhere; an unknown name is a permanent `Fault`. NXDOMAIN
 * and SERVFAIL are answers; silence is a transient `Fault`.
 */
export interface Resolver {
  ask(server: string, name: string, type: QuestionType, options?: { readonly recursion?: boolean }): Promise<DnsAnswer>;
  knows(server: string): boolean;
}
