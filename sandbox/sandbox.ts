/** All of the sandbox: private Redis, workspace, twin, and the bot as a process of its own that knows none of this. */
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Cluster, Redis } from 'ioredis';
import { stringify } from 'yaml';
import { type BotProcess, startBot } from './bot-process';
import { ClockKeeper } from './clock';
import { type Opened, openAll } from './opened';
import { keepPace, type Pace } from './pace';
import { CHANNEL, PEOPLE, USER_GROUPS } from './people';
import { givenRedis, type PrivateRedis, startRedis } from './redis/private-redis';
import { startWorkspace, type Workspace } from './slack/workspace';
import { startTwin, type Twin } from './twin/twin';

export interface GivenRedis {
  readonly settings: Readonly<Record<string, string>>;
  /** A client beside the bot's. */
  readonly connect: () => Redis | Cluster;
}

export interface SandboxOptions {
  readonly site: string;
  /** Sandbox seconds per second while nothing is waited for. */
  readonly speed: number;
  /** Of the workspace page; 0 takes any free one. */
  readonly port: number;
  readonly seed: number;
  readonly faults: readonly string[];
  readonly socketMode: boolean;
  /** People sit before the page: time nearly stands still while they are to decide. */
  readonly peopleDecide?: boolean;
  /** A Redis of somebody else's, by the settings that name it; left out, the sandbox has its own. */
  readonly redis?: GivenRedis;
  readonly sitesDir: string;
  readonly recipesDir: string;
  readonly say: (line: string) => void;
}

export interface Sandbox {
  readonly folder: string;
  readonly config: string;
  readonly clock: ClockKeeper;
  readonly redis: PrivateRedis;
  readonly workspace: Workspace;
  readonly twin: Twin;
  readonly pace: Pace;
  /** The bots that run; the first takes the requests in HTTP mode. */
  readonly bots: BotProcess[];
  /** Bot and worker in one, or one of them. */
  startBot(part?: 'bot' | 'worker'): Promise<BotProcess>;
  close(): Promise<void>;
}

/** A Thursday; the clocks of Europe/Berlin go forward on the Sunday after it, in the middle of site-c's cutover. */
export const SANDBOX_START = Date.parse('2027-03-25T00:00:00Z');

const NOT_OURS = { url: '', pid: null, prefix: 'cutover', from: 'the caller', close: async () => undefined };

const secret = (prefix: string): string => prefix + randomBytes(24).toString('hex');

export const startSandbox = (options: SandboxOptions): Promise<Sandbox> =>
  openAll('sandbox', (opened) => open(options, opened));

async function open(options: SandboxOptions, { folder, watchdog, kept, atClose, close }: Opened): Promise<Sandbox> {
  const clockFile = join(folder, 'clock.json');
  const clock = new ClockKeeper(clockFile, SANDBOX_START, options.speed);
  const given = options.redis ? NOT_OURS : await givenRedis(process.env);
  const redis = await kept(given ?? startRedis(join(folder, 'redis'), options.say));
  watchdog.pid(redis.pid);
  const { sitesDir, seed } = options;
  const ledgerFile = join(folder, 'ledger.jsonl');
  const twin = await kept(startTwin({ clock, sitesDir, seed, secrets: twinSecrets(), ledgerFile }));
  for (const fault of options.faults) twin.faults.set(fault, true);
  const slack = { botToken: secret('xoxb-'), appToken: secret('xapp-'), signingSecret: secret('') };
  const workspace = await kept(
    startWorkspace({
      ...slack,
      port: options.port,
      channel: CHANNEL,
      users: PEOPLE,
      userGroups: USER_GROUPS,
      teamName: 'Rehearsal',
      botName: 'Cutover',
      now: () => clock.now(),
      panel: panelOf(clock, twin, options.site),
    }),
  );
  const prefix = given?.prefix ?? 'cutover';
  const pace = keepPace(clock, workspace, {
    usual: options.speed,
    peopleDecide: options.peopleDecide ?? false,
    redis: { url: redis.url, prefix, connect: options.redis?.connect },
    twin,
  });
  atClose(() => pace.stop());
  const config = join(folder, 'settings.yaml');
  await mkdir(folder, { recursive: true });
  await writeFile(config, stringify(settingsFor(options, { redis, twin, workspace, clockFile }, slack, prefix)), {
    mode: 0o600,
  });
  const bots: BotProcess[] = [];
  atClose(async () => {
    await Promise.all(bots.map((bot) => bot.kill('SIGTERM')));
  });
  const startOne = async (part?: 'bot' | 'worker'): Promise<BotProcess> => {
    const args = part === undefined ? [] : ['--only', part];
    const bot = await startBot(config, join(folder, 'bot.log'), watchdog, args);
    bots.push(bot);
    void bot.ended.then(() => bots.splice(bots.indexOf(bot), 1));
    if (part !== 'worker') workspace.setRequestUrl(bot.requestUrl);
    return bot;
  };
  return { folder, config, clock, redis, workspace, twin, pace, bots, startBot: startOne, close };
}

function twinSecrets() {
  return {
    genesysClientId: secret('client-'),
    genesysClientSecret: secret(''),
    powerDnsKey: secret(''),
    dnsRestToken: secret(''),
    legacyToken: secret(''),
    crmToken: secret(''),
  };
}

/** The settings by which the product reaches the parts: its own names, nothing else tells it that this is no real world. */
export function settingsFor(
  options: Pick<SandboxOptions, 'socketMode' | 'redis' | 'sitesDir' | 'recipesDir'>,
  parts: {
    readonly redis: { readonly url: string };
    readonly twin: { readonly settings: Record<string, string> };
    readonly workspace: { readonly apiUrl: string };
    readonly clockFile: string;
  },
  slack: { readonly botToken: string; readonly appToken: string; readonly signingSecret: string },
  prefix: string,
): Record<string, string> {
  const { GUIDE_URL, GUIDE_TOKEN, ...twin } = parts.twin.settings;
  return {
    SLACK_BOT_TOKEN: slack.botToken,
    ...(options.socketMode ? { SLACK_APP_TOKEN: slack.appToken } : { SLACK_SIGNING_SECRET: slack.signingSecret }),
    SLACK_API_URL: parts.workspace.apiUrl,
    CUTOVER_CHANNEL: CHANNEL.id,
    PORT: '0',
    HOST: '127.0.0.1',
    ...(options.redis?.settings ?? { REDIS_URL: parts.redis.url }),
    REDIS_PREFIX: prefix,
    SITES_DIR: options.sitesDir,
    RECIPES_DIR: options.recipesDir,
    ...twin,
    PLATFORM_REST_URL: GUIDE_URL ?? '',
    PLATFORM_REST_TOKEN: GUIDE_TOKEN ?? '',
    SANDBOX_CLOCK_FILE: parts.clockFile,
  };
}

function panelOf(clock: ClockKeeper, twin: Twin, site: string) {
  return {
    get: () => ({
      clock: new Date(clock.now()).toISOString().replace('T', ' ').slice(0, 19),
      speed: Math.round(clock.speed()),
      site,
      facts: twin.panel(site).facts,
      faults: twin.faults.names.map(({ name, label }) => ({ name, label, on: twin.faults.isOn(name) })),
      links: [],
    }),
    post: async (action: string, body: object): Promise<void> => {
      const { name, on } = body as { name?: unknown; on?: unknown };
      if (action === 'fault' && typeof name === 'string' && typeof on === 'boolean') twin.faults.set(name, on);
    },
  };
}
