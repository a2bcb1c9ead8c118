import { GENESYS_REGIONS, genesysDomain } from './genesys-regions';
import { parseLocated } from './located-yaml';
import { suggestion } from './nearest';
import { bad, good, type Parsed, type ParseFault } from './parse-fault';
import {
  type Read,
  readAuthority,
  readConnectTo,
  readDistantServer,
  readForm,
  readServers,
  readToken,
  readUrl,
  type ServerAddress,
} from './setting-values';
import { type TwilioSettings, twilioOf } from './settings-carrier';
import { type CrmSettings, crmsOf } from './settings-crm';
import { type CxoneSettings, cxoneOf, namesCxone } from './settings-cxone';
import { Desk, plain, type RestSystem, restOf, safeUrl, text, url, type Values, whole } from './settings-desk';
import { type DnsSettings, dnsProvidersOf } from './settings-dns';
import { type LegacyRecipeSettings, legacyRecipeOf } from './settings-legacy';
import { type OpsSettings, opsOf } from './settings-ops';
import { type ProbesSettings, probesOf } from './settings-probes';
import { type RedisSettings, redisOf } from './settings-redis';
import { defaultOf, SETTING_NAMES, type SettingName } from './settings-table';
import { type TraceSettings, traceOf } from './settings-trace';

export type { ServerAddress } from './setting-values';
export type { RestSystem } from './settings-desk';
export { redact, SETTINGS, type SettingFacts, type SettingName } from './settings-table';

/** How Slack reaches the bot. */
export type SlackMode =
  | { readonly kind: 'http'; readonly signingSecret: string }
  | { readonly kind: 'socket'; readonly appToken: string };

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal' | 'silent';

/** Everything that is configured, read once. URLs have no slash at their end, but for Slack's, which has one. */
export interface Settings extends CrmSettings, DnsSettings, OpsSettings, ProbesSettings, TraceSettings {
  readonly slack: {
    readonly botToken: string;
    readonly mode: SlackMode;
    readonly apiUrl: string;
    readonly channel: string;
  };
  readonly listen: { readonly host: string; readonly port: number };
  readonly redis: RedisSettings;
  readonly sitesDir: string;
  readonly sitesInFlight: number;
  readonly recipesDir: string;
  /** At least one platform is configured. */
  readonly cxone: CxoneSettings | null;
  readonly genesys: {
    readonly apiUrl: string;
    readonly loginUrl: string;
    readonly clientId: string;
    readonly clientSecret: string;
    readonly sessionLimitProperty: string;
    readonly onQueueActivityCodes: readonly string[];
  } | null;
  readonly platformRest: RestSystem | null;
  readonly twilio: TwilioSettings | null;
  readonly legacy: RestSystem;
  /** Null where the generic API reads and sets the trunks too. */
  readonly legacyRecipe: LegacyRecipeSettings | null;
  readonly resolvers: ReadonlyMap<string, ServerAddress>;
  readonly nameServers: ReadonlyMap<string, ServerAddress>;
  /** A well-known address of a resolver that stands elsewhere here, to its name: `8.8.8.8` is `google`. */
  readonly resolverAliases: ReadonlyMap<string, string>;
  /** By `host:port`. */
  readonly connectTo: ReadonlyMap<string, ServerAddress>;
  /** PEM text or the path of a PEM file. */
  readonly sipTlsCa: string | null;
  /** PEM text of the private key that signs exported audit files. */
  readonly auditSigningKey: string | null;
  readonly logLevel: LogLevel;
  readonly workerConcurrency: number;
  readonly httpTimeoutMs: number;
  readonly sandboxClockFile: string | null;
}

/**
 * The settings, or every mistake in them. What is empty counts as not given. `legacyRecipe` is the text of the file that
 * LEGACY_RECIPE names.
 */
export function parseSettings(values: Values, legacyRecipe: string | null = null): Parsed<Settings> {
  const desk = new Desk(values, { names: SETTING_NAMES, defaultOf });
  const settings = { ...settingsOf(desk), legacyRecipe: legacyRecipeOf(desk, legacyRecipe) };
  return desk.faults.length === 0 ? good(settings) : bad(...desk.faults);
}

function settingsOf(desk: Desk): Omit<Settings, 'legacyRecipe'> {
  return {
    slack: slackOf(desk),
    listen: {
      host: desk.required('HOST', (value) => readForm(value, /^[A-Za-z0-9.:-]+$/, 'an address'), ''),
      port: desk.required('PORT', whole(0, 65535), 0),
    },
    ...opsOf(desk),
    ...traceOf(desk),
    redis: redisOf(desk),
    sitesDir: desk.required('SITES_DIR', text, ''),
    sitesInFlight: desk.required('SITES_IN_FLIGHT', whole(1, 100_000), 1),
    recipesDir: desk.required('RECIPES_DIR', text, ''),
    cxone: cxoneOf(desk),
    genesys: namesGenesys(desk) || !namesCxone(desk) ? genesysOf(desk) : null,
    ...dnsProvidersOf(desk),
    platformRest: restOf(desk, 'PLATFORM_REST_URL', 'PLATFORM_REST_TOKEN'),
    twilio: twilioOf(desk),
    legacy: { url: desk.required('LEGACY_URL', url, ''), token: desk.required('LEGACY_TOKEN', plain, '') },
    ...crmsOf(desk),
    ...withProbes(desk, serversOf(desk)),
    sipTlsCa: desk.optional('SIP_TLS_CA', readAuthority),
    auditSigningKey: desk.optional('AUDIT_SIGNING_KEY', readSigningKey),
    logLevel: desk.required<LogLevel>('LOG_LEVEL', readLevel, 'info'),
    workerConcurrency: desk.required('WORKER_CONCURRENCY', whole(1, 256), 1),
    httpTimeoutMs: desk.required('HTTP_TIMEOUT_MS', whole(100, 600_000), 0),
    sandboxClockFile: desk.optional('SANDBOX_CLOCK_FILE', text),
  };
}

function slackOf(desk: Desk): Settings['slack'] {
  const apiUrl = desk.required('SLACK_API_URL', (value) => readUrl(value, true), '');
  return {
    botToken: desk.required('SLACK_BOT_TOKEN', (value) => readToken(value, 'xoxb-'), ''),
    mode: slackMode(desk),
    apiUrl: apiUrl.endsWith('/') ? apiUrl : `${apiUrl}/`,
    channel: desk.required(
      'CUTOVER_CHANNEL',
      (value) => readForm(value, /^[CG][A-Z0-9]{2,30}$/, 'the id of a channel (C...), which its details show'),
      '',
    ),
  };
}

function slackMode(desk: Desk): SlackMode {
  if (desk.given('SLACK_APP_TOKEN') !== null) {
    return { kind: 'socket', appToken: desk.required('SLACK_APP_TOKEN', (value) => readToken(value, 'xapp-'), '') };
  }
  const why = 'is missing: without SLACK_APP_TOKEN (Socket Mode) Slack calls the bot over HTTP and signs its calls';
  const secret = (value: string): Read<string> =>
    /^[\x21-\x7e]{8,}$/.test(value)
      ? { value }
      : { wrong: 'is not a signing secret', mend: 'Copy it from "Basic Information" of the Slack app' };
  return { kind: 'http', signingSecret: desk.required('SLACK_SIGNING_SECRET', secret, '', why) };
}

const GENESYS_NAMES: readonly SettingName[] = [
  'GENESYS_REGION',
  'GENESYS_API_URL',
  'GENESYS_LOGIN_URL',
  'GENESYS_CLIENT_ID',
  'GENESYS_CLIENT_SECRET',
];
const namesGenesys = (desk: Desk): boolean => GENESYS_NAMES.some((name) => desk.given(name) !== null);

function genesysOf(desk: Desk): Settings['genesys'] {
  const domain = desk.optional('GENESYS_REGION', (value): Read<string> => {
    const found = genesysDomain(value);
    return found === null
      ? { wrong: 'is not a region of Genesys Cloud', mend: suggestion(value, GENESYS_REGIONS) }
      : { value: found };
  });
  const why = 'is missing, and there is no GENESYS_REGION to derive it from';
  // A region that was given but is not known has been named already.
  const derivable = desk.given('GENESYS_REGION') !== null;
  const base = (name: 'GENESYS_API_URL' | 'GENESYS_LOGIN_URL', host: string): string =>
    derivable ? (desk.optional(name, safeUrl) ?? `https://${host}.${domain}`) : desk.required(name, safeUrl, '', why);
  return {
    apiUrl: base('GENESYS_API_URL', 'api'),
    loginUrl: base('GENESYS_LOGIN_URL', 'login'),
    clientId: desk.required('GENESYS_CLIENT_ID', plain, ''),
    clientSecret: desk.required('GENESYS_CLIENT_SECRET', plain, ''),
    sessionLimitProperty: desk.required(
      'GENESYS_SESSION_LIMIT_PROPERTY',
      (value) => readForm(value, /^[A-Za-z][A-Za-z0-9_.]{0,79}$/, 'the name of a property'),
      '',
    ),
    onQueueActivityCodes: desk.required('GENESYS_ON_QUEUE_CODES', readCodes, []),
  };
}

function readCodes(value: string): Read<readonly string[]> {
  const codes = value.split(',').map((code) => code.trim());
  return codes.every((code) => /^[A-Za-z0-9-]{1,60}$/.test(code))
    ? { value: codes }
    : { wrong: 'is not a list of activity codes', mend: 'Write them with commas, like 0,3f1a' };
}

const SERVER_NAME = /^[a-z0-9][a-z0-9._-]*$/;
const SERVER_EXAMPLE = 'google=8.8.8.8:53,office=10.0.0.53:53';
const RESOLVER_EXAMPLE = `${SERVER_EXAMPLE}, or office=10.0.0.53:53@springfield`;

function withProbes<Servers extends Pick<Settings, 'resolvers'>>(
  desk: Desk,
  servers: Servers,
): Servers & ProbesSettings {
  return { ...servers, ...probesOf(desk, servers.resolvers) };
}

function serversOf(desk: Desk): Pick<Settings, 'resolvers' | 'nameServers' | 'resolverAliases' | 'connectTo'> {
  const servers = (value: string) => readServers(value, SERVER_NAME, SERVER_EXAMPLE);
  const resolversOf = (value: string) => readServers(value, SERVER_NAME, RESOLVER_EXAMPLE, readDistantServer);
  const nothing: ReadonlyMap<string, ServerAddress> = new Map();
  const usual = servers(defaultOf('RESOLVERS') ?? '');
  const standard = 'value' in usual ? usual.value : nothing;
  const resolvers = new Map([...standard, ...(desk.optional('RESOLVERS', resolversOf) ?? nothing)]);
  const moved = [...standard].filter(([name, { address }]) => resolvers.get(name)?.address !== address);
  return {
    resolvers,
    nameServers: desk.optional('NAME_SERVERS', servers) ?? nothing,
    resolverAliases: new Map(moved.map(([name, { address }]) => [address, name])),
    connectTo: desk.optional('CONNECT_TO', readConnectTo) ?? nothing,
  };
}

/** Its form only; whether it is a key shows when it is used. */
function readSigningKey(value: string): Read<string> {
  if (value.includes('-----BEGIN PRIVATE KEY-----')) return { value };
  return {
    wrong: 'is no private key',
    mend: 'Give an Ed25519 key as PEM text ("-----BEGIN PRIVATE KEY-----...") or the path of such a file; docs/audit.md shows how one is made',
  };
}

const LEVELS: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'];

export function readLevel(value: string): Read<LogLevel> {
  const level = LEVELS.find((known) => known === value.toLowerCase());
  return level === undefined ? { wrong: 'is not a level', mend: suggestion(value, LEVELS) } : { value: level };
}

/** A settings file: a flat YAML or JSON mapping with the names of the environment. */
export function parseSettingsFile(
  content: string,
  file: string,
  names: readonly string[] = SETTING_NAMES,
): Parsed<Readonly<Record<string, string>>> {
  const read = parseLocated(content, file);
  if (!read.ok) return read;
  const { value, keyPlace, place } = read.value;
  const faults: ParseFault[] = [];
  const settings: Record<string, string> = {};
  for (const [name, each] of Object.entries(value).slice(0, 3 * names.length)) {
    if (!names.includes(name))
      faults.push({ place: keyPlace([name]), wrong: unknownWrong(name), mend: suggestion(name, names) });
    else if (typeof each !== 'string' && typeof each !== 'number')
      faults.push({
        place: place([name]),
        wrong: `${name} is neither text nor a number`,
        mend: 'Write one value, in quotes where needed',
      });
    else settings[name] = String(each);
  }
  return faults.length === 0 ? good(settings) : bad(...faults);
}

/** A secret may have slipped in front of the colon: only what looks like a name is repeated. */
const unknownWrong = (name: string): string =>
  /^[A-Z][A-Z_]{2,39}$/.test(name) ? `${name} is not a setting` : 'this is not a setting';
