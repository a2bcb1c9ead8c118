import type { ClockKeeper } from './clock';
import type { StoredMessage, Workspace } from './slack/workspace';

/** A wait, however long, takes about this many real milliseconds. */
const WAIT_TAKES_MS = 2_500;
/** This long before a wait ends, sandbox time is back at its usual pace. */
const SLOW_DOWN_MS = 60_000;
const LOOK_EVERY_MS = 25;
/** Real milliseconds of computing would count as half a minute while callers find no way in; no caller waits for a scale. */
const HAND_OVER_SPEED = 10;

export interface Pace {
  /** Sandbox time passes like real time: nothing should happen to the world while the bot is down. */
  freeze(): void;
  thaw(): void;
  stop(): void;
}

const SAME_AIM_MS = 10 * 60_000;
/** A gate is open for a day; somebody who reads a long card for minutes must not come back to a closed one. */
const DECIDING_SPEED = 10;
const ENDED = ['completed', 'rolled-back', 'aborted'];

/**
 * Lets sandbox time run faster while every open wave only waits: the bot's root cards say in their metadata until when.
 * Everything that people or machines do happens at the usual pace.
 */
export function keepPace(
  clock: ClockKeeper,
  workspace: Workspace,
  usual: number,
  isHandingOver: () => boolean = () => false,
  peopleDecide = false,
): Pace {
  const waits = new Map<string, number | null>();
  const deciding = new Set<string>();
  const stop = workspace.onMessage(({ message }) => {
    const payload = rootPayload(message);
    if (!payload) return;
    if (payload.status === 'gated') deciding.add(payload.wave);
    else deciding.delete(payload.wave);
    if (ENDED.includes(payload.status)) waits.delete(payload.wave);
    else waits.set(payload.wave, payload.status === 'running' ? (payload.waiting_until ?? null) : null);
  });
  let aimedAt: number | null = null;
  let frozen = false;
  let slow = false;
  const timer = setInterval(() => {
    if (frozen) return;
    const everybodyDecides = peopleDecide && waits.size > 0 && deciding.size === waits.size;
    if ((isHandingOver() || everybodyDecides) !== slow) {
      slow = !slow;
      aimedAt = null;
      clock.setSpeed(slow ? Math.min(usual, isHandingOver() ? HAND_OVER_SPEED : DECIDING_SPEED) : usual);
    }
    if (slow) return;
    const until = nextEnd([...waits.values()]);
    if (aimedAt === until) return;
    // A forecast that moves a little is not aimed at anew: each new aim would take its time again.
    if (until !== null && aimedAt !== null && Math.abs(until - aimedAt) < SAME_AIM_MS && aimedAt > clock.now()) return;
    aimedAt = until;
    const target = until === null ? 0 : until - SLOW_DOWN_MS;
    if (target > clock.now()) clock.fastForward(target, WAIT_TAKES_MS, usual);
    else clock.setSpeed(usual);
  }, LOOK_EVERY_MS);
  return {
    freeze: () => {
      frozen = true;
      clock.setSpeed(1);
    },
    thaw: () => {
      frozen = false;
      aimedAt = null;
      clock.setSpeed(usual);
    },
    stop: () => {
      clearInterval(timer);
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
