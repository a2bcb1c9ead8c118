import { connect as connectTcp } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { crm, HOUR, items, legacy, openWorld, overUdp, portOf, SECOND, START, type TestWorld } from './twin-world';

let world: TestWorld;
beforeEach(async () => {
  world = await openWorld();
});
afterEach(() => world.twin.close());

const span = (from: number, to: number) => `from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}`;

describe('the legacy system', () => {
  test('shows trunks, queues, calls and agents', async () => {
    world.go(4 * HOUR);
    const trunk = (await legacy(world, 'GET', '/v1/trunks/spr-carrier-in')).body;
    expect(trunk).toMatchObject({
      mode: 'active',
      dids: expect.arrayContaining(['+12175550100']),
      maxConcurrentSessions: 500,
      version: 1,
    });
    expect(Number(trunk.liveCalls)).toBeGreaterThan(10);
    expect((await legacy(world, 'GET', '/v1/queues/spr-sales')).body).toMatchObject({ enabled: true, waiting: 0 });
    const calls = (await legacy(world, 'GET', `/v1/sites/site-a/calls?${span(START, START + 4 * HOUR)}`)).body;
    expect(Number(calls.offered)).toBeGreaterThan(1500);
    expect(Number(calls.completed) / Number(calls.offered)).toBeGreaterThan(0.96);
    expect(Number(calls.ivrAbandoned)).toBeGreaterThan(0);
    expect(Number(calls.crmLatencyP95Ms)).toBeGreaterThan(300);
    expect((await legacy(world, 'GET', '/v1/sites/site-a/agents')).body).toEqual({ scheduled: 240, loggedIn: 240 });
  });
  test('lets a trunk in standby finish its calls, and cuts them when it is off', async () => {
    world.go(HOUR);
    const live = async () => Number((await legacy(world, 'GET', '/v1/trunks/spr-carrier-in')).body.liveCalls);
    const before = await live();
    expect((await legacy(world, 'PUT', '/v1/trunks/spr-carrier-in', { mode: 'standby' })).body).toMatchObject({
      mode: 'standby',
      version: 2,
    });
    world.go(3 * SECOND);
    expect(await live()).toBeGreaterThan(before - 5);
    await legacy(world, 'PUT', '/v1/trunks/spr-carrier-in', { mode: 'off' });
    expect(await live()).toBe(0);
    const lost = world.twin.ledger().calls['site-a']?.lost['cut-live-call'];
    expect(lost).toBeGreaterThan(before - 5);
  });
  test('refuses a wrong token, a wrong mode, unknown ids and bad times', async () => {
    expect((await world.call('LEGACY_URL', 'GET', '/v1/trunks/spr-carrier-in')).status).toBe(401);
    expect((await legacy(world, 'PUT', '/v1/trunks/spr-carrier-in', { mode: 'asleep' })).status).toBe(400);
    expect((await legacy(world, 'PUT', '/v1/queues/spr-sales', { enabled: 'no' })).status).toBe(400);
    expect((await legacy(world, 'PUT', '/v1/queues/spr-sales', '{{')).status).toBe(400);
    for (const path of ['/v1/trunks/other', '/v1/queues/other', '/v1/sites/other/agents'])
      expect((await legacy(world, 'GET', path)).status).toBe(404);
    expect((await legacy(world, 'GET', '/v1/sites/site-a/calls?from=now')).status).toBe(400);
    expect((await legacy(world, 'GET', '/v1/trunks/%E0%A4%A')).status).toBe(404);
  });
});

describe('the CRM', () => {
  test('knows the site on both platforms and syncs its answered calls', async () => {
    world.go(2 * HOUR);
    expect((await crm(world, 'GET', '/v1/sites/site-a')).body).toEqual({ entry: 'site-a', platform: 'both' });
    const sync = (await crm(world, 'GET', `/v1/sites/site-a/sync?${span(START, START + 2 * HOUR)}`)).body;
    expect(Number(sync.calls)).toBeGreaterThan(700);
    expect(sync.synced).toBe(sync.calls);
    expect((await crm(world, 'PUT', '/v1/sites/site-a', { platform: 'genesys-cloud' })).status).toBe(200);
    world.go(HOUR);
    const later = (await crm(world, 'GET', `/v1/sites/site-a/sync?${span(START + 2 * HOUR, START + 3 * HOUR)}`)).body;
    expect(Number(later.synced)).toBe(0);
    expect((await crm(world, 'PUT', '/v1/sites/site-a', { platform: 'paper' })).status).toBe(400);
    expect((await crm(world, 'GET', '/v1/sites/nowhere')).status).toBe(404);
  });
});

describe('a SIP gateway', () => {
  const NEW = 'site-a.byoc.usw2.pure.cloud';
  const OLD = 'sbc.sitea.example.com';
  const request = (method: string, change: (text: string) => string = (text) => text) =>
    change(
      [
        `${method} sip:${NEW} SIP/2.0`,
        'Via: SIP/2.0/UDP 127.0.0.1:5099;branch=z9hG4bKtwin1;rport',
        'Max-Forwards: 70',
        'From: <sip:probe@example.com>;tag=abc',
        `To: <sip:${NEW}>`,
        'Call-ID: twin-1@example.com',
        `CSeq: 1 ${method}`,
        'Content-Length: 0',
        '',
        '',
      ].join('\r\n'),
    );
  const udp = async (host: string, text: string) =>
    (await overUdp(portOf(world.twin.settings, `${host}:5060`), text)).toString();
  const overStream = (socket: NodeJS.ReadWriteStream & { destroy(): void }, text: string) =>
    new Promise<string>((resolve, reject) => {
      socket.on('error', reject);
      socket.on('data', (chunk: Buffer) => {
        socket.destroy();
        resolve(chunk.toString());
      });
      socket.write(text);
    });

  test('answers OPTIONS over UDP and echoes what belongs to the transaction', async () => {
    const reply = await udp(NEW, request('OPTIONS'));
    expect(reply).toMatch(/^SIP\/2\.0 200 OK\r\n/);
    expect(reply).toMatch(
      /Via: SIP\/2\.0\/UDP 127\.0\.0\.1:5099;branch=z9hG4bKtwin1;rport=\d+;received=127\.0\.0\.1\r\n/,
    );
    expect(reply).toMatch(/From: <sip:probe@example\.com>;tag=abc\r\n/);
    expect(reply).toMatch(/To: <sip:[^>]+>;tag=\w+\r\n/);
    expect(reply).toMatch(/Call-ID: twin-1@example\.com\r\nCSeq: 1 OPTIONS\r\n/);
    expect(reply).toMatch(/\r\nAllow: INVITE, .*REGISTER/);
  });
  test('answers over TCP, in pieces, and over TLS by its own name', async () => {
    const text = request('OPTIONS');
    const tcp = connectTcp(portOf(world.twin.settings, `${NEW}:5060`), '127.0.0.1');
    tcp.write(`\r\n\r\n${text.slice(0, 30)}`);
    expect(await overStream(tcp, text.slice(30))).toMatch(/^SIP\/2\.0 200 OK/);
    const host = 'site-c.byoc.mypurecloud.de';
    const ca = world.twin.settings.SIP_TLS_CA ?? '';
    const port = portOf(world.twin.settings, `${host}:5060`);
    expect(await overStream(connectTls({ host: '127.0.0.1', port, servername: host, ca }), text)).toMatch(
      /^SIP\/2\.0 200 OK/,
    );
    const stranger = connectTls({ host: '127.0.0.1', port, servername: 'other.example.com', ca });
    await expect(overStream(stranger, text)).rejects.toMatchObject({ code: 'ERR_TLS_CERT_ALTNAME_INVALID' });
    const distrustful = connectTls({ host: '127.0.0.1', port, servername: host });
    await expect(overStream(distrustful, text)).rejects.toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  });
  test('is reachable before activation but refuses calls', async () => {
    expect(await udp(NEW, request('INVITE'))).toMatch(/^SIP\/2\.0 503 /);
    expect(await udp(OLD, request('INVITE'))).toMatch(/^SIP\/2\.0 488 /);
  });
  test('that was switched off on the legacy side says 503 with Retry-After', async () => {
    await legacy(world, 'PUT', '/v1/trunks/spr-carrier-in', { mode: 'off' });
    expect(await udp(OLD, request('OPTIONS'))).toMatch(/^SIP\/2\.0 503 [\s\S]*Retry-After: 30\r\n/);
  });
  test('answers 400 to what it can place, nothing to what it cannot, 405 to what it does not do', async () => {
    expect(
      await udp(
        NEW,
        request('OPTIONS', (text) => text.replace('CSeq: 1 OPTIONS', 'CSeq: 1 INVITE')),
      ),
    ).toMatch(/^SIP\/2\.0 400 /);
    expect(
      await udp(
        NEW,
        request('OPTIONS', (text) => text.replace(/From: .*\r\n/, '')),
      ),
    ).toMatch(/^SIP\/2\.0 400 /);
    expect(await udp(NEW, request('PUBLISH'))).toMatch(/^SIP\/2\.0 405 /);
    await expect(udp(NEW, 'hello')).rejects.toThrow('no answer');
    expect(await udp(NEW, request('OPTIONS'))).toMatch(/^SIP\/2\.0 200 /);
  });
});

describe('the platform of the guide', () => {
  const guide = (method: string, path: string, body?: unknown) =>
    world.call('GUIDE_URL', method, path, body, { authorization: `Bearer ${world.twin.settings.GUIDE_TOKEN}` });
  const TRUNK = '/api/v2/telephony/providers/edge/trunks/5f3a0000-0000-4000-8000-0000000000b1';
  const QUEUE = '/api/v2/routing/queues/5f3a0000-0000-4000-8000-0000000000d1';

  test('speaks the guide’s literal document on the same world', async () => {
    const srv = {
      name: '_sip._tcp.sitea.example.com',
      type: 'SRV',
      ttl: 300,
      priority: 10,
      weight: 0,
      port: 5060,
      target: 'site-a.byoc.usw2.pure.cloud',
    };
    const captured = world.twin.snapshot('site-a');
    const dnsPath = '/api/v1/zones/example.com/records/srv/_sip._tcp.sitea.example.com';
    expect((await world.call('DNS_REST_URL', 'PUT', dnsPath, srv, { authorization: 'Bearer dns-token' })).status).toBe(
      200,
    );
    const activate = {
      enabled: true,
      status: 'ACTIVE',
      maxConcurrentSessions: 500,
      codecPreferences: ['G722', 'PCMU', 'PCMA'],
      callerId: '+18005550199',
      siteId: 'site-a-east',
    };
    expect((await guide('PATCH', TRUNK, activate)).body).toMatchObject({ enabled: true });
    world.go(2 * HOUR);
    expect((await guide('GET', TRUNK)).body).toMatchObject({ status: 'ACTIVE' });
    const endpoints = (
      await guide(
        'GET',
        `/api/v2/telephony/providers/edge/endpoints?trunkId=${TRUNK.split('/').at(-1)}&status=REGISTERED`,
      )
    ).body;
    expect(Number(endpoints.total)).toBeGreaterThan(100);
    expect(items(endpoints.entities)[0]).toMatchObject({ status: 'REGISTERED' });
    expect((await guide('PATCH', QUEUE, { allocationPercent: 100 })).body).toMatchObject({ allocationPercent: 100 });
    world.go(HOUR);
    const realtime = (
      await guide('GET', `/api/v2/analytics/routing/queues/realtime?queueId=${QUEUE.split('/').at(-1)}`)
    ).body;
    expect(Number(realtime.offered)).toBeGreaterThan(10);
    expect(Number(realtime.failureRate)).toBeLessThan(0.2);
    const back = { ...srv, target: 'sbc.sitea.example.com', ttl: 3600 };
    await world.call('DNS_REST_URL', 'PUT', dnsPath, back, { authorization: 'Bearer dns-token' });
    await guide('PATCH', QUEUE, { allocationPercent: 0 });
    await guide('PATCH', TRUNK, { enabled: false });
    expect(world.twin.snapshot('site-a')).toEqual(captured);
  });
  test('refuses strangers, unknown ids and wrong bodies', async () => {
    expect((await world.call('GUIDE_URL', 'GET', TRUNK)).status).toBe(401);
    expect((await guide('GET', `${TRUNK}x`)).status).toBe(404);
    expect((await guide('PATCH', QUEUE, { allocationPercent: 'all' })).status).toBe(400);
    expect((await guide('GET', '/api/v2/analytics/routing/queues/realtime')).status).toBe(404);
  });
});
