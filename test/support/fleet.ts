/** Several bots and workers as processes on one Redis, at their default settings and in real time, with waves that work for as long as is wanted. */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join as pathOf } from 'node:path';
import { Redis } from 'ioredis';
import { parse, stringify } from 'yaml';
import { type BotProcess, startBot } from '../../sandbox/bot-process';
import { PROJECT } from '../../sandbox/options';
import { OPERATOR } from '../../sandbox/people';
import { type Sandbox, startSandbox } from '../../sandbox/sandbox';
import { startWatchdog } from '../../sandbox/watchdog';
import { settingsOf, settingsWith } from './cutover-process';
import { type SlowDoor, slowDoor } from './slow-door';
import { storedLog } from './stored-log';

export type Part = 'bot' | 'worker';

export interface Member {
  readonly part: Part;
  /** As it stands in the log, and as the entrance of the slow door. */
  readonly name: string;
  readonly process: BotProcess;
  readonly pid: number;
  /** Where it answers for its health. */
  readonly ops: number;
  /** What it has written to standard error so far. */
  said(): string;
}

export interface LogEntry {
  readonly seq: number;
  readonly at: number;
  readonly by: { readonly kind: string; readonly worker?: string };
  readonly event: { readonly type: string; readonly step?: string; readonly [field: string]: unknown };
}

export interface Fleet {
  readonly sandbox: Sandbox;
  readonly redis: Redis;
  readonly door: SlowDoor;
  /** Those that run. */
  readonly members: readonly Member[];
  join(part: Part): Promise<Member>;
  /**
   * Starts a wave of this many steps, each of which sets another share at the site's queue; through Slack, like people do.
   * A gate stands before every `gateEvery`th step.
   */
  startWave(site: string, steps: number, gateEvery?: number): Promise<string>;
  log(wave: string): Promise<readonly LogEntry[]>;
  /** Of the lease under which somebody works on the wave; null when nobody does. */
  lease(wave: string): Promise<string | null>;
  close(): Promise<void>;
}

/** Sites whose queue the guide's platform knows. */
export const FLEET_SITES = ['site-a', 'site-b', 'site-c'] as const;

/** The queue of a site that its waves work on, as it stands in every path. */
export function queueOf(site: string): string {
  const file = parse(readFileSync(pathOf(PROJECT, 'sites', `${site}.yaml`), 'utf8')) as {
    platform: { queues: readonly { queue: string }[] };
  };
  return file.platform.queues[0]?.queue ?? '';
}

/** The sites without their windows: here it is any day of any year. */
function sitesAtAnyTime(): string {
  const folder = mkdtempSync(pathOf(tmpdir(), 'cutover-fleet-'));
  cpSync(pathOf(PROJECT, 'sites'), folder, { recursive: true });
  for (const site of FLEET_SITES) {
    const file = pathOf(folder, `${site}.yaml`);
    const { window: _window, ...rest } = parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    writeFileSync(file, stringify(rest));
  }
  return folder;
}

/** `settings` are those in which every member differs from the defaults. */
export async function openFleet(settings: Readonly<Record<string, string>> = {}): Promise<Fleet> {
  const sitesDir = sitesAtAnyTime();
  const sandbox = await startSandbox({
    site: 'site-a',
    speed: 1,
    port: 0,
    seed: 1,
    faults: [],
    socketMode: false,
    sitesDir,
    recipesDir: pathOf(PROJECT, 'templates', 'waves'),
    say: () => undefined,
  });
  const given = settingsOf(sandbox);
  const door = await slowDoor(given.PLATFORM_REST_URL ?? '');
  const redis = new Redis(sandbox.redis.url, { maxRetriesPerRequest: null });
  const prefix = given.REDIS_PREFIX ?? '';
  const key = (wave: string): string => `{${prefix}}:wave:${wave}`;
  const watchdog = startWatchdog();
  const recipes = pathOf(sandbox.folder, 'recipes');
  mkdirSync(recipes, { recursive: true });
  const members: Member[] = [];
  const waves = new Map<string, number>();
  let started = 0;
  let closed = false;
  let last: Promise<unknown> = Promise.resolve();

  /** One at a time: processes that start side by side on a busy machine are all late. Whoever starts is waited for by `close`. */
  function join(part: Part): Promise<Member> {
    const next = last.then(() => {
      if (closed) throw new Error('the fleet has been closed');
      return joinOne(part);
    });
    last = next.catch(() => undefined);
    return next;
  }

  async function joinOne(part: Part): Promise<Member> {
    const number = ++started;
    const entrance = `process-${number}`;
    const config = settingsWith(sandbox, entrance, {
      // Real time: what is looked at is how long things take.
      SANDBOX_CLOCK_FILE: undefined,
      PLATFORM_REST_URL: await door.entrance(entrance),
      RECIPES_DIR: recipes,
      OPS_PORT: '0',
      ...settings,
    });
    const file = pathOf(sandbox.folder, `${entrance}.log`);
    const bot = await startBot(config, file, watchdog, ['--only', part]);
    const pid = bot.child.pid ?? 0;
    const member: Member = {
      part,
      name: entrance,
      process: bot,
      pid,
      ops: bot.ops ?? 0,
      said: () => readFileSync(file, 'utf8'),
    };
    members.push(member);
    void bot.ended.then(() => members.splice(members.indexOf(member), 1));
    return member;
  }

  return {
    sandbox,
    redis,
    door,
    members,
    join,
    async startWave(site, steps, gateEvery = 0) {
      const number = (waves.get(site) ?? 0) + 1;
      waves.set(site, number);
      const wave = `${site}-wave-${number}`;
      writeFileSync(pathOf(recipes, `${wave}.json`), JSON.stringify(documentOf(wave, steps, number, gateEvery)));
      const { text, error } = await sandbox.workspace.command(OPERATOR, `/cutover start ${site} from ${wave}.json`);
      if (error !== null) throw new Error(`${wave} was not started: ${error}`);
      await until(
        `the start of ${wave}, told with "${text}"`,
        async () => (await redis.exists(key(wave))) === 1,
        10_000,
      );
      return wave;
    },
    log: async (wave) => storedLog<LogEntry>(redis, wave),
    lease: (wave) => redis.get(`${key(wave)}:lease:work`),
    async close() {
      closed = true;
      await last;
      await Promise.all([...members].map((member) => member.process.kill('SIGKILL')));
      await door.close();
      redis.disconnect();
      await sandbox.close();
      watchdog.close();
      rmSync(sitesDir, { recursive: true, force: true });
    },
  };
}

export const workerNameOf = ({ pid }: Pick<Member, 'pid'>): string => `${hostname()}-${pid}`;

/** Waves of one site alternate between two halves of the range, so that none finds its share set already. */
function documentOf(waveId: string, steps: number, number: number, gateEvery: number) {
  const endpoint = '/api/v2/routing/queues/{queueId}';
  return {
    waveId,
    sequence: Array.from({ length: steps }, (_, i) => ({
      step: `share_${i + 1}`,
      endpoint,
      method: 'PATCH',
      body: { allocationPercent: (number % 2 === 1 ? 0 : 50) + i + 1 },
      validation: `GET ${endpoint}`,
      ...(gateEvery > 0 && (i + 1) % gateEvery === 0 ? { gate: true } : {}),
    })),
    rollbackTrigger: 'validation_failure_rate > 2%',
    rollbackAction: 'revert_dns_and_deactivate_trunks',
  };
}

export async function until<Value>(
  what: string,
  look: () => Promise<Value> | Value,
  withinMs = 60_000,
): Promise<NonNullable<Value>> {
  for (const end = Date.now() + withinMs; Date.now() < end; ) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found as NonNullable<Value>;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`not seen in ${withinMs / 1000} s: ${what}`);
}
