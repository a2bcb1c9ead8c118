/** Slack's side of the ports against the sandbox's workspace: what was stored is found again, and nothing is said twice. */
import { WebClient } from '@slack/web-api';
import type { Workspace } from '../sandbox/slack/workspace';
import { silent } from '../src/adapters/slack/silent';
import { createSlackPeople } from '../src/adapters/slack/slack-people';
import { createSlackThread } from '../src/adapters/slack/slack-thread';
import { waveId } from '../src/core/ids';
import { Fault } from '../src/ports/fault';
import { type Message, type MessageMark, UnclearPost } from '../src/ports/thread';
import { CHANNEL, call, DANIEL, MARIA, SETTINGS, start } from './sandbox-slack-setup';

const WAVE = waveId('site-t-wave-1');
const mark = (from: number, to = from): MessageMark => ({ wave: WAVE, from, to });
const said = (text: string, more: readonly object[] = []): Message => ({
  text,
  blocks: [{ type: 'section', text: { type: 'mrkdwn', text } }, ...more],
});
const threadIn = (workspace: Workspace, channel = CHANNEL, timeoutMs = 2_000) =>
  createSlackThread({ token: SETTINGS.botToken, apiUrl: workspace.apiUrl, channel, timeoutMs });

describe('a message of the thread', () => {
  it('stands under its root and is found by its mark', async () => {
    const workspace = await start();
    const thread = threadIn(workspace);
    const root = await thread.postRoot(said('root'), mark(0));
    const { ts } = await thread.post(root, said('events'), mark(3, 5));
    expect(await thread.find(root, mark(3, 5), Date.now())).toEqual({ channel: CHANNEL, ts });
    expect(await thread.find(null, mark(0), Date.now())).toEqual(root);
    for (const other of [mark(3), mark(3, 6), { ...mark(3, 5), wave: waveId('site-u-wave-1') }])
      expect(await thread.find(root, other, Date.now())).toBeNull();
  });

  it('is unclear, posted once and found, when Slack stores it and answers 500', async () => {
    const workspace = await start();
    const thread = threadIn(workspace);
    const root = await thread.postRoot(said('root'), mark(0));
    workspace.faults.next('chat.postMessage', { kind: 'stored-then-500' });
    await expect(thread.post(root, said('events'), mark(1))).rejects.toBeInstanceOf(UnclearPost);
    expect(workspace.messages()).toHaveLength(2);
    expect(await thread.find(root, mark(1), Date.now())).toMatchObject({ ts: workspace.messages()[1]?.ts });
  });

  it('is unclear, posted once and found, when Slack stores it and never answers', async () => {
    const workspace = await start();
    const thread = threadIn(workspace, CHANNEL, 200);
    workspace.faults.next('chat.postMessage', { kind: 'stored-then-hang' });
    await expect(thread.postRoot(said('root'), mark(0))).rejects.toBeInstanceOf(UnclearPost);
    expect(workspace.messages()).toHaveLength(1);
    expect(await thread.find(null, mark(0), Date.now())).toMatchObject({ ts: workspace.messages()[0]?.ts });
  });

  it('is not there when Slack asks to wait, and the wait is told in ms', async () => {
    const workspace = await start();
    const thread = threadIn(workspace);
    workspace.faults.next('chat.postMessage', { kind: 'ratelimited', retryAfter: 7 });
    await expect(thread.postRoot(said('root'), mark(0))).rejects.toMatchObject({
      name: 'Fault',
      transient: true,
      retryAfterMs: 7_000,
    });
    expect(workspace.messages()).toHaveLength(0);
  });

  it('is not there when its sender came to it too late, and is not looked for', async () => {
    const workspace = await start();
    const thread = threadIn(workspace);
    const never = (): boolean => false;
    const late = { name: 'Fault', transient: true, retryAfterMs: null, message: expect.stringMatching(/too late/) };
    await expect(thread.postRoot(said('root'), mark(0), never)).rejects.toMatchObject(late);
    const root = await thread.postRoot(said('root'), mark(0), () => true);
    await expect(thread.post(root, said('events'), mark(1), never)).rejects.toMatchObject(late);
    await thread.post(root, said('events'), mark(1), () => true);
    await expect(thread.update(CHANNEL, root.ts, said('older'), mark(0), never)).rejects.toMatchObject(late);
    expect(workspace.messages().map(({ text }) => text)).toEqual(['root', 'events']);
    expect(await thread.update(CHANNEL, root.ts, said('newer'), mark(0), () => true)).toBe('updated');
  });

  it('is found beyond 200 others, in the thread and in the channel', async () => {
    const workspace = await start();
    const thread = threadIn(workspace);
    const root = await thread.postRoot(said('root'), mark(0));
    for (let i = 0; i < 210; i++) {
      workspace.say(MARIA, `reply ${i}`, root.ts);
      workspace.say(MARIA, `chatter ${i}`);
    }
    const { ts } = await thread.post(root, said('events'), mark(1));
    expect(await thread.find(root, mark(1), Date.now())).toMatchObject({ ts });
    expect(await thread.find(null, mark(0), Date.now())).toMatchObject({ ts: root.ts });
    expect(await thread.find(root, mark(9), Date.now())).toBeNull();
  });

  it.each([['a channel that the bot does not know', 'C0NOWHERE', /channel_not_found.*CUTOVER_CHANNEL/]])(
    'is refused for good, with what to do, in %s',
    async (_what, channel, sentence) => {
      const workspace = await start();
      const refusal = await threadIn(workspace, channel)
        .postRoot(said('root'), mark(0))
        .catch((cause: unknown) => cause);
      expect(refusal).toBeInstanceOf(Fault);
      expect(refusal).toMatchObject({ transient: false, message: expect.stringMatching(sentence) });
    },
  );

  it('is said plainly and with its buttons when Slack does not take its blocks', async () => {
    const workspace = await start();
    const thread = threadIn(workspace);
    const button = {
      type: 'button',
      action_id: 'gate.approve',
      text: { type: 'plain_text', text: 'Approve' },
      value: 'v',
    };
    const many = Array.from({ length: 60 }, () => ({ type: 'divider' }));
    const message = said('Gate 1 waits', [...many, { type: 'actions', elements: [button] }]);
    const root = await thread.postRoot(said('root'), mark(0));
    const { ts } = await thread.post(root, message, mark(1));
    const shown = JSON.stringify(workspace.messages().find((each) => each.ts === ts));
    expect(shown).toMatch(/Gate 1 waits/);
    expect(shown).toMatch(/did not take the layout/);
    expect(shown).toMatch(/gate\.approve/);
    expect(workspace.messages()).toHaveLength(2);
    expect(await thread.update(CHANNEL, ts, message, mark(1))).toBe('updated');
  });

  it('is told to be gone when it was deleted', async () => {
    const workspace = await start();
    const thread = threadIn(workspace);
    const root = await thread.postRoot(said('root'), mark(0));
    expect(await thread.update(CHANNEL, root.ts, said('newer'), mark(0))).toBe('updated');
    await call(workspace, 'chat.delete', { channel: CHANNEL, ts: root.ts });
    expect(await thread.update(CHANNEL, root.ts, said('newest'), mark(0))).toBe('gone');
  });

  it('waits for a Slack that is away', async () => {
    const workspace = await start();
    const thread = threadIn(workspace);
    const root = await thread.postRoot(said('root'), mark(0));
    workspace.faults.down(true);
    await expect(thread.update(CHANNEL, root.ts, said('newer'), mark(0))).rejects.toMatchObject({ transient: true });
    await expect(thread.find(root, mark(1), Date.now())).rejects.toMatchObject({ transient: true });
    await expect(thread.post(root, said('events'), mark(1))).rejects.toBeInstanceOf(UnclearPost);
  });
});

describe('the posts of many waves into a channel that takes one a second', () => {
  it('are all made, once each and in the order of their wave, with hardly a call in vain', async () => {
    const workspace = await start({ rateLimits: true });
    const thread = threadIn(workspace);
    const root = { channel: CHANNEL, ts: workspace.say(MARIA, 'root').ts };
    let inVain = 0;
    const told = async (wave: string): Promise<void> => {
      for (let seq = 1; seq <= 2; ) {
        const about = { wave: waveId(wave), from: seq, to: seq };
        const posted = await thread.post(root, said(`${wave} ${seq}`), about).catch((cause: unknown) => cause);
        if (!(posted instanceof Fault)) {
          seq++;
          continue;
        }
        if (/asks to wait/.test(posted.message)) inVain++;
        expect(posted.transient).toBe(true);
        await new Promise((resolve) => setTimeout(resolve, posted.retryAfterMs ?? 0));
      }
    };
    const waves = Array.from({ length: 5 }, (_, i) => `site-${i}-wave-1`);
    await Promise.all(waves.map(told));
    const texts = workspace.messages().map(({ text }) => text);
    for (const wave of waves) expect(texts.filter((text) => text.startsWith(wave))).toEqual([`${wave} 1`, `${wave} 2`]);
    expect(inVain).toBeGreaterThan(0);
    expect(inVain).toBeLessThanOrEqual(6);
  });
});

describe('the groups of a person', () => {
  function given(workspace: Workspace) {
    let calls = 0;
    const client = new WebClient(SETTINGS.botToken, {
      slackApiUrl: workspace.apiUrl,
      retryConfig: { retries: 0 },
      rejectRateLimitedCalls: true,
      logger: silent,
    });
    const { list } = client.usergroups.users;
    Object.assign(client.usergroups.users, {
      list: (options: Parameters<typeof list>[0]) => {
        calls++;
        return list(options);
      },
    });
    return { people: createSlackPeople(client), calls: () => calls };
  }

  it('are those among the named ones that Slack lists', async () => {
    const { people } = given(await start());
    expect(await people.groupsOf(DANIEL, ['S0APPROVER'])).toEqual(['S0APPROVER']);
    expect(await people.groupsOf(MARIA, ['S0APPROVER'])).toEqual([]);
  });

  it('are asked for once for a hundred clicks at the same moment', async () => {
    const { people, calls } = given(await start());
    const answers = await Promise.all(Array.from({ length: 100 }, () => people.groupsOf(DANIEL, ['S0APPROVER'])));
    expect(answers.every((groups) => groups?.length === 1)).toBe(true);
    expect(calls()).toBe(1);
  });

  it('are unknown while Slack does not say, and known again when it does', async () => {
    const workspace = await start();
    const { people } = given(workspace);
    workspace.faults.next('usergroups.users.list', { kind: 'ratelimited', retryAfter: 1 });
    expect(await people.groupsOf(DANIEL, ['S0APPROVER'])).toBeNull();
    expect(await people.groupsOf(DANIEL, ['S0APPROVER'])).toEqual(['S0APPROVER']);
    workspace.faults.down(true);
    expect(await people.groupsOf(DANIEL, ['S0APPROVER'])).toEqual(['S0APPROVER']);
    expect(await people.groupsOf(DANIEL, ['S0APPROVER', 'S0OTHER'])).toBeNull();
  });

  it('are unknown when the policy names a group that Slack does not have', async () => {
    const { people } = given(await start());
    expect(await people.groupsOf(DANIEL, ['S0NOBODY'])).toBeNull();
  });
});
