/** Settings of the bot and of the probe: a whole set, with some values wounded, lost or mixed up. */
import fc from 'fast-check';
import { formatFaults, type Parsed } from '../../src/parse/parse-fault';
import { parseProbeSettings } from '../../src/parse/probe-settings';
import { parseSettings, SETTINGS } from '../../src/parse/settings';
import { houseFile } from '../fixtures/house';
import { type Entrance, refused, type Taken, VALID, Wrong } from './entrance';
import { faultOfShape } from './shapes';
import { nastyText, woundedText } from './wounds';

type Values = Readonly<Record<string, string | undefined>>;
interface Input {
  readonly probe: boolean;
  readonly values: Values;
}

const SECRET = 'hidden0123456789hidden0123456789';
const BOT: Readonly<Record<string, string>> = {
  SLACK_BOT_TOKEN: `xoxb-1-2-${SECRET}`,
  SLACK_SIGNING_SECRET: SECRET,
  SLACK_API_URL: 'https://slack.com/api/',
  CUTOVER_CHANNEL: 'C0CUTOVER',
  PORT: '3000',
  HOST: '127.0.0.1',
  OPS_PORT: '9100',
  REDIS_URL: `redis://:${SECRET}@127.0.0.1:6379/0`,
  REDIS_PREFIX: 'cutover',
  REDIS_MIN_REPLICAS: '1',
  GENESYS_REGION: 'us_west_2',
  GENESYS_CLIENT_ID: '5f3a0000-0000-4000-8000-00000000000a',
  GENESYS_CLIENT_SECRET: SECRET,
  POWERDNS_URL: 'https://dns.example.com',
  POWERDNS_API_KEY: SECRET,
  NAME_SERVERS: 'ns1=192.0.2.1:53,ns2=192.0.2.2:53',
  RESOLVERS: 'google=8.8.8.8:53,office=10.0.0.53:53',
  LEGACY_URL: 'https://legacy.example.com',
  LEGACY_TOKEN: SECRET,
  CRM_URL: 'https://crm.example.com',
  CRM_TOKEN: SECRET,
  HTTP_TIMEOUT_MS: '10000',
  WORKER_CONCURRENCY: '8',
  LOG_LEVEL: 'info',
};
const PROBE: Readonly<Record<string, string>> = {
  PROBE_NAME: 'office',
  PROBE_SECRET: SECRET,
  PROBE_LISTEN: '127.0.0.1:8443',
  PROBE_RESOLVERS: 'office=10.0.0.53:53',
  PROBE_GATEWAYS: 'sbc.example.com:5061/tls',
  PROBE_LOG_LEVEL: 'info',
};

export function throughSettings(): Entrance<Input> {
  const recipe = houseFile('templates/legacy/cisco-cucm.yaml');
  const read = ({ probe, values }: Input): Parsed<unknown> =>
    probe ? parseProbeSettings(values) : parseSettings(values, recipe);
  const [bot, probe] = [read({ probe: false, values: BOT }), read({ probe: true, values: PROBE })];
  const whole = { bot: bot.ok ? bot.value : null, probe: probe.ok ? probe.value : null };
  const valued = fc.oneof(
    nastyText,
    fc.constantFrom(
      'http://',
      'https://user:pw@x',
      'file:///etc/passwd',
      'redis://x:99999999',
      '65536',
      '-1',
      '1.5',
      '0x10',
      'a=b=c',
      ',,,',
      'x=1.2.3.4:0',
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----',
      '[::1',
      '127.0.0.1:99999',
    ),
  );
  const wounded = (of: Readonly<Record<string, string>>, names: readonly string[]): fc.Arbitrary<Values> =>
    fc
      .array(
        fc.tuple(
          fc.constantFrom(...names),
          fc.oneof(
            { weight: 4, arbitrary: valued.map((text) => () => text) },
            { weight: 1, arbitrary: fc.constant(() => undefined) },
            {
              weight: 3,
              arbitrary: fc
                .nat()
                .chain((n) => fc.tuple(fc.constant(n), nastyText))
                .map(
                  ([n, by]) =>
                    (old: string) =>
                      old.slice(0, n % (old.length + 1)) + by + old.slice(n % (old.length + 1)),
                ),
            },
          ),
        ),
        { minLength: 1, maxLength: 3 },
      )
      .map((changes) => ({
        ...of,
        ...Object.fromEntries(
          changes.map(([name, change]) => [name, change(Object.hasOwn(of, name) ? (of[name] ?? '') : '')]),
        ),
      }));
  return {
    name: 'settings',
    inputs: fc.oneof(
      {
        weight: 5,
        arbitrary: wounded(BOT, [...Object.keys(BOT), ...SETTINGS.map(({ name }) => name), '__proto__']).map(
          (values) => ({ probe: false, values }),
        ),
      },
      {
        weight: 1,
        arbitrary: wounded(PROBE, [
          ...Object.keys(PROBE),
          'PROBE_TLS_CERT',
          'PROBE_TLS_KEY',
          'PROBE_SIP_TLS_CA',
          'PROBE_CONNECT_TO',
        ]).map((values) => ({ probe: true, values })),
      },
      {
        weight: 1,
        arbitrary: fc
          .constantFrom(...Object.keys(BOT))
          .chain((name) =>
            woundedText(BOT[name] ?? '').map((text) => ({ probe: false, values: { ...BOT, [name]: text } })),
          ),
      },
    ),
    atOnce: 1,
    batch: 200,
    take: async (input): Promise<Taken> => {
      const parsed = read(input);
      if (!parsed.ok) return refused(formatFaults(parsed.faults).join('\n'));
      const wrong = faultOfShape(parsed.value, input.probe ? whole.probe : whole.bot);
      if (wrong !== null) throw new Wrong(`accepted, and not as it should be: ${wrong}`);
      return VALID;
    },
    show: (input) => JSON.stringify(input),
    untouched: async () => null,
    stillWorks: async () => {
      for (const parsed of [bot, probe]) if (!parsed.ok) throw new Wrong(formatFaults(parsed.faults).join(' '));
    },
    close: async () => undefined,
    secrets: [SECRET],
  };
}
