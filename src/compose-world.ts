import { sha256 } from './adapters/digest';
import { createPowerDns } from './adapters/dns/power-dns';
import { createRestDns } from './adapters/dns/rest-dns';
import { createHttpCall, type HttpCallSystem } from './adapters/legacy/http-call';
import { createHttpCrm } from './adapters/legacy/http-crm';
import { createHttpLegacy } from './adapters/legacy/http-legacy';
import { createGenesysCloud } from './adapters/platforms/genesys-cloud';
import { createResolver } from './adapters/probes/dns-client';
import { createSipProbe } from './adapters/probes/sip-options';
import type { Settings } from './parse/settings';
import type { Clock } from './ports/clock';
import type { DnsProvider } from './ports/dns-provider';
import { Fault } from './ports/fault';
import type { World } from './ports/world';

const PROBE_MS = 3_000;

/** Every system outside, as the settings name them. Nothing is contacted yet. */
export function composeWorld(settings: Settings, clock: Clock): World {
  const timeoutMs = settings.httpTimeoutMs;
  const providers = dnsProviders(settings, clock);
  return {
    dns: (provider) => {
      const found = providers.get(provider);
      if (!found)
        throw new Fault(
          `The site's DNS provider "${provider}" is not configured; its settings are in the README's table.`,
          { system: 'settings', transient: false },
        );
      return found;
    },
    resolver: createResolver({
      servers: new Map([...settings.resolvers, ...settings.nameServers]),
      aliases: settings.resolverAliases,
      clock,
      timeoutMs: PROBE_MS,
      tries: 2,
    }),
    sip: createSipProbe({
      connectTo: settings.connectTo,
      ...(settings.sipTlsCa ? { tlsCa: settings.sipTlsCa } : {}),
      clock,
      timeoutMs: PROBE_MS,
    }),
    platform: createGenesysCloud({ ...settings.genesys, clock, timeoutMs }),
    legacy: createHttpLegacy({ baseUrl: settings.legacy.url, token: settings.legacy.token, clock, timeoutMs }),
    crm: createHttpCrm({ baseUrl: settings.crm.url, token: settings.crm.token, clock, timeoutMs }),
    http: createHttpCall({ systems: literalSystems(settings), clock, timeoutMs }),
    clock,
    digest: sha256,
  };
}

function dnsProviders(settings: Settings, clock: Clock): ReadonlyMap<string, DnsProvider> {
  const timeoutMs = settings.httpTimeoutMs;
  const providers = new Map<string, DnsProvider>();
  const { powerDns, restDns } = settings;
  if (powerDns)
    providers.set(
      'powerdns',
      createPowerDns({ baseUrl: powerDns.url, apiKey: powerDns.apiKey, serverId: powerDns.serverId, clock, timeoutMs }),
    );
  if (restDns) providers.set('rest', createRestDns({ baseUrl: restDns.url, token: restDns.token, clock, timeoutMs }));
  return providers;
}

/** Where the paths of a literal wave document may go, and nowhere else. */
function literalSystems(settings: Settings): HttpCallSystem[] {
  const bearer = (token: string) => () => ({ authorization: `Bearer ${token}` });
  const { restDns, platformRest } = settings;
  return [
    ...(restDns
      ? [
          {
            name: 'The DNS service',
            baseUrl: restDns.url,
            pathPrefixes: ['/api/v1/zones'],
            headers: bearer(restDns.token),
          },
        ]
      : []),
    ...(platformRest
      ? [
          {
            name: 'The platform',
            baseUrl: platformRest.url,
            pathPrefixes: ['/api/v2'],
            headers: bearer(platformRest.token),
          },
        ]
      : []),
  ];
}
