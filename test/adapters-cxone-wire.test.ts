import { allowedEndpoint } from '../src/adapters/platforms/cxone/host-rule';
import { createNiceCxone, type NiceCxoneOptions } from '../src/adapters/platforms/nice-cxone';
import type { Platform } from '../src/ports/platform';
import type { PlatformInspection } from '../src/ports/platform-inspection';
import { faultOf, ManualClock, printed, WireDouble } from './adapters-platforms-wire';

const ACD = '/inContactAPI/services/v33.0';
const TOKEN = 'POST /authentication/v1/token/access-key';
const DISCOVERY = 'GET /.well-known/cxone-configuration';
const SECRET = 's3cret-of-the-access-key';
const MINUTE = 60_000;

let wire: WireDouble;
let clock: ManualClock;
let platform: Platform & { readonly inspection: PlatformInspection };

const open = (more: Partial<NiceCxoneOptions> = {}) =>
  createNiceCxone({
    tokenUrl: wire.url,
    discoveryUrl: wire.url,
    apiUrl: wire.url,
    accessKeyId: 'key-1',
    accessKeySecret: SECRET,
    tenantId: 'tenant-1',
    apiVersion: 'v33.0',
    clock,
    timeoutMs: 2000,
    ...more,
  });

beforeEach(async () => {
  wire = await new WireDouble().start();
  clock = new ManualClock();
  wire.on(TOKEN, { body: { access_token: 'token-one-abcdef', expires_in: '3600' } });
  platform = open();
});
afterEach(() => wire.stop());

const unit = (more: object = {}) => ({
  businessUnits: [{ businessUnitId: 4597, businessUnitName: 'Acme', ...more }],
});
const closed = () => ({ from: clock.now() - 40 * MINUTE, to: clock.now() - 5 * MINUTE });

describe('the token', () => {
  it('is asked for with the key as JSON, once, and sent along', async () => {
    wire.on(`GET ${ACD}/business-unit`, { body: unit() });
    await Promise.all([platform.organisation(), platform.organisation(), platform.organisation()]);
    expect(wire.bodies(TOKEN)).toEqual([{ accessKeyId: 'key-1', accessKeySecret: SECRET }]);
    const { headers } = wire.asked.find(({ method }) => method === 'GET') ?? {};
    expect([headers?.authorization, headers?.accept]).toEqual(['Bearer token-one-abcdef', 'application/json']);
  });

  it('is renewed a minute before its end', async () => {
    wire.on(`GET ${ACD}/business-unit`, { body: unit() });
    await platform.organisation();
    clock.pass(59 * MINUTE - 1);
    await platform.organisation();
    expect(wire.times(TOKEN)).toBe(1);
    clock.pass(1);
    await platform.organisation();
    expect(wire.times(TOKEN)).toBe(2);
  });

  it.each([
    [
      'a wrong key',
      { status: 401, body: { error: `the secret ${SECRET} is wrong` } },
      /refuses the access key \(401\)/,
    ],
    ['a life of nothing', { body: { access_token: 'x', expires_in: '0' } }, /expires_in/],
    ['no token', { body: { expires_in: 3600 } }, /access_token/],
  ])('that does not come for %s is a fault without the secret', async (_what, answer, says) => {
    wire.on(TOKEN, answer);
    const fault = await faultOf(platform.organisation());
    expect(fault).toMatchObject({ transient: false, message: expect.stringMatching(says) });
    expect(printed(fault)).not.toContain(SECRET);
  });
});

describe('discovery', () => {
  it('is asked once, by the tenant, and names where the API is', async () => {
    const found = open({ apiUrl: null });
    wire.on(DISCOVERY, { body: { api_endpoint: `${wire.url}/` } });
    wire.on(`GET ${ACD}/business-unit`, { body: unit() });
    await Promise.all([found.organisation(), found.organisation()]);
    await found.organisation();
    expect(wire.times(DISCOVERY)).toBe(1);
    expect(wire.asked.find(({ path }) => path.startsWith('/.well-known'))?.query).toEqual({ tenantId: 'tenant-1' });
  });

  it('that failed is asked again', async () => {
    const found = open({ apiUrl: null });
    wire.on(DISCOVERY, { status: 404 }, { body: { api_endpoint: wire.url } });
    wire.on(`GET ${ACD}/business-unit`, { body: unit() });
    expect((await faultOf(found.organisation())).transient).toBe(false);
    expect((await found.organisation()).name).toBe('Acme');
  });

  it('may not lead the token elsewhere', async () => {
    const found = open({ apiUrl: null });
    wire.on(DISCOVERY, { body: { api_endpoint: 'http://10.0.0.7/' } });
    const fault = await faultOf(found.organisation());
    expect(fault).toMatchObject({ transient: false, message: expect.stringContaining('Nothing was sent there') });
    expect(wire.asked.filter(({ headers }) => headers.authorization)).toEqual([]);
  });

  const NAMED = ['https://cxone.example.net', 'http://127.0.0.1:4000'];
  it.each([
    ['https://api-c31.nice-incontact.com', 'https://api-c31.nice-incontact.com'],
    ['https://na1.niceincontact.com/', 'https://na1.niceincontact.com'],
    ['https://cxone.example.net/base/', 'https://cxone.example.net/base'],
    ['http://127.0.0.1:5000', 'http://127.0.0.1:5000'],
  ])('may lead to %s', (found, base) => expect(allowedEndpoint(found, NAMED)).toBe(base));

  it.each([
    ['another host', 'https://api.example.com'],
    ['a name that only ends like the vendor’s', 'https://evilnice-incontact.com'],
    ['the vendor’s name in front of another', 'https://nice-incontact.com.example.org'],
    ['the vendor without encryption', 'http://api-c31.nice-incontact.com'],
    ['a named host without encryption', 'http://cxone.example.net'],
    ['a machine’s metadata', 'http://169.254.169.254/latest'],
    ['the inner network', 'https://10.1.2.3'],
    ['another protocol', 'file:///etc/hosts'],
    ['an address with a password', 'https://a:b@cxone.example.net'],
    ['no address', 'api-c31'],
  ])('may not lead to %s', (_what, found) => {
    expect(() => allowedEndpoint(found, NAMED)).toThrow(/discovery names an API endpoint/);
  });
});

describe('a version that spells differently', () => {
  it('has its figures read all the same: PascalCase, and numbers as text', async () => {
    wire.on(`GET ${ACD}/skills/11/summary`, {
      body: { resultSet: { SkillSummaries: [{ SkillId: '11', ContactsOffered: '12', AbandonCount: '1' }] } },
    });
    wire.on(`GET ${ACD}/contacts/completed`, {
      body: {
        totalRecords: '3',
        completedContacts: [
          { contactId: '1', skillId: '11', abandoned: 'False', agentSeconds: '95.5', isLogged: 'True' },
          {
            contactId: '2',
            skillId: '11',
            abandoned: 'True',
            isShortAbandon: 'False',
            agentSeconds: '0',
            isLogged: 'True',
          },
          {
            contactId: '3',
            skillId: '11',
            abandoned: 'True',
            isShortAbandon: 'True',
            agentSeconds: '0',
            isLogged: 'True',
          },
        ],
      },
    });
    await expect(platform.calls(['11'], closed())).resolves.toEqual({ offered: 12, completed: 1, failed: 1 });
  });

  it('has assignments without a status of their own read by `isActive`', async () => {
    const row = (agentId: number, isActive: boolean) => ({ agentId, isActive });
    wire.on(`GET ${ACD}/skills/11/agents`, { body: { agentSkillAssignments: [row(1, true), row(2, false)] } });
    const members = await platform.members('11');
    expect([...members]).toEqual([
      ['1', true],
      ['2', false],
    ]);
  });

  it('leaves out agents who were taken off the skill', async () => {
    const rows = [{ agentId: 1, agentSklStatus: 'Active', isAssigned: false }];
    wire.on(`GET ${ACD}/skills/11/agents`, { body: { totalRecords: 1, agentSkillAssignments: rows } });
    expect((await platform.members('11')).size).toBe(0);
  });
});

describe('figures', () => {
  const contact = (contactId: number, more: object = {}) => ({
    contactId,
    skillId: 11,
    abandoned: false,
    agentSeconds: 100,
    inQueueSeconds: 5,
    isLogged: true,
    ...more,
  });
  const completed = (...completedContacts: readonly object[]) =>
    wire.on(`GET ${ACD}/contacts/completed`, { body: { totalRecords: completedContacts.length, completedContacts } });
  beforeEach(() => {
    wire.on(`GET ${ACD}/skills/11/summary`, { body: { skillSummaries: [{ skillId: 11, contactsOffered: 4 }] } });
  });

  it('leave out what the warehouse does not have yet, and other skills’ contacts', async () => {
    completed(contact(1), contact(2, { isLogged: false, agentSeconds: 0 }), contact(3, { skillId: 99 }));
    await expect(platform.calls(['11'], closed())).resolves.toEqual({ offered: 4, completed: 1, failed: 0 });
  });

  it('count who never reached an agent as failed, and short abandons as nothing', async () => {
    completed(contact(1, { agentSeconds: 0 }), contact(2, { abandoned: true, isShortAbandon: true }));
    await expect(platform.calls(['11'], closed())).resolves.toEqual({ offered: 4, completed: 0, failed: 1 });
  });

  it.each([
    ['two minutes ago', 2 * MINUTE, false],
    ['a moment later than that', 2 * MINUTE - 1, true],
  ])('of an interval that ended %s: nothing yet is %p', async (_when, ago, isNull) => {
    completed(contact(1));
    const interval = { from: clock.now() - 30 * MINUTE, to: clock.now() - ago };
    expect((await platform.calls(['11'], interval)) === null).toBe(isNull);
    expect((await platform.flow('11', interval)) === null).toBe(isNull);
  });

  it('of a shadow tell who hung up, who got through and who did not', async () => {
    completed(contact(1), contact(2, { abandoned: true }), contact(3, { inQueueSeconds: 0 }));
    await expect(platform.flow('11', closed())).resolves.toEqual({ entered: 3, finished: 2, failed: 1 });
  });

  it('are asked for in ISO 8601, of phone calls', async () => {
    completed(contact(1));
    const { from, to } = closed();
    await platform.calls(['11'], { from, to });
    const asked = wire.asked.find(({ path }) => path.endsWith('/contacts/completed'));
    const dates = { startDate: new Date(from).toISOString(), endDate: new Date(to).toISOString() };
    expect(asked?.query).toEqual({ ...dates, mediaTypeId: '4', skillId: '11', skip: '0', top: '100' });
  });
});

describe('a point of contact', () => {
  const point = { contactCode: 21, contactDescription: 'Main', contactAddress: '13035550140', notes: 'n' };
  const whole = { ...point, defaultSkillId: 11, scriptName: 'In', isActive: false };
  const on = (...answers: readonly object[]) =>
    wire.on(`GET ${ACD}/points-of-contact/21`, ...answers.map((each) => ({ body: { pointsOfContact: [each] } })));

  it('is written with its required fields as they were read, and nothing else', async () => {
    on(whole, { ...whole, isActive: true });
    wire.on(`PUT ${ACD}/points-of-contact/21`, { body: {} });
    await expect(platform.setTrunk('21', true)).resolves.toBe(true);
    expect(wire.bodies(`PUT ${ACD}/points-of-contact/21`)).toEqual([
      { pointOfContactName: 'Main', skillId: 11, scriptName: 'In', isActive: true },
    ]);
  });

  it('whose other fields differ after the write is told, not left to be found', async () => {
    on(whole, { ...whole, isActive: true, scriptName: 'Other' });
    wire.on(`PUT ${ACD}/points-of-contact/21`, { body: {} });
    const fault = await faultOf(platform.setTrunk('21', true));
    expect(fault).toMatchObject({ transient: false, message: expect.stringContaining('in scriptName') });
  });

  it('whose notes alone differ is no reason to stop', async () => {
    on(whole, { ...whole, isActive: true, notes: 'looked at on Monday', lastUpdateTime: 'now' });
    wire.on(`PUT ${ACD}/points-of-contact/21`, { body: {} });
    await expect(platform.setTrunk('21', true)).resolves.toBe(true);
  });

  it.each(['scriptName', 'defaultSkillId'])('without a %s is not switched', async (field) => {
    on({ ...whole, [field]: null });
    expect((await faultOf(platform.setTrunk('21', true))).message).toContain('set it there first');
    expect(wire.times(`PUT ${ACD}/points-of-contact/21`)).toBe(0);
  });

  it('counts nobody where a contact does not say by which it came: not measured is not none', async () => {
    on(whole);
    const contacts = (...activeContacts: readonly object[]) => ({
      body: { totalRecords: activeContacts.length, activeContacts },
    });
    const came = { contactId: 1, pointOfContactId: 21 };
    wire.on(
      `GET ${ACD}/contacts/active`,
      contacts(came, { contactId: 2, pointOfContactId: 22 }, { contactId: 3, isOutbound: true }),
      contacts(came, { contactId: 2 }),
      { status: 204 },
    );
    expect((await platform.trunk('21')).liveCalls).toBe(1);
    expect((await platform.trunk('21')).liveCalls).toBeNull();
    expect((await platform.trunk('21')).liveCalls).toBe(0);
  });

  it('is out of service while its skill is not active', async () => {
    on({ ...whole, isActive: true });
    wire.on(`GET ${ACD}/contacts/active`, { status: 204 });
    wire.on(`GET ${ACD}/skills/11`, { body: { skillId: 11, skillName: 'Orders', isActive: false } });
    expect(await platform.trunk('21')).toMatchObject({
      enabled: true,
      inService: false,
      health: expect.stringContaining('Orders'),
    });
  });
});

describe('an outbound skill', () => {
  const skill = { skillId: 31, skillName: 'Out', isActive: false, isOutbound: true };

  it('that the version does not switch is a fault that names the version', async () => {
    wire.on(`GET ${ACD}/skills/31`, { body: skill });
    wire.on(`PUT ${ACD}/skills/31`, { body: { success: true, skillId: 31 } });
    const fault = await faultOf(platform.setOutboundRoute('1', '31', true));
    expect(fault).toMatchObject({ transient: false, message: expect.stringContaining('CXONE_API_VERSION') });
    expect(wire.bodies(`PUT ${ACD}/skills/31`)).toEqual([{ skill: { isActive: true } }]);
  });

  it('that is an inbound one is refused', async () => {
    wire.on(`GET ${ACD}/skills/31`, { body: { ...skill, isOutbound: false } });
    expect((await faultOf(platform.outboundRoute('1', '31'))).message).toContain('no outbound skill');
  });
});

describe('the allocation file', () => {
  const files = (text: string) => ({
    body: { files: { fileName: 'a.csv', file: Buffer.from(text, 'utf8').toString('base64') } },
  });
  const written = () =>
    wire
      .bodies(`POST ${ACD}/files`)
      .map((body) => Buffer.from((body as { file: string }).file, 'base64').toString('utf8'));

  it('keeps every other line as it is, byte for byte', async () => {
    const text = '\ufeff# head\r\nsite,allocationPercent,shadowPercent\r\nsite-x, 5 ,1\r\nsite-d,0,0\r\n\r\n';
    wire.on(`GET ${ACD}/files`, files(text));
    wire.on(`POST ${ACD}/files`, { body: {} });
    await expect(platform.setAllocation('a.csv', 'site-d', { shadowPercent: 2.5 })).resolves.toBe(true);
    expect(written()).toEqual([text.replace('site-d,0,0', 'site-d,0,2.5')]);
  });

  it.each([
    ['no such line', 'site-x,0,0\n', 'knows no line site-d'],
    ['the line twice', 'site-d,0,0\nsite-d,5,0\n', 'twice'],
    ['a share above 100', 'site-d,101,0\n', 'is not "name'],
    ['a share that is no number', 'site-d,half,0\n', 'is not "name'],
    ['a cell too few', 'site-d,5\n', 'is not "name'],
    ['a cell too many', 'site-d,5,0,x\n', 'is not "name'],
  ])('with %s is refused, and not written', async (_what, text, says) => {
    wire.on(`GET ${ACD}/files`, files(text));
    const fault = await faultOf(platform.setAllocation('a.csv', 'site-d', { shadowPercent: 1 }));
    expect(fault).toMatchObject({ transient: false, message: expect.stringContaining(says) });
    expect(written()).toEqual([]);
  });
});

describe('what an agent holds', () => {
  const agent = (agentId: number, isActive = true) => ({ agentId, userId: `u-${agentId}`, isActive });
  it.each([
    ['an active user', agent(1), 'ACTIVE', ['12', 'Voice']],
    ['a user who is pending', agent(1), 'PENDING', []],
    ['a user who is blocked', agent(1), 'BLOCKED', []],
    ['an agent who is not active', agent(1, false), 'ACTIVE', []],
    ['an agent without a user', { agentId: 1, isActive: true }, 'ACTIVE', []],
  ])('%s', async (_who, row, status, held) => {
    wire.on(`GET ${ACD}/agents`, { body: { totalRecords: 1, agents: [row] } });
    wire.on('GET /user-management/v2/users/identities', { body: { totalRecords: 1, users: [{ id: 'u-1', status }] } });
    const features = [
      { productId: 12, productDescription: 'Voice', isEnabled: true },
      { productId: 13, isEnabled: false },
    ];
    wire.on(`GET ${ACD}/business-unit`, { body: unit({ features }) });
    expect([...((await platform.licences(['1'])).get('1') ?? [])]).toEqual(held);
  });
});

describe('who is at the new side', () => {
  it.each([
    ['LoggedOut', { stationId: 7 }, []],
    ['Logged Out', { stationId: 7 }, []],
    ['Available', { stationId: 7 }, ['7']],
    ['InboundContact', { stationPhoneNumber: '+1 (303) 555-0199' }, ['13035550199']],
    ['Unavailable', { stationId: 0, stationPhoneNumber: '' }, []],
  ])('in the state %s with %p: %p', async (agentStateName, where, phones) => {
    const agentStates = [{ agentId: 1, teamId: 5, agentStateName, ...where }];
    wire.on(`GET ${ACD}/agents/states`, { body: { totalRecords: 1, agentStates } });
    expect([...(await platform.registeredPhones('5'))]).toEqual(phones);
    expect((await platform.registeredPhones('6')).size).toBe(0);
  });
});

describe('the inspection', () => {
  it('tells a right that is missing from one that cannot be asked for', async () => {
    for (const path of ['points-of-contact', 'agents', 'agents/states', 'contacts/active'])
      wire.on(`GET ${ACD}/${path}`, { status: 204 });
    wire.on('GET /user-management/v2/users/identities', { status: 204 });
    wire.on(`GET ${ACD}/skills`, { status: 403 });
    const found = await platform.inspection.permissions();
    const of = (name: string) => found.find(({ permission }) => permission === name)?.granted;
    expect([of('Users: view'), of('ACD Skills: view'), of('Files: edit')]).toEqual([true, false, null]);
    expect(wire.asked.filter(({ method }) => method !== 'GET' && method !== 'POST')).toEqual([]);
  });

  it('owns nothing of a product that is not enabled, and room for so many agents of one that is', async () => {
    const features = [{ productId: 12, isEnabled: true }];
    wire.on(`GET ${ACD}/business-unit`, { body: unit({ features, concurrentAgentLimit: '90' }) });
    wire.on(`GET ${ACD}/agents/states`, { status: 204 });
    await expect(platform.inspection.licenceStock(['12', '13'])).resolves.toEqual([
      { licence: '12', owned: 90, assigned: 0 },
      { licence: '13', owned: 0, assigned: 0 },
    ]);
  });

  it('measures the clock, counts who is free, and keeps no audit', async () => {
    wire.on(`GET ${ACD}/server-time`, { body: { ServerTime: new Date(clock.now() + 4000).toISOString() } });
    wire.on(`GET ${ACD}/skills/11/activity`, { body: { skillActivity: [{ agentsAvaliable: '3' }] } }, { status: 204 });
    await expect(platform.inspection.clockSkewMs()).resolves.toBe(4000);
    await expect(platform.inspection.availableAgents('11')).resolves.toBe(3);
    await expect(platform.inspection.availableAgents('11')).resolves.toBeNull();
    await expect(platform.inspection.changes(['21'], closed())).resolves.toBeNull();
    expect((await platform.inspection.callAllowance()).allowed).toBeNull();
  });
});
