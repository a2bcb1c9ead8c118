/** One location: its agents, trunks, queues, DNS records, resolvers and legacy system. A file in `sites/`. */

export type RecordType = 'SRV' | 'CNAME' | 'A' | 'AAAA';

/**
 * A record set that a wave may touch. `legacy` and `target` are whole sets in zone-file form, without trailing dots:
 * SRV `priority weight port target`, CNAME a host name, A and AAAA an address. `ttl` in seconds, as it is outside a migration.
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

/** The site's objects on Genesys Cloud, by their ids there. */
export interface SitePlatform {
  readonly kind: 'genesys-cloud';
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
  /** A regulated site has no overrides: no step may be skipped. */
  readonly regulated: boolean;
  readonly agents: readonly SiteAgent[];
  /** Cutover window, epoch ms; writes of the cutover itself happen only inside it. */
  readonly window: { readonly opens: number; readonly closes: number } | null;
  readonly policy: SitePolicy;
  readonly dns: {
    readonly provider: 'powerdns' | 'rest';
    readonly zone: string;
    readonly nameServers: readonly string[];
    readonly records: readonly SiteRecord[];
  };
  readonly resolvers: readonly SiteResolver[];
  readonly gateways: { readonly target: Gateway; readonly legacy: Gateway };
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
  readonly crm: { readonly entry: string };
}
