/** Plays the people of a run through Slack only: starts, approves, is refused, steers, and goes on after a hold. */
import type { Random } from '../sandbox/twin/model/random';
import { seededRandom } from '../sandbox/twin/model/random';
import { AISHA, APPROVERS, DANIEL, IVO, MARIA, TOM } from './people';
import type { Click, Logged, Steered } from './record';
import { type Rig, waveOf } from './rig';
import type { Schedule, Verb } from './schedule';
import type { SiteName } from './sites';
import { ENDED, type Standing, standing } from './wave-state';

const LOOK_EVERY_MS = 20;
/** A command or click that seems to have come to nothing is given again after this. */
const AGAIN_MS = 700;
/** Nobody who works and nobody who decides is silent for this long: longer than a lock, a lease and a silent Slack. */
const SILENCE_MS = 45_000;
const LONGEST_MS = 150_000;
const LONGEST_LOOK_MS = 60;
const STEER_TRIES = 6;

interface WaveTable {
  readonly site: SiteName;
  readonly wave: string;
  busy: boolean;
  actedAt: number;
  /** Gates whose first round of clicks is over. */
  readonly opened: Set<number>;
}

export class Player {
  readonly clicks: Click[] = [];
  readonly steered: Steered[] = [];
  /** What kept people from doing something, the last time. */
  private trouble = '';
  private readonly random: Random;
  private readonly tables: readonly WaveTable[];
  private readonly starter: string;

  constructor(
    private readonly rig: Rig,
    private readonly schedule: Schedule,
  ) {
    this.random = seededRandom(schedule.seed * 7919 + schedule.run);
    this.starter = schedule.starter === 'ivo' ? IVO : MARIA;
    this.tables = schedule.sites.map((site) => ({
      site,
      wave: waveOf(site),
      busy: false,
      actedAt: 0,
      opened: new Set<number>(),
    }));
  }

  /** Until every wave is over; else the reason why it was given up. */
  async play(isQuiet: () => boolean): Promise<string | null> {
    let silentMs = 0;
    let wholeMs = 0;
    let lookedAt = Date.now();
    this.rig.logs.onEvent(() => {
      silentMs = 0;
    });
    for (;;) {
      const standings = this.tables.map((table) => [table, standing(this.rig.logs.events(table.wave))] as const);
      if (standings.every(([, now]) => ENDED.includes(now))) return null;
      // On a machine that is too busy to let us look, time passes for nobody.
      const passed = Math.min(Date.now() - lookedAt, LONGEST_LOOK_MS);
      lookedAt = Date.now();
      silentMs = isQuiet() ? silentMs + passed : Math.min(silentMs + passed, SILENCE_MS / 2);
      wholeMs += passed;
      const where = () => `${standings.map(([{ wave }, now]) => `${wave} is ${now}`).join(', ')}; ${this.trouble}`;
      if (silentMs > SILENCE_MS) return `nothing has happened for ${SILENCE_MS / 1000} s: ${where()}`;
      if (wholeMs > LONGEST_MS) return `not over after ${LONGEST_MS / 1000} s: ${where()}`;
      for (const [table, now] of standings) this.act(table, now);
      await sleep(LOOK_EVERY_MS);
    }
  }

  /** Done by somebody who may, tried again while the bot cannot be reached; not when the wave does not take it any more. */
  async steer(verb: Verb, site: SiteName): Promise<void> {
    const wave = waveOf(site);
    const user = this.random.pick([MARIA, DANIEL]);
    for (let tries = 0; tries < STEER_TRIES; tries++) {
      const now = standing(this.rig.logs.events(wave));
      if (now === 'none' || ENDED.includes(now) || (verb !== 'abort' && now === 'rolling-back')) return;
      this.steered.push({ verb, wave, user, at: Date.now() });
      const reply = await this.rig.workspace.command(user, `/cutover ${verb} ${site} chaos drill`);
      if (reply.error === null && reply.text !== '') return;
      await sleep(AGAIN_MS / 2);
    }
  }

  private act(table: WaveTable, now: Standing): void {
    if (table.busy || Date.now() - table.actedAt < this.pauseFor(table, now)) return;
    const work = this.workFor(table, now);
    if (!work) return;
    table.busy = true;
    void work()
      .catch((cause: unknown) => {
        this.trouble = cause instanceof Error ? cause.message : String(cause);
      })
      .finally(() => {
        table.busy = false;
        table.actedAt = Date.now();
      });
  }

  private pauseFor({ opened }: WaveTable, now: Standing): number {
    if (now === 'gated') return opened.size === 0 ? 0 : 150;
    return now === 'none' || now === 'held' || now === 'stuck' ? AGAIN_MS : 0;
  }

  private workFor(table: WaveTable, now: Standing): (() => Promise<unknown>) | null {
    const { workspace } = this.rig;
    const { site } = table;
    switch (now) {
      case 'none':
        return () => this.start(site);
      case 'held':
        return () => workspace.command(this.starter, `/cutover resume ${site}`);
      case 'stuck':
        return () => workspace.command(DANIEL, `/cutover retry ${site}`);
      case 'gated': {
        const gate = this.rig.logs.events(table.wave).findLast(({ event }) => event.type === 'GateOpened');
        const card = gate && this.cardOf(gate);
        return gate && card !== undefined ? () => this.decide(table, gate, card) : null;
      }
      default:
        return null;
    }
  }

  private async start(site: SiteName): Promise<void> {
    const type = () => this.rig.workspace.command(this.starter, `/cutover start ${site}`);
    await Promise.all(this.schedule.startTwice ? [type(), type()] : [type()]);
  }

  /** The card of a gate, once Slack shows it. */
  private cardOf(gate: Logged): string | undefined {
    return this.rig.workspace.messages().find(({ metadata, blocks }) => {
      const { wave, to } = (metadata?.event_payload ?? {}) as { wave?: unknown; to?: unknown };
      return wave === gate.wave && Number(to) === gate.seq && JSON.stringify(blocks).includes('"gate.approve"');
    })?.ts;
  }

  /**
   * First those who may not: the outsider, and the starter where it is theirs. Then all who may at once, some of them
   * twice; whoever is not heard presses again.
   */
  private async decide(table: WaveTable, gate: Logged, card: string): Promise<void> {
    const number = Number(gate.event.gate);
    const press = async (user: string): Promise<void> => {
      this.clicks.push({ user, wave: gate.wave, gate: number, at: Date.now() });
      await this.rig.workspace.click(user, card, 'gate.approve').catch(() => undefined);
    };
    const mayNot = [...(this.random.chance(0.4) ? [TOM] : []), ...(this.random.chance(0.6) ? [this.starter] : [])];
    const may = [DANIEL, AISHA, IVO].filter((user) => user !== this.starter && APPROVERS.includes(user));
    if (table.opened.has(number)) {
      await Promise.all(may.map(press));
      return;
    }
    table.opened.add(number);
    await Promise.all(mayNot.map(press));
    const first = this.random.chance(0.5) ? may : may.slice(0, Number(gate.event.quorum));
    const twice = this.random.chance(0.4) ? first : [];
    await Promise.all([...first, ...twice].map(press));
  }
}

const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
