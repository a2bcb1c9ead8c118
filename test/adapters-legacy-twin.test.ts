import type { Twin } from '../sandbox/twin/twin';
import { createHttpCall } from '../src/adapters/legacy/http-call';
import { createHttpCrm } from '../src/adapters/legacy/http-crm';
import { createHttpLegacy } from '../src/adapters/legacy/http-legacy';
import type { Crm, Legacy } from '../src/ports/legacy';
import { MINUTE, setting, TwinClock, twinAt } from './adapters-platforms-twin-at';
import { faultOf } from './adapters-platforms-wire';

let clock: TwinClock;
let twin: Twin;
let legacy: Legacy;
let crm: Crm;

beforeEach(async () => {
  clock = new TwinClock();
  twin = await twinAt(clock);
  const about = { clock, timeoutMs: 5000 };
  legacy = createHttpLegacy({ baseUrl: setting(twin, 'LEGACY_URL'), token: setting(twin, 'LEGACY_TOKEN'), ...about });
  crm = createHttpCrm({ baseUrl: setting(twin, 'CRM_URL'), token: setting(twin, 'CRM_TOKEN'), ...about });
});
afterEach(() => twin.close());

const pass = (ms: number) => {
  clock.pass(ms);
  twin.advance();
};
const nothing = async () => null;
const lastHalfHour = () => ({ from: clock.now() - 30 * MINUTE, to: clock.now() });

it('drains a legacy trunk by standby and re-arms it in one call', async () => {
  pass(10 * MINUTE);
  const before = await legacy.trunk('spr-carrier-in');
  expect(before).toMatchObject({ mode: 'active', callerId: '+18005550199', maxConcurrentSessions: 500 });
  expect(before.dids).toContain('+12175550100');
  expect(before.liveCalls).toBeGreaterThan(0);
  await expect(legacy.setTrunk('spr-carrier-in', 'standby')).resolves.toBe(true);
  await expect(legacy.setTrunk('spr-carrier-in', 'standby')).resolves.toBe(false);
  pass(45 * MINUTE);
  expect(await legacy.trunk('spr-carrier-in')).toMatchObject({ mode: 'standby', liveCalls: 0 });
  await expect(legacy.setTrunk('spr-carrier-in', 'active')).resolves.toBe(true);
  pass(10 * MINUTE);
  expect((await legacy.trunk('spr-carrier-in')).liveCalls).toBeGreaterThan(0);
});

it('switches a legacy queue off and on', async () => {
  expect(await legacy.queue('spr-sales')).toMatchObject({ id: 'spr-sales', enabled: true });
  await expect(legacy.setQueue('spr-sales', false)).resolves.toBe(true);
  await expect(legacy.setQueue('spr-sales', false)).resolves.toBe(false);
  expect((await legacy.queue('spr-sales')).enabled).toBe(false);
  await expect(legacy.setQueue('spr-sales', true)).resolves.toBe(true);
});

it('counts the legacy calls of a closed interval', async () => {
  pass(60 * MINUTE);
  const figures = await legacy.calls('site-a', lastHalfHour());
  expect(figures.offered).toBeGreaterThan(50);
  expect(figures.completed).toBeGreaterThan(50);
  expect(figures.failed).toBeLessThan(figures.completed);
  expect(figures.ivrAbandoned).toBeLessThan(figures.ivrEntered);
  expect(figures.crmLatencyP95Ms).toBeGreaterThan(0);
});

it('tells the CRM entry and the sync of an interval', async () => {
  await expect(crm.entry('site-a')).resolves.toEqual({ entry: 'site-a', platform: expect.any(String) });
  pass(60 * MINUTE);
  const sync = await crm.sync('site-a', lastHalfHour(), nothing);
  expect(sync.synced).toBeLessThanOrEqual(sync.calls);
  await expect(crm.sync('site-a', { from: clock.now(), to: clock.now() }, nothing)).resolves.toEqual({
    calls: 0,
    synced: 0,
    p95LatencyMs: null,
  });
});

it('does not know strange trunks, queues, sites and entries, for good', async () => {
  for (const ask of [
    () => legacy.trunk('x'),
    () => legacy.setTrunk('x', 'off'),
    () => legacy.queue('x'),
    () => legacy.calls('x', lastHalfHour()),
    () => crm.entry('x'),
    () => crm.sync('x', lastHalfHour(), nothing),
  ]) {
    expect(await faultOf(ask())).toMatchObject({ transient: false, status: 404 });
  }
});

it('speaks the literal form of a wave document through the allow-list', async () => {
  const token = setting(twin, 'LEGACY_TOKEN');
  const system = { name: 'legacy', baseUrl: setting(twin, 'LEGACY_URL'), pathPrefixes: ['/v1/trunks'] };
  const headers = () => ({ authorization: `Bearer ${token}` });
  const http = createHttpCall({ systems: [{ ...system, headers }], clock, timeoutMs: 5000 });
  await expect(http.call('PUT', '/v1/trunks/spr-carrier-in', { mode: 'standby' })).resolves.toMatchObject({
    status: 200,
    body: { mode: 'standby' },
  });
  await expect(http.call('PUT', '/v1/trunks/spr-carrier-in', { mode: 'asleep' })).resolves.toMatchObject({
    status: 400,
  });
  expect(await faultOf(http.call('PUT', '/v1/queues/spr-sales', { enabled: false }))).toMatchObject({
    transient: false,
  });
});
