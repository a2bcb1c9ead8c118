import { DEFAULT_LIMITS } from '../src/core/limits';
import {
  countLines,
  countsText,
  KEPT_LINES,
  kept,
  type LineState,
  lineId,
  type PreflightLine,
  redFirst,
} from '../src/core/preflight';
import { recipeFaults } from '../src/core/recipe';
import { KIND_FACTS, STEP_KINDS } from '../src/core/step-kinds';
import { skewState, skewText } from '../src/engine/clock-skew';
import { given, heldFor, passed, play, recipeOf, report, shortPlan, start, through } from './support/core-waves';
import { redLine } from './support/preflight-lines';

const line = (state: LineState, id: string = state): PreflightLine => redLine({ id, state });

describe('a preflight', () => {
  test('shows what blocks first, then what nobody knows, and keeps the order of asking within', () => {
    const lines = [line('green'), line('amber'), line('red', 'r1'), line('unknown'), line('red', 'r2')];
    expect(redFirst(lines).map(({ id }) => id)).toEqual(['r1', 'r2', 'unknown', 'amber', 'green']);
  });

  test('counts by state and leaves out what there is none of', () => {
    const lines = [line('green'), line('green'), line('red'), line('unknown')];
    expect(countsText(countLines(lines))).toBe('1 red, 1 unknown, 2 green');
    expect(countsText(countLines([]))).toBe('nothing was asked');
  });

  test('keeps what is not green, sixty lines at most, and loses no red one before another', () => {
    const many = [
      ...Array.from({ length: KEPT_LINES }, (_, i) => line('amber', `a${i}`)),
      line('red', 'late'),
      line('green'),
    ];
    const left = kept(many);
    expect(left).toHaveLength(KEPT_LINES);
    expect(left[0]?.id).toBe('late');
    expect(left.some(({ state }) => state === 'green')).toBe(false);
  });

  test.each([
    [['genesys', 'permission', 'routing:queueMember:manage'], 'genesys-permission-routing-queuemember-manage'],
    [['record', '_sip._tcp.a.example.com SRV'], 'record-sip-tcp-a-example-com-srv'],
    [['licences', 'Engage 3 (voice)'], 'licences-engage-3-voice'],
  ])('names a line %j as %s', (words, id) => expect(lineId(...words)).toBe(id));

  test.each([
    [0, 'green', 'at most 5 s apart'],
    [5_000, 'green', 'at most 5 s apart'],
    [5_001, 'amber', 'about 10 s ahead'],
    [-30_000, 'amber', 'about 30 s behind'],
    [-30_001, 'red', 'about 30 s behind'],
    [3_600_000, 'red', 'about 3600 s ahead'],
  ])('takes a clock that is %i ms off for %s', (ms, state, text) => {
    expect([skewState(ms), skewText(ms)]).toEqual([state, text]);
  });
});

describe('the step of the preflight', () => {
  test('is the first of all kinds, writes nothing inside or outside a window, and is not skipped', () => {
    expect(STEP_KINDS[0]).toBe('preflight');
    expect(KIND_FACTS.preflight).toMatchObject({ skippable: false, insideWindow: false, undoMs: 0 });
  });

  test('cannot be left out of a standard wave, nor stand later, nor behind a gate', () => {
    const kinds = STEP_KINDS.filter((kind) => kind !== 'http');
    const faults = (
      order: readonly (typeof STEP_KINDS)[number][],
      gates: readonly (typeof STEP_KINDS)[number][] = [],
    ) =>
      recipeFaults(
        recipeOf(order, ['switch-dns', 'drain-legacy', 'shift-queues', 'retire-legacy', ...gates]),
        STEP_KINDS,
      );
    expect(faults(kinds)).toEqual([]);
    expect(faults(kinds.slice(1))).toEqual([expect.stringContaining('step "preflight" is missing')]);
    expect(faults(['lower-ttl', 'preflight', ...kinds.slice(2)])).toEqual([
      expect.stringContaining('step "preflight" stands after "lower-ttl" but has to run before it'),
    ]);
    expect(faults(kinds, ['preflight'])).toEqual([expect.stringContaining('"preflight" only reads')]);
  });

  const plan = shortPlan({}, ['switch-dns'], ['preflight', 'switch-dns', 'restore-ttl']);
  const checking = () => play(null, [start(plan), ...through.slice(0, 3)]);

  test('never passes by its own word while a line is red', () => {
    given(checking())
      .when(report({ ...passed, preflight: [redLine()] } as never))
      .gives({ type: 'WaveHeld', cause: 'not-ready', preflight: [redLine()] });
  });

  test('passes with lines that only warn, and keeps them', () => {
    const lines = [line('amber'), line('unknown')];
    given(checking())
      .when(report({ ...passed, preflight: lines } as never))
      .gives({ type: 'StepPassed', preflight: lines });
  });

  test('keeps nothing of a preflight in the events of other steps', () => {
    const next = play(checking(), [report(passed)]);
    const held = play(checking(), [report(heldFor('not-ready'))]);
    expect(next).not.toHaveProperty('waivers');
    expect(held.status === 'held' && 'preflight' in held.hold).toBe(false);
  });

  test('has an hour before it is held for its time', () => {
    expect(KIND_FACTS.preflight.deadlineMs).toBe(60 * 60_000);
    expect(DEFAULT_LIMITS.gateOpenMs).toBeGreaterThan(KIND_FACTS.preflight.deadlineMs);
  });
});
