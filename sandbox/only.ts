/** One part of the sandbox alone, with the settings by which a bot reaches it, so that the rest can be somebody else's. */
import { randomBytes } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { ClockKeeper } from './clock';
import { PROJECT } from './options';
import { CHANNEL, PEOPLE, USER_GROUPS } from './people';
import { startRedis } from './redis/private-redis';
import type { SandboxOptions } from './sandbox';
import { startWorkspace } from './slack/workspace';
import { startTwin } from './twin/twin';
import { startWatchdog } from './watchdog';

const secret = (prefix = ''): string => prefix + randomBytes(24).toString('hex');

/**
 * Runs until a signal. The settings file is `.sandbox/PART.yaml`; `cutover start --config FILE` takes it, together with
 * whatever else is in the environment. The twin alone runs in real time.
 */
export async function only(part: 'twin' | 'slack' | 'redis', options: SandboxOptions): Promise<number> {
  const folder = join(PROJECT, '.sandbox');
  await mkdir(folder, { recursive: true });
  const { settings, close, notes } = await PARTS[part](options, folder);
  const file = join(folder, `${part}.yaml`);
  await writeFile(file, stringify(settings), { mode: 0o600 });
  options.say(
    `The ${part} of the sandbox runs alone. Settings: .sandbox/${part}.yaml\n  npx cutover start --config .sandbox/${part}.yaml   (repeat --config for the other parts, or set them in the environment)${notes}\nCtrl-C ends it.`,
  );
  await new Promise<void>((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  });
  await close();
  return 0;
}

interface Running {
  readonly settings: Record<string, string>;
  readonly notes: string;
  close(): Promise<void>;
}

const PARTS: Readonly<
  Record<'twin' | 'slack' | 'redis', (options: SandboxOptions, folder: string) => Promise<Running>>
> = {
  async redis(options, folder) {
    const watchdog = startWatchdog();
    const redis = await startRedis(join(folder, 'redis'), options.say);
    watchdog.pid(redis.pid);
    return { settings: { REDIS_URL: redis.url }, notes: '', close: () => redis.close().then(() => watchdog.close()) };
  },
  async slack(options) {
    const tokens = { botToken: secret('xoxb-'), appToken: secret('xapp-'), signingSecret: secret() };
    const workspace = await startWorkspace({
      ...tokens,
      port: options.port,
      channel: CHANNEL,
      users: PEOPLE,
      userGroups: USER_GROUPS,
      teamName: 'Rehearsal',
      botName: 'Cutover',
    });
    // Socket Mode: the workspace needs to know nothing of where the bot is.
    const settings = {
      SLACK_BOT_TOKEN: tokens.botToken,
      SLACK_APP_TOKEN: tokens.appToken,
      SLACK_API_URL: workspace.apiUrl,
      CUTOVER_CHANNEL: CHANNEL.id,
    };
    return { settings, notes: `\n  The page: ${workspace.url}`, close: () => workspace.close() };
  },
  async twin(options, folder) {
    const clockFile = join(folder, 'clock.json');
    const clock = new ClockKeeper(clockFile, Date.now(), options.speed);
    const secrets = {
      genesysClientId: secret(),
      genesysClientSecret: secret(),
      powerDnsKey: secret(),
      dnsRestToken: secret(),
      legacyToken: secret(),
      crmToken: secret(),
    };
    const twin = await startTwin({ clock, sitesDir: options.sitesDir, seed: options.seed, secrets });
    for (const fault of options.faults) twin.faults.set(fault, true);
    const { GUIDE_URL, GUIDE_TOKEN, ...rest } = twin.settings;
    const settings = {
      ...rest,
      PLATFORM_REST_URL: GUIDE_URL ?? '',
      PLATFORM_REST_TOKEN: GUIDE_TOKEN ?? '',
      SANDBOX_CLOCK_FILE: clockFile,
    };
    return {
      settings,
      notes: `\n  Its time runs ${options.speed} times as fast as yours (--speed 1 for real time).`,
      close: () => twin.close(),
    };
  },
};
