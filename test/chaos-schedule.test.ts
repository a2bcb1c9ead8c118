import { readChaosArguments } from '../chaos/options';
import { type Deed, drawSchedule, type Fault, type Schedule } from '../chaos/schedule';
import { candidates, shrink } from '../chaos/shrink';
import { toldWithinMs } from '../chaos/told-within';

describe('a schedule', () => {
  it('is the same whenever it is drawn from the same seed and run', () =>
    expect(drawSchedule(7, 41)).toEqual(drawSchedule(7, 41)));

  it('is another one for another run and for another seed', () => {
    const all = [0, 1, 2, 3].flatMap((run) => [1, 2, 3].map((seed) => drawSchedule(seed, run)));
    expect(new Set(all.map(({ faults }) => JSON.stringify(faults))).size).toBe(all.length);
  });

  it('is plain data: what is printed and read again is the same', () => {
    const drawn = drawSchedule(3, 9);
    expect(JSON.parse(JSON.stringify(drawn))).toEqual(drawn);
  });

  it('has, over five hundred runs, every kind of fault, every victim and every ending that people ask for', () => {
    const drawn = Array.from({ length: 500 }, (_, run) => drawSchedule(1, run));
    const text = JSON.stringify(drawn);
    const kinds = ['kill', 'pause', 'slack', 'slack-down', 'lose-answers', 'refuse-writes', 'late-answers', 'lag'];
    const more = ['redeliver', 'duplicate-jobs', 'clock', 'command', 'several'];
    for (const kind of [...kinds, ...more]) expect(text).toContain(`"do":"${kind}"`);
    for (const victim of ['bot', 'writer', 'idle-worker', 'redis', 'front'])
      expect(text).toContain(`"victim":"${victim}"`);
    for (const verb of ['pause', 'rollback', 'abort']) expect(text).toContain(`"verb":"${verb}"`);
    for (const moment of ['write', 'append', 'post', 'time']) expect(text).toContain(`"on":"${moment}"`);
    expect(new Set(drawn.map(({ sites }) => sites.length))).toEqual(new Set([1, 2, 3]));
  });
});

const fault = (nth: number): Fault => ({ at: { on: 'write', nth }, deed: { do: 'lose-answers', times: 1 } });
const schedule: Schedule = { ...drawSchedule(1, 1), faults: [1, 2, 3, 4, 5, 6].map(fault), sites: ['north', 'east'] };
const has = ({ faults }: Schedule, ...wanted: readonly number[]): boolean =>
  wanted.every((nth) => faults.some(({ at }) => at.on === 'write' && at.nth === nth));

describe('how long a thread may take at the end', () => {
  const within = (...deeds: readonly Deed[]): number =>
    toldWithinMs({ ...schedule, faults: deeds.map((deed) => ({ at: { on: 'post', nth: 31 }, deed })) });
  const cut: Deed = { do: 'slack', trouble: 'cut', times: 3 };
  const silent: Deed = { do: 'slack', trouble: 'stored-then-silent', times: 3 };

  it('is the usual where nothing is in the way of Slack', () =>
    expect(within({ do: 'duplicate-jobs' }, { do: 'lose-answers', times: 3 })).toBe(25_000));

  it('is longer by every time that Slack is asked again, and by all that it is waited for in silence', () => {
    // One and a half, three and six seconds before it is asked again, then six each time, and ten for each silence.
    expect(within(cut, silent) - within()).toBeGreaterThanOrEqual(1_500 + 3_000 + 6_000 + 3 * (10_000 + 6_000));
    expect(within({ do: 'slack-down', ms: 2_500 }) - within()).toBeGreaterThanOrEqual(2_500 + 6_000);
  });

  it('counts what comes together with other deeds', () =>
    expect(within({ do: 'several', deeds: [cut, silent] })).toBe(within(cut, silent)));

  it('ends before the run is given up from outside', () =>
    expect(within(silent, silent, silent, silent, silent, silent)).toBe(120_000));
});

describe('shrinking', () => {
  it('leaves only the faults that it takes, and one site', async () => {
    const shrunk = await shrink(schedule, async (tried) => has(tried, 2, 5), 100);
    expect(shrunk.schedule.faults).toEqual([fault(2), fault(5)]);
    expect(shrunk.schedule.sites).toEqual(['north']);
  });

  it('leaves no fault where it takes none', async () => {
    const shrunk = await shrink(schedule, async () => true, 100);
    expect(shrunk.schedule).toMatchObject({ faults: [], sites: ['north'], startTwice: false, callsFail: false });
  });

  it('leaves everything where nothing less fails', async () => {
    expect((await shrink(schedule, async () => false, 100)).schedule).toEqual(schedule);
  });

  it('tries no more often than it may', async () => {
    let tries = 0;
    const shrunk = await shrink(schedule, async () => tries++ < 0, 3);
    expect([tries, shrunk.tries]).toEqual([3, 3]);
  });

  it('takes deeds that come together apart', () => {
    const several: Fault = {
      at: { on: 'write', nth: 1 },
      deed: { do: 'several', deeds: [fault(1).deed, fault(2).deed] },
    };
    expect(candidates({ ...schedule, faults: [several] }).map(({ faults }) => faults)).toContainEqual([fault(1)]);
  });
});

describe('the command line', () => {
  it('takes a schedule as a failing run prints it', () => {
    const read = readChaosArguments(['--schedule', JSON.stringify(schedule)]);
    expect(read).toMatchObject({ ok: true, value: { schedule } });
  });

  it.each([
    [['--runs', '0']],
    [['--beside', '17']],
    [['--seed', 'x']],
    [['--schedule', '{']],
    [['--schedule', '{}']],
    [['--what']],
  ])('refuses %j with a sentence', (args) => expect(readChaosArguments(args)).toMatchObject({ ok: false }));
});
