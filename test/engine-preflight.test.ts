/** The look at every system in a world in memory: what is read, what a dead system hides, and what each finding is worth. */
import { DEFAULT_LIMITS } from '../src/core/limits';
import type { PreflightLine } from '../src/core/preflight';
import type { Site } from '../src/core/site';
import { preflightLines } from '../src/engine/preflight';
import { boundedLine, LONGEST_LINE_TEXT } from '../src/engine/preflight-bounds';
import { Fault } from '../src/ports/fault';
import type { SiteWorld } from '../src/ports/world';
import { HOUR, MINUTE, sha256, siteOf, T0 } from './support/core-waves';
import { createMemoryWorld, type MemoryWorld, steppedSite } from './support/memory-world';

const SITE = steppedSite({
  platform: { ...siteOf().platform, managementUnit: 'unit-1' },
  probes: ['branch'],
  carrier: { kind: 'twilio', trunk: 'TK1', legacy: 'OU1', target: 'OU2' },
});
const TARGETS = [
  { id: 'OU1', uri: 'sip:sbc.t.example.com', enabled: true, priority: 10, weight: 1 },
  { id: 'OU2', uri: 'sip:new.example.net', enabled: false, priority: 20, weight: 1 },
];

/** The world with parts of it replaced; whatever is not named is as the memory has it. */
type Parts = { readonly [Part in keyof SiteWorld]?: Partial<SiteWorld[Part]> | SiteWorld[Part] };

function worldOf(memory: MemoryWorld, parts: Parts = {}): SiteWorld {
  const base: SiteWorld = {
    ...memory.world,
    // Patience takes time: without it a system that stays busy would be asked for ever.
    clock: { ...memory.world.clock, sleep: async (ms) => memory.pass(ms) },
    platform: memory.world.platform,
    inspection: memory.world.inspection,
    crm: memory.world.crm,
    carrier: { name: 'carrier', targets: async () => TARGETS, setTarget: async () => false },
  };
  const merged = Object.fromEntries(
    Object.entries(base).map(([name, part]) => {
      const own = parts[name as keyof SiteWorld];
      if (own === undefined) return [name, part];
      return [name, typeof own === 'function' ? own : { ...(part as object), ...(own as object) }];
    }),
  );
  return merged as unknown as SiteWorld;
}

const look = (parts: Parts = {}, site: Site = SITE, memory = createMemoryWorld(site)) =>
  preflightLines(worldOf(memory, parts), site, DEFAULT_LIMITS);
const byState = (lines: readonly PreflightLine[], state: PreflightLine['state']) =>
  lines.filter((line) => line.state === state).map(({ id }) => id);
const dead = (system: string) => async (): Promise<never> => {
  throw new Fault(`${system} is down.`, { system, transient: false });
};
const all = (names: readonly string[], fail: () => Promise<never>) =>
  Object.fromEntries(names.map((name) => [name, fail]));

describe('a world in which nothing is missing', () => {
  test('gives no red line, and a line of every system', async () => {
    const lines = await look();
    expect(byState(lines, 'red')).toEqual([]);
    expect([...new Set(lines.map(({ system }) => system))]).toEqual([
      'Redis',
      'Slack',
      'Site file',
      'Programme',
      'Genesys Cloud',
      'DNS',
      'Resolvers',
      'Gateways',
      'Carrier',
      'Legacy',
      'CRM',
    ]);
  });

  test('gives each line a name of its own that can be typed, and a mend to all that is not green', async () => {
    const lines = await look();
    expect(new Set(lines.map(({ id }) => id)).size).toBe(lines.length);
    for (const { id, state, mend } of lines) {
      expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(mend === '').toBe(state === 'green');
    }
  });

  test('gives trunks of one name lines of their own, also where another is named like their number', async () => {
    const [trunk] = SITE.platform.inboundTrunks;
    const named = (...names: readonly string[]) =>
      names.map((name) => ({ ...(trunk as NonNullable<typeof trunk>), name }));
    const inboundTrunks = named('edge', 'edge', 'edge 2', 'edge');
    const lines = await look({}, { ...SITE, platform: { ...SITE.platform, inboundTrunks } });
    expect(lines.map(({ id }) => id).filter((id) => id.startsWith('trunk-edge'))).toEqual([
      'trunk-edge',
      'trunk-edge-3',
      'trunk-edge-2',
      'trunk-edge-4',
    ]);
    expect(new Set(lines.map(({ id }) => id)).size).toBe(lines.length);
  });

  test('reads the same a moment later: a waiver holds for what was found', async () => {
    const memory = createMemoryWorld(SITE);
    const first = await look({}, SITE, memory);
    memory.pass(7 * MINUTE + 3);
    expect(await look({}, SITE, memory)).toEqual(first);
  });

  test('writes nothing', async () => {
    const memory = createMemoryWorld(SITE);
    await look({}, SITE, memory);
    expect(memory.writes).toEqual([]);
  });
});

describe('a long finding', () => {
  const legacy = async (count: number, first = 0) => {
    const trunk = await createMemoryWorld(SITE).world.legacy.trunk(SITE.legacy.trunks[0] ?? '');
    const dids = Array.from(
      { length: count },
      (_, i) => `+49301${String(10_000_000 + i + (i === count - 1 ? first : 0))}`,
    );
    const lines = await look({ legacy: { trunk: async () => ({ ...trunk, dids }) } });
    return lines.find(({ id }) => id === 'legacy-dids')?.found ?? '';
  };

  test('is cut, says how much is missing, and stays another one than what only begins alike', async () => {
    const [found, again, other] = [await legacy(10_000), await legacy(10_000), await legacy(10_000, 7)];
    expect(found).toMatch(/^\+4930110000000, .* \[\d+ more characters, all of it [0-9a-f]{12}\]$/);
    expect(found.length).toBeLessThanOrEqual(LONGEST_LINE_TEXT);
    expect(again).toBe(found);
    expect(other).not.toBe(found);
    expect(other.slice(0, 900)).toBe(found.slice(0, 900));
  });

  test('is kept as it is up to the limit, and cut one character past it, in no half of a character', () => {
    const line = { id: 'x', system: 's', what: 'w', wanted: 'n', state: 'red', mend: 'm', waivable: true } as const;
    const found = 'x'.repeat(LONGEST_LINE_TEXT);
    expect(boundedLine(sha256, { ...line, found })).toEqual({ ...line, found });
    for (const long of [`${found}x`, `${'\u{1f4de}'.repeat(600)}x`, `x${'\u{1f4de}'.repeat(600)}`]) {
      const cut = boundedLine(sha256, { ...line, found: long, wanted: long, what: long, mend: long });
      expect(cut).toMatchObject({ wanted: cut.found, what: cut.found, mend: cut.found });
      expect(cut.found.length).toBeLessThanOrEqual(LONGEST_LINE_TEXT);
      expect(() => encodeURIComponent(cut.found)).not.toThrow();
      const [, more] = /\[(\d+) more/.exec(cut.found) ?? [];
      expect(cut.found.indexOf(' [') + Number(more)).toBe(long.length);
    }
  });
});

describe('one dead system', () => {
  const platform = [
    'organisation',
    'trunk',
    'outboundRoute',
    'numbers',
    'members',
    'allocation',
    'licences',
    'scheduledAgents',
  ];
  const inspection = ['permissions', 'entitlements', 'licenceStock', 'callAllowance', 'clockSkewMs'];
  const rows: readonly (readonly [string, () => Parts, readonly string[]])[] = [
    ['Redis', () => ({ home: { store: dead('Redis') } }), ['redis-reachable']],
    ['Programme', () => ({ home: { inFlight: dead('Redis') } }), ['sites-in-flight']],
    ['Slack', () => ({ home: all(['workspace', 'channel', 'groupSize'], dead('Slack')) }), ['slack-token']],
    [
      'Genesys Cloud',
      () => ({ platform: all(platform, dead('It')), inspection: all(inspection, dead('It')) }),
      ['genesys-organisation'],
    ],
    ['Legacy', () => ({ legacy: all(['trunk', 'queue'], dead('Legacy')) }), ['legacy-trunks']],
    ['CRM', () => ({ crm: { entry: dead('The CRM') } }), ['crm-entry']],
    ['Carrier', () => ({ carrier: { targets: dead('The carrier') } }), ['carrier-targets']],
    [
      'DNS',
      () => ({
        dns: () => {
          throw new Fault('DNS is not configured.', { system: 'settings', transient: false });
        },
      }),
      ['dns-provider'],
    ],
    [
      'Gateways',
      () => ({ sip: { options: async () => ({ kind: 'silent', detail: 'no answer', elapsedMs: 3000 }) } }),
      ['probe-branch-target', 'probe-branch-legacy'],
    ],
  ];

  test.each(rows)('%s gives exactly its own red lines and hides no other system', async (system, parts, red) => {
    const whole = await look();
    const lines = await look(parts());
    expect(byState(lines, 'red')).toEqual(red);
    expect(lines.filter((line) => line.system !== system)).toEqual(whole.filter((line) => line.system !== system));
    for (const line of lines.filter(({ state }) => state === 'red')) expect(line.mend).toMatch(/\w{3,}.*\.$/);
  });

  test('of the resolvers is red alone, and what the provider holds is still judged', async () => {
    const memory = createMemoryWorld(SITE);
    memory.answers.set('dc', 'silent');
    const lines = await look({}, SITE, memory);
    expect(byState(lines, 'red')).toEqual(['resolver-dc']);
    expect(lines.find(({ id }) => id === 'dns-provider')?.state).toBe('green');
  });

  test('that never answers is a red line within its time', async () => {
    const memory = createMemoryWorld(SITE);
    const world = worldOf(memory, { crm: { entry: () => new Promise(() => undefined) } });
    const lines = await preflightLines(world, SITE, DEFAULT_LIMITS, { answerMs: 40 });
    expect(byState(lines, 'red')).toEqual(['crm-entry']);
    expect(lines.find(({ id }) => id === 'crm-entry')?.found).toBe('No answer within 0 s.');
  });

  test('that is busy is asked again before it is a line', async () => {
    let asked = 0;
    const entry = async () => {
      asked += 1;
      if (asked < 3) throw new Fault('The CRM answered 503.', { system: 'CRM', transient: true });
      return { entry: 'site-t', platform: 'both' };
    };
    expect(byState(await look({ crm: { entry } }), 'red')).toEqual([]);
    expect(asked).toBe(3);
  });

  test('does not hide a mistake of our own behind a line', async () => {
    const broken = async (): Promise<never> => {
      throw new TypeError('a slip');
    };
    await expect(look({ crm: { entry: broken } })).rejects.toThrow('a slip');
  });

  test('is told of as soon as it has been read', async () => {
    const heard: string[] = [];
    await preflightLines(worldOf(createMemoryWorld(SITE)), SITE, DEFAULT_LIMITS, {
      onSystem: (system) => heard.push(system),
    });
    expect(heard).toHaveLength(11);
  });
});

interface Wanted {
  readonly state: PreflightLine['state'];
  readonly waivable?: boolean;
  readonly found?: RegExp;
}
const findings = (id: string, parts: Parts, wanted: Wanted, memory?: (memory: MemoryWorld) => void, site = SITE) =>
  [id, parts, wanted, memory, site] as const;
const held = (more: object) => ({ home: { store: async () => ({ ...STORE, ...more }) } });
const STORE = {
  policy: 'noeviction',
  appendOnly: true,
  failsOver: false,
  replicasWanted: 0,
  replicas: null,
  clockSkewMs: 0,
};
const other = (site: string, armed = true) => ({ wave: `${site}-wave-1`, own: false, startedAt: T0, armed });
const OWN = { wave: 'own-wave-1', own: true, startedAt: T0, armed: false };
const flying = (most: number, waves: readonly (typeof OWN)[]) => ({
  home: { inFlight: async () => ({ most, waves }) },
});
/** Undefined: how it ended was not kept; null: there was none. */
const newest = (status: string | null | undefined) => ({
  home: { newestWave: async () => (status === null ? null : { wave: 'b-wave-2', status: status ?? null }) },
});
const right = (granted: boolean | null, more: object = {}) => ({
  inspection: {
    permissions: async () => [
      { permission: 'routing:queue:edit', neededFor: 'queues', granted, evidence: 'asked', ...more },
    ],
  },
});
const stock = (owned: number | null, assigned: number | null) => ({
  inspection: { licenceStock: async () => [{ licence: 'communicate', owned, assigned }] },
});
const skew = (...answers: readonly (number | null)[]) => {
  const left = [...answers];
  return { inspection: { clockSkewMs: async () => left.shift() ?? answers.at(-1) ?? null } };
};
const inWindow = (opens: number, closes: number): Site => ({
  ...SITE,
  window: { opens: T0 + opens, closes: T0 + closes },
});
const sip = (status: number) => ({
  sip: {
    options: async () => ({ kind: 'answered' as const, status, reason: 'X', retryAfterSeconds: null, elapsedMs: 3 }),
  },
});

test.each([
  findings('redis-eviction', held({ policy: 'allkeys-lru' }), { state: 'red', waivable: false }),
  findings('redis-eviction', held({ policy: null }), { state: 'unknown' }),
  findings('redis-durable', held({ appendOnly: false }), { state: 'red', waivable: true }),
  findings('redis-durable', held({ appendOnly: null }), { state: 'unknown' }),
  findings('redis-replicas', held({ replicasWanted: 1, replicas: 0 }), { state: 'red', waivable: false }),
  findings('redis-replicas', held({ replicasWanted: 1, replicas: 1 }), { state: 'green' }),
  findings('redis-replicas', held({ failsOver: true, replicas: 2 }), { state: 'amber' }),
  findings('redis-replicas', held({ failsOver: true, replicasWanted: 1, replicas: 1 }), { state: 'green' }),
  findings('clock-redis', held({ clockSkewMs: 5_001 }), { state: 'amber' }),
  findings('clock-redis', held({ clockSkewMs: -30_001 }), { state: 'red', found: /30 s behind/ }),
  findings(
    'slack-channel',
    { home: { channel: async () => ({ channel: 'C1', member: false, detail: 'not in it' }) } },
    { state: 'red', waivable: false },
  ),
  findings(
    'slack-group-s0approvers',
    { home: { groupSize: async () => null } },
    { state: 'red', found: /no such group/ },
  ),
  findings('slack-group-s0approvers', { home: { groupSize: async () => 0 } }, { state: 'red', found: /nobody/ }),
  findings(
    'genesys-organisation',
    { platform: { organisation: async () => ({ id: 'other', name: 'Elsewhere' }) } },
    { state: 'red', waivable: false, found: /Elsewhere \(other\)/ },
  ),
  findings('sites-in-flight', flying(2, [other('b')]), { state: 'green', found: /^2 \(b-wave-1\)$/ }),
  findings('sites-in-flight', flying(2, [other('b'), other('c')]), {
    state: 'red',
    waivable: true,
    found: /^3 \(b-wave-1, c-wave-1\)$/,
  }),
  findings('sites-in-flight', flying(1, [OWN, other('b', false)]), { state: 'green', found: /^1$/ }),
  findings('sites-in-flight', flying(1, [other('b', false), OWN]), { state: 'red' }),
  findings('sites-in-flight', flying(1, [OWN, other('b')]), { state: 'red' }),
  findings('sites-in-flight', flying(1, [other('b', false)]), { state: 'red' }),
  findings(
    'sites-in-flight',
    flying(
      9,
      'bcdefghi'.split('').map((name) => other(name)),
    ),
    {
      state: 'green',
      found: /^9 \(b-wave-1, .*f-wave-1 and 3 more\)$/,
    },
  ),
  ...(
    [
      [null, 'red', /none yet/],
      ['running', 'red', /b-wave-2: running/],
      ['rolled-back', 'red', /rolled back/],
      [undefined, 'red', /not kept/],
      ['completed', 'green', /b-wave-2: completed/],
    ] as const
  ).map(([status, state, found]) =>
    findings('after-b', newest(status), { state, waivable: true, found }, undefined, { ...SITE, after: ['b'] }),
  ),
  findings('genesys-permission-routing-queue-edit', right(false), { state: 'red', waivable: true }),
  findings('genesys-permission-routing-queue-edit', right(null), { state: 'unknown' }),
  findings('genesys-permission-routing-queue-edit', right(true), { state: 'green' }),
  findings('genesys-permission-routing-queue-edit', right(false, { optional: true }), { state: 'amber' }),
  findings('genesys-permissions', { inspection: { permissions: dead('It') } }, { state: 'red' }),
  findings(
    'genesys-product-wfm',
    { inspection: { entitlements: async () => [{ name: 'WFM', present: false }] } },
    { state: 'red' },
  ),
  findings(
    'genesys-product-wfm',
    { inspection: { entitlements: async () => [{ name: 'WFM', present: null }] } },
    { state: 'unknown' },
  ),
  findings('licences-communicate', stock(1000, 961), {
    state: 'red',
    waivable: false,
    found: /40 agents without it, 39 free/,
  }),
  findings('licences-communicate', stock(1000, 960), { state: 'green' }),
  findings('licences-communicate', stock(39, null), { state: 'red', waivable: false }),
  findings('licences-communicate', stock(null, 5), { state: 'unknown', found: /not shown/ }),
  findings(
    'genesys-rate',
    { inspection: { callAllowance: async () => ({ allowed: 244, used: 0, ours: 245 }) } },
    { state: 'red' },
  ),
  findings(
    'genesys-rate',
    { inspection: { callAllowance: async () => ({ allowed: 245, used: 0, ours: 245 }) } },
    { state: 'green' },
  ),
  findings('genesys-rate', { inspection: { callAllowance: dead('It') } }, { state: 'unknown' }),
  findings('genesys-clock', skew(60_000), { state: 'red' }),
  findings('genesys-clock', skew(60_000, 40_000, 900), { state: 'green' }),
  findings('genesys-clock', skew(null), { state: 'unknown' }),
  findings('trunk-inbound', {}, { state: 'red', waivable: false }, (memory) => setOn(memory, 'trunk-in')),
  findings(
    'parity-codecs-inbound',
    {
      platform: {
        trunk: async (id: string) => ({
          id,
          name: id,
          enabled: false,
          inService: false,
          health: '',
          codecs: ['audio/opus'],
          maxConcurrentSessions: 30,
          liveCalls: 0,
        }),
      },
    },
    { state: 'red', waivable: true },
  ),
  findings(
    'parity-dids',
    {},
    { state: 'red' },
    (memory) => void Object.assign(memory, { numbers: { ...memory.numbers, dids: [] } }),
  ),
  findings(
    'parity-caller-id',
    {},
    { state: 'red' },
    (memory) => void Object.assign(memory, { numbers: { ...memory.numbers, callerId: null } }),
  ),
  findings(
    'queue-sales',
    {},
    { state: 'red', found: /39 of 40 .*missing: agent-1$/ },
    (memory) => void memory.members.get('queue-sales')?.delete('user-1'),
  ),
  findings(
    'queue-sales',
    {},
    { state: 'red', found: /1 member not on the roster: user-x/ },
    (memory) => void memory.members.get('queue-sales')?.set('user-x', false),
  ),
  findings(
    'queue-sales-joined',
    {},
    { state: 'red' },
    (memory) => void memory.members.get('queue-sales')?.set('user-1', true),
  ),
  findings('mapping-groups', {}, { state: 'red', found: /service/ }, undefined, {
    ...SITE,
    platform: { ...SITE.platform, queues: [{ name: 'Sales', queue: 'queue-sales', groups: ['sales'] }] },
  }),
  findings('allocation', {}, { state: 'red' }, (memory) => void Object.assign(memory.shares, { allocationPercent: 1 })),
  findings('schedule', {}, { state: 'amber' }, (memory) => void Object.assign(memory, { scheduled: null })),
  findings(
    'schedule-sales',
    {},
    { state: 'red', found: /35 of 40/ },
    (memory) => void Object.assign(memory, { scheduled: new Set(memory.site.agents.slice(5).map(({ user }) => user)) }),
  ),
  findings(
    'schedule-sales',
    {},
    { state: 'green', found: /36 of 40/ },
    (memory) => void Object.assign(memory, { scheduled: new Set(memory.site.agents.slice(4).map(({ user }) => user)) }),
  ),
  findings('record-missing-sip-tcp-t-example-com-srv', {}, { state: 'red', waivable: false }, (memory) =>
    memory.records.clear(),
  ),
  findings(
    'resolver-google',
    {},
    { state: 'red', found: /SERVFAIL/ },
    (memory) => void memory.answers.set('google', { rcode: 'SERVFAIL', values: [] }),
  ),
  findings('resolver-locations', {}, { state: 'red', waivable: false }, undefined, {
    ...SITE,
    resolvers: SITE.resolvers.slice(0, 2),
  }),
  findings('gateway-target', sip(403), { state: 'amber' }),
  findings('probe-branch-target', sip(403), { state: 'red', found: /403/ }),
  findings('gateway-target', sip(503), { state: 'red' }, undefined, { ...SITE, probes: [] }),
  findings(
    'legacy-trunk-legacy-in',
    {},
    { state: 'red', waivable: false, found: /standby/ },
    (memory) => void Object.assign(memory.legacyTrunks.get('legacy-in') ?? {}, { mode: 'standby' }),
  ),
  findings(
    'legacy-queue-legacy-sales',
    {},
    { state: 'red' },
    (memory) => void Object.assign(memory.legacyQueues.get('legacy-sales') ?? {}, { enabled: false }),
  ),
  findings(
    'legacy-codecs-legacy-in',
    {},
    { state: 'red' },
    (memory) =>
      void Object.assign(memory.legacyTrunks.get('legacy-in') ?? {}, { codecs: ['audio/pcmu', 'audio/g722'] }),
  ),
  findings('crm-entry', {}, { state: 'red' }, (memory) => void Object.assign(memory, { crmPlatform: 'genesys-cloud' })),
  findings(
    'carrier-targets',
    { carrier: { targets: async () => TARGETS.slice(1) } },
    { state: 'red', waivable: false, found: /legacy missing/ },
  ),
  findings('endpoint-retry', {}, { state: 'red' }, undefined, {
    ...SITE,
    endpoints: { retrySeconds: 29, registersPerSecond: 10 },
  }),
  findings('inbound-path', {}, { state: 'red', waivable: false }, undefined, {
    ...SITE,
    dns: {
      ...SITE.dns,
      records: SITE.dns.records.map((record) => ({ ...record, target: ['10 0 5060 new.example.net'] })),
    },
  }),
  findings('ttl-lead', {}, { state: 'green' }, undefined, inWindow(72 * HOUR, 80 * HOUR)),
  findings('ttl-lead', {}, { state: 'amber' }, undefined, inWindow(72 * HOUR - 1, 80 * HOUR)),
  findings('ttl-lead', {}, { state: 'red', waivable: false }, undefined, inWindow(60 * HOUR, 72 * HOUR)),
])('the line %s', async (id, parts, wanted, change, site) => {
  const memory = createMemoryWorld(site);
  change?.(memory);
  const line = (await look(parts, site, memory)).find((each) => each.id === id);
  expect(line).toMatchObject({
    state: wanted.state,
    ...(wanted.waivable === undefined ? {} : { waivable: wanted.waivable }),
    ...(wanted.found === undefined ? {} : { found: expect.stringMatching(wanted.found) }),
  });
});

test('workforce management is asked for only where the site names a management unit', async () => {
  const entitlements = async () => [
    { name: 'Workforce management', present: false },
    { name: 'Telephony', present: true },
  ];
  const plain = steppedSite();
  const ids = (lines: readonly PreflightLine[]) => lines.map(({ id }) => id);
  expect(ids(await look({ inspection: { entitlements } }))).toContain('genesys-product-workforce-management');
  expect(ids(await look({ inspection: { entitlements } }, plain))).not.toContain(
    'genesys-product-workforce-management',
  );
  expect(ids(await look({}, plain)).filter((id) => id.startsWith('schedule'))).toEqual([]);
});

test('on NICE CXone, which shows no trunks, only the switch itself is compared', async () => {
  const site: Site = { ...SITE, platform: { ...SITE.platform, kind: 'nice-cxone' } };
  const capabilities = {
    inboundSwitch: 'point of contact' as const,
    showsTrunks: false,
    restartsPhones: false,
    assignsLicences: false,
    showsSchedules: false,
  };
  const numbers = async () => ({ dids: SITE.mirror.dids, callerId: null });
  const lines = await look({ platform: { capabilities: capabilities as never, numbers } }, site);
  expect(lines.find(({ id }) => id === 'parity-caller-id')).toMatchObject({ state: 'unknown' });
  expect(lines.find(({ id }) => id === 'trunk-inbound')).toMatchObject({ what: 'point of contact Inbound' });
  expect(lines.some(({ id }) => id.startsWith('parity-codecs'))).toBe(false);
  expect(lines.some(({ id }) => id === 'cxone-organisation')).toBe(true);
});

function setOn(memory: MemoryWorld, trunk: string): void {
  Object.assign(memory.trunks.get(trunk) ?? {}, { enabled: true });
}
