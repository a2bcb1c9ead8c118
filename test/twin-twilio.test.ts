import { copyFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ringOrder } from '../sandbox/twin/model/carrier';
import { seededRandom } from '../sandbox/twin/model/random';
import { readSites } from '../sandbox/twin/model/site-file';
import { createNiceCxone } from '../src/adapters/platforms/nice-cxone';
import { movesOf } from './twin-wave';
import { HOUR, MINUTE, openWorld, SITES, type TestWorld } from './twin-world';

const carrierOf = (site: string) => {
  const found = readSites(SITES).find(({ file }) => file.site === site)?.file.carrier;
  if (!found) throw new Error(`${site} has no carrier`);
  return found;
};
const { trunk, legacy, target } = carrierOf('site-d');
const LIST = `/v1/Trunks/${trunk}/OriginationUrls`;

/** That site alone: days of calls are many calls. */
const folder = mkdtempSync(join(tmpdir(), 'carrier-sites-'));
for (const name of ['site-d.yaml', 'site-d.agents.csv']) copyFileSync(join(SITES, name), join(folder, name));
afterAll(() => rmSync(folder, { recursive: true }));

let world: TestWorld;
beforeEach(async () => {
  world = await openWorld({ sitesDir: folder });
});
afterEach(() => world.twin.close());

const basic = (password = world.twin.settings.TWILIO_AUTH_TOKEN) =>
  `Basic ${Buffer.from(`${world.twin.settings.TWILIO_ACCOUNT_SID}:${password}`).toString('base64')}`;
const ask = (method: string, path: string, form?: string, headers: Record<string, string> = {}) => {
  const type = { 'content-type': 'application/x-www-form-urlencoded' };
  return world.call('TWILIO_URL', method, path, form, { ...type, authorization: basic(), ...headers });
};
const set = async (url: string, form: string) => {
  expect((await ask('POST', `${LIST}/${url}`, form)).status).toBe(200);
};

describe('the trunking API', () => {
  test('shows the destinations of a trunk as the vendor does, page by page', async () => {
    const first = (await ask('GET', `${LIST}?PageSize=1`)).body;
    expect(first.origination_urls).toEqual([
      expect.objectContaining({ sid: legacy, trunk_sid: trunk, enabled: true, priority: 10, weight: 10 }),
    ]);
    expect(first.meta).toMatchObject({ page: 0, page_size: 1, key: 'origination_urls', previous_page_url: null });
    const next = new URL(String(first.meta?.next_page_url));
    const second = (await ask('GET', `${next.pathname}${next.search}`)).body;
    expect(second.origination_urls).toEqual([expect.objectContaining({ sid: target, enabled: false })]);
    expect(second.meta?.next_page_url).toBeNull();
  });

  test('changes the fields of a form and no other, and the ledger has them', async () => {
    await set(target, 'Enabled=true&Priority=11');
    const { body } = await ask('GET', `${LIST}/${target}`);
    expect(body).toMatchObject({ enabled: true, priority: 11, weight: 10 });
    expect(world.twin.ledger().writes).toMatchObject([
      {
        system: 'twilio',
        resource: `origination-url ${target}`,
        before: { enabled: false, priority: 10, weight: 10 },
        after: { enabled: true, priority: 11, weight: 10 },
      },
    ]);
  });

  test.each([
    ['a weight of 0', 'Weight=0', 400, 20001],
    ['a weight above 65535', 'Weight=65536', 400, 20001],
    ['a priority below 0', 'Priority=-1', 400, 20001],
    ['a word for a switch', 'Enabled=yes', 400, 20001],
    ['a field of another name', 'enabled=true', 400, 20001],
  ])('refuses %s', async (_, form, status, code) => {
    const reply = await ask('POST', `${LIST}/${target}`, form);
    expect([reply.status, reply.body.code]).toEqual([status, code]);
    expect(world.twin.ledger().writes).toEqual([]);
  });

  test('refuses JSON, strange credentials and unknown ids', async () => {
    const json = await ask('POST', `${LIST}/${target}`, '{"Weight":5}', { 'content-type': 'application/json' });
    expect(json.status).toBe(400);
    const stranger = await ask('GET', LIST, undefined, { authorization: basic('wrong') });
    expect([stranger.status, stranger.body.code]).toEqual([401, 20003]);
    for (const path of [`${LIST}/OUother`, '/v1/Trunks/TKother/OriginationUrls'])
      expect((await ask('GET', path)).body).toMatchObject({ status: 404, code: 20404 });
    expect((await ask('GET', `${LIST}?PageSize=1&Page=1&PageToken=PAnone`)).status).toBe(400);
  });
});

describe('the carrier', () => {
  /** The new gateway takes calls. */
  const inbound = async () => {
    const clock = { now: () => world.now(), realMsUntil: () => 0, sleep: async (ms: number) => world.go(ms) };
    const setting = (name: string) => world.twin.settings[name] ?? '';
    const cxone = createNiceCxone({
      tokenUrl: setting('CXONE_TOKEN_URL'),
      discoveryUrl: setting('CXONE_DISCOVERY_URL'),
      apiUrl: null,
      accessKeyId: setting('CXONE_ACCESS_KEY_ID'),
      accessKeySecret: setting('CXONE_ACCESS_KEY_SECRET'),
      tenantId: setting('CXONE_TENANT_ID'),
      apiVersion: 'v33.0',
      clock,
      timeoutMs: 5000,
    });
    await cxone.setTrunk('880101', true);
    world.go(MINUTE);
  };
  const carried = () => ({ ...world.twin.ledger().calls['site-d']?.carried });

  test('rings legacy alone before the wave, whatever DNS says', async () => {
    await movesOf(world, 'site-d').dns('target', 300);
    world.go(4 * HOUR);
    expect(Object.keys(carried())).toEqual([legacy]);
    expect(world.twin.ledger().calls['site-d']?.lost['no-inbound-path']).toBeUndefined();
  });

  test('tries the next destination where the first refuses', async () => {
    await set(target, 'Enabled=true&Priority=5');
    world.go(HOUR);
    expect(Object.keys(carried())).toEqual([legacy]);
    await inbound();
    world.go(HOUR);
    expect(carried()[target]).toBeGreaterThan(30);
  });

  test('loses callers when every destination is disabled', async () => {
    await set(legacy, 'Enabled=false');
    world.go(HOUR);
    expect(carried()).toEqual({});
    expect(world.twin.ledger().calls['site-d']?.lost['no-inbound-path']).toBeGreaterThan(30);
  });

  /** Of n calls a share p is expected within 4 standard deviations of p: outside of it once in 15 000 right worlds. */
  const bound = (p: number, n: number) => 4 * Math.sqrt((p * (1 - p)) / n);

  test.each([5, 20, 50])('sends %d percent of the calls by weight, at equal priority', async (percent) => {
    await inbound();
    await set(target, `Enabled=true&Weight=${percent}`);
    await set(legacy, `Weight=${100 - percent}`);
    const before = carried();
    world.go(40 * HOUR);
    const since = (sid: string) => (carried()[sid] ?? 0) - (before[sid] ?? 0);
    const calls = since(legacy) + since(target);
    expect(calls).toBeGreaterThan(2500);
    expect(Math.abs(since(target) / calls - percent / 100)).toBeLessThan(bound(percent / 100, calls));
  });

  test('draws by weight among equals, and never before a lower number', () => {
    const random = seededRandom(5);
    const each = (sid: string, priority: number, weight: number, enabled = true) => ({
      sid,
      host: sid,
      sipUrl: '',
      friendlyName: '',
      updatedAt: 0,
      enabled,
      priority,
      weight,
    });
    const destinations = [each('late', 20, 65_535), each('one', 10, 1), each('three', 10, 3), each('off', 0, 9, false)];
    const orders = Array.from({ length: 100_000 }, () =>
      ringOrder({ sid: 'TK', createdAt: 0, destinations }, random).map(({ sid }) => sid),
    );
    expect(new Set(orders.map((order) => order.join(' ')))).toEqual(new Set(['one three late', 'three one late']));
    const share = orders.filter(([sid]) => sid === 'three').length / orders.length;
    expect(Math.abs(share - 0.75)).toBeLessThan(bound(0.75, orders.length));
  });
});
