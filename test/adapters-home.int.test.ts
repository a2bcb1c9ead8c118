/** The bot's own ground on a real Redis and against the sandbox's workspace. */
import { WebClient } from '@slack/web-api';
import type { Workspace } from '../sandbox/slack/workspace';
import { silent } from '../src/adapters/slack/silent';
import { createSlackHome } from '../src/adapters/slack/slack-home';
import { keysOf } from '../src/adapters/store/keys';
import { connectRedis } from '../src/adapters/store/redis-connection';
import { findStore } from '../src/adapters/store/redis-finding';
import type { RedisPlace } from '../src/adapters/store/redis-place';
import { asFault } from '../src/adapters/store/redis-wave-log';
import { Fault } from '../src/ports/fault';
import { CHANNEL, SETTINGS, start } from './sandbox-slack-setup';
import { type TestRedis, testRedis } from './support/private-redis';

const keys = keysOf('cutover');
const ONE = { kind: 'one', minReplicas: 0 } as const;

describe('the store', () => {
  let redis: TestRedis;
  beforeAll(async () => {
    redis = await testRedis();
  });
  afterAll(() => redis.close());

  it('tells what it may drop, what it keeps on disk and what time it has', async () => {
    const found = await findStore(redis.client, keys, { kind: 'sentinel', minReplicas: 2 });
    expect(found).toMatchObject({
      policy: 'noeviction',
      appendOnly: expect.any(Boolean),
      failsOver: true,
      replicasWanted: 2,
      replicas: 0,
    });
    expect(Math.abs(found.clockSkewMs)).toBeLessThan(5_000);
  });

  it('shows what it was set to', async () => {
    for (const [value, wanted] of [
      ['yes', true],
      ['no', false],
    ] as const) {
      await redis.client.config('SET', 'appendonly', value);
      expect((await findStore(redis.client, keys, ONE)).appendOnly).toBe(wanted);
    }
  });

  const ACCESS = { username: 'cutover', password: 'hunter2', tls: false, tlsCa: null };
  const NOWHERE = [{ host: '127.0.0.1', port: 1 }];
  it.each<[string, RedisPlace]>([
    ['one server', { kind: 'one', url: 'redis://:hunter2@127.0.0.1:1', tlsCa: null }],
    ['a Cluster', { ...ACCESS, kind: 'cluster', nodes: NOWHERE }],
    [
      'what Sentinels name',
      {
        ...ACCESS,
        kind: 'sentinel',
        sentinels: NOWHERE,
        master: 'house',
        sentinelUsername: 'cutover',
        sentinelPassword: 'hunter2',
      },
    ],
  ])('that is not there is a fault with its address and without its password: %s', async (_, place) => {
    const heard: string[] = [];
    const client = connectRedis(place, 'click', (about) => heard.push(JSON.stringify(about)));
    const fault = await findStore(client, keys, ONE).catch((cause: unknown) => cause);
    const again = await asFault(() => client.exists(keys.open)).catch((cause: unknown) => cause);
    client.disconnect();
    for (const each of [fault, again]) {
      expect(each).toBeInstanceOf(Fault);
      expect(each).toMatchObject({ system: 'Redis', transient: true });
    }
    expect(String(fault)).toContain('127.0.0.1:1');
    expect(String(fault) + String(again) + heard.join()).not.toContain('hunter2');
  });
});

describe('Slack', () => {
  const homeIn = (workspace: Workspace, { token = SETTINGS.botToken, channel = CHANNEL } = {}) =>
    createSlackHome(
      new WebClient(token, {
        slackApiUrl: workspace.apiUrl,
        logger: silent,
        retryConfig: { retries: 0 },
        rejectRateLimitedCalls: true,
        timeout: 2_000,
      }),
      channel,
    );

  it('tells whose token it is and whether the bot is in its channel', async () => {
    const home = homeIn(await start());
    expect((await home.workspace()).bot).not.toBe('?');
    expect(await home.channel()).toEqual({ channel: CHANNEL, member: true, detail: '' });
  });

  it('tells of a channel that there is not as of one in which the bot is not', async () => {
    const found = await homeIn(await start(), { channel: 'C0NOWHERE' }).channel();
    expect(found).toMatchObject({
      channel: 'C0NOWHERE',
      member: false,
      detail: expect.stringContaining('no such channel'),
    });
  });

  it('counts the people of a group, and knows one that there is not', async () => {
    const home = homeIn(await start());
    expect([await home.groupSize('S0APPROVER'), await home.groupSize('S0NOWHERE')]).toEqual([1, null]);
  });

  it('that refuses the token is a permanent fault without the token', async () => {
    const fault = await homeIn(await start(), { token: 'xoxb-hunter2' })
      .workspace()
      .catch((cause: unknown) => cause);
    expect(fault).toMatchObject({
      system: 'Slack',
      transient: false,
      message: expect.stringContaining('invalid_auth'),
    });
    expect(String(fault)).not.toContain('hunter2');
  });

  it('that asks for a pause is a passing fault that says how long', async () => {
    const workspace = await start();
    workspace.faults.next('auth.test', { kind: 'ratelimited', retryAfter: 7 });
    const fault = await homeIn(workspace)
      .workspace()
      .catch((cause: unknown) => cause);
    expect(fault).toMatchObject({ transient: true, retryAfterMs: 7_000 });
  });
});
