import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { WebClient } from '@slack/web-api';
import type { CommandRoom } from '../commands';
import { registerCommands } from '../commands';
import { createJobs } from '../jobs';
import type { JobRoom } from '../jobs/step-context';
import { stepWorks } from '../jobs/steps';
import { createFileClock } from './adapters/clock/file-clock';
import { systemClock } from './adapters/clock/system-clock';
import { sha256 } from './adapters/digest';
import { withLastLook } from './adapters/http/last-look';
import { createFileLibrary } from './adapters/library/file-library';
import { bound, type Log } from './adapters/log';
import { createCallBudget, GENESYS_BUDGET, OWN_SHARE } from './adapters/platforms/genesys/call-budget';
import { createBullQueue } from './adapters/queue/bullmq-queue';
import { startWorkers, type Workers } from './adapters/queue/bullmq-workers';
import { createBoltApp, type SlackApp } from './adapters/slack/bolt-app';
import { createDoorkeeper } from './adapters/slack/doorkeeper';
import { silent } from './adapters/slack/silent';
import { createSlackHome } from './adapters/slack/slack-home';
import { createSlackPeople } from './adapters/slack/slack-people';
import { createSlackThread } from './adapters/slack/slack-thread';
import { answersFor } from './adapters/store/at-owner';
import { type Keys, keysOf } from './adapters/store/keys';
import { isNewer } from './adapters/store/newer-wave';
import { createRedisCallBudget } from './adapters/store/redis-call-budget';
import { connectRedis } from './adapters/store/redis-connection';
import { createRedisCursors } from './adapters/store/redis-cursors';
import { findStore } from './adapters/store/redis-finding';
import { createRedisLease } from './adapters/store/redis-lease';
import { createProgramme } from './adapters/store/redis-programme';
import { createSeen } from './adapters/store/redis-seen';
import { createRedisWaveLog } from './adapters/store/redis-wave-log';
import type { Store } from './adapters/store/store';
import { comparerOf, type Guarded, type GuardParts, goesOnIn, guard, guardedJobs, lostRoom } from './compose-guard';
import { createNewerWaves } from './compose-newer';
import { notedWorld } from './compose-noted';
import { type Watch, watch } from './compose-ops';
import { tracing } from './compose-trace';
import { composeWorld } from './compose-world';
import type { Comparer } from './engine/compare-store';
import type { Engine } from './engine/handle';
import { reconcile, sweep } from './engine/reconcile';
import { evaluate } from './parse/expression';
import { parseLibraryRecipe } from './parse/library-recipe';
import { formatFaults, type ParseFault } from './parse/parse-fault';
import type { Settings } from './parse/settings';
import { parseSite } from './parse/site';
import { parseStoredEvent, parseStoredWave } from './parse/stored-wave';
import type { CallBudget } from './ports/call-budget';

export interface Product {
  readonly room: CommandRoom;
  /** Calls to Genesys Cloud, shared by all processes of this client. */
  readonly budget: CallBudget;
  readonly redis: Store;
  readonly keys: Keys;
  readonly slack: SlackApp;
  /** By which it is known what Redis may have lost. */
  readonly store: Pick<Guarded, 'mark' | 'vanished'>;
  /** What is counted of all this, and the listener that hands it out. */
  readonly watch: Watch;
  /** From here on spans are sent, when the settings ask for it. */
  follow(): Promise<void>;
  /** Waves that a newer version has written, in a few words; null when this process has met none that is open. */
  needsNewer(): Promise<string | null>;
  /** Takes part in the work on waves until `stop`. */
  startWorkers(): Workers;
  /** Lets go of the waves that are worked on here, for a process that ends in the middle of them. Never throws. */
  handOver(): Promise<void>;
  stop(): Promise<void>;
}

/** How often open waves are looked at for work that was lost on the way; real ms. */
const RECONCILE_EVERY_MS = 1_000;
const SLACK_CALL_MS = 10_000;

/** Everything built and handed round; nothing started. */
export function compose(settings: Settings, log: Log): Product {
  const warn = (about: object, message: string): void => {
    watched.meters.warned('warn');
    log.warn(about, message);
  };
  const alarm = (about: object, message: string): void => {
    watched.meters.warned('error');
    log.error(about, message);
  };
  const clock = settings.sandboxClockFile ? createFileClock(settings.sandboxClockFile) : systemClock;
  const keys = keysOf(settings.redis.prefix);
  const click = connectRedis(settings.redis.place, 'click', warn);
  const work = connectRedis(settings.redis.place, 'work', warn);
  const storage = {
    keys,
    minReplicas: settings.redis.minReplicas,
    parseWave: firstFault(parseStoredWave),
    parseEvent: firstFault(parseStoredEvent),
    seen: new Map(),
  };
  const budget = createRedisCallBudget({
    ...GENESYS_BUDGET,
    redis: click,
    key: keys.calls(settings.genesys?.clientId ?? 'no-client'),
    clock,
    redisTime: settings.sandboxClockFile === null,
    alone: createCallBudget(clock, OWN_SHARE),
    warn,
  });
  const watched = watch({ ops: settings.ops, redis: click, keys, clock, budget, log });
  const { slack } = settings;
  const client = new WebClient(slack.botToken, {
    slackApiUrl: slack.apiUrl,
    logger: silent,
    timeout: SLACK_CALL_MS,
    retryConfig: { retries: 1 },
    rejectRateLimitedCalls: true,
  });
  const programme = createProgramme(click, keys);
  const outside = composeWorld(settings, clock, budget, {
    ...createSlackHome(client, slack.channel),
    store: () => findStore(click, keys, { kind: settings.redis.place.kind, minReplicas: settings.redis.minReplicas }),
    inFlight: async (site) => ({ most: settings.sitesInFlight, waves: await programme.inFlight(site) }),
    newestWave: programme.newestWave,
  });
  const world = notedWorld(outside);
  const followed = tracing({ ...settings, redis: click, keys, warn });
  const { trace } = followed;
  const common = { clock, digest: sha256, warn, ...(trace ? { trace } : {}) };
  const newer = createNewerWaves(alarm);
  const clickQueue = createBullQueue(click, keys.tag, clock, trace);
  const workQueue = createBullQueue(work, keys.tag, clock, trace);
  const guarding: GuardParts = { keys, slack, timeoutMs: SLACK_CALL_MS, alarm };
  const clickGuard = guard(
    click,
    {
      ...common,
      log: newer.log(followed.log(watched.log(createRedisWaveLog({ ...storage, redis: click })))),
      queue: clickQueue,
      lease: createRedisLease(click, keys),
    },
    guarding,
  );
  const clickEngine = clickGuard.engine;
  const workLease = createRedisLease(work, keys, settings.redis.minReplicas);
  const workGuard = guard(
    work,
    {
      ...common,
      log: newer.log(followed.log(watched.log(createRedisWaveLog({ ...storage, redis: work })))),
      queue: workQueue,
      lease: workLease,
    },
    guarding,
    clickGuard.memory,
  );
  const workEngine = workGuard.engine;
  const room: CommandRoom = {
    engine: clickEngine,
    world,
    library: library(settings),
    people: createSlackPeople(client),
    lost: lostRoom(clickGuard, guarding),
  };
  const isFirst = createSeen(click, keys);
  const app = createBoltApp({
    ...slack,
    ...settings.listen,
    warn,
    timeoutMs: SLACK_CALL_MS,
    isFirst: (signature) => isFirst(sha256(signature)),
    door: createDoorkeeper(client),
    isReady: () => answersFor(click, keys.open),
  });
  app.app.use(({ next, body }) => bound({ click: randomUUID().slice(0, 8) }, () => followed.gesture(body, next)));
  registerCommands(app.app, room);
  return {
    room,
    budget,
    redis: click,
    keys,
    slack: app,
    store: clickGuard,
    watch: watched,
    follow: () => followed.open(),
    startWorkers: () => {
      const worker = `${hostname()}-${process.pid}`;
      const thread = createSlackThread({
        token: slack.botToken,
        apiUrl: slack.apiUrl,
        channel: slack.channel,
        timeoutMs: SLACK_CALL_MS,
      });
      let leaving = false;
      const room: JobRoom = {
        engine: workEngine,
        world,
        works: stepWorks({ evaluate }),
        worker,
        around: followed.around(watched.around),
        withLastLook,
        // What is asked to end begins nothing more: the next step is another worker's.
        goesOn: goesOnIn(workGuard, () => leaving),
      };
      const inner = createJobs(room, {
        ...common,
        alarm,
        log: workEngine.log,
        cursors: createRedisCursors(work, keys),
        thread: followed.thread(watched.thread(thread)),
      });
      const comparer = comparerOf(work, workGuard, world, worker, guarding, app.lull);
      const sure = guardedJobs(inner, workGuard, comparer);
      const jobs = watched.jobs(newer.jobs(sure, async (wave) => isNewer(await work.hget(keys.wave(wave), 'format'))));
      const workers = startWorkers(
        work,
        keys.tag,
        jobs,
        settings.workerConcurrency,
        warn,
        () => workLease.handOver(),
        trace,
      );
      const looking = { ...workEngine, queue: watched.repairs(workQueue), warn: newer.quieted(warn) };
      const going = withReconcile(workers, looking, watched, comparer);
      return {
        close: (ms) => {
          leaving = true;
          return going.close(ms);
        },
      };
    },
    needsNewer: newer.said,
    handOver: () => workLease.handOver(),
    stop: async () => {
      await Promise.allSettled([clickQueue.close(), workQueue.close(), watched.stop(), followed.close()]);
      click.disconnect();
      work.disconnect();
    },
  };
}

/** Looks at once and then again and again: whatever was lost between the log and the queue is found within a second. */
function withReconcile(workers: Workers, engine: Engine, { meters }: Watch, comparer: Comparer): Workers {
  let busy = false;
  const look = async (): Promise<void> => {
    if (busy) return;
    busy = true;
    const began = performance.now();
    const done = await reconcile(engine).then(
      () => true,
      (err: unknown) => {
        engine.warn({ err }, 'reconcile');
        return false;
      },
    );
    meters.reconciled(done, performance.now() - began);
    busy = false;
  };
  const timer = setInterval(() => {
    void comparer.look();
    void look();
  }, RECONCILE_EVERY_MS);
  void comparer.look();
  void sweep(engine)
    .catch((err: unknown) => engine.warn({ err }, 'sweep'))
    .then(look);
  return {
    close: async (ms) => {
      clearInterval(timer);
      await workers.close(ms);
    },
  };
}

function library(settings: Pick<Settings, 'sitesDir' | 'recipesDir'>) {
  const lines = <Value>(parsed: { ok: true; value: Value } | { ok: false; faults: readonly ParseFault[] }) =>
    parsed.ok ? parsed : { ok: false as const, faults: formatFaults(parsed.faults) };
  return createFileLibrary({
    ...settings,
    parseSite: (text, file, roster) => lines(parseSite(text, file, roster)),
    parseRecipe: (text, file, site) => lines(parseLibraryRecipe(text, file, site)),
  });
}

function firstFault<Value>(
  parse: (value: unknown) => { ok: true; value: Value } | { ok: false; faults: readonly ParseFault[] },
) {
  return (value: unknown) => {
    const parsed = parse(value);
    return parsed.ok ? parsed : { ok: false as const, wrong: formatFaults(parsed.faults, 3).join(' ') };
  };
}
