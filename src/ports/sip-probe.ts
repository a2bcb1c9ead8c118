import type { Gateway } from '../core/site';

/** What is wrong with a gateway's certificate. `ours`: the gateway wants one of us and was shown none that it takes. */
export type CertificateFault = 'name' | 'issuer' | 'expired' | 'not-yet-valid' | 'ours' | 'other';

/** How a gateway took a SIP OPTIONS (RFC 3261 section 11). */
export type SipOutcome =
  | {
      readonly kind: 'answered';
      readonly status: number;
      readonly reason: string;
      readonly retryAfterSeconds: number | null;
      readonly elapsedMs: number;
    }
  | {
      readonly kind: 'certificate';
      readonly wrong: CertificateFault;
      readonly detail: string;
      readonly elapsedMs: number;
    }
  | {
      /** `silent`: nothing came back in time. `refused`: the other side closed or reset. `unresolved`: the name has no address. */
      readonly kind: 'refused' | 'silent' | 'unresolved';
      readonly detail: string;
      readonly elapsedMs: number;
    };

/**
 * Sends one OPTIONS by the gateway's transport; never throws for what the gateway does.
 *
 * `from` names a vantage point, a probe inside a site's network; left out, it is the product's own network. A vantage
 * point that does not answer is a transient `Fault`, one that is not configured or refuses a permanent one: nothing is
 * known of the gateway then.
 */
export interface SipProbe {
  options(gateway: Gateway, from?: string): Promise<SipOutcome>;
}
