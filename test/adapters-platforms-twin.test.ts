import type { Twin } from '../sandbox/twin/twin';
import { createGenesysCloud } from '../src/adapters/platforms/genesys-cloud';
import type { Platform } from '../src/ports/platform';
import { agentsOf, MINUTE, setting, TwinClock, twinAt } from './adapters-platforms-twin-at';
import { faultOf } from './adapters-platforms-wire';

/** The port's contract before the twin, which speaks the vendor's paths and refuses everything else. */
const INBOUND = '5f3a0000-0000-4000-8000-0000000000b1';
const SITE = '5f3a0000-0000-4000-8000-0000000000a1';
const ROUTE = '5f3a0000-0000-4000-8000-0000000000c1';
const SALES = '5f3a0000-0000-4000-8000-0000000000d1';
const SERVICE = '5f3a0000-0000-4000-8000-0000000000d2';
const TABLE = '5f3a0000-0000-4000-8000-0000000000e1';
const SHADOW_FLOW = '5f3a0000-0000-4000-8000-0000000000f1';
const UNIT = '5f3a0000-0000-4000-8000-0000000000f2';
const BRANCH = {
  site: '5f3b0000-0000-4000-8000-0000000000a1',
  inbound: '5f3b0000-0000-4000-8000-0000000000b1',
  queue: '5f3b0000-0000-4000-8000-0000000000d1',
};

let clock: TwinClock;
let twin: Twin;
let platform: Platform;

beforeEach(async () => {
  clock = new TwinClock();
  twin = await twinAt(clock);
  platform = createGenesysCloud({
    apiUrl: setting(twin, 'GENESYS_API_URL'),
    loginUrl: setting(twin, 'GENESYS_LOGIN_URL'),
    clientId: setting(twin, 'GENESYS_CLIENT_ID'),
    clientSecret: setting(twin, 'GENESYS_CLIENT_SECRET'),
    clock,
    timeoutMs: 5000,
  });
});
afterEach(() => twin.close());

const pass = (ms: number) => {
  clock.pass(ms);
  twin.advance();
};
const writes = () => twin.ledger().writes.filter((write) => write.system === 'genesys');

describe('the platform', () => {
  it('names the organisation', async () => {
    expect((await platform.organisation()).id).toBe('5f3a0000-0000-4000-8000-00000000000a');
  });

  it('takes a trunk into service some seconds after it was switched on, and out again', async () => {
    expect(await platform.trunk(INBOUND)).toMatchObject({
      id: INBOUND,
      name: 'Springfield BYOC inbound',
      enabled: false,
      inService: false,
      codecs: ['audio/g722', 'audio/pcmu', 'audio/pcma'],
      maxConcurrentSessions: 500,
      liveCalls: 0,
    });
    await expect(platform.setTrunk(INBOUND, true)).resolves.toBe(true);
    await expect(platform.setTrunk(INBOUND, true)).resolves.toBe(false);
    const early = await platform.trunk(INBOUND);
    expect(early).toMatchObject({ enabled: true, inService: false, health: expect.stringContaining('is not enabled') });
    pass(10_000);
    expect(await platform.trunk(INBOUND)).toMatchObject({ enabled: true, inService: true });
    await expect(platform.setTrunk(INBOUND, false)).resolves.toBe(true);
    pass(10_000);
    expect(await platform.trunk(INBOUND)).toMatchObject({ enabled: false, inService: false });
    expect(writes()).toHaveLength(2);
  });

  it('switches an outbound route on', async () => {
    const before = await platform.outboundRoute(SITE, ROUTE);
    expect(before).toEqual({ id: ROUTE, name: 'Springfield outbound', enabled: false });
    await expect(platform.setOutboundRoute(SITE, ROUTE, true)).resolves.toBe(true);
    await expect(platform.setOutboundRoute(SITE, ROUTE, true)).resolves.toBe(false);
    expect((await platform.outboundRoute(SITE, ROUTE)).enabled).toBe(true);
  });

  it('tells the numbers and the caller id of a site', async () => {
    await expect(platform.numbers(SITE, ['+12175550100', '+12175550102', '+12175559999'])).resolves.toEqual({
      dids: ['+12175550100', '+12175550102'],
      callerId: '+18005550199',
    });
  });

  it('lets the members of a large queue join and leave, some seconds later', async () => {
    const users = agentsOf('site-a')
      .filter((agent) => agent.group.startsWith('service'))
      .map((agent) => agent.user);
    const before = await platform.members(SERVICE);
    expect(new Set(before.keys())).toEqual(new Set(users));
    expect(users.length).toBeGreaterThan(100);
    await expect(platform.setJoined(SERVICE, users, true)).resolves.toBe(true);
    expect([...(await platform.members(SERVICE)).values()].every(Boolean)).toBe(false);
    pass(10_000);
    expect([...(await platform.members(SERVICE)).values()].every(Boolean)).toBe(true);
    const full = { id: SERVICE, name: 'Springfield Service', members: users.length, joined: users.length };
    await expect(platform.queue(SERVICE)).resolves.toEqual(full);
    await expect(platform.setJoined(SERVICE, users, true)).resolves.toBe(false);
    await expect(platform.setJoined(SERVICE, users, false)).resolves.toBe(true);
    pass(10_000);
    expect((await platform.queue(SERVICE)).joined).toBe(0);
  });

  it('moves the allocation of a site and nothing else in the row', async () => {
    const before = await platform.allocation(TABLE, 'site-a');
    await expect(platform.setAllocation(TABLE, 'site-a', { shadowPercent: 5 })).resolves.toBe(true);
    await expect(platform.setAllocation(TABLE, 'site-a', { shadowPercent: 5 })).resolves.toBe(false);
    await expect(platform.allocation(TABLE, 'site-a')).resolves.toEqual({ ...before, shadowPercent: 5 });
  });

  it('shows licences only when the assignment has come through, and takes them back', async () => {
    const users = agentsOf('site-a').map((agent) => agent.user);
    expect([...(await platform.licences(users)).values()].every((held) => held.size === 0)).toBe(true);
    await expect(platform.assignLicences(users, ['communicate', 'engage'])).resolves.toBe(true);
    expect([...(await platform.licences(users)).values()].some((held) => held.size > 0)).toBe(false);
    pass(30 * MINUTE);
    const all = new Set(['communicate', 'engage']);
    expect([...(await platform.licences(users)).values()]).toEqual(users.map(() => all));
    await expect(platform.assignLicences(users, ['communicate', 'engage'])).resolves.toBe(false);
    await expect(platform.removeLicences(users, ['engage'])).resolves.toBe(true);
    expect([...(await platform.licences(users)).values()]).toEqual(users.map(() => new Set(['communicate'])));
  });

  it('registers the phones of a site once they look the gateway up again', async () => {
    await expect(platform.registeredPhones(SITE)).resolves.toEqual(new Set());
    await platform.setTrunk(BRANCH.inbound, true);
    await pointDnsAtTheNewGateway();
    pass(20 * MINUTE);
    const phones = agentsOf('site-b').map((agent) => agent.phone);
    await platform.restartPhones(phones);
    pass(10 * MINUTE);
    await expect(platform.registeredPhones(BRANCH.site)).resolves.toEqual(new Set(phones));
    await expect(platform.registeredPhones(SITE)).resolves.toEqual(new Set());
  });

  it('knows nothing of calls before there are any, and counts the legs of a shadow flow', async () => {
    pass(10 * MINUTE);
    const quiet = { from: clock.now() - 8 * MINUTE, to: clock.now() - 3 * MINUTE };
    await expect(platform.calls([SALES], quiet)).resolves.toBeNull();
    await expect(platform.flow(SHADOW_FLOW, quiet)).resolves.toBeNull();

    await platform.setTrunk(INBOUND, true);
    await platform.setAllocation(TABLE, 'site-a', { shadowPercent: 50 });
    pass(40 * MINUTE);
    // From before the first leg: in a later interval one may finish that entered earlier.
    const legs = await platform.flow(SHADOW_FLOW, { from: clock.now() - 41 * MINUTE, to: clock.now() - 3 * MINUTE });
    expect(legs?.entered).toBeGreaterThan(20);
    expect(legs?.finished).toBeGreaterThan(0);
    expect(legs?.finished).toBeLessThanOrEqual(legs?.entered ?? 0);
  });

  it('counts the calls of a branch that was cut over', async () => {
    const agents = agentsOf('site-b');
    const users = agents.map((agent) => agent.user);
    await platform.assignLicences(users, ['communicate']);
    await platform.setTrunk(BRANCH.inbound, true);
    await pointDnsAtTheNewGateway();
    pass(30 * MINUTE);
    await platform.restartPhones(agents.map((agent) => agent.phone));
    await platform.setJoined(BRANCH.queue, users, true);
    await platform.setAllocation(TABLE, 'site-b', { allocationPercent: 100 });
    pass(4 * 60 * MINUTE);
    const figures = await platform.calls([BRANCH.queue], {
      from: clock.now() - 180 * MINUTE,
      to: clock.now() - 3 * MINUTE,
    });
    expect(figures?.offered).toBeGreaterThan(10);
    expect(figures?.completed).toBeGreaterThan((figures?.offered ?? 0) * 0.8);
    expect(figures?.failed).toBeLessThan((figures?.offered ?? 0) * 0.2);
    expect((await platform.trunk(BRANCH.inbound)).inService).toBe(true);
  });

  it('tells who is scheduled', async () => {
    const users = new Set(agentsOf('site-a').map((agent) => agent.user));
    const scheduled = await platform.scheduledAgents(UNIT, { from: clock.now(), to: clock.now() + 60 * MINUTE });
    expect(scheduled?.size).toBeGreaterThan(users.size * 0.9);
    expect([...(scheduled ?? [])].every((user) => users.has(user))).toBe(true);
  });

  it.each([
    ['trunk', () => platform.trunk('no-such')],
    ['route', () => platform.outboundRoute(SITE, 'no-such')],
    ['queue', () => platform.queue('no-such')],
    ['row', () => platform.allocation(TABLE, 'no-such')],
    ['unit', () => platform.scheduledAgents('no-such', { from: clock.now(), to: clock.now() + 1 })],
    ['phone', () => platform.restartPhones(['no-such'])],
  ])('does not know a strange %s, for good', async (_, ask) => {
    expect(await faultOf(ask())).toMatchObject({ transient: false, status: 404 });
  });
});

describe('on a bad day', () => {
  it.each(['api-429', 'api-5xx', 'api-conflict'])('%s: everything still works, and is written once', async (fault) => {
    twin.faults.set(fault, true);
    await expect(platform.setTrunk(INBOUND, true)).resolves.toBe(true);
    await expect(platform.setOutboundRoute(SITE, ROUTE, true)).resolves.toBe(true);
    await expect(platform.setAllocation(TABLE, 'site-a', { allocationPercent: 10 })).resolves.toBe(true);
    await platform.members(SALES);
    expect((await platform.trunk(INBOUND)).enabled).toBe(true);
    expect(writes()).toHaveLength(3);
  });

  it('a token that has run out is replaced', async () => {
    await platform.organisation();
    clock.pass(25 * 60 * MINUTE);
    await expect(platform.organisation()).resolves.toMatchObject({ name: 'Example Contact Centres' });
  });

  it('700 calls in a row stay below the limit of the vendor', async () => {
    const startedAt = clock.now();
    for (let call = 0; call < 700; call += 1) await platform.organisation();
    expect(clock.now() - startedAt).toBeGreaterThan(3 * MINUTE);
    expect(clock.now() - startedAt).toBeLessThan(3.5 * MINUTE);
  });
});

/** Step 6 in short, for the branch: both words of its record set at the DNS provider. */
async function pointDnsAtTheNewGateway(): Promise<void> {
  const contents = ['10 0 5060 site-b.byoc.usw2.pure.cloud.', '20 0 5060 sbc.siteb.example.com.'];
  const records = contents.map((content) => ({ content, disabled: false }));
  const rrset = { name: '_sip._tcp.siteb.example.com.', type: 'SRV', ttl: 300, changetype: 'REPLACE', records };
  const zone = `${setting(twin, 'POWERDNS_URL')}/api/v1/servers/localhost/zones/siteb.example.com.`;
  const headers = { 'x-api-key': setting(twin, 'POWERDNS_API_KEY'), 'content-type': 'application/json' };
  const reply = await fetch(zone, { method: 'PATCH', headers, body: JSON.stringify({ rrsets: [rrset] }) });
  expect(reply.status).toBe(204);
}
