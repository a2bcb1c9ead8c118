import type { Twin } from '../sandbox/twin/twin';
import { createSalesforceCrm, type SalesforceCrmOptions } from '../src/adapters/legacy/salesforce-crm';
import { soqlName, soqlText } from '../src/adapters/legacy/soql';
import { createGenesysCloud } from '../src/adapters/platforms/genesys-cloud';
import type { Crm } from '../src/ports/legacy';
import type { AnsweredCall } from '../src/ports/platform';
import { MINUTE, setting, TwinClock, twinAt } from './adapters-platforms-twin-at';
import { faultOf, ManualClock, WireDouble } from './adapters-platforms-wire';

const SECRET = 'salesforce-secret-abc';
const QUERY = '/services/data/v63.0/query';
const AT = Date.parse('2027-03-01T07:00:00Z');
const INTERVAL = { from: AT, to: AT + 30 * MINUTE };
const SITES = { object: 'Cutover_Site__c', entryField: 'Name', platformField: 'Platform__c' };

let wire: WireDouble;
beforeEach(async () => {
  wire = await new WireDouble().start();
  logIn('session-1', 'session-2');
});
afterEach(() => wire.stop());

const logIn = (...tokens: readonly string[]) =>
  wire.on(
    'POST /services/oauth2/token',
    ...tokens.map((access_token) => ({ body: { access_token, instance_url: wire.url, token_type: 'Bearer' } })),
  );
const crmOf = (more: Partial<SalesforceCrmOptions> = {}): Crm =>
  createSalesforceCrm({
    loginUrl: wire.url,
    clientId: 'app-1',
    clientSecret: SECRET,
    apiVersion: 'v63.0',
    rows: { object: 'Task', callField: 'CallObject', timeField: 'CreatedDate' },
    delayFrom: 'answered',
    sites: null,
    clock: new ManualClock(),
    timeoutMs: 2000,
    ...more,
  });
const call = (id: string, endedAt: number | null = null): AnsweredCall => ({ id, answeredAt: AT, endedAt });
const row = (CallObject: string, ms: number) => ({
  attributes: { type: 'Task', url: '/x' },
  CallObject,
  CreatedDate: new Date(AT + ms).toISOString().replace('Z', '+0000'),
});
const page = (records: readonly object[], nextRecordsUrl?: string) => ({
  body: { totalSize: records.length, done: !nextRecordsUrl, records, ...(nextRecordsUrl ? { nextRecordsUrl } : {}) },
});
const sync = (calls: readonly AnsweredCall[] | null, crm = crmOf()) => crm.sync('site', INTERVAL, async () => calls);

describe('rows of answered calls', () => {
  it('are asked for by the calls’ ids, with the token of the login', async () => {
    wire.on(`GET ${QUERY}`, page([row('a', 400), row('b', 900)]));
    await expect(sync([call('a'), call('b'), call('c')])).resolves.toEqual({ calls: 3, synced: 2, p95LatencyMs: 900 });
    expect(wire.asked[0]?.text).toBe(`grant_type=client_credentials&client_id=app-1&client_secret=${SECRET}`);
    expect(wire.asked[1]?.headers.authorization).toBe('Bearer session-1');
    expect(wire.asked[1]?.query.q).toBe("SELECT CallObject, CreatedDate FROM Task WHERE CallObject IN ('a', 'b', 'c')");
  });

  it('of no call are not asked for', async () => {
    for (const none of [[], null]) expect(await sync(none)).toEqual({ calls: 0, synced: 0, p95LatencyMs: null });
    expect(wire.asked).toEqual([]);
  });

  it.each([
    [100, [100]],
    [101, [100, 1]],
    [250, [100, 100, 50]],
  ])('of %i calls are asked for in chunks', async (n, sizes) => {
    wire.on(`GET ${QUERY}`, page([]));
    await sync(Array.from({ length: n }, (_, i) => call(`id-${i}`)));
    const lists = wire.asked.slice(1).map(({ query }) => query.q?.match(/'/g)?.length);
    expect(lists).toEqual(sizes.map((size) => 2 * size));
  });

  it('are matched without regard to case, as the vendor compares', async () => {
    wire.on(`GET ${QUERY}`, page([row('ABC', 100)]));
    await expect(sync([call('abc')])).resolves.toMatchObject({ calls: 1, synced: 1 });
  });

  it('are told of when they are older than their calls, or more than one', async () => {
    wire.on(`GET ${QUERY}`, page([row('a', -5000), row('b', 300), row('b', 800)]));
    await expect(sync([call('a'), call('b')])).resolves.toEqual({
      calls: 2,
      synced: 2,
      p95LatencyMs: 300,
      told: [expect.stringContaining('1 row more than one'), expect.stringContaining('by up to 5 s')],
    });
  });

  it('may be measured from the end of the call, and calls that go on are left out', async () => {
    wire.on(`GET ${QUERY}`, page([row('a', 61_000)]));
    const found = await sync([call('a', AT + 60_000), call('b')], crmOf({ delayFrom: 'ended' }));
    expect(found).toEqual({ calls: 1, synced: 1, p95LatencyMs: 1000, told: ['1 call that go on are left out'] });
  });

  it('are read page by page on the same instance', async () => {
    wire.on(`GET ${QUERY}`, page([row('a', 1)], `${QUERY}/01gD0000002HU6K-2000`));
    wire.on(`GET ${QUERY}/01gD0000002HU6K-2000`, page([row('b', 1)]));
    await expect(sync([call('a'), call('b')])).resolves.toMatchObject({ synced: 2 });
  });

  it.each([
    'http://127.0.0.1:9/services/data/v63.0/query/01g-2000',
    '//127.0.0.1:9/x',
    '/services/data/v63.0/sobjects',
    '/services/data/v63.0/query/../sobjects',
    '/services/data/v63.0/query/a/b',
    '/services/data/v63.0/query/x?q=1',
    '',
  ])('are not read from %j', async (next) => {
    wire.on(`GET ${QUERY}`, { body: { totalSize: 2, done: false, nextRecordsUrl: next, records: [] } });
    expect(await faultOf(sync([call('a')]))).toMatchObject({ system: 'Salesforce', transient: false });
    expect(wire.asked).toHaveLength(2);
  });

  it('end, whatever the pages say', async () => {
    wire.on(`GET ${QUERY}`, page([], `${QUERY}/01g-1`)).on(`GET ${QUERY}/01g-1`, page([], `${QUERY}/01g-1`));
    expect((await faultOf(sync([call('a')]))).message).toContain('never ends');
  });
});

describe('a query', () => {
  it.each([
    ["o'neill", "'o\\'neill'"],
    ["\\' OR Name != '", "'\\\\\\' OR Name != \\''"],
    ['%_', "'%_'"],
  ])('quotes %s', (text, quoted) => expect(soqlText(text)).toBe(quoted));

  it.each(['', 'a\nb', 'a\u0000', 'x'.repeat(256)])('refuses %j as an id', (text) =>
    expect(() => soqlText(text)).toThrow('no plain text'),
  );

  it.each(['Task FROM', "a'b", 'a.b', '1a', '', 'x'.repeat(81)])('refuses %j as a name', (name) =>
    expect(() => soqlName(name)).toThrow('is none'),
  );

  it('of hostile ids stays one list', async () => {
    wire.on(`GET ${QUERY}`, page([]));
    await sync([call("x') OR CallObject != ('")]);
    expect(wire.asked[1]?.query.q).toMatch(/IN \('x\\'\) or callobject != \(\\''\)$/);
  });
});

describe('the login', () => {
  it('is renewed once when the session was ended', async () => {
    const ended = { status: 401, body: [{ message: 'Session expired', errorCode: 'INVALID_SESSION_ID' }] };
    wire.on(`GET ${QUERY}`, ended, page([row('a', 1)]));
    await expect(sync([call('a')])).resolves.toMatchObject({ synced: 1 });
    expect(wire.asked.at(-1)?.headers.authorization).toBe('Bearer session-2');
    wire.on(`GET ${QUERY}`, ended);
    expect(await faultOf(sync([call('a')]))).toMatchObject({ transient: false, status: 401 });
    expect(wire.times(`GET ${QUERY}`)).toBe(4);
  });

  it.each([
    'https://evil.example.com',
    'https://x.my.salesforce.com.example.com',
    'https://user@x.my.salesforce.com',
    'http://127.0.0.1:9',
    'x',
  ])('sends nothing to the instance %s', async (instance_url) => {
    wire.on('POST /services/oauth2/token', { body: { access_token: 't-123456', instance_url } });
    expect((await faultOf(sync([call('a')]))).message).toContain('Nothing was sent there');
    expect(wire.asked).toHaveLength(1);
  });

  it('that is refused says what to check, and no secret', async () => {
    const body = { error: 'invalid_client', error_description: `bad ${SECRET}` };
    wire.on('POST /services/oauth2/token', { status: 400, body });
    const fault = await faultOf(sync([call('a')]));
    expect(fault.message).toContain('check its id and secret');
    expect(fault.message).not.toContain(SECRET);
  });
});

describe('the entry of a site', () => {
  it('counts as both where no object holds it', async () => {
    await expect(crmOf().entry('site-b')).resolves.toEqual({ entry: 'site-b', platform: 'both' });
    expect(wire.asked).toEqual([]);
  });

  it('is read from its object', async () => {
    wire.on(`GET ${QUERY}`, page([{ Name: 'site-b', Platform__c: 'Legacy' }]));
    const crm = crmOf({ sites: SITES });
    await expect(crm.entry('site-b')).resolves.toEqual({ entry: 'site-b', platform: 'legacy' });
    expect(wire.asked[1]?.query.q).toBe("SELECT Name, Platform__c FROM Cutover_Site__c WHERE Name = 'site-b' LIMIT 2");
  });

  it.each([
    [[], 'no row'],
    [[1, 2].map(() => ({ Name: 'site-b', Platform__c: 'both' })), 'more than one row'],
  ])('has to be exactly one (%#)', async (records, says) => {
    wire.on(`GET ${QUERY}`, page(records));
    expect((await faultOf(crmOf({ sites: SITES }).entry('site-b'))).message).toContain(says);
  });
});

describe('before the twin', () => {
  let twin: Twin;
  afterEach(() => twin.close());

  it('every answered call of the new queues and every leg of the shadow has its row', async () => {
    const clock = new TwinClock();
    twin = await twinAt(clock);
    const genesys = createGenesysCloud({
      apiUrl: setting(twin, 'GENESYS_API_URL'),
      loginUrl: setting(twin, 'GENESYS_LOGIN_URL'),
      clientId: setting(twin, 'GENESYS_CLIENT_ID'),
      clientSecret: setting(twin, 'GENESYS_CLIENT_SECRET'),
      clock,
      timeoutMs: 5000,
    });
    const crm = crmOf({
      loginUrl: setting(twin, 'SALESFORCE_LOGIN_URL'),
      clientId: setting(twin, 'SALESFORCE_CLIENT_ID'),
      clientSecret: setting(twin, 'SALESFORCE_CLIENT_SECRET'),
      sites: SITES,
      clock,
    });
    const id = (last: string) => `5f3b0000-0000-4000-8000-0000000000${last}`;
    await genesys.setAllocation('5f3a0000-0000-4000-8000-0000000000e1', 'site-b', { shadowPercent: 100 });
    clock.pass(4 * 60 * MINUTE);
    twin.advance();
    const window = { from: clock.now() - 4 * 60 * MINUTE, to: clock.now() - 3 * MINUTE };
    const legs = await genesys.finishedLegs?.(id('f1'), window);
    const flow = await genesys.flow(id('f1'), window);
    expect(legs?.length).toBeGreaterThan(50);
    expect(legs?.length).toBe(flow?.finished);
    const found = await crm.sync('site-b', window, async () => legs ?? null);
    expect(found).toMatchObject({ calls: legs?.length, synced: legs?.length });
    expect(found.p95LatencyMs).toBeLessThan(2000);
    await expect(genesys.answeredCalls?.([id('d1')], window)).resolves.toBeNull();
    await expect(crm.entry('site-b')).resolves.toEqual({ entry: 'site-b', platform: 'both' });
    // Its session has ended by then.
    clock.pass(3 * 60 * MINUTE);
    await expect(crm.entry('site-b')).resolves.toMatchObject({ platform: 'both' });
  });
});
