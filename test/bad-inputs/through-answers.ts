/**
 * Answers of other systems, through the real adapters: what they really answer is taken down once from the twin and the
 * doubles, and played again with one answer wounded. A wound may leave an answer valid: then what the adapter makes of it
 * has to be as well-formed as before. After an answer that was refused nothing may be written.
 */
import fc from 'fast-check';
import { startTwin } from '../../sandbox/twin/twin';
import { composeWorld } from '../../src/compose-world';
import type { Site } from '../../src/core/site';
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
import { CLOUDFLARE_TOKEN } from '../support/doubles/cloudflare';
import { AWS_KEY } from '../support/doubles/route53';
import { type Exchange, type Instead, isWrite, keyOf as keyAt, openTape, type Tape } from './answers-tape';
import { type Entrance, refused, type Taken, VALID, Wrong } from './entrance';
import { type Asking, platformAskings } from './platform-askings';
import { faultOfShape } from './shapes';
import { cxoneAskings, fail, legacyRecipeAskings, restAskings, TIMEOUT_MS, vendorDns } from './vendor-askings';
import { instead, parsed, type WoundedAnswer } from './wounded-answers';

interface Take {
  readonly asking: Asking;
  readonly exchanges: readonly Exchange[];
  readonly result: unknown;
}

interface Input extends WoundedAnswer {
  readonly asking: string;
  readonly at: number;
}

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
/** Where the client may not look, the figure is unknown, as the port says. */
const maySayUnknown = ({ asking, status }: Input): boolean => status === 403 && /licence stock/.test(asking);

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
    const isBroken =
      !MAKES_DO.test(input.asking) &&
      !maySayUnknown(input) &&
      (how.cut || certainlyBroken(exchanges[input.at] as Exchange, how));
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

const shown = (value: unknown): string => {
  const text = JSON.stringify(value, (_key, each: unknown) =>
    each instanceof Map || each instanceof Set ? [...each] : each,
  );
  return (text ?? String(value)).slice(0, 400);
};
