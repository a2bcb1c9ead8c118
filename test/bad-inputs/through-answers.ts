/**
 * Answers of other systems, through the real adapters: what they really answer is taken down once from the twin and the
 * doubles, and played again with one answer wounded. A wound may leave an answer valid: then what the adapter makes of it
 * has to be as well-formed as before. After an answer that was refused nothing may be written.
 */
import fc from 'fast-check';
import { startTwin } from '../../sandbox/twin/twin';
import { createCloudflare } from '../../src/adapters/dns/cloudflare';
import { createRoute53 } from '../../src/adapters/dns/route53';
import { composeWorld } from '../../src/compose-world';
import type { RecordType, Site } from '../../src/core/site';
import { siteWorld } from '../../src/engine/site-world';
import { parseSettings } from '../../src/parse/settings';
import type { CallBudget } from '../../src/ports/call-budget';
import type { Clock } from '../../src/ports/clock';
import { RecordChanged } from '../../src/ports/dns-provider';
import { Fault } from '../../src/ports/fault';
import type { Home } from '../../src/ports/home';
import type { SiteWorld } from '../../src/ports/world';
import { SITES } from '../adapters-platforms-twin-at';
import { houseFile, houseSite } from '../fixtures/house';
import { axlDouble } from '../support/doubles/axl';
import { CLOUDFLARE_TOKEN, cloudflareDouble } from '../support/doubles/cloudflare';
import { AWS_KEY, route53Double } from '../support/doubles/route53';
import { type Exchange, type Instead, isWrite, keyOf as keyAt, openTape, type Tape } from './answers-tape';
import { type Entrance, refused, type Taken, VALID, Wrong } from './entrance';
import { faultOfShape } from './shapes';
import { type Json, NASTY_TEXTS, nastyText, woundedBytes, woundedJson, woundedText } from './wounds';

/** One question or order of the product to another system. */
interface Asking {
  readonly name: string;
  readonly tape: Tape;
  readonly ask: () => Promise<unknown>;
}

interface Take {
  readonly asking: Asking;
  readonly exchanges: readonly Exchange[];
  readonly result: unknown;
}

interface Input {
  readonly asking: string;
  readonly at: number;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** base64 */
  readonly bytes: string;
  readonly cut: boolean;
}

const TIMEOUT_MS = 2_000;
const SECRETS = {
  genesysClientId: 'client-of-genesys-1',
  genesysClientSecret: 'secret-of-genesys-1',
  powerDnsKey: 'key-of-powerdns-1',
  dnsRestToken: 'token-of-dns-rest-1',
  legacyToken: 'token-of-legacy-1',
  crmToken: 'token-of-crm-1',
};
const TOKENS = [
  'GENESYS_API_URL',
  'GENESYS_LOGIN_URL',
  'CXONE_TOKEN_URL',
  'TWILIO_URL',
  'SALESFORCE_LOGIN_URL',
  'POWERDNS_URL',
  'DNS_REST_URL',
  'LEGACY_URL',
  'CRM_URL',
];

/** An inspection says "unknown" where it is refused; a literal call hands on what there is, for its validation to judge. */
const MAKES_DO = /permissions|entitlements|audit|schedules|HTTP step/;

/** Sleeps no real time. Its hands are put back before each input: what is asked is asked the same way each time. */
class SetBackClock implements Clock {
  constructor(private at: number) {}
  now = (): number => this.at;
  speed = (): number => 1;
  realMsUntil = (at: number): number => Math.max(0, at - this.at);
  sleep = async (ms: number): Promise<void> => {
    this.at += ms;
  };
  set(at: number): void {
    this.at = at;
  }
}

export async function throughAnswers(): Promise<Entrance<Input>> {
  const clock = new SetBackClock(Date.parse('2027-03-01T08:00:00Z'));
  const twin = await startTwin({ clock, sitesDir: SITES, seed: 7, secrets: SECRETS, rateLimitPerMinute: 1_000_000 });
  const closers: (() => Promise<void>)[] = [() => twin.close()];
  // One door for a vendor, login and API together: answers name each other's address.
  const tapes = new Map<string, Tape>();
  const values: Record<string, string> = { ...BASE, ...twin.settings };
  for (const name of TOKENS) {
    const target = twin.settings[name];
    if (target === undefined) continue;
    const tape = tapes.get(target) ?? (await openTape(target));
    tapes.set(target, tape);
    tapes.set(name, tape);
    values[name] = tape.url;
  }
  const axl = await axlDouble('cutover-axl', 'axl-secret-of-the-bot', '12.5');
  const pattern = '4D1F2C3B-0A1B-4C2D-8E3F-9A0B1C2D3E4F';
  axl.patterns.set(`{${pattern}}`, { blockEnable: 'false', releaseClause: 'No Error' });
  const axlTape = await openTape(axl.url);
  closers.push(() => axl.close());
  const recipe = {
    ...values,
    LEGACY_RECIPE: 'cisco-cucm.yaml',
    LEGACY_RECIPE_URL: axlTape.url,
    LEGACY_RECIPE_USER: 'cutover-axl',
    LEGACY_RECIPE_PASSWORD: 'axl-secret-of-the-bot',
  };
  const worldOf = (of: Readonly<Record<string, string>>, site: Site): SiteWorld => {
    const { GUIDE_URL: _url, GUIDE_TOKEN: _token, ...known } = of;
    const parsed = parseSettings(known, houseFile('templates/legacy/cisco-cucm.yaml'));
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
    return siteWorld(composeWorld({ ...parsed.value, httpTimeoutMs: TIMEOUT_MS }, clock, FREE, NOBODY_HOME), site);
  };
  const [b, d] = [houseSite('site-b'), houseSite('site-d')];
  const tape = (name: string): Tape => tapes.get(name) ?? fail(name);
  const askings: Asking[] = [
    ...platformAskings(
      () => worldOf(values, b),
      b,
      'Genesys Cloud',
      tape('GENESYS_API_URL'),
      tape('GENESYS_LOGIN_URL'),
    ),
    ...cxoneAskings(() => worldOf(values, d), d, tapes),
    ...restAskings(() => worldOf(values, b), b, tape, clock),
    ...legacyRecipeAskings(() => worldOf(recipe, b), pattern, axlTape),
    ...(await vendorDns(clock, closers)),
  ];

  // Sockets of adapters that are made anew for each input are closed by the other side.
  const takes = new Map<string, Take>();
  for (const asking of askings) {
    const exchanges = asking.tape.record();
    const result = await asking.ask().catch((cause: unknown) => cause);
    if (result instanceof Error) throw new Error(`${asking.name}: ${result.stack}`);
    if (exchanges.length > 0) takes.set(asking.name, { asking, exchanges: [...exchanges], result });
  }
  const honest = new Map<Tape, Exchange[]>();
  for (const { asking, exchanges } of takes.values())
    honest.set(asking.tape, [...(honest.get(asking.tape) ?? []), ...exchanges]);
  const before = twin.ledger().writes.length;
  const start = clock.now();

  const one = (take: Take): fc.Arbitrary<Input> =>
    fc
      .nat({ max: take.exchanges.length - 1 })
      .chain((at) => instead(take.exchanges[at] as Exchange).map((how) => ({ asking: take.asking.name, at, ...how })));
  const taking = async (input: Input): Promise<Taken> => {
    const { asking, exchanges, result } = takes.get(input.asking) ?? fail(input.asking);
    const how: Instead = { ...input, bytes: Buffer.from(input.bytes, 'base64') };
    // Whatever else is asked, a login for example, is answered as it was when it was taken down.
    for (const [other, all] of honest) if (other !== asking.tape) other.play(all, -1, how);
    const keys = new Set(exchanges.map(keyOf));
    const rest = (honest.get(asking.tape) ?? []).filter((each) => !keys.has(keyOf(each)));
    const playing = asking.tape.play([...exchanges, ...rest], input.at, how);
    clock.set(start);
    let value: unknown;
    try {
      value = await asking.ask();
    } catch (cause) {
      if (cause instanceof RecordChanged) return refused(`somebody else changed it: ${cause.message}`);
      if (!(cause instanceof Fault)) throw cause;
      if (playing.writesAfter > 0 && isBad(input, exchanges) && !writesBefore(exchanges, input.at))
        throw new Wrong(`written after it was refused: ${cause.message}`);
      return refused(cause.message);
    }
    if (!playing.played) return VALID;
    const isBroken = !MAKES_DO.test(input.asking) && (how.cut || certainlyBroken(exchanges[input.at] as Exchange, how));
    // What nobody reads may be as broken as it likes: the answer to a write, or a page that is not needed.
    if (isBroken && JSON.stringify(value) !== JSON.stringify(result))
      throw new Wrong(`a broken answer was taken as ${shown(value)}`);
    // A literal call hands on whatever body there is: its validation judges that.
    const wrong = input.asking === 'HTTP step' ? null : faultOfShape(value, result);
    if (wrong !== null) throw new Wrong(`taken, and not as it should be: ${wrong}: ${shown(value)}`);
    return VALID;
  };

  return {
    name: 'API answers',
    inputs: fc.constantFrom(...takes.keys()).chain((name) => one(takes.get(name) ?? fail(name))),
    // A tape plays for one listener.
    atOnce: 1,
    batch: 250,
    take: taking,
    show: ({ bytes, ...input }) =>
      JSON.stringify({ ...input, body: Buffer.from(bytes, 'base64').toString('utf8').slice(0, 2000) }),
    untouched: async () => (twin.ledger().writes.length === before ? null : 'something was written in the world'),
    stillWorks: async () => {
      for (const { asking } of takes.values()) asking.tape.record();
      // An audit of a world whose clock was set back never ends.
      for (const { asking } of takes.values()) if (!asking.name.endsWith(': audit')) await asking.ask();
    },
    close: async () => {
      for (const each of [...new Set([...tapes.values(), axlTape])]) await each.close();
      for (const close of closers) await close();
    },
    secrets: [...Object.values(SECRETS), CLOUDFLARE_TOKEN, AWS_KEY.secretAccessKey, 'axl-secret-of-the-bot'].filter(
      (secret) => secret !== SECRETS.genesysClientId,
    ),
  };
}

const FREE: CallBudget = {
  take: async () => undefined,
  pause: async () => undefined,
  keepBelow: () => undefined,
  figures: async () => ({ taken: 0, limit: 300, pausedUntil: null, shared: false }),
};
const NOBODY_HOME = {} as Home;
const BASE = {
  SLACK_BOT_TOKEN: 'xoxb-1-2-abcdefghijkl',
  SLACK_SIGNING_SECRET: '0123456789abcdef0123456789abcdef',
  CUTOVER_CHANNEL: 'C0CUTOVER',
};

function platformAskings(
  world: () => SiteWorld,
  site: Site,
  name: string,
  tape: Tape,
  login: Tape | null,
): readonly Asking[] {
  let kept = world();
  const { platform: names } = site;
  const hour = { from: Date.parse('2027-03-01T06:00:00Z'), to: Date.parse('2027-03-01T07:00:00Z') };
  const trunk = names.inboundTrunks[0]?.trunkBase ?? '';
  const route = names.outboundRoutes[0]?.route ?? '';
  const queue = names.queues[0]?.queue ?? '';
  const users = site.agents.slice(0, 8).map(({ user }) => user);
  const on = (what: string, ask: (of: SiteWorld) => Promise<unknown>): Asking => ({
    name: `${name}: ${what}`,
    tape,
    ask: () => ask(kept),
  });
  const fresh = (what: string, at: Tape): Asking => ({
    name: `${name}: ${what}`,
    tape: at,
    ask: async () => {
      kept = world();
      return kept.platform.organisation();
    },
  });
  const both = async (
    read: (of: SiteWorld) => Promise<unknown>,
    write: (of: SiteWorld) => Promise<unknown>,
    of: SiteWorld,
  ): Promise<unknown> => {
    await read(of);
    return write(of);
  };
  const { allocation: cell } = names;
  return [
    ...(login ? [fresh('login', login)] : []),
    fresh('organisation', tape),
    on('trunk', ({ platform }) => platform.trunk(trunk)),
    on('route', ({ platform }) => platform.outboundRoute(names.site, route)),
    on('numbers', ({ platform }) => platform.numbers(names.site, site.mirror.dids)),
    on('queue', ({ platform }) => platform.queue(queue)),
    on('members', ({ platform }) => platform.members(queue)),
    on('allocation', ({ platform }) => platform.allocation(cell.table, cell.row)),
    on('licences', ({ platform }) => platform.licences(users)),
    on('phones', ({ platform }) => platform.registeredPhones(names.site)),
    on('calls', ({ platform }) => platform.calls([queue], hour)),
    on('flow', ({ platform }) => platform.flow(names.shadowFlow, hour)),
    on('answered', async ({ platform }) => (await platform.answeredCalls?.([queue], hour)) ?? null),
    on('schedules', ({ platform }) => platform.scheduledAgents(names.managementUnit ?? '', hour).catch(onlyFault)),
    on('permissions', ({ inspection }) => inspection.permissions()),
    on('entitlements', ({ inspection }) => inspection.entitlements()),
    on('licence stock', ({ inspection }) => inspection.licenceStock(names.licences)),
    on('call allowance', ({ inspection }) => inspection.callAllowance()),
    on('clock', ({ inspection }) => inspection.clockSkewMs()),
    on('agents', ({ inspection }) => inspection.availableAgents(queue)),
    on('audit', ({ inspection }) => inspection.changes([trunk], hour)),
    on('set trunk', (of) =>
      both(
        ({ platform }) => platform.setTrunk(trunk, false),
        ({ platform }) => platform.setTrunk(trunk, true),
        of,
      ),
    ),
    on('set route', (of) =>
      both(
        ({ platform }) => platform.setOutboundRoute(names.site, route, false),
        ({ platform }) => platform.setOutboundRoute(names.site, route, true),
        of,
      ),
    ),
    on('set joined', (of) =>
      both(
        ({ platform }) => platform.setJoined(queue, users, false),
        ({ platform }) => platform.setJoined(queue, users, true),
        of,
      ),
    ),
    on('set allocation', (of) =>
      both(
        ({ platform }) => platform.setAllocation(cell.table, cell.row, { shadowPercent: 0 }),
        ({ platform }) => platform.setAllocation(cell.table, cell.row, { shadowPercent: 5 }),
        of,
      ),
    ),
  ];
}

const onlyFault = (cause: unknown): null => {
  if (cause instanceof Fault && cause.status === null) return null;
  throw cause;
};

function cxoneAskings(world: () => SiteWorld, site: Site, tapes: ReadonlyMap<string, Tape>): readonly Asking[] {
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

function restAskings(
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

function legacyRecipeAskings(world: () => SiteWorld, pattern: string, tape: Tape): readonly Asking[] {
  const kept = world();
  return [
    {
      name: 'AXL: set trunk',
      tape,
      ask: async () => [await kept.legacy.setTrunk(pattern, 'standby'), await kept.legacy.setTrunk(pattern, 'active')],
    },
  ];
}

async function vendorDns(clock: Clock, closers: (() => Promise<void>)[]): Promise<readonly Asking[]> {
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

/** The same answer, wounded: its JSON, its text, its bytes, its status or what it says of itself. */
function instead(answer: Exchange): fc.Arbitrary<Omit<Input, 'asking' | 'at'>> {
  const { status, headers, body } = answer;
  const like = (bytes: Buffer, more: Partial<Omit<Input, 'bytes'>> = {}) => ({
    status,
    headers,
    bytes: bytes.toString('base64'),
    cut: false,
    ...more,
  });
  const json = parsed(body);
  const texts = fc.oneof(
    woundedText(body),
    nastyText,
    fc.constantFrom(
      '<html>Sign in</html>',
      'null',
      '[]',
      '{}',
      '""',
      '0',
      'true',
      `"${'x'.repeat(20_000)}"`,
      `${'['.repeat(20_000)}`,
      '{"error":"x"}',
      '{"message":"<!channel> <@U0TOM0001>"}',
      `{"errors":[${'{},'.repeat(2000)}{}]}`,
    ),
  );
  return fc.oneof(
    {
      weight: 10,
      arbitrary: (json === undefined ? woundedText(body) : woundedJson(json)).map((text) => like(Buffer.from(text))),
    },
    { weight: 4, arbitrary: texts.map((text) => like(Buffer.from(text))) },
    { weight: 2, arbitrary: woundedBytes(Buffer.from(body)).map((bytes) => like(bytes)) },
    {
      weight: 2,
      arbitrary: fc
        .tuple(
          fc.constantFrom(
            201,
            202,
            204,
            206,
            300,
            301,
            302,
            304,
            307,
            400,
            401,
            403,
            404,
            405,
            409,
            410,
            418,
            422,
            451,
            500,
            501,
            502,
            504,
            599,
          ),
          texts,
        )
        .map(([other, text]) =>
          like(Buffer.from(other === 204 || other === 304 ? '' : text), {
            status: other,
            headers: { ...headers, ...(other < 400 ? { location: 'http://127.0.0.1:1/' } : {}) },
          }),
        ),
    },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom('0', '-1', 'soon', '1e309', '99999999999', 'Mon, 99 Foo 2099', '\t', '1, 2')
        .map((wait) =>
          like(Buffer.from('{"message":"busy"}'), {
            status: 429,
            headers: { 'retry-after': wait, 'inin-ratelimit-retry-after': wait },
          }),
        ),
    },
    {
      weight: 1,
      arbitrary: fc
        .tuple(
          fc.constantFrom('gzip', 'br', 'deflate', 'x-unknown', 'gzip, gzip'),
          fc.constantFrom(body, '\u001f\u008b\b'),
        )
        .map(([encoding, text]) =>
          like(Buffer.from(text, 'latin1'), { headers: { ...headers, 'content-encoding': encoding } }),
        ),
    },
    {
      weight: 1,
      arbitrary: fc
        .constantFrom(
          'text/html',
          'application/json; charset=utf-16',
          'application/octet-stream',
          'multipart/mixed',
          '',
        )
        .map((type) => like(Buffer.from(body), { headers: { ...headers, 'content-type': type } })),
    },
    {
      weight: 1,
      arbitrary: fc
        .nat({ max: Math.max(0, body.length - 1) })
        .map((n) => like(Buffer.from(body.slice(0, n)), { cut: true })),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(...NASTY_TEXTS).map((text) =>
        like(Buffer.from(JSON.stringify({ message: text, error: text, errors: [{ message: text }] })), {
          status: 400,
        }),
      ),
    },
  );
}

/** No wound of this kind leaves anything that could be read: it is no JSON where there was JSON, or its status is a refusal. */
function certainlyBroken(answer: Exchange, { status, bytes, headers }: Instead): boolean {
  if (parsed(answer.body) === undefined || answer.body === '') return false;
  if (headers['content-encoding'] !== undefined) return false;
  const text = bytes
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .trim();
  if (status >= 300 && status !== 404 && status !== 409) return true;
  return status < 300 && text !== '' && parsed(text) === undefined;
}

/** Whether no reader could take it: then nothing may be written on its strength. */
const isBad = (input: Input, exchanges: readonly Exchange[]): boolean =>
  input.cut ||
  certainlyBroken(exchanges[input.at] as Exchange, { ...input, bytes: Buffer.from(input.bytes, 'base64') });

/** Whether something had been written before that answer, or by the request that it answers. */
const writesBefore = (exchanges: readonly Exchange[], at: number): boolean =>
  exchanges.slice(0, at + 1).some(({ method, path }) => isWrite(method, path));

const keyOf = ({ method, path }: Exchange): string => keyAt(method, path);

function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
}

const shown = (value: unknown): string => {
  const text = JSON.stringify(value, (_key, each: unknown) =>
    each instanceof Map || each instanceof Set ? [...each] : each,
  );
  return (text ?? String(value)).slice(0, 400);
};

function fail(what: string): never {
  throw new Error(`there is no ${what}`);
}
