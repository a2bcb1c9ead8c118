import { Fault } from '../../ports/fault';
import type { Resolver } from '../../ports/resolver';
import type { SipProbe } from '../../ports/sip-probe';
import type { RemoteProbe } from './remote-probe';

/** A resolver that only a probe can reach. */
export interface DistantServer {
  readonly address: string;
  /** Name of the probe. */
  readonly via: string;
}

export type Probes = ReadonlyMap<string, RemoteProbe>;

/** One resolver for all: what stands in `distant` is asked through its probe, everything else by `local`. */
export function createVantageResolver(options: {
  readonly local: Resolver;
  readonly probes: Probes;
  /** By the names of the settings. */
  readonly distant: ReadonlyMap<string, DistantServer>;
  /** Other names for them, as for the local ones. */
  readonly aliases?: ReadonlyMap<string, string>;
}): Resolver {
  const { local, probes, distant, aliases } = options;

  function nameOf(server: string): string | undefined {
    if (distant.has(server)) return server;
    const alias = aliases?.get(server);
    if (alias !== undefined && distant.has(alias)) return alias;
    return local.knows(server) ? undefined : [...distant].find(([, { address }]) => address === server)?.[0];
  }

  return {
    knows: (server) => nameOf(server) !== undefined || local.knows(server),
    async ask(server, name, type, about = {}) {
      const found = nameOf(server);
      const place = found === undefined ? undefined : distant.get(found);
      if (found === undefined || place === undefined) return local.ask(server, name, type, about);
      const answer = await probeOf(probes, place.via).dns(found, name, type, about.recursion ?? true);
      return { ...answer, server };
    },
  };
}

/** From a named probe, or from here when none is named. */
export function createVantageSip(local: SipProbe, probes: Probes): SipProbe {
  return {
    options: async (gateway, from) =>
      from === undefined ? local.options(gateway) : probeOf(probes, from).options(gateway),
  };
}

function probeOf(probes: Probes, name: string): RemoteProbe {
  const found = probes.get(name);
  if (found) return found;
  const message = `The probe ${name} is not configured, so nothing is asked from there: name it in PROBES and PROBE_SECRETS.`;
  throw new Fault(message, { system: `The probe ${name}`, transient: false });
}
