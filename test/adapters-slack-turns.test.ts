/** Hundreds of posts of many waves into one channel, in a time of their own: nobody waits for ever, and Slack is hardly asked in vain. */
import { createPostingTurns } from '../src/adapters/slack/posting-turns';

/** Slack as it limits a channel: some messages at once, then one a second. */
function channel(now: () => number) {
  let [tokens, at, refused, posted] = [5, now(), 0, 0];
  return {
    refused: () => refused,
    posted: () => posted,
    /** Null when the post is taken; else the seconds of Retry-After. */
    post: (): number | null => {
      tokens = Math.min(5, tokens + (now() - at) / 1_000);
      at = now();
      if (tokens >= 1) {
        tokens -= 1;
        posted++;
        return null;
      }
      refused++;
      return 1;
    },
  };
}

/** Every wave has so many posts to make, one after the other, and comes back when it was told to. */
function simulate(waves: number, posts: number) {
  const clock = { now: 1_000_000 };
  const now = () => clock.now;
  const turns = createPostingTurns(now);
  const slack = channel(now);
  const left = new Map(Array.from({ length: waves }, (_, i) => [`wave-${i}`, posts]));
  const comes = new Map([...left.keys()].map((wave) => [wave, clock.now]));
  const ended: string[] = [];
  for (let looks = 0; comes.size > 0; looks++) {
    if (looks > 200_000) throw new Error('somebody waits for ever');
    const [wave, at] = [...comes].reduce((first, other) => (other[1] < first[1] ? other : first));
    clock.now = Math.max(clock.now, at);
    const ms = turns.wait(wave);
    const retryAfter = ms > 0 ? null : slack.post();
    if (retryAfter !== null) turns.asked(wave, retryAfter * 1_000);
    if (ms > 0 || retryAfter !== null) {
      comes.set(wave, clock.now + Math.max(ms, (retryAfter ?? 0) * 1_000));
      continue;
    }
    left.set(wave, (left.get(wave) ?? 0) - 1);
    if (left.get(wave) === 0) {
      comes.delete(wave);
      ended.push(wave);
    }
  }
  return { seconds: (clock.now - 1_000_000) / 1_000, refused: slack.refused(), posted: slack.posted(), ended };
}

describe('turns at posting', () => {
  it('are not taken while Slack asks nobody to wait', () => {
    const turns = createPostingTurns(() => 5_000_000);
    expect(Array.from({ length: 50 }, (_, i) => turns.wait(`wave-${i}`))).toEqual(Array.from({ length: 50 }, () => 0));
  });

  it.each([
    [40, 5],
    [300, 2],
    [1, 60],
  ])('bring %i waves with %i posts each through at one a second, with hardly a call in vain', (waves, posts) => {
    const { seconds, refused, posted, ended } = simulate(waves, posts);
    expect(posted).toBe(waves * posts);
    expect(ended).toHaveLength(waves);
    expect(seconds).toBeLessThanOrEqual(waves * posts * 1.1 + 5);
    expect(refused).toBeLessThanOrEqual(waves * posts * 0.02 + 3);
  });

  it('put off everybody when Slack asks for a longer wait, whoever was refused first', () => {
    const clock = { now: 1_000 };
    const turns = createPostingTurns(() => clock.now);
    turns.asked('first', 30_000);
    expect(turns.wait('second')).toBe(31_000);
    expect(turns.wait('first')).toBe(30_000);
    clock.now += 30_000;
    expect(turns.wait('first')).toBe(0);
    expect(turns.wait('second')).toBe(1_000);
  });

  it('are lost by whoever does not come for them, so that nobody waits for the dead', () => {
    const clock = { now: 1_000 };
    const turns = createPostingTurns(() => clock.now);
    turns.asked('dead', 1_000);
    clock.now += 1_000 + 30_000;
    expect(turns.wait('living')).toBeGreaterThan(0);
    clock.now += 1;
    expect(createPostingTurns(() => clock.now).wait('living')).toBe(0);
    clock.now += 60_000;
    expect(turns.wait('living')).toBe(0);
  });
});
