/** One location: its agents, trunks, queues, DNS records, resolvers and legacy system. A file in `sites/`. */

export type RecordType = 'SRV' | 'CNAME' | 'A' | 'AAAA' | 'NAPTR';

export type DnsProviderKind = 'powerdns' | 'rfc2136' | 'route53' | 'cloudflare' | 'rest';

/**
 * A record set that a wave may touch. `legacy` and `target` are whole sets in zone-file form, without trailing dots:
 * SRV `priority weight port target`, CNAME a host name, A and AAAA an address, NAPTR `order preference "flags" "service"
 * "regexp" replacement`. `ttl` in seconds, as it is outside a migration.
 */
export interface SiteRecord {
  readonly name: string;
  readonly type: RecordType;
  readonly ttl: number;
  readonly legacy: readonly string[];
  readonly target: readonly string[];
}

export interface SiteResolver {
  readonly name: string;
  /** Distinct locations are counted: at least three must agree. */
  readonly location: string;
  readonly kind: 'public' | 'enterprise';
}

export type SipTransport = 'udp' | 'tcp' | 'tls';

export interface Gateway {
  readonly host: string;
  readonly port: number;
  readonly transport: SipTransport;
  /** Final answers to OPTIONS that prove the gateway ready, besides 2xx: many border controllers answer strangers 403 or 405. */
  readonly expect?: readonly number[];
}

export interface SiteAgent {
  readonly agent: string;
  readonly user: string;
  readonly phone: string;
  readonly group: string;
}

export interface SiteQueue {
  readonly name: string;
  readonly queue: string;
  readonly groups: readonly string[];
}

export type PlatformKind = 'genesys-cloud' | 'nice-cxone';

/**
 * The site's objects on the platform, by their ids there. On NICE CXone, which has neither trunks nor sites: `site` is a
 * team, `trunkBase` a point of contact (its inbound switch), `route` an outbound skill, `queue` a skill, `table` and
 * `row` a file and the line in it that the Studio script reads, `shadowFlow` the skill of the shadow legs, and `licences`
 * the products that the business unit must have enabled.
 */
export interface SitePlatform {
  readonly kind: PlatformKind;
  readonly organisation: string;
  readonly site: string;
  readonly inboundTrunks: readonly { readonly name: string; readonly trunkBase: string }[];
  readonly failoverTrunks: readonly { readonly name: string; readonly trunkBase: string }[];
  readonly outboundRoutes: readonly { readonly name: string; readonly route: string }[];
  readonly queues: readonly SiteQueue[];
  /** The data-table row that the inbound flow reads: `allocationPercent` and `shadowPercent`. */
  readonly allocation: { readonly table: string; readonly row: string };
  readonly shadowFlow: string;
  readonly managementUnit: string | null;
  readonly licences: readonly string[];
  /** Genesys Cloud only: the emergency group that sends the site's call routes to their legacy flow at once. */
  readonly emergencyGroup?: string;
  /** Genesys Cloud only: the call route that must have the site's numbers; those that nobody has are given to it. */
  readonly callRoute?: string;
}

/** A carrier that spreads the site's inbound calls over SIP destinations: the lever where the platform has no trunks. */
export interface SiteCarrier {
  readonly kind: 'twilio';
  /** The trunk's id at the carrier (TK...). */
  readonly trunk: string;
  /** Ids of its destinations (OU...): the legacy gateway and the new one. */
  readonly legacy: string;
  readonly target: string;
}

/** Who may do what. Entries are Slack user ids (U..., W...) or user group ids (S...). */
export interface SitePolicy {
  readonly operators: readonly string[];
  readonly approvers: readonly string[];
  readonly quorum: number;
  /** Per gate, by the kind of the step that it guards; what is absent falls back to the site's own. */
  readonly gates: Readonly<Record<string, GateRule>>;
}

export interface GateRule {
  readonly approvers?: readonly string[];
  readonly quorum?: number;
  readonly reasonRequired?: boolean;
}

export interface Site {
  readonly site: string;
  readonly name: string;
  readonly timeZone: string;
  readonly recipe: string;
  /** Sites whose newest wave has to be completed before this one's may begin. */
  readonly after?: readonly string[];
  /** A regulated site has no overrides: no step may be skipped. */
  readonly regulated: boolean;
  readonly agents: readonly SiteAgent[];
  /** Cutover window, epoch ms; writes of the cutover itself happen only inside it. */
  readonly window: { readonly opens: number; readonly closes: number } | null;
  readonly policy: SitePolicy;
  readonly dns: {
    readonly provider: DnsProviderKind;
    readonly zone: string;
    /** The zone's id where the provider has one of its own: Route 53 and Cloudflare. */
    readonly zoneId?: string;
    readonly nameServers: readonly string[];
    readonly records: readonly SiteRecord[];
  };
  readonly resolvers: readonly SiteResolver[];
  readonly gateways: { readonly target: Gateway; readonly legacy: Gateway };
  /** The SIP domain that the endpoints register to: its NAPTR and SRV records are followed like theirs (RFC 3263). */
  readonly sipDomain?: string;
  /** Probes inside the site's network, by the names of the settings: they see what the endpoints see. */
  readonly probes?: readonly string[];
  readonly carrier?: SiteCarrier;
  readonly endpoints: { readonly retrySeconds: number; readonly registersPerSecond: number };
  readonly platform: SitePlatform;
  /** What the legacy side offers and the new side must mirror exactly. */
  readonly mirror: {
    readonly dids: readonly string[];
    readonly callerId: string;
    readonly codecs: readonly string[];
    readonly maxConcurrentSessions: number;
  };
  readonly legacy: { readonly trunks: readonly string[]; readonly queues: readonly string[] };
  readonly crm: { readonly entry: string; readonly kind?: 'http' | 'salesforce' };
}
