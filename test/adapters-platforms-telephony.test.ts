import type { Platform } from '../src/ports/platform';
import { type Answer, faultOf, genesysOverWire, type ManualClock, type WireDouble } from './adapters-platforms-wire';

const BASE = '/api/v2/telephony/providers/edges/trunkbasesettings/base-1';
const TRUNKS = '/api/v2/telephony/providers/edges/trunks';
const METRICS = '/api/v2/telephony/providers/edges/trunks/metrics';
const PHONES = '/api/v2/telephony/providers/edges/phones';
const ROUTE = '/api/v2/telephony/providers/edges/sites/site-1/outboundroutes/route-1';

let wire: WireDouble;
let clock: ManualClock;
let platform: Platform;

beforeEach(async () => {
  ({ wire, clock, platform } = await genesysOverWire());
});
afterEach(() => wire.stop());

const trunkBase = (over: object = {}, properties: object = {}) => ({
  id: 'base-1',
  name: 'Carrier in',
  version: 7,
  trunkType: 'EXTERNAL',
  trunkMetabase: { id: 'external_sip_pcv_byoc_carrier.json' },
  properties: {
    trunk_enabled: { type: 'boolean', value: { default: true, instance: true } },
    trunk_media_codec: { value: { instance: ['audio/g722', 'audio/pcmu'] } },
    trunk_max_concurrent_calls: { value: { instance: 500 } },
    trunk_label: { value: { instance: 'Carrier in' } },
    ...properties,
  },
  ...over,
});
const trunkOff = (over: object = {}) =>
  trunkBase(over, { trunk_enabled: { type: 'boolean', value: { default: true, instance: false } } });
const trunk = (over: object = {}) => ({
  id: 'trunk-1',
  name: 'Carrier in edge 1',
  state: 'active',
  trunkBase: { id: 'base-1' },
  inService: true,
  enabled: true,
  connectedStatus: { connected: true },
  optionsEnabledStatus: 'ENABLED',
  optionsStatus: [{ proxyAddress: '192.0.2.1', optionState: true }],
  registersEnabledStatus: 'NOT_SUPPORTED',
  ...over,
});
const metrics = (over: object = {}) => [
  { trunk: { id: 'trunk-1' }, calls: { inboundCallCount: 3, outboundCallCount: 2 }, ...over },
];
const mismatch: Answer = {
  status: 409,
  body: { message: 'The version number of the modified resource must match the version number in the database.' },
};
const directoryMismatch: Answer = {
  status: 400,
  body: { message: 'Version 7 does not match the current version 8', code: 'bad.request' },
};
const withTrunks = (base: Answer, trunks: readonly unknown[], figures: unknown = metrics()) =>
  wire
    .on(`GET ${BASE}`, base)
    .on(`GET ${TRUNKS}`, { body: { entities: trunks } })
    .on(`GET ${METRICS}`, { body: figures });

describe('a trunk', () => {
  it('is its base settings with the state and the calls of its trunks', async () => {
    withTrunks({ body: trunkBase() }, [trunk()]);
    await expect(platform.trunk('base-1')).resolves.toEqual({
      id: 'base-1',
      name: 'Carrier in',
      enabled: true,
      inService: true,
      health: 'Carrier in is in service.',
      codecs: ['audio/g722', 'audio/pcmu'],
      maxConcurrentSessions: 500,
      liveCalls: 5,
    });
    expect(wire.asked.find((one) => one.path === TRUNKS)?.query).toMatchObject({
      'trunkBase.id': 'base-1',
      pageNumber: '1',
    });
    expect(wire.asked.find((one) => one.path === METRICS)?.query).toEqual({ trunkIds: 'trunk-1' });
  });

  it.each([
    ['out of service', { inService: false }, 'inService'],
    ['not known to be in service', { inService: undefined }, 'inService'],
    ['on an edge that is out', { enabled: false }, 'enabled'],
    ['on an edge that nobody speaks of', { enabled: undefined }, 'enabled'],
    ['not connected', { connectedStatus: { connected: false } }, 'connectedStatus'],
    [
      'silent to OPTIONS',
      {
        optionsStatus: [
          { optionState: true },
          { proxyAddress: '192.0.2.2', optionState: false, errorInfo: { text: '408' } },
        ],
      },
      '192.0.2.2: 408',
    ],
    ['without any answer to OPTIONS', { optionsStatus: [] }, 'no answer to its OPTIONS yet'],
    [
      'not registered',
      { registersEnabledStatus: 'ENABLED', registersStatus: [{ proxyAddress: 'carrier', registerState: false }] },
      'not registered at carrier',
    ],
    ['yet to register', { registersEnabledStatus: 'ENABLED' }, 'has not tried to register'],
    ['inactive', { state: 'inactive' }, 'in state "inactive"'],
  ])('is not in service when one of its trunks is %s', async (_, sign, words) => {
    const figures = [...metrics(), ...metrics({ trunk: { id: 'trunk-2' } })];
    withTrunks({ body: trunkBase() }, [trunk(), trunk({ id: 'trunk-2', name: 'Carrier in edge 2', ...sign })], figures);
    const found = await platform.trunk('base-1');
    expect(found.inService).toBe(false);
    expect(found.health).toContain('Carrier in edge 2');
    expect(found.health).toContain(words);
  });

  it('is not in service when it has no trunk on any edge, or is switched off', async () => {
    withTrunks({ body: trunkBase() }, [], []);
    expect(await platform.trunk('base-1')).toMatchObject({
      inService: false,
      liveCalls: 0,
      health: expect.stringContaining('no trunk'),
    });
    withTrunks({ body: trunkOff() }, [trunk()]);
    expect(await platform.trunk('base-1')).toMatchObject({
      inService: false,
      enabled: false,
      health: expect.stringContaining('switched off'),
    });
  });

  it('says when OPTIONS is off, because then nothing shows the carrier', async () => {
    withTrunks({ body: trunkBase() }, [trunk({ optionsEnabledStatus: 'DISABLED', optionsStatus: undefined })]);
    const found = await platform.trunk('base-1');
    expect(found.inService).toBe(true);
    expect(found.health).toContain('OPTIONS is off');
  });

  it('leaves out trunks of other bases, should the filter be ignored', async () => {
    withTrunks({ body: trunkBase() }, [
      trunk(),
      trunk({ id: 'trunk-9', trunkBase: { id: 'base-9' }, inService: false }),
    ]);
    expect((await platform.trunk('base-1')).inService).toBe(true);
    expect(wire.asked.find((one) => one.path === METRICS)?.query).toEqual({ trunkIds: 'trunk-1' });
  });

  it.each([
    ['no figures', []],
    ['figures without calls', metrics({ calls: undefined })],
  ])('with %s has calls that are not measured, never zero', async (_, figures) => {
    withTrunks({ body: trunkBase() }, [trunk()], figures);
    expect((await platform.trunk('base-1')).liveCalls).toBeNull();
    const two = [...metrics(), ...metrics({ trunk: { id: 'trunk-2' }, calls: null })];
    withTrunks({ body: trunkBase() }, [trunk(), trunk({ id: 'trunk-2', inService: false })], two);
    expect((await platform.trunk('base-1')).liveCalls).toBeNull();
  });

  it.each([
    ['no switch', trunkBase({}, { trunk_enabled: undefined }), 'properties.trunk_enabled'],
    [
      'a switch of text',
      trunkBase({}, { trunk_enabled: { value: { instance: 'true' } } }),
      'properties.trunk_enabled.value.instance',
    ],
    ['no properties', trunkBase({ properties: undefined }), 'properties:'],
    [
      'a limit that is no number',
      trunkBase({}, { trunk_max_concurrent_calls: { value: { instance: 'many' } } }),
      'properties.trunk_max_concurrent_calls',
    ],
  ])('with %s does not fit', async (_, body, field) => {
    withTrunks({ body }, [trunk()]);
    const fault = await faultOf(platform.trunk('base-1'));
    expect(fault.transient).toBe(false);
    expect(fault.message).toContain(`GET ${BASE}`);
    expect(fault.message).toContain(field);
  });

  it.each([
    ['a number as text', { value: { instance: '30' } }, 30],
    ['no value', { value: { instance: null } }, null],
    ['no property', undefined, null],
  ])('with %s for its session limit has %s', async (_, property, limit) => {
    withTrunks({ body: trunkBase({}, { trunk_max_concurrent_calls: property }) }, [trunk()]);
    expect((await platform.trunk('base-1')).maxConcurrentSessions).toBe(limit);
  });

  it('is switched by its whole base with the version just read', async () => {
    wire.on(`GET ${BASE}`, { body: trunkOff() }).on(`PUT ${BASE}`, { body: trunkBase({ version: 8 }) });
    await expect(platform.setTrunk('base-1', true)).resolves.toBe(true);
    expect(wire.bodies(`PUT ${BASE}`)).toEqual([trunkBase()]);
  });

  it('that is already so is not written', async () => {
    wire.on(`GET ${BASE}`, { body: trunkBase({ managed: true }) });
    await expect(platform.setTrunk('base-1', true)).resolves.toBe(false);
    expect(wire.times(`PUT ${BASE}`)).toBe(0);
  });

  it('with managed settings is refused', async () => {
    wire.on(`GET ${BASE}`, { body: trunkOff({ managed: true }) });
    const fault = await faultOf(platform.setTrunk('base-1', true));
    expect(fault.transient).toBe(false);
    expect(fault.message).toContain('managed by Genesys Cloud');
  });

  it('that others change meanwhile is read again and changed on top of theirs', async () => {
    const theirs = trunkOff({ version: 9, description: 'by a colleague' });
    wire.on(`GET ${BASE}`, { body: trunkOff() }, { body: trunkOff({ version: 8 }) }, { body: theirs });
    wire.on(`PUT ${BASE}`, mismatch, directoryMismatch, { body: {} });
    await expect(platform.setTrunk('base-1', true)).resolves.toBe(true);
    expect(wire.bodies(`PUT ${BASE}`)[2]).toEqual({ ...trunkBase(), version: 9, description: 'by a colleague' });
    expect(clock.slept).toEqual([500, 1000]);
  });

  it('that never holds still is a transient fault after the tenth try', async () => {
    wire.on(`GET ${BASE}`, { body: trunkOff() }).on(`PUT ${BASE}`, mismatch);
    const fault = await faultOf(platform.setTrunk('base-1', true));
    expect(fault).toMatchObject({ transient: true, status: 409 });
    expect(wire.times(`PUT ${BASE}`)).toBe(10);
    expect(clock.slept).toEqual([500, 1000, 1500, 2000, 2500, 3000, 3500, 4000, 4500]);
  });

  it('counts as written when the answer was lost but the change is there', async () => {
    wire.on(`GET ${BASE}`, { body: trunkOff() }, { body: trunkBase({ version: 8 }) });
    wire.on(`PUT ${BASE}`, { cut: true }, mismatch);
    await expect(platform.setTrunk('base-1', true)).resolves.toBe(true);
  });

  it.each([
    ['a 400 about something else', { status: 400, body: { message: 'inboundSite is required' } }],
    ['a 400 about a missing version', { status: 400, body: { message: 'version is required' } }],
    ['a 403', { status: 403 }],
  ])('with %s is not tried again', async (_, answer) => {
    wire.on(`GET ${BASE}`, { body: trunkOff() }).on(`PUT ${BASE}`, answer);
    expect((await faultOf(platform.setTrunk('base-1', true))).transient).toBe(false);
    expect(wire.times(`PUT ${BASE}`)).toBe(1);
  });
});

describe('an outbound route', () => {
  const route = (over: object = {}) => ({
    id: 'route-1',
    name: 'Outbound',
    version: 3,
    enabled: true,
    classificationTypes: ['National', 'International'],
    externalTrunkBases: [{ id: 'base-1' }],
    ...over,
  });

  it('is read and switched whole', async () => {
    wire.on(`GET ${ROUTE}`, { body: route() }).on(`PUT ${ROUTE}`, mismatch, { body: route() });
    await expect(platform.outboundRoute('site-1', 'route-1')).resolves.toEqual({
      id: 'route-1',
      name: 'Outbound',
      enabled: true,
    });
    await expect(platform.setOutboundRoute('site-1', 'route-1', true)).resolves.toBe(false);
    await expect(platform.setOutboundRoute('site-1', 'route-1', false)).resolves.toBe(true);
    expect(wire.bodies(`PUT ${ROUTE}`)[1]).toEqual(route({ enabled: false }));
  });

  it('with emergency calls is never switched off, but may be switched on', async () => {
    const classificationTypes = ['National', 'Emergency'];
    wire.on(`GET ${ROUTE}`, { body: route({ classificationTypes }) }).on(`PUT ${ROUTE}`, { body: {} });
    const fault = await faultOf(platform.setOutboundRoute('site-1', 'route-1', false));
    expect(fault).toMatchObject({ transient: false });
    expect(fault.message).toContain('carries emergency calls');
    expect(wire.times(`PUT ${ROUTE}`)).toBe(0);
    expect(await platform.outboundRoute('site-1', 'route-1')).toMatchObject({ carriesEmergency: true });
    wire.on(`GET ${ROUTE}`, { body: route({ classificationTypes, enabled: false }) });
    await expect(platform.setOutboundRoute('site-1', 'route-1', true)).resolves.toBe(true);
  });
});

describe('numbers', () => {
  it('are those asked for that ring an active call route, with the caller id of the site', async () => {
    wire.on('GET /api/v2/telephony/providers/edges/sites/site-1', { body: { id: 'site-1', callerId: '+18005550199' } });
    const openHoursFlow = { id: 'flow-1' };
    const ivr = { id: 'ivr-1', name: 'Inbound', version: 1 };
    const routes = [
      { ...ivr, state: 'active', openHoursFlow, dnis: ['+12175550101', '+12175550100', '+1999'] },
      { ...ivr, id: 'ivr-2', state: 'deleted', openHoursFlow, dnis: ['+12175550102'] },
      { ...ivr, id: 'ivr-3', state: 'active', dnis: ['+12175550103'] },
      { ...ivr, id: 'ivr-4', state: 'active', openHoursFlow },
    ];
    wire.on('GET /api/v2/architect/ivrs', { body: { entities: routes, total: 4 } });
    const asked = ['+12175550100', '+12175550101', '+12175550102', '+12175550103', '+12175550104'];
    await expect(platform.numbers('site-1', asked)).resolves.toEqual({
      dids: ['+12175550100', '+12175550101'],
      callerId: '+18005550199',
    });
  });

  it('of a site without a caller id have none', async () => {
    wire.on('GET /api/v2/telephony/providers/edges/sites/site-1', { body: { id: 'site-1', callerId: '' } });
    wire.on('GET /api/v2/architect/ivrs', { body: { entities: [] } });
    await expect(platform.numbers('site-1', ['+1'])).resolves.toEqual({ dids: [], callerId: null });
  });
});

describe('a call route', () => {
  const IVR = '/api/v2/architect/ivrs/ivr-1';
  const numbers = (from: number, count: number) => Array.from({ length: count }, (_, i) => `+1217555${from + i}`);
  /** A call route as the vendor keeps it: whole, versioned. */
  const kept = (first: readonly string[]) => {
    let route = { id: 'ivr-1', name: 'Inbound', version: 4, dnis: [...first], divisionOfTheirs: { id: 'd' } };
    const sizes: number[] = [];
    wire.on(`GET ${IVR}`, () => ({ body: route }));
    wire.on(`PUT ${IVR}`, (asked) => {
      const next = asked.body as typeof route;
      if (next.version !== route.version) return { status: 409, body: { message: 'version' } };
      sizes.push(next.dnis.filter((did) => !route.dnis.includes(did)).length);
      route = { ...next, version: route.version + 1 };
      return { body: route };
    });
    return { sizes, now: () => route };
  };

  it('gets 50 new numbers a write and keeps what else it has', async () => {
    const vendor = kept(['+1999']);
    const all = numbers(1000, 101);
    await expect(platform.routeNumbers?.('ivr-1', { add: all, remove: [] })).resolves.toBe(true);
    expect(vendor.sizes).toEqual([50, 50, 1]);
    expect(vendor.now()).toMatchObject({ version: 7, dnis: ['+1999', ...all], divisionOfTheirs: { id: 'd' } });
    await expect(platform.routeNumbers?.('ivr-1', { add: all, remove: [] })).resolves.toBe(false);
  });

  it('loses only the numbers that are taken off it', async () => {
    const vendor = kept(['+1999', '+1000', '+1001']);
    await expect(platform.routeNumbers?.('ivr-1', { add: [], remove: ['+1000', '+1777'] })).resolves.toBe(true);
    expect(vendor.now().dnis).toEqual(['+1999', '+1001']);
    await expect(platform.routeNumbers?.('ivr-1', { add: [], remove: ['+1000'] })).resolves.toBe(false);
  });

  it('tells which of the numbers asked for another route has', async () => {
    kept(['+1000']);
    const other = { id: 'ivr-2', name: 'Old hotline', version: 1, dnis: ['+1001', '+1555'] };
    const gone = { id: 'ivr-3', name: 'Gone', version: 1, state: 'deleted', dnis: ['+1002'] };
    const own = { id: 'ivr-1', name: 'Inbound', version: 4, dnis: ['+1000'] };
    wire.on('GET /api/v2/architect/ivrs', { body: { entities: [own, other, gone] } });
    await expect(platform.callRoute?.('ivr-1', ['+1000', '+1001', '+1002'])).resolves.toEqual({
      id: 'ivr-1',
      name: 'Inbound',
      dids: ['+1000'],
      elsewhere: [{ did: '+1001', owner: 'Old hotline' }],
    });
  });

  it('refused by the platform because of a clash is a permanent fault in its words', async () => {
    kept([]);
    const message = 'The number +1001 is assigned to another owner.';
    wire.on(`PUT ${IVR}`, { status: 400, body: { message } });
    const fault = await faultOf(platform.routeNumbers?.('ivr-1', { add: ['+1001'], remove: [] }) ?? Promise.resolve());
    expect(fault).toMatchObject({ transient: false, status: 400 });
    expect(fault.message).toContain(message);
    expect(wire.times(`PUT ${IVR}`)).toBe(1);
  });
});

describe('an emergency group', () => {
  const GROUP = '/api/v2/architect/emergencygroups/group-1';
  const group = (enabled: boolean) => ({
    id: 'group-1',
    name: 'To legacy',
    version: 3,
    enabled,
    emergencyCallFlows: [{ emergencyFlow: { id: 'f' }, ivrs: [{ id: 'ivr-1' }] }],
  });

  it('is switched whole, with its version, and only when it differs', async () => {
    wire.on(`GET ${GROUP}`, { body: group(false) }).on(`PUT ${GROUP}`, { body: {} });
    await expect(platform.emergencyGroup?.('group-1')).resolves.toEqual({
      id: 'group-1',
      name: 'To legacy',
      enabled: false,
    });
    await expect(platform.setEmergencyGroup?.('group-1', true)).resolves.toBe(true);
    await expect(platform.setEmergencyGroup?.('group-1', false)).resolves.toBe(false);
    expect(wire.bodies(`PUT ${GROUP}`)).toEqual([group(true)]);
  });
});

describe('phones', () => {
  const up = { operationalStatus: 'OPERATIONAL', lineStatuses: [{ reachable: false }, { reachable: true }] };
  const phone = (id: string, over: object = {}) => ({
    id,
    state: 'active',
    site: { id: 'site-1' },
    status: up,
    ...over,
  });

  it('are registered when operational with a reachable line, on the primary or the secondary edge', async () => {
    const down = { operationalStatus: 'OFFLINE', lineStatuses: [] };
    const entities = [
      phone('primary'),
      phone('secondary', { status: down, secondaryStatus: up }),
      phone('offline', { status: down }),
      phone('degraded', { status: { ...up, operationalStatus: 'DEGRADED' } }),
      phone('unreachable', { status: { ...up, lineStatuses: [{ reachable: false }] } }),
      phone('half each', {
        status: { ...up, lineStatuses: [] },
        secondaryStatus: { ...up, operationalStatus: 'OFFLINE' },
      }),
      phone('unknown', { status: undefined }),
      phone('deleted', { state: 'deleted' }),
      phone('elsewhere', { site: { id: 'site-2' } }),
    ];
    wire.on(`GET ${PHONES}`, { body: { entities, total: 9 } });
    await expect(platform.registeredPhones('site-1')).resolves.toEqual(new Set(['primary', 'secondary']));
    expect(wire.asked.at(-1)?.query).toMatchObject({ 'site.id': 'site-1', expand: 'status', pageSize: '100' });
  });

  it('in the browser are registered when their agent has taken the station, whatever their lines say', async () => {
    const down = { operationalStatus: 'OFFLINE', lineStatuses: [] };
    const entities = [
      phone('at work', { status: down, webRtcUser: { id: 'user-1' } }),
      phone('at home', { status: down, webRtcUser: { id: 'user-2' } }),
      phone('borrowed', { status: down, webRtcUser: { id: 'user-3' } }),
      phone('on the desk', { status: down }),
      phone('up', { webRtcUser: { id: 'user-4' } }),
    ];
    const stations = [
      { id: 's-1', status: 'ASSOCIATED', userId: 'user-1', webRtcUserId: 'user-1' },
      { id: 's-2', status: 'AVAILABLE', webRtcUserId: 'user-2' },
      { id: 's-3', status: 'ASSOCIATED', userId: 'user-1', webRtcUserId: 'user-3' },
      { id: 's-5', status: 'ASSOCIATED', userId: 'user-5' },
    ];
    wire.on(`GET ${PHONES}`, { body: { entities } }).on('GET /api/v2/stations', { body: { entities: stations } });
    await expect(platform.registeredPhones('site-1')).resolves.toEqual(new Set(['at work', 'up']));
    wire.on(`GET ${PHONES}`, { body: { entities: entities.slice(3) } });
    await platform.registeredPhones('site-1');
    expect(wire.times('GET /api/v2/stations')).toBe(1);
  });

  it('are restarted by their ids, 100 at a time, never by their site', async () => {
    wire.on(`POST ${PHONES}/reboot`, { status: 202 });
    await platform.restartPhones(Array.from({ length: 101 }, (_, i) => `phone-${i}`));
    const sent = wire.bodies(`POST ${PHONES}/reboot`) as { phoneIds: string[] }[];
    expect(sent.map((body) => body.phoneIds.length)).toEqual([100, 1]);
    expect(sent.every((body) => Object.keys(body).join() === 'phoneIds')).toBe(true);
  });

  it('are not restarted when there are none, nor twice after a lost answer', async () => {
    await platform.restartPhones([]);
    expect(wire.times(`POST ${PHONES}/reboot`)).toBe(0);
    wire.on(`POST ${PHONES}/reboot`, { cut: true });
    expect((await faultOf(platform.restartPhones(['phone-1']))).transient).toBe(true);
    expect(wire.times(`POST ${PHONES}/reboot`)).toBe(1);
  });
});
