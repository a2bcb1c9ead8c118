import { checkExpression, evaluate, TRIGGER_VARIABLES } from '../src/parse/expression';
import { isWaveDocument, parseWaveDocument } from '../src/parse/wave-document';
import { changed, expectFault, goodValue, marked } from './fixtures/faults';
import { houseFile, houseSite } from './fixtures/house';

const GOOD = houseFile('templates/waves/guide-example.json');
const SITE = houseSite('site-a');
const parse = (text: string, site = SITE) => parseWaveDocument(text, 'w.json', site);
const TRUNK = '5f3a0000-0000-4000-8000-0000000000b1';

describe("the guide's document, as it is", () => {
  const { recipe, waveId, waveNumber, notes } = goodValue(parse(GOOD));

  it('becomes a recipe of three http steps', () => {
    expect(waveId).toBe('site-a-wave-1');
    expect(waveNumber).toBe(1);
    expect(recipe.name).toBe('w');
    expect(recipe.steps.map(({ id, kind }) => [id, kind])).toEqual([
      ['update_dns', 'http'],
      ['activate_trunk_inbound', 'http'],
      ['shift_queue_traffic', 'http'],
    ]);
    expect(recipe.rollbackTrigger).toBe('validation_failure_rate > 2%');
  });

  it('has its placeholders bound to the first trunk and the first queue of the site', () => {
    expect(recipe.steps[1]?.http?.endpoint).toBe(`/api/v2/telephony/providers/edge/trunks/${TRUNK}`);
    expect(recipe.steps[1]?.http?.validation).toMatchObject({
      kind: 'get',
      endpoint: `/api/v2/telephony/providers/edge/endpoints?trunkId=${TRUNK}&status=REGISTERED`,
    });
    expect(recipe.steps[2]?.http?.endpoint).toBe('/api/v2/routing/queues/5f3a0000-0000-4000-8000-0000000000d1');
  });

  it('has its dig as a question that our own resolver asks', () => {
    expect(recipe.steps[0]?.http?.validation).toMatchObject({
      kind: 'dig',
      server: '8.8.8.8',
      name: '_sip._tcp.sitea.example.com',
      type: 'SRV',
    });
  });

  it('is given the bodies that the guide shows, from the site', () => {
    expect(recipe.steps.map(({ http }) => http?.body)).toEqual([
      {
        name: '_sip._tcp.sitea.example.com',
        type: 'SRV',
        ttl: 300,
        priority: 10,
        weight: 0,
        port: 5060,
        target: 'site-a.byoc.usw2.pure.cloud',
        comment: 'Site-A cutover wave 1',
      },
      {
        enabled: true,
        status: 'ACTIVE',
        maxConcurrentSessions: 500,
        codecPreferences: ['G722', 'PCMU', 'PCMA'],
        callerId: '+18005550199',
        siteId: SITE.platform.site,
      },
      { allocationPercent: 100 },
    ]);
  });

  it('is given a gate between DNS and the first trunk, and says so', () => {
    expect(recipe.steps.map(({ gated }) => gated)).toEqual([false, true, false]);
    expect(notes).toEqual([expect.stringContaining('"activate_trunk_inbound"')]);
  });

  it('reads the same in YAML', () => {
    const yaml = `waveId: site-a-wave-1\nsequence: ${JSON.stringify(JSON.parse(GOOD).sequence)}\nrollbackTrigger: validation_failure_rate > 2%\nrollbackAction: revert_dns_and_deactivate_trunks\n`;
    expect(goodValue(parse(yaml))).toEqual(goodValue(parse(GOOD)));
  });
});

describe('a wave document', () => {
  it('keeps a gate that it has itself, and then none is added', () => {
    const own = goodValue(
      parse(changed(GOOD, '"step": "activate_trunk_inbound",', '"step": "activate_trunk_inbound", "gate": true,')),
    );
    expect([own.recipe.steps.map(({ gated }) => gated), own.notes]).toEqual([[false, true, false], []]);
  });

  it('may carry bodies, inverses, titles and steps of its own', () => {
    const step =
      '{"step": "tell_crm", "endpoint": "/api/crm/{siteId}", "method": "POST", "validation": "GET /api/crm/{siteId}?zone={zone}", "title": "Tell the CRM", "body": {"record": "{recordName}", "n": [1, "{queueId}"]}, "inverse": {"method": "DELETE", "endpoint": "/api/crm/{siteId}"}}';
    const { recipe } = goodValue(parse(changed(GOOD, '"sequence": [', `"sequence": [${step},${step},`)));
    expect(recipe.steps.slice(0, 2).map(({ id, title }) => [id, title])).toEqual([
      ['tell_crm', 'Tell the CRM'],
      ['tell_crm-2', 'Tell the CRM'],
    ]);
    expect(recipe.steps[0]?.http).toMatchObject({
      endpoint: `/api/crm/${SITE.platform.site}`,
      body: { record: '_sip._tcp.sitea.example.com', n: [1, SITE.platform.queues[0]?.queue] },
      validation: { kind: 'get', endpoint: `/api/crm/${SITE.platform.site}?zone=sitea.example.com` },
      inverse: { method: 'DELETE', endpoint: `/api/crm/${SITE.platform.site}`, body: null },
    });
  });

  it('is told from a recipe also when neither can be read', () => {
    expect(isWaveDocument(GOOD)).toBe(true);
    expect(isWaveDocument(GOOD.slice(0, 120))).toBe(true);
    expect(isWaveDocument(houseFile('templates/waves/standard-site.yaml'))).toBe(false);
    expect(isWaveDocument('recipe: [')).toBe(false);
    expect(isWaveDocument('')).toBe(false);
  });

  it.each(['site-a-wave-1', 'site-a-east-wave-1'])('may be called %s', (waveId) => {
    expect(goodValue(parse(changed(GOOD, 'site-a-wave-1', waveId))).waveId).toBe('site-a-wave-1');
  });

  const dig = 'dig @8.8.8.8 _sip._tcp.sitea.example.com SRV';
  const trunkPath = '/api/v2/telephony/providers/edge/trunks/{trunkId}"';
  const rows: readonly (readonly [string, string, string, string, string])[] = [
    ['an unknown key', '"sequence"', '¦"sequense": 1, "sequence"', '"sequense" is not known', 'Write "sequence"'],
    [
      'an unknown key of a step',
      '"method": "PUT"',
      '¦"metod": "PUT", "method": "PUT"',
      '"metod" is not known in sequence[0]',
      'Write "method"',
    ],
    ['a wrong type', '"step": "update_dns"', '"step": ¦1', 'sequence[0].step is a number, not text', 'in quotes'],
    [
      'a wave of another site',
      '"site-a-wave-1"',
      '¦"site-b-wave-1"',
      'a wave of another site than site-a',
      'Write "site-a-wave-1"',
    ],
    ['a wave without a number', '"site-a-wave-1"', '¦"site-a"', 'not the id of a wave', 'Write "site-a-wave-1"'],
    ['a wave number 0', '"site-a-wave-1"', '¦"site-a-wave-0"', 'not the id of a wave', 'Write "site-a-wave-1"'],
    [
      'an unbound placeholder',
      trunkPath,
      '/api/v2/telephony/providers/edge/trunks/{trunkID}"',
      'holds {trunkID}, which is not bound',
      'Write "trunkId" if that is meant (known: {trunkId}, {queueId}, {siteId}, {zone}, {recordName})',
    ],
    [
      'an unbound placeholder in a validation',
      '?queueId={queueId}',
      '?queueId={queue}',
      'holds {queue}, which is not bound',
      '{queueId}',
    ],
    [
      'an unbound placeholder in a body',
      '"step": "update_dns"',
      '"body": {"a": [{"b": ¦"{zoneId}"}]}, "step": "update_dns"',
      'sequence[0].body.a[0].b holds {zoneId}',
      '{zone}',
    ],
    ['a placeholder of the prototype', trunkPath, '/api/v2/{constructor}"', 'holds {constructor}', 'known'],
    ['another method', '"PUT"', '¦"OPTIONS"', 'sequence[0].method is "OPTIONS"', 'GET, PUT, POST, PATCH, DELETE'],
    ['a small method', '"PUT"', '¦"put"', 'method is "put"', 'Write "PUT"'],
    [
      'a whole URL as endpoint',
      `"${trunkPath}`,
      '¦"https://evil.example.com/api/v2/trunks"',
      'not a path',
      'Leave scheme and host out',
    ],
    [
      'a host by two slashes',
      `"${trunkPath}`,
      '¦"//evil.example.com/api/v2"',
      'not a path',
      'Leave scheme and host out',
    ],
    ['a path that climbs', `"${trunkPath}`, '¦"/api/v2/../../admin"', 'empty or dotted part', 'Write a path'],
    ['a path that climbs by escapes', `"${trunkPath}`, '¦"/api/v2/%2e%2e/admin"', 'escape that hides', 'Write a path'],
    ['a path outside the API', `"${trunkPath}`, '¦"/admin/x"', 'does not begin with /api/', 'Write a path'],
    ['a fragment', `"${trunkPath}`, '¦"/api/v2#x"', 'a character that a path cannot have', 'Write a path'],
    ['a space in the path', `"${trunkPath}`, '¦"/api/v2/a b"', 'a character that a path cannot have', 'Write a path'],
    [
      'a shell as validation',
      `"${dig}"`,
      '¦"dig @8.8.8.8 a.example.com SRV; rm x"',
      'not a dig that is understood',
      'Write "dig @SERVER NAME TYPE"',
    ],
    ['another command', `"${dig}"`, '¦"nslookup a.example.com"', 'not a validation', 'or "GET /path?query"'],
    ['an option of dig', `"${dig}"`, `¦"${dig} +short"`, 'has the option "+short"', 'Leave options out'],
    ['a dig without a server', `"${dig}"`, '¦"dig a.example.com SRV x"', 'not a dig that is understood', '@SERVER'],
    ['an unknown server', `"${dig}"`, '¦"dig @gogle a.example.com SRV"', 'asks the server "gogle"', 'google'],
    [
      'an unknown type',
      `"${dig}"`,
      '¦"dig @google a.example.com TXT"',
      'asks for the type "TXT"',
      'SRV, CNAME, A, AAAA',
    ],
    ['a name that is none', `"${dig}"`, '¦"dig @google -f/etc/passwd SRV"', 'has the option', 'Leave options out'],
    ['a POST as validation', `"${dig}"`, '¦"POST /api/v2/x"', 'not a validation', 'GET /path'],
    [
      'a validation on another host',
      `"${dig}"`,
      '¦"GET https://evil.example.com/"',
      'not a path',
      'Leave scheme and host out',
    ],
    [
      'a record that the site does not have',
      '/records/srv/_sip._tcp.sitea.example.com"',
      '/records/srv/_sip._tcp.siteb.example.com"',
      'names the record "_sip._tcp.siteb.example.com", which is no SRV record of site-a',
      '_sip._tcp.sitea.example.com',
    ],
    [
      'a step of its own without a body',
      '"step": "shift_queue_traffic"',
      '"step": "shift_everything"',
      '("shift_everything") has no body',
      'Add "body"',
    ],
    [
      'a step named like a prototype',
      '"step": "shift_queue_traffic"',
      '"step": "toString"',
      '("toString") has no body',
      'Add "body"',
    ],
    ['a DELETE without a way back', '"PUT"', '"DELETE"', 'has no way back', 'Add "inverse"'],
    ['a GET with a body', '"method": "PUT"', '"body": ¦1, "method": "GET"', 'stands at a GET', 'Take the body out'],
    [
      'another rollback action',
      '"revert_dns_and_deactivate_trunks"',
      '¦"page_somebody"',
      'rollbackAction is "page_somebody"',
      'the only one that there is',
    ],
    [
      'no rollback trigger',
      '"rollbackTrigger": "validation_failure_rate > 2%",',
      '',
      'rollbackTrigger is missing',
      'Add it: text',
    ],
    [
      'a trigger of another figure',
      '"validation_failure_rate > 2%"',
      '¦"failure_rate > 2%"',
      'names "failure_rate"',
      'validation_failure_rate',
    ],
    [
      'a trigger that is code',
      '"validation_failure_rate > 2%"',
      '¦"validation_failure_rate.constructor"',
      'rollbackTrigger uses "."',
      'comparisons',
    ],
    ['no step', '"sequence": [', '"sequence": ¦[], "old": [', 'sequence has 0 entries', 'Give more'],
  ];
  it.each(rows)('with %s is refused', (_name, from, to, wrong, mend) => {
    const { text, place } = marked(changed(GOOD, from, to), 'w.json');
    const parsed = parse(text);
    expectFault(parsed, place === 'w.json' ? expect.stringMatching(/^w\.json:\d+:\d+$/) : place, wrong, mend);
  });

  it('names all mistakes at once', () => {
    const text = GOOD.replace('"PUT"', '"FETCH"')
      .replace('{queueId}"', '{queueID}"')
      .replace('> 2%', '> two')
      .replace('site-a-wave-1', 'x');
    const parsed = parse(text);
    expect(parsed.ok ? 0 : parsed.faults.length).toBeGreaterThanOrEqual(4);
  });
});

describe('a rollback trigger', () => {
  const holds = (text: string, rate: number): boolean => evaluate(text, { validation_failure_rate: rate });

  it('takes N% as N: rates are in percent, and > is strict', () => {
    expect([1.99, 2, 2.000001].map((rate) => holds('validation_failure_rate > 2%', rate))).toEqual([
      false,
      false,
      true,
    ]);
    expect(holds('validation_failure_rate > 2.5 %', 2.5)).toBe(false);
    expect(holds('validation_failure_rate >= 2', 2)).toBe(true);
  });

  it('may calculate and combine', () => {
    expect(holds('(validation_failure_rate * 2 + 1) / 3 > 1e0 && !(validation_failure_rate == 7%) || false', 2)).toBe(
      true,
    );
    expect(holds('-validation_failure_rate < -2%', 3)).toBe(true);
  });

  const rows: readonly (readonly [string, string, string, string])[] = [
    ['nothing', '  ', 'is empty', 'Write a condition'],
    ['too much', `validation_failure_rate > ${'1'.repeat(500)}`, '500 is the most', 'Shorten it'],
    ['another name', 'rate > 2%', 'names "rate"', 'validation_failure_rate'],
    ['no name', '3 > 2%', 'names no figure', 'validation_failure_rate'],
    ['a figure only', 'validation_failure_rate', 'is a double, not a condition', 'limit'],
    ['a text', 'validation_failure_rate > "2"', 'holds "\\""', 'names, numbers'],
    ['a call', 'double(validation_failure_rate) > 2', 'calls a function', 'comparisons'],
    ['a member', 'validation_failure_rate.x > 2', 'uses "."', 'comparisons'],
    ['a choice', 'validation_failure_rate > 2 ? true : false', 'holds "?"', 'comparisons'],
    ['a statement', 'validation_failure_rate > 2; x', 'holds ";"', 'names, numbers'],
    ['a free percent sign', 'validation_failure_rate % > 2', 'does not stand behind a number', 'Write it like 2%'],
    ['half a comparison', 'validation_failure_rate >', 'cannot be read', 'Write a condition'],
    ['truth compared with a number', '(validation_failure_rate > 2) > 1', 'does not fit together', 'Compare numbers'],
  ];
  it.each(rows)('with %s is refused', (_name, text, wrong, mend) => {
    expectFault(checkExpression(text, TRIGGER_VARIABLES, 'option'), 'option', wrong, mend);
    expect(() => evaluate(text, { validation_failure_rate: 1 })).toThrow();
  });

  it('never takes "not known" for "no reason to roll back"', () => {
    expect(() => holds('validation_failure_rate > 2%', Number.NaN)).toThrow('is not a number');
    expect(() => evaluate('validation_failure_rate > 2%', {})).toThrow('not known');
  });
});
