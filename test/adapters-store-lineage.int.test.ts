/** What an append is written onto: the very version that it was decided on, whatever this process has read since. */
import { keysOf } from '../src/adapters/store/keys';
import { FRESH } from '../src/core/wave';
import { appendOf, fail, PAUSED, plan, RESUMED, STARTED, waveLogOn } from './support/log-appends';
import { type TestRedis, testRedis } from './support/private-redis';

let redis: TestRedis;
beforeAll(async () => {
  redis = await testRedis();
});
afterAll(() => redis.close());

it('is refused onto another event of the same number, also when this process has read that one meanwhile', async () => {
  const keys = keysOf('lineage');
  const log = waveLogOn(redis.client, keys);
  await log.append(appendOf(null, [STARTED]));
  const base = (await log.load(plan.wave)) ?? fail('no wave');
  const kept = [keys.log(plan.wave), keys.wave(plan.wave)] as const;
  for (const key of kept) await redis.client.copy(key, `${key}:before`);
  const ours = appendOf(base, [PAUSED]);
  expect(await log.append(ours)).toMatchObject({ kind: 'appended' });

  for (const key of kept) await redis.client.rename(`${key}:before`, key);
  const theirs = appendOf(base, [RESUMED]);
  expect(await waveLogOn(redis.client, keys).append(theirs)).toMatchObject({ kind: 'appended' });
  expect((await log.load(plan.wave))?.head).toBe(theirs.events[0]?.hash);

  const next = appendOf({ wave: ours.next, head: ours.events[0]?.hash ?? '' }, [RESUMED]);
  expect(await log.append(next)).toEqual({ kind: 'conflict' });
  expect(await log.read(plan.wave)).toHaveLength(2);
});

it('takes back all that a step was, also for who does not know what is there', async () => {
  const keys = keysOf('fresh-again');
  const begun = appendOf(null, [
    STARTED,
    { type: 'StepBegun', step: plan.steps[0]?.id ?? fail('no step'), attempt: 1 },
  ]);
  await waveLogOn(redis.client, keys).append(begun);
  const next = appendOf({ wave: begun.next, head: begun.events.at(-1)?.hash ?? '' }, [RESUMED]);
  const again = { ...next, next: { ...next.next, steps: plan.steps.map(() => FRESH) } };
  await waveLogOn(redis.client, keys).append(again);
  expect((await waveLogOn(redis.client, keys).load(plan.wave))?.wave.steps[0]).toEqual(FRESH);
});
