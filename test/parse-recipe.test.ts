import { STEP_KINDS } from '../src/core/step-kinds';
import { parseRecipe } from '../src/parse/recipe';
import { changed, expectFault, goodValue, marked } from './fixtures/faults';
import { houseFile } from './fixtures/house';

const GOOD = houseFile('templates/waves/standard-site.yaml');
const parse = (text: string) => parseRecipe(text, 'r.yaml');

describe('the standard recipe', () => {
  it('has all sixteen built-in steps in order, and gates before what callers could notice', () => {
    const recipe = goodValue(parse(GOOD));
    expect(recipe.name).toBe('standard-site');
    expect(recipe.steps.map(({ kind }) => kind)).toEqual(STEP_KINDS.filter((kind) => kind !== 'http'));
    expect(recipe.steps.filter(({ gated }) => gated).map(({ id }) => id)).toEqual([
      'switch-dns',
      'drain-legacy',
      'shift-queues',
      'retire-legacy',
    ]);
    expect(recipe.limits).toEqual({});
    expect(recipe.rollbackTrigger).toBeNull();
  });
});

describe('a recipe', () => {
  it('may name, title, gate and reorder its steps, and tighten its limits', () => {
    const text = changed(
      `${GOOD}limits: { shadowMs: 5h, propagationLagMs: 10m, failurePercent: 1, ttlLeadMs: 259200000, ttlSeconds: 300 }\nrollbackTrigger: validation_failure_rate > 1.5%\n`,
      '  - check-readiness',
      '  - { step: check-readiness, id: look, title: Look again, gate: true }',
    );
    const recipe = goodValue(parse(text));
    expect(recipe.steps[5]).toEqual({
      id: 'look',
      kind: 'check-readiness',
      title: 'Look again',
      gated: true,
      http: null,
    });
    expect(recipe.limits).toEqual({
      shadowMs: 5 * 3_600_000,
      propagationLagMs: 600_000,
      failurePercent: 1,
      ttlLeadMs: 259_200_000,
      ttlSeconds: 300,
    });
    expect(recipe.rollbackTrigger).toBe('validation_failure_rate > 1.5%');
  });

  it('keeps the order of the file where `after` asks for nothing else', () => {
    const swapped = changed(
      GOOD,
      '  - lower-ttl\n  - assign-licences\n',
      '  - { step: assign-licences, after: [lower-ttl] }\n  - lower-ttl\n',
    );
    expect(
      goodValue(parse(swapped))
        .steps.map(({ kind }) => kind)
        .slice(0, 4),
    ).toEqual(['preflight', 'lower-ttl', 'assign-licences', 'provision-standby']);
  });

  const rows: readonly (readonly [string, string, string, string, string])[] = [
    ['an unknown key', 'version: 1', '¦versoin: 1', 'the key "versoin" is not known', 'Write "version"'],
    [
      'an unknown key of a step',
      '{ step: switch-dns, gate: true }',
      '{ step: switch-dns, ¦gated: true }',
      '"gated" is not known in steps[6]',
      'Write "gate"',
    ],
    ['no name', 'recipe: standard-site\n', '', 'recipe is missing', 'Add it: text'],
    [
      'a step that is a mapping of its own',
      '  - lower-ttl',
      '  - ¦lower-ttl: 1',
      'is not known in steps[1]',
      'step, id, title',
    ],
    ['a number for a step', '  - restore-ttl', '  - ¦17', 'steps[15] is a number', 'a mapping'],
    [
      'an unknown kind of step',
      '  - lower-ttl',
      '  - ¦lower-tll',
      'is "lower-tll", which is no kind of step',
      'Write "lower-ttl"',
    ],
    ['a literal step among them', '  - restore-ttl', '  - ¦http', 'is "http"', 'wave document'],
    [
      'a text for a gate',
      '{ step: switch-dns, gate: true }',
      "{ step: switch-dns, gate: ¦'yes' }",
      'is text, not true or false',
      'true or false',
    ],
    [
      'a step twice',
      '  - restore-ttl',
      '  - restore-ttl\n  - ¦restore-ttl',
      '"restore-ttl" stands there twice',
      'Take one of the two out',
    ],
    [
      'an id twice',
      '  - restore-ttl',
      '  - { step: restore-ttl, id: ¦lower-ttl }',
      '"lower-ttl" stands there twice',
      'id of its own',
    ],
    [
      'an id that cannot be one',
      '  - restore-ttl',
      "  - { step: restore-ttl, id: ¦'a b' }",
      'is not a plain name',
      'letters, digits',
    ],
    [
      'an `after` that leads nowhere',
      '  - restore-ttl',
      '  - { step: restore-ttl, after: [¦retire-lgacy] }',
      'names "retire-lgacy", and there is no such step',
      'Write "retire-legacy"',
    ],
    [
      'a step that waits for itself',
      '  - restore-ttl',
      '  - ¦{ step: restore-ttl, after: [restore-ttl] }',
      'waits for itself: restore-ttl after restore-ttl',
      'Take one of these',
    ],
    [
      'a missing step',
      '  - shadow-routing\n',
      '',
      'step "shadow-routing" is missing: the new side would meet its first calls unproven',
      'Add "- step: shadow-routing" after "provision-standby"',
    ],
    [
      'DNS and trunks without a gate between',
      '{ step: drain-legacy, gate: true }',
      '¦drain-legacy',
      'DNS ("switch-dns") and trunks ("drain-legacy") change without a gate between them',
      'gate: true',
    ],
    [
      'a final step without a gate',
      '{ step: retire-legacy, gate: true }',
      '¦retire-legacy',
      'always stands behind a gate',
      'gate: true',
    ],
    [
      'a shift without a gate',
      '{ step: shift-queues, gate: true }',
      '¦{ step: shift-queues, gate: false }',
      'always stands behind a gate',
      'gate: true',
    ],
    [
      'steps in another order',
      '  - lower-ttl\n  - assign-licences\n',
      '  - assign-licences\n  - ¦lower-ttl\n',
      '"lower-ttl" stands after "assign-licences" but has to run before it',
      'Move it before',
    ],
    [
      'a TTL of 60',
      'version: 1',
      'version: 1\nlimits: { ¦ttlSeconds: 60 }',
      'limits.ttlSeconds is 60; at 60 seconds and below DNS providers limit the rate',
      'it is 300',
    ],
    [
      'a TTL of its own',
      'version: 1',
      'version: 1\nlimits: { ¦ttlSeconds: 301 }',
      "is not a recipe's to choose",
      'it is 300',
    ],
    [
      'a loosened window',
      'version: 1',
      'version: 1\nlimits: { ¦shadowMs: 3h }',
      'is 3h, which loosens it',
      'Write 4h at least',
    ],
    [
      'a limit loosened by one',
      'version: 1',
      'version: 1\nlimits: { ¦minCalls: 49 }',
      'is 49, which loosens it',
      'Write 50 at least',
    ],
    [
      'a loosened share',
      'version: 1',
      'version: 1\nlimits: { ¦failurePercent: 2.1 }',
      'is 2.1, which loosens it',
      'Write 2 at most',
    ],
    ['a share past 100', 'version: 1', 'version: 1\nlimits: { ¦crmSyncPercent: 101 }', 'is 101', '0 to 100'],
    [
      'a limit that is a text',
      'version: 1',
      "version: 1\nlimits: { ¦minCalls: 'many' }",
      'is "many"',
      'Write a number',
    ],
    [
      'a length of time without a unit',
      'version: 1',
      "version: 1\nlimits: { ¦observeMs: '30' }",
      'is "30", not a length of time',
      '72h, 15m or 30s',
    ],
    [
      'a negative length of time',
      'version: 1',
      'version: 1\nlimits: { ¦observeMs: -1 }',
      'is -1, not a length of time',
      '72h',
    ],
    [
      'an unknown limit',
      'version: 1',
      'version: 1\nlimits: { ¦failurePercnt: 1 }',
      'limits.failurePercnt is not a limit',
      'Write "failurePercent"',
    ],
    ['limits that are a list', 'version: 1', 'version: 1\nlimits: ¦[1]', 'limits is not a mapping', 'name: value'],
    [
      'a trigger that names nothing known',
      'version: 1',
      'version: 1\nrollbackTrigger: ¦failure_rate > 2%',
      'names "failure_rate"',
      'validation_failure_rate',
    ],
  ];
  it.each(rows)('with %s is refused', (_name, from, to, wrong, mend) => {
    const { text, place } = marked(changed(GOOD, from, to), 'r.yaml');
    // What is missing altogether stands at the list, or at the file, that lacks it.
    const nowhere = /is missing/.test(wrong) ? (wrong.startsWith('step') ? 'r.yaml:7:3' : 'r.yaml:3:1') : place;
    expectFault(parse(text), nowhere, wrong, mend);
  });

  it('prints the way round a cycle', () => {
    const text = ['check-readiness', 'shadow-routing', 'provision-standby'].reduce(
      (made, kind, i, kinds) => changed(made, `- ${kind}\n`, `- { step: ${kind}, after: [${kinds[(i + 1) % 3]}] }\n`),
      GOOD,
    );
    expectFault(
      parse(text),
      'r.yaml:10:5',
      'waits for itself: provision-standby after check-readiness after shadow-routing after provision-standby',
      'Take one',
    );
  });

  it('names mistakes of form, order and limits together', () => {
    const text = changed(
      changed(GOOD, '{ step: drain-legacy, gate: true }', 'drain-legacy'),
      'version: 1',
      'vresion: 1\nlimits: { minCalls: 1, ttlSeconds: 60 }',
    );
    const parsed = parse(text);
    expect(parsed.ok ? [] : parsed.faults.map(({ place }) => place)).toEqual([
      'r.yaml:4:1',
      'r.yaml:5:11',
      'r.yaml:5:24',
      'r.yaml:16:5',
    ]);
  });

  it('with nothing in it, with no steps or with 10,000 steps is refused', () => {
    expect(parse('').ok).toBe(false);
    expectFault(parse('recipe: x\nsteps: []\n'), 'r.yaml:2:8', 'steps has 0 entries', 'Give more');
    expectFault(
      parse(`recipe: x\nsteps:\n${'  - lower-ttl\n'.repeat(10_000)}`),
      'r.yaml:3:3',
      'steps has 10000 entries',
      'Give less',
    );
  });
});
