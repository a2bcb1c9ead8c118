/** One SIP destination of a carrier's trunk. Lower `priority` goes first; equal ones share by `weight`. */
export interface CarrierTarget {
  readonly id: string;
  readonly uri: string;
  readonly enabled: boolean;
  /** 0 to 65535. */
  readonly priority: number;
  /** 1 to 65535. */
  readonly weight: number;
}

/**
 * A carrier that spreads the inbound calls of a trunk over SIP destinations. A change holds for new calls; live ones go
 * on. Writes read first, write only what differs and return whether they wrote. Throws `Fault`.
 */
export interface Carrier {
  readonly name: string;
  targets(trunk: string): Promise<readonly CarrierTarget[]>;
  setTarget(
    trunk: string,
    target: string,
    next: Partial<Pick<CarrierTarget, 'enabled' | 'priority' | 'weight'>>,
  ): Promise<boolean>;
}
