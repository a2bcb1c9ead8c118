/** BullMQ on a real Redis: what is offered runs, once is enough, and nothing that died keeps work from being done. */
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { systemClock } from '../src/adapters/clock/system-clock';
import { type BullQueue, createBullQueue } from '../src/adapters/queue/bullmq-queue';
import { type JobHandlers, startWorkers, type Workers } from '../src/adapters/queue/bullmq-workers';
import type { Effect } from '../src/core/due';
import { stepId, waveId } from '../src/core/ids';
import { type TestRedis, testRedis } from './support/private-redis';

let redis: TestRedis;
const closers: (() => Promise<unknown> | unknown)[] = [];

beforeAll(async () => {
  redis = await testRedis();
});
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});
afterAll(() => redis.close());

const WAVE = waveId('site-t-wave-1');
const step = (visit: number, notBefore: number | null = null): Effect => ({
  kind: 'run-step',
  key: `${WAVE}.lower-ttl.1.${visit}`,
  visit: { step: stepId('lower-ttl'), attempt: 1, visit },
  notBefore,
});
const news = (seq: number): Effect => ({ kind: 'post', key: `${WAVE}.post.${seq}`, seq });
const wake = (notBefore: number): Effect => ({ kind: 'wake', key: `${WAVE}.switch-dns.gate.1`, notBefore });

let numbers = 0;

interface Given {
  readonly tag: string;
  readonly queue: BullQueue;
  readonly ran: string[];
  readonly warned: string[];
  work(more?: Partial<JobHandlers>, concurrency?: number): Workers;
  bare(name: string): Queue;
}

function given(): Given {
  const tag = `{queue-${numbers++}}`;
  const client = new Redis(redis.url, { maxRetriesPerRequest: null });
  client.on('error', () => undefined);
  closers.push(() => client.disconnect());
  const queue = createBullQueue(client, tag, systemClock);
  closers.push(() => queue.close());
  const ran: string[] = [];
  const warned: string[] = [];
  const handlers: JobHandlers = {
    runStep: async (_wave, visit) => noted(`step ${visit.visit}`),
    inspectGate: async () => noted('gate'),
    undoStep: async () => noted('undo'),
    post: async () => noted('post'),
    wake: async () => noted('wake'),
  };
  async function noted(what: string) {
    ran.push(what);
    return 'done' as const;
  }
  return {
    tag,
    queue,
    ran,
    warned,
    work: (more = {}, concurrency = 4) => {
      const connection = new Redis(redis.url, { maxRetriesPerRequest: null });
      connection.on('error', () => undefined);
      closers.push(() => connection.disconnect());
      const workers = startWorkers(connection, tag, { ...handlers, ...more }, concurrency, (_about, message) => {
        warned.push(message);
      });
      closers.push(() => workers.close(1_000));
      return workers;
    },
    bare: (name) => {
      const bare = new Queue(name, { connection: client, prefix: tag });
      bare.on('error', () => undefined);
      closers.push(() => bare.close());
      return bare;
    },
  };
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const late = Date.now() + 5_000; Date.now() < late; ) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`in vain: ${what}`);
}

describe('work that is due', () => {
  it('runs once however often it was added', async () => {
    const { queue, ran, work } = given();
    await Promise.all(Array.from({ length: 20 }, () => queue.add(WAVE, [step(1), news(1)])));
    await queue.add(WAVE, [step(2)]);
    work({}, 1);
    await until('all of it', () => ran.includes('step 2'));
    expect([...ran].sort()).toEqual(['post', 'step 1', 'step 2']);
  });

  it('waits for its time, and is then looked at by the timer', async () => {
    const { queue, ran, work, bare } = given();
    work();
    const due = Date.now() + 200;
    await queue.add(WAVE, [step(1, due)]);
    expect(await bare('steps').getJobCounts('waiting', 'active', 'delayed')).toMatchObject({ waiting: 0, delayed: 0 });
    await until('the timer', () => ran.length > 0);
    expect(ran).toEqual(['wake']);
    expect(Date.now()).toBeGreaterThanOrEqual(due);
  });

  it('has its timer again under the same key when the first has gone off', async () => {
    const { queue, ran, work } = given();
    work();
    await queue.add(WAVE, [wake(Date.now() + 20)]);
    await until('the first', () => ran.length === 1);
    // Adding while the first is being taken away is a job too few, which the next look adds.
    await until('the second', async () => {
      await queue.add(WAVE, [wake(Date.now() - 1)]);
      return ran.length >= 2;
    });
  });

  it('is asked again after the time that the handler names', async () => {
    const { queue, work } = given();
    const times: number[] = [];
    work({
      runStep: async () => {
        times.push(Date.now());
        return times.length < 3 ? { againAfterMs: 50 } : 'done';
      },
    });
    await queue.add(WAVE, [step(1)]);
    await until('three times', () => times.length === 3);
    expect((times[2] ?? 0) - (times[0] ?? 0)).toBeGreaterThanOrEqual(100);
  });
});

describe('work whose worker is dead', () => {
  /** A job that somebody has taken and will never give back. */
  async function takenByTheDead({ queue, bare }: Given, effect: Effect, name: 'steps' | 'thread'): Promise<void> {
    await queue.add(WAVE, [effect], true);
    const steps = bare(name);
    const { id } = (await steps.getJobs(['waiting']))[0] ?? {};
    expect(id).toBeDefined();
    await redis.client.set(`${steps.toKey(String(id))}:lock`, 'of the dead', 'PX', 60_000);
    await redis.client.eval(
      `redis.call('LREM', KEYS[1], 0, ARGV[1]); redis.call('LPUSH', KEYS[2], ARGV[1])`,
      2,
      steps.toKey('wait'),
      steps.toKey('active'),
      String(id),
    );
    expect(await steps.getJobState(String(id))).toBe('active');
  }

  it.each([
    ['steps', step(1), 'step 1'],
    ['thread', news(1), 'post'],
  ] as const)('is run by another as soon as it is offered again (%s)', async (name, effect, what) => {
    const all = given();
    await takenByTheDead(all, effect, name);
    all.work();
    await all.queue.add(WAVE, [effect]);
    await all.queue.add(WAVE, [effect], true);
    await until('the other', () => all.ran.includes(what));
  });

  it('is run at last, however many have died over it while their locks still hold', async () => {
    const all = given();
    for (let dead = 0; dead < 12; dead++) await takenByTheDead(all, step(1), 'steps');
    expect(await all.bare('steps').getJobCounts('waiting', 'active')).toEqual({ waiting: 0, active: 12 });
    await all.queue.add(WAVE, [step(1)], true);
    all.work();
    await until('the thirteenth', () => all.ran.includes('step 1'));
  });

  it('is not heaped up, however often it is offered again', async () => {
    const all = given();
    await takenByTheDead(all, step(1), 'steps');
    for (let i = 0; i < 20; i++) await all.queue.add(WAVE, [step(1)], true);
    expect(await all.bare('steps').getJobCounts('waiting', 'active')).toEqual({ waiting: 1, active: 1 });
  });

  it('is offered no second time where it only waits its turn, or for Slack', async () => {
    const all = given();
    await all.queue.add(WAVE, [step(1), news(1)]);
    for (let i = 0; i < 5; i++) await all.queue.add(WAVE, [step(1), news(1)], true);
    expect(await all.bare('steps').getJobCounts('waiting')).toEqual({ waiting: 1 });
    let asked = 0;
    all.work({
      post: async () => {
        asked++;
        return { againAfterMs: 60_000 };
      },
    });
    await until('Slack to be asked', async () => (await all.bare('thread').getJobCounts('delayed')).delayed === 1);
    for (let i = 0; i < 5; i++) await all.queue.add(WAVE, [news(2 + i)], true);
    await all.queue.add(WAVE, [news(9)]);
    expect(await all.bare('thread').getJobCounts('waiting', 'active', 'delayed')).toEqual({
      waiting: 0,
      active: 0,
      delayed: 1,
    });
    expect(asked).toBe(1);
  });
});

describe('a queue that holds garbage', () => {
  it('drops it and goes on', async () => {
    const { bare, queue, ran, work } = given();
    const [steps, timers] = [bare('steps'), bare('timers')];
    const options = { removeOnComplete: true, removeOnFail: true };
    await steps.add('run-step', 'text', options);
    await steps.add('run-step', { wave: WAVE }, options);
    await steps.add('run-step', { wave: 7, visit: [] }, options);
    await steps.add('burn-down', { wave: WAVE, visit: { step: 'x', attempt: 1, visit: 1 } }, options);
    await timers.add('wake', null, options);
    await queue.add(WAVE, [step(1)]);
    work();
    await until('the sound one', () => ran.includes('step 1'));
    await until('the rest', async () => (await steps.count()) === 0 && (await timers.count()) === 0);
    expect(ran).toEqual(['step 1']);
  });

  it('tells of a handler that throws, and keeps nothing of its job', async () => {
    const { queue, warned, work, bare } = given();
    work({
      runStep: async () => {
        throw new Error('our own mistake');
      },
    });
    await queue.add(WAVE, [step(1)]);
    await until('the warning', () => warned.some((message) => message.includes('without a report')));
    expect(await bare('steps').getJobCounts()).toMatchObject({ failed: 0, waiting: 0 });
  });
});

describe('workers that are closed', () => {
  it('let what they have begun come to its end, and begin nothing more', async () => {
    const { queue, work, bare } = given();
    let release = (): void => undefined;
    const ended: number[] = [];
    const begun: number[] = [];
    const workers = work(
      {
        runStep: async (_wave, { visit }) => {
          begun.push(visit);
          await new Promise<void>((resolve) => {
            release = resolve;
          });
          ended.push(visit);
          return 'done';
        },
      },
      1,
    );
    await queue.add(WAVE, [step(1)]);
    await until('the first', () => begun.length === 1);
    await queue.add(WAVE, [step(2)]);
    const closed = workers.close(4_000);
    release();
    await closed;
    expect(ended).toEqual([1]);
    expect(begun).toEqual([1]);
    expect(await bare('steps').getJobCounts('waiting', 'active')).toEqual({ waiting: 1, active: 0 });
  });

  it('do not wait longer than they may for a job that does not end', async () => {
    const { queue, work, warned } = given();
    let release = (): void => undefined;
    let begun = false;
    const workers = work({
      runStep: async () => {
        begun = true;
        await new Promise<void>((resolve) => {
          release = resolve;
        });
        return 'done';
      },
    });
    await queue.add(WAVE, [step(1)]);
    await until('the job', () => begun);
    const late = new Promise<'hangs'>((resolve) => setTimeout(() => resolve('hangs'), 3_000).unref());
    expect(await Promise.race([workers.close(100), late])).not.toBe('hangs');
    expect(warned.join()).toMatch(/another worker takes it over/);
    release();
  });
});
