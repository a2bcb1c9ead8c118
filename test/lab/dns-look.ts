/** One look at a DNS server by its address, with the product's own probe. */

import { systemClock } from '../../src/adapters/clock/system-clock';
import { createResolver } from '../../src/adapters/probes/dns-client';
import type { ServerAddress } from '../../src/adapters/probes/server-address';
import type { DnsAnswer, Resolver } from '../../src/ports/resolver';

type Type = Parameters<Resolver['ask']>[2];

export function lookAt(server: ServerAddress, name: string, type: Type, recursion = true): Promise<DnsAnswer> {
  const servers = new Map([[`${server.address}:${server.port}`, server]]);
  const resolver = createResolver({ servers, clock: systemClock, timeoutMs: 2_000, tries: 2 });
  return resolver.ask(`${server.address}:${server.port}`, name, type, { recursion });
}
