/** The sites of a chaos run: small, and with two of whatever a step may write more than once. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';

export const SITES = ['north', 'east', 'west'] as const;
export type SiteName = (typeof SITES)[number];

/** Calls come by the number of agents, and a verdict needs fifty of them; first ten phones move, then the rest. */
const AGENTS = 12;
const GROUPS = ['sales', 'service'] as const;

/** Site files and rosters as their owners would keep them. */
export function writeSites(folder: string, names: readonly SiteName[]): void {
  mkdirSync(folder, { recursive: true });
  for (const name of names) {
    writeFileSync(join(folder, `${name}.yaml`), stringify(siteFile(name), { aliasDuplicateObjects: false }));
    writeFileSync(join(folder, `${name}.agents.csv`), roster(name));
  }
}

/** An id that belongs to one thing of one site: its first block names the site, its last the thing. */
export function idOf(name: SiteName, thing: string): string {
  return `5f3c000${SITES.indexOf(name)}-0000-4000-8000-${thing.padStart(12, '0')}`;
}

/** The site that an id made by `idOf` belongs to, wherever it stands in a text; null when there is none. */
export function siteOfId(text: string): SiteName | null {
  const number = /5f3c000(\d)-/.exec(text)?.[1];
  return number === undefined ? null : (SITES[Number(number)] ?? null);
}

export interface ChaosAgent {
  readonly agent: string;
  readonly user: string;
  readonly phone: string;
  readonly group: string;
}

export function agentsOf(name: SiteName): readonly ChaosAgent[] {
  return Array.from({ length: AGENTS }, (_, i) => {
    const number = String(i + 1).padStart(3, '0');
    return {
      agent: `${name}-${number}`,
      user: idOf(name, `10${number}`),
      phone: idOf(name, `20${number}`),
      group: GROUPS[i % GROUPS.length] ?? GROUPS[0],
    };
  });
}

/** Its two records, and where they lead before and after. */
export function recordsOf(name: SiteName): {
  readonly both: readonly string[];
  readonly legacy: readonly string[];
  readonly target: readonly string[];
} {
  const zone = `${name}.example.com`;
  return {
    both: ['tcp', 'udp'].map((service) => `_sip._${service}.${zone}`),
    legacy: [`10 0 5060 sbc.${zone}`],
    target: [`10 0 5060 ${name}.byoc.usw2.pure.cloud`, `20 0 5060 sbc.${zone}`],
  };
}

/** Who has to approve a gate: the gates that take two people, by the step behind them; all others take one. */
export const QUORUM: Readonly<Record<string, number>> = { 'retire-legacy': 2, 'drain-legacy': 2 };

function roster(name: SiteName): string {
  const rows = agentsOf(name).map(({ agent, user, phone, group }) => `${agent},${user},${phone},${group}`);
  return `${['agent,user,phone,group', ...rows].join('\n')}\n`;
}

function siteFile(name: SiteName): object {
  const zone = `${name}.example.com`;
  const { both, legacy, target } = recordsOf(name);
  const records = both.map((record) => ({ name: record, type: 'SRV', ttl: 900, legacy, target }));
  return {
    site: name,
    name: `The ${name} branch`,
    timeZone: 'America/Chicago',
    recipe: 'standard-site',
    regulated: false,
    agentsFile: `${name}.agents.csv`,
    policy: {
      operators: ['S0TELEPHONY'],
      approvers: ['S0CHANGEBRD'],
      quorum: 1,
      gates: Object.fromEntries(Object.entries(QUORUM).map(([step, quorum]) => [step, { quorum }])),
    },
    dns: { provider: 'powerdns', zone, nameServers: ['ns1', 'ns2'], records },
    resolvers: [
      { name: 'google', location: 'public-anycast-google', kind: 'public' },
      { name: 'cloudflare', location: 'public-anycast-cloudflare', kind: 'public' },
      { name: 'quad9', location: 'public-anycast-quad9', kind: 'public' },
      { name: `${name}-router`, location: `${name}-branch`, kind: 'enterprise' },
    ],
    gateways: {
      target: { host: `${name}.byoc.usw2.pure.cloud`, port: 5060, transport: 'udp' },
      legacy: { host: `sbc.${zone}`, port: 5060, transport: 'udp' },
    },
    endpoints: { retrySeconds: 30, registersPerSecond: 10 },
    platform: {
      kind: 'genesys-cloud',
      organisation: '5f3a0000-0000-4000-8000-00000000000a',
      site: idOf(name, 'a1'),
      inboundTrunks: [{ name: `${name} BYOC inbound`, trunkBase: idOf(name, 'b1') }],
      failoverTrunks: [{ name: `${name} BYOC failover`, trunkBase: idOf(name, 'b2') }],
      outboundRoutes: [
        { name: `${name} outbound`, route: idOf(name, 'c1') },
        { name: `${name} outbound abroad`, route: idOf(name, 'c2') },
      ],
      queues: GROUPS.map((group, i) => ({ name: `${name} ${group}`, queue: idOf(name, `d${i + 1}`), groups: [group] })),
      allocation: { table: '5f3a0000-0000-4000-8000-0000000000e1', row: name },
      shadowFlow: idOf(name, 'f1'),
      managementUnit: idOf(name, 'f2'),
      licences: ['communicate'],
    },
    mirror: {
      dids: [`+1217555030${SITES.indexOf(name)}`],
      callerId: '+18005550199',
      codecs: ['audio/pcmu'],
      maxConcurrentSessions: 30,
    },
    legacy: { trunks: [`${name}-carrier-in`], queues: GROUPS.map((group) => `${name}-${group}`) },
    crm: { entry: name },
  };
}
