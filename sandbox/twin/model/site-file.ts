/** Reads the site files: the world that the twin builds is the one that they describe. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

const gateway = z.object({ host: z.string(), port: z.number().int(), transport: z.enum(['udp', 'tcp', 'tls']) });
/** CXone's ids are whole numbers, which a file may leave unquoted. */
const id = z.union([z.string(), z.number().int()]).transform(String);
const trunk = z.object({ name: z.string(), trunkBase: id });

const siteFile = z.object({
  site: z.string(),
  name: z.string(),
  timeZone: z.string(),
  agentsFile: z.string(),
  dns: z.object({
    zone: z.string(),
    nameServers: z.array(z.string()),
    records: z
      .array(
        z.object({
          name: z.string(),
          type: z.enum(['SRV', 'CNAME', 'A']),
          ttl: z.number().int(),
          legacy: z.array(z.string()).min(1),
          target: z.array(z.string()).min(1),
        }),
      )
      .min(1),
  }),
  resolvers: z
    .array(z.object({ name: z.string(), location: z.string(), kind: z.enum(['public', 'enterprise']) }))
    .min(1),
  gateways: z.object({ target: gateway, legacy: gateway }),
  carrier: z
    .object({ kind: z.literal('twilio'), trunk: z.string(), legacy: z.string(), target: z.string() })
    .optional(),
  endpoints: z.object({ retrySeconds: z.number(), registersPerSecond: z.number() }),
  platform: z.object({
    kind: z.enum(['genesys-cloud', 'nice-cxone']),
    organisation: id,
    site: id,
    inboundTrunks: z.array(trunk).min(1),
    failoverTrunks: z.array(trunk),
    outboundRoutes: z.array(z.object({ name: z.string(), route: id })),
    queues: z.array(z.object({ name: z.string(), queue: id, groups: z.array(z.string()) })).min(1),
    allocation: z.object({ table: z.string(), row: z.string() }),
    shadowFlow: id,
    managementUnit: z.string().nullable(),
    licences: z.array(id),
    emergencyGroup: id.optional(),
    callRoute: id.optional(),
  }),
  mirror: z.object({
    dids: z.array(z.string()),
    callerId: z.string(),
    codecs: z.array(z.string()),
    maxConcurrentSessions: z.number(),
  }),
  legacy: z.object({ trunks: z.array(z.string()).min(1), queues: z.array(z.string()).min(1) }),
  crm: z.object({ entry: z.string(), kind: z.enum(['http', 'salesforce']).optional() }),
});

export type SiteFile = z.infer<typeof siteFile>;
export type GatewayAddress = z.infer<typeof gateway>;

export interface AgentRow {
  readonly agent: string;
  readonly user: string;
  readonly phone: string;
  readonly group: string;
}

export interface SiteDescription {
  readonly file: SiteFile;
  readonly agents: readonly AgentRow[];
}

/** Every site file of a folder whose platform the twin plays, ordered by site name. Throws a sentence naming the file at fault. */
export function readSites(folder: string): SiteDescription[] {
  const sites: SiteDescription[] = [];
  for (const name of readdirSync(folder)
    .filter((entry) => /\.ya?ml$/.test(entry))
    .sort()) {
    const raw: unknown = parse(readFileSync(join(folder, name), 'utf8'));
    if (!isPlayed(raw)) continue;
    const parsed = siteFile.safeParse(raw);
    if (!parsed.success)
      throw new Error(`the twin cannot read the site file ${name}: ${z.prettifyError(parsed.error)}`);
    sites.push({ file: parsed.data, agents: readAgents(join(folder, parsed.data.agentsFile)) });
  }
  if (sites.length === 0) throw new Error(`the twin found no site file in ${folder}`);
  return sites;
}

function isPlayed(raw: unknown): boolean {
  const shape = z.looseObject({ platform: z.looseObject({ kind: z.enum(['genesys-cloud', 'nice-cxone']) }) });
  return shape.safeParse(raw).success;
}

function readAgents(path: string): AgentRow[] {
  const [header = '', ...lines] = readFileSync(path, 'utf8').trim().split(/\r?\n/);
  const columns = header.split(',').map((column) => column.trim());
  return lines.map((line) => {
    const cells = line.split(',').map((cell) => cell.trim());
    const cell = (name: string) => cells[columns.indexOf(name)] ?? '';
    return { agent: cell('agent'), user: cell('user'), phone: cell('phone'), group: cell('group') };
  });
}
