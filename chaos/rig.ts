/** Everything that one run needs, on loopback, with a relay on every way that a fault can be on. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { stringify } from 'yaml';
import { ClockKeeper } from '../sandbox/clock';
import { type Opened, openAll } from '../sandbox/opened';
import { PROJECT } from '../sandbox/options';
import { keepPace, type Pace } from '../sandbox/pace';
import { CHANNEL } from '../sandbox/people';
import { SANDBOX_START, settingsFor } from '../sandbox/sandbox';
import { startWorkspace, type Workspace } from '../sandbox/slack/workspace';
import { startTwin, type Twin } from '../sandbox/twin/twin';
import { type Front, startFront } from './front';
import { type Manners, startHttpRelay } from './http-relay';
import { followLogs, type LogFollower } from './log-follower';
import { CHAOS_GROUPS, CHAOS_PEOPLE } from './people';
import { type Processes, SLOTS, type Slot, startProcesses } from './processes';
import { type MortalRedis, startMortalRedis } from './redis';
import { type OnAppend, type RedisRelay, startRedisRelay } from './redis-relay';
import type { SiteName } from './sites';
import { writeSites } from './sites';

export const PREFIX = 'cutover';
const SPEED = 120;
/** So that the fifty calls that a verdict needs come within an hour. */
const BUSIER = 1.5;
/** Systems behind the edge that can be killed; whoever is asked here is asked through a relay. */
const BEHIND_RELAYS = ['GENESYS_API_URL', 'GENESYS_LOGIN_URL', 'POWERDNS_URL', 'LEGACY_URL', 'CRM_URL'] as const;

export interface RigOptions {
  readonly sites: readonly SiteName[];
  readonly seed: number;
  /** The product's program, as it was built. */
  readonly program: string;
  readonly withFront: boolean;
  readonly onAppend: (slot: Slot) => OnAppend;
  readonly platforms: Manners;
  readonly slackApi: Manners;
  readonly toBot: Manners;
}

export interface Rig {
  readonly folder: string;
  readonly clock: ClockKeeper;
  readonly redis: MortalRedis;
  /** A look at the store from outside. */
  readonly store: Redis;
  readonly twin: Twin;
  readonly workspace: Workspace;
  readonly pace: Pace;
  readonly logs: LogFollower;
  readonly processes: Processes;
  readonly relays: ReadonlyMap<Slot, RedisRelay>;
  readonly front: Front | null;
  readonly waves: readonly string[];
  readonly people: readonly string[];
  readonly program: string;
  /** A settings file for the product's command line, with nothing in between. */
  readonly config: string;
  close(): Promise<void>;
}

export const waveOf = (site: string): string => `${site}-wave-1`;

export const openRig = (options: RigOptions): Promise<Rig> => openAll('chaos', (opened) => open(options, opened));

async function open(options: RigOptions, { folder, watchdog, kept, atClose, close }: Opened): Promise<Rig> {
  const sitesDir = join(folder, 'sites');
  writeSites(sitesDir, options.sites);
  const clockFile = join(folder, 'clock.json');
  const clock = new ClockKeeper(clockFile, SANDBOX_START, SPEED);
  const redis = await kept(startMortalRedis(join(folder, 'redis'), watchdog));
  const twin = await kept(startTwin({ clock, sitesDir, seed: options.seed, secrets: SECRETS, busier: BUSIER }));
  let reachedAt: string | null = null;
  const workspace = await kept(
    startWorkspace({
      ...SLACK,
      reachedAt: () => reachedAt,
      channel: CHANNEL,
      users: CHAOS_PEOPLE,
      userGroups: CHAOS_GROUPS,
      teamName: 'Chaos',
      botName: 'Cutover',
      now: () => clock.now(),
    }),
  );
  const waves = options.sites.map(waveOf);
  const logs = followLogs(redis.url, PREFIX, waves);
  atClose(() => logs.stop());
  const pace = keepPace(clock, workspace, {
    usual: SPEED,
    peopleDecide: false,
    redis: { url: redis.url, prefix: PREFIX },
    twin,
  });
  atClose(() => pace.stop());

  const behind: Record<string, number> = {};
  for (const name of BEHIND_RELAYS) {
    const relay = await kept(startHttpRelay(() => twin.settings[name] ?? null, options.platforms));
    behind[name] = relay.port;
  }
  const front = options.withFront ? await kept(startFront(Object.values(behind), watchdog)) : null;
  const slackApi = await kept(startHttpRelay(() => workspace.apiUrl.replace(/\/api\/$/, ''), options.slackApi));
  reachedAt = slackApi.url;
  const relays = new Map<Slot, RedisRelay>();
  for (const slot of SLOTS) relays.set(slot, await kept(startRedisRelay(redis.port, options.onAppend(slot))));

  const platforms = Object.fromEntries(
    Object.entries(behind).map(([name, port]) => [name, `http://127.0.0.1:${front?.portOf(port) ?? port}`]),
  );
  const settings = (redisUrl: string): Record<string, string> => ({
    ...settingsFor(
      { socketMode: false, sitesDir, recipesDir: join(PROJECT, 'templates', 'waves') },
      { redis: { url: redisUrl }, twin, workspace: { apiUrl: `${slackApi.url}/api/` }, clockFile },
      SLACK,
      PREFIX,
    ),
    ...platforms,
  });
  const processes = await kept(
    Promise.resolve(
      startProcesses({
        folder,
        program: options.program,
        watchdog,
        settings: (slot) => settings(relays.get(slot)?.url ?? redis.url),
      }),
    ),
  );
  const toBot = await kept(startHttpRelay(() => baseOf(processes.requestUrl()), options.toBot));
  workspace.setRequestUrl(`${toBot.url}/slack/events`);
  const config = join(folder, 'settings.yaml');
  await writeFile(config, stringify({ ...settings(redis.url), SLACK_API_URL: workspace.apiUrl }), { mode: 0o600 });
  const store = new Redis(redis.url, { maxRetriesPerRequest: null, retryStrategy: () => 40 });
  store.on('error', () => undefined);
  atClose(() => store.disconnect());
  const people = CHAOS_PEOPLE.map(({ id }) => id);
  const { program } = options;
  return {
    ...{ folder, clock, redis, store, twin, workspace, pace, logs, processes, relays, front },
    ...{ waves, people, program, config, close },
  };
}

const baseOf = (url: string | null): string | null => (url === null ? null : new URL(url).origin);

/** Nothing outside can be reached with these: they are this run's own. */
const SECRETS = {
  genesysClientId: 'client-chaos',
  genesysClientSecret: 'secret-chaos',
  powerDnsKey: 'dns-chaos',
  dnsRestToken: 'rest-chaos',
  legacyToken: 'legacy-chaos',
  crmToken: 'crm-chaos',
};
const SLACK = { botToken: 'xoxb-chaos', appToken: 'xapp-chaos', signingSecret: 'chaos-signing-secret' };
