/**
 * A wave whose DNS and SIP are the lab's real servers; platform, legacy system, CRM and callers are the twin's.
 *
 * Time. The bot and the twin live in the sandbox's clock, the servers in real time. From the moment at which DNS is about to be
 * switched until the caches have followed, and again from a rollback on, the sandbox's clock runs evenly at SCALE and leaps over
 * nothing; the lab turns the caches' TTLs by the same SCALE. So 300 s in the zone are 3 real seconds in the caches and 300 s for
 * the bot. Outside of that the clock leaps over waits as always, above all over the 72 hours of low TTL. The caches do not live
 * through these: instead all of them are emptied before the gate's approval and asked once, so that they hold what they would
 * hold then, fresh. A cache counts whole real seconds, so what it shows is right to SCALE seconds of the wave and no better: what
 * the wave says of single TTLs, as who ignores one by a minute or two, proves nothing here. convergence.test.ts judges that, in
 * real time.
 *
 * Callers. The twin's carriers ask the twin's DNS, which the bot does not know here. It is kept equal to PowerDNS by a mirror,
 * so that its callers follow the wave, through resolvers of the twin's own.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { parse, stringify } from 'yaml';
import { playWave, type Seen } from '../../sandbox/auto';
import { judge, type LogLine } from '../../sandbox/judgement';
import { OPERATOR } from '../../sandbox/people';
import type { Sandbox } from '../../sandbox/sandbox';
import type { Workspace } from '../../sandbox/slack/workspace';
import { type DnsLab, lookAt, type ResolverKind, type SipLab, startDnsLab, startSipLab, until } from '../lab/lab';
import { openSandbox, said } from '../support/wave-run';

export const SITE = 'site-b';
const ZONE = 'siteb.example.com';
export const RECORD = '_sip._tcp.siteb.example.com';
export const LEGACY = ['10 0 5060 sbc.siteb.example.com'];
export const NEW = ['10 0 5060 site-b.byoc.usw2.pure.cloud'];
/** The site's resolvers, each in the place of one of its own. */
export const RESOLVERS: Readonly<Record<string, ResolverKind>> = {
  google: 'pool',
  cloudflare: 'stale',
  quad9: 'honest',
  'site-b-router': 'floor',
};
const SCALE = 100;
const OLD_TTL = 900;
const MIRROR_EVERY_MS = 100;
const CACHES_MS = 60_000;

export interface RealWaveOptions {
  /** Real seconds that the floor resolver keeps everything. */
  readonly floorSeconds: number;
  /** At the gate with this number, counted from 1, people roll the wave back instead of approving it. */
  readonly rollBackAt?: number;
  /** The new gateway refuses everything until the wave has been held and people resume it. */
  readonly standbyAtFirst?: boolean;
}

export interface RealWave {
  readonly seen: Seen;
  readonly log: readonly LogLine[];
  /** What did not end as it should have in the twin's world or in the thread, as sentences. */
  readonly wrong: readonly string[];
  /** As PowerDNS holds it at the end. */
  readonly record: { readonly ttl: number; readonly values: readonly string[] };
  /** Writes that PowerDNS has taken. */
  readonly writes: number;
  /** What the site's resolvers give at the end, once the caches have followed. */
  readonly resolved: Readonly<Record<string, readonly string[]>>;
}

export async function runRealWave(options: RealWaveOptions): Promise<RealWave> {
  const [dns, sip] = await Promise.all([dnsOf(options), sipOf(options)]);
  const sandbox = await openSandbox({ site: SITE });
  const stopMirror = mirrorZone(dns, sandbox);
  try {
    await useLab(sandbox, dns, sip);
    await sandbox.startBot();
    const before = sandbox.twin.snapshot(SITE);
    const serial = await dns.powerDns.serial(ZONE);
    const people = withPatientPeople(sandbox, dns, sip, options);
    const seen = await playWave(people, { site: SITE, say: (line) => said.push(line) });
    const record = await recordIn(dns);
    const writes = (await dns.powerDns.serial(ZONE)) - serial;
    const { log, findings } = await judge(sandbox, SITE, [], seen, before);
    const wrong = findings.filter(({ good }) => !good).map(({ text }) => text);
    return { seen, log, wrong, record, writes, resolved: await resolvedAtLast(dns, record.values) };
  } finally {
    stopMirror();
    await Promise.all([sandbox.close(), dns.stop(), sip.stop()]);
  }
}

function dnsOf({ floorSeconds }: RealWaveOptions): Promise<DnsLab> {
  return startDnsLab({
    zone: ZONE,
    records: [
      { name: RECORD, type: 'SRV', ttl: OLD_TTL, values: LEGACY },
      { name: 'sbc.siteb.example.com', type: 'A', ttl: OLD_TTL, values: ['127.0.0.1'] },
    ],
    otherZones: [
      {
        zone: 'pure.cloud',
        records: [{ name: 'site-b.byoc.usw2.pure.cloud', type: 'A', ttl: OLD_TTL, values: ['127.0.0.1'] }],
      },
    ],
    floorSeconds,
    staleTtl: 1,
    timeScale: SCALE,
  });
}

function sipOf({ standbyAtFirst = false }: RealWaveOptions): Promise<SipLab> {
  return startSipLab({
    standby: standbyAtFirst,
    legacyHosts: ['sbc.siteb.example.com'],
    targetHosts: ['site-b.byoc.usw2.pure.cloud'],
  });
}

/** The bot is told by its settings, and by nothing else, where DNS and SIP are. */
async function useLab(sandbox: Sandbox, dns: DnsLab, sip: SipLab): Promise<void> {
  const settings = parse(await readFile(sandbox.config, 'utf8')) as Record<string, string>;
  const at = ({ address, port }: { address: string; port: number }): string => `${address}:${port}`;
  const list = (entries: readonly (readonly [string, { address: string; port: number }])[]): string =>
    entries.map(([name, address]) => `${name}=${at(address)}`).join(',');
  const lab = {
    POWERDNS_URL: dns.powerDns.apiUrl,
    POWERDNS_API_KEY: dns.powerDns.apiKey,
    NAME_SERVERS: list([...dns.nameServers]),
    RESOLVERS: list(Object.entries(RESOLVERS).map(([name, kind]) => [name, dns.resolvers[kind].address] as const)),
    CONNECT_TO: list([
      ['site-b.byoc.usw2.pure.cloud:5060', sip.target.address],
      ['sbc.siteb.example.com:5060', sip.legacy.address],
    ]),
    SIP_TLS_CA: sip.ca,
  };
  await writeFile(sandbox.config, stringify({ ...settings, ...lab }), { mode: 0o600 });
}

/** The people of the sandbox, who wait at the first gate for the caches, and perhaps roll back at another. */
function withPatientPeople(sandbox: Sandbox, dns: DnsLab, sip: SipLab, options: RealWaveOptions): Sandbox {
  const { workspace, pace, clock } = sandbox;
  const gates: string[] = [];
  const evenly = (): void => {
    pace.freeze();
    clock.setSpeed(SCALE);
  };
  const click: Workspace['click'] = async (...how) => {
    const [, card] = how;
    if (!gates.includes(card)) gates.push(card);
    const gate = gates.indexOf(card) + 1;
    if (gate === options.rollBackAt) {
      evenly();
      const reply = await workspace.command(OPERATOR, `/cutover rollback ${SITE} the callers complain`);
      if (reply.error) throw new Error(reply.error);
      return;
    }
    if (gate === 1) {
      await afterThreeDays(dns);
      evenly();
    }
    if (gate === 2) pace.thaw();
    return workspace.click(...how);
  };
  const command: Workspace['command'] = async (...how) => {
    // People do what the hold asks for before they resume.
    if (how[1].includes(' resume ')) await Promise.all([sip.target.setStandby(false), dns.resolvers.floor.flush()]);
    return workspace.command(...how);
  };
  return { ...sandbox, workspace: { ...workspace, click, command } };
}

/** Nothing from before the low TTL is left, and every cache has just begun to keep what there is now. */
async function afterThreeDays({ resolvers }: DnsLab): Promise<void> {
  for (const { flush, caches } of Object.values(resolvers)) {
    await flush();
    for (const cache of caches) await lookAt(cache, RECORD, 'SRV');
  }
}

async function resolvedAtLast(dns: DnsLab, wanted: readonly string[]): Promise<RealWave['resolved']> {
  const seen: Record<string, readonly string[]> = {};
  for (const [name, kind] of Object.entries(RESOLVERS))
    await until(async () => {
      seen[name] = (await lookAt(dns.resolvers[kind].address, RECORD, 'SRV')).values;
      return seen[name].join() === wanted.join();
    }, CACHES_MS);
  return seen;
}

async function recordIn(dns: DnsLab): Promise<RealWave['record']> {
  const zone = (await dns.powerDns.api('GET', '/zones/siteb.example.com.')) as {
    rrsets: { name: string; type: string; ttl: number; records: { content: string }[] }[];
  };
  const found = zone.rrsets.find(({ name, type }) => type === 'SRV' && name === `${RECORD}.`);
  if (!found) throw new Error('PowerDNS no longer holds the record');
  return { ttl: found.ttl, values: found.records.map(({ content }) => content.replace(/\.$/, '')).sort() };
}

/** Copies the record to the twin's DNS whenever PowerDNS has another one. */
function mirrorZone(dns: DnsLab, { twin }: Sandbox): () => void {
  let last = '';
  let busy = false;
  const timer = setInterval(() => {
    if (busy) return;
    busy = true;
    void copy()
      .catch(() => undefined)
      .finally(() => {
        busy = false;
      });
  }, MIRROR_EVERY_MS);
  async function copy(): Promise<void> {
    const { ttl, values } = await recordIn(dns);
    const rrset = {
      name: `${RECORD}.`,
      type: 'SRV',
      ttl,
      changetype: 'REPLACE',
      records: values.map((value) => ({ content: `${value}.`, disabled: false })),
    };
    const body = JSON.stringify({ rrsets: [rrset] });
    if (body === last) return;
    const put = await fetch(`${twin.settings.POWERDNS_URL}/api/v1/servers/localhost/zones/siteb.example.com.`, {
      method: 'PATCH',
      headers: { 'x-api-key': twin.settings.POWERDNS_API_KEY ?? '', 'content-type': 'application/json' },
      body,
    });
    if (put.ok) last = body;
  }
  return () => clearInterval(timer);
}
