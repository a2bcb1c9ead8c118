/** Trouble on order: single calls that fail in a chosen way, the whole of Slack away, posts that come too fast. */
import type { Away, Fault } from './wire';

const POSTS_PER_SECOND = 1;
const POST_BURST = 5;

export class Faults {
  isDown = false;
  away: Away | null = null;
  private readonly queued: { method: string; fault: Fault; left: number }[] = [];
  private tokens = POST_BURST;
  private refilledAt = Date.now();

  constructor(public paced: boolean) {}

  next(method: string, fault: Fault, times = 1): void {
    this.queued.push({ method, fault, left: times });
  }

  /** The fault that waits for this method, used up by one. */
  take(method: string): Fault | null {
    const entry = this.queued.find((queued) => queued.left > 0 && (queued.method === method || queued.method === '*'));
    if (!entry) return null;
    entry.left -= 1;
    if (entry.left === 0) this.queued.splice(this.queued.indexOf(entry), 1);
    return entry.fault;
  }

  /** Seconds to wait when posts come faster than one per second after a burst; null when this call may pass. */
  pace(method: string): number | null {
    if (!this.paced || method !== 'chat.postMessage') return null;
    const now = Date.now();
    this.tokens = Math.min(POST_BURST, this.tokens + ((now - this.refilledAt) / 1000) * POSTS_PER_SECOND);
    this.refilledAt = now;
    if (this.tokens < 1) return Math.max(1, Math.ceil((1 - this.tokens) / POSTS_PER_SECOND));
    this.tokens -= 1;
    return null;
  }
}
