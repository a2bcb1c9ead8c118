import { buildPlan, gateHash } from '../src/core/build-plan';
import type { Observed } from '../src/core/observed';
import type { Recipe } from '../src/core/recipe';
import type { Site } from '../src/core/site';
import { STEP_KINDS, type StepKind } from '../src/core/step-kinds';
import {
  literalRecipe,
  MINUTE,
  observedOf,
  planOf,
  recipeOf,
  STANDARD_GATES,
  sha256,
  siteOf,
} from './support/core-waves';

const STANDARD = STEP_KINDS.filter((kind) => kind !== 'http');
const without = (...left: readonly StepKind[]) => STANDARD.filter((kind) => !left.includes(kind));

function faultsOf(given: { site?: Site; recipe?: Recipe; observed?: Observed }): readonly string[] {
  const result = buildPlan({
    site: given.site ?? siteOf(),
    recipe: given.recipe ?? recipeOf(),
    observed: given.observed ?? observedOf(),
    waveNumber: 1,
    digest: sha256,
  });
  return result.kind === 'unplannable' ? result.faults : [];
}

const record = siteOf().dns.records[0] as Site['dns']['records'][number];
const withTarget = (...target: readonly string[]): Site =>
  siteOf({ dns: { ...siteOf().dns, records: [{ ...record, target }] } });

describe('a plan', () => {
  test('is made of the standard recipe', () => expect(faultsOf({})).toEqual([]));

  test.each(['enable-failover', 'restore-ttl'] as const)('may leave out %s', (kind) => {
    expect(faultsOf({ recipe: recipeOf(without(kind)) })).toEqual([]);
  });

  test.each(without('enable-failover', 'restore-ttl'))('is refused without %s, with the reason', (kind) => {
    expect(faultsOf({ recipe: recipeOf(without(kind)) })).toContainEqual(
      expect.stringMatching(new RegExp(`^step "${kind}" is missing: .{10,}`)),
    );
  });

  test.each(STANDARD.slice(1).map((kind, i) => [STANDARD[i] as StepKind, kind]))(
    'is refused when %s and %s change places',
    (one, other) => {
      const kinds = STANDARD.map((kind) => (kind === one ? other : kind === other ? one : kind));
      expect(faultsOf({ recipe: recipeOf(kinds) })).toContain(
        `step "${one}" stands after "${other}" but has to run before it`,
      );
    },
  );

  test('is refused when a step stands there twice', () => {
    const faults = faultsOf({ recipe: recipeOf([...without('restore-ttl'), 'restore-ttl', 'restore-ttl']) });
    expect(faults).toContain('step "restore-ttl" stands there twice');
    expect(faults).toContain('the id "restore-ttl" stands at more than one step; every step needs its own');
  });

  test('is refused when two steps share an id, in a wave document too', () => {
    const steps = literalRecipe([false, false]).steps.map((step) => ({ ...step, id: 'same' }));
    expect(faultsOf({ recipe: { ...literalRecipe([]), steps } })).toEqual([
      'the id "same" stands at more than one step; every step needs its own',
    ]);
    const named = recipeOf().steps.map((step, i) => (i < 2 ? { ...step, id: 'same' } : step));
    expect(faultsOf({ recipe: { ...recipeOf(), steps: named } })).toHaveLength(1);
  });

  test('is refused when DNS and trunks change without a gate between them', () => {
    const gates = STANDARD_GATES.filter((kind) => kind !== 'drain-legacy');
    expect(faultsOf({ recipe: recipeOf(STANDARD, gates) })).toEqual([
      'DNS ("switch-dns") and trunks ("drain-legacy") change without a gate between them',
    ]);
    expect(faultsOf({ recipe: recipeOf(STANDARD, [...gates, 'confirm-propagation']) })).toEqual([]);
    expect(faultsOf({ recipe: recipeOf(STANDARD, [...gates, 'activate-inbound']) })).toHaveLength(2);
  });

  test.each([
    ['switch-dns', /always stands behind a gate/],
    ['retire-legacy', /last cheap return/],
    ['shift-queues', /always stands behind a gate/],
  ] as const)('is refused without a gate at %s', (kind, sentence) => {
    const gates = STANDARD_GATES.filter((other) => other !== kind);
    expect(faultsOf({ recipe: recipeOf(STANDARD, gates) })).toEqual([expect.stringMatching(sentence)]);
  });

  test('is refused with a gate between the two trunks, where callers would stand outside', () => {
    expect(faultsOf({ recipe: recipeOf(STANDARD, [...STANDARD_GATES, 'activate-inbound']) })).toEqual([
      expect.stringMatching(/leave callers outside/),
    ]);
  });

  test('is refused when a limit is loosened, with what was asked and what is standard', () => {
    expect(
      faultsOf({
        recipe: recipeOf(STANDARD, STANDARD_GATES, { limits: { observeMs: 29 * MINUTE, failurePercent: 2.1 } }),
      }),
    ).toEqual([
      'limit "observeMs" may be tightened, not loosened: 1740000 was asked for, the standard is 1800000',
      'limit "failurePercent" may be tightened, not loosened: 2.1 was asked for, the standard is 2',
    ]);
  });

  test.each([
    ['no fallback at all', withTarget('10 0 5060 new.example.net'), /needs the legacy gateway sbc\.t\.example\.com/],
    [
      'a fallback of the same priority',
      withTarget('10 0 5060 new.example.net', '10 0 5060 sbc.t.example.com'),
      /higher priority number/,
    ],
    [
      'a fallback that goes first',
      withTarget('10 0 5060 new.example.net', '5 0 5060 sbc.t.example.com'),
      /higher priority number/,
    ],
    ['no new gateway', withTarget('20 0 5060 sbc.t.example.com'), /does not hold the new gateway new\.example\.net/],
  ])('is refused when an SRV record has %s: the site would have no inbound path', (_, site, sentence) => {
    expect(faultsOf({ site })).toEqual([expect.stringMatching(sentence)]);
  });

  test('takes a fallback of one priority more, and other records without one', () => {
    expect(faultsOf({ site: withTarget('10 0 5060 new.example.net', '11 0 5060 sbc.t.example.com') })).toEqual([]);
    const cname = { ...record, type: 'CNAME' as const, target: ['new.example.net'] };
    expect(faultsOf({ site: siteOf({ dns: { ...siteOf().dns, records: [cname] } }) })).toEqual([]);
  });

  test('is refused for a site without agents', () =>
    expect(faultsOf({ site: siteOf({}, 0) })).toEqual(['the site has no agents']));

  test('is refused when literal steps are mixed with built-in ones, and when there is no step', () => {
    const mixed = { ...recipeOf(), steps: [...recipeOf().steps, ...literalRecipe([true]).steps] };
    expect(faultsOf({ recipe: mixed })).toEqual([expect.stringMatching(/wave document of their own/)]);
    expect(faultsOf({ recipe: literalRecipe([]) })).toEqual(['the document has no step']);
  });

  test('names all that is wrong at once', () => {
    const recipe = recipeOf(without('observe-calls'), ['switch-dns'], { limits: { minCalls: 1 } });
    expect(faultsOf({ recipe, site: siteOf({ dns: withTarget('10 0 5060 new.example.net').dns }, 0) })).toHaveLength(7);
  });
});

describe('a plan’s changes', () => {
  const changes = (kind: StepKind, observed = observedOf()) =>
    planOf({ observed }).steps.find((step) => step.kind === kind)?.changes;

  test('say field by field what was read and what will stand there', () => {
    expect(changes('lower-ttl')).toEqual([
      { system: 'dns', resource: '_sip._tcp.t.example.com SRV', field: 'ttl', from: 3600, to: 300 },
    ]);
    expect(changes('switch-dns')).toEqual([
      {
        system: 'dns',
        resource: '_sip._tcp.t.example.com SRV',
        field: 'values',
        from: ['10 0 5060 sbc.t.example.com'],
        to: ['10 0 5060 new.example.net', '20 0 5060 sbc.t.example.com'],
      },
    ]);
    expect(changes('activate-inbound')).toEqual([
      { system: 'platform', resource: 'trunk Inbound', field: 'enabled', from: false, to: true },
    ]);
    expect(changes('drain-legacy')).toEqual([
      { system: 'legacy', resource: 'trunk legacy-in', field: 'mode', from: 'active', to: 'standby' },
    ]);
    expect(changes('retire-legacy')).toEqual([
      { system: 'legacy', resource: 'trunk legacy-in', field: 'mode', from: 'standby', to: 'off' },
      { system: 'legacy', resource: 'queue legacy-sales', field: 'enabled', from: true, to: false },
    ]);
    expect(changes('restore-ttl')).toEqual([
      { system: 'dns', resource: '_sip._tcp.t.example.com SRV', field: 'ttl', from: 300, to: 3600 },
      {
        system: 'dns',
        resource: '_sip._tcp.t.example.com SRV',
        field: 'values',
        from: ['10 0 5060 new.example.net', '20 0 5060 sbc.t.example.com'],
        to: ['10 0 5060 new.example.net'],
      },
    ]);
    expect(changes('shift-queues')).toEqual([
      { system: 'platform', resource: 'queue Sales', field: 'joined members', from: 0, to: 4 },
      { system: 'platform', resource: 'allocation of site-t', field: 'allocationPercent', from: 0, to: 100 },
    ]);
    expect(changes('assign-licences')).toMatchObject([{ from: 0, to: 4 }]);
    expect(changes('activate-outbound')).toMatchObject([
      { resource: 'outbound route Outbound', from: false, to: true },
    ]);
    expect(changes('enable-failover')).toMatchObject([{ resource: 'trunk Failover', from: false, to: true }]);
  });

  test('leave out what stands there already', () => {
    const done = observedOf({ licencesMissing: 0, trunks: [{ id: 'trunk-in', name: 'Inbound', enabled: true }] });
    expect(changes('assign-licences', done)).toEqual([]);
    expect(changes('activate-inbound', done)).toEqual([]);
  });

  test('say null where nothing was found', () => {
    const empty = observedOf({ trunks: [], routes: [], queues: [], legacyTrunks: [], legacyQueues: [] });
    expect(changes('activate-inbound', empty)).toMatchObject([{ from: null, to: true }]);
    expect(changes('drain-legacy', empty)).toMatchObject([{ from: null, to: 'standby' }]);
  });
});

describe('a plan warns', () => {
  test('of a record that does not exist', () => {
    expect(planOf({ observed: observedOf({ records: [] }) }).warnings).toEqual([
      '_sip._tcp.t.example.com SRV does not exist at the DNS provider',
    ]);
  });

  test('of shares that an earlier wave has left in the flow', () => {
    const allocation = { allocationPercent: 0, shadowPercent: 5 };
    expect(planOf({ observed: observedOf({ allocation }) }).warnings).toEqual([
      expect.stringMatching(/shadows 5 percent already: a rollback goes back to that/),
    ]);
  });

  test('of a record that holds something else than the site file says', () => {
    const records = [{ name: record.name, type: record.type, ttl: 60, values: ['1 1 1 other.example.com'] }];
    expect(planOf({ observed: observedOf({ records }) }).warnings).toEqual([
      expect.stringMatching(/has a TTL of 60 s already, the site file says 3600 s/),
      expect.stringMatching(/does not hold .* 1 1 1 other\.example\.com$/),
    ]);
  });

  test('of nothing when all is as the site file says', () => expect(planOf().warnings).toEqual([]));
});

describe('a plan’s hash', () => {
  const hash = (...given: Parameters<typeof planOf>) => planOf(...given).hash;

  test('is the same for the same input', () => expect(hash()).toBe(hash()));

  test('is the same whatever the time at which the same was read', () => {
    expect(hash({ observed: observedOf({ at: 1 }) })).toBe(hash());
  });

  const other = recipeOf();
  test.each<[string, Parameters<typeof planOf>[0]]>([
    ['the site', { site: siteOf({ name: 'Another' }) }],
    ['who may decide', { site: siteOf({ policy: { ...siteOf().policy, quorum: 2 } }) }],
    ['the window', { site: siteOf({ window: { opens: 1, closes: 2 } }) }],
    ['an agent', { site: siteOf({}, 5) }],
    ['a target value', { site: withTarget('10 0 5060 new.example.net', '30 0 5060 sbc.t.example.com') }],
    ['the wave', { waveNumber: 2 }],
    ['a limit', { recipe: { ...other, limits: { minCalls: 51 } } }],
    ['a gate', { recipe: recipeOf(STANDARD, [...STANDARD_GATES, 'observe-calls']) }],
    ['a step', { recipe: recipeOf(without('restore-ttl')) }],
    [
      'a title',
      { recipe: { ...other, steps: other.steps.map((step, i) => (i === 0 ? { ...step, title: 'New' } : step)) } },
    ],
    ['the rollback trigger', { recipe: { ...other, rollbackTrigger: 'rate > 1%' } }],
    ['a value that was read', { observed: observedOf({ records: [{ ...record, values: ['1 1 1 x'] }] }) }],
    ['a TTL that was read', { observed: observedOf({ records: [{ ...record, ttl: 900, values: record.legacy }] }) }],
    ['a trunk that was read', { observed: observedOf({ trunks: [] }) }],
  ])('changes with %s', (_, given) => expect(hash(given)).not.toBe(hash()));

  test('covers every field of the plan but itself', () => {
    const { hash: own, ...plan } = planOf();
    expect(own).toMatch(/^[0-9a-f]{64}$/);
    expect(Object.keys(plan).sort()).toEqual([
      'limits',
      'locks',
      'recipe',
      'rollbackTrigger',
      'site',
      'steps',
      'warnings',
      'wave',
    ]);
  });
});

describe('a gate’s hash', () => {
  const plan = planOf();
  const now = gateHash(plan, 'switch-dns', { ttl: 300, values: ['a', 'b'] }, sha256);

  test('is the same for the same plan, step and readings, whatever the order of their keys', () => {
    expect(gateHash(plan, 'switch-dns', { values: ['a', 'b'], ttl: 300 }, sha256)).toBe(now);
  });

  test('changes with the plan, the step and every reading', () => {
    expect(gateHash(planOf({ waveNumber: 2 }), 'switch-dns', { ttl: 300, values: ['a', 'b'] }, sha256)).not.toBe(now);
    expect(gateHash(plan, 'drain-legacy', { ttl: 300, values: ['a', 'b'] }, sha256)).not.toBe(now);
    expect(gateHash(plan, 'switch-dns', { ttl: 301, values: ['a', 'b'] }, sha256)).not.toBe(now);
    expect(gateHash(plan, 'switch-dns', { ttl: 300, values: ['b', 'a'] }, sha256)).not.toBe(now);
  });
});

describe('a plan locks', () => {
  test('its site, records, trunks, queues and legacy trunks', () => {
    expect(planOf().locks).toEqual([
      'site:site-t',
      'record:_sip._tcp.t.example.com/SRV',
      'trunk:trunk-in',
      'trunk:trunk-failover',
      'queue:queue-sales',
      'legacy-trunk:legacy-in',
    ]);
  });

  test('the endpoints of a wave document', () => {
    expect(planOf({ recipe: literalRecipe([false, true]) }).locks).toEqual(
      expect.arrayContaining(['path:https://api.example.com/part-1', 'path:https://api.example.com/part-2']),
    );
  });
});

test('the cohorts of 240 agents are expected to take as long as their registrations at a third of the gateway’s limit', () => {
  const minutes = (agents: number) =>
    (planOf({ site: siteOf({}, agents) }).steps.find((step) => step.kind === 'activate-inbound')?.expectedMs ?? 0) /
    MINUTE;
  expect(minutes(240)).toBeCloseTo(10 + 240 / 3 / 60, 6);
});
