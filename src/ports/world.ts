import type { DnsProviderKind, PlatformKind, Site, SiteCarrier } from '../core/site';
import type { Carrier } from './carrier';
import type { Clock } from './clock';
import type { Digest } from './digest';
import type { DnsProvider } from './dns-provider';
import type { Home } from './home';
import type { HttpCall } from './http-call';
import type { Crm, Legacy } from './legacy';
import type { Platform } from './platform';
import type { PlatformInspection } from './platform-inspection';
import type { Resolver } from './resolver';
import type { SipProbe } from './sip-probe';

/** Everything outside that the product can reach. What is not configured throws a permanent `Fault` when it is asked for. */
export interface World {
  readonly dns: (provider: DnsProviderKind) => DnsProvider;
  readonly resolver: Resolver;
  readonly sip: SipProbe;
  readonly platforms: (kind: PlatformKind) => Platform;
  readonly inspections: (kind: PlatformKind) => PlatformInspection;
  readonly carriers: (kind: SiteCarrier['kind']) => Carrier;
  readonly crms: (kind: NonNullable<Site['crm']['kind']>) => Crm;
  readonly legacy: Legacy;
  readonly http: HttpCall;
  readonly home: Home;
  readonly clock: Clock;
  readonly digest: Digest;
}

/** The world as one site sees it: its platform, its CRM. */
export interface SiteWorld extends World {
  readonly platform: Platform;
  readonly inspection: PlatformInspection;
  /** Null when the site has no carrier with a lever of its own. */
  readonly carrier: Carrier | null;
  readonly crm: Crm;
}
