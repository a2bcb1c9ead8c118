/** How fast the sandbox's time passes while callers find no way in. */
import { ClockKeeper } from '../sandbox/clock';
import { keepPace, type Pace, type PaceOptions } from '../sandbox/pace';

const USUAL = 120;
const START = Date.parse('2027-03-28T00:00:00Z');
const NOBODY: Parameters<typeof keepPace>[1] = {
  onMessage: () => () => undefined,
} as unknown as Parameters<typeof keepPace>[1];

describe('the pace of the sandbox', () => {
  const clock = new ClockKeeper(null, START, USUAL);
  let reached = START;
  const twin: PaceOptions['twin'] = {
    isHandingOver: () => true,
    nextAnswerAt: () => null,
    reachedAt: () => reached,
    advance: () => {
      reached = Math.max(reached, clock.now());
    },
  };
  let pace: Pace;
  beforeAll(() => {
    pace = keepPace(clock, NOBODY, {
      usual: USUAL,
      peopleDecide: false,
      redis: { url: 'redis://127.0.0.1:1', prefix: 'nobody' },
      twin,
    });
  });
  afterAll(() => pace.stop());

  it('is slow while callers find no way in, usual while a clock set back catches up with the world, and then slow', async () => {
    await until(() => clock.speed() < USUAL);
    twin.advance();
    clock.step(-180_000);
    await until(() => clock.speed() === USUAL);
    expect(clock.now()).toBeLessThan(reached);
    await until(() => clock.speed() < USUAL);
  });
});

async function until(holds: () => boolean): Promise<void> {
  for (const late = Date.now() + 4_000; !holds(); ) {
    if (Date.now() > late) throw new Error('it did not come to that');
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
