import { formatFaults } from '../src/parse/parse-fault';
import { parseProbeSettings } from '../src/parse/probe-settings';
import { PROBE_FILES, PROBE_SETTING_NAMES, PROBE_SETTINGS } from '../src/parse/probe-settings-table';
import { parseSettingsFile } from '../src/parse/settings';
import { goodValue } from './fixtures/faults';

const LONG = 'x'.repeat(32);
const CERT = '-----BEGIN CERTIFICATE-----\nabc\n-----END CERTIFICATE-----';
const KEY = '-----BEGIN EC PRIVATE KEY-----\nabc\n-----END EC PRIVATE KEY-----';
const GOOD: Readonly<Record<string, string | undefined>> = {
  PROBE_NAME: 'Springfield',
  PROBE_SECRET: LONG,
  PROBE_RESOLVERS: 'office=10.0.0.53:53,v6=[2001:db8::53]:5353',
  PROBE_GATEWAYS: 'SBC.example.com:5060/UDP, new.example.net:5061/tls,[2001:db8::9]:5060/tcp,192.0.2.9:5060/tcp',
};
const parse = (more: Readonly<Record<string, string | undefined>> = {}) => parseProbeSettings({ ...GOOD, ...more });
const faultsOf = (more: Readonly<Record<string, string | undefined>>): readonly string[] => {
  const parsed = parse(more);
  return parsed.ok ? [] : formatFaults(parsed.faults);
};

it('the settings of a probe are complete with a name, a secret and what it may ask', () => {
  expect(goodValue(parse())).toEqual({
    name: 'springfield',
    secret: LONG,
    listen: { host: '127.0.0.1', port: 7077 },
    resolvers: new Map([
      ['office', { address: '10.0.0.53', port: 53 }],
      ['v6', { address: '2001:db8::53', port: 5353 }],
    ]),
    gateways: [
      { host: 'sbc.example.com', port: 5060, transport: 'udp' },
      { host: 'new.example.net', port: 5061, transport: 'tls' },
      { host: '2001:db8::9', port: 5060, transport: 'tcp' },
      { host: '192.0.2.9', port: 5060, transport: 'tcp' },
    ],
    connectTo: new Map(),
    tls: null,
    sipTlsCa: null,
    logLevel: 'info',
  });
});

it.each(['PROBE_RESOLVERS', 'PROBE_GATEWAYS'])('one of the two lists is enough without %s, none is not', (name) => {
  expect(parse({ [name]: undefined }).ok).toBe(true);
  expect(faultsOf({ PROBE_RESOLVERS: ' ', PROBE_GATEWAYS: '' })).toEqual([
    expect.stringMatching(/^PROBE_RESOLVERS: neither PROBE_RESOLVERS nor PROBE_GATEWAYS is set/),
  ]);
});

it.each([
  ['PROBE_NAME', 'a'.repeat(64)],
  ['PROBE_SECRET', LONG],
  ['PROBE_SECRET', 'x'.repeat(256)],
  ['PROBE_LISTEN', '0.0.0.0:0'],
  ['PROBE_LISTEN', '[::]:65535'],
  ['PROBE_GATEWAYS', 'x:1/udp'],
  ['PROBE_GATEWAYS', 'x:65535/udp'],
  ['PROBE_CONNECT_TO', 'sbc.example.com:5060=127.0.0.1:15060'],
  ['PROBE_LOG_LEVEL', 'DEBUG'],
  ['PROBE_SIP_TLS_CA', CERT],
])('%s may be %s', (name, value) => {
  expect(faultsOf({ [name]: value })).toEqual([]);
});

it.each([
  ['PROBE_NAME', 'a'.repeat(65)],
  ['PROBE_NAME', 'spring field'],
  ['PROBE_NAME', '-springfield'],
  ['PROBE_SECRET', LONG.slice(1)],
  ['PROBE_SECRET', 'y'.repeat(257)],
  ['PROBE_SECRET', `${LONG} ${LONG}`],
  ['PROBE_SECRET', `${LONG},${LONG}`],
  ['PROBE_SECRET', `${LONG}\u00e9`],
  ['PROBE_LISTEN', '7099'],
  ['PROBE_LISTEN', 'localhost:7077'],
  ['PROBE_LISTEN', '127.0.0.1:65536'],
  ['PROBE_RESOLVERS', 'office=10.0.9.9'],
  ['PROBE_RESOLVERS', 'office=dns.example.com:53'],
  ['PROBE_RESOLVERS', 'office=10.0.0.53:53@springfield'],
  ['PROBE_GATEWAYS', 'x:0/udp'],
  ['PROBE_GATEWAYS', 'x:65536/udp'],
  ['PROBE_GATEWAYS', 'x:5060'],
  ['PROBE_GATEWAYS', 'x:5060/sctp'],
  ['PROBE_GATEWAYS', 'x:5060/udp,'],
  ['PROBE_GATEWAYS', '[x]:5060/udp'],
  ['PROBE_GATEWAYS', 'sip:x:5060/udp'],
  ['PROBE_SIP_TLS_CA', KEY],
  ['PROBE_CONNECT_TO', 'sbc.example.com=127.0.0.1:15060'],
  ['PROBE_LOG_LEVEL', 'loud'],
])('%s may not be %s, and the value is not repeated', (name, value) => {
  const faults = faultsOf({ [name]: value });
  expect(faults).toEqual([expect.stringMatching(new RegExp(`^${name}: ${name} `))]);
  expect(faults.join()).not.toContain(value);
});

it('bad entries of the list of gateways are counted', () => {
  expect(faultsOf({ PROBE_GATEWAYS: 'a:1/udp,b,c:2/tcp,d:3/x' })[0]).toContain('(number 2, 4)');
});

it('a certificate needs its key, a key its certificate, each in its form', () => {
  expect(goodValue(parse({ PROBE_TLS_CERT: CERT, PROBE_TLS_KEY: KEY })).tls).toEqual({ cert: CERT, key: KEY });
  expect(faultsOf({ PROBE_TLS_CERT: CERT })).toEqual([
    'PROBE_TLS_KEY: PROBE_TLS_KEY is missing, and PROBE_TLS_CERT is set. Set PROBE_TLS_KEY.',
  ]);
  expect(faultsOf({ PROBE_TLS_KEY: KEY })[0]).toContain('PROBE_TLS_CERT is missing');
  expect(faultsOf({ PROBE_TLS_CERT: KEY, PROBE_TLS_KEY: CERT })).toHaveLength(2);
});

it('what is nearly a setting is named', () => {
  expect(faultsOf({ PROBE_SECRET: undefined, PROBE_SECRETT: LONG })[0]).toContain(
    'PROBE_SECRETT is set, which is not a setting',
  );
});

it('a settings file of a probe knows the probe’s settings and no others', () => {
  const { names } = PROBE_SETTING_NAMES;
  expect(goodValue(parseSettingsFile('PROBE_NAME: x', 'probe.yaml', names))).toEqual({ PROBE_NAME: 'x' });
  expect(parseSettingsFile('REDIS_URL: x', 'probe.yaml', names).ok).toBe(false);
  expect(parseSettingsFile('PROBE_NAME: x', 'settings.yaml').ok).toBe(false);
});

it('whatever may be read from a file, or is secret, is marked as such', () => {
  expect(PROBE_SETTINGS.filter(({ secret }) => secret).map(({ name }) => name)).toEqual([
    'PROBE_SECRET',
    'PROBE_TLS_KEY',
  ]);
  for (const { name, meaning } of PROBE_SETTINGS)
    expect([name, meaning.includes('path of a PEM file')]).toEqual([name, PROBE_FILES.some((file) => file === name)]);
});
