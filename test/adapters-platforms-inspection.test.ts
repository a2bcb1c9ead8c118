import type { Twin } from '../sandbox/twin/twin';
import { NEEDED_RIGHTS } from '../src/adapters/platforms/genesys/rights';
import { createGenesysCloud, type GenesysCloud } from '../src/adapters/platforms/genesys-cloud';
import { MINUTE, setting, TwinClock, twinAt } from './adapters-platforms-twin-at';
import { type Answer, faultOf, genesysOverWire, type ManualClock, type WireDouble } from './adapters-platforms-wire';

const INBOUND = '5f3a0000-0000-4000-8000-0000000000b1';
const SITE = '5f3a0000-0000-4000-8000-0000000000a1';
const ROUTE = '5f3a0000-0000-4000-8000-0000000000c1';
const SALES = '5f3a0000-0000-4000-8000-0000000000d1';
const OAUTH = 'GET /api/v2/oauth/clients/client-1';
const ROLE = 'GET /api/v2/authorization/roles/role-1';
const TOKEN_INFO = 'GET /api/v2/tokens/me';
const AUDITS = '/api/v2/audits/query';

describe('before the twin', () => {
  let clock: TwinClock;
  let twin: Twin;
  const cloud = (clientId = 'client-1'): GenesysCloud =>
    createGenesysCloud({
      apiUrl: setting(twin, 'GENESYS_API_URL'),
      loginUrl: setting(twin, 'GENESYS_LOGIN_URL'),
      clientId,
      clientSecret: setting(twin, 'GENESYS_CLIENT_SECRET'),
      clock,
      timeoutMs: 5000,
    });
  beforeEach(async () => {
    clock = new TwinClock();
    twin = await twinAt(clock);
  });
  afterEach(() => twin.close());

  it('finds every right that the bot needs in the roles of its client', async () => {
    const found = await cloud().inspection.permissions();
    expect(found.map(({ permission }) => permission)).toEqual(NEEDED_RIGHTS.map(({ anyOf }) => anyOf.join(' or ')));
    expect(found.filter(({ granted }) => granted !== true)).toEqual([]);
  });

  it('knows what was sold, the licences, the allowance and the time', async () => {
    const { inspection } = cloud();
    expect(await inspection.entitlements()).toEqual([
      { name: 'Routing to queues (contact centre)', present: true },
      { name: 'Telephony', present: true },
      { name: 'Several telephony sites', present: true },
      { name: 'Workforce management', present: true },
    ]);
    expect(await inspection.licenceStock(['communicate', 'no-such'])).toEqual([
      { licence: 'communicate', owned: null, assigned: 0 },
      { licence: 'no-such', owned: 0, assigned: 0 },
    ]);
    const allowance = await inspection.callAllowance();
    expect(allowance).toMatchObject({ allowed: 300, ours: 245 });
    expect(allowance.used).toBeGreaterThan(1);
    expect(Math.abs((await inspection.clockSkewMs()) ?? 60_000)).toBeLessThanOrEqual(500);
  });

  it('counts nobody as free before anybody has joined', async () => {
    expect(await cloud().inspection.availableAgents(SALES)).toBe(0);
    expect(await cloud().inspection.availableAgents('no-such')).toBeNull();
  });

  it("tells our own changes from a colleague's, with time, object and fields", async () => {
    const from = clock.now();
    const ours = cloud();
    await ours.setTrunk(INBOUND, true);
    clock.pass(MINUTE);
    await cloud('admin-console').setOutboundRoute(SITE, ROUTE, true);
    clock.pass(MINUTE);
    const changes = await ours.inspection.changes([INBOUND, ROUTE, SALES], { from, to: clock.now() });
    expect(changes).toEqual([
      expect.objectContaining({ at: from, ours: true, entityId: INBOUND, action: 'Update', fields: ['properties'] }),
      expect.objectContaining({
        at: from + MINUTE,
        ours: false,
        by: 'the client admin-console',
        entityId: ROUTE,
        fields: ['enabled'],
      }),
    ]);
    expect(await ours.inspection.changes([INBOUND], { from: from + 1, to: clock.now() })).toEqual([]);
  });
});

describe('before other organisations', () => {
  let wire: WireDouble;
  let clock: ManualClock;
  let platform: GenesysCloud;
  beforeEach(async () => {
    ({ wire, clock, platform } = await genesysOverWire());
  });
  afterEach(() => wire.stop());

  const granted = async (): Promise<Record<string, boolean | null>> =>
    Object.fromEntries((await platform.inspection.permissions()).map((one) => [one.permission, one.granted]));
  const role = (...policies: readonly string[]): Answer => ({
    body: {
      permissionPolicies: policies.map((text) => {
        const [domain, entityName, actions = ''] = text.split(':');
        return { domain, entityName, actionSet: actions.split(',') };
      }),
    },
  });

  it.each([
    ['the exact right', 'routing:queue:view', true],
    ['every action of the entity', 'routing:queue:*', true],
    ['every entity of the domain', 'routing:*:*', true],
    ['another action', 'routing:queue:edit', false],
    ['another entity', 'routing:queueMember:view', false],
    ['nothing', 'billing:subscription:view', false],
  ])('a role with %s: %s', async (_, policy, expected) => {
    wire.on(OAUTH, { body: { roleIds: ['role-1'] } }).on(ROLE, role(policy));
    expect((await granted())['routing:queue:view']).toBe(expected);
  });

  it('either of two rights is enough', async () => {
    wire.on(OAUTH, { body: { roleDivisions: [{ roleId: 'role-1', divisionId: 'd' }] } });
    wire.on(ROLE, role('routing:queue:edit'));
    expect((await granted())['routing:queueMember:manage or routing:queue:edit']).toBe(true);
  });

  it('a client that may not look at itself is tried right by right, and what cannot be tried is unknown', async () => {
    wire.on(OAUTH, { status: 403, body: { message: 'no' } });
    wire.on('GET /api/v2/telephony/providers/edges/trunkbasesettings', { body: { entities: [] } });
    wire.on('GET /api/v2/routing/queues', { status: 403, body: { message: 'no' } });
    wire.on('POST /api/v2/analytics/flows/aggregates/query', { status: 400, body: { message: 'no such flow' } });
    const found = await granted();
    expect(found['telephony:plugin:all']).toBe(true);
    expect(found['routing:queue:view']).toBe(false);
    expect(found['analytics:flowAggregate:view']).toBeNull();
    expect(found['routing:callRoute:edit']).toBeNull();
    expect(wire.asked.filter(({ method }) => method !== 'GET' && method !== 'POST')).toEqual([]);
  });

  it('trouble on the way is a fault and no missing right', async () => {
    wire.on(OAUTH, { status: 500, body: {} });
    expect(await faultOf(platform.inspection.permissions())).toMatchObject({ transient: true });
  });

  it('what an organisation does not name is unknown, not absent', async () => {
    wire.on('GET /api/v2/authorization/products', { status: 403, body: {} });
    wire.on('GET /api/v2/telephony/providers/edges/sites', { body: { entities: [{ id: 's' }] } });
    const found = await platform.inspection.entitlements();
    expect(found.map(({ present }) => present)).toEqual([null, null, null, null]);
  });

  it('the headers of a reply say what is allowed; without them the limits of the organisation do', async () => {
    const limits = { entities: [{ key: 'token.rate.per.minute', value: 240 }] };
    wire.on('GET /api/v2/organizations/limits/namespaces/platform.api', { body: limits });
    wire.on(
      TOKEN_INFO,
      { headers: { 'inin-ratelimit-allowed': '180', 'inin-ratelimit-count': '7' }, body: {} },
      { body: {} },
    );
    expect(await platform.inspection.callAllowance()).toEqual({ allowed: 180, used: 7, ours: 140 });
    expect(await platform.inspection.callAllowance()).toEqual({ allowed: 240, used: null, ours: 140 });
  });

  it('a clock that is ahead of ours shows by how much; a date that cannot be read shows nothing', async () => {
    const ahead = new Date(clock.now() + 90_000).toUTCString();
    wire.on(TOKEN_INFO, { headers: { date: ahead }, body: {} }, { headers: { date: 'soon' }, body: {} });
    expect(await platform.inspection.clockSkewMs()).toBe(90_500);
    expect(await platform.inspection.clockSkewMs()).toBeNull();
  });

  it('an audit is waited for and read to its last page; what failed or only looked is left out', async () => {
    const event = (more: object) => ({
      eventDate: '2027-03-01T07:30:00.000Z',
      action: 'Update',
      entity: { id: 'e-1', name: 'Sales' },
      entityType: 'Queue',
      user: { id: 'u-1', name: 'Dana' },
      client: { id: 'console' },
      ...more,
    });
    wire.on(`POST ${AUDITS}`, { status: 202, body: { id: 'q-1', state: 'Queued' } });
    wire.on(
      `GET ${AUDITS}/q-1`,
      { body: { id: 'q-1', state: 'Running' } },
      { body: { id: 'q-1', state: 'Succeeded' } },
    );
    wire.on(
      `GET ${AUDITS}/q-1/results`,
      { body: { cursor: 'c-2', entities: [event({ status: 'FAILURE' }), event({ action: 'View' })] } },
      { body: { entities: [event({ propertyChanges: [{ property: 'name' }] }), event({ entity: { id: 'e-9' } })] } },
    );
    const interval = { from: clock.now() - 60 * MINUTE, to: clock.now() };
    expect(await platform.inspection.changes(['e-1', 'e-1'], interval)).toEqual([
      {
        at: Date.parse('2027-03-01T07:30:00Z'),
        by: 'Dana',
        ours: false,
        entity: 'Queue Sales',
        entityId: 'e-1',
        action: 'Update',
        fields: ['name'],
      },
    ]);
    expect(wire.times(`POST ${AUDITS}`)).toBe(1);
    expect(wire.asked.filter(({ path }) => path.endsWith('/results')).map(({ query }) => query.cursor)).toEqual([
      undefined,
      'c-2',
    ]);
  });

  it('more than thirty days of an audit are asked for in parts', async () => {
    const day = 24 * 60 * MINUTE;
    wire.on(`POST ${AUDITS}`, { status: 202, body: { id: 'q-1', state: 'Queued' } });
    wire.on(`GET ${AUDITS}/q-1`, { body: { id: 'q-1', state: 'Succeeded' } });
    wire.on(`GET ${AUDITS}/q-1/results`, { body: {} });
    await platform.inspection.changes(['e-1'], { from: 0, to: 30 * day });
    expect(wire.times(`POST ${AUDITS}`)).toBe(1);
    await platform.inspection.changes(['e-1'], { from: 0, to: 30 * day + 1 });
    const asked = wire.bodies(`POST ${AUDITS}`).map((body) => (body as { interval: string }).interval);
    expect(asked.slice(1)).toEqual([
      '1970-01-01T00:00:00.000Z/1970-01-31T00:00:00.000Z',
      '1970-01-31T00:00:00.000Z/1970-01-31T00:00:00.001Z',
    ]);
  });

  it.each([
    ['has failed', { body: { id: 'q-1', state: 'Failed' } }, 'Failed'],
    ['never ends', { body: { id: 'q-1', state: 'Running' } }, 'has not ended after 60 s'],
  ])('an audit query that %s is a transient fault', async (_, answer, says) => {
    wire.on(`POST ${AUDITS}`, { status: 202, body: { id: 'q-1', state: 'Queued' } }).on(`GET ${AUDITS}/q-1`, answer);
    const fault = await faultOf(platform.inspection.changes(['e-1'], { from: 0, to: 1000 }));
    expect(fault).toMatchObject({ transient: true });
    expect(fault.message).toContain(says);
  });

  it('without the right to the audit there is no audit to see', async () => {
    wire.on(`POST ${AUDITS}`, { status: 403, body: {} });
    expect(await platform.inspection.changes(['e-1'], { from: 0, to: 1000 })).toBeNull();
    expect(await platform.inspection.changes([], { from: 0, to: 1000 })).toEqual([]);
  });
});
