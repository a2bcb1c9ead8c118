import { formatFaults } from '../src/parse/parse-fault';
import { parseSettings, parseSettingsFile, redact, SETTINGS } from '../src/parse/settings';
import { expectFault, goodValue, marked } from './fixtures/faults';

const SECRET = 'hunter2hunter2';
const GOOD: Readonly<Record<string, string | undefined>> = {
  SLACK_BOT_TOKEN: `xoxb-${SECRET}`,
  SLACK_SIGNING_SECRET: SECRET,
  CUTOVER_CHANNEL: 'C0CUTOVER',
  GENESYS_REGION: 'us-west-2',
  GENESYS_CLIENT_ID: 'client',
  GENESYS_CLIENT_SECRET: SECRET,
  POWERDNS_URL: 'http://10.0.0.5:8081/',
  POWERDNS_API_KEY: SECRET,
  LEGACY_URL: 'https://legacy.example.com/api/',
  LEGACY_TOKEN: SECRET,
  CRM_URL: 'https://crm.example.com',
  CRM_TOKEN: SECRET,
};
const parse = (more: Readonly<Record<string, string | undefined>> = {}) => parseSettings({ ...GOOD, ...more });

describe('the settings', () => {
  it('are complete with what must be given, the rest by default', () => {
    const settings = goodValue(parse());
    expect(settings).toMatchObject({
      slack: {
        botToken: `xoxb-${SECRET}`,
        mode: { kind: 'http', signingSecret: SECRET },
        apiUrl: 'https://slack.com/api/',
        channel: 'C0CUTOVER',
      },
      listen: { host: '127.0.0.1', port: 3000 },
      redis: {
        place: { kind: 'one', url: 'redis://127.0.0.1:6379', tlsCa: null },
        prefix: 'cutover',
        minReplicas: 0,
      },
      sitesDir: 'sites',
      recipesDir: 'templates/waves',
      genesys: { apiUrl: 'https://api.usw2.pure.cloud', loginUrl: 'https://login.usw2.pure.cloud' },
      powerDns: { url: 'http://10.0.0.5:8081', apiKey: SECRET, serverId: 'localhost' },
      restDns: null,
      platformRest: null,
      legacy: { url: 'https://legacy.example.com/api', token: SECRET },
      sipTlsCa: null,
      auditSigningKey: null,
      logLevel: 'info',
      workerConcurrency: 4,
      httpTimeoutMs: 15_000,
      sandboxClockFile: null,
    });
    expect([...settings.resolvers]).toEqual([
      ['google', { address: '8.8.8.8', port: 53 }],
      ['cloudflare', { address: '1.1.1.1', port: 53 }],
      ['quad9', { address: '9.9.9.9', port: 53 }],
    ]);
    expect([settings.nameServers.size, settings.connectTo.size, settings.resolverAliases.size]).toEqual([0, 0, 0]);
  });

  it('select Socket Mode by the app token, which then needs no signing secret', () => {
    const settings = goodValue(parse({ SLACK_APP_TOKEN: 'xapp-1-A0-1-abc', SLACK_SIGNING_SECRET: undefined }));
    expect(settings.slack.mode).toEqual({ kind: 'socket', appToken: 'xapp-1-A0-1-abc' });
  });

  describe('for probes', () => {
    const LONG = 'x'.repeat(32);
    const URLS = 'springfield=https://probe.example.com:7077/,Depot=http://127.0.0.1:7077';
    const SECRETS = `springfield=${LONG},depot=${LONG}=`;

    it('give each its URL and secret, and resolvers may be asked from one', () => {
      const more = {
        PROBES: URLS,
        PROBE_SECRETS: SECRETS,
        RESOLVERS: 'office=10.0.0.53:53@Springfield,v6=[::1]:53@depot',
      };
      const settings = goodValue(parse(more));
      expect([...settings.probes]).toEqual([
        ['springfield', { url: 'https://probe.example.com:7077', secret: LONG }],
        ['depot', { url: 'http://127.0.0.1:7077', secret: `${LONG}=` }],
      ]);
      expect(settings.resolvers.get('office')).toEqual({ address: '10.0.0.53', port: 53, via: 'springfield' });
      expect(settings.resolvers.get('v6')).toEqual({ address: '::1', port: 53, via: 'depot' });
      expect(settings.resolvers.get('google')).toEqual({ address: '8.8.8.8', port: 53 });
      expect(redact(more)).toMatchObject({ PROBE_SECRETS: '(set, not shown)' });
    });

    it('may be left out', () => {
      expect(goodValue(parse()).probes.size).toBe(0);
    });

    it.each([
      [
        'a secret is too short',
        { PROBES: URLS, PROBE_SECRETS: `springfield=${LONG.slice(1)},depot=${LONG}` },
        'PROBE_SECRETS has entries that cannot be read, or that stand there twice (number 1)',
      ],
      [
        'a secret is missing',
        { PROBES: URLS, PROBE_SECRETS: `depot=${LONG}` },
        'PROBE_SECRETS has no entry for springfield, which PROBES names',
      ],
      [
        'all secrets are missing',
        { PROBES: URLS },
        'PROBE_SECRETS has no entry for springfield, depot, which PROBES names',
      ],
      [
        'a secret belongs to no probe',
        { PROBES: URLS, PROBE_SECRETS: `${SECRETS},other=${LONG}` },
        'PROBES has no entry for other, which PROBE_SECRETS names',
      ],
      [
        'a URL is not encrypted',
        { PROBES: 'springfield=http://probe.example.com', PROBE_SECRETS: `springfield=${LONG}` },
        'PROBES has entries that cannot be read, or that stand there twice (number 1)',
      ],
      [
        'a resolver names a probe that there is not',
        { RESOLVERS: 'office=10.0.0.53:53@depot' },
        'PROBES has no entry for depot, from which RESOLVERS has resolvers asked',
      ],
      ['a resolver names no probe', { RESOLVERS: 'office=10.0.0.53:53@' }, 'RESOLVERS has entries that cannot be read'],
      [
        'a name server names one',
        { NAME_SERVERS: 'ns1=10.0.0.53:53@depot' },
        'NAME_SERVERS has entries that cannot be read',
      ],
    ])('are refused when %s', (_what, more, wrong) => {
      const parsed = parse(more);
      const lines = parsed.ok ? [] : formatFaults(parsed.faults);
      expect(lines).toEqual([expect.stringContaining(wrong)]);
      expect(lines.join()).not.toContain(LONG.slice(1));
    });
  });

  it('take servers by name, laid over the well-known ones, whose addresses then stand for them', () => {
    const settings = goodValue(
      parse({
        RESOLVERS: 'google=127.0.0.1:5301, Office=[2001:db8::1]:53',
        NAME_SERVERS: 'ns1=127.0.0.1:5300',
        CONNECT_TO: 'Site-A.byoc.usw2.pure.cloud:5060=127.0.0.1:15060',
      }),
    );
    expect(settings.resolvers.get('google')).toEqual({ address: '127.0.0.1', port: 5301 });
    expect(settings.resolvers.get('office')).toEqual({ address: '2001:db8::1', port: 53 });
    expect([...settings.resolverAliases]).toEqual([['8.8.8.8', 'google']]);
    expect([...settings.nameServers.keys()]).toEqual(['ns1']);
    expect(settings.connectTo.get('site-a.byoc.usw2.pure.cloud:5060')).toEqual({ address: '127.0.0.1', port: 15060 });
  });

  it('take the generic DNS API instead of PowerDNS, and both together', () => {
    const rest = { DNS_REST_URL: 'https://dns.example.com', DNS_API_TOKEN: SECRET };
    expect(goodValue(parse({ ...rest, POWERDNS_URL: '', POWERDNS_API_KEY: ' ' }))).toMatchObject({
      powerDns: null,
      restDns: { url: 'https://dns.example.com' },
    });
    expect(goodValue(parse(rest)).powerDns).not.toBeNull();
  });

  it.each([
    [{ RFC2136_SERVER: '192.0.2.1:53' }, ['RFC2136_KEY_NAME', 'RFC2136_KEY_SECRET']],
    [{ ROUTE53_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE' }, ['ROUTE53_SECRET_ACCESS_KEY']],
  ])('need the whole of a DNS provider that is begun: %j', (begun, missing) => {
    const parsed = parse(begun);
    expect(parsed.ok ? [] : parsed.faults.map(({ place }) => place)).toEqual(missing);
  });

  it('take each DNS provider alone', () => {
    const key = Buffer.from(SECRET.padEnd(16, '.')).toString('base64');
    const alone = (more: object) => goodValue(parse({ POWERDNS_URL: '', POWERDNS_API_KEY: '', ...more }));
    const updates = { RFC2136_SERVER: '[2001:db8::1]:53', RFC2136_KEY_NAME: 'cutover-key', RFC2136_KEY_SECRET: key };
    expect(alone(updates).rfc2136).toEqual({
      server: { address: '2001:db8::1', port: 53 },
      key: { name: 'cutover-key', algorithm: 'hmac-sha256', secret: key },
    });
    expect(alone({ ...updates, RFC2136_KEY_ALGORITHM: 'HMAC-SHA512.' }).rfc2136?.key.algorithm).toBe('hmac-sha512');
    expect(alone({ ROUTE53_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE', ROUTE53_SECRET_ACCESS_KEY: SECRET }).route53).toEqual(
      {
        url: 'https://route53.amazonaws.com',
        region: 'us-east-1',
        accessKeyId: 'AKIAIOSFODNN7EXAMPLE',
        secretAccessKey: SECRET,
        sessionToken: null,
      },
    );
    expect(alone({ CLOUDFLARE_API_TOKEN: SECRET }).cloudflare).toEqual({
      url: 'https://api.cloudflare.com/client/v4',
      token: SECRET,
    });
  });

  it.each([
    ['RFC2136_KEY_SECRET', Buffer.alloc(15, 7).toString('base64'), 'is not a key in base64 of 16 bytes'],
    ['RFC2136_KEY_SECRET', `${SECRET}!`, 'is not a key in base64'],
    ['RFC2136_KEY_ALGORITHM', 'hmac-md5', 'is not an algorithm that is taken'],
    ['RFC2136_KEY_NAME', 'a key', 'is not the name of a key'],
    ['RFC2136_SERVER', 'ns1.example.com:53', 'is not an address with a port'],
    ['ROUTE53_ACCESS_KEY_ID', 'AKIA', 'is not an access key id'],
  ])('refuse a signed update’s %s=%j', (name, value, wrong) => {
    const secret = Buffer.alloc(16, 7).toString('base64');
    const begun = { RFC2136_SERVER: '192.0.2.1:53', RFC2136_KEY_NAME: 'key', RFC2136_KEY_SECRET: secret };
    expect(parse(begun).ok).toBe(true);
    expectFault(parse({ ...begun, [name]: value }), name, wrong, '');
  });

  it('prefer an own URL to that of the region', () => {
    const genesys = goodValue(parse({ GENESYS_API_URL: 'http://127.0.0.1:9/' })).genesys;
    expect([genesys?.apiUrl, genesys?.loginUrl]).toEqual(['http://127.0.0.1:9', 'https://login.usw2.pure.cloud']);
  });

  const rows: readonly (readonly [string, string | undefined, string, string])[] = [
    ['SLACK_BOT_TOKEN', undefined, 'is missing', 'Set SLACK_BOT_TOKEN'],
    ['SLACK_BOT_TOKEN', '   ', 'is missing', 'Set SLACK_BOT_TOKEN'],
    ['SLACK_BOT_TOKEN', `xoxp-${SECRET}`, 'does not begin with "xoxb-"', 'Copy the token'],
    ['SLACK_BOT_TOKEN', 'xoxb-...', 'is not a whole token', 'Copy the whole token'],
    ['SLACK_BOT_TOKEN', `xoxb-${SECRET} ${SECRET}`, 'has a character that a token cannot have', 'without white space'],
    ['SLACK_SIGNING_SECRET', undefined, 'without SLACK_APP_TOKEN (Socket Mode)', 'Set SLACK_SIGNING_SECRET'],
    ['SLACK_SIGNING_SECRET', 'short', 'is not a signing secret', 'Basic Information'],
    ['SLACK_APP_TOKEN', `xoxb-${SECRET}`, 'does not begin with "xapp-"', 'Copy the token'],
    ['SLACK_API_URL', 'http://slack.example.com/api/', 'is not encrypted', 'Use https'],
    ['CUTOVER_CHANNEL', '#cutover', 'is not the id of a channel', 'details show'],
    ['PORT', '65536', 'is not a whole number from 0 to 65535', 'Write such a number'],
    ['PORT', '3e3', 'is not a whole number', 'Write such a number'],
    ['HOST', 'a b', 'is not an address', 'Write an address'],
    ['REDIS_URL', `http://user:${SECRET}@x`, 'is not a Redis URL', 'redis://'],
    ['REDIS_TLS_CA', 'redis-ca.pem', 'nothing would be encrypted', 'Write rediss://'],
    ['REDIS_PREFIX', '{cutover}', 'is not up to 40 letters', 'Write up to 40'],
    ['REDIS_MIN_REPLICAS', '-1', 'is not a whole number from 0 to 20', 'Write such a number'],
    ['GENESYS_REGION', 'us-west-9', 'is not a region of Genesys Cloud', 'Write "us_west_2"'],
    ['GENESYS_API_URL', 'http://api.usw2.pure.cloud', 'is not encrypted', 'Use https'],
    ['GENESYS_LOGIN_URL', 'login.usw2.pure.cloud', 'is not an http or https URL', 'Write it like'],
    ['GENESYS_CLIENT_ID', undefined, 'is missing', 'Set GENESYS_CLIENT_ID'],
    ['GENESYS_CLIENT_SECRET', 'ü', 'has a character that it cannot have', 'Copy it again'],
    ['POWERDNS_URL', `http://user:${SECRET}@10.0.0.5`, 'holds credentials', 'Take them out'],
    ['POWERDNS_URL', 'http://10.0.0.5/?x=1', 'has a query or a fragment', 'End the URL'],
    ['POWERDNS_API_KEY', undefined, 'is missing, and POWERDNS_URL is set', 'Set POWERDNS_API_KEY'],
    ['POWERDNS_SERVER_ID', 'a/b', 'is not a plain name', 'Write a plain name'],
    ['ROUTE53_URL', 'http://route53.example.com', 'is not encrypted', 'Use https'],
    ['ROUTE53_REGION', 'us east 1', 'is not an AWS region', 'Write an AWS region'],
    ['CLOUDFLARE_URL', 'http://api.example.com', 'is not encrypted', 'Use https'],
    ['LEGACY_URL', 'ftp://legacy.example.com', 'is not an http or https URL', 'Write it like'],
    ['CRM_TOKEN', undefined, 'is missing', 'Set CRM_TOKEN'],
    ['RESOLVERS', 'google=8.8.8.8:53,x=not-an-ip:53,y=1.1.1.1,z=1.1.1.1:0', '(number 2, 3, 4)', 'google=8.8.8.8:53'],
    ['RESOLVERS', 'a=1.1.1.1:53,A=1.0.0.1:53', '(number 2)', 'google=8.8.8.8:53'],
    ['NAME_SERVERS', 'ns1', '(number 1)', 'office=10.0.0.53:53'],
    ['CONNECT_TO', 'sip.example.com=127.0.0.1:1', '(number 1)', 'sip.example.com:5060=127.0.0.1:15060'],
    ['SIP_TLS_CA', 'line\nline', 'is neither a certificate nor a path', 'PEM'],
    ['LOG_LEVEL', 'inof', 'is not a level', 'Write "info"'],
    ['WORKER_CONCURRENCY', '0', 'is not a whole number from 1 to 256', 'Write such a number'],
    ['HTTP_TIMEOUT_MS', '99', 'is not a whole number from 100', 'Write such a number'],
  ];
  it.each(rows)('with %s=%j are refused', (name, value, wrong, mend) => {
    const parsed = parse({ [name]: value });
    expectFault(parsed, name, wrong, mend);
    expect(parsed.ok ? [] : parsed.faults).toHaveLength(1);
    expect(formatFaults(parsed.ok ? [] : parsed.faults).join('\n')).not.toContain(SECRET);
  });

  it('need one DNS provider, and a token for every system that is called', () => {
    expectFault(
      parse({ POWERDNS_URL: undefined }),
      'POWERDNS_URL',
      'no DNS provider is set: none of POWERDNS_URL, RFC2136_SERVER, ROUTE53_ACCESS_KEY_ID',
      'holds the zones',
    );
    expectFault(
      parse({ DNS_REST_URL: 'https://dns.example.com' }),
      'DNS_API_TOKEN',
      'is missing, and DNS_REST_URL is set',
      'Set DNS_API_TOKEN',
    );
    expectFault(
      parse({ PLATFORM_REST_URL: 'https://p.example.com' }),
      'PLATFORM_REST_TOKEN',
      'is missing, and PLATFORM_REST_URL is set',
      'Set',
    );
  });

  it('need a region or both URLs', () => {
    const parsed = parse({ GENESYS_REGION: undefined });
    expectFault(parsed, 'GENESYS_API_URL', 'there is no GENESYS_REGION to derive it from', 'Set GENESYS_API_URL');
    expectFault(parsed, 'GENESYS_LOGIN_URL', 'there is no GENESYS_REGION', 'Set GENESYS_LOGIN_URL');
  });

  it('say every mistake at once, from nothing at all too', () => {
    const parsed = parseSettings({});
    expect(parsed.ok ? [] : parsed.faults.map(({ place }) => place)).toEqual([
      'SLACK_BOT_TOKEN',
      'SLACK_SIGNING_SECRET',
      'CUTOVER_CHANNEL',
      'GENESYS_API_URL',
      'GENESYS_LOGIN_URL',
      'GENESYS_CLIENT_ID',
      'GENESYS_CLIENT_SECRET',
      'POWERDNS_URL',
      'LEGACY_URL',
      'LEGACY_TOKEN',
      'CRM_URL',
      'CRM_TOKEN',
    ]);
  });

  it('point at the name that was probably meant', () => {
    expectFault(
      parse({ SLACK_BOT_TOKEN: undefined, SLACK_BOT_TOKN: `xoxb-${SECRET}` }),
      'SLACK_BOT_TOKEN',
      'is missing',
      'SLACK_BOT_TOKN is set, which is not a setting',
    );
  });

  it('take a Twilio account with its token, or an API key in its place', () => {
    const [account, key] = [`AC${'0'.repeat(32)}`, `SK${'1'.repeat(32)}`];
    const url = 'https://trunking.twilio.com';
    expect(goodValue(parse()).twilio).toBeNull();
    expect(goodValue(parse({ TWILIO_ACCOUNT_SID: account, TWILIO_AUTH_TOKEN: SECRET })).twilio).toEqual({
      url,
      user: account,
      password: SECRET,
    });
    const byKey = { TWILIO_ACCOUNT_SID: account, TWILIO_API_KEY: key, TWILIO_API_KEY_SECRET: SECRET };
    expect(goodValue(parse(byKey)).twilio).toEqual({ url, user: key, password: SECRET });
    expectFault(parse({ TWILIO_ACCOUNT_SID: account }), 'TWILIO_AUTH_TOKEN', 'there is no TWILIO_API_KEY', 'Set');
    expectFault(parse({ ...byKey, TWILIO_API_KEY_SECRET: '' }), 'TWILIO_API_KEY_SECRET', 'is missing', 'Set');
    expectFault(parse({ ...byKey, TWILIO_ACCOUNT_SID: undefined }), 'TWILIO_ACCOUNT_SID', 'is missing', 'Set');
    expectFault(parse({ ...byKey, TWILIO_API_KEY: account }), 'TWILIO_API_KEY', 'is not', '');
    expectFault(parse({ TWILIO_URL: 'http://trunking.example.com' }), 'TWILIO_URL', 'is not encrypted', 'https');
  });

  it('take Salesforce beside the generic CRM or in its place, and only plain names of objects and fields', () => {
    const NONE = { CRM_URL: undefined, CRM_TOKEN: undefined };
    const SALESFORCE = {
      SALESFORCE_LOGIN_URL: 'https://acme.my.salesforce.com/',
      SALESFORCE_CLIENT_ID: 'app',
      SALESFORCE_CLIENT_SECRET: SECRET,
    };
    expect(goodValue(parse(SALESFORCE))).toMatchObject({ crm: { token: SECRET }, salesforce: { apiVersion: 'v63.0' } });
    expect(goodValue(parse({ ...SALESFORCE, ...NONE }))).toMatchObject({
      crm: null,
      salesforce: {
        loginUrl: 'https://acme.my.salesforce.com',
        rows: { object: 'Task', callField: 'CallObject', timeField: 'CreatedDate' },
        delayFrom: 'answered',
        sites: null,
      },
    });
    const named = { ...SALESFORCE, SALESFORCE_SITE_OBJECT: 'Cutover_Site__c', SALESFORCE_DELAY_FROM: 'ended' };
    expect(goodValue(parse(named)).salesforce).toMatchObject({
      delayFrom: 'ended',
      sites: { object: 'Cutover_Site__c', entryField: 'Name', platformField: 'Platform__c' },
    });
    expectFault(parse(NONE), 'CRM_URL', 'is missing', 'Set CRM_URL');
    expectFault(
      parse({ ...SALESFORCE, SALESFORCE_CLIENT_SECRET: '' }),
      'SALESFORCE_CLIENT_SECRET',
      'is missing',
      'Set',
    );
    for (const name of [
      'SALESFORCE_OBJECT',
      'SALESFORCE_CALL_FIELD',
      'SALESFORCE_TIME_FIELD',
      'SALESFORCE_SITE_OBJECT',
    ])
      expectFault(parse({ ...SALESFORCE, [name]: "Id FROM Task WHERE 'a'='a" }), name, 'is not', '');
    expectFault(parse({ ...SALESFORCE, SALESFORCE_DELAY_FROM: 'now' }), 'SALESFORCE_DELAY_FROM', 'is not', 'answered');
    expectFault(parse({ ...SALESFORCE, SALESFORCE_API_VERSION: '63' }), 'SALESFORCE_API_VERSION', 'is not', '');
  });

  it('are redacted wherever they are secret', () => {
    const text = JSON.stringify(
      redact({ ...GOOD, SLACK_APP_TOKEN: `xapp-${SECRET}`, REDIS_URL: `redis://:${SECRET}@x`, OTHER: SECRET }),
    );
    expect(text).not.toContain(SECRET);
    expect(JSON.parse(text)).toMatchObject({
      LEGACY_URL: 'https://legacy.example.com/api/',
      LEGACY_TOKEN: '(set, not shown)',
    });
  });

  it('stand in one table, every one with its meaning', () => {
    expect(new Set(SETTINGS.map(({ name }) => name)).size).toBe(SETTINGS.length);
    for (const { name, meaning, secret, default: usual } of SETTINGS) {
      expect(meaning.length).toBeGreaterThan(10);
      if (/(TOKEN|SECRET|KEY)(?!.*_(NAME|ID|ALGORITHM|URL)$)/.test(name))
        expect([name, secret, usual]).toEqual([name, true, null]);
    }
  });
});

describe('a settings file', () => {
  it('gives the same names, numbers as text', () => {
    expect(goodValue(parseSettingsFile('PORT: 3001\nLOG_LEVEL: debug\n', 's.yaml'))).toEqual({
      PORT: '3001',
      LOG_LEVEL: 'debug',
    });
    expect(goodValue(parseSettingsFile(JSON.stringify(GOOD), 's.json'))).toEqual(GOOD);
  });

  it.each([
    ['an unknown name', 'PORT: 1\n¦SLACK_BOT_TOKN: x', 'SLACK_BOT_TOKN is not a setting', 'Write "SLACK_BOT_TOKEN"'],
    ['a list', 'RESOLVERS: ¦[a, b]', 'RESOLVERS is neither text nor a number', 'one value'],
    ['nothing', 'PORT: ¦~', 'PORT is neither text nor a number', 'one value'],
    ['a secret for a name', `¦"xoxb-${SECRET}": x`, 'this is not a setting', 'Known here'],
    ['a name twice', 'PORT: 1\n¦PORT: 2', 'this key stands at s.yaml:1:1 already', 'Keep one'],
    ['bad syntax', `LEGACY_TOKEN: "${SECRET}¦`, 'is missing', 'Close or add it'],
  ])('with %s is refused', (_name, source, wrong, mend) => {
    const { text, place } = marked(source, 's.yaml');
    const parsed = parseSettingsFile(text, 's.yaml');
    expectFault(parsed, place, wrong, mend);
    expect(JSON.stringify(parsed)).not.toContain(SECRET);
  });
});
