import type { Gateway } from '../core/site';

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
      readonly kind: 'refused' | 'silent' | 'certificate' | 'unresolved';
      readonly detail: string;
      readonly elapsedMs: number;
    };

/** Sends one OPTIONS by the gateway's transport; never throws for what the other side does. */
export interface SipProbe {
  options(gateway: Gateway): Promise<SipOutcome>;
}
