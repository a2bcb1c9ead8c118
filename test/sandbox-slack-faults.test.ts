import { request } from 'node:http';
import type { Workspace } from '../sandbox/slack/workspace';
import { CHANNEL, call, DANIEL, MARIA, post, start } from './sandbox-slack-setup';

describe('trouble on order', () => {
  it('answers 429 with Retry-After, and stores nothing', async () => {
    const workspace = await start();
    workspace.faults.next('chat.postMessage', { kind: 'ratelimited', retryAfter: 7 });
    expect(await post(workspace, {})).toEqual({
      status: 429,
      retryAfter: '7',
      json: { ok: false, error: 'ratelimited' },
    });
    expect(workspace.messages()).toHaveLength(0);
    expect((await post(workspace, {})).json.ok).toBe(true);
  });

  it('stores a post and then answers 500, as often as asked', async () => {
    const workspace = await start();
    workspace.faults.next('chat.postMessage', { kind: 'stored-then-500' }, 2);
    expect((await post(workspace, {})).status).toBe(500);
    expect((await post(workspace, {})).status).toBe(500);
    expect((await post(workspace, {})).status).toBe(200);
    expect(workspace.messages()).toHaveLength(3);
  });

  it('stores a post and never answers', async () => {
    const workspace = await start();
    const stored = new Promise((resolve) => workspace.onMessage(resolve));
    workspace.faults.next('chat.postMessage', { kind: 'stored-then-hang' });
    const answer = post(workspace, {}).then(
      () => 'answered',
      () => 'cut',
    );
    await stored;
    expect(workspace.messages()).toHaveLength(1);
    await workspace.close();
    expect(await answer).toBe('cut');
  });

  it('is unreachable when down, and back afterwards', async () => {
    const workspace = await start();
    workspace.faults.down(true);
    expect((await post(workspace, {})).status).toBe(503);
    workspace.faults.down(false);
    expect((await post(workspace, {})).status).toBe(200);
  });

  it('slows down posts after a burst when rate limits are on', async () => {
    const workspace = await start({ rateLimits: true });
    const answers = await Promise.all(Array.from({ length: 8 }, () => post(workspace, {})));
    expect(answers.filter(({ status }) => status === 200).length).toBe(5);
    expect(answers.filter(({ retryAfter }) => retryAfter === '1').length).toBe(3);
  });
});

describe('the page', () => {
  /** fetch hides the Host and Origin headers, so this speaks plain http. */
  function send(workspace: Workspace, path: string, headers: Record<string, string>, body?: string): Promise<number> {
    return new Promise((resolve, reject) => {
      const call = request(
        new URL(path, workspace.url),
        { method: body === undefined ? 'GET' : 'POST', headers },
        (response) => {
          response.resume();
          resolve(response.statusCode ?? 0);
        },
      );
      call.on('error', reject).end(body);
    });
  }

  it('acts for its own origin only', async () => {
    const workspace = await start();
    const own = new URL(workspace.url).origin;
    const say = JSON.stringify({ as: MARIA, text: 'hello' });
    const json = { 'content-type': 'application/json' };
    expect(await send(workspace, '/ui/say', { ...json, origin: 'https://evil.example' }, say)).toBe(403);
    expect(await send(workspace, '/ui/say', json, say)).toBe(403);
    expect(await send(workspace, '/ui/say', { origin: own, 'content-type': 'text/plain' }, say)).toBe(403);
    expect(await send(workspace, '/ui/state', { host: 'evil.example' })).toBe(403);
    expect(workspace.messages()).toHaveLength(0);
    expect(await send(workspace, '/ui/say', { ...json, origin: own }, say)).toBe(200);
    expect(workspace.messages()).toMatchObject([{ text: 'hello', user: MARIA }]);
  });

  it('is served with a policy that runs nothing but itself, and no file outside its folder', async () => {
    const workspace = await start();
    const page = await fetch(workspace.url);
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self'");
    for (const path of ['/page/../workspace.ts', '/page/%2e%2e/workspace.ts', '/page/none.js']) {
      expect(await send(workspace, path, {})).toBe(404);
    }
  });

  it('tells each person what they may see, as it happens', async () => {
    const workspace = await start();
    const stream = await fetch(`${workspace.url}ui/events?as=${MARIA}`);
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    await call(workspace, 'chat.postEphemeral', { channel: CHANNEL, user: DANIEL, text: 'for Daniel' });
    await call(workspace, 'chat.postEphemeral', { channel: CHANNEL, user: MARIA, text: 'for Maria' });
    let heard = '';
    while (!heard.includes('for Maria')) heard += (await reader?.read())?.value ?? '';
    expect(heard).toContain('event: state');
    expect(heard).not.toContain('for Daniel');
    await reader?.cancel();
  });
});
