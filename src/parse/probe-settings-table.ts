/** Every setting of `cutover probe`, which reads none of the bot's. The table in docs/probe.md is made of this. */
import type { SettingNames } from './settings-desk';
import { type Facts, facts, given, needed, secret } from './settings-table';

const TABLE = {
  PROBE_NAME: facts("The probe's name, as the bot's PROBES and the site files write it", needed('always')),
  PROBE_SECRET: facts(
    'What it shares with the bot: 32 or more characters without white space or commas',
    secret('always'),
  ),
  PROBE_LISTEN: facts('Address and port on which the bot reaches it', given('127.0.0.1:7077')),
  PROBE_RESOLVERS: facts('Resolvers that it may ask as name=ip:port,...', needed('without PROBE_GATEWAYS')),
  PROBE_GATEWAYS: facts(
    'Gateways to which it may send OPTIONS as host:port/transport,...',
    needed('without PROBE_RESOLVERS'),
  ),
  PROBE_CONNECT_TO: facts('Where to connect instead of a gateway, as host:port=ip:port,...'),
  PROBE_TLS_CERT: facts(
    'Its certificate with the chain: PEM text, or the path of a PEM file',
    needed('with PROBE_TLS_KEY'),
  ),
  PROBE_TLS_KEY: facts('Key of that certificate: PEM text, or the path of a PEM file', secret('with PROBE_TLS_CERT')),
  PROBE_SIP_TLS_CA: facts('Authority of the SIP gateways: PEM text, or the path of a PEM file'),
  PROBE_LOG_LEVEL: facts('trace, debug, info, warn, error, fatal or silent', given('info')),
} as const satisfies Readonly<Record<string, Facts>>;

export type ProbeSettingName = keyof typeof TABLE;

const names = Object.keys(TABLE) as ProbeSettingName[];

export const PROBE_SETTINGS: readonly (Facts & { readonly name: ProbeSettingName })[] = names.map((name) => ({
  name,
  ...TABLE[name],
}));

export const PROBE_SETTING_NAMES: SettingNames<ProbeSettingName> = {
  names,
  defaultOf: (name) => TABLE[name].default,
};

/** Settings whose value may be the path of a file that holds it. */
export const PROBE_FILES = [
  'PROBE_TLS_CERT',
  'PROBE_TLS_KEY',
  'PROBE_SIP_TLS_CA',
] as const satisfies ProbeSettingName[];
