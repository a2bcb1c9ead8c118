import { readFileSync } from 'node:fs';
import { genesysDesk } from '../sandbox/twin/genesys/desk';
import type { World } from '../sandbox/twin/model/world';
import type { Twin } from '../sandbox/twin/twin';
import { createGenesysCloud, type GenesysCloud } from '../src/adapters/platforms/genesys-cloud';
import type { PlatformInspection } from '../src/ports/platform-inspection';
import { agentsOf, MINUTE, setting, TwinClock, twinAt } from './adapters-platforms-twin-at';
import { type PublishedClient, readPublishedClient } from './support/published-client';
import { type Recorded, type RecordingProxy, recordingProxy } from './support/recording-proxy';

/** Every request that the adapter can send, checked against the vendor's published client. */
const SITE = '5f3a0000-0000-4000-8000-0000000000a1';
const INBOUND = '5f3a0000-0000-4000-8000-0000000000b1';
const ROUTE = '5f3a0000-0000-4000-8000-0000000000c1';
const SALES = '5f3a0000-0000-4000-8000-0000000000d1';
const TABLE = '5f3a0000-0000-4000-8000-0000000000e1';
const SHADOW_FLOW = '5f3a0000-0000-4000-8000-0000000000f1';
const UNIT = '5f3a0000-0000-4000-8000-0000000000f2';

type Methods<Port> = {
  readonly [Name in keyof Port as Port[Name] extends ((...args: never[]) => unknown) | undefined
    ? Name
    : never]-?: () => Promise<unknown>;
};

let clock: TwinClock;
let twin: Twin;
let proxy: RecordingProxy;
let client: PublishedClient;
let cloud: GenesysCloud;
let recorded: readonly Recorded[];
const exercised = new Set<string>();

const cloudOf = (clientId: string): GenesysCloud =>
  createGenesysCloud({
    apiUrl: proxy.url,
    loginUrl: setting(twin, 'GENESYS_LOGIN_URL'),
    clientId,
    clientSecret: setting(twin, 'GENESYS_CLIENT_SECRET'),
    clock,
    timeoutMs: 5000,
  });
const pass = (ms: number): void => {
  clock.pass(ms);
  twin.advance();
};

/** One visit of every method of the port; a method more does not compile until it is here. */
function platformVisits(): Methods<GenesysCloud> {
  const agents = agentsOf('site-a');
  const sales = agents.filter(({ group }) => group.startsWith('sales')).map(({ user }) => user);
  const recently = () => ({ from: clock.now() - 33 * MINUTE, to: clock.now() - 3 * MINUTE });
  const ivr = async () => {
    const reply = await fetch(`${setting(twin, 'GENESYS_API_URL')}/api/v2/architect/ivrs`, await authorised());
    return ((await reply.json()) as { entities: { id: string; dnis: string[] }[] }).entities[0];
  };
  const group = async () => {
    const reply = await fetch(
      `${setting(twin, 'GENESYS_API_URL')}/api/v2/architect/emergencygroups`,
      await authorised(),
    );
    return ((await reply.json()) as { entities: { id: string }[] }).entities[0]?.id ?? '';
  };
  return {
    organisation: () => cloud.organisation(),
    trunk: () => cloud.trunk(INBOUND),
    setTrunk: () => cloud.setTrunk(INBOUND, true),
    outboundRoute: () => cloud.outboundRoute(SITE, ROUTE),
    setOutboundRoute: () => cloud.setOutboundRoute(SITE, ROUTE, true),
    numbers: () => cloud.numbers(SITE, ['+12175550100']),
    callRoute: async () => cloud.callRoute?.((await ivr())?.id ?? '', ['+12175550100']),
    routeNumbers: async () => {
      const { id = '', dnis = [] } = (await ivr()) ?? {};
      await cloud.routeNumbers?.(id, { add: [], remove: dnis });
      return cloud.routeNumbers?.(id, { add: dnis, remove: [] });
    },
    emergencyGroup: async () => cloud.emergencyGroup?.(await group()),
    setEmergencyGroup: async () => {
      await cloud.setEmergencyGroup?.(await group(), true);
      return cloud.setEmergencyGroup?.(await group(), false);
    },
    queue: () => cloud.queue(SALES),
    members: () => cloud.members(SALES),
    setJoined: () => cloud.setJoined(SALES, sales, true),
    allocation: () => cloud.allocation(TABLE, 'site-a'),
    setAllocation: () => cloud.setAllocation(TABLE, 'site-a', { shadowPercent: 50 }),
    licences: () => cloud.licences(sales),
    assignLicences: () => cloud.assignLicences(sales, ['communicate']),
    removeLicences: async () => {
      pass(30 * MINUTE);
      return cloud.removeLicences(sales, ['communicate']);
    },
    registeredPhones: async () => {
      await cloud.registeredPhones(SITE);
      // As if a phone of the site lived in the browser.
      proxy.amend(({ path, answer }) =>
        path.endsWith('/phones') ? { answer: withBrowserPhone(answer as { entities: object[] }) } : null,
      );
      await cloud.registeredPhones(SITE);
      proxy.amend(null);
    },
    restartPhones: () => cloud.restartPhones(agents.slice(0, 101).map(({ phone }) => phone)),
    calls: () => cloud.calls([SALES], recently()),
    flow: () => cloud.flow(SHADOW_FLOW, recently()),
    answeredCalls: async () => cloud.answeredCalls?.([SALES], recently()),
    finishedLegs: async () => cloud.finishedLegs?.(SHADOW_FLOW, recently()),
    scheduledAgents: () => cloud.scheduledAgents(UNIT, { from: clock.now(), to: clock.now() + 60 * MINUTE }),
  };
}

function inspectionVisits(): Methods<PlatformInspection> {
  const { inspection } = cloud;
  return {
    permissions: async () => {
      await inspection.permissions();
      // A client that may not look at itself tries right by right.
      await cloudOf('admin-console').inspection.permissions();
    },
    entitlements: () => inspection.entitlements(),
    licenceStock: () => inspection.licenceStock(['communicate']),
    callAllowance: async () => {
      await inspection.callAllowance();
      proxy.amend(() => ({ without: 'inin-ratelimit-allowed' }));
      await inspection.callAllowance();
      proxy.amend(null);
    },
    clockSkewMs: () => inspection.clockSkewMs(),
    availableAgents: () => inspection.availableAgents(SALES),
    changes: () => inspection.changes([INBOUND, SALES], { from: clock.now() - 60 * MINUTE, to: clock.now() }),
  };
}

async function authorised(): Promise<RequestInit> {
  const basic = Buffer.from(`client-1:${setting(twin, 'GENESYS_CLIENT_SECRET')}`).toString('base64');
  const reply = await fetch(`${setting(twin, 'GENESYS_LOGIN_URL')}/oauth/token`, {
    method: 'POST',
    headers: { authorization: `Basic ${basic}`, 'content-type': 'application/x-www-form-urlencoded' },
    body: 'grant_type=client_credentials',
  });
  const { access_token } = (await reply.json()) as { access_token: string };
  return { headers: { authorization: `Bearer ${access_token}` } };
}

function withBrowserPhone({ entities, ...rest }: { entities: object[] }): object {
  return { ...rest, entities: entities.map((phone, i) => (i === 0 ? { ...phone, webRtcUser: { id: 'u' } } : phone)) };
}

beforeAll(async () => {
  client = readPublishedClient();
  clock = new TwinClock();
  twin = await twinAt(clock);
  proxy = await recordingProxy(setting(twin, 'GENESYS_API_URL'));
  cloud = cloudOf('client-1');
  pass(60 * MINUTE);
  for (const [of, visits] of [
    ['platform', platformVisits()],
    ['inspection', inspectionVisits()],
  ] as const) {
    for (const [name, visit] of Object.entries(visits) as [string, () => Promise<unknown>][]) {
      const before = proxy.recorded.length;
      await visit();
      if (proxy.recorded.length > before) exercised.add(`${of}.${name}`);
    }
  }
  recorded = [...proxy.recorded];
}, 120_000);
afterAll(async () => {
  await proxy.close();
  await twin.close();
});

const named = (one: Recorded): string => `${one.method} ${one.path}`;
const operationOf = (one: Recorded) => client.operationFor(one.method, one.path);
const distinct = (problems: readonly string[]): readonly string[] => [...new Set(problems)].sort();

it('the published client was read: more than a thousand operations, with their bodies and answers', () => {
  expect(client.operations.length).toBeGreaterThan(1000);
  expect(client.operationFor('PATCH', '/api/v2/routing/queues/q/members')).toMatchObject({
    body: 'Array<Models.QueueMember>',
    bodyRequired: true,
    answer: 'Models.QueueMemberEntityListing',
  });
  expect(client.operationFor('GET', '/api/v2/telephony/providers/edges/trunks/metrics')?.query).toEqual(['trunkIds']);
});

it.each([
  ['an invented field', { name: 'x', emergency: true }, ['.emergency: not a field of Models.EmergencyGroup']],
  ['a wrong type', { name: 'x', version: '3' }, ['.version: string in place of number']],
  ['a missing field', { enabled: true }, ['.name: missing']],
  [
    'a wrong type deep inside',
    { name: 'x', emergencyCallFlows: [{ ivrs: [{ id: 7 }] }] },
    ['.emergencyCallFlows[0].ivrs[0].id: number in place of string'],
  ],
])('the check sees %s', (_, body, found) => {
  expect(client.misfits('Models.EmergencyGroup', body, true)).toEqual(found);
});

it('every method of the port and of its inspection has sent something', () => {
  const isMethod = (port: object) =>
    Object.entries(port).flatMap(([name, value]) => (typeof value === 'function' ? [name] : []));
  const all = [
    ...isMethod(cloud).map((name) => `platform.${name}`),
    ...isMethod(cloud.inspection).map((name) => `inspection.${name}`),
  ];
  expect([...exercised].sort()).toEqual(all.sort());
});

it('every request is one that the published client can send: path, method, query, body', () => {
  const problems = recorded.flatMap((one) => {
    const operation = operationOf(one);
    if (!operation) return [`${named(one)}: not published`];
    const query = one.query
      .filter((name) => !operation.query.includes(name))
      .map((name) => `query ${name} is not published`);
    const body =
      one.body === undefined
        ? operation.bodyRequired
          ? ['no body']
          : []
        : operation.body === null
          ? ['a body where none is published']
          : client.misfits(operation.body, one.body, true);
    return [...query, ...body].map((problem) => `${operation.name}: ${problem}`);
  });
  expect(distinct(problems)).toEqual([]);
  const operations = new Set(recorded.map((one) => operationOf(one)?.name));
  process.stdout.write(
    `Genesys Cloud: ${recorded.length} requests of ${exercised.size} methods checked against purecloud-platform-client-v2, ${operations.size} distinct operations\n`,
  );
  expect(operations.size).toBeGreaterThanOrEqual(30);
});

it('every answer of the twin has the published fields and no others', () => {
  const answered = recorded.filter(({ status, answer }) => status < 300 && answer !== undefined);
  const problems = answered.flatMap((one) => {
    const operation = operationOf(one);
    if (!operation || operation.answer === 'void') return [];
    return client
      .misfits(operation.answer, one.answer, false)
      .map((problem) => `${operation.name}: ${problem.replace(/\[\d+\]/g, '[]')}`);
  });
  expect(distinct(problems)).toEqual([]);
  process.stdout.write(`Genesys Cloud: ${answered.length} answers of the twin checked against the published models\n`);
});

it('the twin has no path that is not published', () => {
  const bare = { sites: [], tables: new Map(), faults: { onChange: () => undefined } } as unknown as World;
  const routes = Object.keys(genesysDesk({ world: bare } as unknown as Parameters<typeof genesysDesk>[0]).routes);
  const strange = routes.filter((route) => {
    const [method = '', path = ''] = route.split(' ');
    return client.operationFor(method, path) === null;
  });
  expect(strange).toEqual([]);
  expect(routes.length).toBeGreaterThan(50);
});

it('the token is asked for as the published client does', () => {
  const source = readFileSync(
    require.resolve('purecloud-platform-client-v2/src/purecloud-platform-client-v2/ApiClient.js'),
    'utf8',
  );
  for (const part of ['/oauth/token', 'grant_type', 'client_credentials', "'Basic '"]) expect(source).toContain(part);
});
