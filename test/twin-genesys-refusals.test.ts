/** The twin says no where the vendor does: a wrong adapter must not pass before it. */
import { HOUR, items, openWorld, SECOND, type TestWorld } from './twin-world';

const EDGES = '/api/v2/telephony/providers/edges';
const BASE = `${EDGES}/trunkbasesettings/5f3a0000-0000-4000-8000-0000000000b1`;
const ROUTE = `${EDGES}/sites/5f3a0000-0000-4000-8000-0000000000a1/outboundroutes/5f3a0000-0000-4000-8000-0000000000c1`;
const QUEUE = '/api/v2/routing/queues/5f3a0000-0000-4000-8000-0000000000d1';
const TABLE = '/api/v2/flows/datatables/5f3a0000-0000-4000-8000-0000000000e1/rows/site-a';

let world: TestWorld;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.twin.close());

const firstOf = async (path: string): Promise<string> => {
  const reply = await world.genesys('GET', path);
  return `${path}/${items(reply.body.entities)[0]?.id}`;
};
const VERSIONED: readonly (readonly [string, () => Promise<string>])[] = [
  ['a trunk base', async () => BASE],
  ['an outbound route', async () => ROUTE],
  ['a call route', () => firstOf('/api/v2/architect/ivrs')],
  ['an emergency group', () => firstOf('/api/v2/architect/emergencygroups')],
];

it.each([
  ['PATCH', `${EDGES}/trunks/x`],
  ['PATCH', '/api/v2/telephony/providers/edge/trunks/x'],
  ['GET', '/api/v2/telephony/providers/edge/endpoints'],
  ['PATCH', QUEUE],
  ['GET', '/api/v2/analytics/routing/queues/realtime'],
  ['PATCH', '/api/v2/architect/emergencygroups/x'],
  ['POST', `${BASE}/enable`],
  ['PUT', '/api/v2/license/users'],
  ['GET', '/api/v2/audits'],
])('%s %s is no path of the vendor', async (method, path) => {
  expect((await world.genesys(method, path, method === 'GET' ? undefined : {})).status).toBe(404);
});

it.each(VERSIONED)(
  '%s is written with the version that is stored, whole, and with no field of our own',
  async (_, where) => {
    const path = await where();
    const { body } = await world.genesys('GET', path);
    const version = Number(body.version);
    expect((await world.genesys('PUT', path, { ...body, version: version - 1 })).status).toBe(409);
    expect((await world.genesys('PUT', path, { ...body, version: version + 1 })).status).toBe(409);
    const { version: _version, ...without } = body;
    expect((await world.genesys('PUT', path, without)).status).toBe(400);
    const { name: _name, ...nameless } = body;
    expect((await world.genesys('PUT', path, nameless)).status).toBe(400);
    expect((await world.genesys('PUT', path, { ...body, shadow: true })).status).toBe(400);
    expect(world.twin.ledger().writes).toEqual([]);
    const written = await world.genesys('PUT', path, body);
    expect([written.status, Number(written.body.version)]).toEqual([200, version + 1]);
  },
);

it('a call route takes 50 new numbers at a time, and none that another one has', async () => {
  const reply = await world.genesys('GET', '/api/v2/architect/ivrs');
  const [own, other] = items(reply.body.entities);
  const path = `/api/v2/architect/ivrs/${own?.id}`;
  const numbers = (count: number) => Array.from({ length: count }, (_, i) => `+4930${1_000_000 + i}`);
  const dnis = items(own?.dnis).map(String);
  const put = (more: readonly string[]) => world.genesys('PUT', path, { ...own, dnis: [...dnis, ...more] });
  expect((await put(numbers(51))).status).toBe(400);
  const clash = await put([String(items(other?.dnis)[0])]);
  expect(clash.status).toBe(400);
  expect(String(clash.body.message)).toContain('assigned to another owner');
  expect((await put(numbers(50))).status).toBe(200);
});

it('a hundred members are changed at a time, by id and state alone', async () => {
  const members = (count: number) => Array.from({ length: count }, (_, i) => ({ id: `user-${i}`, joined: true }));
  expect((await world.genesys('PATCH', `${QUEUE}/members`, members(101))).status).toBe(400);
  expect((await world.genesys('PATCH', `${QUEUE}/members`, members(100))).status).toBe(200);
  expect((await world.genesys('PATCH', `${QUEUE}/members`, [{ id: 'user-1' }])).status).toBe(400);
  expect((await world.genesys('PATCH', `${QUEUE}/members`, [{ id: 'user-1', joined: true, weight: 5 }])).status).toBe(
    400,
  );
  expect((await world.genesys('GET', `${QUEUE}/members?pageSize=101`)).status).toBe(400);
});

it('a row is written whole, under its own key', async () => {
  const { body } = await world.genesys('GET', `${TABLE}?showbrief=false`);
  expect((await world.genesys('PUT', TABLE, { ...body, KEY: 'site-b' })).status).toBe(400);
  expect((await world.genesys('PUT', TABLE, { KEY: 'site-a', allocationPercent: 10 })).status).toBe(400);
  expect((await world.genesys('PUT', TABLE, { ...body, allocationPercent: 101 })).status).toBe(400);
});

it('a token that is unknown, missing or older than a day is refused', async () => {
  const ask = (headers: Record<string, string>) =>
    world.call('GENESYS_API_URL', 'GET', '/api/v2/organizations/me', undefined, headers);
  const authorization = `Bearer ${await world.token()}`;
  expect((await ask({ authorization })).status).toBe(200);
  expect((await ask({})).status).toBe(401);
  expect((await ask({ authorization: 'Bearer made-up' })).status).toBe(401);
  world.go(24 * HOUR - SECOND);
  expect((await ask({ authorization })).status).toBe(200);
  world.go(SECOND);
  expect((await ask({ authorization })).status).toBe(401);
});

describe('the audit', () => {
  const interval = () => `${new Date(world.now() - HOUR).toISOString()}/${new Date(world.now() + HOUR).toISOString()}`;
  const begin = (more: object = {}) => world.genesys('POST', '/api/v2/audits/query', { interval: interval(), ...more });

  it('is compiled first and read by cursor then', async () => {
    for (const path of [BASE, ROUTE]) await world.genesys('PUT', path, (await world.genesys('GET', path)).body);
    const { status, body } = await begin();
    expect([status, body.state]).toEqual([202, 'Queued']);
    const at = `/api/v2/audits/query/${body.id}`;
    expect((await world.genesys('GET', `${at}/results`)).status).toBe(404);
    world.go(2 * SECOND);
    expect((await world.genesys('GET', at)).body.state).toBe('Succeeded');
    const first = await world.genesys('GET', `${at}/results?pageSize=1`);
    expect(items(first.body.entities)).toHaveLength(1);
    const second = await world.genesys('GET', `${at}/results?pageSize=1&cursor=${first.body.cursor}`);
    expect(items(second.body.entities)).toHaveLength(1);
    expect(second.body.cursor).toBeUndefined();
  });

  it.each([
    ['without an interval', { interval: undefined }],
    ['over more than thirty days', { interval: '2027-01-01T00:00:00Z/2027-02-15T00:00:00Z' }],
    ['that ends before it begins', { interval: '2027-02-15T00:00:00Z/2027-01-01T00:00:00Z' }],
    ['by a property that there is not', { filters: [{ property: 'Entity', value: 'x' }] }],
  ])('refuses a query %s', async (_, more) => {
    expect((await begin(more)).status).toBe(400);
  });
});

it('every reply tells the time of the world, not that of the machine', async () => {
  const { headers } = await world.genesys('GET', '/api/v2/tokens/me');
  expect(Date.parse(headers.get('date') ?? '')).toBe(Math.floor(world.now() / SECOND) * SECOND);
});
