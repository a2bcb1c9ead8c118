import { bar, duration, leadMs, progress } from '../templates/progress';
import { bothTimes, siteTime, slackDate } from '../templates/times';
import { approve, begin, DANIEL, HOUR, MINUTE, pause, report, reportGate, T0 } from './support/core-waves';
import { failing, GREEN, HASH, springfield, started, undo, waiting } from './templates-stories';

const DAY = 24 * HOUR;

describe('a length of time', () => {
  test.each([
    [0, '0 s'],
    [-5, '0 s'],
    [Number.NaN, '0 s'],
    [8_400, '8 s'],
    [59_400, '59 s'],
    [59_600, '1 min'],
    [90_000, '1 min 30 s'],
    [5 * MINUTE, '5 min'],
    [14 * MINUTE + 20_000, '14 min'],
    [59 * MINUTE + 40_000, '1 h'],
    [65 * MINUTE, '1 h 5 min'],
    [24 * HOUR - 20_000, '1 d'],
    [3 * DAY + 2 * HOUR, '3 d 2 h'],
    [72 * HOUR, '3 d'],
  ])('of %d ms is %s', (ms, words) => {
    expect(duration(ms)).toBe(words);
  });
});

describe('progress', () => {
  test('counts done steps and expects the lead time before DNS once, not twice', () => {
    const story = started();
    const first = progress(story.wave, T0);
    expect(first).toMatchObject({ done: 0, of: 16, position: 1, waitingUntil: null });
    expect(first.expectedMs).toBeGreaterThan(3 * DAY);
    expect(first.expectedMs).toBeLessThan(3 * DAY + 2 * HOUR);
    expect(first.expectedEnd).toBe(T0 + first.expectedMs);
  });

  test('knows the lead as the longer of 72 hours and the oldest TTL', () => {
    const plan = springfield();
    expect(leadMs(plan)).toBe(72 * HOUR);
    const steps = plan.steps.map((step) =>
      step.kind === 'lower-ttl'
        ? { ...step, changes: step.changes.map((change) => ({ ...change, from: 604_800 })) }
        : step,
    );
    expect(leadMs({ ...plan, steps })).toBe(7 * DAY);
  });

  test('waits for a cutover window that has not opened', () => {
    const plan = springfield();
    const opens = T0 + 10 * DAY;
    const windowed = { ...plan, site: { ...plan.site, window: { opens, closes: opens + 8 * HOUR } } };
    const { expectedEnd } = progress(started(windowed).wave, T0);
    expect(expectedEnd).toBeGreaterThan(opens);
    expect(expectedEnd).toBeLessThan(opens + 2 * HOUR);
  });

  test('names the open gate, then the next one', () => {
    const story = started().upTo('switch-dns').does(reportGate(GREEN, HASH));
    expect(progress(story.wave, story.now).nextGate).toMatchObject({ step: 'switch-dns', position: 7, open: true });
    story.does(approve(DANIEL, HASH));
    expect(progress(story.wave, story.now).nextGate).toMatchObject({ step: 'drain-legacy', position: 9, open: false });
  });

  test('says until when the machine waits, and not when it waits for people', () => {
    const story = started().does(begin, report(waiting('Not yet.', MINUTE, T0 + HOUR)));
    expect(progress(story.wave, story.now).waitingUntil).toBe(T0 + HOUR);
    story.does(pause());
    expect(progress(story.wave, story.now)).toMatchObject({ waitingUntil: null, expectedEnd: null });
  });

  test('counts backwards in a rollback', () => {
    const story = failing().does(...undo('As before.'));
    const { undone, toUndo, position, expectedEnd } = progress(story.wave, story.now);
    expect({ undone, toUndo, position }).toEqual({ undone: 1, toUndo: 13, position: null });
    expect(expectedEnd).toBeGreaterThan(story.now);
  });

  test.each([
    [0, 15, '▱▱▱▱▱▱▱▱▱▱▱▱▱▱▱'],
    [7, 15, '▰▰▰▰▰▰▰▱▱▱▱▱▱▱▱'],
    [15, 15, '▰▰▰▰▰▰▰▰▰▰▰▰▰▰▰'],
    [99, 200, '▰▰▰▰▰▰▰▰▰▱▱▱▱▱▱▱▱▱▱▱'],
    [0, 0, '▱'],
  ])('%d of %d is %s', (done, of, marks) => {
    expect(bar(done, of)).toBe(marks);
  });
});

describe('a moment', () => {
  const springForward = Date.UTC(2027, 2, 28, 1, 10);

  test.each([
    ['Europe/Berlin', springForward - 20 * MINUTE, 'Sun 28 Mar 01:50 CET'],
    ['Europe/Berlin', springForward, 'Sun 28 Mar 03:10 CEST'],
    ['America/Chicago', springForward, 'Sat 27 Mar 20:10 CDT'],
    ['Australia/Sydney', springForward, 'Sun 28 Mar 12:10 AEDT'],
    ['Asia/Kolkata', springForward, 'Sun 28 Mar 06:40 GMT+5:30'],
    ['UTC', Date.UTC(2027, 0, 1), 'Fri 1 Jan 00:00 UTC'],
    ['Not/AZone', springForward, '2027-03-28T01:10:00Z'],
  ])('in %s', (zone, at, words) => {
    expect(siteTime(at, zone)).toBe(words);
  });

  test('is Slack’s date with ISO to fall back on', () => {
    expect(slackDate(springForward)).toBe('<!date^1806196200^{date_short_pretty} {time_secs}|2027-03-28T01:10:00Z>');
    expect(bothTimes(springForward, 'Europe/Berlin')).toMatch(/^<!date.*> \(site: Sun 28 Mar 03:10 CEST\)$/);
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, 9e15])('that is none (%d) does not break a card', (at) => {
    expect(slackDate(at)).toBe('an unknown time');
    expect(siteTime(at, 'UTC')).toBe('an unknown time');
  });
});
