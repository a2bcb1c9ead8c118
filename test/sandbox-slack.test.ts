import { App, HTTPReceiver, type Logger, LogLevel, SocketModeReceiver } from '@slack/bolt';
import { type KnownBlock, WebClient } from '@slack/web-api';
import type { Workspace, WorkspaceOptions } from '../sandbox/slack/workspace';
import { CHANNEL, closeLater, DANIEL, MARIA, SETTINGS, start } from './sandbox-slack-setup';

/** Longer than the shortest WebSocket frame can say. */
const LONG = 'x'.repeat(30_000);
/** Some tests provoke errors that the SDK would print. */
const SILENT: Logger = {
  debug: () => undefined,
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
  setLevel: () => undefined,
  getLevel: () => LogLevel.ERROR,
  setName: () => undefined,
};

async function open(more: Partial<WorkspaceOptions> = {}): Promise<{ workspace: Workspace; client: WebClient }> {
  const workspace = await start(more);
  return { workspace, client: clientOf(workspace) };
}

function clientOf(workspace: Workspace, token = SETTINGS.botToken): WebClient {
  return new WebClient(token, {
    slackApiUrl: workspace.apiUrl,
    retryConfig: { retries: 0 },
    rejectRateLimitedCalls: true,
    logger: SILENT,
  });
}

/** A real Bolt app behind its HTTP receiver, wired to the workspace. */
async function openApp(
  more: Partial<WorkspaceOptions> = {},
): Promise<{ workspace: Workspace; client: WebClient; app: App }> {
  const { workspace, client } = await open(more);
  const receiver = new HTTPReceiver({ signingSecret: SETTINGS.signingSecret, logger: SILENT });
  const app = new App({
    token: SETTINGS.botToken,
    receiver,
    clientOptions: { slackApiUrl: workspace.apiUrl },
    logger: SILENT,
    deferInitialization: true,
  });
  await app.init();
  const server = await receiver.start({ port: 0, host: '127.0.0.1' } as never);
  closeLater(() => app.stop());
  const address = server.address();
  workspace.setRequestUrl(`http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/slack/events`);
  return { workspace, client, app };
}

const section = (text: string): KnownBlock => ({ type: 'section', text: { type: 'mrkdwn', text } });
const approve = (more: object = {}): KnownBlock => ({
  type: 'actions',
  block_id: 'gate',
  elements: [
    {
      type: 'button',
      action_id: 'gate:approve',
      style: 'primary',
      text: { type: 'plain_text', text: 'Approve' },
      value: 'wave-1/step-6/1',
      confirm: {
        title: { type: 'plain_text', text: 'Approve?' },
        text: { type: 'plain_text', text: 'DNS moves now.' },
        confirm: { type: 'plain_text', text: 'Approve' },
        deny: { type: 'plain_text', text: 'Not yet' },
      },
      ...more,
    },
  ],
});

async function refusalOf(call: Promise<unknown>): Promise<{ error: string; messages: string[] }> {
  try {
    await call;
  } catch (error) {
    const { data } = error as { data: { error: string; response_metadata?: { messages?: string[] } } };
    return { error: data.error, messages: data.response_metadata?.messages ?? [] };
  }
  throw new Error('the call was not refused');
}

describe('a slash command', () => {
  it('reaches the app signed, and its acknowledgement is what the person sees', async () => {
    const { workspace, app } = await openApp();
    app.command('/cutover', async ({ ack, command }) => ack(`Starting ${command.text} for ${command.user_name}`));
    const reply = await workspace.command(MARIA, '/cutover start site-a');
    expect(reply).toMatchObject({ error: null, text: 'Starting start site-a for maria' });
    expect(workspace.ephemerals(MARIA)).toHaveLength(1);
    expect(workspace.ephemerals(DANIEL)).toHaveLength(0);
    expect(workspace.messages()).toHaveLength(0);
  });

  it('may be answered later through its response_url', async () => {
    const { workspace, app } = await openApp();
    app.command('/cutover', async ({ ack, respond }) => {
      await ack();
      await respond({ text: 'Here is the plan', blocks: [section('*Plan*')] });
    });
    const reply = await workspace.command(MARIA, '/cutover plan site-a');
    expect(reply.messages).toHaveLength(1);
    expect(reply.messages[0]?.blocks[0]).toMatchObject({ type: 'section' });
  });

  it('may be answered five times through its response_url', async () => {
    const { workspace, app } = await openApp();
    const statuses: unknown[] = [];
    app.command('/cutover', async ({ ack, respond }) => {
      for (let count = 0; count < 6; count += 1) {
        await respond('again').then(
          () => statuses.push(200),
          (error: { statusCode: number }) => statuses.push(error.statusCode),
        );
      }
      await ack();
    });
    await workspace.command(MARIA, '/cutover status site-a');
    expect(statuses).toEqual([200, 200, 200, 200, 200, 404]);
  });

  it('tells the person when nobody answers, in the words of Slack', async () => {
    const { workspace } = await open({ requestUrl: null });
    const reply = await workspace.command(MARIA, '/cutover help');
    expect(reply.error).toBe('dispatch_failed');
    expect(workspace.ephemerals(MARIA)[0]?.text).toContain('failed with the error "dispatch_failed"');
  });

  it('is refused by the app when the signing secret is another one', async () => {
    const { workspace, app } = await openApp({ signingSecret: 'forged' });
    app.command('/cutover', async ({ ack }) => ack('should not be seen'));
    expect((await workspace.command(MARIA, '/cutover help')).error).toBe('http_client_error');
  });

  it('is not available in a thread', async () => {
    const { workspace, client } = await open();
    const root = await client.chat.postMessage({ channel: CHANNEL, text: 'root' });
    workspace.say(MARIA, '/cutover pause', root.ts);
    expect(workspace.ephemerals(MARIA)[0]?.text).toBe('/cutover is not supported in threads. Sorry!');
  });
});

describe('a button', () => {
  it('is pressed with its value, and the card is redrawn in place', async () => {
    const { workspace, client, app } = await openApp();
    app.action('gate:approve', async ({ ack, body, action, client: bot, respond }) => {
      await ack();
      const { container } = body as unknown as { container: { message_ts: string } };
      await bot.chat.update({
        channel: CHANNEL,
        ts: container.message_ts,
        text: 'Approved',
        blocks: [section('Approved')],
      });
      await respond({ text: `You approved ${'value' in action ? action.value : ''}`, response_type: 'ephemeral' });
    });
    const { ts = '' } = await client.chat.postMessage({ channel: CHANNEL, text: 'Gate', blocks: [approve()] });
    const told = new Promise<string>((resolve) => {
      workspace.onMessage((change) => change.kind === 'ephemeral' && resolve(change.message.text));
    });
    await workspace.click(DANIEL, ts, 'gate:');
    expect(await told).toBe('You approved wave-1/step-6/1');
    expect(workspace.messages()).toMatchObject([{ ts, text: 'Approved', edits: 1, editedAt: null }]);
  });

  it('can still be pressed by somebody whose screen is old, also with an altered value', async () => {
    const { workspace, client, app } = await openApp();
    const values: unknown[] = [];
    app.action('gate:approve', async ({ ack, action }) => {
      values.push('value' in action ? action.value : null);
      await ack();
    });
    const { ts = '' } = await client.chat.postMessage({ channel: CHANNEL, text: 'Gate', blocks: [approve()] });
    await client.chat.update({ channel: CHANNEL, ts, text: 'Decided', blocks: [section('Decided')] });
    await workspace.click(DANIEL, ts, 'gate:approve', 'wave-9/step-6/1');
    expect(values).toEqual(['wave-9/step-6/1']);
  });

  it('that no listener takes is reported to whoever pressed it', async () => {
    const { workspace, client, app } = await openApp();
    app.action('gate:approve', async () => {
      throw new Error('broken listener');
    });
    app.error(async () => undefined);
    const { ts = '' } = await client.chat.postMessage({ channel: CHANNEL, text: 'Gate', blocks: [approve()] });
    await expect(workspace.click(DANIEL, ts, 'gate:approve')).rejects.toThrow('operation_timeout');
    await expect(workspace.click(DANIEL, ts, 'gate:reject')).rejects.toThrow('no control gate:reject');
  });

  it('of an ephemeral can replace that ephemeral', async () => {
    const { workspace, client, app } = await openApp();
    app.action('gate:approve', async ({ ack, respond }) => {
      await ack();
      await respond({ text: 'Done', replace_original: true });
    });
    const { message_ts = '' } = await client.chat.postEphemeral({
      channel: CHANNEL,
      user: MARIA,
      text: 'Sure?',
      blocks: [approve()],
    });
    const replaced = new Promise<string>((resolve) => {
      workspace.onMessage((change) => change.kind === 'updated' && resolve(change.message.text));
    });
    await workspace.click(MARIA, message_ts, 'gate:approve');
    expect(await replaced).toBe('Done');
    expect(workspace.ephemerals(MARIA)).toHaveLength(1);
  });
});

describe('a modal', () => {
  const reasonView = {
    type: 'modal' as const,
    callback_id: 'reason',
    private_metadata: 'wave-1',
    title: { type: 'plain_text' as const, text: 'Why hold?' },
    submit: { type: 'plain_text' as const, text: 'Hold' },
    blocks: [
      {
        type: 'input' as const,
        block_id: 'why',
        label: { type: 'plain_text' as const, text: 'Reason' },
        element: { type: 'plain_text_input' as const, action_id: 'text', min_length: 4 },
      },
    ],
  };

  it('opens from a button, holds bad input back, and is submitted', async () => {
    const { workspace, client, app } = await openApp();
    const seen: unknown[] = [];
    let opened: (value: unknown) => void = () => undefined;
    const isOpen = new Promise((resolve) => {
      opened = resolve;
    });
    app.action('gate:approve', async ({ ack, body, client: bot }) => {
      await ack();
      await bot.views.open({ trigger_id: (body as unknown as { trigger_id: string }).trigger_id, view: reasonView });
      opened(null);
    });
    app.view('reason', async ({ ack, view }) => {
      const text = view.state.values.why?.text?.value ?? '';
      if (text === 'because') return ack({ response_action: 'errors', errors: { why: 'Say more' } });
      seen.push([view.private_metadata, text]);
      return ack();
    });
    const { ts = '' } = await client.chat.postMessage({ channel: CHANNEL, text: 'Gate', blocks: [approve()] });
    await workspace.click(DANIEL, ts, 'gate:approve');
    await isOpen;
    const [view] = workspace.openViews(DANIEL);
    const submit = (why: string) => workspace.submitView(DANIEL, view?.id ?? '', { why });
    expect(await submit('')).toEqual({ errors: { why: 'Please complete this required field.' } });
    expect(await submit('no')).toEqual({ errors: { why: 'Please enter at least 4 characters.' } });
    expect(await submit('because')).toEqual({ errors: { why: 'Say more' } });
    expect(await submit('CRM is slow')).toEqual({});
    expect(seen).toEqual([['wave-1', 'CRM is slow']]);
    expect(workspace.openViews(DANIEL)).toHaveLength(0);
  });

  it('is refused for a trigger that was used, made up or is too old', async () => {
    const { workspace, client, app } = await openApp();
    const triggers: string[] = [];
    app.command('/cutover', async ({ ack, body }) => {
      triggers.push(body.trigger_id);
      await ack('ok');
    });
    await workspace.command(MARIA, '/cutover skip site-a');
    const first = triggers[0] ?? '';
    await client.views.open({ trigger_id: first, view: reasonView });
    expect((await refusalOf(client.views.open({ trigger_id: first, view: reasonView }))).error).toBe(
      'exchanged_trigger_id',
    );
    expect((await refusalOf(client.views.open({ trigger_id: 'x', view: reasonView }))).error).toBe(
      'invalid_trigger_id',
    );
    await workspace.command(MARIA, '/cutover skip site-a');
    const later = jest.spyOn(Date, 'now').mockReturnValue(Date.now() + 3001);
    const { error } = await refusalOf(client.views.open({ trigger_id: triggers[1] ?? '', view: reasonView }));
    later.mockRestore();
    expect(error).toBe('expired_trigger_id');
  });
});

describe('Socket Mode', () => {
  it('carries commands, clicks and answers over one socket, and survives being cut', async () => {
    const { workspace, client } = await open({ requestUrl: null });
    const receiver = new SocketModeReceiver({
      appToken: SETTINGS.appToken,
      logger: SILENT,
      installerOptions: { clientOptions: { slackApiUrl: workspace.apiUrl } },
    });
    const app = new App({
      token: SETTINGS.botToken,
      receiver,
      clientOptions: { slackApiUrl: workspace.apiUrl },
      logger: SILENT,
      deferInitialization: true,
    });
    await app.init();
    app.command('/cutover', async ({ ack, command }) =>
      ack({ response_type: 'in_channel', text: command.text === 'audit' ? LONG : 'Hello from a socket' }),
    );
    app.action('gate:approve', async ({ ack, respond }) => {
      await ack();
      await respond('clicked');
    });
    await app.start();
    closeLater(() => app.stop());

    const reply = await workspace.command(MARIA, '/cutover help');
    expect(reply).toMatchObject({ error: null, text: 'Hello from a socket' });
    expect(workspace.messages()).toHaveLength(1);
    expect((await workspace.command(MARIA, '/cutover audit')).text).toBe(LONG);

    const { ts = '' } = await client.chat.postMessage({ channel: CHANNEL, text: 'Gate', blocks: [approve()] });
    const whispered = new Promise<string>((resolve) => {
      workspace.onMessage((change) => change.kind === 'ephemeral' && resolve(change.message.text));
    });
    await workspace.click(DANIEL, ts, 'gate:approve');
    expect(await whispered).toBe('clicked');

    const reconnected = new Promise<void>((resolve) => {
      receiver.client.on('connected', () => resolve());
    });
    workspace.faults.down(true);
    expect((await workspace.command(MARIA, '/cutover help')).error).toBe('service_unavailable');
    workspace.faults.down(false);
    await reconnected;
    expect((await workspace.command(MARIA, '/cutover help')).error).toBeNull();
  });

  it('wants the app-level token', async () => {
    const { workspace, client } = await open();
    expect((await refusalOf(client.apps.connections.open())).error).toBe('not_allowed_token_type');
    const { url } = await clientOf(workspace, SETTINGS.appToken).apps.connections.open();
    expect(url).toMatch(/^ws:\/\/127\.0\.0\.1:\d+\/link\//);
  });
});
