import { createResolver } from './adapters/probes/dns-client';
import { createRemoteProbe } from './adapters/probes/remote-probe';
import { createSipProbe } from './adapters/probes/sip-options';
import { createVantageResolver, createVantageSip } from './adapters/probes/vantage-points';
import type { Settings } from './parse/settings';
import type { Clock } from './ports/clock';
import type { World } from './ports/world';

/** Of one question from here, real ms. */
const PROBE_MS = 3_000;
/** Of one question to a probe, real ms: it may itself ask twice over UDP and once over TCP. */
const DISTANT_MS = 15_000;

type Outlook = Pick<Settings, 'probes' | 'resolvers' | 'resolverAliases' | 'nameServers' | 'connectTo' | 'sipTlsCa'>;

/** DNS and SIP as they are seen from here and from the probes in sites' networks. Nothing is contacted yet. */
export function composeProbes(settings: Outlook, clock: Clock): Pick<World, 'resolver' | 'sip'> {
  const { resolvers, resolverAliases: aliases } = settings;
  const probes = new Map(
    [...settings.probes].map(([name, { url, secret }]) => [
      name,
      createRemoteProbe({ name, baseUrl: url, secret, clock, timeoutMs: DISTANT_MS }),
    ]),
  );
  const near = [...resolvers].filter(([, { via }]) => via === undefined);
  const local = createResolver({
    servers: new Map([...near, ...settings.nameServers]),
    aliases,
    clock,
    timeoutMs: PROBE_MS,
    tries: 2,
  });
  const distant = new Map(
    [...resolvers].flatMap(([name, { address, via }]) =>
      via === undefined ? [] : [[name, { address, via }] as const],
    ),
  );
  const sip = createSipProbe({
    connectTo: settings.connectTo,
    ...(settings.sipTlsCa ? { tlsCa: settings.sipTlsCa } : {}),
    clock,
    timeoutMs: PROBE_MS,
  });
  return { resolver: createVantageResolver({ local, probes, distant, aliases }), sip: createVantageSip(sip, probes) };
}
