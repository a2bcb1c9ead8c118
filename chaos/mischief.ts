/** Strikes as the schedule says: hears of every write, append and post, and does what is due at that very moment. */
import { Queue } from 'bullmq';
import type { LedgerWrite } from '../sandbox/twin/twin';
import type { Asked, Manners, Refusal } from './http-relay';
import type { Slot } from './processes';
import { SLOTS } from './processes';
import type { Trouble, Write } from './record';
import type { OnAppend } from './redis-relay';
import { PREFIX, type Rig } from './rig';
import type { Deed, Fault, Moment, Schedule, SlackTrouble, Verb, Victim } from './schedule';
import { type SiteName, siteOfId } from './sites';
import { ENDED, standing } from './wave-state';

export interface Figures {
  readonly kills: Record<string, number>;
  readonly pauses: Record<string, number>;
  lostAnswers: number;
  slackFaults: number;
  duplicates: number;
  clockSteps: number;
  refusedWrites: number;
  lags: number;
  commands: number;
}

/** Whoever was at work when a fault struck. */
interface Struck {
  readonly slot: Slot | null;
  readonly wave: string | null;
}

/** An answer is not held back longer than this, whatever a person is doing meanwhile. */
const HELD_BACK_MS = 3_500;
/** A dead worker's lease, the look that finds it, and a start of the product. */
const GOES_ON_MS = 6_000;
/** Answers of a process that sleeps as long as it is meant to. */
const REDIS_SLEEPS_MS = 3_200;
const BOT_SLEEPS_MS = 2_500;
const LOOK_EVERY_MS = 25;
/** An answer that comes late, ms. */
const LATE_MS = 900;
const OUT_OF_ORDER_MS = 350;
const POST = '/api/chat.postMessage';

export class Mischief {
  readonly figures: Figures = {
    kills: {},
    pauses: {},
    lostAnswers: 0,
    slackFaults: 0,
    duplicates: 0,
    clockSteps: 0,
    refusedWrites: 0,
    lags: 0,
    commands: 0,
  };
  readonly troubles: Trouble[] = [];
  readonly writes: Write[] = [];
  private readonly left: Fault[];
  private readonly appended = new Map<string, number>();
  private readonly going = new Set<Promise<void>>();
  private readonly timers: NodeJS.Timeout[] = [];
  private writeCount = 0;
  private postCount = 0;
  private ledgerRead = 0;
  private frozen = 0;
  private stopped = false;
  private slack: SlackTrouble[] = [];
  private lose = 0;
  private refuse: (429 | 503)[] = [];
  private late: number[] = [];
  private redeliver: { readonly how: 'twice' | 'out-of-order'; readonly until: number } | null = null;
  private rig: Rig | null = null;
  private steer: (verb: Verb, site: SiteName) => Promise<void> = async () => undefined;

  constructor(private readonly schedule: Schedule) {
    this.left = [...schedule.faults];
  }

  /** Waves are about to be started: from now on faults strike. */
  begin(rig: Rig, steer: (verb: Verb, site: SiteName) => Promise<void>): void {
    this.rig = rig;
    this.steer = steer;
    for (const fault of this.schedule.faults)
      if (fault.at.on === 'time')
        this.timers.push(setTimeout(() => void this.strikeAll((at) => at === fault.at, NOBODY), fault.at.ms));
  }

  /** Nothing strikes any more, and what was down is up again. */
  async settle(): Promise<void> {
    this.stopped = true;
    for (const timer of this.timers) clearTimeout(timer);
    await Promise.all(this.going);
  }

  isQuiet(): boolean {
    return this.going.size === 0;
  }

  onAppend(slot: Slot): OnAppend {
    return (types) => {
      const before = new Map(['', ...types].map((type) => [type, this.appended.get(type) ?? 0]));
      for (const type of ['', ...types]) this.appended.set(type, (this.appended.get(type) ?? 0) + 1);
      const isNow = (at: Moment): boolean => {
        if (at.on !== 'append') return false;
        const was = before.get(at.type ?? '');
        return was !== undefined && was < at.nth && (this.appended.get(at.type ?? '') ?? 0) >= at.nth;
      };
      if (!this.left.some(({ at }) => isNow(at))) return null;
      return async () => {
        // Redis has read the append before it reads these.
        await this.rig?.store.ping();
        await this.rig?.store.ping();
        await this.strikeAll(isNow, { slot, wave: null });
      };
    };
  }

  readonly platforms: Manners = {
    before: (asked) => {
      if (!isWrite(asked) || this.refuse.length === 0) return null;
      const status = this.refuse.shift() ?? 503;
      this.figures.refusedWrites++;
      return { status, headers: status === 429 ? { 'retry-after': '1' } : {} };
    },
    after: async (asked) => {
      const news = this.readLedger(asked);
      for (const write of news.filter(({ effect }) => effect)) {
        this.writeCount++;
        const nth = this.writeCount;
        const wave = write.site === null ? null : `${write.site}-wave-1`;
        await this.strikeAll((at) => at.on === 'write' && at.nth === nth, { slot: this.workerOf(wave), wave });
      }
      if (news.length === 0) return null;
      const lateMs = this.late.shift();
      if (lateMs !== undefined) await sleep(lateMs);
      if (this.lose === 0) return null;
      this.lose--;
      this.figures.lostAnswers++;
      return 'cut';
    },
  };

  readonly slackApi: Manners = {
    before: async (asked) => {
      if (asked.path !== POST) return null;
      this.postCount++;
      const nth = this.postCount;
      await this.strikeAll((at) => at.on === 'post' && at.nth === nth, NOBODY);
      const trouble = this.slack[0];
      if (trouble !== 'ratelimited' && trouble !== 'refused-500' && trouble !== 'cut') return null;
      this.slack.shift();
      this.figures.slackFaults++;
      if (trouble === 'cut') return 'cut';
      return trouble === 'ratelimited' ? { status: 429, headers: { 'retry-after': '1' } } : { status: 500 };
    },
    after: async (asked): Promise<Refusal | null> => {
      if (asked.path !== POST) return null;
      const trouble = this.slack.shift();
      if (trouble === undefined) return null;
      this.figures.slackFaults++;
      if (trouble === 'stored-then-500') return { status: 500 };
      if (trouble === 'stored-then-cut') return 'cut';
      if (trouble === 'stored-then-silent') return 'silent';
      await sleep(LATE_MS);
      return null;
    },
  };

  readonly toBot: Manners = {
    before: async () => {
      if (!this.isRedelivering('out-of-order')) return null;
      this.figures.duplicates++;
      // The next one overtakes it.
      await sleep(this.figures.duplicates % 2 === 1 ? OUT_OF_ORDER_MS : 0);
      return null;
    },
    again: () => {
      if (!this.isRedelivering('twice')) return false;
      this.figures.duplicates++;
      return true;
    },
  };

  private isRedelivering(how: 'twice' | 'out-of-order'): boolean {
    return this.redeliver?.how === how && Date.now() < this.redeliver.until;
  }

  private readLedger(asked: Asked): readonly Write[] {
    const { rig } = this;
    if (!rig) return [];
    const ledger = rig.twin.ledger().writes;
    const news = ledger.slice(this.ledgerRead).map((write) => ({
      ...write,
      site: siteOf(write, this.schedule.sites),
      askedAt: asked.at,
      doneAt: Date.now(),
    }));
    this.ledgerRead = ledger.length;
    this.writes.push(...news);
    return news;
  }

  /** Who reported last on this wave, or on any. */
  private workerOf(wave: string | null): Slot | null {
    const { rig } = this;
    if (!rig) return null;
    const newest = (wave === null ? rig.waves : [wave])
      .flatMap((each) => rig.logs.events(each).findLast(({ by }) => by.kind === 'bot') ?? [])
      .sort((a, b) => b.seenAt - a.seenAt)[0];
    return newest?.by.worker === undefined ? null : rig.processes.slotOf(newest.by.worker);
  }

  private async strikeAll(isNow: (at: Moment) => boolean, struck: Struck): Promise<void> {
    if (this.stopped) return;
    const now = this.left.filter(({ at }) => isNow(at));
    for (const fault of now) this.left.splice(this.left.indexOf(fault), 1);
    const { rig } = this;
    if (!rig || now.length === 0) return;
    const doing = (async () => {
      for (const { deed } of now) await this.strike(rig, deed, struck);
    })();
    await Promise.race([doing, sleep(HELD_BACK_MS)]);
  }

  /** Resolves when whoever waits for an answer may have it; what takes longer goes on beside. */
  private async strike(rig: Rig, deed: Deed, struck: Struck): Promise<void> {
    switch (deed.do) {
      case 'kill':
        return this.kill(rig, deed.victim, deed.downMs, struck);
      case 'pause':
        return this.pause(rig, deed.victim, deed.ms, struck);
      case 'slack':
        this.slack.push(...Array.from({ length: deed.times }, () => deed.trouble));
        return;
      case 'slack-down':
        this.figures.slackFaults++;
        rig.workspace.faults.down(true);
        this.beside('slack down', rig, async () => {
          await sleep(deed.ms);
          rig.workspace.faults.down(false);
        });
        return;
      case 'lose-answers':
        this.lose += deed.times;
        return;
      case 'refuse-writes':
        this.refuse.push(...Array.from({ length: deed.times }, () => deed.status));
        return;
      case 'late-answers':
        this.late.push(...Array.from({ length: deed.times }, () => deed.ms));
        return;
      case 'lag': {
        const slot = deed.victim === 'bot' ? 'bot' : (struck.slot ?? this.workerOf(struck.wave) ?? 'worker-1');
        this.figures.lags++;
        rig.relays.get(slot)?.lag(deed.ms);
        this.beside(`lag of ${slot}`, rig, async () => {
          await sleep(deed.forMs);
          rig.relays.get(slot)?.lag(0);
        });
        return;
      }
      case 'redeliver':
        this.redeliver = { how: deed.how, until: Date.now() + deed.forMs };
        return;
      case 'duplicate-jobs':
        this.beside('duplicated jobs', rig, () => this.duplicateJobs(rig));
        return;
      case 'clock':
        this.figures.clockSteps++;
        this.beside(`clock by ${deed.byMs} ms`, rig, async () => rig.clock.step(deed.byMs));
        return;
      case 'command':
        this.figures.commands++;
        await this.steer(deed.verb, deed.site);
        return;
      case 'several':
        for (const each of deed.deeds) await this.strike(rig, each, struck);
    }
  }

  private slotOf(victim: Victim, struck: Struck): Slot | null {
    if (victim === 'bot') return 'bot';
    const writer = struck.slot ?? this.workerOf(struck.wave) ?? 'worker-1';
    if (victim === 'writer') return writer;
    return victim === 'idle-worker' ? (SLOTS.find((slot) => slot !== 'bot' && slot !== writer) ?? null) : null;
  }

  private async kill(rig: Rig, victim: Victim, downMs: number, struck: Struck): Promise<void> {
    const slot = this.slotOf(victim, struck);
    const name = slot ?? victim;
    count(this.figures.kills, name.replace(/-\d$/, ''));
    const wave = struck.wave;
    if (slot) {
      await rig.processes.kill(slot, downMs);
      this.beside(`${slot} killed`, rig, () => this.goesOn(rig, wave, downMs));
      return;
    }
    const part = victim === 'redis' ? rig.redis : rig.front;
    await part?.kill();
    this.beside(`${name} killed`, rig, async () => {
      await sleep(downMs);
      await part?.start();
      await this.goesOn(rig, wave, 0);
    });
  }

  private async pause(rig: Rig, victim: Victim, ms: number, struck: Struck): Promise<void> {
    const slot = this.slotOf(victim, struck);
    count(this.figures.pauses, (slot ?? victim).replace(/-\d$/, ''));
    if (!slot) {
      rig.redis.signal('SIGSTOP');
      this.beside('redis paused', rig, async () => {
        await sleep(Math.min(ms, REDIS_SLEEPS_MS));
        rig.redis.signal('SIGCONT');
        await this.goesOn(rig, struck.wave, 0);
      });
      return;
    }
    rig.processes.signal(slot, 'SIGSTOP');
    this.beside(`${slot} paused`, rig, async () => {
      const until = Date.now() + (slot === 'bot' ? Math.min(ms, BOT_SLEEPS_MS) : ms);
      const from = Date.now();
      // Two believe that they own the step: woken as soon as another has gone on with it, and has had a moment for it.
      while (Date.now() < until && !(slot !== 'bot' && ms < 9_000 && this.wasTakenOver(rig, slot, struck.wave, from)))
        await sleep(LOOK_EVERY_MS);
      rig.processes.signal(slot, 'SIGCONT');
      await sleep(300);
    });
  }

  private wasTakenOver(rig: Rig, slot: Slot, wave: string | null, from: number): boolean {
    return (wave === null ? rig.waves : [wave]).some((each) =>
      rig.logs
        .events(each)
        .some(({ seenAt, by }) => seenAt > from + 1_000 && by.worker && rig.processes.slotOf(by.worker) !== slot),
    );
  }

  /** Until somebody works on the waves again, or all of them wait for people or are over. */
  private async goesOn(rig: Rig, wave: string | null, downMs: number): Promise<void> {
    const from = Date.now();
    const waves = wave === null ? rig.waves : [wave];
    const moved = (each: string): boolean => {
      const log = rig.logs.events(each);
      const now = standing(log);
      return (
        ENDED.includes(now) || (log.at(-1)?.seenAt ?? 0) > from + 50 || ['none', 'gated', 'held', 'stuck'].includes(now)
      );
    };
    await sleep(Math.min(downMs + 100, 400));
    while (Date.now() < from + downMs + GOES_ON_MS && !waves.every(moved)) await sleep(LOOK_EVERY_MS);
  }

  /** While somebody is away sandbox time passes like real time: what is tried is the product, not how long it was away. */
  private beside(what: string, rig: Rig, work: () => Promise<void>): void {
    const from = Date.now();
    const simFrom = rig.clock.now();
    if (this.frozen++ === 0) rig.pace.freeze();
    const done = work()
      .catch((cause: unknown) => {
        if (!this.stopped) process.stderr.write(`${what}: ${String(cause)}\n`);
      })
      .finally(() => {
        this.going.delete(done);
        this.troubles.push({ what, from, to: Date.now(), simFrom, simTo: rig.clock.now() });
        if (--this.frozen === 0) rig.pace.thaw();
      });
    this.going.add(done);
  }

  /** What stands in the queues stands there twice, and an old visit is offered once more. */
  private async duplicateJobs(rig: Rig): Promise<void> {
    const connection = rig.store.duplicate({ maxRetriesPerRequest: null });
    connection.on('error', () => undefined);
    const queue = new Queue('steps', { connection, prefix: `{${PREFIX}}` });
    queue.on('error', () => undefined);
    try {
      const jobs = await queue.getJobs(['active', 'waiting', 'delayed'], 0, 20);
      const now = jobs.flatMap((job) => (job ? [{ name: job.name, data: job.data as object }] : []));
      const old = rig.waves.flatMap((wave) =>
        rig.logs
          .events(wave)
          .filter(({ event }) => event.type === 'StepBegun')
          .slice(-3)
          .map(({ event }) => ({
            name: 'run-step',
            data: { wave, visit: { step: event.step, attempt: event.attempt ?? 1, visit: 1 } },
          })),
      );
      for (const [i, job] of [...now, ...old].entries()) {
        this.figures.duplicates++;
        await queue.add(job.name, job.data, {
          jobId: `chaos-${Date.now()}-${i}`,
          removeOnComplete: true,
          removeOnFail: true,
          attempts: 1,
        });
      }
    } finally {
      await queue.close().catch(() => undefined);
      connection.disconnect();
    }
  }
}

const NOBODY: Struck = { slot: null, wave: null };

const isWrite = ({ method, path }: Asked): boolean =>
  ['PUT', 'PATCH', 'DELETE'].includes(method) ||
  (method === 'POST' && !/analytics|query|search|oauth|login/.test(path));

/** The site files give every thing of a site a name with the site in it. */
function siteOf({ resource, path, after }: LedgerWrite, sites: readonly SiteName[]): string | null {
  return sites.find((site) => resource.includes(site)) ?? siteOfId(`${resource} ${path} ${JSON.stringify(after)}`);
}

function count(figures: Record<string, number>, name: string): void {
  figures[name] = (figures[name] ?? 0) + 1;
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
