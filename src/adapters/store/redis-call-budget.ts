import { type CallLimits, keptBelow, mostAMinute } from '../../core/call-limits';
import type { CallBudget, CallBudgetFigures } from '../../ports/call-budget';
import type { Clock } from '../../ports/clock';
import { Fault } from '../../ports/fault';
import { CALL_BUDGET_SCRIPT } from './call-budget-script';
import type { Store } from './store';

export interface SharedCallBudgetOptions extends CallLimits {
  /** One that fails fast. */
  readonly redis: Store;
  readonly key: string;
  /** The platform's name in sentences. */
  readonly system: string;
  readonly clock: Clock;
  /** True: Redis's own clock counts, so that machines need not agree. False in a rehearsal, whose time only `clock` knows. */
  readonly redisTime: boolean;
  /** A pause of more than this is not waited for, ms. */
  readonly longestWaitMs: number;
  /** What the platform may ask for at most, ms. */
  readonly longestPauseMs: number;
  /** This process's own share, one in `shares`, kept to while Redis is away. */
  readonly alone: CallBudget;
  readonly shares: number;
  readonly warn: (about: object, message: string) => void;
}

/** A store that says nothing is not waited for: calls would pile up behind it. Real ms. */
const ANSWER_MS = 500;
/** After trouble Redis is left alone for this long, real ms. */
const AWAY_MS = 5_000;

type Answer = readonly [waitMs: number, pausedMs: number, taken: number];

/**
 * One budget for every process: a call's turn is reserved in Redis, by one script, in the order of asking; whoever waits
 * sleeps by the product's clock and looks once more whether the platform has asked for silence meanwhile.
 */
export function createRedisCallBudget(options: SharedCallBudgetOptions): CallBudget {
  const { redis, key, clock, alone } = options;
  let awayUntil = 0;
  let limits: CallLimits = options;

  /** Null while Redis is away. */
  async function ask(what: 'take' | 'pause' | 'look', ms = 0): Promise<Answer | null> {
    if (Date.now() < awayUntil) return null;
    const now = options.redisTime ? '' : String(clock.now());
    const values = [
      what,
      now,
      60_000 / limits.perMinute,
      limits.burst,
      options.longestWaitMs,
      Math.min(ms, options.longestPauseMs),
    ];
    try {
      const answer = await answered(redis.eval(CALL_BUDGET_SCRIPT, 1, key, ...values.map(String)));
      if (awayUntil > 0) options.warn({ key }, `The calls to ${options.system} are shared with other processes again`);
      awayUntil = 0;
      return answer;
    } catch (err) {
      if (awayUntil === 0) {
        const said = { message: err instanceof Error ? err.message : String(err) };
        options.warn({ err: said }, `Calls to ${options.system} are not shared: this process keeps to its own share`);
      }
      awayUntil = Date.now() + AWAY_MS;
      return null;
    }
  }

  return {
    async take() {
      const turn = await ask('take');
      if (turn === null) return alone.take();
      const [waitMs, pausedMs] = turn;
      if (pausedMs > options.longestWaitMs) throw stayAway(options.system, pausedMs);
      if (waitMs <= 0) return;
      await clock.sleep(Math.ceil(waitMs));
      const [, silence] = (await ask('look')) ?? [0, 0];
      if (silence > options.longestWaitMs) throw stayAway(options.system, silence);
      if (silence > 0) await clock.sleep(Math.ceil(silence));
    },
    async pause(ms) {
      await Promise.all([ask('pause', ms), alone.pause(ms)]);
    },
    /** Every process hears the platform's limit with its own answers. */
    keepBelow(allowed) {
      limits = keptBelow(options, allowed);
      alone.keepBelow(allowed / options.shares);
    },
    async figures(): Promise<CallBudgetFigures> {
      const look = await ask('look');
      if (look === null) return alone.figures();
      const [, pausedMs, taken] = look;
      return {
        taken,
        limit: mostAMinute(limits),
        pausedUntil: pausedMs > 0 ? clock.now() + pausedMs : null,
        shared: true,
      };
    },
  };
}

async function answered(asked: Promise<unknown>): Promise<Answer> {
  let late: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    late = setTimeout(() => reject(new Error(`Redis did not answer within ${ANSWER_MS} ms`)), ANSWER_MS);
  });
  asked.catch(() => undefined);
  const answer = await Promise.race([asked, silence]).finally(() => clearTimeout(late));
  const [waitMs, pausedMs, taken] = (answer as readonly unknown[]).map(Number);
  return [waitMs ?? 0, pausedMs ?? 0, taken ?? 0];
}

function stayAway(system: string, ms: number): Fault {
  const message = `${system} has asked for fewer calls; nobody calls it for another ${Math.ceil(ms / 1000)} s.`;
  return new Fault(message, { system, transient: true, status: 429, retryAfterMs: ms });
}
