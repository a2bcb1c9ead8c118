import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LogLevel, WebClient } from '@slack/web-api';
import { CHANNEL, call, DANIEL, MARIA, post, SETTINGS, start } from './sandbox-slack-setup';

const textOf = (length: number) => 'a'.repeat(length);
const section = (length: number) => ({ type: 'section', text: { type: 'mrkdwn', text: textOf(length) } });
const button = (more: object) => ({ type: 'button', text: { type: 'plain_text', text: 'Go' }, ...more });
const actions = (...elements: object[]) => ({ type: 'actions', elements });

describe('the Web API', () => {
  it.each([
    ['no token', null, 'not_authed'],
    ['another token', 'xoxb-other', 'invalid_auth'],
    ['the app token', 'xapp-sandbox', 'not_allowed_token_type'],
  ])('refuses %s', async (_name, token, error) => {
    expect((await call(await start(), 'auth.test', {}, token)).json).toMatchObject({ ok: false, error });
  });

  it('knows only methods that Slack has', async () => {
    expect((await call(await start(), 'chat.shout')).json).toEqual({ ok: false, error: 'unknown_method' });
  });

  it('tells who is there', async () => {
    const workspace = await start();
    expect((await call(workspace, 'auth.test')).json).toMatchObject({ ok: true, user_id: workspace.botUserId });
    expect((await call(workspace, 'users.info', { user: MARIA })).json).toMatchObject({
      user: { real_name: 'Maria Lindqvist' },
    });
    expect((await call(workspace, 'users.info', { user: 'U0' })).json.error).toBe('user_not_found');
    expect((await call(workspace, 'usergroups.users.list', { usergroup: 'S0APPROVER' })).json.users).toEqual([DANIEL]);
    expect((await call(workspace, 'conversations.info', { channel: 'C0' })).json.error).toBe('channel_not_found');
  });

  it('takes files and shows them in a thread', async () => {
    const workspace = await start();
    const client = new WebClient(SETTINGS.botToken, { slackApiUrl: workspace.apiUrl, logLevel: LogLevel.ERROR });
    const root = await client.chat.postMessage({ channel: CHANNEL, text: 'root' });
    await client.filesUploadV2({
      channel_id: CHANNEL,
      thread_ts: root.ts ?? '',
      filename: 'audit.json',
      content: '{"seq":1}',
      title: 'Audit log',
    });
    const [file] = workspace.messages()[1]?.files ?? [];
    expect(file).toMatchObject({ name: 'audit.json', title: 'Audit log', size: 9 });
    const download = await fetch(file?.url ?? '');
    expect(download.headers.get('content-disposition')).toContain('attachment');
    expect(await download.text()).toBe('{"seq":1}');
  });
});

describe('a message', () => {
  const refused: [string, object, string, string?][] = [
    ['nothing in it', { text: '' }, 'no_text'],
    ['a text of 40,001', { text: textOf(40_001) }, 'msg_too_long'],
    ['51 blocks', { blocks: Array.from({ length: 51 }, () => ({ type: 'divider' })) }, 'invalid_blocks', '/blocks'],
    ['a section of 3001', { blocks: [section(3001)] }, 'invalid_blocks', '/blocks/0/text/text'],
    ['an empty section text', { blocks: [section(0)] }, 'invalid_blocks', '/blocks/0/text/text'],
    ['a section without text', { blocks: [{ type: 'section' }] }, 'invalid_blocks', '/blocks/0'],
    [
      '11 fields',
      { blocks: [{ type: 'section', fields: Array.from({ length: 11 }, () => ({ type: 'mrkdwn', text: 'f' })) }] },
      'invalid_blocks',
      '/blocks/0/fields',
    ],
    [
      'a field of 2001',
      { blocks: [{ type: 'section', fields: [{ type: 'mrkdwn', text: textOf(2001) }] }] },
      'invalid_blocks',
      '/blocks/0/fields/0/text',
    ],
    [
      'a header of 151',
      { blocks: [{ type: 'header', text: { type: 'plain_text', text: textOf(151) } }] },
      'invalid_blocks',
      '/blocks/0/text/text',
    ],
    [
      'a header in mrkdwn',
      { blocks: [{ type: 'header', text: { type: 'mrkdwn', text: 'x' } }] },
      'invalid_blocks',
      '/blocks/0/text/type',
    ],
    [
      '11 context elements',
      { blocks: [{ type: 'context', elements: Array.from({ length: 11 }, () => ({ type: 'mrkdwn', text: 'c' })) }] },
      'invalid_blocks',
      '/blocks/0/elements',
    ],
    [
      '26 actions',
      { blocks: [actions(...Array.from({ length: 26 }, (_, n) => button({ action_id: `b${n}` })))] },
      'invalid_blocks',
      '/blocks/0/elements',
    ],
    [
      'a button value of 2001',
      { blocks: [actions(button({ value: textOf(2001) }))] },
      'invalid_blocks',
      '/blocks/0/elements/0/value',
    ],
    [
      'a button label of 76',
      { blocks: [actions(button({ text: { type: 'plain_text', text: textOf(76) } }))] },
      'invalid_blocks',
      '/blocks/0/elements/0/text/text',
    ],
    [
      'an action_id of 256',
      { blocks: [actions(button({ action_id: textOf(256) }))] },
      'invalid_blocks',
      '/blocks/0/elements/0/action_id',
    ],
    [
      'one action_id twice in a block',
      { blocks: [actions(button({ action_id: 'a' }), button({ action_id: 'a' }))] },
      'invalid_blocks',
      '/blocks/0/elements/1/action_id',
    ],
    [
      'one block_id twice',
      {
        blocks: [
          { type: 'divider', block_id: 'd' },
          { type: 'divider', block_id: 'd' },
        ],
      },
      'invalid_blocks',
      '/blocks/1/block_id',
    ],
    [
      'a button style that does not exist',
      { blocks: [actions(button({ style: 'warning' }))] },
      'invalid_blocks',
      '/blocks/0/elements/0/style',
    ],
    [
      'a confirm without deny',
      {
        blocks: [
          actions(
            button({
              confirm: {
                title: { type: 'plain_text', text: 't' },
                text: { type: 'plain_text', text: 't' },
                confirm: { type: 'plain_text', text: 'c' },
              },
            }),
          ),
        ],
      },
      'invalid_blocks',
      '/blocks/0/elements/0/confirm',
    ],
    ['a property that does not exist', { blocks: [{ type: 'divider', colour: 'red' }] }, 'invalid_blocks', '/blocks/0'],
    ['an input', { blocks: [{ type: 'input' }] }, 'invalid_blocks', '/blocks/0/type'],
    ['an unknown block', { blocks: [{ type: 'hologram' }] }, 'invalid_blocks', '/blocks/0/type'],
    [
      'blocks of more than 13,000 characters',
      { blocks: Array.from({ length: 5 }, () => section(2601)) },
      'msg_blocks_too_long',
    ],
    ['blocks that are no list', { blocks: {} }, 'invalid_blocks_format'],
    ['metadata without a payload', { metadata: { event_type: 'x' } }, 'invalid_metadata_format'],
    [
      'metadata of 20 kB',
      { metadata: { event_type: 'x', event_payload: { big: textOf(20_000) } } },
      'metadata_too_large',
    ],
    ['a thread that does not exist', { thread_ts: '1700000000.000001' }, 'thread_not_found'],
    ['a thread_ts that is no timestamp', { thread_ts: 'yesterday' }, 'invalid_thread_ts'],
    ['another channel', { channel: 'C0OTHER' }, 'channel_not_found'],
  ];
  it.each(refused.map((row) => [row[0], row] as const))(
    'is refused with %s',
    async (_name, [, args, error, pointer]) => {
      const workspace = await start();
      const { json } = await post(workspace, args);
      expect(json.error).toBe(error);
      if (pointer) expect(JSON.stringify(json.response_metadata)).toContain(`[json-pointer:${pointer}]`);
      expect(workspace.messages()).toHaveLength(0);
    },
  );

  it('is taken at the limits themselves', async () => {
    const workspace = await start();
    const blocks = [
      { type: 'header', text: { type: 'plain_text', text: textOf(150) } },
      section(3000),
      { type: 'section', fields: Array.from({ length: 3 }, () => ({ type: 'mrkdwn', text: textOf(2000) })) },
      { type: 'context', elements: Array.from({ length: 10 }, () => ({ type: 'mrkdwn', text: 'c' })) },
      actions(
        ...Array.from({ length: 25 }, (_, n) => button({ action_id: `${n}${textOf(250)}`, value: textOf(2000) })),
      ),
      // The same action_id in another block is allowed.
      actions(button({ action_id: `0${textOf(250)}` })),
    ];
    expect((await post(workspace, { blocks, text: textOf(40_000) })).json).toMatchObject({ ok: true });
  });

  it('may not hang on a reply', async () => {
    const workspace = await start();
    const root = (await post(workspace, {})).json.ts;
    const reply = (await post(workspace, { thread_ts: root })).json.ts;
    expect((await post(workspace, { thread_ts: reply })).json.error).toBe('invalid_thread_ts');
  });

  it('keeps its metadata and loses its blocks when only its text is updated', async () => {
    const workspace = await start();
    const { ts } = (
      await post(workspace, { blocks: [section(3)], metadata: { event_type: 'audit', event_payload: { seq: 1 } } })
    ).json;
    await call(workspace, 'chat.update', { channel: CHANNEL, ts, text: 'new' });
    expect(workspace.messages()).toMatchObject([
      { text: 'new', blocks: [], edits: 1, metadata: { event_payload: { seq: 1 } } },
    ]);
    expect(workspace.messages()[0]?.editedAt).not.toBeNull();
  });

  it('can be updated by its author only, with something in it', async () => {
    const workspace = await start();
    const theirs = workspace.say(MARIA, 'good morning').ts;
    const update = (args: object) => call(workspace, 'chat.update', { channel: CHANNEL, ...args });
    expect((await update({ ts: theirs, text: 'x' })).json.error).toBe('cant_update_message');
    expect((await update({ ts: '1.000001', text: 'x' })).json.error).toBe('message_not_found');
    const { ts } = (await post(workspace, {})).json;
    expect((await update({ ts })).json.error).toBe('no_text');
    expect((await update({ ts, text: textOf(4001) })).json.error).toBe('msg_too_long');
  });

  it('has a timestamp of its own even when the clock stands still', async () => {
    const workspace = await start({ now: () => 1_800_000_000_000 });
    await Promise.all(Array.from({ length: 20 }, () => post(workspace, {})));
    const stamps = workspace.messages().map(({ ts }) => ts);
    expect(new Set(stamps).size).toBe(20);
    expect(stamps[0]).toBe('1800000000.000000');
    expect([...stamps].sort()).toEqual(stamps);
  });

  it('survives a restart of the workspace', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'workspace-'));
    const storeFile = join(folder, 'thread.jsonl');
    const first = await start({ storeFile });
    const root = (await post(first, { text: 'root' })).json.ts ?? '';
    await call(first, 'chat.update', { channel: CHANNEL, ts: root, text: 'redrawn' });
    const second = await start({ storeFile, now: () => 0 });
    expect(second.messages()).toMatchObject([{ ts: root, text: 'redrawn' }]);
    const later = (await post(second, { thread_ts: root })).json.ts ?? '';
    expect(Number(later)).toBeGreaterThan(Number(root));
    rmSync(folder, { recursive: true });
    expect(existsSync(storeFile)).toBe(false);
  });
});

describe('a thread', () => {
  async function threadOf(count: number) {
    const workspace = await start();
    const root = (await post(workspace, { text: 'root' })).json.ts ?? '';
    for (let seq = 1; seq <= count; seq += 1) {
      await post(workspace, {
        text: `event ${seq}`,
        thread_ts: root,
        metadata: { event_type: 'audit', event_payload: { seq } },
      });
    }
    return {
      workspace,
      root,
      replies: (args: object) => call(workspace, 'conversations.replies', { channel: CHANNEL, ts: root, ...args }),
    };
  }

  it('is found again by the metadata of its messages', async () => {
    const { replies, workspace } = await threadOf(5);
    const third = workspace.messages()[3]?.ts;
    const { messages } = (await replies({ include_all_metadata: true, oldest: third, inclusive: true })).json;
    expect(messages?.map(({ text }) => text)).toEqual(['root', 'event 3', 'event 4', 'event 5']);
    expect(messages?.[1]?.metadata).toEqual({ event_type: 'audit', event_payload: { seq: 3 } });
    expect((await replies({ oldest: third })).json.messages?.map(({ text }) => text)).toEqual([
      'root',
      'event 4',
      'event 5',
    ]);
    expect((await replies({})).json.messages?.[1]?.metadata).toBeUndefined();
    expect((await replies({ ts: '1.000001' })).json.error).toBe('thread_not_found');
  });

  it('is read page by page, each message once', async () => {
    const { replies } = await threadOf(7);
    const seen: string[] = [];
    for (let cursor = ''; ; ) {
      const { messages, response_metadata } = (await replies({ limit: 3, ...(cursor ? { cursor } : {}) })).json;
      seen.push(...(messages ?? []).map(({ text }) => text));
      cursor = (response_metadata as { next_cursor: string }).next_cursor;
      if (cursor === '') break;
    }
    expect(seen).toEqual(['root', ...[1, 2, 3, 4, 5, 6, 7].map((seq) => `event ${seq}`)]);
  });

  it('stays out of the history of the channel, which reads newest first', async () => {
    const { workspace } = await threadOf(2);
    await post(workspace, { text: 'second root' });
    const history = (args: object) => call(workspace, 'conversations.history', { channel: CHANNEL, ...args });
    const first = (await history({ limit: 1 })).json;
    expect(first.messages).toMatchObject([{ text: 'second root' }]);
    const { next_cursor } = first.response_metadata as { next_cursor: string };
    expect((await history({ limit: 1, cursor: next_cursor })).json.messages).toMatchObject([
      { text: 'root', reply_count: 2 },
    ]);
  });
});
