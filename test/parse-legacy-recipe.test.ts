import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseLegacyRecipe } from '../src/parse/legacy-recipe';
import { parseSettings, redact } from '../src/parse/settings';
import { readSettings } from '../src/read-settings';
import { changed, expectFault, goodValue, marked } from './fixtures/faults';

const GOOD = `trunk:
  read:
    method: GET
    path: /trunks/{id}
    mode: { active: "state: up", standby: "state: draining", off: "state: down" }
  set:
    active:
      method: PUT
      path: /trunks/{id}
      contentType: application/json
      body: '{"state": "up", "note": "{x: 1}"}'
      validation: { method: GET, path: "/trunks/{id}", contains: "state: up", withinMs: 5000, everyMs: 500 }
      inverse: standby
    standby:
      method: POST
      path: /drain
      headers: { X-Reason: cutover }
      contentType: application/x-www-form-urlencoded
      body: trunk={id}
      validation:
        method: POST
        path: /state
        contentType: text/xml
        body: <trunk>{id}</trunk>
        contains: draining
        withinMs: 60000
        everyMs: 60000
      inverse: active
    off:
      method: PATCH
      path: /trunks/{id}/
      contentType: application/vnd.acme+json; charset=utf-8
      body: '{"state": "down"}'
      validation: { method: GET, path: "/trunks/{id}", contains: "state: down", withinMs: 100, everyMs: 100 }
      inverse: standby
`;
const parse = (text: string) => parseLegacyRecipe(text, 'pbx.yaml');

describe('a legacy recipe', () => {
  it('is read whole', () => {
    const { read, set } = goodValue(parse(GOOD)).trunk;
    expect(read).toEqual({
      method: 'GET',
      path: '/trunks/{id}',
      headers: {},
      body: null,
      modes: { active: 'state: up', standby: 'state: draining', off: 'state: down' },
    });
    expect(set.standby).toEqual({
      method: 'POST',
      path: '/drain',
      headers: { 'X-Reason': 'cutover' },
      body: { text: 'trunk={id}', contentType: 'application/x-www-form-urlencoded' },
      validation: {
        method: 'POST',
        path: '/state',
        headers: {},
        body: { text: '<trunk>{id}</trunk>', contentType: 'text/xml' },
        contains: 'draining',
        withinMs: 60_000,
        everyMs: 60_000,
      },
      inverse: 'active',
    });
    expect([set.active.inverse, set.off.inverse]).toEqual(['standby', 'standby']);
  });

  it('for Cisco CUCM is one that can be read', async () => {
    const text = await readFile(join(__dirname, '../templates/legacy/cisco-cucm.yaml'), 'utf8');
    expect(parse(text).ok).toBe(true);
  });

  it('is refused for a write without an inverse', () => {
    const text = changed(GOOD, '      inverse: active\n', '');
    expectFault(parse(text), 'pbx.yaml:15:7', 'trunk.set.standby.inverse is missing', 'active, standby, off');
  });

  // `¦` stands where the fault is to point.
  it.each([
    ['an inverse that is no mode', 'inverse: active', 'inverse: ¦on', 'is "on"', 'active'],
    ['an inverse of itself', 'inverse: active', 'inverse: ¦standby', 'its own mode', 'one of the other two'],
    ['inverses that go in a circle', 'inverse: active', 'inverse: ¦off', 'no trunk that takes calls', 'end at active'],
    [
      'a mode without a write',
      '    off:\n      method: PATCH',
      '    ¦of:\n      method: PATCH',
      '"of" is not known',
      'off',
    ],
    ['an empty text', 'off: "state: down" }', 'off: ¦"" }', 'has 0 characters', 'more'],
    ['two modes with one text', 'standby: "state: draining"', 'standby: ¦"state: up"', 'active too', 'Give each'],
    ['a mode inside the text of another', 'off: "state: down"', 'off: ¦"state: d"', 'text of standby too', 'Give each'],
    ['an unknown placeholder in a path', 'path: /drain', 'path: ¦/drain/{trunk}', 'holds {trunk}', 'Only {id}'],
    ['an unknown placeholder in a body', 'body: trunk={id}', 'body: ¦trunk={id}&n={name}', 'holds {name}', 'Only {id}'],
    ['a placeholder in a header', 'X-Reason: cutover', 'X-Reason: ¦"{id}"', 'nothing is filled in', 'Write a text'],
    ['a placeholder in a text', 'contains: draining', 'contains: ¦"{id} draining"', 'nothing is filled in', 'Write'],
    ['a query', 'path: /drain', 'path: ¦/drain?x=1', 'no plain path', 'no host, query'],
    ['another host', 'path: /drain', 'path: ¦//other.example.com/{id}', 'no plain path', 'no host'],
    ['a whole URL', 'path: /drain', 'path: ¦https://other.example.com', 'no plain path', 'Begin it with "/"'],
    ['a path that climbs', 'path: /drain', 'path: ¦/a/../{id}', 'no plain path', 'dot segment'],
    ['credentials in a header', 'X-Reason: cutover', 'Authorization: ¦Basic eA', 'a key that is not allowed', ''],
    ['a header of two lines', 'X-Reason: cutover', 'X-Reason: ¦"a\\nb"', 'no plain text', 'one line'],
    ['a body that is no JSON', `'{"state": "down"}'`, `¦'{"state": {id}}'`, 'is no JSON', '{id} stands in quotes'],
    ['a comment in XML', '<trunk>{id}</trunk>', '¦<trunk><!-- {id} --></trunk>', 'holds a comment', 'escaped'],
    ['a type without escaping', 'contentType: text/xml', 'contentType: ¦text/plain', 'is "text/plain"', 'JSON, XML'],
    ['a write by GET', 'method: PATCH', 'method: ¦GET', 'is "GET"', ''],
    ['61 seconds of waiting', 'withinMs: 60000', 'withinMs: ¦60001', 'is 60001; 60000 is the most', 'less'],
    ['99 ms of waiting', 'withinMs: 100,', 'withinMs: ¦99,', 'is 99; 100 is the least', 'more'],
    ['asking less often than waiting', 'everyMs: 500', 'everyMs: ¦5001', 'is longer than withinMs', 'more often'],
    ['an unknown key', 'inverse: active', 'inverse: active\n      ¦undo: 1', 'the key "undo" is not known', ''],
    ['a text that is a number', 'contains: draining', 'contains: ¦1', 'is a number, not text', 'in quotes'],
    ['an alias', 'contains: draining', 'contains: ¦*other', 'alias', 'Write the value out'],
  ])('is refused for %s, at its place', (_name, from, to, wrong, mend) => {
    const { text, place } = marked(changed(GOOD, from, to), 'pbx.yaml');
    expectFault(parse(text), place, wrong, mend);
  });

  // Where nothing stands any more, line and column are given.
  it.each([
    ['a mode without a text', ', off: "state: down" }', ' }', '5:11', 'trunk.read.mode.off is missing', 'Add it'],
    ['a request that names no trunk', 'body: trunk={id}', 'body: trunk=7', '16:13', 'hold no {id}', 'Write {id}'],
    [
      'a type without a body',
      '        body: <trunk>{id}</trunk>\n',
      '',
      '23:22',
      'stands without a body',
      'Add the body',
    ],
    [
      'a body without a type',
      '        contentType: text/xml\n',
      '',
      '23:15',
      'no contentType beside it',
      'Add contentType',
    ],
    ['a GET with a body', 'method: POST\n        path: /s', 'method: GET\n        path: /s', '24:15', 'a GET', 'POST'],
    ['a write without a body', '      body: trunk={id}\n', '', '15:7', 'body is missing', 'Add it'],
    [
      'a write without a validation',
      '      validation: { method: GET',
      '      # {',
      '8:7',
      'validation is missing',
      'Add it',
    ],
  ])('is refused for %s', (_name, from, to, at, wrong, mend) => {
    expectFault(parse(changed(GOOD, from, to)), `pbx.yaml:${at}`, wrong, mend);
  });

  it('has every mistake told at once', () => {
    const text = changed(changed(GOOD, 'inverse: active', 'inverse: on'), 'path: /drain', 'path: drain');
    const parsed = parse(text);
    expect(parsed.ok ? [] : parsed.faults.map(({ place }) => place)).toEqual(['pbx.yaml:16:13', 'pbx.yaml:28:16']);
  });
});

describe('its settings', () => {
  const SECRET = 'hunter2hunter2';
  const BASE = {
    SLACK_BOT_TOKEN: `xoxb-${SECRET}`,
    SLACK_SIGNING_SECRET: SECRET,
    CUTOVER_CHANNEL: 'C0CUTOVER',
    GENESYS_REGION: 'us-west-2',
    GENESYS_CLIENT_ID: 'client',
    GENESYS_CLIENT_SECRET: SECRET,
    POWERDNS_URL: 'http://10.0.0.5:8081',
    POWERDNS_API_KEY: SECRET,
    LEGACY_URL: 'https://legacy.example.com',
    LEGACY_TOKEN: SECRET,
    CRM_URL: 'https://crm.example.com',
    CRM_TOKEN: SECRET,
  };
  const WITH = {
    ...BASE,
    LEGACY_RECIPE: 'pbx.yaml',
    LEGACY_RECIPE_URL: 'https://pbx.example.com:8443/',
    LEGACY_RECIPE_USER: 'bot',
    LEGACY_RECIPE_PASSWORD: SECRET,
  };
  const settings = (more: Readonly<Record<string, string | undefined>> = {}, text: string | null = GOOD) =>
    parseSettings({ ...WITH, ...more }, text);

  it('are none where no recipe is named', () => {
    expect(goodValue(parseSettings(BASE)).legacyRecipe).toBeNull();
  });

  it('give the recipe, its base URL and Basic or a bearer token', () => {
    expect(goodValue(settings()).legacyRecipe).toMatchObject({
      recipe: { trunk: { read: { path: '/trunks/{id}' } } },
      baseUrl: 'https://pbx.example.com:8443',
      credentials: { kind: 'basic', user: 'bot', password: SECRET },
    });
    const bearer = { LEGACY_RECIPE_USER: undefined, LEGACY_RECIPE_PASSWORD: undefined, LEGACY_RECIPE_TOKEN: SECRET };
    expect(goodValue(settings(bearer)).legacyRecipe?.credentials).toEqual({ kind: 'bearer', token: SECRET });
    expect(Object.values(redact({ ...WITH, ...bearer })).join()).not.toContain(SECRET);
  });

  it.each([
    ['without a URL', { LEGACY_RECIPE_URL: undefined }, 'LEGACY_RECIPE_URL', 'is missing'],
    [
      'with a URL that is not encrypted',
      { LEGACY_RECIPE_URL: 'http://pbx.example.com' },
      'LEGACY_RECIPE_URL',
      'encrypted',
    ],
    ['without a password', { LEGACY_RECIPE_PASSWORD: undefined }, 'LEGACY_RECIPE_PASSWORD', 'no LEGACY_RECIPE_TOKEN'],
    ['with a colon in the user', { LEGACY_RECIPE_USER: 'a:b' }, 'LEGACY_RECIPE_USER', 'cannot have'],
    ['with both kinds of credentials', { LEGACY_RECIPE_TOKEN: SECRET }, 'LEGACY_RECIPE_TOKEN', 'stands beside'],
    ['without the file', { LEGACY_RECIPE: undefined }, 'LEGACY_RECIPE', 'another setting of the recipe'],
  ])('are refused %s', (_name, more, place, wrong) => {
    expectFault(settings(more), place, wrong, '');
  });

  it('are refused for a file that cannot be read, and for one with a mistake, at its place', () => {
    expectFault(settings({}, null), 'LEGACY_RECIPE', 'no file that can be read', 'Name the YAML file');
    expectFault(settings({}, changed(GOOD, 'inverse: active', 'inverse: on')), 'pbx.yaml:28:16', 'is "on"', 'active');
  });

  it('are read with the file that they name', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'recipe-'));
    const file = join(folder, 'pbx.yaml');
    try {
      await writeFile(file, GOOD);
      expect((await readSettings([], { ...WITH, LEGACY_RECIPE: file })).legacyRecipe).not.toBeNull();
      await writeFile(file, changed(GOOD, 'inverse: active', 'inverse: on'));
      await expect(readSettings([], { ...WITH, LEGACY_RECIPE: file })).rejects.toThrow(`${file}:28:16`);
      await expect(readSettings([], { ...WITH, LEGACY_RECIPE: `${file}.not` })).rejects.toThrow('LEGACY_RECIPE names');
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
