/** The API faults that Genesys Cloud and PowerDNS share, as a desk meets them. */
import type { ApiReply, ApiRequest } from './http';
import type { Agenda } from './model/agenda';
import type { FaultSwitches } from './model/faults';
import type { Random } from './model/random';

const EVERY_NTH_LIMITED = 3;
const EVERY_NTH_BROKEN = 4;
const SLOW_SECONDS = { from: 5, to: 20 };

export class ApiFaults {
  private requests = 0;
  /** Sandbox times at which answers leave that are held back. */
  private readonly heldBack = new Set<{ readonly until: number }>();
  private changedAt = 0;

  constructor(
    private readonly faults: FaultSwitches,
    private readonly agenda: Agenda,
    private readonly random: Random,
  ) {}

  /** A refusal in place of the answer, when a fault says so. */
  before(
    request: ApiRequest,
    refuse: (status: number, message: string, request: ApiRequest) => ApiReply,
  ): ApiReply | undefined {
    this.requests += 1;
    if (this.faults.has('api-429') && this.requests % EVERY_NTH_LIMITED === 0) {
      const reply = refuse(429, 'Rate limit exceeded the maximum. Retry the request in [2] seconds', request);
      return { ...reply, headers: { ...reply.headers, 'retry-after': '2' } };
    }
    if (this.faults.has('api-5xx') && this.requests % EVERY_NTH_BROKEN === 0) {
      const status = (this.requests / EVERY_NTH_BROKEN) % 2 === 0 ? 500 : 503;
      return refuse(status, status === 500 ? 'Internal server error' : 'Service unavailable', request);
    }
    return undefined;
  }

  /** Sandbox seconds that the answer takes, if it is slow. */
  delay(): Promise<void> | undefined {
    if (!this.faults.has('api-slow')) return undefined;
    const ms = this.random.between(SLOW_SECONDS.from, SLOW_SECONDS.to) * 1000;
    const answer = { until: this.agenda.now + ms };
    this.heldBack.add(answer);
    this.changedAt = Date.now();
    return new Promise((resolve) =>
      this.agenda.after(ms, () => {
        this.heldBack.delete(answer);
        this.changedAt = Date.now();
        resolve();
      }),
    );
  }

  /** Sandbox time at which the first slow answer leaves, when for `quietMs` real ms none was asked for and none left; else null. */
  nextAnswerAt(quietMs: number): number | null {
    if (this.heldBack.size === 0 || Date.now() - this.changedAt < quietMs) return null;
    return Math.min(...[...this.heldBack].map(({ until }) => until));
  }
}
