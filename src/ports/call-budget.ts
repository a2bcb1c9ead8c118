/** How many calls a vendor's platform gets from us, over all processes that share a client of it. */
export interface CallBudget {
  /**
   * Resolves when one call may be sent; callers are served in the order of asking. Throws a transient `Fault` with the
   * wait when the platform has asked everybody to stay away for longer than a call may take.
   */
  take(): Promise<void>;
  /** The platform asks for silence: nobody's next call is sent before `ms` of the product's clock have passed. */
  pause(ms: number): Promise<void>;
  /** The platform allows so many calls a minute: where that is less than ours, we keep below it from now on. */
  keepBelow(allowed: number): void;
  figures(): Promise<CallBudgetFigures>;
}

export interface CallBudgetFigures {
  /** Calls of about the last minute, by everybody when `shared`, else by this process. */
  readonly taken: number;
  /** The most that any minute sees of us. */
  readonly limit: number;
  /** Epoch ms of the product's clock; null when nobody waits for the platform. */
  readonly pausedUntil: number | null;
  /** False while the common store cannot be asked: this process then keeps to a share of its own. */
  readonly shared: boolean;
}
