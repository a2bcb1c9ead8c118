/**
 * The twin: a simulated world behind real protocols on loopback.
 *
 * A discrete-event model of callers, phones, caches and platforms, advanced to the sandbox clock before every
 * request and every 20 real milliseconds, and reached only through DNS, SIP and HTTP.
 */
import type { SandboxClock } from '../clock';
import { ApiFaults } from './api-faults';
import { openCxone } from './cxone/open';
import { powerDnsDesk } from './dns/powerdns';
import { dnsRestDesk } from './dns/rest';
import { serveAuthoritative, serveResolver } from './dns/servers';
import { bare } from './dns/zone';
import { genesysDesk } from './genesys/desk';
import { loginDesk, Tokens } from './genesys/login';
import { guideDesk } from './guide-platform';
import { type ApiDesk, serveHttp } from './http';
import { crmDesk, legacyDesk } from './legacy-systems';
import { type Listening, LOOPBACK } from './listen';
import { Agenda } from './model/agenda';
import { editByHand } from './model/by-hand';
import { startCalls } from './model/calls';
import { FaultSwitches } from './model/faults';
import { type Ledger, LedgerBook } from './model/ledger';
import { Licences } from './model/licences';
import { isThrottling, startPhones } from './model/phones';
import { idOf, seededRandom } from './model/random';
import { readSites, type SiteDescription } from './model/site-file';
import {
  type AllocationRow,
  buildResolvers,
  buildSite,
  buildZones,
  isInbound,
  type SiteWorld,
  type World,
  worldOn,
} from './model/world';
import { openSalesforce } from './salesforce/open';
import { selfSigned } from './sip/certificate';
import { serveGateway } from './sip/gateway';
import { openTwilio } from './twilio/open';
import { type PanelFact, panelOf, snapshotOf, type WorldSnapshot } from './views';

export { duplicates, formatLedger, type Ledger, type LedgerWrite } from './model/ledger';
export type { PanelFact, WorldSnapshot } from './views';

export interface TwinSecrets {
  readonly genesysClientId: string;
  readonly genesysClientSecret: string;
  readonly powerDnsKey: string;
  readonly dnsRestToken: string;
  readonly legacyToken: string;
  readonly crmToken: string;
}

export interface TwinOptions {
  readonly clock: SandboxClock;
  readonly sitesDir: string;
  readonly seed: number;
  readonly secrets: TwinSecrets;
  /** Every write and every lost call is appended here as one JSON line. */
  readonly ledgerFile?: string;
  /** With `licence-delay`: the vendor's backlog is not worked before this long after an assignment. */
  readonly licenceBacklogMs?: number;
  /** Requests per sandbox minute and token; by default the vendor's, wider in fast time. */
  readonly rateLimitPerMinute?: number;
  /** How many times as many callers as usual: a small site is watched long enough sooner. */
  readonly busier?: number;
}

export interface Twin {
  /** The product's settings by which it reaches the twin. */
  readonly settings: Record<string, string>;
  readonly faults: {
    readonly names: readonly { readonly name: string; readonly label: string }[];
    set(name: string, on: boolean): void;
    isOn(name: string): boolean;
  };
  /** An out-of-band human change; returns a sentence that says what it did. */
  editByHand(what: 'dns-record' | 'legacy-trunk', site: string): string;
  ledger(): Ledger;
  /** For "as captured before": equal JSON means an equal world. */
  snapshot(site: string): WorldSnapshot;
  panel(site: string): { readonly facts: readonly PanelFact[] };
  /** Whether some site's callers find no way in just now: legacy takes no calls any more, the new trunk not yet. */
  isHandingOver(): boolean;
  /** Sandbox time at which the first slow answer leaves, when for `quietMs` real ms none was asked for and none left; else null. */
  nextAnswerAt(quietMs: number): number | null;
  /** Sandbox time that the world has come to: it stands still while a clock that was set back catches up. */
  reachedAt(): number;
  /** Runs the world up to the clock's now; done by itself every 20 ms and before every request. */
  advance(): void;
  close(): Promise<void>;
}

const PUMP_EVERY_MS = 20;
const LICENCE_BACKLOG_MS = 73.5 * 3600_000;
const DOWN_RETRY_SECONDS = 30;
const CXONE_SEED = 31;

export async function startTwin(options: TwinOptions): Promise<Twin> {
  const { clock } = options;
  const descriptions = readSites(options.sitesDir);
  const { world, licences } = buildWorld(options, descriptions);
  const apiFaults = new ApiFaults(world.faults, world.agenda, world.random);
  const advance = () => world.agenda.advance(clock.now());
  const onGenesys = worldOn(world, 'genesys-cloud', world.random);
  const onCxone = worldOn(world, 'nice-cxone', seededRandom(options.seed + CXONE_SEED));
  for (const part of [onGenesys, onCxone]) {
    startPhones(part);
    startCalls(part, options.busier);
  }

  const servers: Listening[] = [];
  const settings: Record<string, string> = {};
  let closing: Promise<unknown> | null = null;
  const closeAll = async () => {
    clearInterval(pump);
    closing ??= Promise.all(servers.map((server) => server.close()));
    await closing;
  };
  const pump = setInterval(advance, PUMP_EVERY_MS);
  try {
    const { seed } = options;
    Object.assign(settings, await openCxone({ world: onCxone, licences, faults: apiFaults, seed, advance, servers }));
    Object.assign(settings, await openSalesforce({ world, faults: apiFaults, seed, advance, servers }));
    Object.assign(settings, await openTwilio({ world, faults: apiFaults, seed, advance, servers }));
    await openHttp(options, { world, onGenesys }, licences, apiFaults, advance, servers, settings);
    await openDns(world, descriptions, advance, servers, settings);
    await openSip(world, advance, servers, settings);
  } catch (error) {
    await closeAll();
    throw error;
  }

  const siteOf = (name: string): SiteWorld => {
    const site = world.sites.find((candidate) => candidate.name === name);
    if (!site)
      throw new Error(`the twin has no site "${name}"; there are ${world.sites.map((one) => one.name).join(', ')}`);
    return site;
  };
  return {
    settings,
    faults: world.faults,
    editByHand: (what, site) => {
      advance();
      return editByHand(world, what, siteOf(site));
    },
    ledger: () => {
      advance();
      return world.ledger;
    },
    snapshot: (site) => {
      advance();
      return snapshotOf(world, siteOf(site));
    },
    panel: (site) => {
      advance();
      return { facts: panelOf(siteOf(site)) };
    },
    isHandingOver: () =>
      world.sites.some((site) => !isInbound(site) && site.legacyTrunks.every(({ mode }) => mode !== 'active')),
    nextAnswerAt: (quietMs) => apiFaults.nextAnswerAt(quietMs),
    reachedAt: () => world.agenda.now,
    advance,
    close: closeAll,
  };
}

function buildWorld(
  options: TwinOptions,
  descriptions: readonly SiteDescription[],
): { world: World; licences: Licences } {
  const now = options.clock.now();
  const agenda = new Agenda(now);
  const random = seededRandom(options.seed);
  const faults = new FaultSwitches();
  const ledger = new LedgerBook(() => agenda.now, options.ledgerFile);
  const zones = buildZones(descriptions, agenda, random);
  const hosts = new Map(descriptions.map(({ file }) => [bare(file.gateways.target.host), LOOPBACK]));
  const resolvers = buildResolvers(descriptions, { zones, hosts }, agenda, random, faults);
  const unlucky = new Set(descriptions.flatMap(({ agents }) => agents.slice(-1).map((agent) => agent.user)));
  const licences = new Licences(agenda, faults, options.licenceBacklogMs ?? LICENCE_BACKLOG_MS, unlucky);
  const tables = new Map<string, Map<string, AllocationRow>>();
  const sites = descriptions.map((description) => buildSite(description, zones, resolvers, tables, ledger, now));
  return { world: { agenda, random, faults, ledger, zones, resolvers, sites, tables, licences }, licences };
}

async function openHttp(
  options: TwinOptions,
  { world, onGenesys }: { readonly world: World; readonly onGenesys: World },
  licences: Licences,
  faults: ApiFaults,
  advance: () => void,
  servers: Listening[],
  settings: Record<string, string>,
): Promise<void> {
  const { secrets, clock } = options;
  const tokens = new Tokens(world.agenda);
  const guideToken = idOf('guide-token', String(options.seed));
  const limitPerMinute = options.rateLimitPerMinute ?? null;
  const desks: Record<string, ApiDesk> = {
    GENESYS_API_URL: genesysDesk({
      world: onGenesys,
      licences,
      tokens,
      clientId: secrets.genesysClientId,
      faults,
      clock,
      limitPerMinute,
    }),
    GENESYS_LOGIN_URL: loginDesk(tokens, secrets.genesysClientId, secrets.genesysClientSecret),
    POWERDNS_URL: powerDnsDesk(world, secrets.powerDnsKey, faults),
    DNS_REST_URL: dnsRestDesk(world, secrets.dnsRestToken),
    LEGACY_URL: legacyDesk(world, secrets.legacyToken),
    CRM_URL: crmDesk(world, secrets.crmToken),
    GUIDE_URL: guideDesk(onGenesys, licences, guideToken),
  };
  for (const [setting, desk] of Object.entries(desks)) {
    const server = await serveHttp(desk, advance);
    servers.push(server);
    settings[setting] = `http://${LOOPBACK}:${server.port}`;
  }
  Object.assign(settings, {
    GENESYS_CLIENT_ID: secrets.genesysClientId,
    GENESYS_CLIENT_SECRET: secrets.genesysClientSecret,
    POWERDNS_API_KEY: secrets.powerDnsKey,
    POWERDNS_SERVER_ID: 'localhost',
    DNS_API_TOKEN: secrets.dnsRestToken,
    LEGACY_TOKEN: secrets.legacyToken,
    CRM_TOKEN: secrets.crmToken,
    GUIDE_TOKEN: guideToken,
  });
}

async function openDns(
  world: World,
  descriptions: readonly SiteDescription[],
  advance: () => void,
  servers: Listening[],
  settings: Record<string, string>,
): Promise<void> {
  const addresses = { NAME_SERVERS: [] as string[], RESOLVERS: [] as string[] };
  for (const name of new Set(descriptions.flatMap(({ file }) => file.dns.nameServers))) {
    const server = await serveAuthoritative(name, world.zones, advance);
    servers.push(server);
    addresses.NAME_SERVERS.push(`${name}=${LOOPBACK}:${server.port}`);
  }
  for (const resolver of world.resolvers.values()) {
    const server = await serveResolver(resolver, advance);
    servers.push(server);
    addresses.RESOLVERS.push(`${resolver.name}=${LOOPBACK}:${server.port}`);
  }
  settings.NAME_SERVERS = addresses.NAME_SERVERS.join(',');
  settings.RESOLVERS = addresses.RESOLVERS.join(',');
}

async function openSip(
  world: World,
  advance: () => void,
  servers: Listening[],
  settings: Record<string, string>,
): Promise<void> {
  const hosts = world.sites.flatMap(({ file }) => [bare(file.gateways.target.host), bare(file.gateways.legacy.host)]);
  const identity = selfSigned([...new Set(hosts)]);
  const connectTo: string[] = [];
  for (const site of world.sites) {
    const { target, legacy } = site.file.gateways;
    const moods = {
      target: () => {
        const retryAfterSeconds = isThrottling(site, world.agenda.now) ? site.file.endpoints.retrySeconds : null;
        return { retryAfterSeconds, takesCalls: isInbound(site) };
      },
      legacy: () => {
        const isOff = site.legacyTrunks.every((trunk) => trunk.mode === 'off');
        return {
          retryAfterSeconds: isOff ? DOWN_RETRY_SECONDS : null,
          takesCalls: site.legacyTrunks.some((trunk) => trunk.mode === 'active'),
        };
      },
    };
    for (const [address, mood] of [
      [target, moods.target],
      [legacy, moods.legacy],
    ] as const) {
      const gateway = await serveGateway(identity, () => {
        advance();
        return mood();
      });
      servers.push({ port: gateway.plainPort, close: () => gateway.close() });
      const port = address.transport === 'tls' ? gateway.tlsPort : gateway.plainPort;
      connectTo.push(`${bare(address.host)}:${address.port}=${LOOPBACK}:${port}`);
      if (address.transport !== 'tls')
        connectTo.push(`${bare(address.host)}:${address.port + 1}=${LOOPBACK}:${gateway.tlsPort}`);
    }
  }
  settings.CONNECT_TO = connectTo.join(',');
  settings.SIP_TLS_CA = identity.cert;
}
