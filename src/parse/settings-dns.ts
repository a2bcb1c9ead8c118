/** Where the zones are: at least one provider of the five. */
import { type Read, readForm, readServer, type ServerAddress } from './setting-values';
import { type Desk, plain, type RestSystem, restOf, safeUrl, url } from './settings-desk';
import type { SettingName } from './settings-table';

export type TsigAlgorithm = 'hmac-sha256' | 'hmac-sha384' | 'hmac-sha512';

export interface PowerDnsSettings {
  readonly url: string;
  readonly apiKey: string;
  readonly serverId: string;
}

export interface Rfc2136Settings {
  readonly server: ServerAddress;
  readonly key: { readonly name: string; readonly algorithm: TsigAlgorithm; readonly secret: string };
}

export interface Route53Settings {
  readonly url: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | null;
}

export interface DnsSettings {
  readonly powerDns: PowerDnsSettings | null;
  readonly restDns: RestSystem | null;
  readonly rfc2136: Rfc2136Settings | null;
  readonly route53: Route53Settings | null;
  readonly cloudflare: RestSystem | null;
}

/** The setting that says that a provider is used. */
const FIRST: readonly SettingName[] = [
  'POWERDNS_URL',
  'RFC2136_SERVER',
  'ROUTE53_ACCESS_KEY_ID',
  'CLOUDFLARE_API_TOKEN',
  'DNS_REST_URL',
];

export function dnsProvidersOf(desk: Desk): DnsSettings {
  if (FIRST.every((name) => desk.given(name) === null)) {
    desk.faults.push({
      place: 'POWERDNS_URL',
      wrong: `no DNS provider is set: none of ${FIRST.join(', ')}`,
      mend: 'Set the one whose provider holds the zones',
    });
  }
  return {
    powerDns: powerDnsOf(desk),
    restDns: restOf(desk, 'DNS_REST_URL', 'DNS_API_TOKEN'),
    rfc2136: rfc2136Of(desk),
    route53: route53Of(desk),
    cloudflare: cloudflareOf(desk),
  };
}

function powerDnsOf(desk: Desk): PowerDnsSettings | null {
  const base = desk.optional('POWERDNS_URL', url);
  if (desk.given('POWERDNS_URL') === null) return null;
  const apiKey = desk.required('POWERDNS_API_KEY', plain, '', 'is missing, and POWERDNS_URL is set');
  const serverId = desk.required(
    'POWERDNS_SERVER_ID',
    (value) => readForm(value, /^[A-Za-z0-9._-]+$/, 'a plain name'),
    '',
  );
  return { url: base ?? '', apiKey, serverId };
}

const NOWHERE: ServerAddress = { address: '', port: 0 };
const ALGORITHMS: readonly TsigAlgorithm[] = ['hmac-sha256', 'hmac-sha384', 'hmac-sha512'];

function rfc2136Of(desk: Desk): Rfc2136Settings | null {
  const server = desk.optional('RFC2136_SERVER', (value): Read<ServerAddress> => {
    const found = readServer(value);
    return found ? { value: found } : { wrong: 'is not an address with a port', mend: 'Write it like 192.0.2.1:53' };
  });
  if (desk.given('RFC2136_SERVER') === null) return null;
  const why = 'is missing, and RFC2136_SERVER is set';
  const name = desk.required('RFC2136_KEY_NAME', (value) => readForm(value, KEY_NAME, 'the name of a key'), '', why);
  const secret = desk.required('RFC2136_KEY_SECRET', readSecret, '', why);
  const algorithm = desk.required<TsigAlgorithm>('RFC2136_KEY_ALGORITHM', readAlgorithm, 'hmac-sha256');
  return { server: server ?? NOWHERE, key: { name, algorithm, secret } };
}

const KEY_NAME = /^(?=.{1,253}$)[A-Za-z0-9_-]{1,63}(\.[A-Za-z0-9_-]{1,63})*\.?$/;

/** At least as long as the hash (RFC 8945 section 5.1 asks for no less than half of it): 128 bits. */
function readSecret(value: string): Read<string> {
  const isBase64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(value);
  if (isBase64 && Buffer.from(value, 'base64').length >= 16) return { value };
  return { wrong: 'is not a key in base64 of 16 bytes or more', mend: 'Copy the "secret" of the key file, unchanged' };
}

function readAlgorithm(value: string): Read<TsigAlgorithm> {
  const found = ALGORITHMS.find((known) => known === value.toLowerCase().replace(/\.$/, ''));
  return found
    ? { value: found }
    : { wrong: 'is not an algorithm that is taken', mend: `Use ${ALGORITHMS.join(', ')}` };
}

function route53Of(desk: Desk): Route53Settings | null {
  const base = desk.required('ROUTE53_URL', safeUrl, '');
  const region = desk.required('ROUTE53_REGION', (value) => readForm(value, /^[a-z0-9-]{2,40}$/, 'an AWS region'), '');
  const accessKeyId = desk.optional('ROUTE53_ACCESS_KEY_ID', (value) =>
    readForm(value, /^[A-Za-z0-9]{16,128}$/, 'an access key id'),
  );
  const sessionToken = desk.optional('ROUTE53_SESSION_TOKEN', plain);
  if (desk.given('ROUTE53_ACCESS_KEY_ID') === null) return null;
  const why = 'is missing, and ROUTE53_ACCESS_KEY_ID is set';
  const secretAccessKey = desk.required('ROUTE53_SECRET_ACCESS_KEY', plain, '', why);
  return { url: base, region, accessKeyId: accessKeyId ?? '', secretAccessKey, sessionToken };
}

function cloudflareOf(desk: Desk): RestSystem | null {
  const base = desk.required('CLOUDFLARE_URL', safeUrl, '');
  const token = desk.optional('CLOUDFLARE_API_TOKEN', plain);
  return token === null ? null : { url: base, token };
}
