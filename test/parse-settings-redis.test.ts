/** Where Redis is, as an operator writes it down: one server, what Sentinels name, or a Cluster. */
import { parseSettings, parseSettingsFile, redact } from '../src/parse/settings';
import { houseFile } from './fixtures/house';

const SECRET = 'hunter2hunter2';
const PEM = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----';
const SENTINEL = { REDIS_SENTINELS: 'a.example.com:26379, 10.0.0.2:26380', REDIS_SENTINEL_MASTER: 'mymaster' };
const CLUSTER = { REDIS_CLUSTER_NODES: 'a.example.com:7000,[2001:db8::1]:7001' };

type Values = Readonly<Record<string, string | undefined>>;

/** What stands there for Redis; other settings are missing, and their faults are left out. */
function faultsOf(values: Values): readonly string[] {
  const parsed = parseSettings(values);
  if (parsed.ok) throw new Error('settings without Slack cannot be good');
  return parsed.faults
    .filter(({ place }) => place.startsWith('REDIS_'))
    .map(({ place, wrong, mend }) => `${place}: ${wrong}. ${mend}`);
}

const REST: Values = {
  SLACK_BOT_TOKEN: `xoxb-${SECRET}`,
  SLACK_SIGNING_SECRET: SECRET,
  CUTOVER_CHANNEL: 'C0123456789',
  GENESYS_REGION: 'us_west_2',
  GENESYS_CLIENT_ID: 'id',
  GENESYS_CLIENT_SECRET: SECRET,
  POWERDNS_URL: 'http://127.0.0.1:8081',
  POWERDNS_API_KEY: SECRET,
  LEGACY_URL: 'https://legacy.example.com',
  LEGACY_TOKEN: SECRET,
  CRM_URL: 'https://crm.example.com',
  CRM_TOKEN: SECRET,
};

function placeOf(values: Values) {
  const parsed = parseSettings({ ...REST, ...values });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.faults));
  return parsed.value.redis.place;
}

it('Sentinels are named with their master, and need nothing else', () => {
  expect(placeOf(SENTINEL)).toEqual({
    kind: 'sentinel',
    sentinels: [
      { host: 'a.example.com', port: 26379 },
      { host: '10.0.0.2', port: 26380 },
    ],
    master: 'mymaster',
    username: null,
    password: null,
    sentinelUsername: null,
    sentinelPassword: null,
    tls: false,
    tlsCa: null,
  });
});

it('a Cluster is named by some of its nodes, by name or address', () => {
  const more = { REDIS_USERNAME: 'cutover', REDIS_PASSWORD: SECRET, REDIS_TLS: 'yes', REDIS_TLS_CA: PEM };
  expect(placeOf({ ...CLUSTER, ...more })).toEqual({
    kind: 'cluster',
    nodes: [
      { host: 'a.example.com', port: 7000 },
      { host: '2001:db8::1', port: 7001 },
    ],
    username: 'cutover',
    password: SECRET,
    tls: true,
    tlsCa: PEM,
  });
});

it.each<[string, Values, string]>([
  ['both', { ...SENTINEL, ...CLUSTER }, 'REDIS_CLUSTER_NODES: .*so is REDIS_SENTINELS'],
  ['a URL beside Sentinels', { ...SENTINEL, REDIS_URL: 'redis://x' }, 'REDIS_SENTINELS: .*so is REDIS_URL'],
  ['a URL beside a Cluster', { ...CLUSTER, REDIS_URL: 'redis://x' }, 'REDIS_CLUSTER_NODES: .*so is REDIS_URL'],
  ['Sentinels without a master', { ...SENTINEL, REDIS_SENTINEL_MASTER: '' }, 'REDIS_SENTINEL_MASTER is missing'],
  ['a master without Sentinels', { REDIS_SENTINEL_MASTER: 'm' }, 'REDIS_SENTINEL_MASTER: .*REDIS_SENTINELS is not'],
  ['a Sentinel password in a Cluster', { ...CLUSTER, REDIS_SENTINEL_PASSWORD: SECRET }, 'REDIS_SENTINEL_PASSWORD'],
  ['a user beside a URL', { REDIS_USERNAME: 'u' }, 'REDIS_USERNAME: .*Write it into REDIS_URL'],
  ['a password beside a URL', { REDIS_PASSWORD: SECRET }, 'REDIS_PASSWORD: .*Write it into REDIS_URL'],
  ['encryption beside a URL', { REDIS_TLS: 'yes' }, 'REDIS_TLS: .*Write rediss://'],
  ['an authority without encryption', { ...SENTINEL, REDIS_TLS_CA: PEM }, 'REDIS_TLS_CA: .*Set REDIS_TLS to yes'],
  ['encryption that is neither', { ...CLUSTER, REDIS_TLS: 'true' }, 'REDIS_TLS is neither yes nor no'],
  [
    'a master’s name with white space',
    { ...SENTINEL, REDIS_SENTINEL_MASTER: 'my master' },
    'REDIS_SENTINEL_MASTER is not',
  ],
  ['no port', { REDIS_CLUSTER_NODES: 'a:7000,b' }, 'number 2'],
  ['port 0', { REDIS_CLUSTER_NODES: 'a:0' }, 'number 1'],
  ['port 65536', { REDIS_CLUSTER_NODES: 'a:65536' }, 'number 1'],
  ['a URL for a place', { REDIS_CLUSTER_NODES: `redis://:${SECRET}@a:7000` }, 'number 1'],
  ['one twice', { REDIS_CLUSTER_NODES: 'a:7000,b:7000,a:7000' }, 'number 3'],
  ['twenty-one', { REDIS_CLUSTER_NODES: many(21) }, 'more than 20 servers'],
])('%s: is refused by name', (_, values, wrong) => {
  const faults = faultsOf(values);
  expect(faults.join('\n')).toMatch(new RegExp(wrong));
  expect(faults.join()).not.toContain(SECRET);
});

it('port 65535 and twenty servers are the most', () => {
  expect(placeOf({ REDIS_CLUSTER_NODES: 'a:65535' })).toMatchObject({ nodes: [{ port: 65535 }] });
  expect(faultsOf({ REDIS_CLUSTER_NODES: many(20) })).toEqual([]);
});

it('the examples of docs/operating.md are good, one of each kind', () => {
  const examples = [...houseFile('docs/operating.md').matchAll(/```yaml redis\n([\s\S]*?)```/g)].map(
    ([, text]) => text,
  );
  const kinds = examples.map((text) => {
    const file = parseSettingsFile(text ?? '', 'example.yaml');
    if (!file.ok) throw new Error(JSON.stringify(file.faults));
    return placeOf(file.value).kind;
  });
  expect(kinds).toEqual(['one', 'sentinel', 'cluster']);
});

it('no password is shown', () => {
  const shown = redact({ ...SENTINEL, REDIS_PASSWORD: SECRET, REDIS_SENTINEL_PASSWORD: SECRET });
  expect(JSON.stringify(shown)).not.toContain(SECRET);
  expect(shown).toMatchObject({ REDIS_SENTINELS: SENTINEL.REDIS_SENTINELS });
});

function many(count: number): string {
  return Array.from({ length: count }, (_, i) => `a:${7000 + i}`).join(',');
}
