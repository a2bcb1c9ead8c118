/** Who gets past the door: a real Bolt app before the sandbox's workspace, with one command, one button and one form. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebClient } from '@slack/web-api';
import type { Workspace } from '../sandbox/slack/workspace';
import { createBoltApp } from '../src/adapters/slack/bolt-app';
import { createDoorkeeper } from '../src/adapters/slack/doorkeeper';
import { fetchAtSlack } from '../src/adapters/slack/own-hosts';
import { silent } from '../src/adapters/slack/silent';
import { createSlackPeople } from '../src/adapters/slack/slack-people';
import { isAmong, type Person } from '../src/core/actor';
import { userId } from '../src/core/ids';
import { CHANNEL, closeLater, DANIEL, MARIA, SETTINGS, start } from './sandbox-slack-setup';
import { send, signed } from './support/front-door';

const TEAM = 'T0SANDBOX1';

const clientOf = (apiUrl: string): WebClient =>
  new WebClient(SETTINGS.botToken, {
    slackApiUrl: apiUrl,
    logger: silent,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    timeout: 5_000,
  });

interface House {
  readonly workspace: Workspace;
  readonly url: string;
  /** What got past the door, as kind and person. */
  readonly done: string[];
  readonly warned: object[];
}

async function house(): Promise<House> {
  const workspace = await start();
  const done: string[] = [];
  const warned: object[] = [];
  const { app, ...bolt } = createBoltApp({
    botToken: SETTINGS.botToken,
    mode: { kind: 'http', signingSecret: SETTINGS.signingSecret },
    apiUrl: workspace.apiUrl,
    host: '127.0.0.1',
    port: 0,
    warn: (about, message) => warned.push({ ...about, message }),
    timeoutMs: 5_000,
    isFirst: async () => true,
    isReady: async () => true,
    door: createDoorkeeper(clientOf(workspace.apiUrl)),
  });
  app.command('/cutover', async ({ ack, command, respond }) => {
    await ack();
    await respond({ response_type: 'ephemeral', text: 'you may' });
    done.push(`command ${command.user_id}`);
  });
  app.action('gate.approve', async ({ ack, body }) => {
    await ack();
    done.push(`click ${body.user.id}`);
  });
  app.view('cutover.reason', async ({ ack, body }) => {
    await ack();
    done.push(`form ${body.user.id}`);
  });
  const { port } = await bolt.start();
  closeLater(() => bolt.stop(8_000));
  const url = `http://127.0.0.1:${port}/slack/events`;
  workspace.setRequestUrl(url);
  return { workspace, url, done, warned };
}

/** A card with one button, as the bot would post it. */
async function card(workspace: Workspace): Promise<string> {
  const { ts } = await clientOf(workspace.apiUrl).chat.postMessage({
    channel: CHANNEL,
    text: 'a gate',
    blocks: [
      {
        type: 'actions',
        elements: [
          { type: 'button', action_id: 'gate.approve', text: { type: 'plain_text', text: 'Approve' }, value: '1' },
        ],
      },
    ],
  });
  return ts ?? '';
}

const form = (user: string, team: string) => ({
  type: 'view_submission',
  user: { id: user, team_id: team },
  team: { id: team },
  view: {
    type: 'modal',
    callback_id: 'cutover.reason',
    blocks: [{ type: 'input', block_id: 'reason' }],
    state: { values: {} },
  },
});

async function post(url: string, payload: object) {
  const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
  const headers = { 'content-type': 'application/x-www-form-urlencoded', ...signed(SETTINGS.signingSecret, body) };
  return send(url, 'POST', headers, body);
}

/** All three ways in, one after the other: what each of them said. */
async function threeWays({ workspace, url, done }: House, user: string): Promise<readonly string[]> {
  const { text } = await workspace.command(user, '/cutover status');
  const ts = await card(workspace);
  const before = workspace.ephemerals(user).length;
  await workspace.click(user, ts, 'gate.approve');
  const clicked = () => workspace.ephemerals(user).slice(before);
  for (const end = Date.now() + 5_000; clicked().length === 0 && !done.includes(`click ${user}`) && Date.now() < end; )
    await new Promise((resolve) => setTimeout(resolve, 10));
  const submitted = await post(url, form(user, TEAM));
  expect(submitted.status).toBe(200);
  return [
    text,
    clicked()
      .map((each) => each.text)
      .join(),
    submitted.body,
  ];
}

describe('at the door', () => {
  it('a full member is let in by command, button and form', async () => {
    const at = await house();
    expect(await threeWays(at, DANIEL)).toEqual(['you may', '', '']);
    expect(at.done).toEqual([`command ${DANIEL}`, `click ${DANIEL}`, `form ${DANIEL}`]);
  });

  it.each([
    ['a guest of several channels', { marks: { is_restricted: true } }, /you are a guest/],
    ['a guest of one channel', { marks: { is_restricted: true, is_ultra_restricted: true } }, /you are a guest/],
    ['somebody of another organisation, in a shared channel', { teamId: 'T0PARTNER1' }, /you belong to another org/],
    ['a stranger whose home is hidden', { marks: { is_stranger: true } }, /you belong to another organisation/],
    ['a person who was deactivated', { marks: { deleted: true } }, /deactivated/],
    ['an app', { marks: { is_bot: true } }, /by people, not by apps/],
    ['somebody whom Slack tells nothing of', { marks: { team_id: undefined } }, /you belong to another organisation/],
  ])('%s is told by all three ways that nothing was done', async (_who, change, sentence) => {
    const at = await house();
    at.workspace.admin.change(DANIEL, change);
    const said = await threeWays(at, DANIEL);
    expect(said).toEqual([sentence, sentence, sentence].map((each) => expect.stringMatching(each)));
    expect(JSON.parse(said[2] ?? '')).toMatchObject({
      response_action: 'errors',
      errors: { reason: expect.any(String) },
    });
    expect(at.done).toEqual([]);
    expect(at.warned).toHaveLength(3);
  });

  it('a member of an organisation with several workspaces is let in when ours is among theirs', async () => {
    const at = await house();
    const elsewhere = { team_id: 'T0OTHER001', enterprise_user: { teams: ['T0OTHER001', TEAM] } };
    at.workspace.admin.change(DANIEL, { marks: elsewhere });
    expect((await at.workspace.command(DANIEL, '/cutover status')).text).toBe('you may');
    at.workspace.admin.change(MARIA, { marks: { ...elsewhere, enterprise_user: { teams: ['T0OTHER001'] } } });
    expect((await at.workspace.command(MARIA, '/cutover status')).text).toMatch(/another organisation/);
  });

  it.each([
    ['of another workspace', { team: { id: 'T0PARTNER1' } }, /came from another one/],
    ['of no workspace', { team: null }, /came from another one/],
    ['of nobody', { user: {} }, /does not say right now who you are/],
    ['of somebody who is not there', { user: { id: 'U0NOWHERE1' } }, /another organisation/],
    ['of a group that poses as a person', { user: { id: 'S0APPROVER' } }, /does not say right now who you are/],
  ])('a signed request %s has no effect', async (_whose, change, sentence) => {
    const at = await house();
    const { status, body } = await post(at.url, { ...form(DANIEL, TEAM), ...change });
    expect([status, body]).toEqual([200, expect.stringMatching(sentence)]);
    expect(at.done).toEqual([]);
  });

  it('nobody is let in while Slack does not say who they are, and everybody again once it does', async () => {
    const at = await house();
    at.workspace.faults.next('users.info', { kind: 'http', status: 500 });
    expect((await at.workspace.command(MARIA, '/cutover status')).text).toMatch(/does not say right now who you are/);
    expect((await at.workspace.command(MARIA, '/cutover status')).text).toBe('you may');
  });

  it('a Slack that never answers the question is not waited for longer than a form may take to open', async () => {
    const at = await house();
    at.workspace.faults.next('users.info', { kind: 'hang' }, 2);
    const { error, text } = await at.workspace.command(MARIA, '/cutover status', { settleMs: 3_000 });
    expect([error, text]).toEqual([null, expect.stringMatching(/does not say right now who you are/)]);
  });

  it('an app that may not look people up says so at its start, with the scope', async () => {
    const server = createServer((request, response) => {
      const isSelf = request.url?.endsWith('auth.test');
      const answer = isSelf ? { ok: true, team_id: TEAM, user_id: 'U0BOT' } : { ok: false, error: 'missing_scope' };
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closeLater(async () => server.close());
    const door = createDoorkeeper(clientOf(`http://127.0.0.1:${(server.address() as AddressInfo).port}/api/`));
    await expect(door.check()).rejects.toMatchObject({
      transient: false,
      message: expect.stringContaining('users:read'),
    });
    expect(await door.refusal({ team: TEAM, user: DANIEL })).toContain('users:read');
  });
});

describe('a person', () => {
  const APPROVERS = ['S0APPROVER', 'U0NAMED001'];
  const permission = async (workspace: Workspace, user: string): Promise<string> => {
    const groups = await createSlackPeople(clientOf(workspace.apiUrl)).groupsOf(user, ['S0APPROVER']);
    const person: Person = { kind: 'person', user: userId(user), groups, via: 'slack' };
    return isAmong(person, APPROVERS);
  };

  it('who has left the group since is no approver any more, within the minute for which Slack’s answer is kept', async () => {
    const workspace = await start();
    const people = createSlackPeople(clientOf(workspace.apiUrl));
    expect(await people.groupsOf(DANIEL, ['S0APPROVER'])).toEqual(['S0APPROVER']);
    workspace.admin.regroup('S0APPROVER', []);
    const began = Date.now();
    const clock = jest.spyOn(Date, 'now').mockImplementation(() => began + 60_001);
    const later = await people.groupsOf(DANIEL, ['S0APPROVER']);
    clock.mockRestore();
    expect(later).toEqual([]);
    expect(await permission(workspace, DANIEL)).toBe('no');
  });

  it('who is renamed keeps their rights, and who takes the old name has none of them', async () => {
    const workspace = await start();
    workspace.admin.change(DANIEL, { name: 'dan.okafor', realName: 'Dan Okafor' });
    workspace.admin.change(MARIA, { name: 'daniel', realName: 'Daniel Okafor' });
    expect(await permission(workspace, DANIEL)).toBe('yes');
    expect(await permission(workspace, MARIA)).toBe('no');
  });

  it('whose name is the id of another, or of a group, has the rights of neither', async () => {
    const workspace = await start();
    workspace.admin.change(MARIA, { name: 'U0NAMED001', realName: 'S0APPROVER' });
    expect(await permission(workspace, MARIA)).toBe('no');
    expect(await permission(workspace, 'S0APPROVER')).toBe('no');
  });
});

describe('an address at which to answer', () => {
  it.each([
    ['https://slack.com/api/', 'https://evil.example.com/x'],
    ['https://slack.com/api/', 'https://slack.com.evil.example.com/x'],
    ['https://slack.com/api/', 'https://hooks.slack.com@evil.example.com/x'],
    ['https://slack.com/api/', 'https://user:pass@hooks.slack.com/x'],
    ['https://slack.com/api/', 'http://hooks.slack.com/x'],
    ['https://slack.com/api/', 'http://169.254.169.254/latest/meta-data/'],
    ['https://slack.com/api/', 'file:///etc/passwd'],
    ['https://slack.com/api/', 'not a url'],
  ])('with the API at %s: %s is not called', async (api, address) => {
    await expect(fetchAtSlack(api, 1_000)(address)).rejects.toThrow('not one of Slack’s');
  });

  it('on Slack’s own hosts would be called', async () => {
    // The guard of these tests stops the call itself: what is refused is the way there, not the address.
    for (const address of ['https://hooks.slack.test/actions/1', 'https://slack.test/api/x'])
      await expect(fetchAtSlack('https://slack.test/api/', 1_000)(address)).rejects.toThrow('fetch failed');
  });

  it('that leads on by a redirect is not followed', async () => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(307, { location: '/elsewhere' }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closeLater(async () => server.close());
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    await expect(fetchAtSlack(`${origin}/api/`, 2_000)(`${origin}/actions/1`, { method: 'POST' })).rejects.toThrow();
    expect(asked).toEqual(['/actions/1']);
  });

  it('of a signed click that is not Slack’s hears nothing, though the click itself is taken', async () => {
    const heard: string[] = [];
    const server = createServer((request, response) => {
      heard.push(request.url ?? '');
      response.end('ok');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    closeLater(async () => server.close());
    const at = await house();
    at.workspace.admin.change(DANIEL, { marks: { is_restricted: true } });
    const { status } = await post(at.url, {
      type: 'block_actions',
      user: { id: DANIEL },
      team: { id: TEAM },
      response_url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/answer`,
      actions: [{ type: 'button', action_id: 'gate.approve', block_id: 'b', value: '1' }],
    });
    const refused = (): readonly string[] =>
      at.warned.map((each) => String((each as { err?: { original?: unknown } }).err?.original));
    const sentence = 'Error: an address that is not one of Slack’s was not called';
    for (const end = Date.now() + 5_000; !refused().includes(sentence) && Date.now() < end; )
      await new Promise((resolve) => setTimeout(resolve, 10));
    expect([status, heard, at.done]).toEqual([200, [], []]);
    expect(refused()).toContain(sentence);
  });
});
