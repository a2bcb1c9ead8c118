import { agentsOf, HOUR, items, MINUTE, openWorld, SECOND, START, type TestWorld } from './twin-world';

const EDGES = '/api/v2/telephony/providers/edges';
const BASE = `${EDGES}/trunkbasesettings/5f3a0000-0000-4000-8000-0000000000b1`;
const SITE = '5f3a0000-0000-4000-8000-0000000000a1';
const _ROUTE = `${EDGES}/sites/${SITE}/outboundroutes/5f3a0000-0000-4000-8000-0000000000c1`;
const QUEUE = '/api/v2/routing/queues/5f3a0000-0000-4000-8000-0000000000d1';
const ROW = '/api/v2/flows/datatables/5f3a0000-0000-4000-8000-0000000000e1/rows/site-a';
const USER = '5f3a0000-0000-4000-8000-000000010001';
const _PHONE = '5f3a0000-0000-4000-8000-000000020001';
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

describe('licences', () => {
  const users = agentsOf('site-a').map((agent) => agent.user);
  const assign = (licenseId: string, userIdsAdd: readonly string[]) =>
    world.genesys('POST', '/api/v2/license/organization', {
      assignments: [{ licenseId, userIdsAdd, userIdsRemove: [] }],
    });
  const missing = async () => {
    const map = (await world.genesys('POST', '/api/v2/license/users', users)).body;
    return users.filter((user) => items(map[user]?.licenses).length < 1);
  };

  test('are accepted at once and seen 15 to 25 minutes later, not all at the same time', async () => {
    const accepted = await assign('engage', users);
    expect(items(accepted.body)[0]).toMatchObject({ userId: users[0], licenseId: 'engage' });
    world.go(15 * MINUTE);
    expect(await missing()).toHaveLength(240);
    world.go(5 * MINUTE);
    const half = (await missing()).length;
    expect(half).toBeGreaterThan(60);
    expect(half).toBeLessThan(180);
    world.go(5 * MINUTE);
    expect(await missing()).toHaveLength(0);
    expect(await get(`/api/v2/license/users/${USER}`)).toMatchObject({ id: USER, licenses: [{ id: 'engage' }] });
    expect(items((await get('/api/v2/license/users?pageSize=1')).entities)).toEqual([
      { id: USER, licenses: ['engage'] },
    ]);
  });
  test('refuse unknown licences and users, and a body that lacks a list', async () => {
    expect((await assign('gold', [USER])).status).toBe(400);
    expect((await assign('engage', [NOBODY])).status).toBe(404);
    const lacking = { assignments: [{ licenseId: 'engage', userIdsAdd: [USER] }] };
    expect((await world.genesys('POST', '/api/v2/license/organization', lacking)).status).toBe(400);
  });
  test('with licence-delay are there at first, taken back for some, and repaired after somebody asked late', async () => {
    world.twin.faults.set('licence-delay', true);
    await assign('engage', users);
    world.go(25 * MINUTE);
    expect(await missing()).toHaveLength(0);
    world.go(72 * HOUR);
    const late = await missing();
    expect(late.length).toBeGreaterThan(0);
    expect(late.length).toBeLessThan(30);
    world.go(30 * MINUTE);
    expect(await missing()).toEqual(late);
    world.go(HOUR);
    expect(await missing()).toEqual([]);
  });
});

describe('work schedules and limits', () => {
  test('a published schedule covers the agents of the window', async () => {
    const path =
      '/api/v2/workforcemanagement/managementunits/5f3a0000-0000-4000-8000-0000000000f2/agentschedules/search';
    const span = { startDate: new Date(START).toISOString(), endDate: new Date(START + 4 * HOUR).toISOString() };
    const { body } = await world.genesys('POST', path, span);
    const schedules = items(body.result?.agentSchedules);
    expect(body.status).toBe('Complete');
    expect(schedules.length).toBeGreaterThan(220);
    expect(items(body.result?.publishedSchedules)).toHaveLength(1);
    expect(items(items(schedules[0]?.shifts)[0]?.activities)[0]).toMatchObject({
      activityCodeId: '0',
      lengthMinutes: 240,
    });
    expect((await world.genesys('POST', path, { ...span, endDate: span.startDate })).status).toBe(400);
    expect((await world.genesys('POST', path, { startDate: 'today' })).status).toBe(400);
  });
  test('limits are told by name space', async () => {
    const limits = await get('/api/v2/organizations/limits/namespaces/platform.api');
    expect(items(limits.entities)[0]).toMatchObject({ key: 'client.credentials.token.rate.per.minute', value: 300 });
  });
});

describe('analytics', () => {
  const interval = () => `${new Date(START).toISOString()}/${new Date(world.now()).toISOString()}`;
  const byQueue = {
    type: 'or',
    predicates: [{ type: 'dimension', dimension: 'queueId', operator: 'matches', value: QUEUE.split('/').at(-1) }],
  };

  test('has no rows where there were no calls', async () => {
    world.go(HOUR);
    const query = { interval: interval(), metrics: ['nOffered', 'tAnswered'], groupBy: ['queueId'], filter: byQueue };
    expect((await world.genesys('POST', '/api/v2/analytics/conversations/aggregates/query', query)).body).toEqual({
      results: [],
    });
    const observe = { filter: byQueue, metrics: ['oWaiting', 'oMemberUsers'] };
    const { body } = await world.genesys('POST', '/api/v2/analytics/queues/observations/query', observe);
    expect(items(body.results)).toEqual([
      { group: expect.anything(), data: [{ metric: 'oMemberUsers', stats: { count: 80 } }] },
    ]);
  });
  test('counts shadow legs in the shadow flow, with a lag', async () => {
    await row(0, 50);
    world.go(4 * HOUR);
    const predicates = [{ dimension: 'flowId', value: '5f3a0000-0000-4000-8000-0000000000f1' }];
    const query = {
      interval: interval(),
      metrics: ['nFlow', 'nFlowOutcome', 'nFlowOutcomeFailed'],
      filter: { type: 'and', predicates },
    };
    const { body } = await world.genesys('POST', '/api/v2/analytics/flows/aggregates/query', query);
    const metrics = items(items(items(body.results)[0]?.data)[0]?.metrics);
    const count = (name: string) => Number(metrics.find((one) => String(one.metric) === name)?.stats?.count ?? 0);
    expect(count('nFlow')).toBeGreaterThan(700);
    expect(count('nFlowOutcome') / count('nFlow')).toBeGreaterThan(0.95);
    expect(world.twin.ledger().calls['site-a']?.avoidable).toBe(0);
  });
  test.each([
    ['an unknown metric', { metrics: ['nFailed'] }],
    ['no metrics', { metrics: [] }],
    ['an interval that is none', { interval: 'yesterday' }],
    ['an interval backwards', { interval: '2027-03-26T00:00:00Z/2027-03-25T00:00:00Z' }],
    ['an unknown dimension', { filter: { type: 'and', predicates: [{ dimension: 'queue', value: 'x' }] } }],
    ['a granularity that is none', { granularity: '5 minutes' }],
    ['an unknown field', { queueId: 'x' }],
  ])('refuses %s', async (_what, change) => {
    const query = { interval: '2027-03-25T00:00:00Z/2027-03-25T01:00:00Z', metrics: ['nOffered'], ...change };
    expect((await world.genesys('POST', '/api/v2/analytics/conversations/aggregates/query', query)).status).toBe(400);
  });
});

describe('API faults', () => {
  test('api-429 refuses every third request with Retry-After 2', async () => {
    world.twin.faults.set('api-429', true);
    const replies = [];
    for (let i = 0; i < 6; i++) replies.push(await world.genesys('GET', '/api/v2/tokens/me'));
    expect(replies.map((reply) => reply.status)).toEqual([200, 200, 429, 200, 200, 429]);
    expect(replies[2]?.headers.get('retry-after')).toBe('2');
  });
  test('api-5xx fails every fourth request, and PowerDNS shares it', async () => {
    world.twin.faults.set('api-5xx', true);
    const statuses = [];
    for (let i = 0; i < 4; i++) statuses.push((await world.genesys('GET', '/api/v2/tokens/me')).status);
    for (let i = 0; i < 4; i++)
      statuses.push(
        (await world.call('POWERDNS_URL', 'GET', '/api/v1/servers', undefined, { 'x-api-key': 'dns-key' })).status,
      );
    expect(statuses).toEqual([200, 200, 200, 503, 200, 200, 200, 500]);
  });
  test('api-conflict lets the first PUT of each object meet another version', async () => {
    world.twin.faults.set('api-conflict', true);
    expect([(await enabled(true)).status, (await enabled(true)).status, (await enabled(false)).status]).toEqual([
      409, 200, 200,
    ]);
  });
  test('api-slow answers after 5 to 20 sandbox seconds', async () => {
    await world.token();
    await world.genesys('GET', '/api/v2/tokens/me');
    world.twin.faults.set('api-slow', true);
    let isDone = false;
    const slow = world.genesys('GET', '/api/v2/tokens/me').then((reply) => {
      isDone = true;
      return reply;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(isDone).toBe(false);
    world.go(20 * SECOND);
    expect((await slow).status).toBe(200);
  });
  test('undo-fails breaks the way back once most traffic was on the new side', async () => {
    world.twin.faults.set('undo-fails', true);
    expect((await row(30)).status).toBe(200);
    expect((await row(10)).status).toBe(200);
    expect((await row(100)).status).toBe(200);
    expect([(await row(0)).status, (await row(0)).status]).toEqual([500, 500]);
    world.twin.faults.set('undo-fails', false);
    expect((await row(0)).status).toBe(200);
  });
  test('unknown faults are refused by name', () => {
    expect(() => world.twin.faults.set('meteor', true)).toThrow('no fault is called "meteor"');
  });
});
