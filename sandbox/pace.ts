import type { ClockKeeper } from './clock';
import type { StoredMessage, Workspace } from './slack/workspace';

/** A wait, however long, takes about this many real milliseconds. */
const WAIT_TAKES_MS = 2_500;
const FASTEST = 40_000;
/** This long before a wait ends, sandbox time is back at its usual pace. */
const SLOW_DOWN_MS = 60_000;
const LOOK_EVERY_MS = 50;

/**
 * Lets sandbox time run faster while a wave only waits: the bot's root card says in its metadata until when. Everything
 * that people or machines do happens at the usual pace.
 */
export function keepPace(clock: ClockKeeper, workspace: Workspace, usual: number): () => void {
  let until: number | null = null;
  const stop = workspace.onMessage(({ message }) => {
    const payload = rootPayload(message);
    if (payload)
      until = payload.status === 'running' && typeof payload.waiting_until === 'number' ? payload.waiting_until : null;
  });
  let aimedAt: number | null = null;
  const timer = setInterval(() => {
    const left = until === null ? 0 : until - clock.now() - SLOW_DOWN_MS;
    if (left <= 0) {
      aimedAt = null;
      clock.setSpeed(usual);
    } else if (aimedAt !== until) {
      aimedAt = until;
      clock.setSpeed(Math.min(FASTEST, Math.max(usual, left / WAIT_TAKES_MS)));
    }
  }, LOOK_EVERY_MS);
  return () => {
    clearInterval(timer);
    stop();
  };
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
  if (!payload || payload.to !== 0 || typeof payload.wave !== 'string' || typeof payload.status !== 'string')
    return null;
  return payload as unknown as RootPayload;
}
