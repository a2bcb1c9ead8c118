import { parseSettings, redact } from '../src/parse/settings';
import { parseSite } from '../src/parse/site';
import { changed, expectFault, goodValue, marked } from './fixtures/faults';
import { houseFile, houseSite } from './fixtures/house';

const GOOD = houseFile('sites/site-d.yaml');
const ROSTER = houseFile('sites/site-d.agents.csv');
const parse = (text: string, roster = ROSTER) => parseSite(text, 'site-d.yaml', () => roster);

describe('the site file of a CXone site', () => {
  it('is read with whole numbers as ids, as text on our side', () => {
    const site = houseSite('site-d');
    expect(site.agents).toHaveLength(40);
    expect(site.agents[0]).toMatchObject({ user: '520101', phone: '640101', group: 'orders' });
    expect(site.platform).toMatchObject({
      kind: 'nice-cxone',
      organisation: '4597',
      inboundTrunks: [{ trunkBase: '880101' }, { trunkBase: '880102' }],
      allocation: { table: 'cutover-site-d.csv', row: 'site-d' },
    });
  });

  it('takes its ids in quotes too, and a file in a folder, capitals and all', () => {
    const text = changed(GOOD, 'site: 3301', "site: '3301'").replace(
      'cutover-site-d.csv',
      "'Cutover\\Sites\\Capital-City.csv'",
    );
    const { site, allocation } = goodValue(parse(text)).platform;
    expect([site, allocation.table]).toEqual(['3301', 'Cutover\\Sites\\Capital-City.csv']);
  });

  const UUID = '5f3a0000-0000-4000-8000-00000000000a';
  const rows: readonly (readonly [string, string, string, string, string])[] = [
    [
      'a UUID for an id',
      'organisation: 4597',
      `organisation: ¦${UUID}`,
      'is not a whole number',
      'On NICE CXone write',
    ],
    ['a name for an id', 'site: 3301', 'site: ¦denver', '"denver" is not a whole number', 'like 770101'],
    ['a fraction for an id', 'route: 770103', 'route: ¦770103.5', 'is a number, not text', 'Put the value in quotes'],
    ['nothing for an id', 'shadowFlow: 770104', 'shadowFlow: ¦0', '"0" is not a whole number', 'like 770101'],
    [
      'a path out of the files',
      'table: cutover-site-d.csv',
      "table: ¦'../cutover.csv'",
      'is not the name of a file',
      'that the script reads',
    ],
    ['a line with a comma', 'row: site-d }', "row: ¦'site,d' }", 'is not a plain name', 'Use letters'],
    ['a management unit', 'managementUnit: null', 'managementUnit: ¦77', 'shows the bot no schedules', 'Write null'],
    [
      'a switch that Genesys Cloud alone has',
      'managementUnit: null',
      `managementUnit: null\n  emergencyGroup: ¦${UUID}`,
      'is there on Genesys Cloud only',
      'Take it out',
    ],
    [
      'a number as primary and as failover',
      'failoverTrunks: []',
      'failoverTrunks: [{ name: x, trunkBase: ¦880101 }]',
      'is an inbound trunk as well',
      'List each trunk once',
    ],
  ];
  it.each(rows)('with %s is refused', (_what, from, to, wrong, mend) => {
    const { text, place } = marked(changed(GOOD, from, to), 'site-d.yaml');
    expectFault(parse(text), place, wrong, mend);
  });

  it('with one number twice is refused, quoted or not', () => {
    const parsed = parse(changed(GOOD, 'trunkBase: 880102 }', "trunkBase: '880101' }"));
    expect(parsed.ok ? [] : parsed.faults.map(({ wrong }) => wrong)).toEqual([
      expect.stringContaining('"880101" stands there twice'),
    ]);
  });

  it('says what is wrong with its ids beside a mistake elsewhere', () => {
    const text = changed(changed(GOOD, 'site: 3301', 'site: denver'), 'regulated: false', 'regulated: perhaps');
    const parsed = parse(text);
    const wrongs = parsed.ok ? [] : parsed.faults.map(({ wrong }) => wrong);
    expect(wrongs).toEqual([expect.stringContaining('regulated'), expect.stringContaining('"denver"')]);
  });

  it('has a roster of agent ids and station ids', () => {
    const first = 'site-d-orders-001,520101,640101,orders';
    const { text, place } = marked(
      changed(ROSTER, first, `site-d-orders-001,¦${UUID},640101,orders`),
      'site-d.agents.csv',
    );
    expectFault(parse(GOOD, text), place, 'is not a whole number', 'the agent id or station id');
  });

  it('keeps Genesys Cloud to its UUIDs', () => {
    const genesys = houseFile('sites/site-b.yaml');
    const { text, place } = marked(changed(genesys, `organisation: ${UUID}`, 'organisation: ¦4597'), 'site-b.yaml');
    const parsed = parseSite(text, 'site-b.yaml', () => houseFile('sites/site-b.agents.csv'));
    expectFault(parsed, place, '"4597" is not an id', 'Copy the id');
  });
});

describe('the settings of NICE CXone', () => {
  const SECRET = 'hush-hush-hush';
  const REST = {
    SLACK_BOT_TOKEN: 'xoxb-token-1',
    SLACK_SIGNING_SECRET: 'signing-secret',
    CUTOVER_CHANNEL: 'C0123456789',
    POWERDNS_URL: 'https://dns.example.com',
    POWERDNS_API_KEY: 'key',
    LEGACY_URL: 'https://legacy.example.com',
    LEGACY_TOKEN: 'token',
    CRM_URL: 'https://crm.example.com',
    CRM_TOKEN: 'token',
  };
  const CXONE = {
    CXONE_AREA: 'na1',
    CXONE_ACCESS_KEY_ID: 'key-1',
    CXONE_ACCESS_KEY_SECRET: SECRET,
    CXONE_TENANT_ID: '11eb0000-0000-4000-8000-000000000001',
  };
  const GENESYS = { GENESYS_REGION: 'us_west_2', GENESYS_CLIENT_ID: 'id', GENESYS_CLIENT_SECRET: 'secret' };
  const settings = (more: Readonly<Record<string, string | undefined>>) => parseSettings({ ...REST, ...more });

  it('are enough for a bot without Genesys Cloud, and derive the URLs from the area', () => {
    const { cxone, genesys } = goodValue(settings(CXONE));
    expect(genesys).toBeNull();
    expect(cxone).toEqual({
      tokenUrl: 'https://na1.nice-incontact.com',
      discoveryUrl: 'https://cxone.niceincontact.com',
      apiUrl: null,
      accessKeyId: 'key-1',
      accessKeySecret: SECRET,
      tenantId: CXONE.CXONE_TENANT_ID,
      apiVersion: 'v33.0',
    });
  });

  it('may stand beside those of Genesys Cloud, or be missing', () => {
    const both = goodValue(settings({ ...CXONE, ...GENESYS }));
    expect([both.cxone === null, both.genesys === null]).toEqual([false, false]);
    expect(goodValue(settings(GENESYS)).cxone).toBeNull();
  });

  it('that are begun for one platform are wanted whole, whatever the other has', () => {
    expectFault(settings({ ...CXONE, GENESYS_CLIENT_ID: 'id' }), 'GENESYS_CLIENT_SECRET', 'is missing', 'Set');
    expectFault(settings({ ...GENESYS, CXONE_AREA: 'eu1' }), 'CXONE_ACCESS_KEY_SECRET', 'is missing', 'Set');
    expectFault(settings({}), 'GENESYS_CLIENT_ID', 'is missing', 'Set');
  });

  it.each([
    ['CXONE_AREA', undefined, 'CXONE_TOKEN_URL', 'there is no CXONE_AREA'],
    ['CXONE_AREA', 'na1.evil.example', 'CXONE_AREA', 'is not an area'],
    ['CXONE_TENANT_ID', undefined, 'CXONE_TENANT_ID', 'there is no CXONE_API_URL'],
    ['CXONE_TENANT_ID', 'a b', 'CXONE_TENANT_ID', "is not the tenant's id"],
    ['CXONE_API_VERSION', '33', 'CXONE_API_VERSION', 'is not a version'],
    ['CXONE_API_VERSION', 'v33.0/../x', 'CXONE_API_VERSION', 'is not a version'],
    ['CXONE_API_URL', 'http://api.example.com', 'CXONE_API_URL', 'is not encrypted'],
    ['CXONE_DISCOVERY_URL', 'cxone', 'CXONE_DISCOVERY_URL', 'is not an http or https URL'],
    ['CXONE_ACCESS_KEY_SECRET', 'ü', 'CXONE_ACCESS_KEY_SECRET', 'has a character'],
  ])('with %s=%j are refused', (name, value, place, wrong) => {
    expectFault(settings({ ...CXONE, [name]: value }), place, wrong, '');
  });

  it('need no tenant where the API is named, and show no secret', () => {
    const named = { ...CXONE, CXONE_TENANT_ID: undefined, CXONE_API_URL: 'https://api-c31.nice-incontact.com/' };
    expect(goodValue(settings(named)).cxone).toMatchObject({
      apiUrl: 'https://api-c31.nice-incontact.com',
      tenantId: null,
    });
    expect(JSON.stringify(redact(CXONE))).not.toContain(SECRET);
  });
});
