/**
 * How soon Slack has its 200 when five hundred buttons are pressed at once: `cutover start` as a process of its own, signed
 * requests over loopback, pressed by another process; beside an HTTP server that does nothing.
 */
import { Redis } from 'ioredis';
import { keysOf } from '../src/adapters/store/keys';
import { userId, waveId } from '../src/core/ids';
import type { Plan } from '../src/core/plan';
import type { Wave } from '../src/core/wave';
import { encodeGateButton } from '../src/parse/gate-button';
import type { World } from '../src/ports/world';
import { type Bot, builtProduct, SECRET, startBot } from './bot';
import { type Child, startChild } from './child';
import type { Shots } from './clicker';
import { type Length, type Line, median, ms, percentile } from './figures';
import { park, toldInSlack } from './park';
import { emptyWorks, planOf } from './waves';

const CLICKS = 500;
const TARGET_MS = 100;
const TEAM = 'T0BENCH';
const SETTLED_MS = 60_000;
const WARMING = 4;

interface Room {
  readonly redis: Redis;
  readonly prefix: string;
  readonly bot: Bot;
  readonly empty: { readonly port: number };
  readonly slack: Child & { readonly port: number };
  readonly clicker: Child;
  /** Waves that nobody has clicked yet. */
  readonly parked: Wave[];
}

export async function measureClicks(
  redisUrl: string,
  folder: string,
  { rounds, say }: Length,
): Promise<readonly Line[]> {
  const redis = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const prefix = 'bench-clicks';
  const slack = await startChild('workspace');
  const [empty, clicker] = [await startChild('empty-server'), await startChild('clicker')];
  const { port: slackPort } = await slack.ask<{ port: number }>({ open: CLICKS });
  const parked = await parkFor({ redis, prefix }, rounds * (CLICKS + 1));
  const program = await builtProduct(folder);
  const bot = await startBot({ program, folder, redisUrl, prefix, slackPort });
  try {
    const { port } = await empty.ask<{ port: number }>({});
    const room: Room = {
      redis,
      prefix,
      bot,
      empty: { port },
      slack: { ...slack, port: slackPort },
      clicker,
      parked: [...parked],
    };
    await compared(room);
    await warmed(room);
    const lines = [];
    for (const [what, targets] of [
      [`${CLICKS} people press the buttons of ${CLICKS} waves at once`, (i: number) => i],
      [`${CLICKS} people press the button of one gate at once`, () => 0],
    ] as const)
      lines.push(...(await volleys(room, what, targets, rounds, say)));
    return lines;
  } finally {
    await Promise.all([bot.close(), slack.close(), empty.close(), clicker.close()]);
    redis.disconnect();
  }
}

async function volleys(
  room: Room,
  what: string,
  target: (click: number) => number,
  rounds: number,
  say: Length['say'],
): Promise<readonly Line[]> {
  const [acks, floors]: [number[], number[]] = [[], []];
  let refused = 0;
  for (let round = 0; round < rounds; round++) {
    const waves = room.parked.splice(0, new Set(Array.from({ length: CLICKS }, (_, i) => target(i))).size);
    const bodies = Array.from({ length: CLICKS }, (_, i) => click(waves[target(i)], i, room.slack.port));
    const floor = await room.clicker.ask<Shots>({ port: room.empty.port, secret: SECRET, bodies });
    const before = await heard(room);
    const shots = await room.clicker.ask<Shots>({ port: room.bot.port, secret: SECRET, bodies });
    refused += shots.refused;
    acks.push(percentile(shots.tookMs, 0.99));
    floors.push(percentile(floor.tookMs, 0.99));
    await settled(room, before + CLICKS);
    say(
      `${what}: p50 ${ms(median(shots.tookMs))}, p99 ${ms(acks.at(-1) ?? 0)}; empty server p99 ${ms(floors.at(-1) ?? 0)}`,
    );
  }
  const [ack, floor] = [median(acks), median(floors)];
  const spread = `rounds ${ms(Math.min(...acks))} to ${ms(Math.max(...acks))}`;
  return [
    {
      what: `Slack is acknowledged, p99: ${what}`,
      target: `below ${TARGET_MS} ms`,
      figure: `${ms(ack)} (${spread}; ${(ack / floor).toFixed(1)} x an empty server's ${ms(floor)})${refused > 0 ? `; ${refused} not acknowledged` : ''}`,
      met: ack < TARGET_MS && refused === 0,
    },
  ];
}

/**
 * A bot that finds waves in a Redis that it has never seen compares each with its thread first: the rounds are not that.
 * It has begun when it says that it is ready.
 */
async function compared({ redis, prefix }: Room): Promise<void> {
  const { mark, doubts } = keysOf(prefix);
  for (const until = Date.now() + SETTLED_MS; Date.now() < until; ) {
    if ((await redis.exists(mark)) === 1 && (await redis.exists(doubts)) === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the bot did not compare all waves with their threads within a minute');
}

/** Who presses, and the empty server, have done so before: they measure the bot, which has not. */
async function warmed({ clicker, empty, parked, slack }: Room): Promise<void> {
  const bodies = Array.from({ length: CLICKS }, (_, i) => click(parked[0], i, slack.port));
  for (let volley = 0; volley < WARMING; volley++)
    await clicker.ask<Shots>({ port: empty.port, secret: SECRET, bodies });
}

let named = 0;

/** Two people have to approve, so that a click is judged, logged and told in the thread, and no step begins. */
async function parkFor({ redis, prefix }: Pick<Room, 'redis' | 'prefix'>, count: number): Promise<readonly Wave[]> {
  const plans = Array.from({ length: count }, (): Plan => {
    const plan = planOf(`click-${named++}`);
    return { ...plan, site: { ...plan.site, policy: { ...plan.site.policy, quorum: 2 } } };
  });
  const waves = await park({ redis, prefix, works: emptyWorks, world: {} as World }, plans);
  await toldInSlack({ redis, prefix }, waves);
  return waves;
}

function click(wave: Wave | undefined, person: number, slackPort: number): string {
  const gate = wave?.status === 'gated' ? wave.steps[wave.at]?.gate : undefined;
  const step = wave?.status === 'gated' ? wave.plan.steps[wave.at]?.id : undefined;
  if (!wave || !step || gate?.state !== 'open') throw new Error('a wave does not stand at its gate');
  const value = encodeGateButton({ wave: waveId(wave.id), step, gate: gate.number, hash: gate.hash });
  const user = {
    id: userId(`U0CLICK${person}`),
    team_id: TEAM,
    username: `person-${person}`,
    name: `person-${person}`,
  };
  const payload = {
    type: 'block_actions',
    team: { id: TEAM, domain: 'bench' },
    user,
    api_app_id: 'A0BENCH',
    trigger_id: `1.2.${person}`,
    channel: { id: 'C0BENCH', name: 'cutover' },
    message: { type: 'message', ts: '1.000100', thread_ts: '1.000000', text: 'a gate', blocks: CARD },
    response_url: `http://127.0.0.1:${slackPort}/respond/${person}`,
    actions: [{ type: 'button', action_id: 'gate.approve', block_id: 'gate', value, action_ts: '1.0' }],
  };
  return `payload=${encodeURIComponent(JSON.stringify(payload))}`;
}

/** Slack sends the card along with the click: about as much as a gate's card has. */
const CARD = Array.from({ length: 8 }, (_, i) => ({
  type: 'section',
  block_id: `b${i}`,
  text: {
    type: 'mrkdwn',
    text: `*What the machine found* line ${i}: ${'records as planned, '.repeat(12)}`,
    verbatim: false,
  },
}));

const heard = async ({ slack }: Room): Promise<number> => (await slack.ask<{ heard: number }>({})).heard;

/** Until everybody who clicked has an answer and the threads have heard of it: the next round finds the bot at rest. */
async function settled(room: Room, wanted: number): Promise<void> {
  for (const until = Date.now() + SETTLED_MS; Date.now() < until; ) {
    const untold = await room.redis.scard(keysOf(room.prefix).unheard);
    if (untold === 0 && (await heard(room)) >= wanted) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('not everybody who clicked was answered within a minute');
}
