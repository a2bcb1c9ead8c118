/** A double that takes everything proves nothing: here each refuses what its vendor refuses. */
import {
  type Change,
  ChangeResourceRecordSetsCommand,
  GetChangeCommand,
  Route53Client,
} from '@aws-sdk/client-route-53';
import { CLOUDFLARE_TOKEN, type CloudflareDouble, cloudflareDouble } from './support/doubles/cloudflare';
import { REST_TOKEN, restDnsDouble } from './support/doubles/rest-dns';
import { AWS_KEY, type Route53Double, route53Double } from './support/doubles/route53';

const ZONE = 'sitea.example.com';
const NAME = `_sip._tcp.${ZONE}`;
const OLD = '10 0 5060 sbc.sitea.example.com';

describe('the double of Route 53', () => {
  let double: Route53Double;
  beforeEach(async () => {
    double = await route53Double(ZONE);
    double.put({ name: NAME, type: 'SRV', ttl: 300, values: [OLD] });
  });
  afterEach(() => double.close());

  const client = (
    more: { readonly region?: string; readonly secret?: string; readonly body?: string; readonly path?: string } = {},
  ) => {
    const made = new Route53Client({
      endpoint: `http://127.0.0.1:${double.port}`,
      region: more.region ?? AWS_KEY.region,
      credentials: { accessKeyId: AWS_KEY.accessKeyId, secretAccessKey: more.secret ?? AWS_KEY.secretAccessKey },
      maxAttempts: 1,
    });
    made.middlewareStack.add(
      (next) => (args) => {
        const request = args.request as { body?: unknown; path: string; headers: Record<string, string> };
        if (more.body !== undefined) {
          request.body = more.body;
          request.headers['content-length'] = String(more.body.length);
        }
        if (more.path !== undefined) request.path = more.path;
        return next(args);
      },
      { step: 'build', priority: 'low' },
    );
    return made;
  };
  const set = (ttl: number, value: string, name = `${NAME}.`, Type: 'SRV' | 'NS' | 'CNAME' = 'SRV') => ({
    Name: name,
    Type,
    TTL: ttl,
    ResourceRecords: [{ Value: value }],
  });
  const send = (Changes: Change[], more: Parameters<typeof client>[0] = {}) =>
    client(more).send(new ChangeResourceRecordSetsCommand({ HostedZoneId: double.zoneId, ChangeBatch: { Changes } }));
  const GOOD: Change[] = [
    { Action: 'DELETE', ResourceRecordSet: set(300, OLD) },
    { Action: 'CREATE', ResourceRecordSet: set(60, OLD) },
  ];

  test('takes what is right', async () => {
    await send(GOOD);
    expect(double.held(NAME, 'SRV')?.ttl).toBe(60);
  });

  test.each([
    ['another secret', { secret: 'x'.repeat(40) }, 'SignatureDoesNotMatch'],
    ['another region', { region: 'eu-west-1' }, 'SignatureDoesNotMatch'],
    ['no XML', { body: '<Change' }, 'MalformedInput'],
    ['XML of something else', { body: '<a><b/></a>' }, 'MalformedInput'],
  ])('refuses %s', async (_what, more, name) => {
    await expect(send(GOOD, more)).rejects.toMatchObject({ name });
    expect(double.held(NAME, 'SRV')?.ttl).toBe(300);
  });

  test.each([
    ['a set that is not as it is there', [{ Action: 'DELETE', ResourceRecordSet: set(301, OLD) }]],
    ['a set that is there already', [{ Action: 'CREATE', ResourceRecordSet: set(60, OLD) }]],
    ['a name of another zone', [{ Action: 'CREATE', ResourceRecordSet: set(60, OLD, '_sip._tcp.example.org.') }]],
    [
      'a value of another form',
      [{ Action: 'CREATE', ResourceRecordSet: set(60, 'sbc.example.com', `_sip._udp.${ZONE}.`) }],
    ],
    ['the zone’s NS set', [{ Action: 'DELETE', ResourceRecordSet: set(172_800, 'ns', `${ZONE}.`, 'NS') }]],
    [
      'an alias beside other data',
      [{ Action: 'CREATE', ResourceRecordSet: set(60, 'x.example.com', `${NAME}.`, 'CNAME') }],
    ],
    [
      'the good half of a bad batch',
      [...GOOD, { Action: 'CREATE', ResourceRecordSet: set(60, OLD, 'x.example.org.') }],
    ],
  ] as const)('refuses %s', async (_what, changes) => {
    await expect(send([...changes])).rejects.toMatchObject({ name: 'InvalidChangeBatch' });
    expect(double.held(NAME, 'SRV')?.ttl).toBe(300);
  });

  test('knows no invented path, not even a signed one, and no change that was not made', async () => {
    await expect(
      client({ path: '/2013-04-01/records' }).send(new GetChangeCommand({ Id: 'C1' })),
    ).rejects.toMatchObject({
      $metadata: { httpStatusCode: 404 },
    });
    await expect(client().send(new GetChangeCommand({ Id: 'C1' }))).rejects.toMatchObject({ name: 'NoSuchChange' });
    expect((await fetch(`http://127.0.0.1:${double.port}/2013-04-01/hostedzone/${double.zoneId}`)).status).toBe(403);
  });
});

describe('the double of Cloudflare', () => {
  let double: CloudflareDouble;
  beforeEach(async () => {
    double = await cloudflareDouble(ZONE);
    double.put({ name: NAME, type: 'SRV', ttl: 300, values: [OLD] });
  });
  afterEach(() => double.close());

  const call = (method: string, path: string, body?: unknown, token = CLOUDFLARE_TOKEN) =>
    fetch(`http://127.0.0.1:${double.port}/client/v4${path}`, {
      method,
      headers: { authorization: `Bearer ${token}` },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  const batch = (body: unknown) => call('POST', `/zones/${double.zoneId}/dns_records/batch`, body);
  const data = { priority: 10, weight: 0, port: 5060, target: 'new.example.net' };
  const post = (more: object) => ({ posts: [{ name: NAME, type: 'SRV', ttl: 300, data, ...more }] });

  test('takes what is right', async () => {
    expect((await batch(post({}))).status).toBe(200);
    expect(double.records()).toHaveLength(2);
  });

  test.each([
    ['a TTL of 59', post({ ttl: 59 })],
    ['a TTL of 86401', post({ ttl: 86_401 })],
    ['a comment of 101 characters', post({ comment: 'x'.repeat(101) })],
    ['a name of another zone', post({ name: '_sip._tcp.example.org' })],
    ['a target with a dot at its end', post({ data: { ...data, target: 'new.example.net.' } })],
    ['an SRV record as text', { posts: [{ name: NAME, type: 'SRV', ttl: 300, content: OLD }] }],
    ['an identical record', post({ data: { ...data, target: 'sbc.sitea.example.com' } })],
    ['a CNAME beside other data', { posts: [{ name: NAME, type: 'CNAME', ttl: 300, content: 'x.example.net' }] }],
    ['a record that is not there', { ...post({}), deletes: [{ id: 'f'.repeat(32) }] }],
    ['a word that is none of its own', { replacements: [] }],
  ])('refuses %s, and the whole batch with it', async (_what, body) => {
    const reply = await batch(body);
    expect([400, 404]).toContain(reply.status);
    expect(await reply.json()).toMatchObject({ success: false, errors: [{ code: expect.any(Number) }] });
    expect(double.records()).toHaveLength(1);
  });

  test('knows no invented path and nobody without its token', async () => {
    expect((await call('GET', '/zones/records')).status).toBe(404);
    expect((await call('GET', '/zones', undefined, 'x')).status).toBe(403);
    expect((await call('GET', `/zones/${double.zoneId}/dns_records?label=x`)).status).toBe(400);
  });
});

test('the double of the guide’s service refuses a stranger, an invented path, other methods and other fields', async () => {
  const double = await restDnsDouble(ZONE);
  const call = async (method: string, path: string, body?: object, token = REST_TOKEN) =>
    (
      await fetch(`http://127.0.0.1:${double.port}${path}`, {
        method,
        headers: { authorization: `Bearer ${token}` },
        ...(body ? { body: JSON.stringify(body) } : {}),
      })
    ).status;
  const path = `/api/v1/zones/${ZONE}/records/srv/${NAME}`;
  const record = { name: NAME, type: 'SRV', ttl: 300, priority: 10, weight: 0, port: 5060, target: 'new.example.net' };
  expect(await call('PUT', path, record)).toBe(200);
  expect(await call('GET', path, undefined, 'x')).toBe(401);
  expect(await call('GET', `/api/v1/zones/${ZONE}/records/a/${NAME}`)).toBe(404);
  expect(await call('DELETE', path)).toBe(405);
  expect(await call('PUT', path, { ...record, port: 65_536 })).toBe(422);
  expect(await call('PUT', path, { ...record, proxied: false })).toBe(422);
  expect(await call('PUT', path, { ...record, name: 'other' })).toBe(409);
  await double.close();
});
