import { createTwilio } from './adapters/carriers/twilio';
import { sha256 } from './adapters/digest';
import { createCloudflare } from './adapters/dns/cloudflare';
import { createPowerDns } from './adapters/dns/power-dns';
import { createRestDns } from './adapters/dns/rest-dns';
import { createRfc2136 } from './adapters/dns/rfc2136';
import { createRoute53 } from './adapters/dns/route53';
import { createHttpCall, type HttpCallSystem } from './adapters/legacy/http-call';
import { createHttpCrm } from './adapters/legacy/http-crm';
import { createHttpLegacy } from './adapters/legacy/http-legacy';
import { createRecipeLegacy } from './adapters/legacy/recipe-legacy';
import { createSalesforceCrm } from './adapters/legacy/salesforce-crm';
import { createGenesysCloud } from './adapters/platforms/genesys-cloud';
import { createNiceCxone } from './adapters/platforms/nice-cxone';
import { composeProbes } from './compose-probes';
import type { DnsProviderKind, PlatformKind, Site, SiteCarrier } from './core/site';
import type { Settings } from './parse/settings';
import type { CallBudget } from './ports/call-budget';
import type { Carrier } from './ports/carrier';
import type { Clock } from './ports/clock';
import type { DnsProvider } from './ports/dns-provider';
import { Fault } from './ports/fault';
import type { Home } from './ports/home';
import type { Crm, Legacy } from './ports/legacy';
import type { Platform } from './ports/platform';
import type { PlatformInspection } from './ports/platform-inspection';
import type { World } from './ports/world';

/** Every system outside, as the settings name them. Nothing is contacted yet. */
export function composeWorld(settings: Settings, clock: Clock, genesysBudget: CallBudget, home: Home): World {
  const timeoutMs = settings.httpTimeoutMs;
  const providers = dnsProviders(settings, clock);
  const platforms = platformsOf(settings, clock, genesysBudget);
  const carriers = carriersOf(settings, clock);
  const crms = crmsOf(settings, clock);
  return {
    dns: (kind) => providers.get(kind) ?? notConfigured(`the site's DNS provider "${kind}"`),
    ...composeProbes(settings, clock),
    platforms: (kind) => platforms.get(kind) ?? notConfigured(`the platform "${kind}"`),
    inspections: (kind) => platforms.get(kind)?.inspection ?? notConfigured(`an inspection of the platform "${kind}"`),
    carriers: (kind) => carriers.get(kind) ?? notConfigured(`the carrier "${kind}"`),
    legacy: legacyOf(settings, clock),
    crms: (kind) => crms.get(kind) ?? notConfigured(`the CRM "${kind}"`),
    http: createHttpCall({ systems: literalSystems(settings), clock, timeoutMs }),
    home,
    clock,
    digest: sha256,
  };
}

type InspectedPlatform = Platform & { readonly inspection: PlatformInspection };

function platformsOf(
  { genesys, cxone, httpTimeoutMs: timeoutMs }: Settings,
  clock: Clock,
  budget: CallBudget,
): ReadonlyMap<PlatformKind, InspectedPlatform> {
  const platforms = new Map<PlatformKind, InspectedPlatform>();
  if (genesys) platforms.set('genesys-cloud', createGenesysCloud({ ...genesys, clock, timeoutMs, budget }));
  if (cxone) platforms.set('nice-cxone', createNiceCxone({ ...cxone, clock, timeoutMs }));
  return platforms;
}

function legacyOf({ legacy, legacyRecipe, httpTimeoutMs: timeoutMs }: Settings, clock: Clock): Legacy {
  const generic = createHttpLegacy({ baseUrl: legacy.url, token: legacy.token, clock, timeoutMs });
  return legacyRecipe ? createRecipeLegacy(generic, { ...legacyRecipe, clock, timeoutMs }) : generic;
}

function crmsOf(
  { crm, salesforce, httpTimeoutMs: timeoutMs }: Settings,
  clock: Clock,
): ReadonlyMap<NonNullable<Site['crm']['kind']>, Crm> {
  const crms = new Map<NonNullable<Site['crm']['kind']>, Crm>();
  if (crm) crms.set('http', createHttpCrm({ baseUrl: crm.url, token: crm.token, clock, timeoutMs }));
  if (salesforce) crms.set('salesforce', createSalesforceCrm({ ...salesforce, clock, timeoutMs }));
  return crms;
}

function carriersOf(
  { twilio, httpTimeoutMs: timeoutMs }: Settings,
  clock: Clock,
): ReadonlyMap<SiteCarrier['kind'], Carrier> {
  return new Map(twilio ? [['twilio', createTwilio({ ...twilio, baseUrl: twilio.url, clock, timeoutMs })]] : []);
}

/** What a site's file names and the settings do not. */
function notConfigured(what: string): never {
  const message = `${what[0]?.toUpperCase()}${what.slice(1)} is not configured; its settings are listed in docs/settings.md.`;
  throw new Fault(message, { system: 'settings', transient: false });
}

function dnsProviders(settings: Settings, clock: Clock): ReadonlyMap<DnsProviderKind, DnsProvider> {
  const timeoutMs = settings.httpTimeoutMs;
  const providers = new Map<DnsProviderKind, DnsProvider>();
  const { powerDns, restDns, rfc2136, route53, cloudflare } = settings;
  if (powerDns)
    providers.set(
      'powerdns',
      createPowerDns({ baseUrl: powerDns.url, apiKey: powerDns.apiKey, serverId: powerDns.serverId, clock, timeoutMs }),
    );
  if (restDns) providers.set('rest', createRestDns({ baseUrl: restDns.url, token: restDns.token, clock, timeoutMs }));
  // Signatures are compared with the server's own clock, so they bear the time of the real world.
  if (rfc2136) providers.set('rfc2136', createRfc2136({ ...rfc2136, realNow: Date.now, timeoutMs }));
  if (route53) providers.set('route53', createRoute53({ ...route53, clock, timeoutMs }));
  if (cloudflare)
    providers.set(
      'cloudflare',
      createCloudflare({ baseUrl: cloudflare.url, token: cloudflare.token, clock, timeoutMs }),
    );
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
