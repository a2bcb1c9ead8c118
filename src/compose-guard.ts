import type { LostRoom } from '../commands/command-room';
import type { Jobs } from '../jobs';
import { runbook } from '../templates/runbook';
import { vanishedNotice } from '../templates/vanished';
import { createSlackCards } from './adapters/slack/slack-cards';
import { createSlackRecord } from './adapters/slack/slack-record';
import { createSlackThread } from './adapters/slack/slack-thread';
import type { Keys } from './adapters/store/keys';
import { createRedisCursors } from './adapters/store/redis-cursors';
import { createRedisMark } from './adapters/store/redis-mark';
import { createRedisVanished } from './adapters/store/redis-vanished';
import type { Visit } from './core/commands';
import type { WaveId } from './core/ids';
import { mayGoOnUnseen } from './core/unseen';
import { type Comparer, createComparer } from './engine/compare-store';
import type { Engine } from './engine/handle';
import { type SearchChannel, searchChannel } from './engine/search-channel';
import { type GuardOptions, guardedLease, guardedLog, LATE_MS } from './engine/store-guard';
import { createWaveMemory, type WaveMemory } from './engine/wave-memory';
import type { Settings } from './parse/settings';
import type { StoreMark } from './ports/store-mark';
import type { VanishedWaves } from './ports/vanished-waves';
import type { World } from './ports/world';

type Client = Parameters<typeof createRedisMark>[0] & Parameters<typeof createRedisCursors>[0];

export interface GuardParts {
  readonly keys: Keys;
  readonly slack: Settings['slack'];
  readonly timeoutMs: number;
  readonly alarm: (about: object, message: string) => void;
}

/** An engine that asks first whether the store still has what was written. */
export interface Guarded {
  /** What it is made of, for whoever finds out what the store has lost. */
  readonly inner: Engine;
  readonly engine: Engine;
  readonly mark: StoreMark;
  readonly memory: WaveMemory;
  readonly vanished: VanishedWaves;
  /** Waves with which a worker goes on although they could not be compared. */
  readonly unseen: Set<WaveId>;
  readonly search: SearchChannel;
}

/** `memory` is one for all connections of this process. */
export function guard(
  redis: Client,
  inner: Engine,
  parts: GuardParts,
  memory: WaveMemory = createWaveMemory(),
): Guarded {
  const { keys, slack, timeoutMs, alarm } = parts;
  const mark = createRedisMark(redis, keys);
  const vanished = createRedisVanished(redis, keys);
  const unseen = new Set<WaveId>();
  const options: GuardOptions = {
    mark,
    memory,
    unseen: (wave) => unseen.has(wave),
    awaited: (wave) => callForComparison(inner, wave),
  };
  const access = { token: slack.botToken, apiUrl: slack.apiUrl, channel: slack.channel, timeoutMs };
  const thread = createSlackThread(access);
  return {
    inner,
    engine: { ...inner, log: guardedLog(inner.log, options), lease: guardedLease(inner.lease, options) },
    mark,
    memory,
    vanished,
    unseen,
    search: searchChannel({
      mark,
      cards: createSlackCards(access),
      vanished,
      clock: inner.clock,
      alarm,
      tell: async (found) =>
        void (await thread.post(found, vanishedNotice(found), { wave: found.wave, from: 0, to: 0 })),
    }),
  };
}

/** Whichever worker takes up the job finds the wave in doubt, and compares it before others: a parked wave has no other work. */
async function callForComparison({ queue, warn }: Engine, wave: WaveId): Promise<void> {
  try {
    await queue.add(wave, [{ kind: 'post', key: `${wave}.post`, seq: 0 }], true);
  } catch (err) {
    warn({ wave, err }, 'no worker could be told that somebody waits for this wave to be compared');
  }
}

/** Whoever finds out, as a worker. */
export function comparerOf(
  redis: Client,
  { inner, mark, memory, search }: Guarded,
  world: World,
  worker: string,
  { keys, slack, timeoutMs, alarm }: GuardParts,
  giveWay?: () => Promise<void>,
): Comparer {
  return createComparer({
    engine: inner,
    mark,
    memory,
    search,
    world,
    worker,
    runbook,
    alarm,
    ...(giveWay ? { giveWay } : {}),
    record: createSlackRecord({ token: slack.botToken, apiUrl: slack.apiUrl, timeoutMs }),
    cursors: createRedisCursors(redis, keys),
  });
}

/** What verbs need of it. */
export function lostRoom({ vanished, search }: Guarded, { slack, timeoutMs }: GuardParts): LostRoom {
  const thread = createSlackThread({ token: slack.botToken, apiUrl: slack.apiUrl, channel: slack.channel, timeoutMs });
  return {
    vanished,
    search,
    tell: (found, message) => thread.post(found, message, { wave: found.wave, from: 0, to: 0 }),
  };
}

/**
 * Whether a worker takes the next step of a wave without being asked for it. With a wave in doubt each step is asked for
 * anew, and its end is written without the gate that nobody may open meanwhile.
 */
export const goesOnIn =
  ({ unseen }: Pick<Guarded, 'unseen'>, isLeaving: () => boolean) =>
  (wave: WaveId): boolean =>
    !isLeaving() && !unseen.has(wave);

/** Somebody waits for the comparison: asked again after this, real ms. */
const AGAIN_MS = 300;

/** Nothing is done for a wave in doubt, but what must not wait for a Slack that is away. */
export function guardedJobs(
  inner: Jobs,
  { inner: engine, mark, unseen }: Pick<Guarded, 'inner' | 'mark' | 'unseen'>,
  comparer: Comparer,
): Jobs {
  const isClosed = async (wave: WaveId, kind: 'run-step' | 'inspect-gate' | 'undo-step' | 'post'): Promise<boolean> => {
    if (!(await mark.isDoubted(wave))) {
      unseen.delete(wave);
      return false;
    }
    comparer.ask(wave);
    void comparer.look();
    if (kind === 'post' || !comparer.slackIsAway()) return true;
    const [{ ageMs }, stored] = [await mark.standing(), await engine.log.load(wave)];
    if (ageMs < LATE_MS || !stored || !mayGoOnUnseen(stored.wave, kind)) {
      unseen.delete(wave);
      return true;
    }
    if (!unseen.has(wave))
      engine.warn({ wave, kind }, 'Slack is away, so the log cannot be compared: what has begun goes on');
    unseen.add(wave);
    return false;
  };
  const work =
    (kind: 'run-step' | 'inspect-gate' | 'undo-step', job: Jobs['runStep']): Jobs['runStep'] =>
    async (wave: WaveId, visit: Visit) =>
      (await isClosed(wave, kind)) ? { againAfterMs: AGAIN_MS } : job(wave, visit);
  return {
    runStep: work('run-step', inner.runStep),
    inspectGate: work('inspect-gate', inner.inspectGate),
    undoStep: work('undo-step', inner.undoStep),
    post: async (wave) => ((await isClosed(wave, 'post')) ? { againAfterMs: AGAIN_MS } : inner.post(wave)),
    wake: async (wave, at) => ((await isClosed(wave, 'post')) ? { againAfterMs: AGAIN_MS } : inner.wake(wave, at)),
  };
}
