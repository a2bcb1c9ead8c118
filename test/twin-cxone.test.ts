import { duplicates } from '../sandbox/twin/twin';
import { cxoneSites } from './support/cxone-sites';
import { HOUR, items, MINUTE, openWorld, SECOND, setRecord, type TestWorld } from './twin-world';

const ACD = '/inContactAPI/services/v33.0';
const POINT = `${ACD}/points-of-contact/880101`;
const SKILL = `${ACD}/skills/770101`;
const FILE = 'cutover-site-d.csv';

let world: TestWorld;
let sites: ReturnType<typeof cxoneSites>;
let token = '';
beforeEach(async () => {
  sites = cxoneSites();
  world = await openWorld({ sitesDir: sites.folder });
  token = await logIn();
});
afterEach(async () => {
  await world.twin.close();
  sites.remove();
});

const setting = (name: string) => world.twin.settings[name] ?? '';
const key = () => ({
  accessKeyId: setting('CXONE_ACCESS_KEY_ID'),
  accessKeySecret: setting('CXONE_ACCESS_KEY_SECRET'),
});
const login = (body: unknown) => world.call('CXONE_TOKEN_URL', 'POST', '/authentication/v1/token/access-key', body);
const logIn = async () => String((await login(key())).body.access_token);
/** The API's own address, as the discovery document names it. */
const endpoint = async () => {
  const path = `/.well-known/cxone-configuration?tenantId=${setting('CXONE_TENANT_ID')}`;
  return String((await world.call('CXONE_DISCOVERY_URL', 'GET', path)).body.api_endpoint);
};
const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
  Object.assign(world.twin.settings, { CXONE_FOUND: await endpoint() });
  const all = { accept: 'application/json', authorization: `Bearer ${token}`, ...headers };
  return world.call('CXONE_FOUND', method, path, body, all);
};
const get = async (path: string) => (await call('GET', path)).body;
const point = async () => items((await get(POINT)).pointsOfContact)[0];
const switchPoint = async (isActive: unknown, change: object = {}) => {
  const found = await point();
  const { contactDescription: pointOfContactName, defaultSkillId: skillId, scriptName } = found ?? {};
  return call('PUT', POINT, { pointOfContactName, skillId, scriptName, isActive, ...change });
};
const file = async () => {
  const { files } = await get(`${ACD}/files?fileName=${FILE}`);
  return Buffer.from(String(files?.file), 'base64').toString('utf8');
};
const put = (text: string) => {
  const encoded = Buffer.from(text, 'utf8').toString('base64');
  return call('POST', `${ACD}/files`, { fileName: FILE, file: encoded, overwrite: true });
};
const writes = () => world.twin.ledger().writes.filter(({ system }) => system === 'cxone');

describe('the login', () => {
  test('gives a token for an access key, its life in seconds as text', async () => {
    const { status, body } = await login(key());
    expect([status, body.token_type, body.expires_in]).toEqual([200, 'Bearer', '3600']);
  });
  test.each<[string, () => unknown, number]>([
    ['a wrong secret', () => ({ ...key(), accessKeySecret: 'x' }), 401],
    ['a missing field', () => ({ accessKeyId: key().accessKeyId }), 400],
    ['an invented field', () => ({ ...key(), scope: 'all' }), 400],
    ['no JSON', () => 'grant_type=password', 400],
  ])('refuses %s', async (_what, body, status) => {
    expect((await login(body())).status).toBe(status);
  });
  test('names the API to the tenant alone', async () => {
    expect(await endpoint()).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const other = await world.call('CXONE_DISCOVERY_URL', 'GET', '/.well-known/cxone-configuration?tenantId=other');
    expect(other.status).toBe(404);
  });
});

describe('the API', () => {
  test.each([
    ['an invented path', 'GET', `${ACD}/trunks`, 404],
    ['the guide’s path', 'PATCH', '/api/v2/telephony/providers/edge/trunks/880101', 404],
    ['a method that is not there', 'DELETE', POINT, 404],
    ['a version that is too new', 'GET', '/inContactAPI/services/v34.0/skills', 404],
    ['a version that is too old', 'GET', '/inContactAPI/services/v22.0/skills', 404],
    ['a version in another form', 'GET', '/inContactAPI/services/v33/skills', 404],
    ['more rows than a page has', 'GET', `${ACD}/agents?top=101`, 400],
    ['a skip that is no number', 'GET', `${ACD}/agents?skip=-1`, 400],
    ['a summary without dates', 'GET', `${SKILL}/summary`, 400],
    [
      'completed contacts of no medium',
      'GET',
      `${ACD}/contacts/completed?startDate=2027-03-25&endDate=2027-03-26`,
      400,
    ],
    ['a skill of nobody', 'GET', `${ACD}/skills/999999`, 404],
    ['a point of contact of nobody', 'GET', `${ACD}/points-of-contact/999999`, 404],
    ['a file of nobody', 'GET', `${ACD}/files?fileName=other.csv`, 404],
    ['a user of nobody', 'GET', '/user-management/v1/users/nobody', 404],
  ])('refuses %s, in words that stand in a header', async (_what, method, path, status) => {
    const reply = await call(method, path);
    expect([reply.status, reply.headers.get('icstatusdescription')]).toEqual([status, expect.stringMatching(/\w/)]);
    expect(writes()).toEqual([]);
  });
  test('refuses no token, a stale token, and a call that does not say what it can read', async () => {
    expect((await call('GET', SKILL, undefined, { authorization: '' })).status).toBe(401);
    expect((await call('GET', SKILL, undefined, { accept: 'text/html' })).status).toBe(400);
    world.go(HOUR - SECOND);
    expect((await call('GET', SKILL)).status).toBe(200);
    world.go(SECOND);
    expect((await call('GET', SKILL)).status).toBe(401);
  });
  test('pages by skip and top, and says 204 behind the last row', async () => {
    const page = await get(`${ACD}/agents?skip=30&top=20`);
    expect([page.totalRecords, items(page.agents).length, page.businessUnitId]).toEqual([40, 10, 4597]);
    expect((await call('GET', `${ACD}/agents?skip=40`)).status).toBe(204);
    expect((await call('GET', `${ACD}/contacts/active`)).status).toBe(204);
  });
  test('says 429 without a wait', async () => {
    world.twin.faults.set('api-429', true);
    const replies = [await call('GET', SKILL), await call('GET', SKILL), await call('GET', SKILL)];
    const limited = replies.find(({ status }) => status === 429);
    expect(limited?.headers.get('retry-after')).toBeNull();
    expect(limited).toBeDefined();
  });
});

describe('a point of contact', () => {
  test.each(['pointOfContactName', 'skillId', 'scriptName'])('is not changed without %s', async (name) => {
    const reply = await switchPoint(true, { [name]: undefined });
    expect([reply.status, reply.headers.get('icstatusdescription')]).toEqual([400, expect.stringContaining(name)]);
    expect(writes()).toEqual([]);
  });
  test.each([
    ['an invented field', { trunkId: 1 }],
    ['a number as text', { skillId: '770101' }],
    ['another site’s skill', { skillId: 999999 }],
  ])('is not changed with %s', async (_what, change) => {
    expect((await switchPoint(true, change)).status).toBe(400);
  });
  test('lets calls in, and agents log in by themselves, once DNS leads there', async () => {
    const values = ['10 0 5060 site-d.voice.example.net', '20 0 5060 sbc.sited.example.com'];
    await setRecord(world, 'sited.example.com', '_sip._tcp.sited.example.com', 300, values);
    world.go(40 * MINUTE);
    token = await logIn();
    expect((await call('GET', `${ACD}/contacts/active`)).status).toBe(204);
    await switchPoint(true);
    world.go(15 * MINUTE);
    const states = items((await get(`${ACD}/agents/states?top=100`)).agentStates);
    expect(states.filter(({ agentStateName }) => String(agentStateName) !== 'LoggedOut').length).toBeGreaterThan(38);
    const live = items((await get(`${ACD}/contacts/active`)).activeContacts);
    expect(live.length).toBeGreaterThan(0);
    expect(duplicates(world.twin.ledger())).toEqual([]);
  });
});

describe('agents of a skill', () => {
  const assign = (agents: readonly object[]) => call('PUT', `${SKILL}/agents`, { agents });
  test('are changed in bulk, with what failed inside of a 200', async () => {
    const reply = await assign([
      { agentId: '520101', isActive: true },
      { agentId: '999999', isActive: true },
    ]);
    expect([reply.status, reply.body.resultSet?.errorCount]).toEqual([200, 1]);
    const [first] = items((await get(`${SKILL}/agents`)).agentSkillAssignments);
    expect([first?.agentId, first?.agentSklStatus, first?.isActive]).toEqual([520101, 'Active', true]);
  });
  test.each([
    [100, 200],
    [101, 400],
  ])('%d of them in one call: %d', async (count, status) => {
    const agents = Array.from({ length: count }, (_, i) => ({ agentId: String(520_101 + i), isActive: true }));
    expect((await assign(agents)).status).toBe(status);
  });
});

describe('an outbound skill', () => {
  const activate = (version: string) =>
    call('PUT', `/inContactAPI/services/${version}/skills/770103`, { skill: { isActive: true } });
  const isActive = async () => (await get(`${ACD}/skills/770103`)).isActive;
  test('is switched by a version that can', async () => {
    expect([(await activate('v33.0')).status, await isActive()]).toEqual([200, true]);
  });
  test('stays as it is in a version that takes the field and does nothing', async () => {
    expect([(await activate('v30.0')).status, await isActive()]).toEqual([200, false]);
  });
  test('is in use for the first write while somebody else edits', async () => {
    world.twin.faults.set('api-conflict', true);
    expect((await activate('v33.0')).status).toBe(409);
    expect((await activate('v33.0')).status).toBe(200);
  });
});

describe('the file', () => {
  test('is read by the scripts some seconds after it was written, and at once by whoever asks for it', async () => {
    const text = await file();
    expect(text).toContain('site-d,0,0');
    expect((await put(text.replace('site-d,0,0', 'site-d,100,5'))).status).toBe(200);
    expect(await file()).toContain('site-d,100,5');
    const traffic = () => world.twin.panel('site-d').facts.find(({ label }) => label === 'Traffic on CXone')?.value;
    expect(traffic()).toBe('0 %');
    world.go(15 * SECOND);
    expect(traffic()).toBe('100 %');
    expect(writes()).toMatchObject([{ resource: 'allocation site-d', effect: true }]);
  });
  test('that loses its line sends the calls to legacy', async () => {
    await put((await file()).replace('site-d,0,0', 'site-d,60,0'));
    await put('# nothing left\r\n');
    world.go(MINUTE);
    expect(world.twin.snapshot('site-d').allocation).toMatchObject({ allocationPercent: 0 });
  });
  test('is not overwritten by whoever does not say so', async () => {
    const body = { fileName: FILE, file: Buffer.from('x').toString('base64') };
    expect((await call('POST', `${ACD}/files`, body)).status).toBe(409);
    expect((await call('POST', `${ACD}/files`, { ...body, file: 'no base64!' })).status).toBe(400);
  });
});

test('figures are spelled by version: old ones in PascalCase and as text', async () => {
  const span = `startDate=${new Date(world.now() - HOUR).toISOString()}&endDate=${new Date(world.now()).toISOString()}`;
  const old = await get(`/inContactAPI/services/v30.0/skills/770101/summary?${span}`);
  expect(items(old.resultSet?.skillSummaries)[0]).toMatchObject({ SkillId: '770101', ContactsOffered: '0' });
  const fresh = await get(`${SKILL}/summary?${span}`);
  expect(items(fresh.skillSummaries)[0]).toMatchObject({ skillId: 770101, contactsOffered: 0 });
});

test('a user whom the vendor has not provisioned yet is pending, and active later', async () => {
  world.twin.faults.set('licence-delay', true);
  const statuses = async () =>
    items((await get('/user-management/v2/users/identities?top=100')).users).map(({ status }) => String(status));
  expect(await statuses()).toContain('PENDING');
  world.go(40 * MINUTE);
  token = await logIn();
  expect(new Set(await statuses())).toEqual(new Set(['ACTIVE']));
});
