import { createHttpCrm } from '../src/adapters/legacy/http-crm';
import { createHttpLegacy } from '../src/adapters/legacy/http-legacy';
import type { Crm, Legacy } from '../src/ports/legacy';
import { type Answer, faultOf, ManualClock, printed, WireDouble } from './adapters-platforms-wire';

const TOKEN = 'legacy-token-abc';
/** The middleware counts by itself. */
const nothing = async () => null;
const INTERVAL = { from: Date.parse('2027-03-01T07:00:00Z'), to: Date.parse('2027-03-01T07:30:00Z') };
const RANGE = { from: '2027-03-01T07:00:00.000Z', to: '2027-03-01T07:30:00.000Z' };

let wire: WireDouble;
let legacy: Legacy;
let crm: Crm;

beforeEach(async () => {
  wire = await new WireDouble().start();
  const options = { baseUrl: `${wire.url}/`, token: TOKEN, clock: new ManualClock(), timeoutMs: 2000 };
  legacy = createHttpLegacy(options);
  crm = createHttpCrm(options);
});
afterEach(() => wire.stop());

const trunk = {
  id: 'carrier in',
  mode: 'active',
  liveCalls: 12,
  dids: ['+12175550100'],
  callerId: '+18005550199',
  codecs: ['audio/pcmu'],
  maxConcurrentSessions: 500,
};
const queue = { id: 'sales', enabled: true, waiting: 2, liveCalls: 3 };
const calls = { offered: 100, completed: 97, failed: 1, ivrEntered: 110, ivrAbandoned: 4, crmLatencyP95Ms: 850 };

describe('a legacy trunk', () => {
  const path = '/v1/trunks/carrier%20in';

  it('is read with the bearer token', async () => {
    wire.on(`GET ${path}`, { body: { ...trunk, vendor: 'x' } });
    await expect(legacy.trunk('carrier in')).resolves.toEqual(trunk);
    expect(wire.asked[0]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
  });

  it('is written only when its mode differs', async () => {
    wire.on(`GET ${path}`, { body: trunk }).on(`PUT ${path}`, { status: 204 });
    await expect(legacy.setTrunk('carrier in', 'active')).resolves.toBe(false);
    await expect(legacy.setTrunk('carrier in', 'standby')).resolves.toBe(true);
    expect(wire.bodies(`PUT ${path}`)).toEqual([{ mode: 'standby' }]);
  });
});

describe('a legacy queue', () => {
  it('is read, and written only when it differs', async () => {
    wire.on('GET /v1/queues/sales', { body: queue }).on('PUT /v1/queues/sales', { body: { ...queue, enabled: false } });
    await expect(legacy.queue('sales')).resolves.toEqual(queue);
    await expect(legacy.setQueue('sales', true)).resolves.toBe(false);
    await expect(legacy.setQueue('sales', false)).resolves.toBe(true);
    expect(wire.bodies('PUT /v1/queues/sales')).toEqual([{ enabled: false }]);
  });
});

describe('the legacy baseline', () => {
  it('is asked for by site and closed interval', async () => {
    wire.on('GET /v1/sites/site-a/calls', { body: calls });
    await expect(legacy.calls('site-a', INTERVAL)).resolves.toEqual(calls);
    expect(wire.asked[0]?.query).toEqual(RANGE);
  });

  it('knows no CRM latency without a completed call, nor the CRM without a record', async () => {
    wire.on('GET /v1/sites/site-a/calls', { body: { ...calls, completed: 0, crmLatencyP95Ms: 0 } });
    wire.on('GET /v1/sites/site-a/sync', { body: { calls: 3, synced: 0, p95LatencyMs: 0 } });
    expect((await legacy.calls('site-a', INTERVAL)).crmLatencyP95Ms).toBeNull();
    expect((await crm.sync('site-a', INTERVAL, nothing)).p95LatencyMs).toBeNull();
  });

  it('may know no CRM latency', async () => {
    wire.on('GET /v1/sites/site-a/calls', { body: { ...calls, crmLatencyP95Ms: null } });
    expect((await legacy.calls('site-a', INTERVAL)).crmLatencyP95Ms).toBeNull();
  });
});

describe('the CRM', () => {
  it('tells the platform of an entry and how its calls become records', async () => {
    wire.on('GET /v1/sites/site-a', { body: { entry: 'site-a', platform: 'legacy' } });
    wire.on('GET /v1/sites/site-a/sync', { body: { calls: 40, synced: 39, p95LatencyMs: null } });
    await expect(crm.entry('site-a')).resolves.toEqual({ entry: 'site-a', platform: 'legacy' });
    await expect(crm.sync('site-a', INTERVAL, nothing)).resolves.toEqual({ calls: 40, synced: 39, p95LatencyMs: null });
    expect(wire.asked[1]?.query).toEqual(RANGE);
    expect(wire.asked[1]?.headers.authorization).toBe(`Bearer ${TOKEN}`);
  });
});

describe('bad answers', () => {
  const path = '/v1/trunks/t';
  const rows: readonly [string, readonly Answer[], null | { transient: boolean; says: string }][] = [
    [
      'an unknown mode',
      [{ body: { ...trunk, mode: 'paused' } }],
      { transient: false, says: `GET ${path} with something that does not fit (mode:` },
    ],
    ['calls as text', [{ body: { ...trunk, liveCalls: '12' } }], { transient: false, says: 'liveCalls:' }],
    ['less than no calls', [{ body: { ...trunk, liveCalls: -1 } }], { transient: false, says: 'liveCalls:' }],
    ['a missing list', [{ body: { ...trunk, dids: undefined } }], { transient: false, says: 'dids:' }],
    ['a list instead of a trunk', [{ body: [trunk] }], { transient: false, says: 'the whole answer' }],
    ['nothing', [{ text: '' }], { transient: false, says: 'the whole answer' }],
    ['half a document', [{ text: '{"id": ' }], { transient: false, says: 'does not speak JSON' }],
    [
      'a 401',
      [{ status: 401, body: { message: `no such token ${TOKEN}` } }],
      { transient: false, says: 'no such token ***' },
    ],
    ['a 404', [{ status: 404 }], { transient: false, says: '404' }],
    [
      'a redirect',
      [{ status: 307, headers: { location: 'http://127.0.0.1:1/' } }],
      { transient: false, says: 'redirect' },
    ],
    ['5xx all the time', [{ status: 503 }], { transient: true, says: '503' }],
    ['a connection that is always cut', [{ cut: true }], { transient: true, says: 'broke off' }],
    ['a 429 once', [{ status: 429, headers: { 'retry-after': '1' } }, { body: trunk }], null],
    ['a connection cut once', [{ cut: true }, { body: trunk }], null],
  ];
  it.each(rows)('such as %s have one outcome', async (_, answers, outcome) => {
    wire.on(`GET ${path}`, ...answers);
    if (outcome === null) {
      await expect(legacy.trunk('t')).resolves.toMatchObject({ mode: 'active' });
      return;
    }
    const fault = await faultOf(legacy.trunk('t'));
    expect(fault).toMatchObject({ system: 'Legacy telephony', transient: outcome.transient });
    expect(fault.message).toContain(outcome.says);
    expect(printed(fault)).not.toContain(TOKEN);
  });

  it.each([
    [
      'calls',
      () => legacy.calls('s', INTERVAL),
      { ...calls, crmLatencyP95Ms: undefined },
      '/v1/sites/s/calls',
      'crmLatencyP95Ms',
    ],
    ['queue', () => legacy.queue('s'), { ...queue, enabled: 'yes' }, '/v1/queues/s', 'enabled'],
    ['entry', () => crm.entry('s'), { entry: 's' }, '/v1/sites/s', 'platform'],
    ['sync', () => crm.sync('s', INTERVAL, nothing), { calls: 1, synced: 1 }, '/v1/sites/s/sync', 'p95LatencyMs'],
  ] as const)('to %s name endpoint and field', async (_, ask, body, path, field) => {
    wire.on(`GET ${path}`, { body });
    const fault = await faultOf(ask());
    expect(fault.transient).toBe(false);
    expect(fault.message).toContain(`GET ${path}`);
    expect(fault.message).toContain(`${field}:`);
  });
});
