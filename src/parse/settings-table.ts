/** Every setting of the product. The docs' table and `redact` are made of this. */
export interface Facts {
  readonly meaning: string;
  readonly default: string | null;
  /** Its value is shown nowhere. */
  readonly secret: boolean;
  /** When it has to be given; null when it may always be left out. */
  readonly required: string | null;
}

export const facts = (meaning: string, more: Partial<Facts> = {}): Facts => ({
  default: null,
  secret: false,
  required: null,
  ...more,
  meaning,
});

export const secret = (required: string | null): Partial<Facts> => ({ secret: true, required });
export const given = (by: string): Partial<Facts> => ({ default: by });
export const needed = (required: string): Partial<Facts> => ({ required });

const DEFAULT_RESOLVERS = 'google=8.8.8.8:53,cloudflare=1.1.1.1:53,quad9=9.9.9.9:53';

const TABLE = {
  SLACK_BOT_TOKEN: facts('Bot token of the Slack app (xoxb-...)', secret('always')),
  SLACK_SIGNING_SECRET: facts('Signing secret of the Slack app', secret('without SLACK_APP_TOKEN')),
  SLACK_APP_TOKEN: facts('App-level token (xapp-...); its presence selects Socket Mode', secret(null)),
  SLACK_API_URL: facts("Base URL of Slack's Web API", given('https://slack.com/api/')),
  CUTOVER_CHANNEL: facts('Id of the channel in which waves are posted', needed('always')),
  PORT: facts('Port on which Slack reaches the bot in HTTP mode', given('3000')),
  HOST: facts('Address on which it listens', given('127.0.0.1')),
  OPS_HOST: facts('Address of the listener for health and figures', given('127.0.0.1')),
  OPS_PORT: facts('Port of /healthz, /readyz and /metrics; without it they are not served'),
  OTEL_EXPORTER_OTLP_ENDPOINT: facts(
    'Base URL of an OpenTelemetry collector (OTLP over HTTP); without it nothing is followed',
  ),
  OTEL_EXPORTER_OTLP_HEADERS: facts(
    'Headers for the collector as name=value,...; values percent-encoded',
    secret(null),
  ),
  OTEL_SERVICE_NAME: facts('Name of this service in the spans', given('cutover')),
  REDIS_URL: facts('Redis, redis:// or rediss://; may hold a password', {
    default: 'redis://127.0.0.1:6379',
    secret: true,
  }),
  REDIS_SENTINELS: facts('Sentinels as host:port,...; in place of REDIS_URL'),
  REDIS_SENTINEL_MASTER: facts('Name under which they watch the master', needed('with REDIS_SENTINELS')),
  REDIS_SENTINEL_USERNAME: facts('User at the Sentinels'),
  REDIS_SENTINEL_PASSWORD: facts('Password at the Sentinels', secret(null)),
  REDIS_CLUSTER_NODES: facts('Some nodes of a Redis Cluster as host:port,...; in place of REDIS_URL'),
  REDIS_USERNAME: facts('User at Redis, with Sentinel or Cluster'),
  REDIS_PASSWORD: facts('Password at Redis, with Sentinel or Cluster', secret(null)),
  REDIS_TLS: facts('yes or no: whether the way to Redis is encrypted, with Sentinel or Cluster', given('no')),
  REDIS_TLS_CA: facts('Authority of an encrypted Redis, in place of the public ones: PEM text or a path'),
  REDIS_PREFIX: facts('First part of every key in Redis; becomes the hash tag', given('cutover')),
  REDIS_MIN_REPLICAS: facts('Replicas that must acknowledge an append', given('0')),
  SITES_IN_FLIGHT: facts('Sites whose waves may be under way at a time', given('10')),
  SITES_DIR: facts('Folder of the site files', given('sites')),
  RECIPES_DIR: facts('Folder of the recipes and wave documents', given('templates/waves')),
  GENESYS_REGION: facts(
    'AWS region of the Genesys Cloud organisation, like us_west_2; gives both URLs',
    needed('for Genesys Cloud, without the two URLs'),
  ),
  GENESYS_API_URL: facts('Base URL of the Genesys Cloud API', needed('for Genesys Cloud, without GENESYS_REGION')),
  GENESYS_LOGIN_URL: facts('Base URL of the Genesys Cloud login', needed('for Genesys Cloud, without GENESYS_REGION')),
  GENESYS_CLIENT_ID: facts('Id of the OAuth client (client credentials)', needed('without CXone settings')),
  GENESYS_CLIENT_SECRET: facts('Secret of the OAuth client', secret('without CXone settings')),
  GENESYS_SESSION_LIMIT_PROPERTY: facts(
    'Property of the trunk settings that caps concurrent calls',
    given('trunk_max_concurrent_calls'),
  ),
  GENESYS_ON_QUEUE_CODES: facts('Activity codes of the schedule that are on-queue work, with commas', given('0')),
  CXONE_AREA: facts(
    'Area of the NICE CXone tenant, like na1; gives the token URL',
    needed('for CXone, without the URL'),
  ),
  CXONE_TOKEN_URL: facts('Base URL at which the access key gives a token', needed('for CXone, without CXONE_AREA')),
  CXONE_DISCOVERY_URL: facts("Base URL that names the tenant's API", given('https://cxone.niceincontact.com')),
  CXONE_API_URL: facts('Base URL of the CXone API, in place of what discovery names'),
  CXONE_ACCESS_KEY_ID: facts('Id of the access key', needed('for CXone')),
  CXONE_ACCESS_KEY_SECRET: facts('Secret of the access key', secret('for CXone')),
  CXONE_TENANT_ID: facts("The tenant's id, a UUID", needed('for CXone, without CXONE_API_URL')),
  CXONE_API_VERSION: facts("Version of the ACD's API", given('v33.0')),
  POWERDNS_URL: facts('Base URL of the PowerDNS API', needed('without another DNS provider')),
  POWERDNS_API_KEY: facts('Key of the PowerDNS API', secret('with POWERDNS_URL')),
  POWERDNS_SERVER_ID: facts('Server id in the PowerDNS API', given('localhost')),
  DNS_REST_URL: facts("Base URL of the guide's generic DNS API", needed('without another DNS provider')),
  DNS_API_TOKEN: facts('Bearer token of that API', secret('with DNS_REST_URL')),
  RFC2136_SERVER: facts(
    'Primary name server that takes signed updates, as ip:port',
    needed('without another DNS provider'),
  ),
  RFC2136_KEY_NAME: facts('Name of the TSIG key', needed('with RFC2136_SERVER')),
  RFC2136_KEY_SECRET: facts('Secret of the TSIG key, base64', secret('with RFC2136_SERVER')),
  RFC2136_KEY_ALGORITHM: facts('hmac-sha256, hmac-sha384 or hmac-sha512', given('hmac-sha256')),
  ROUTE53_ACCESS_KEY_ID: facts('Access key id for Amazon Route 53', needed('without another DNS provider')),
  ROUTE53_SECRET_ACCESS_KEY: facts('Secret access key', secret('with ROUTE53_ACCESS_KEY_ID')),
  ROUTE53_SESSION_TOKEN: facts('Session token of temporary credentials', secret(null)),
  ROUTE53_REGION: facts('AWS region that signatures are made for', given('us-east-1')),
  ROUTE53_URL: facts('Base URL of the Route 53 API', given('https://route53.amazonaws.com')),
  CLOUDFLARE_API_TOKEN: facts('API token with the right to edit DNS', secret('without another DNS provider')),
  CLOUDFLARE_URL: facts('Base URL of the Cloudflare API', given('https://api.cloudflare.com/client/v4')),
  PLATFORM_REST_URL: facts('Base URL that literal wave documents call as the platform'),
  PLATFORM_REST_TOKEN: facts('Bearer token of that platform', secret('with PLATFORM_REST_URL')),
  TWILIO_URL: facts("Base URL of Twilio's trunking API", given('https://trunking.twilio.com')),
  TWILIO_ACCOUNT_SID: facts('Id of the Twilio account (AC...)', needed('for a Twilio carrier')),
  TWILIO_AUTH_TOKEN: facts('Token of that account', secret('for a Twilio carrier, without TWILIO_API_KEY')),
  TWILIO_API_KEY: facts('Id of an API key (SK...), in place of the token', secret(null)),
  TWILIO_API_KEY_SECRET: facts('Secret of the API key', secret('with TWILIO_API_KEY')),
  LEGACY_URL: facts("Base URL of the legacy telephony's API", needed('always')),
  LEGACY_TOKEN: facts('Bearer token of the legacy telephony', secret('always')),
  LEGACY_RECIPE: facts('Path of a recipe that reads and sets the modes of legacy trunks in place of that API'),
  LEGACY_RECIPE_URL: facts("Base URL of the recipe's requests", needed('with LEGACY_RECIPE')),
  LEGACY_RECIPE_USER: facts('Its user, for Basic', needed('with LEGACY_RECIPE, without LEGACY_RECIPE_TOKEN')),
  LEGACY_RECIPE_PASSWORD: facts('Password of that user', secret('with LEGACY_RECIPE, without LEGACY_RECIPE_TOKEN')),
  LEGACY_RECIPE_TOKEN: facts('Its bearer token, in place of user and password', secret(null)),
  CRM_URL: facts("Base URL of the CRM's API", needed('without SALESFORCE_LOGIN_URL')),
  CRM_TOKEN: facts('Bearer token of the CRM', secret('with CRM_URL')),
  SALESFORCE_LOGIN_URL: facts(
    'Login of the Salesforce organisation, https://NAME.my.salesforce.com',
    needed('for a Salesforce CRM'),
  ),
  SALESFORCE_CLIENT_ID: facts('Id of the connected app (client credentials)', needed('with SALESFORCE_LOGIN_URL')),
  SALESFORCE_CLIENT_SECRET: facts('Secret of the connected app', secret('with SALESFORCE_LOGIN_URL')),
  SALESFORCE_API_VERSION: facts('Version of the Salesforce API', given('v63.0')),
  SALESFORCE_OBJECT: facts('Object whose rows calls become', given('Task')),
  SALESFORCE_CALL_FIELD: facts("Its field with the platform's id of the call", given('CallObject')),
  SALESFORCE_TIME_FIELD: facts('Its field with the time at which the row was written', given('CreatedDate')),
  SALESFORCE_DELAY_FROM: facts('Moment of the call from which that delay counts: answered or ended', given('answered')),
  SALESFORCE_SITE_OBJECT: facts("Object with the sites' routing entries; without one every entry counts as both"),
  SALESFORCE_SITE_ENTRY_FIELD: facts('Its field with the name of the entry', given('Name')),
  SALESFORCE_SITE_PLATFORM_FIELD: facts('Its field with legacy, both or the platform', given('Platform__c')),
  RESOLVERS: facts(
    'Resolvers as name=ip:port,...; laid over the default; ip:port@probe is asked from that probe',
    given(DEFAULT_RESOLVERS),
  ),
  NAME_SERVERS: facts('Authoritative name servers as name=ip:port,...'),
  PROBES: facts("Probes inside sites' networks as name=https://host:port,..."),
  PROBE_SECRETS: facts('Their secrets as name=secret,...', secret('with PROBES')),
  CONNECT_TO: facts('Where to connect instead of a gateway, as host:port=ip:port,...'),
  SIP_TLS_CA: facts('Authority of the SIP gateways: PEM text, or the path of a PEM file'),
  AUDIT_SIGNING_KEY: facts(
    'Ed25519 key that signs exported audit files: PEM text, or the path of a PEM file',
    secret(null),
  ),
  LOG_LEVEL: facts('trace, debug, info, warn, error, fatal or silent', given('info')),
  WORKER_CONCURRENCY: facts('Jobs that one worker runs at a time', given('4')),
  HTTP_TIMEOUT_MS: facts('Limit of one HTTP call in milliseconds', given('15000')),
  SANDBOX_CLOCK_FILE: facts("The sandbox's time; never set it in production"),
} as const satisfies Readonly<Record<string, Facts>>;

export type SettingName = keyof typeof TABLE;

export interface SettingFacts extends Facts {
  readonly name: SettingName;
}

export const SETTINGS: readonly SettingFacts[] = (Object.keys(TABLE) as SettingName[]).map((name) => ({
  name,
  ...TABLE[name],
}));

export const SETTING_NAMES: readonly SettingName[] = SETTINGS.map(({ name }) => name);

export const defaultOf = (name: SettingName): string | null => TABLE[name].default;

/** What is set, for people to read: secrets are there, but not shown. */
export function redact(values: Readonly<Record<string, string | undefined>>): Readonly<Record<string, string>> {
  const set = SETTING_NAMES.flatMap((name) => {
    const value = Object.hasOwn(values, name) ? values[name]?.trim() : undefined;
    return value ? [[name, TABLE[name].secret ? '(set, not shown)' : value] as const] : [];
  });
  return Object.fromEntries(set);
}
