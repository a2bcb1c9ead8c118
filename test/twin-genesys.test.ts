import { HOUR, items, MINUTE, openWorld, SECOND, type TestWorld } from './twin-world';

const EDGES = '/api/v2/telephony/providers/edges';
const BASE = `${EDGES}/trunkbasesettings/5f3a0000-0000-4000-8000-0000000000b1`;
const SITE = '5f3a0000-0000-4000-8000-0000000000a1';
const ROUTE = `${EDGES}/sites/${SITE}/outboundroutes/5f3a0000-0000-4000-8000-0000000000c1`;
const QUEUE = '/api/v2/routing/queues/5f3a0000-0000-4000-8000-0000000000d1';
const ROW = '/api/v2/flows/datatables/5f3a0000-0000-4000-8000-0000000000e1/rows/site-a';
const USER = '5f3a0000-0000-4000-8000-000000010001';
const PHONE = '5f3a0000-0000-4000-8000-000000020001';
const NOBODY = '5f3a0000-0000-4000-8000-0000000fffff';

let world: TestWorld;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.twin.close());

const get = async (path: string) => (await world.genesys('GET', path)).body;
const enabled = async (wanted: boolean, change: object = {}) => {
  const { properties, ...base } = await get(BASE);
  return world.genesys('PUT', BASE, {
    ...base,
    properties: { ...properties, trunk_enabled: { value: { instance: wanted } } },
    ...change,
  });
};
const row = (allocationPercent: unknown, shadowPercent: unknown = 0) =>
  world.genesys('PUT', ROW, { KEY: 'site-a', allocationPercent, shadowPercent });

describe('the login server', () => {
  const basic = {
    authorization: `Basic ${Buffer.from('client:secret').toString('base64')}`,
    'content-type': 'application/x-www-form-urlencoded',
  };
  const login = (body: string, headers: Record<string, string>) =>
    world.call('GENESYS_LOGIN_URL', 'POST', '/oauth/token', body, headers);

  test('gives a token for client credentials', async () => {
    const { status, body } = await login('grant_type=client_credentials', basic);
    expect([status, body.token_type, body.expires_in]).toEqual([200, 'bearer', 86400]);
  });
  test.each([
    ['wrong secret', 'grant_type=client_credentials', { ...basic, authorization: 'Basic eDp5' }, 401],
    ['no credentials', 'grant_type=client_credentials', { 'content-type': basic['content-type'] }, 401],
    ['no grant', '', basic, 400],
    ['another grant', 'grant_type=password', basic, 400],
    ['a JSON body', '{}', { ...basic, 'content-type': 'application/json' }, 400],
  ])('refuses %s', async (_what, body, headers, status) => {
    const reply = await login(body, headers);
    expect([reply.status, typeof reply.body.error]).toEqual([status, 'string']);
  });
  test('lets a token die after a sandbox day', async () => {
    const headers = { authorization: `Bearer ${await world.token()}` };
    const check = (method: string) => world.call('GENESYS_API_URL', method, '/api/v2/tokens/me', undefined, headers);
    expect((await check('HEAD')).status).toBe(200);
    world.go(24 * HOUR);
    const stale = await check('GET');
    expect([stale.status, stale.body.code]).toEqual([401, 'bad.credentials']);
  });
});

describe('every reply', () => {
  test('carries a correlation id and the three limit headers, also a refusal', async () => {
    for (const path of ['/api/v2/organizations/me', '/api/v2/invented']) {
      const { headers } = await world.genesys('GET', path);
      for (const name of [
        'inin-correlation-id',
        'inin-ratelimit-allowed',
        'inin-ratelimit-count',
        'inin-ratelimit-reset',
      ]) {
        expect(headers.get(name)).toBeTruthy();
      }
    }
  });
  test.each([
    ['PATCH', '/api/v2/telephony/providers/edge/trunks/x'],
    ['GET', '/api/v2/telephony/providers/edge/endpoints?trunkId=x&status=REGISTERED'],
    ['PATCH', QUEUE],
    ['GET', '/api/v2/analytics/routing/queues/realtime?queueId=x'],
    ['PUT', `${EDGES}/trunks/x`],
  ])('%s %s, which the guide invents, is 404 in the vendor’s error body', async (method, path) => {
    const { status, body, headers } = await world.genesys(method, path, method === 'GET' ? undefined : {});
    expect([status, body.code, body.status]).toEqual([404, 'not.found', 404]);
    expect(body.contextId).toBe(headers.get('inin-correlation-id'));
  });
  test.each([
    `${EDGES}/trunkbasesettings/${NOBODY}`,
    `${EDGES}/trunks/${NOBODY}`,
    `${EDGES}/sites/${NOBODY}`,
    `${EDGES}/phones/${NOBODY}`,
    `/api/v2/stations/${NOBODY}`,
    `/api/v2/users/${NOBODY}`,
    `/api/v2/users/${NOBODY}/station`,
    `/api/v2/routing/queues/${NOBODY}`,
    `/api/v2/routing/queues/${NOBODY}/members`,
    `/api/v2/architect/ivrs/${NOBODY}`,
    `/api/v2/flows/datatables/${NOBODY}/rows`,
    `${ROW}x`,
    `/api/v2/license/users/${NOBODY}`,
  ])('GET %s: 404', async (path) => {
    expect((await world.genesys('GET', path)).status).toBe(404);
  });
  test('is 401 without a bearer token', async () => {
    expect((await world.call('GENESYS_API_URL', 'GET', '/api/v2/tokens/me')).status).toBe(401);
  });
  test('is 429 with Retry-After beyond the limit of a sandbox minute, and fine in the next', async () => {
    world.setSpeed(1);
    for (let i = 0; i < 300; i++) await world.genesys('HEAD', '/api/v2/tokens/me');
    const limited = await world.genesys('GET', '/api/v2/tokens/me');
    expect([limited.status, Number(limited.headers.get('retry-after'))]).toEqual([429, 60]);
    expect(limited.headers.get('inin-ratelimit-allowed')).toBe('300');
    world.go(MINUTE);
    expect((await world.genesys('GET', '/api/v2/tokens/me')).status).toBe(200);
  });
});

describe('trunks', () => {
  test('mirror the legacy side and stand by', async () => {
    const base = await get(BASE);
    expect(base).toMatchObject({
      trunkType: 'EXTERNAL',
      trunkMetabase: { id: 'external_sip_pcv_byoc_carrier.json' },
      properties: {
        trunk_enabled: { value: { instance: false } },
        trunk_media_codec: { value: { instance: ['audio/g722', 'audio/pcmu', 'audio/pcma'] } },
        trunk_max_concurrent_calls: { value: { instance: 500 } },
      },
    });
    expect(await get(`${EDGES}/sites/${SITE}`)).toMatchObject({ callerId: '+18005550199' });
    expect(items((await get('/api/v2/architect/ivrs?dnis=%2B12175550100')).entities)[0]?.dnis).toHaveLength(3);
    expect(items((await get(`${EDGES}/trunkbasesettings`)).entities)[0]?.properties).toBeUndefined();
    expect(items((await get(`${EDGES}/trunkbasesettings?expand=properties`)).entities)[0]?.properties).toBeDefined();
  });
  test('follow their base some seconds after the write', async () => {
    const trunk = async () =>
      items((await get(`${EDGES}/trunks?trunkBaseId=5f3a0000-0000-4000-8000-0000000000b1`)).entities)[0];
    expect(await trunk()).toMatchObject({ inService: false, enabled: false, connectedStatus: { connected: false } });
    expect((await enabled(true)).body.version).toBe(2);
    expect(await trunk()).toMatchObject({ inService: true, enabled: false });
    world.go(6 * SECOND);
    expect(await trunk()).toMatchObject({
      inService: true,
      enabled: true,
      connectedStatus: { connected: true },
      optionsStatus: [{ optionState: true }],
    });
    const { id } = (await trunk()) ?? {};
    expect((await get(`${EDGES}/trunks/${id}/metrics`)).calls).toEqual({ inboundCallCount: 0, outboundCallCount: 0 });
    expect(items(await get(`${EDGES}/trunks/metrics?trunkIds=${id}`))).toHaveLength(1);
  });
  test.each([
    ['a stale version', { version: 7 }, 409],
    ['no version', { version: undefined }, 400],
    ['a version that is text', { version: '1' }, 400],
    ['no name', { name: undefined }, 400],
    ['an unknown field', { enabled: true }, 400],
    ['no properties', { properties: undefined }, 400],
    ['an enabled that is text', { properties: { trunk_enabled: { value: { instance: 'true' } } } }, 400],
    ['another id', { id: NOBODY }, 400],
  ])('refuse %s', async (_what, change, status) => {
    const reply = await enabled(true, change);
    expect([reply.status, reply.body.status]).toEqual([status, status]);
    expect(world.twin.ledger().writes).toHaveLength(0);
  });
  test('name the field that is wrong', async () => {
    const reply = await enabled(true, { trunkType: 'BOTH' });
    expect(items(reply.body.details)[0]).toMatchObject({ fieldName: 'trunkType' });
  });
  test('have outbound routes that are switched by whole, versioned PUTs', async () => {
    const route = await get(ROUTE);
    expect(route.enabled).toBe(false);
    expect((await world.genesys('PUT', ROUTE, { ...route, enabled: 'yes' })).status).toBe(400);
    expect((await world.genesys('PUT', ROUTE, { ...route, enabled: true })).body).toMatchObject({
      enabled: true,
      version: 2,
    });
    expect((await world.genesys('PUT', ROUTE, { ...route, enabled: true })).status).toBe(409);
  });
});

describe('phones', () => {
  test('are listed by site in pages, with their status when it is asked for', async () => {
    const page = await get(`${EDGES}/phones?siteId=${SITE}&pageSize=100&pageNumber=3&expand=status`);
    expect([page.total, items(page.entities).length, page.pageCount, page.nextUri]).toEqual([240, 40, 3, undefined]);
    expect(items(page.entities)[0]?.status).toMatchObject({
      operationalStatus: 'OFFLINE',
      lineStatuses: [{ reachable: false }],
    });
    expect(items((await get(`${EDGES}/phones?siteId=${SITE}`)).entities)[0]?.status).toBeUndefined();
    expect((await world.genesys('GET', `${EDGES}/phones?pageSize=0`)).status).toBe(400);
    expect((await world.genesys('GET', `${EDGES}/phones?pageSize=1000`)).status).toBe(400);
  });
  test('go back to legacy after a reboot while DNS still says so', async () => {
    expect((await world.genesys('POST', `${EDGES}/phones/reboot`, { phoneIds: [PHONE] })).status).toBe(202);
    world.go(MINUTE);
    expect((await get(`${EDGES}/phones/${PHONE}`)).status).toMatchObject({ operationalStatus: 'OFFLINE' });
    expect(await get(`/api/v2/users/${USER}/station`)).not.toHaveProperty('associatedStation');
  });
  test('refuse a reboot of nothing, of strangers, of too many', async () => {
    const reboot = async (body: unknown) => (await world.genesys('POST', `${EDGES}/phones/reboot`, body)).status;
    expect(await reboot({})).toBe(400);
    expect(await reboot({ phoneIds: [NOBODY] })).toBe(404);
    expect(await reboot({ phones: [PHONE] })).toBe(400);
    expect(await reboot({ phoneIds: Array.from({ length: 101 }, () => PHONE) })).toBe(400);
    expect(await reboot('[')).toBe(400);
  });
});

describe('queues', () => {
  test('have members who join some seconds later, at most 100 at a time, strangers ignored', async () => {
    const join = (ids: readonly string[], joined: unknown = true) =>
      world.genesys(
        'PATCH',
        `${QUEUE}/members`,
        ids.map((id) => ({ id, joined })),
      );
    expect((await join([USER, NOBODY])).status).toBe(200);
    expect(items((await get(`${QUEUE}/members?joined=true`)).entities)).toHaveLength(0);
    world.go(5 * SECOND);
    expect(items((await get(`${QUEUE}/members?joined=true`)).entities)).toMatchObject([
      { id: USER, joined: true, memberBy: 'user' },
    ]);
    expect(await get(QUEUE)).toMatchObject({ memberCount: 80, joinedMemberCount: 1 });
    expect((await join(Array.from({ length: 101 }, () => USER))).status).toBe(400);
    expect((await join([USER], 'yes')).status).toBe(400);
    expect((await world.genesys('GET', `${QUEUE}/members?pageSize=101`)).status).toBe(400);
  });
  test('page their members without a total', async () => {
    const page = await get(`${QUEUE}/members?pageSize=50`);
    expect([items(page.entities).length, page.total, typeof page.nextUri]).toEqual([50, undefined, 'string']);
    expect((await get(`${QUEUE}/members?pageSize=50&pageNumber=2`)).nextUri).toBeUndefined();
  });
  test('take and lose members', async () => {
    expect((await world.genesys('POST', `${QUEUE}/members?delete=true`, [{ id: USER }])).status).toBe(204);
    expect((await get(QUEUE)).memberCount).toBe(79);
    expect((await world.genesys('POST', `${QUEUE}/members`, [{ id: USER }])).status).toBe(204);
    expect((await get(QUEUE)).memberCount).toBe(80);
    expect((await world.genesys('POST', `${QUEUE}/members`, [{ id: NOBODY }])).status).toBe(404);
  });
  test('are put whole, without a version', async () => {
    const queue = await get(QUEUE);
    expect((await world.genesys('PUT', QUEUE, { ...queue, description: 'moved' })).body).toMatchObject({
      description: 'moved',
      memberCount: 80,
    });
    expect((await world.genesys('PUT', QUEUE, { ...queue, enabled: true })).status).toBe(400);
    expect((await world.genesys('PUT', QUEUE, { description: 'no name' })).status).toBe(400);
  });
});

describe('the allocation row', () => {
  test('is brief unless asked otherwise', async () => {
    const rows = ROW.replace('/site-a', '');
    expect(items((await get(rows)).entities)[0]).toEqual({ key: 'site-a' });
    expect(items((await get(`${rows}?showbrief=false`)).entities)).toHaveLength(3);
    expect(await get(`${ROW}?showbrief=false`)).toEqual({ KEY: 'site-a', allocationPercent: 0, shadowPercent: 0 });
  });
  test('takes percentages only, and its own key', async () => {
    expect((await row(10, 5)).body).toEqual({ KEY: 'site-a', allocationPercent: 10, shadowPercent: 5 });
    for (const wrong of [101, -1, '10', null]) expect((await row(wrong)).status).toBe(400);
    expect((await world.genesys('PUT', ROW, { KEY: 'site-b', allocationPercent: 1, shadowPercent: 0 })).status).toBe(
      400,
    );
  });
});

describe('call routes', () => {
  test('keep a number with one owner', async () => {
    const [a, b] = items((await get('/api/v2/architect/ivrs')).entities);
    const clash = await world.genesys('PUT', `/api/v2/architect/ivrs/${b?.id}`, { ...b, dnis: ['+12175550100'] });
    expect(clash.status).toBe(400);
    const fewer = await world.genesys('PUT', `/api/v2/architect/ivrs/${a?.id}`, { ...a, dnis: ['+12175550100'] });
    expect([fewer.status, fewer.body.version]).toEqual([200, 2]);
    expect((await world.genesys('PUT', `/api/v2/architect/ivrs/${a?.id}`, { ...a, dnis: ['12'] })).status).toBe(400);
  });
});
