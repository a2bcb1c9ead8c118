import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRecipeLegacy } from '../src/adapters/legacy/recipe-legacy';
import { composeWorld } from '../src/compose-world';
import { boundBody, boundPath, type LegacyMode } from '../src/core/legacy-recipe';
import { parseLegacyRecipe } from '../src/parse/legacy-recipe';
import { parseSettings } from '../src/parse/settings';
import type { Legacy, LegacyTrunk } from '../src/ports/legacy';
import { faultOf, ManualClock, printed, WireDouble } from './adapters-platforms-wire';
import { changed, goodValue } from './fixtures/faults';
import { type AxlDouble, axlDouble, type Mischief } from './support/doubles/axl';

const TEMPLATE = 'templates/legacy/cisco-cucm.yaml';
const FILE = readFileSync(join(__dirname, '..', TEMPLATE), 'utf8');
const USER = 'cutover-axl';
const PASSWORD = 'axl-secret-of-the-bot';
const ID = '4D1F2C3B-0A1B-4C2D-8E3F-9A0B1C2D3E4F';
const UUID = `{${ID}}`;
const [GET, UPDATE] = ['getRoutePattern', 'updateRoutePattern'];

const generic: LegacyTrunk = {
  id: ID,
  mode: 'active',
  liveCalls: 7,
  dids: ['+12175550100'],
  callerId: '+18005550199',
  codecs: ['audio/pcmu'],
  maxConcurrentSessions: 100,
};
const writes: string[] = [];
const other: Legacy = {
  trunk: async (id) => ({ ...generic, id }),
  setTrunk: async (id, mode) => {
    writes.push(`${id} ${mode}`);
    return true;
  },
  queue: async (id) => ({ id, enabled: true, waiting: 0, liveCalls: 0 }),
  setQueue: async () => true,
  calls: async () => {
    throw new Error('not asked here');
  },
};

let axl: AxlDouble;
let clock: ManualClock;
const over = (text = FILE, password = PASSWORD): Legacy =>
  createRecipeLegacy(other, {
    recipe: goodValue(parseLegacyRecipe(text, 'cisco-cucm.yaml')),
    baseUrl: axl.url,
    credentials: { kind: 'basic', user: USER, password },
    clock,
    timeoutMs: 300,
  });

beforeEach(async () => {
  axl = await axlDouble(USER, PASSWORD, '12.5');
  axl.patterns.set(UUID, { blockEnable: 'false', releaseClause: 'No Error' });
  clock = new ManualClock();
  writes.length = 0;
});
afterEach(() => axl.close());

describe('the recipe for Cisco CUCM', () => {
  it('reads the mode by AXL and all else from the generic API', async () => {
    axl.patterns.set(UUID, { blockEnable: 'true', releaseClause: 'Call Rejected' });
    await expect(over().trunk(ID)).resolves.toEqual({ ...generic, mode: 'standby' });
    await expect(over().queue('sales')).resolves.toMatchObject({ id: 'sales', enabled: true });
    expect(axl.done).toEqual([GET]);
  });

  it('takes a trunk to standby, off and back, each write shown before it counts', async () => {
    const legacy = over();
    const way: readonly LegacyMode[] = ['standby', 'off', 'standby', 'active'];
    const shown: string[] = [];
    for (const mode of way) {
      await expect(legacy.setTrunk(ID, mode)).resolves.toBe(true);
      shown.push((await legacy.trunk(ID)).mode);
    }
    expect(shown).toEqual(way);
    expect(axl.patterns.get(UUID)).toEqual({ blockEnable: 'false', releaseClause: 'No Error' });
    expect(axl.done.slice(0, 4)).toEqual([GET, UPDATE, GET, GET]);
    expect(writes).toEqual([]);
  });

  it('writes nothing where the mode is the wanted one', async () => {
    await expect(over().setTrunk(ID, 'active')).resolves.toBe(false);
    expect(axl.done).toEqual([GET]);
  });

  it.each([
    ['active', 'standby'],
    ['standby', 'off'],
    ['off', 'standby'],
    ['off', 'active'],
  ] as const)('waits for a change from %s to %s that shows late', async (from, to) => {
    const legacy = over();
    if (from === 'standby' || from === 'off') await legacy.setTrunk(ID, from);
    axl.delayUpdates(2);
    await expect(legacy.setTrunk(ID, to)).resolves.toBe(true);
    expect(clock.slept).toEqual([2000, 2000]);
    expect((await legacy.trunk(ID)).mode).toBe(to);
  });

  it('says so when the change does not show in its time, and sends no inverse', async () => {
    axl.delayUpdates(1000);
    const began = clock.now();
    const fault = await faultOf(over().setTrunk(ID, 'standby'));
    expect(fault.transient).toBe(true);
    expect(fault.message).toContain('did not show that within 20 s');
    expect(fault.message).toContain('active is the way back');
    expect(clock.now() - began).toBe(20_000);
    expect(axl.done.filter((name) => name === UPDATE)).toHaveLength(1);
  });

  it('sends a write once when the connection ends, and the next try reads what became of it', async () => {
    axl.disturb(UPDATE, 'cut after');
    const fault = await faultOf(over().setTrunk(ID, 'standby'));
    expect(fault.transient).toBe(true);
    await expect(over().setTrunk(ID, 'standby')).resolves.toBe(false);
    expect(axl.done.filter((name) => name === UPDATE)).toHaveLength(1);
  });

  it.each(['POST', 'PUT'])('does not send a write by %s again that may have been carried out', async (method) => {
    const text = changed(FILE, '    standby:\n      method: POST', `    standby:\n      method: ${method}`);
    axl.disturb(UPDATE, 'cut', 3);
    expect((await faultOf(over(text).setTrunk(ID, 'standby'))).transient).toBe(true);
    expect(axl.seen.map(({ operation }) => operation)).toEqual([GET, UPDATE]);
  });

  it('asks a question again when the connection ends, though it is a POST', async () => {
    axl.disturb(GET, 'cut');
    await expect(over().trunk(ID)).resolves.toMatchObject({ mode: 'active' });
    expect(axl.seen).toHaveLength(2);
  });

  const rows: readonly (readonly [string, Mischief, boolean, string])[] = [
    ['silence', 'hang', true, 'did not answer in time'],
    ['a connection that ends', 'cut', true, 'broke off the connection'],
    ['503', { status: 503, text: '<html>later</html>' }, true, 'answered 503'],
    ['403', { status: 403, text: '<html>no</html>' }, false, 'answered 403'],
    ['a redirect', { status: 302, text: '', headers: { location: 'http://127.0.0.2:9/axl/' } }, false, 'not followed'],
    ['a text without a mode', { status: 200, text: '<html>welcome</html>' }, false, 'shows none of the modes'],
    ['an empty answer', { status: 200, text: '' }, false, 'shows none of the modes'],
  ];
  it.each(rows)('makes a fault of %s, and writes nothing', async (_name, mischief, transient, says) => {
    axl.disturb(GET, mischief, 3);
    const fault = await faultOf(over().setTrunk(ID, 'standby'));
    expect([fault.transient, fault.message]).toEqual([transient, expect.stringContaining(says)]);
    expect(axl.done).toEqual([]);
  });

  it('acts on no reply that shows two modes', async () => {
    axl.patterns.set(UUID, { blockEnable: 'false', releaseClause: 'Call Rejected' });
    const fault = await faultOf(over().setTrunk(ID, 'standby'));
    expect(fault.transient).toBe(false);
    expect(fault.message).toContain('active and standby at once');
    expect(axl.done).toEqual([GET]);
  });

  it('is refused with another password, which no fault repeats', async () => {
    const wrong = 'another-secret-of-the-bot';
    const fault = await faultOf(over(FILE, wrong).trunk(ID));
    expect([fault.status, fault.transient]).toEqual([401, false]);
    expect(printed(fault)).not.toContain(wrong);
    expect(printed(fault)).not.toContain(Buffer.from(`${USER}:${wrong}`).toString('base64'));
  });

  it.each([
    ['another SOAPAction', 'ver=12.5 getRoutePattern', 'ver=11.0 getRoutePattern', 400],
    ['another path', 'path: /axl/', 'path: /axl/v2', 404],
    ['another content type', 'text/xml; charset=utf-8', 'application/soap+xml', 415],
    ['an envelope that does not close', '  </soapenv:Body>', '  <soapenv:Body>', 500],
  ])('is refused by the double with %s', async (_name, from, to, status) => {
    expect((await faultOf(over(changed(FILE, from, to)).trunk(ID))).status).toBe(status);
    expect(axl.done).toEqual([]);
  });

  it('is refused for a pattern that is not known', async () => {
    const fault = await faultOf(over().setTrunk('0'.repeat(32), 'standby'));
    expect([fault.status, fault.transient]).toEqual([500, true]);
    expect(axl.done).toEqual([]);
  });
});

describe('the id of a trunk stays one value', () => {
  const id = `a"b\\c<d>&'e /f?`;

  it.each([
    ['application/json', '{"id":"{id}"}', (text: string) => JSON.parse(text)],
    ['application/x-www-form-urlencoded', 'id={id}', (text: string) => Object.fromEntries(new URLSearchParams(text))],
  ])('in %s', (contentType, body, read) => {
    expect(read(boundBody(body, contentType, id))).toEqual({ id });
  });

  it('in XML', () => {
    expect(boundBody('<a b="{id}">{{id}}</a>', 'text/xml', `"<&'$&`)).toBe(
      '<a b="&#34;&#60;&#38;&#39;$&#38;">{&#34;&#60;&#38;&#39;$&#38;}</a>',
    );
  });

  it('in a path', () => {
    expect(boundPath('/v1/{id}/x', 'a/b?c#d')).toBe('/v1/a%2Fb%3Fc%23d/x');
  });

  it('and leads to no other path', async () => {
    const text = changed(FILE, 'path: /axl/', 'path: /axl/{id}/');
    const fault = await faultOf(over(text).trunk('..'));
    expect(fault.message).toContain('is not one that may be asked');
    expect(axl.seen).toEqual([]);
  });
});

describe('a recipe that is set', () => {
  let wire: WireDouble;
  beforeEach(async () => {
    wire = await new WireDouble().start();
    wire.on(`GET /v1/trunks/${ID}`, { body: generic });
  });
  afterEach(() => wire.stop());

  it('has the modes of trunks asked there by every process, the rest by LEGACY_URL', async () => {
    axl.patterns.set(UUID, { blockEnable: 'true', releaseClause: 'Call Rejected' });
    const given = 'put-yours-here';
    const values = {
      SLACK_BOT_TOKEN: `xoxb-${given}`,
      SLACK_SIGNING_SECRET: given,
      CUTOVER_CHANNEL: 'C0CUTOVER',
      ...{
        GENESYS_API_URL: wire.url,
        GENESYS_LOGIN_URL: wire.url,
        GENESYS_CLIENT_ID: 'x',
        GENESYS_CLIENT_SECRET: given,
      },
      ...{ POWERDNS_URL: wire.url, POWERDNS_API_KEY: given, CRM_URL: wire.url, CRM_TOKEN: given },
      ...{ LEGACY_URL: wire.url, LEGACY_TOKEN: given, LEGACY_RECIPE: TEMPLATE, LEGACY_RECIPE_URL: axl.url },
      ...{ LEGACY_RECIPE_USER: USER, LEGACY_RECIPE_PASSWORD: PASSWORD },
    };
    const { legacy } = composeWorld(goodValue(parseSettings(values, FILE)), clock, UNUSED_BUDGET, UNUSED_HOME);
    await expect(legacy.trunk(ID)).resolves.toEqual({ ...generic, mode: 'standby' });
    expect(wire.asked.map(({ headers }) => headers.authorization)).toEqual([`Bearer ${given}`]);
  });

  it('sends a token as a bearer token, and its own headers beside it', async () => {
    wire.on('POST /axl/', { text: '<blockEnable>false</blockEnable>' });
    const legacy = createRecipeLegacy(other, {
      recipe: goodValue(parseLegacyRecipe(FILE, 'cisco-cucm.yaml')),
      baseUrl: wire.url,
      credentials: { kind: 'bearer', token: PASSWORD },
      clock,
      timeoutMs: 2000,
    });
    await expect(legacy.trunk(ID)).resolves.toMatchObject({ mode: 'active' });
    expect(wire.asked[0]?.headers).toMatchObject({
      authorization: `Bearer ${PASSWORD}`,
      soapaction: 'CUCM:DB ver=12.5 getRoutePattern',
      'content-type': 'text/xml; charset=utf-8',
    });
  });
});

const unused = (): never => {
  throw new Error('not asked here');
};
const UNUSED_BUDGET = { take: unused, pause: unused, keepBelow: unused, figures: unused };
const UNUSED_HOME = {
  store: unused,
  inFlight: unused,
  newestWave: unused,
  workspace: unused,
  channel: unused,
  groupSize: unused,
};
