/** Who may waive which line, when, and what becomes of the waiver. */
import { isComplete } from '../src/core/waivers';
import { evolve, type Wave, waiversOf } from '../src/core/wave';
import {
  AISHA,
  begin,
  DANIEL,
  given,
  MARIA,
  OTTO,
  passed,
  pause,
  play,
  report,
  resume,
  rollBack,
  shortPlan,
  start,
  T0,
  through,
  UMA,
  waive,
} from './support/core-waves';
import { redLine } from './support/preflight-lines';

const PLAN = shortPlan({}, ['switch-dns'], ['preflight', 'switch-dns', 'restore-ttl']);
const LINES = [
  redLine(),
  redLine({ id: 'line-2', found: 'not there' }),
  redLine({ id: 'no-token', waivable: false }),
  redLine({ id: 'slow', state: 'amber' }),
  redLine({ id: 'stock', state: 'unknown' }),
];

const holds = (lines = LINES) =>
  report({ kind: 'held', cause: 'not-ready', summary: 'Red.', evidence: [], preflight: lines });
const arms = (lines = LINES) => report({ ...passed, preflight: lines } as never);
const look = [begin, through[2] as (wave: Wave) => ReturnType<typeof begin>];
/** Held by its preflight; started by Maria unless another plan or actor says so. */
const held = (lines = LINES, plan = PLAN, starter = MARIA): Wave =>
  play(null, [start(plan, starter), ...look, holds(lines)]);
/** The preflight looks again and finds these. */
const again = (wave: Wave, lines: typeof LINES): Wave => play(wave, [resume(), holds(lines)]);
const waivers = (wave: Wave) => waiversOf(wave).map(({ line, people }) => [line, people.map(({ user }) => user)]);

describe('a red line', () => {
  test('is not waived from a command line, where one person could be two', () => {
    given(held())
      .when(waive({ ...DANIEL, via: 'cli' }))
      .isRefused('not-allowed', /in Slack/);
  });

  test('is waived by two people, one of them an approver: each is an event with their reason', () => {
    given(held())
      .when(waive(DANIEL, 'line-1', 'granted tomorrow'))
      .gives({
        type: 'LineWaived',
        line: 'line-1',
        found: 'missing',
        reason: 'granted tomorrow',
        approver: true,
        people: 1,
        of: 2,
      });
    given(play(held(), [waive(DANIEL)]))
      .when(waive(AISHA))
      .gives({ type: 'LineWaived', approver: true, people: 2, of: 2 });
  });

  test('may be waived by the starter as one of the two, in either order', () => {
    const first = play(held(), [waive(MARIA), waive(DANIEL)]);
    const second = play(held(), [waive(DANIEL), waive(MARIA)]);
    expect([waivers(first), waivers(second)]).toEqual([
      [['line-1', [MARIA.user, DANIEL.user]]],
      [['line-1', [DANIEL.user, MARIA.user]]],
    ]);
    for (const wave of [first, second]) expect(waiversOf(wave).every(isComplete)).toBe(true);
  });

  test('by one person alone arms nothing', () => {
    const wave = play(held([redLine()]), [waive(DANIEL), resume()]);
    given(wave)
      .when(arms([redLine()]))
      .gives({ type: 'WaveHeld', cause: 'not-ready' });
  });

  test('by two arms the wave, and the others still hold it', () => {
    const both = play(held(), [waive(DANIEL), waive(AISHA), resume()]);
    given(both)
      .when(arms([redLine()]))
      .gives({ type: 'StepPassed' });
    given(both)
      .when(arms([redLine(), redLine({ id: 'line-2' })]))
      .gives({ type: 'WaveHeld', reason: 'Red and not waived: line-2.' });
  });
});

describe('nobody waives', () => {
  const operators = { operators: ['S0OPERATORS', OTTO.user], approvers: ['S0APPROVERS'], quorum: 1, gates: {} };
  const plain = shortPlan({ policy: operators }, ['switch-dns'], ['preflight', 'switch-dns', 'restore-ttl']);
  const operator = { ...MARIA, user: 'U0OPERATOR' as never, groups: ['S0OPERATORS'] };
  const regulated = shortPlan({ regulated: true }, ['switch-dns'], ['preflight', 'switch-dns', 'restore-ttl']);
  const rows: readonly (readonly [string, () => Wave, ReturnType<typeof waive>, string, RegExp])[] = [
    ['the same line twice', () => play(held(), [waive(DANIEL)]), waive(DANIEL), 'decided', /two|2 different people/],
    ['twice as the starter', () => play(held(), [waive(MARIA)]), waive(MARIA), 'decided', /waived "line-1" already/],
    [
      'a line that two have waived',
      () => play(held(), [waive(DANIEL), waive(MARIA)]),
      waive(AISHA),
      'decided',
      /<@U0DANIEL> and <@U0MARIA>/,
    ],
    ['as an outsider', held, waive(OTTO), 'not-allowed', /operators or approvers/],
    ['while Slack does not tell the groups', held, waive(UMA), 'not-allowed', /unknown means no/],
    ['as a machine', held, waive({ kind: 'bot', worker: 'w' } as never), 'not-allowed', /people/],
    [
      'second without an approver',
      () => play(held(LINES, plain, operator), [waive(OTTO)]),
      waive(operator),
      'not-allowed',
      /not among the approvers/,
    ],
    [
      'second as the starter where the first is no approver',
      () => play(held(LINES, plain), [waive(OTTO)]),
      waive(MARIA),
      'own-wave',
      /somebody else/,
    ],
    ['a line that there is not', held, waive(DANIEL, 'line-9'), 'not-waivable', /red are line-1, line-2 and no-token/],
    ['a line that only warns', held, waive(DANIEL, 'slow'), 'not-waivable', /amber, which blocks nothing/],
    ['a line that is unknown', held, waive(DANIEL, 'stock'), 'not-waivable', /unknown, which blocks nothing/],
    ['what can never be waived', held, waive(DANIEL, 'no-token'), 'not-waivable', /Nobody can waive "no-token".*role/],
    ['without a reason', held, waive(DANIEL, 'line-1', '  '), 'incomplete', /with a reason/],
    ['at a regulated site', () => held(LINES, regulated), waive(DANIEL), 'not-waivable', /regulated/],
    [
      'while the preflight looks',
      () => play(null, [start(PLAN), ...look]),
      waive(DANIEL),
      'not-now',
      /only while the preflight holds/,
    ],
    ['after a resume', () => play(held(), [resume()]), waive(DANIEL), 'not-now', /is running/],
    [
      'while a person has paused it',
      () => play(null, [start(PLAN), begin, pause()]),
      waive(DANIEL),
      'not-now',
      /not by its preflight/,
    ],
    [
      'after arming',
      () => play(held([redLine({ state: 'amber' })]), [resume(), arms([]), pause()]),
      waive(DANIEL),
      'not-now',
      /has been armed/,
    ],
    ['in a rollback', () => play(held(), [rollBack()]), waive(DANIEL), 'not-now', /rolling-back/],
  ];

  test.each(rows)('%s', (_what, wave, command, code, sentence) => {
    const before = wave();
    given(before)
      .when(command)
      .isRefused(code as never, sentence);
  });
});

describe('a waiver', () => {
  const waived = (): Wave => play(held(), [waive(DANIEL), waive(MARIA)]);

  test('stays while the next look finds the same', () => {
    expect(waivers(again(waived(), LINES))).toEqual([['line-1', [DANIEL.user, MARIA.user]]]);
  });

  test('is void once something else is found on its line, and begins with one person again', () => {
    const other = again(waived(), [redLine({ found: 'revoked' })]);
    expect(waivers(other)).toEqual([]);
    given(other).when(waive(DANIEL)).gives({ type: 'LineWaived', found: 'revoked', people: 1 });
  });

  test('is void once its line is green, or only warns, and does not come back with it', () => {
    for (const lines of [[], [redLine({ state: 'amber' })]]) {
      const mended = again(waived(), lines);
      expect(waivers(mended)).toEqual([]);
      expect(waivers(again(mended, LINES))).toEqual([]);
    }
  });

  test('does not cover a line that has become one of those that are never waived', () => {
    const wave = play(waived(), [resume()]);
    given(wave)
      .when(arms([redLine({ waivable: false })]))
      .gives('WaveHeld');
  });

  test('is kept through gates, holds and rollback, for whoever reads the wave later', () => {
    const wave = play(waived(), [resume(), arms([redLine()]), pause(), resume(), rollBack()]);
    expect(waiversOf(wave)).toEqual([
      {
        line: 'line-1',
        found: 'missing',
        people: [
          { user: DANIEL.user, at: T0, reason: 'known and harmless', approver: true },
          { user: MARIA.user, at: T0, reason: 'known and harmless', approver: false },
        ],
      },
    ]);
  });

  test('is of people: a log in which a machine waives is not believed', () => {
    const event = { type: 'LineWaived', line: 'l', found: 'f', reason: 'r', approver: true, people: 1, of: 2 } as const;
    const entry = { wave: PLAN.wave, seq: 9, at: T0, by: { kind: 'bot', worker: 'w' } as const, event };
    expect(() => evolve(held(), entry)).toThrow('waived by a machine');
  });

  test('belongs to its wave: another one begins with none', () => {
    expect(waiversOf(play(null, [start({ ...PLAN, wave: 'site-t-wave-2' as never })]))).toEqual([]);
  });
});
