import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';

/** Where a server listens. */
export interface ServerAddress {
  /** IPv4 or IPv6, never a name. */
  readonly address: string;
  readonly port: number;
}

/** An unbound UDP socket of the server's family. It looks no name up: a probe that asks the system's resolver measures that one. */
export function udpSocketTo(server: ServerAddress): Socket {
  const family = isIPv6(server.address) ? 6 : 4;
  return createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    lookup: (host, _options, done) => done(null, host, family),
  });
}
