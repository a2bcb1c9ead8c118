/** Where a server listens. */
export interface ServerAddress {
  /** IPv4 or IPv6. */
  readonly address: string;
  readonly port: number;
}
