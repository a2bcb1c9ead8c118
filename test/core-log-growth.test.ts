/** A wave's log cannot grow without limit: what a look may say is bounded, and so is how often one that finds nothing new is taken. */
import { decide } from '../src/core/decide';
import { boundedEvent, LONGEST } from '../src/core/event-bounds';
import type { WaveEvent } from '../src/core/events';
import { stepId } from '../src/core/ids';
import { lookAgainMs } from '../src/core/look-again';
import type { Outcome } from '../src/core/outcome';
import { evolve, type StepState, type Wave } from '../src/core/wave';
import { applied, begin, passed, report, reportGate, shortPlan, start, T0 } from './support/core-waves';

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;
type Waiting = Extract<Outcome, { kind: 'waiting' }>;
const waiting: Waiting = { kind: 'waiting', summary: 'not yet', evidence: [], recheckAfterMs: 5_000, until: null };
const state = { summary: 'not yet' } as StepState;
const looksAgainAfter = (
  waited: number,
  change: Partial<Waiting> = {},
  end: number | null = null,
  of = state,
): number => lookAgainMs(of, { ...waiting, ...change }, { since: T0, now: T0 + waited, end });

describe('a step that waits', () => {
  it('is looked at as it asks for an hour, and then after a two hundredth of the time that it has stood still', () => {
    expect(looksAgainAfter(HOUR)).toBe(5_000);
    expect(looksAgainAfter(HOUR + 200)).toBe(18_001);
    expect(looksAgainAfter(3 * DAY)).toBe((3 * DAY) / 200);
  });

  it('is looked at as it asks while anything moves', () => {
    expect(looksAgainAfter(DAY, { summary: 'one more' })).toBe(5_000);
    expect(looksAgainAfter(DAY, { progress: { done: 3 } })).toBe(5_000);
  });

  it('is looked at when its waiting is known to end, and before its time is up', () => {
    expect(looksAgainAfter(DAY, { until: T0 + DAY + 60_000 })).toBe(60_000);
    expect(looksAgainAfter(DAY, {}, T0 + DAY + 90_000)).toBe(90_000);
    expect(looksAgainAfter(DAY, {}, T0 + DAY)).toBe(5_000);
    expect(looksAgainAfter(DAY, { recheckAfterMs: HOUR })).toBe(HOUR);
  });

  it('takes no more looks in ten years before its gate than the page says', () => {
    const plan = shortPlan();
    let wave: Wave | null = null;
    let now = T0;
    const say = (command: Parameters<typeof decide>[1]): readonly WaveEvent[] => {
      const decision = decide(wave, command, now);
      if (decision.kind === 'refusal') throw new Error(decision.sentence);
      for (const event of decision.events)
        wave = evolve(wave, {
          wave: plan.wave,
          seq: (wave?.seq ?? 0) + 1,
          at: now,
          by: { kind: 'bot', worker: 'w' },
          event,
        });
      return decision.events;
    };
    const current = (): Wave => {
      if (!wave) throw new Error('no wave');
      return wave;
    };
    const told = (command: unknown) => (typeof command === 'function' ? command(current()) : command) as never;
    for (const each of [start(plan), begin, report(applied), report(passed)]) say(told(each));
    let looks = 0;
    for (; now - T0 < 10 * 365 * DAY; looks++) {
      const [event] = say(told(reportGate(waiting)));
      if (event?.type !== 'GateWaited') throw new Error(`${event?.type} instead of a look`);
      now = event.nextAt;
    }
    expect(looks).toBeGreaterThan(720);
    expect(looks).toBeLessThan(3_100);
  });
});

describe('an event', () => {
  const evidence = { at: T0, asked: 'a'.repeat(LONGEST.asked), answered: 'b'.repeat(LONGEST.answered), good: true };
  const event: WaveEvent = {
    type: 'StepFailed',
    step: stepId('switch-dns'),
    summary: 's'.repeat(LONGEST.summary),
    evidence: [evidence],
  };

  it('keeps texts at the limit, and says what it leaves out of those one past it', () => {
    expect(boundedEvent(event)).toEqual(event);
    const longer = boundedEvent({
      ...event,
      summary: `${event.summary}!`,
      evidence: [{ ...evidence, asked: `${evidence.asked}!`, answered: `${evidence.answered}!` }],
    });
    if (longer.type !== 'StepFailed') throw new Error(longer.type);
    expect(longer.summary).toHaveLength(LONGEST.summary);
    expect(longer.summary).toMatch(/s \[1 more characters\]$/);
    expect(longer.evidence[0]?.asked).toHaveLength(LONGEST.asked);
    expect(longer.evidence[0]?.answered).toMatch(/b \[1 more characters\]$/);
  });

  it('never ends in half a character', () => {
    const emoji = boundedEvent({ ...event, summary: '\u{1F600}'.repeat(LONGEST.summary) });
    expect(JSON.stringify(emoji)).not.toMatch(/\\ud[89a-f]/i);
  });

  it('keeps what is put back and what is done by hand as it is', () => {
    const captured = { records: 'x'.repeat(200_000) };
    const stateCaptured: WaveEvent = { type: 'StateCaptured', step: stepId('switch-dns'), captured };
    expect(boundedEvent(stateCaptured)).toEqual(stateCaptured);
    const runbook = ['y'.repeat(50_000)];
    expect(boundedEvent({ ...event, type: 'UndoFailed', runbook })).toMatchObject({ runbook });
  });
});
