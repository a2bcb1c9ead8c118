import { createServer, request as forward } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createGenesysCloud } from '../src/adapters/platforms/genesys-cloud';
import { createNiceCxone } from '../src/adapters/platforms/nice-cxone';
import { agentsOf, setting, TwinClock, twinAt } from './adapters-platforms-twin-at';
import { largeCxoneSites } from './support/cxone-sites';
import { type PlatformBench, platformContract } from './support/platform-contract';

jest.setTimeout(30_000);

platformContract('Genesys Cloud', genesysBench);
platformContract('NICE CXone', cxoneBench);

/** A token of either vendor is dead by then. */
const TOKEN_LIFE_MS = 25 * 60 * 60_000;

async function genesysBench(): Promise<PlatformBench> {
  const clock = new TwinClock();
  const twin = await twinAt(clock);
  const door = await countedDoor(setting(twin, 'GENESYS_LOGIN_URL'));
  const behind = clockBehind(clock);
  const platform = createGenesysCloud({
    apiUrl: setting(twin, 'GENESYS_API_URL'),
    loginUrl: door.url,
    clientId: setting(twin, 'GENESYS_CLIENT_ID'),
    clientSecret: setting(twin, 'GENESYS_CLIENT_SECRET'),
    clock: behind.clock,
    timeoutMs: 5000,
  });
  const id = (last: string) => `5f3b0000-0000-4000-8000-0000000000${last}`;
  const agents = agentsOf('site-b');
  return {
    kind: 'genesys-cloud',
    platform,
    twin,
    now: () => clock.now(),
    pass: (ms) => {
      clock.pass(ms);
      twin.advance();
    },
    organisation: '5f3a0000-0000-4000-8000-00000000000a',
    branch: {
      site: id('a1'),
      inbound: { id: id('b1'), name: 'Shelbyville BYOC inbound' },
      route: id('c1'),
      queue: { id: id('d1'), name: 'Shelbyville Front desk' },
      table: '5f3a0000-0000-4000-8000-0000000000e1',
      row: 'site-b',
      shadowFlow: id('f1'),
      managementUnit: id('f2'),
      dids: ['+12175550200'],
      callerId: '+18005550199',
      licences: ['communicate'],
      users: agents.map(({ user }) => user),
      phones: agents.map(({ phone }) => phone),
    },
    large: {
      queue: '5f3a0000-0000-4000-8000-0000000000d2',
      users: agentsOf('site-a').flatMap(({ user, group }) => (group.startsWith('service') ? [user] : [])),
    },
    nobody: '5f3a0000-0000-4000-8000-0000000fffff',
    writes: () => twin.ledger().writes.filter(({ system }) => system === 'genesys'),
    pointDns: () => pointDns(twin, 'siteb.example.com', 'site-b.byoc.usw2.pure.cloud'),
    killTokens: () => behind.stay(TOKEN_LIFE_MS),
    tokensAsked: door.count,
    close: async () => {
      await door.close();
      await twin.close();
    },
  };
}

async function cxoneBench(): Promise<PlatformBench> {
  const clock = new TwinClock();
  const sites = largeCxoneSites();
  const twin = await twinAt(clock, sites.folder);
  const door = await countedDoor(setting(twin, 'CXONE_TOKEN_URL'));
  const behind = clockBehind(clock);
  const platform = createNiceCxone({
    tokenUrl: door.url,
    discoveryUrl: setting(twin, 'CXONE_DISCOVERY_URL'),
    apiUrl: null,
    accessKeyId: setting(twin, 'CXONE_ACCESS_KEY_ID'),
    accessKeySecret: setting(twin, 'CXONE_ACCESS_KEY_SECRET'),
    tenantId: setting(twin, 'CXONE_TENANT_ID'),
    apiVersion: 'v33.0',
    clock: behind.clock,
    timeoutMs: 5000,
  });
  const branch = sites.agents.filter(({ group }) => group === 'returns');
  return {
    kind: 'nice-cxone',
    platform,
    twin,
    now: () => clock.now(),
    pass: (ms) => {
      clock.pass(ms);
      twin.advance();
    },
    organisation: '4597',
    branch: {
      site: '3301',
      inbound: { id: '880102', name: 'Capital City returns line' },
      route: '770103',
      queue: { id: '770102', name: 'Capital City Returns' },
      table: 'cutover-site-d.csv',
      row: 'site-d',
      shadowFlow: '770104',
      managementUnit: 'none',
      dids: ['+13035550140', '+13035550141'],
      callerId: '+18005550188',
      licences: ['12'],
      users: branch.map(({ user }) => user),
      phones: branch.map(({ phone }) => phone),
    },
    large: { queue: '770101', users: sites.agents.flatMap(({ user, group }) => (group === 'orders' ? [user] : [])) },
    nobody: '999999',
    writes: () => twin.ledger().writes.filter(({ system }) => system === 'cxone'),
    pointDns: () => pointDns(twin, 'sited.example.com', 'site-d.voice.example.net'),
    killTokens: () => behind.stay(TOKEN_LIFE_MS),
    tokensAsked: door.count,
    close: async () => {
      await door.close();
      await twin.close();
      sites.remove();
    },
  };
}

/** The adapter's clock, which can be left behind: then a token has died that the adapter holds for good. */
function clockBehind(world: TwinClock) {
  let lag = 0;
  return {
    clock: {
      now: () => world.now() - lag,
      realMsUntil: (at: number) => world.realMsUntil(at + lag),
      sleep: (ms: number) => world.sleep(ms),
    },
    stay: (ms: number) => {
      lag += ms;
      world.pass(ms);
    },
  };
}

/** A way to a server that counts who passes. */
async function countedDoor(url: string) {
  let count = 0;
  const target = new URL(url);
  const server = createServer((asked, answer) => {
    count += asked.method === 'POST' ? 1 : 0;
    const { method, url: path, headers } = asked;
    const onward = forward({ host: target.hostname, port: target.port, method, path, headers }, (back) => {
      answer.writeHead(back.statusCode ?? 502, back.headers);
      back.pipe(answer);
    });
    onward.on('error', () => answer.destroy());
    asked.pipe(onward);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    count: () => count,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Step 6 in short: both words of the record set at the DNS provider. */
async function pointDns(twin: Awaited<ReturnType<typeof twinAt>>, zone: string, gateway: string): Promise<void> {
  const contents = [`10 0 5060 ${gateway}.`, `20 0 5060 sbc.${zone}.`];
  const records = contents.map((content) => ({ content, disabled: false }));
  const rrset = { name: `_sip._tcp.${zone}.`, type: 'SRV', ttl: 300, changetype: 'REPLACE', records };
  const url = `${setting(twin, 'POWERDNS_URL')}/api/v1/servers/localhost/zones/${zone}.`;
  const headers = { 'x-api-key': setting(twin, 'POWERDNS_API_KEY'), 'content-type': 'application/json' };
  const reply = await fetch(url, { method: 'PATCH', headers, body: JSON.stringify({ rrsets: [rrset] }) });
  expect(reply.status).toBe(204);
}
