/** How the sandbox knows until when waves wait, on a real Redis. */
import { followWaits } from '../sandbox/waits';
import { type TestRedis, testRedis } from './support/private-redis';

const WAVE = 'site-b-wave-1';
const LOG = `{cutover}:wave:${WAVE}:log`;

let redis: TestRedis;
beforeAll(async () => {
  redis = await testRedis();
});
afterAll(() => redis.close());

async function until(look: () => boolean): Promise<void> {
  for (const end = Date.now() + 20_000; Date.now() < end; ) {
    if (look()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('not seen in time');
}

const waits = (nextAt: number): string => JSON.stringify({ event: { type: 'StepWaited', nextAt } });

test.each([
  ['half an entry', '{"seq":'],
  ['no entry', 'y'],
  ['an entry without an event', '{}'],
])('a log is followed on after somebody has put %s at its end and taken it away again', async (_what, entry) => {
  await redis.client.del(LOG);
  await redis.client.rpush(LOG, waits(1_000));
  const followed = followWaits({ url: redis.url, prefix: 'cutover' }, () => undefined);
  try {
    followed.follow(WAVE);
    await until(() => followed.end(null) === 1_000);
    const kept = await redis.client.dumpBuffer(LOG);
    await redis.client.rpush(LOG, entry);
    await until(() => followed.end(null) === null);
    await redis.client.restore(LOG, 0, kept, 'REPLACE');
    await redis.client.rpush(LOG, waits(2_000));
    await until(() => followed.end(null) === 2_000);
  } finally {
    followed.stop();
  }
});
