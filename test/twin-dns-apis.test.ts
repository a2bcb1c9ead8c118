import { items, openWorld, setRecord, type TestWorld, targetOf } from './twin-world';

const ZONE = '/api/v1/servers/localhost/zones/sitea.example.com.';
const SRV = '_sip._tcp.sitea.example.com';
const KEY = { 'x-api-key': 'dns-key' };

let world: TestWorld;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.twin.close());

const pdns = (method: string, path: string, body?: unknown) => world.call('POWERDNS_URL', method, path, body, KEY);
const rrset = (change: object) => ({
  rrsets: [
    {
      name: `${SRV}.`,
      type: 'SRV',
      ttl: 300,
      changetype: 'REPLACE',
      records: [{ content: '10 0 5060 a.example.com.' }],
      ...change,
    },
  ],
});

describe('PowerDNS', () => {
  test('replaces a whole set, keeps its comments and bumps the serial', async () => {
    const comments = [{ content: 'site-a-wave-1', account: 'cutover' }];
    expect((await pdns('PATCH', ZONE, rrset({ comments }))).status).toBe(204);
    const { body } = await pdns('GET', `${ZONE}?rrset_name=${SRV}.&rrset_type=SRV`);
    expect(body.serial).toBe(2026110102);
    expect(body.rrsets).toMatchObject([
      {
        name: `${SRV}.`,
        type: 'SRV',
        ttl: 300,
        records: [{ content: '10 0 5060 a.example.com.', disabled: false }],
        comments,
      },
    ]);
    expect(targetOf(await world.ask('ns1', SRV, 'SRV'))).toBe('a.example.com');
  });
  test('gives the header alone, the whole zone, and takes a notify', async () => {
    expect((await pdns('GET', `${ZONE}?rrsets=false`)).body.rrsets).toBeUndefined();
    const types = items((await pdns('GET', ZONE)).body.rrsets).map((set) => set.type);
    expect(types).toEqual(expect.arrayContaining(['SOA', 'NS', 'SRV', 'A']));
    expect((await pdns('PUT', `${ZONE}/notify`)).body).toEqual({ result: 'Notification queued' });
    expect((await pdns('GET', '/api/v1/servers/localhost')).body.version).toBe('4.7.3');
  });
  test('refuses a missing key, an unknown zone and a zone without its dot', async () => {
    expect((await world.call('POWERDNS_URL', 'GET', ZONE)).status).toBe(401);
    const unknown = await pdns('GET', '/api/v1/servers/localhost/zones/other.example.com.');
    expect([unknown.status, unknown.body]).toEqual([404, 'Not Found']);
    expect((await pdns('GET', ZONE.slice(0, -1))).status).toBe(404);
  });
  test.each([
    ['a name without its dot', { name: SRV }],
    ['a target without its dot', { records: [{ content: '10 0 5060 a.example.com' }] }],
    ['content that is no SRV', { records: [{ content: 'ten 0 5060 a.example.com.' }] }],
    ['a number above 65535', { records: [{ content: '10 0 99999 a.example.com.' }] }],
    ['a name outside the zone', { name: '_sip._tcp.siteb.example.com.' }],
    ['a changetype of later versions', { changetype: 'EXTEND' }],
    ['no ttl', { ttl: undefined }],
    ['a type that it does not know', { type: 'BOGUS' }],
    ['an alias beside data', { type: 'CNAME', records: [{ content: 'a.example.com.' }] }],
    [
      'the same record twice',
      { records: [{ content: '10 0 5060 a.example.com.' }, { content: '10 0 5060 a.example.com.' }] },
    ],
  ])('refuses %s with 422 and a reason', async (_what, change) => {
    const reply = await pdns('PATCH', ZONE, rrset(change));
    expect(reply.status).toBe(422);
    expect(typeof reply.body.error).toBe('string');
    expect(world.twin.ledger().writes).toHaveLength(0);
  });
  test('changes nothing when one set of a PATCH is bad', async () => {
    const good = rrset({}).rrsets[0];
    const reply = await pdns('PATCH', ZONE, { rrsets: [good, { ...good, changetype: 'PRUNE' }] });
    expect(reply.status).toBe(422);
    expect(targetOf(await world.ask('ns1', SRV, 'SRV'))).toBe('sbc.sitea.example.com');
  });
  test('deletes', async () => {
    expect(
      (await pdns('PATCH', ZONE, rrset({ changetype: 'DELETE', records: undefined, ttl: undefined }))).status,
    ).toBe(204);
    expect(targetOf(await world.ask('ns1', SRV, 'SRV'))).toBeNull();
  });
  test('answers malformed JSON and a huge body cleanly', async () => {
    expect((await pdns('PATCH', ZONE, '{')).status).toBe(400);
    expect((await pdns('PATCH', ZONE, `"${'x'.repeat(600_000)}"`)).status).toBe(413);
    expect((await pdns('PATCH', ZONE, { rrsets: 7 })).status).toBe(422);
  });
  test('enters a write in the ledger, and that it had no effect when it changed nothing', async () => {
    await setRecord(world, 'sitea.example.com', SRV, 300, ['10 0 5060 sbc.sitea.example.com']);
    await setRecord(world, 'sitea.example.com', SRV, 300, ['10 0 5060 sbc.sitea.example.com']);
    expect(
      world.twin.ledger().writes.map(({ system, effect, before, after }) => ({ system, effect, before, after })),
    ).toEqual([
      {
        system: 'powerdns',
        effect: true,
        before: { ttl: 3600, records: ['10 0 5060 sbc.sitea.example.com.'] },
        after: { ttl: 300, records: ['10 0 5060 sbc.sitea.example.com.'] },
      },
      expect.objectContaining({ effect: false }),
    ]);
  });
});

describe('the generic REST DNS', () => {
  const path = `/api/v1/zones/sitea.example.com/records/srv/${SRV}`;
  const body = {
    name: SRV,
    type: 'SRV',
    ttl: 300,
    priority: 10,
    weight: 0,
    port: 5060,
    target: 'site-a.byoc.usw2.pure.cloud',
    comment: 'wave 1',
  };
  const rest = (method: string, where: string, sent?: unknown) =>
    world.call('DNS_REST_URL', method, where, sent, { authorization: 'Bearer dns-token' });

  test('puts one record over the same zone data and reads it back in the same shape', async () => {
    const put = await rest('PUT', path, body);
    expect([put.status, put.body]).toEqual([200, body]);
    expect((await rest('GET', path)).body).toEqual(body);
    expect(targetOf(await world.ask('ns1', SRV, 'SRV'))).toBe('site-a.byoc.usw2.pure.cloud');
  });
  test('shows the most preferred target of several', async () => {
    await setRecord(world, 'sitea.example.com', SRV, 300, ['20 0 5060 b.example.com', '10 0 5060 a.example.com']);
    expect((await rest('GET', path)).body).toMatchObject({ priority: 10, target: 'a.example.com' });
  });
  test('accepts the parent zone of the guide', async () => {
    expect((await rest('PUT', `/api/v1/zones/example.com/records/srv/${SRV}`, body)).status).toBe(200);
  });
  test('refuses a wrong token, an unknown name, and a body that is not the guide’s', async () => {
    expect((await world.call('DNS_REST_URL', 'GET', path)).status).toBe(401);
    expect((await rest('GET', '/api/v1/zones/example.org/records/srv/_sip._tcp.example.org')).status).toBe(404);
    for (const wrong of [
      { ...body, ttl: '300' },
      { ...body, port: 70000 },
      { ...body, extra: 1 },
      { ...body, name: 'other' },
      'null',
    ]) {
      expect((await rest('PUT', path, wrong)).status).toBe(422);
    }
    expect((await rest('PUT', path, '{')).status).toBe(400);
    expect((await rest('DELETE', path)).status).toBe(404);
  });
});
