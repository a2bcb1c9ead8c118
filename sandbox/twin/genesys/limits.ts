/** Requests per token and sandbox minute, with the headers that tell the client where it stands. */
import type { SandboxClock } from '../../clock';
import type { Agenda } from '../model/agenda';

const WINDOW_MS = 60_000;
/** The vendor's default; in fast sandbox time whole steps fit into one such minute, so it is wider there. */
export const LIMIT_PER_MINUTE = { realTime: 300, fastTime: 3000, fastFrom: 5 };

export class RateLimits {
  private readonly windows = new Map<string, { startedAt: number; count: number }>();

  constructor(
    private readonly agenda: Agenda,
    private readonly clock: SandboxClock,
    private readonly limitPerMinute: number | null,
  ) {}

  /** Counts one request; seconds to wait when it is one too many, else null. */
  count(token: string): number | null {
    const { now } = this.agenda;
    const window = this.windows.get(token);
    if (!window || now - window.startedAt >= WINDOW_MS) {
      this.windows.set(token, { startedAt: now, count: 1 });
      return null;
    }
    window.count += 1;
    return window.count > this.allowed() ? Math.max(1, Math.ceil((window.startedAt + WINDOW_MS - now) / 1000)) : null;
  }

  headers(token: string | null): Record<string, string> {
    const window = this.windows.get(token ?? '');
    const reset = window ? window.startedAt + WINDOW_MS - this.agenda.now : WINDOW_MS;
    return {
      'inin-ratelimit-allowed': String(this.allowed()),
      'inin-ratelimit-count': String(window?.count ?? 0),
      'inin-ratelimit-reset': String(Math.max(0, Math.ceil(reset / 1000))),
    };
  }

  private allowed(): number {
    const isFast = this.clock.speed() >= LIMIT_PER_MINUTE.fastFrom;
    return this.limitPerMinute ?? (isFast ? LIMIT_PER_MINUTE.fastTime : LIMIT_PER_MINUTE.realTime);
  }
}
