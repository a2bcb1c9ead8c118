import { noted } from './adapters/http/call-notes';
import type { DnsProviderKind } from './core/site';
import type { DnsProvider } from './ports/dns-provider';
import type { World } from './ports/world';

/** Providers that are not reached by the one HTTP client, which notes its calls by itself. */
const BY_OTHER_MEANS: Partial<Readonly<Record<DnsProviderKind, string>>> = {
  route53: 'Route 53',
  rfc2136: 'DNS updates',
};

const wentWell = (): 'ok' => 'ok';

/** The same world; what is asked of it over DNS, SIP and a vendor's own client is noted like every other call. */
export function notedWorld(world: World): World {
  return {
    ...world,
    dns: (kind) => {
      const system = BY_OTHER_MEANS[kind];
      const provider = world.dns(kind);
      return system === undefined ? provider : notedProvider(system, provider);
    },
    resolver: {
      ...world.resolver,
      ask: (...about) => noted('DNS servers', wentWell, () => world.resolver.ask(...about)),
    },
    sip: {
      options: (...about) =>
        noted(
          'SIP gateways',
          ({ kind }) => (kind === 'answered' ? 'ok' : null),
          () => world.sip.options(...about),
        ),
    },
  };
}

function notedProvider(system: string, provider: DnsProvider): DnsProvider {
  const touch = provider.touch?.bind(provider);
  return {
    ...provider,
    read: (...about) => noted(system, wentWell, () => provider.read(...about)),
    write: (...about) => noted(system, wentWell, () => provider.write(...about)),
    ...(touch ? { touch: (...about) => noted(system, wentWell, () => touch(...about)) } : {}),
    settled: (...about) => noted(system, wentWell, () => provider.settled(...about)),
    authoritativeServers: (...about) => noted(system, wentWell, () => provider.authoritativeServers(...about)),
  };
}
