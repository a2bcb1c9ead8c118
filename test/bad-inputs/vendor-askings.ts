/** What is asked of and ordered from everybody else: carrier, DNS providers, legacy side, CRM. */
import { createCloudflare } from '../../src/adapters/dns/cloudflare';
import { createRoute53 } from '../../src/adapters/dns/route53';
import type { RecordType, Site } from '../../src/core/site';
import type { Clock } from '../../src/ports/clock';
import { Fault } from '../../src/ports/fault';
import type { SiteWorld } from '../../src/ports/world';
import { CLOUDFLARE_TOKEN, cloudflareDouble } from '../support/doubles/cloudflare';
import { AWS_KEY, route53Double } from '../support/doubles/route53';
import { openTape, type Tape } from './answers-tape';
import { type Asking, platformAskings } from './platform-askings';

export const TIMEOUT_MS = 2_000;

export function cxoneAskings(world: () => SiteWorld, site: Site, tapes: ReadonlyMap<string, Tape>): readonly Asking[] {
  const tape = tapes.get('CXONE_TOKEN_URL');
  const twilio = tapes.get('TWILIO_URL');
  const kept = world();
  const { carrier } = site;
  return [
    ...(tape
      ? platformAskings(world, site, 'NICE CXone', tape, null).filter(
          ({ name }) => !/phones|schedules|answered/.test(name),
        )
      : []),
    ...(twilio && carrier
      ? [
          {
            name: 'Twilio: destinations',
            tape: twilio,
            ask: () => kept.carrier?.targets(carrier.trunk) ?? fail('carrier'),
          },
          {
            name: 'Twilio: set destination',
            tape: twilio,
            ask: async () => {
              await kept.carrier?.setTarget(carrier.trunk, carrier.target, { weight: 21 });
              return kept.carrier?.setTarget(carrier.trunk, carrier.target, { weight: 20 });
            },
          },
        ]
      : []),
  ];
}

export function restAskings(
  world: () => SiteWorld,
  site: Site,
  tape: (name: string) => Tape,
  clock: Clock,
): readonly Asking[] {
  const kept = world();
  const hour = { from: clock.now() - 7_200_000, to: clock.now() - 3_600_000 };
  const [record] = site.dns.records;
  const { name = '', type = 'SRV' } = record ?? {};
  const stamp = { site: site.site, wave: 'site-b-wave-1' };
  const provider = (kind: 'powerdns' | 'rest', at: Tape): readonly Asking[] => {
    const dns = () => kept.dns(kind);
    return [
      { name: `${kind}: read`, tape: at, ask: () => dns().read(site.dns, name, type) },
      { name: `${kind}: servers`, tape: at, ask: () => dns().authoritativeServers(site.dns) },
      { name: `${kind}: write`, tape: at, ask: async () => writeTwice(dns, site, name, type, stamp) },
    ];
  };
  const trunk = site.legacy.trunks[0] ?? '';
  const queue = site.legacy.queues[0] ?? '';
  const legacy = tape('LEGACY_URL');
  const crmTape = tape('SALESFORCE_LOGIN_URL');
  const calls = [
    { id: 'a0000000-0000-4000-8000-000000000001', answeredAt: hour.from + 1000, endedAt: hour.from + 61_000 },
  ];
  return [
    ...provider('powerdns', tape('POWERDNS_URL')),
    ...provider('rest', tape('DNS_REST_URL')),
    { name: 'legacy: trunk', tape: legacy, ask: () => kept.legacy.trunk(trunk) },
    { name: 'legacy: queue', tape: legacy, ask: () => kept.legacy.queue(queue) },
    { name: 'legacy: calls', tape: legacy, ask: () => kept.legacy.calls(site.site, hour) },
    {
      name: 'legacy: schedule',
      tape: legacy,
      ask: async () => (await kept.legacy.scheduledAgents?.(site.site, hour)) ?? null,
    },
    {
      name: 'legacy: set trunk',
      tape: legacy,
      ask: async () => [await kept.legacy.setTrunk(trunk, 'standby'), await kept.legacy.setTrunk(trunk, 'active')],
    },
    {
      name: 'legacy: set queue',
      tape: legacy,
      ask: async () => [await kept.legacy.setQueue(queue, false), await kept.legacy.setQueue(queue, true)],
    },
    { name: 'CRM: entry', tape: tape('CRM_URL'), ask: () => kept.crms('http').entry(site.crm.entry) },
    {
      name: 'CRM: sync',
      tape: tape('CRM_URL'),
      ask: () => kept.crms('http').sync(site.crm.entry, hour, async () => calls),
    },
    { name: 'Salesforce: entry', tape: crmTape, ask: () => world().crms('salesforce').entry(site.crm.entry) },
    {
      name: 'Salesforce: sync',
      tape: crmTape,
      ask: () => kept.crms('salesforce').sync(site.crm.entry, hour, async () => calls),
    },
    {
      name: 'HTTP step',
      tape: tape('DNS_REST_URL'),
      ask: () => kept.http.call('GET', `/api/v1/zones/${site.dns.zone}/records/${name}/${type}`),
    },
  ];
}

async function writeTwice(
  dns: () => ReturnType<SiteWorld['dns']>,
  site: Site,
  name: string,
  type: RecordType,
  stamp: { site: string; wave: string },
) {
  const found = await dns().read(site.dns, name, type);
  if (found === null) throw new Fault('the record is not there', { system: 'DNS', transient: false });
  const other = { ...found, ttl: found.ttl + 60 };
  await dns().write(site.dns, other, found, stamp);
  return dns().write(site.dns, found, other, stamp);
}

export function legacyRecipeAskings(world: () => SiteWorld, pattern: string, tape: Tape): readonly Asking[] {
  const kept = world();
  return [
    {
      name: 'AXL: set trunk',
      tape,
      ask: async () => [await kept.legacy.setTrunk(pattern, 'standby'), await kept.legacy.setTrunk(pattern, 'active')],
    },
  ];
}

export async function vendorDns(clock: Clock, closers: (() => Promise<void>)[]): Promise<readonly Asking[]> {
  const set = { name: '_sip._tcp.example.com', type: 'SRV' as const, ttl: 300, values: ['10 0 5060 a.example.com'] };
  const [cloudflare, route53] = [await cloudflareDouble('example.com'), await route53Double('example.com')];
  cloudflare.put(set);
  route53.put(set);
  const [one, two] = [
    await openTape(`http://127.0.0.1:${cloudflare.port}/client/v4`),
    await openTape(`http://127.0.0.1:${route53.port}`),
  ];
  for (const each of [cloudflare, route53, one, two]) closers.push(() => each.close());
  const about = { clock, timeoutMs: TIMEOUT_MS };
  const stamp = { site: 'site-b', wave: 'site-b-wave-1' };
  const askings = (name: string, tape: Tape, dns: ReturnType<SiteWorld['dns']>, zoneId: string): readonly Asking[] => {
    const zone = { zone: 'example.com', zoneId };
    return [
      { name: `${name}: read`, tape, ask: () => dns.read(zone, set.name, set.type) },
      { name: `${name}: servers`, tape, ask: () => dns.authoritativeServers(zone) },
      {
        name: `${name}: write`,
        tape,
        ask: async () => {
          await dns.write(zone, { ...set, ttl: 600 }, set, stamp);
          return dns.write(zone, set, { ...set, ttl: 600 }, stamp);
        },
      },
    ];
  };
  const { accessKeyId, secretAccessKey, region } = AWS_KEY;
  return [
    ...askings(
      'Cloudflare',
      one,
      createCloudflare({ baseUrl: one.url, token: CLOUDFLARE_TOKEN, ...about }),
      cloudflare.zoneId,
    ),
    ...askings(
      'Route 53',
      two,
      createRoute53({ url: two.url, region, accessKeyId, secretAccessKey, sessionToken: null, ...about }),
      route53.zoneId,
    ),
  ];
}

export function fail(what: string): never {
  throw new Error(`there is no ${what}`);
}
