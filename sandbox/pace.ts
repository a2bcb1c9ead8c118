import type { ClockKeeper } from './clock';
import type { StoredMessage, Workspace } from './slack/workspace';
import { followWaits, type LogPlace } from './waits';

/** For people who watch a wait, however long, takes about this many real milliseconds. */
const WAIT_TAKES_MS = 2_500;
/** This long before a wait ends, or the world goes on after a clock was set back, sandbox time is back at its pace. */
const SLOW_DOWN_MS = 60_000;
const LOOK_EVERY_MS = 10;
/** An answer that a fault holds back is waited for by somebody who has asked nothing else for this long, real ms. */
const QUIET_MS = 15;
/** Real milliseconds of computing would count as half a minute while callers find no way in; no caller waits for a scale. */
const HAND_OVER_SPEED = 10;

/** Sandbox time that is leapt at once. */
const STRIDE_MS = 2 * 3600_000;

export interface Pace {
  /** Sandbox time passes like real time: nothing should happen to the world while the bot is down. */
  freeze(): void;
  thaw(): void;
  /** Those who play the people do nothing before this sandbox time, and nobody else does while they think. */
  restUntil(sim: number): void;
  stop(): void;
}

const SAME_AIM_MS = 10 * 60_000;
/** A gate is open for a day; somebody who reads a long card for minutes must not come back to a closed one. */
const DECIDING_SPEED = 10;
const ENDED = ['completed', 'rolled-back', 'aborted'];

export interface PaceOptions {
  /** Sandbox milliseconds in a real one while anybody works. */
  readonly usual: number;
  /** People sit before the page: time nearly stands still while they decide, and waits pass before their eyes. */
  readonly peopleDecide: boolean;
  /** Where the waves' logs are. */
  readonly redis: LogPlace;
  readonly twin: {
    readonly isHandingOver: () => boolean;
    /** Sandbox time of the first answer that a fault holds back, when none was asked for or given for `quietMs`; else null. */
    readonly nextAnswerAt: (quietMs: number) => number | null;
    /** Sandbox time that the world has come to: ahead of the clock's once that was set back. */
    readonly reachedAt: () => number;
    /** Runs the world up to now. */
    readonly advance: () => void;
  };
}

/**
 * Lets sandbox time pass faster while every open wave only waits. Before people it runs fast, as far as the root cards
 * forecast in their metadata; else it leaps to the next look that a wave's log gives, and not beyond, so that no look is
 * late for it. Everything that people or machines do happens at the usual pace.
 */
export function keepPace(
  clock: ClockKeeper,
  workspace: Workspace,
  { usual, peopleDecide, redis, twin }: PaceOptions,
): Pace {
  const forecasts = new Map<string, number | null>();
  const deciding = new Set<string>();
  const waits = followWaits(redis, () => leap());
  const stop = workspace.onMessage(({ message }) => {
    const payload = rootPayload(message);
    if (!payload) return;
    if (payload.status === 'gated') deciding.add(payload.wave);
    else deciding.delete(payload.wave);
    if (ENDED.includes(payload.status)) forecasts.delete(payload.wave);
    else forecasts.set(payload.wave, payload.status === 'running' ? (payload.waiting_until ?? null) : null);
    waits.follow(payload.wave);
  });
  let aimedAt: number | null = null;
  let frozen = false;
  let slow = false;
  let leaping = false;
  let rest = 0;

  const timer = setInterval(() => {
    if (frozen) return;
    keepSlow();
    if (slow) return;
    if (peopleDecide) aim();
    else leap();
  }, LOOK_EVERY_MS);

  function keepSlow(): void {
    // A world that a clock set back has left standing goes on when it has caught up: until then nobody calls.
    const handingOver = twin.isHandingOver() && twin.reachedAt() - clock.now() < SLOW_DOWN_MS;
    const everybodyDecides = peopleDecide && forecasts.size > 0 && deciding.size === forecasts.size;
    if ((handingOver || everybodyDecides) === slow) return;
    slow = !slow;
    aimedAt = null;
    clock.setSpeed(slow ? Math.min(usual, handingOver ? HAND_OVER_SPEED : DECIDING_SPEED) : usual);
  }

  function aim(): void {
    const until = nextEnd([...forecasts.values()]);
    if (aimedAt === until) return;
    // A forecast that moves a little is not aimed at anew: each new aim would take its time again.
    if (until !== null && aimedAt !== null && Math.abs(until - aimedAt) < SAME_AIM_MS && aimedAt > clock.now()) return;
    aimedAt = until;
    const target = until === null ? 0 : until - SLOW_DOWN_MS;
    if (target > clock.now()) clock.fastForward(target, WAIT_TAKES_MS, usual);
    else clock.setSpeed(usual);
  }

  /** Stride by stride, so that the world keeps up and its servers are heard in between. */
  function leap(goesOn = false): void {
    if (leaping && !goesOn) return;
    leaping = false;
    const now = clock.now();
    const end = waits.end(rest > now ? rest : twin.nextAnswerAt(QUIET_MS));
    if (peopleDecide || frozen || slow || end === null || end <= now || twin.isHandingOver()) return;
    clock.jump(Math.min(end, now + STRIDE_MS), usual);
    twin.advance();
    leaping = true;
    setImmediate(() => leap(true));
  }

  return {
    freeze: () => {
      frozen = true;
      clock.setSpeed(1);
    },
    thaw: () => {
      frozen = false;
      slow = false;
      aimedAt = null;
      clock.setSpeed(usual);
      keepSlow();
    },
    restUntil: (sim) => {
      rest = sim;
      leap();
    },
    stop: () => {
      clearInterval(timer);
      frozen = true;
      waits.stop();
      stop();
    },
  };
}

/** The first end of all waits; null when somebody is at work, or nobody waits. */
function nextEnd(waits: readonly (number | null)[]): number | null {
  const ends = waits.filter((until) => until !== null);
  return ends.length > 0 && ends.length === waits.length ? Math.min(...ends) : null;
}

export interface RootPayload {
  readonly wave: string;
  readonly status: string;
  readonly waiting_until?: number;
}

/** What a root card says to machines; null for every other message. */
export function rootPayload(message: StoredMessage): RootPayload | null {
  const payload = (message.metadata?.event_payload ?? null) as {
    wave?: unknown;
    to?: unknown;
    status?: unknown;
    waiting_until?: number;
  } | null;
  if (payload?.to !== 0 || typeof payload.wave !== 'string' || typeof payload.status !== 'string') return null;
  return payload as unknown as RootPayload;
}
