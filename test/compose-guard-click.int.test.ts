/** A person's click on a wave in doubt calls a worker to compare it: a parked wave has no other work that would. */
import { randomUUID } from 'node:crypto';
import { keysOf } from '../src/adapters/store/keys';
import { guard } from '../src/compose-guard';
import type { Effect } from '../src/core/due';
import { type Engine, handle } from '../src/engine/handle';
import { approve, passed, play, reportGate, shortPlan, start, through } from './support/core-waves';
import { memoryShell } from './support/memory-shell';
import { type TestRedis, testRedis } from './support/private-redis';

let redis: TestRedis;
beforeAll(async () => {
  redis = await testRedis();
});
afterAll(() => redis.close());

const plan = shortPlan();
const parked = play(null, [start(plan), ...through, reportGate(passed)]);

/** A wave that waits for an approval, in a store that was started anew. */
async function house(add: (effects: readonly Effect[], compared: () => Promise<void>) => Promise<void>) {
  const keys = keysOf(randomUUID());
  await redis.client.sadd(keys.open, parked.id);
  const shell = memoryShell();
  shell.waves.set(parked.id, { wave: parked, head: '', events: [] });
  const slack = { botToken: 'xoxb-none', apiUrl: 'http://127.0.0.1:9/', channel: 'C0' } as never;
  const inner: Engine = {
    ...shell.engine,
    queue: {
      add: (_wave, effects) =>
        add(effects, async () => {
          for (const [wave, doubt] of await guarded.mark.doubted()) await guarded.mark.settle(wave, doubt);
        }),
    },
  };
  const guarded = guard(redis.client, inner, { keys, slack, timeoutMs: 1_000, alarm: () => undefined });
  await guarded.mark.look();
  return { shell, click: () => handle(guarded.engine, parked.id, approve()(parked)) };
}

const POST = { kind: 'post', key: `${parked.id}.post`, seq: 0 };

test('a refused click leaves a job by which a worker compares the wave before others', async () => {
  const added: Effect[] = [];
  const { click } = await house(async (effects) => void added.push(...effects));
  await expect(click()).rejects.toThrow('is being compared with its thread');
  expect(added).toEqual([POST]);
});

test('the job is there before the person waits, so that the click goes through once the wave is compared', async () => {
  const added: Effect[] = [];
  const { click } = await house(async (effects, compared) => {
    if (added.push(...effects) === 1) await compared();
  });
  expect(await click()).toMatchObject({ kind: 'handled' });
  expect(added[0]).toEqual(POST);
});

test('a queue that cannot be reached changes nothing in the answer', async () => {
  const { click, shell } = await house(() => Promise.reject(new Error('the queue is away')));
  await expect(click()).rejects.toThrow('is being compared with its thread');
  expect(shell.warned).toMatchObject([{ message: expect.stringContaining('somebody waits') }]);
});
