import type { Gateway, SipTransport } from '../core/site';
import { bad, good, type Parsed } from './parse-fault';
import { PROBE_SETTING_NAMES, type ProbeSettingName } from './probe-settings-table';
import { type Read, readConnectTo, readServers, type ServerAddress } from './setting-values';
import { type LogLevel, readLevel } from './settings';
import { Desk, type Values } from './settings-desk';
import { PROBE_NAME, PROBE_SECRET } from './settings-probes';
import { isAddress } from './site-fields';

/** Everything that `cutover probe` is told. What is not listed here it never contacts. */
export interface ProbeSettings {
  readonly name: string;
  readonly secret: string;
  readonly listen: { readonly host: string; readonly port: number };
  readonly resolvers: ReadonlyMap<string, ServerAddress>;
  readonly gateways: readonly Gateway[];
  /** By `host:port`: where a gateway stands in a test bed. */
  readonly connectTo: ReadonlyMap<string, ServerAddress>;
  /** PEM; null: plain HTTP. */
  readonly tls: { readonly cert: string; readonly key: string } | null;
  /** PEM. */
  readonly sipTlsCa: string | null;
  readonly logLevel: LogLevel;
}

/** The settings, or every mistake in them. Files are read already: a PEM setting holds its text. */
export function parseProbeSettings(values: Values): Parsed<ProbeSettings> {
  const desk = new Desk(values, PROBE_SETTING_NAMES);
  const settings = settingsOf(desk);
  return desk.faults.length === 0 ? good(settings) : bad(...desk.faults);
}

type ProbeDesk = Desk<ProbeSettingName>;

function settingsOf(desk: ProbeDesk): ProbeSettings {
  return {
    name: desk.required('PROBE_NAME', readName, ''),
    secret: desk.required('PROBE_SECRET', readSecret, ''),
    listen: desk.required('PROBE_LISTEN', readListen, { host: '', port: 0 }),
    ...reachOf(desk),
    connectTo: desk.optional('PROBE_CONNECT_TO', readConnectTo) ?? new Map(),
    tls: tlsOf(desk),
    sipTlsCa: desk.optional('PROBE_SIP_TLS_CA', readPem('CERTIFICATE')),
    logLevel: desk.required<LogLevel>('PROBE_LOG_LEVEL', readLevel, 'info'),
  };
}

function reachOf(desk: ProbeDesk): Pick<ProbeSettings, 'resolvers' | 'gateways'> {
  const resolvers = desk.optional('PROBE_RESOLVERS', (text) =>
    readServers(text, /^[a-z0-9][a-z0-9._-]{0,63}$/, 'office=10.0.0.53:53,datacentre=[2001:db8::53]:53'),
  );
  const gateways = desk.optional('PROBE_GATEWAYS', readGateways);
  if (desk.given('PROBE_RESOLVERS') === null && desk.given('PROBE_GATEWAYS') === null)
    desk.faults.push({
      place: 'PROBE_RESOLVERS',
      wrong: 'neither PROBE_RESOLVERS nor PROBE_GATEWAYS is set, so there is nothing that the probe may ask',
      mend: 'List what the bot is to see from here',
    });
  return { resolvers: resolvers ?? new Map(), gateways: gateways ?? [] };
}

function tlsOf(desk: ProbeDesk): ProbeSettings['tls'] {
  const pair = ['PROBE_TLS_CERT', 'PROBE_TLS_KEY'] as const;
  if (pair.every((name) => desk.given(name) === null)) return null;
  const why = (other: string): string => `is missing, and ${other} is set`;
  return {
    cert: desk.required('PROBE_TLS_CERT', readPem('CERTIFICATE'), '', why('PROBE_TLS_KEY')),
    key: desk.required('PROBE_TLS_KEY', readPem('PRIVATE KEY'), '', why('PROBE_TLS_CERT')),
  };
}

function readName(text: string): Read<string> {
  const name = text.toLowerCase();
  return PROBE_NAME.test(name)
    ? { value: name }
    : { wrong: 'is not a name', mend: 'Write up to 64 letters, digits, dots, dashes and underscores' };
}

function readSecret(text: string): Read<string> {
  return PROBE_SECRET.test(text)
    ? { value: text }
    : {
        wrong: 'is not 32 to 256 characters without white space or commas',
        mend: 'Make one by chance, for example with "openssl rand -base64 33", and give it to the bot as well',
      };
}

function readListen(text: string): Read<{ readonly host: string; readonly port: number }> {
  const [, bracketed, plain, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? '';
  return isAddress(host) && Number(port) <= 65_535
    ? { value: { host, port: Number(port) } }
    : { wrong: 'is not an address and a port', mend: 'Write it like 127.0.0.1:7077 or [::]:7077' };
}

/** `sip.example.com:5060/tcp,...`: every entry is read, every bad one counted by its place in the list. */
function readGateways(text: string): Read<readonly Gateway[]> {
  const entries = text.split(',').map((entry) => readGateway(entry.trim().toLowerCase()));
  const badOnes = entries.flatMap((entry, i) => (entry === null ? [i + 1] : []));
  if (badOnes.length === 0) return { value: entries.filter((entry) => entry !== null) };
  return {
    wrong: `has entries that cannot be read (number ${badOnes.join(', ')})`,
    mend: 'Write it like sip.example.com:5060/tcp,sip.example.com:5061/tls',
  };
}

const TRANSPORTS: readonly SipTransport[] = ['udp', 'tcp', 'tls'];

function readGateway(text: string): Gateway | null {
  const [, bracketed, plain, port, written] =
    /^(?:\[([^\]]+)\]|([a-z0-9][a-z0-9.-]*)):(\d{1,5})\/([a-z]+)$/.exec(text) ?? [];
  const host = bracketed ?? plain;
  const transport = TRANSPORTS.find((known) => known === written);
  const figure = Number(port);
  if (host === undefined || transport === undefined || figure < 1 || figure > 65_535) return null;
  return bracketed === undefined || isAddress(bracketed) ? { host, port: figure, transport } : null;
}

function readPem(what: 'CERTIFICATE' | 'PRIVATE KEY'): (text: string) => Read<string> {
  const form = new RegExp(`-----BEGIN (?:[A-Z]+ )?${what}-----`);
  return (text) =>
    form.test(text)
      ? { value: text }
      : {
          wrong: `holds no ${what.toLowerCase()} in PEM form`,
          mend: `Name a file with "-----BEGIN ${what}-----", or put its text there`,
        };
}
