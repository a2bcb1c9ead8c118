import type { Product } from './compose';
import type { Settings } from './parse/settings';
import { Fault } from './ports/fault';

export interface DoctorReport {
  readonly ok: boolean;
  readonly lines: readonly string[];
}

/** Asks every configured system one harmless question. One line each: what was asked, what was answered, what to do. */
export async function doctor(product: Product, settings: Settings): Promise<DoctorReport> {
  const { world, library, engine } = product.room;
  const names = await library.siteNames();
  const questions: (readonly [string, () => Promise<string>])[] = [
    ['Redis', async () => `answers ${await product.redis.ping()}`],
    ['Slack', async () => `token of ${await slackTeam(product)}`],
    ['Platform', async () => `organisation ${(await world.platforms('genesys-cloud').organisation()).name}`],
    ['Platform calls', () => callsToPlatform(product)],
    ...[...settings.resolvers.keys(), ...settings.nameServers.keys()].map(
      (name) => [`DNS server ${name}`, () => dnsServerAnswers(product, name, names)] as const,
    ),
    ...names.map((name) => [`Site ${name}`, () => siteAnswers(product, name)] as const),
    ['Open waves', async () => (await engine.log.openWaves()).join(', ') || 'none'],
    ['Threads behind', async () => (await engine.log.unheardWaves()).join(', ') || 'none'],
  ];
  const answers = await Promise.all(questions.map(async ([what, ask]) => ({ what, ...(await asked(ask)) })));
  const width = Math.max(...answers.map(({ what }) => what.length));
  return {
    ok: answers.every(({ good }) => good),
    lines: answers.map(({ what, good, text }) => `${good ? 'ok  ' : 'NOT '} ${what.padEnd(width)}  ${text}`),
  };
}

async function asked(ask: () => Promise<string>): Promise<{ good: boolean; text: string }> {
  try {
    return { good: true, text: await ask() };
  } catch (cause) {
    return { good: false, text: cause instanceof Error ? cause.message : String(cause) };
  }
}

/** Ours by our own count, the platform's by its own word. */
async function callsToPlatform({ room, budget }: Product): Promise<string> {
  const { allowed, used } = await room.world.inspections('genesys-cloud').callAllowance();
  const { taken, limit, pausedUntil, shared } = await budget.figures();
  const whose = shared ? 'by all processes' : 'by this process alone, Redis cannot be asked';
  const theirs = `the platform allows ${allowed ?? 'an unknown number'} and counts ${used ?? 'nothing'}`;
  const pause = pausedUntil === null ? '' : `; asked for silence until ${new Date(pausedUntil).toISOString()}`;
  return `${taken} of our ${limit} a minute, ${whose}; ${theirs}${pause}`;
}

async function slackTeam({ slack }: Product): Promise<string> {
  const answer = await slack.app.client.auth.test();
  return `${answer.team ?? '?'}, bot ${answer.user ?? '?'}`;
}

/** Asked for a record of a site that names the server; of any site for one that none names. */
async function dnsServerAnswers({ room }: Product, server: string, siteNames: readonly string[]): Promise<string> {
  const { library, world } = room;
  const sites = await Promise.all(siteNames.map((name) => library.site(name).catch(() => null)));
  const known = sites.filter((site) => site !== null);
  const asking = known.find(
    ({ resolvers, dns }) => resolvers.some(({ name }) => name === server) || dns.nameServers.includes(server),
  );
  const record = (asking ?? known[0])?.dns.records[0];
  if (!record) return 'not asked: no site file can be read';
  const answer = await world.resolver.ask(server, record.name, record.type, {
    recursion: !asking?.dns.nameServers.includes(server),
  });
  if (answer.rcode !== 'NOERROR')
    throw new Fault(`${record.name} ${record.type} gives ${answer.rcode}`, { system: server, transient: true });
  return `${record.name} ${record.type}: ${answer.values.join(' + ') || 'no record'}, ${Math.round(answer.elapsedMs)} ms`;
}

/** A site's file, its gateways and its old TTLs against the lead time: what would keep a wave from starting. */
async function siteAnswers({ room }: Product, name: string): Promise<string> {
  const site = await room.library.site(name);
  const dns = room.world.dns(site.dns.provider);
  const sets = await Promise.all(site.dns.records.map((record) => dns.read(site.dns, record.name, record.type)));
  const missing = site.dns.records.filter((_, i) => sets[i] === null).map((record) => record.name);
  if (missing.length > 0)
    throw new Fault(`${missing.join(', ')} not found at the DNS provider`, { system: 'DNS', transient: false });
  const gateway = await room.world.sip.options(site.gateways.target);
  const sip = gateway.kind === 'answered' ? `OPTIONS ${gateway.status}` : `OPTIONS ${gateway.kind}: ${gateway.detail}`;
  return `${site.agents.length} agents, TTL ${sets.map((set) => set?.ttl).join('/')} s, ${sip}`;
}
