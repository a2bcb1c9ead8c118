import { createPowerDns } from './adapters/dns/power-dns';
import { createRestDns } from './adapters/dns/rest-dns';
import { sha256 } from './adapters/digest';
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

/** The well-known public resolvers by address, so that `dig @8.8.8.8` in a wave document asks the one that is configured. */
const WELL_KNOWN = new Map([
  ['8.8.8.8', 'google'],
  ['1.1.1.1', 'cloudflare'],
  ['9.9.9.9', 'quad9'],
]);

const PROBE_MS = 3_000;

/** Every system outside, as the settings name them. Nothing is contacted yet. */
export function composeWorld(settings: Settings, clock: Clock): World {
  const timeoutMs = settings.httpTimeoutMs;
  const providers = dnsProviders(settings, clock);
  return {
    dns: (provider) => {
      const found = providers.get(provider);
      if (!found) throw new Fault(`The site's DNS provider "${provider}" is not configured; its settings are in the README's table.`, { system: 'settings', transient: false });
      return found;
    },
    resolver: createResolver({ servers: new Map([...settings.resolvers, ...settings.nameServers]), aliases: WELL_KNOWN, clock, timeoutMs: PROBE_MS, tries: 2 }),
    sip: createSipProbe({ connectTo: settings.connectTo, ...(settings.sipTlsCa ? { tlsCa: settings.sipTlsCa } : {}), clock, timeoutMs: PROBE_MS }),
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
  const { powerDns, dnsRest } = settings;
  if (powerDns) providers.set('powerdns', createPowerDns({ baseUrl: powerDns.url, apiKey: powerDns.apiKey, serverId: powerDns.serverId, clock, timeoutMs }));
  if (dnsRest) providers.set('rest', createRestDns({ baseUrl: dnsRest.url, token: dnsRest.token, clock, timeoutMs }));
  return providers;
}

/** Where the paths of a literal wave document may go, and nowhere else. */
function literalSystems(settings: Settings): HttpCallSystem[] {
  const bearer = (token: string) => () => ({ authorization: `Bearer ${token}` });
  const { dnsRest, platformRest } = settings;
  return [
    ...(dnsRest ? [{ name: 'The DNS service', baseUrl: dnsRest.url, pathPrefixes: ['/api/v1/zones'], headers: bearer(dnsRest.token) }] : []),
    ...(platformRest ? [{ name: 'The platform', baseUrl: platformRest.url, pathPrefixes: ['/api/v2'], headers: bearer(platformRest.token) }] : []),
  ];
}
