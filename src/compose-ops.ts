import type { Jobs } from '../jobs';
import type { JobRoom } from '../jobs/step-context';
import { hearCalls } from './adapters/http/call-notes';
import { alsoBound, bound, boundTo, type Log } from './adapters/log';
import { watchEventLoop } from './adapters/ops/event-loop';
import type { Figures } from './adapters/ops/figures';
import { createScrape } from './adapters/ops/gauges';
import { createMeters, type Meters, meterProcess } from './adapters/ops/meters';
import { type Check, startOps } from './adapters/ops/ops-server';
import { createQueueFigures, type QueueFigures } from './adapters/queue/queue-figures';
import type { Keys } from './adapters/store/keys';
import { createCensus } from './adapters/store/redis-census';
import { readThreadLag } from './adapters/store/redis-thread-lag';
import type { Store } from './adapters/store/store';
import { figuresFrom } from './compose-figures';
import { createWorkLook } from './compose-look';
import type { Visit } from './core/commands';
import type { WaveId } from './core/ids';
import { observationsOf } from './core/observations';
import type { Settings } from './parse/settings';
import type { CallBudget } from './ports/call-budget';
import type { Clock } from './ports/clock';
import { Fault } from './ports/fault';
import { type Thread, UnclearPost } from './ports/thread';
import type { Append, Appended, WaveLog } from './ports/wave-log';
import type { WorkLook } from './ports/work-look';
import type { WorkQueue } from './ports/work-queue';

/** Laid round the ports where everything is put together, so that nothing inside knows that it is watched. */
export interface Watch {
  readonly meters: Meters;
  log(inner: WaveLog): WaveLog;
  thread(inner: Thread): Thread;
  jobs(inner: Jobs): Jobs;
  readonly around: NonNullable<JobRoom['around']>;
  /** The queue as `reconcile` uses it: what it finds missing is counted. */
  repairs(inner: WorkQueue): WorkQueue;
  /** For `doctor`. */
  readonly look: WorkLook;
  /** From here on every event is told in the log. Serves health and figures when the settings ask for it. Gives the port; null when they do not. */
  serve(ready: Readonly<Record<string, Check>>, notes?: Readonly<Record<string, Check>>): Promise<number | null>;
  stop(): Promise<void>;
}

export interface WatchParts {
  readonly ops: Settings['ops'];
  readonly redis: Store;
  readonly keys: Keys;
  readonly clock: Clock;
  readonly budget: CallBudget;
  readonly log: Log;
}

export function watch(parts: WatchParts): Watch {
  const meters = createMeters();
  const queues = createQueueFigures(parts.redis, parts.keys.tag);
  // A command at a terminal answers in words: only a process that was started tells its log of every event.
  let told = false;
  const closers: (() => Promise<void> | void)[] = [hearCalls(meters.called), () => queues.close()];
  return {
    meters,
    log: (inner) => watchedLog(inner, meters, (about) => (told ? parts.log.info(about, 'event') : undefined)),
    thread: (inner) => watchedThread(inner, meters),
    jobs: (inner) => watchedJobs(inner, meters),
    around: watchedVisits(meters),
    repairs: (inner) => noticingRepairs(inner, queues, meters, parts),
    look: createWorkLook(parts, queues),
    async serve(ready, notes = {}) {
      told = true;
      if (!parts.ops) return null;
      meterProcess(meters.registry);
      const loop = watchEventLoop();
      closers.push(() => loop.stop());
      const server = await startOps({
        ...parts.ops,
        lagMs: loop.lagMs,
        ready,
        notes,
        metrics: createScrape(meters.registry, reader(parts, queues)),
      });
      closers.push(() => server.close());
      parts.log.info({ ops: server.port }, 'health and figures are served');
      return server.port;
    },
    async stop() {
      await Promise.allSettled(closers.map((close) => close()));
    },
  };
}

function reader({ redis, keys, clock, budget }: WatchParts, queues: QueueFigures): () => Promise<Figures> {
  const census = createCensus(redis, keys);
  return async () => {
    const [counted, thread, depths, calls] = await Promise.all([
      census(),
      readThreadLag(redis, keys),
      queues.depths(),
      budget.figures(),
    ]);
    return figuresFrom({ census: counted, thread, depths, calls }, clock.now());
  };
}

function watchedLog(inner: WaveLog, meters: Meters, note: (about: object) => void): WaveLog {
  const append = async (asked: Append): Promise<Appended> => {
    const began = performance.now();
    alsoBound({ wave: asked.wave });
    try {
      const appended = await inner.append(asked);
      meters.appended(appended.kind, performance.now() - began);
      if (appended.kind === 'appended') tell(asked);
      return appended;
    } catch (cause) {
      meters.appended('fault', performance.now() - began);
      throw cause;
    }
  };
  const tell = ({ wave, events, next, visits }: Append): void => {
    meters.observed(observationsOf(next, events));
    for (const [i, { seq, by, event }] of events.entries()) {
      const step = 'step' in event ? { step: event.step } : {};
      boundTo(visits?.[i] ?? {}, () => note({ wave, seq, event: event.type, ...step, by: by.kind }));
    }
  };
  return {
    ...inner,
    append,
    load: (wave) => {
      alsoBound({ wave });
      return inner.load(wave);
    },
  };
}

function watchedThread(inner: Thread, meters: Meters): Thread {
  const told = async <Answer>(method: string, call: () => Promise<Answer>): Promise<Answer> => {
    const began = performance.now();
    try {
      const answer = await call();
      meters.slack(method, answer === 'gone' ? 'gone' : 'done', performance.now() - began);
      return answer;
    } catch (cause) {
      meters.slack(method, slackOutcome(cause), performance.now() - began);
      throw cause;
    }
  };
  return {
    postRoot: (...about) => told('post', () => inner.postRoot(...about)),
    post: (...about) => told('post', () => inner.post(...about)),
    update: (...about) => told('update', () => inner.update(...about)),
    find: (...about) => told('find', () => inner.find(...about)),
  };
}

function slackOutcome(cause: unknown): 'unclear' | 'rate-limited' | 'unavailable' | 'refused' {
  if (cause instanceof UnclearPost) return 'unclear';
  if (!(cause instanceof Fault) || !cause.transient) return 'refused';
  return cause.retryAfterMs === null ? 'unavailable' : 'rate-limited';
}

/** Every line that is written during a job stands under its wave; what a job does for steps is counted visit by visit. */
function watchedJobs(inner: Jobs, meters: Meters): Jobs {
  const walking = (job: string, work: Jobs['runStep']) => (wave: WaveId, visit: Visit) =>
    bound({ wave, job }, async () => {
      const began = performance.now();
      const result = await work(wave, visit);
      if (result !== 'done') meters.job(job, 'again', performance.now() - began);
      return result;
    });
  const plain = (job: string, work: () => ReturnType<Jobs['post']>): ReturnType<Jobs['post']> =>
    timed(meters, job, work, (result) => (result === 'done' ? 'done' : 'again'));
  return {
    runStep: walking('run-step', inner.runStep),
    inspectGate: walking('inspect-gate', inner.inspectGate),
    undoStep: walking('undo-step', inner.undoStep),
    post: (wave) => bound({ wave, job: 'post' }, () => plain('post', () => inner.post(wave))),
    wake: (wave, at) => bound({ wave, job: 'wake' }, () => plain('wake', () => inner.wake(wave, at))),
  };
}

/** Each visit stands under its step, also when one job makes several. */
const watchedVisits =
  (meters: Meters): NonNullable<JobRoom['around']> =>
  (kind, wave, visit, work) =>
    bound({ wave, ...visit, job: kind }, () => timed(meters, kind, work, () => 'done'));

async function timed<Answer>(
  meters: Meters,
  job: string,
  work: () => Promise<Answer>,
  ended: (answer: Answer) => 'done' | 'again',
): Promise<Answer> {
  const began = performance.now();
  try {
    const answer = await work();
    meters.job(job, ended(answer), performance.now() - began);
    return answer;
  } catch (cause) {
    meters.job(job, 'threw', performance.now() - began);
    throw cause;
  }
}

/**
 * Due work of a wave that nobody has and no job stands for: lost between log and queue, or with the worker that had it.
 * A wave that waits is not looked at, so that ten thousand parked ones cost nothing. Now and then a job is counted that
 * its worker was just about to add.
 */
function noticingRepairs(inner: WorkQueue, queues: QueueFigures, meters: Meters, { clock }: WatchParts): WorkQueue {
  const lookAt = async (id: string): Promise<void> => {
    const state = await queues.stateOf('steps', id);
    if (state === 'unknown') meters.repaired('lost');
    if (state === 'active') meters.repaired('abandoned');
  };
  return {
    async add(wave, effects, again = false) {
      for (const effect of again ? effects : []) {
        if (effect.kind === 'post' || effect.kind === 'wake') continue;
        if (effect.notBefore !== null && effect.notBefore > clock.now()) continue;
        await lookAt(effect.key).catch(() => undefined);
      }
      await inner.add(wave, effects, again);
    },
  };
}
