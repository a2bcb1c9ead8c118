/**
 * What happens in one run, drawn from its seed and nothing else: sites, people, and faults with the moments at which they
 * strike. Plain data, so that a schedule can be printed, cut down and run again.
 */
import { type Random, seededRandom } from '../sandbox/twin/model/random';
import { SITES, type SiteName } from './sites';

/** When a fault strikes. What is counted is counted over all waves of the run, from 1. */
export type Moment =
  /** A write has arrived at a platform, the DNS provider or legacy and has taken effect; its answer has not left. */
  | { readonly on: 'write'; readonly nth: number }
  /** Redis has the append, whoever made it has not been told. `type` counts only appends with such an event. */
  | { readonly on: 'append'; readonly nth: number; readonly type?: string }
  /** Slack has been asked to post; nothing is stored yet. */
  | { readonly on: 'post'; readonly nth: number }
  /** Real ms after the waves were started. */
  | { readonly on: 'time'; readonly ms: number };

export type Victim =
  | 'bot'
  /** Whoever made the write or append at which the fault strikes; else whoever reported last. */
  | 'writer'
  | 'idle-worker'
  | 'redis'
  /** The edge of the platforms: the process that holds their sockets. The world behind goes on. */
  | 'front';

export type SlackTrouble =
  | 'ratelimited'
  | 'refused-500'
  | 'stored-then-500'
  | 'stored-then-cut'
  | 'cut'
  | 'late'
  | 'stored-then-silent';

export type Deed =
  | { readonly do: 'kill'; readonly victim: Victim; readonly downMs: number }
  /** SIGSTOP until somebody else has gone on with the work, `ms` at most, then SIGCONT. */
  | { readonly do: 'pause'; readonly victim: Victim; readonly ms: number }
  | { readonly do: 'slack'; readonly trouble: SlackTrouble; readonly times: number }
  | { readonly do: 'slack-down'; readonly ms: number }
  /** The answers to the next writes never arrive, though the writes took effect. */
  | { readonly do: 'lose-answers'; readonly times: number }
  | { readonly do: 'refuse-writes'; readonly status: 429 | 503; readonly times: number }
  | { readonly do: 'late-answers'; readonly times: number; readonly ms: number }
  /** Everything between one process and Redis takes this long, each way, for a while. */
  | { readonly do: 'lag'; readonly victim: 'bot' | 'writer'; readonly ms: number; readonly forMs: number }
  /** What Slack sends to the bot is delivered again, or held back until others have passed. */
  | { readonly do: 'redeliver'; readonly how: 'twice' | 'out-of-order'; readonly forMs: number }
  /** Jobs that are there, and some that are over, are put on the queue once more. */
  | { readonly do: 'duplicate-jobs' }
  | { readonly do: 'clock'; readonly byMs: number }
  /** A person steers one wave; the write or append at which it strikes is answered only when that has been done. */
  | { readonly do: 'command'; readonly verb: Verb; readonly site: SiteName }
  | { readonly do: 'several'; readonly deeds: readonly Deed[] };

export type Verb = 'pause' | 'rollback' | 'abort';

export interface Fault {
  readonly at: Moment;
  readonly deed: Deed;
}

export interface Schedule {
  readonly seed: number;
  readonly run: number;
  readonly sites: readonly SiteName[];
  readonly starter: 'maria' | 'ivo';
  /** Starts are typed twice at once. */
  readonly startTwice: boolean;
  /** The calls on the new side fail: the wave has to find out and go back by itself. */
  readonly callsFail: boolean;
  readonly faults: readonly Fault[];
  /** Asks the product's own `audit verify` at the end besides the checks made here. */
  readonly audit: boolean;
}

/** A wave of one site makes about this many. */
export const WRITES = 38;
export const APPENDS = 105;
export const POSTS = 34;
const QUIET_RUN_MS = 7_000;
const FEWEST_FAULTS = 2;
const MOST_FAULTS = 6;

const CAPTURES = ['StateCaptured', 11] as const;

/** Appends after which somebody who is told nothing must not matter, by what they are about, and how many a wave has. */
const TURNING_POINTS: readonly (readonly [type: string, times: number])[] = [
  ['WaveStarted', 1],
  ['StepBegun', 16],
  CAPTURES,
  ['StepApplied', 16],
  ['StepPassed', 16],
  ['GateOpened', 4],
  ['GateApproved', 6],
  ['GateApproved', 6],
  ['StepWaited', 60],
  ['RollbackStarted', 1],
  ['StepUndone', 10],
  ['WaveHeld', 1],
  ['WaveResumed', 1],
  ['WaveCompleted', 1],
];

export function drawSchedule(seed: number, run: number): Schedule {
  // Neighbouring seeds and runs must not draw alike.
  const random = seededRandom(Math.imul(seed, 0x9e3779b1) ^ Math.imul(run + 1, 0x85ebca6b));
  for (let i = 0; i < 4; i++) random.next();
  const count = random.chance(0.75) ? 1 : random.chance(0.75) ? 2 : 3;
  const sites = SITES.slice(0, count);
  const faults = Array.from({ length: FEWEST_FAULTS + random.index(MOST_FAULTS - FEWEST_FAULTS + 1) }, () =>
    drawFault(random, sites),
  );
  return {
    seed,
    run,
    sites,
    starter: random.chance(0.3) ? 'ivo' : 'maria',
    startTwice: random.chance(0.3),
    callsFail: random.chance(0.2),
    faults: drawSteering(random, sites, faults),
    audit: random.chance(0.25),
  };
}

/** Now and then people end or halt a wave on purpose, mostly right at a write. */
function drawSteering(random: Random, sites: readonly SiteName[], faults: readonly Fault[]): readonly Fault[] {
  if (!random.chance(0.4)) return faults;
  const verb = random.pick<Verb>(['pause', 'pause', 'rollback', 'rollback', 'abort']);
  const moment = drawMoment(random, sites.length);
  // Whoever has just been told to go on with a step, and has all of its writes before it, must find out when it wakes up.
  const asleep = moment.on !== 'time' && random.chance(0.5);
  const [type, times] = CAPTURES;
  const at: Moment = asleep ? { on: 'append', nth: 1 + random.index(times * sites.length), type } : moment;
  const command: Deed = {
    do: 'command',
    verb: asleep && verb === 'pause' ? 'rollback' : verb,
    site: random.pick(sites),
  };
  const deeds: readonly Deed[] = [{ do: 'pause', victim: 'writer', ms: 9_000 }, command];
  return [...faults, { at, deed: asleep ? { do: 'several', deeds } : command }];
}

function drawFault(random: Random, sites: readonly SiteName[]): Fault {
  const [name, draw] = weighted(random, KINDS);
  if (name === 'post') return { at: { on: 'post', nth: 1 + random.index(POSTS * sites.length) }, deed: draw(random) };
  return { at: drawMoment(random, sites.length), deed: draw(random) };
}

/** Mostly at a boundary: that is where something can be lost or done twice. */
function drawMoment(random: Random, waves: number): Moment {
  const dice = random.next();
  if (dice < 0.35) return { on: 'write', nth: 1 + random.index(WRITES * waves) };
  if (dice < 0.6) {
    const [type, times] = random.pick(TURNING_POINTS);
    return { on: 'append', nth: 1 + random.index(times * waves), type };
  }
  if (dice < 0.8) return { on: 'append', nth: 1 + random.index(APPENDS * waves) };
  if (dice < 0.9) return { on: 'post', nth: 1 + random.index(POSTS * waves) };
  return { on: 'time', ms: Math.round(random.between(0, QUIET_RUN_MS * (0.6 + 0.4 * waves))) };
}

type Draw = (random: Random) => Deed;
type Kind = readonly [weight: number, name: 'any' | 'post', draw: Draw];

const ms = (random: Random, low: number, high: number): number => Math.round(random.between(low, high));

const KINDS: readonly Kind[] = [
  [22, 'any', (random) => ({ do: 'kill', victim: drawVictim(random), downMs: ms(random, 0, 1_200) })],
  [12, 'any', (random) => ({ do: 'pause', victim: drawPaused(random), ms: random.chance(0.1) ? 10_000 : 6_000 })],
  [
    18,
    'post',
    (random) => {
      const trouble = random.pick<SlackTrouble>([
        'ratelimited',
        'refused-500',
        'stored-then-500',
        'stored-then-cut',
        'stored-then-cut',
        'cut',
        'late',
      ]);
      return { do: 'slack', trouble: random.chance(0.04) ? 'stored-then-silent' : trouble, times: 1 + random.index(3) };
    },
  ],
  [4, 'any', (random) => ({ do: 'slack-down', ms: ms(random, 300, 2_500) })],
  [14, 'any', (random) => ({ do: 'lose-answers', times: 1 + random.index(3) })],
  [
    6,
    'any',
    (random) => ({ do: 'refuse-writes', status: random.pick([429, 503] as const), times: 1 + random.index(3) }),
  ],
  [3, 'any', (random) => ({ do: 'late-answers', times: 1 + random.index(2), ms: ms(random, 300, 1_500) })],
  [
    10,
    'any',
    (random) => ({
      do: 'lag',
      victim: random.pick(['bot', 'writer'] as const),
      ms: ms(random, 20, 150),
      forMs: ms(random, 1_000, 4_000),
    }),
  ],
  [
    8,
    'any',
    (random) => ({
      do: 'redeliver',
      how: random.pick(['twice', 'out-of-order'] as const),
      forMs: ms(random, 1_000, 8_000),
    }),
  ],
  [6, 'any', () => ({ do: 'duplicate-jobs' })],
  [8, 'any', (random) => ({ do: 'clock', byMs: ms(random, 5_000, 20 * 60_000) * (random.chance(0.5) ? 1 : -1) })],
];

const drawVictim = (random: Random): Victim =>
  random.pick<Victim>(['writer', 'writer', 'writer', 'bot', 'bot', 'idle-worker', 'redis', 'redis', 'front']);
const drawPaused = (random: Random): Victim => random.pick<Victim>(['writer', 'writer', 'writer', 'bot', 'redis']);

function weighted(random: Random, kinds: readonly Kind[]): readonly [Kind[1], Draw] {
  let left = random.next() * kinds.reduce((sum, [weight]) => sum + weight, 0);
  for (const [weight, name, draw] of kinds) {
    left -= weight;
    if (left < 0) return [name, draw];
  }
  throw new Error('no kind of fault was drawn');
}
