import type { Clock } from './clock';
import type { Digest } from './digest';
import type { DnsProvider } from './dns-provider';
import type { HttpCall } from './http-call';
import type { Crm, Legacy } from './legacy';
import type { Platform } from './platform';
import type { Resolver } from './resolver';
import type { SipProbe } from './sip-probe';

/** Everything outside that a step may read or change. */
export interface World {
  readonly dns: (provider: 'powerdns' | 'rest') => DnsProvider;
  readonly resolver: Resolver;
  readonly sip: SipProbe;
  readonly platform: Platform;
  readonly legacy: Legacy;
  readonly crm: Crm;
  readonly http: HttpCall;
  readonly clock: Clock;
  readonly digest: Digest;
}
