/** The real bot at its entrances: forged, repeated, altered and broken things come in; nothing happens and nobody falls. */
import { cpSync, mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { hasAction, newestRoot, textOf } from '../sandbox/auto';
import { PROJECT } from '../sandbox/options';
import { rootPayload } from '../sandbox/pace';
import { APPROVER, CHANNEL, OPERATOR, OUTSIDER } from '../sandbox/people';
import type { Sandbox } from '../sandbox/sandbox';
import type { StoredMessage } from '../sandbox/slack/workspace';
import { auditFile } from '../src/audit-file';
import { cutover, settingsOf, settingsWith } from './support/cutover-process';
import {
  type Answered,
  type Captured,
  type Double,
  double,
  type Recorder,
  recorder,
  send,
  signed,
} from './support/front-door';
import { type Outage, redisOutage } from './support/redis-outage';
import { storedLog } from './support/stored-log';
import { openSandbox } from './support/wave-run';

jest.setTimeout(120_000);

const WAVE = 'site-b-wave-1';
const KEY = `{cutover}:wave:${WAVE}`;
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
/** What a careless site file, a vendor or a person might write into the channel. */
const NASTY = '<!channel> <@U0TOM0001> *bold* `code` <https://evil.example.com|safe>';

interface Logged {
  readonly seq: number;
  readonly event: { readonly type: string; readonly [field: string]: unknown };
}

let sitesDir: string;
let sandbox: Sandbox;
let redis: Redis;
let legacy: Double;
let slack: Recorder;
let outage: Outage;
let secret: string;
let pid: number | undefined;

beforeAll(async () => {
  sitesDir = mkdtempSync(join(tmpdir(), 'cutover-test-sites-'));
  cpSync(join(PROJECT, 'sites'), sitesDir, { recursive: true });
  const file = join(sitesDir, 'site-b.yaml');
  writeFileSync(file, readFileSync(file, 'utf8').replace('name: Shelbyville branch', `name: '${NASTY}'`));
  sandbox = await openSandbox({ site: 'site-b', sitesDir });
  const settings = settingsOf(sandbox);
  secret = settings.SLACK_SIGNING_SECRET ?? '';
  legacy = await double(settings.LEGACY_URL ?? '');
  cpSync(settingsWith(sandbox, 'doubled', { LEGACY_URL: legacy.url }), sandbox.config);
  redis = new Redis(settings.REDIS_URL ?? '', { maxRetriesPerRequest: null });
  redis.on('error', () => undefined);
  outage = redisOutage(sandbox);
  const bot = await sandbox.startBot();
  pid = bot.child.pid;
  slack = await recorder(() => bot.requestUrl ?? '');
  sandbox.workspace.setRequestUrl(`${slack.url}/slack/events`);
});

afterAll(async () => {
  await Promise.all(sandbox.bots.map((bot) => bot.kill('SIGTERM')));
  await redis.quit();
  await outage.close();
  await slack.close();
  await legacy.close();
  await sandbox.close();
  rmSync(sitesDir, { recursive: true, force: true });
});

const url = (): string => sandbox.bots[0]?.requestUrl ?? '';
const told = (user: string): string[] =>
  sandbox.workspace.ephemerals(user).map((each) => `${textOf(each)}\n${each.text}`);
const status = (): string => {
  const root = newestRoot(sandbox.workspace.messages());
  return (root && rootPayload(root)?.status) ?? 'none';
};

async function until<Value>(
  what: string,
  look: () => Promise<Value> | Value,
  ms = 30_000,
): Promise<NonNullable<Value>> {
  for (const end = Date.now() + ms; Date.now() < end; ) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found as NonNullable<Value>;
    await new Promise((resolve) => setTimeout(resolve, 40));
  }
  const said = readFileSync(join(sandbox.folder, 'bot.log'), 'utf8').slice(-1500);
  const last = (await log()).slice(-3).map(({ event }) => JSON.stringify(event).slice(0, 400));
  throw new Error(`not seen in time: ${what}; the wave is ${status()}\n${last.join('\n')}\n${said}`);
}

async function log(): Promise<readonly Logged[]> {
  return storedLog<Logged>(redis, WAVE);
}

async function isAlive(): Promise<void> {
  expect(sandbox.bots[0]?.child.pid).toBe(pid);
  expect((await send(url().replace('/slack/events', '/healthz'), 'GET', {}, '')).status).toBe(200);
}

/** Whatever is done, the wave's log is afterwards as it was before, and the same process answers. */
async function withoutEffect<Value>(work: () => Promise<Value>): Promise<Value> {
  const before = await log();
  const value = await work();
  await isAlive();
  expect((await log()).map(({ event }) => event.type)).toEqual(before.map(({ event }) => event.type));
  return value;
}

/** All that Slack would read marks in, of every message and answer so far. */
function marked(): { readonly blocks: readonly string[]; readonly texts: readonly string[] } {
  const marks: string[] = [];
  const texts: string[] = [];
  const collect = (value: unknown): void => {
    if (Array.isArray(value)) for (const each of value) collect(each);
    else if (value && typeof value === 'object') {
      const { text, type } = value as { text?: unknown; type?: unknown };
      if (typeof text === 'string' && type === 'mrkdwn') marks.push(text);
      for (const each of Object.values(value)) collect(each);
    }
  };
  const everybody = [OPERATOR, APPROVER, OUTSIDER].flatMap((user) => sandbox.workspace.ephemerals(user));
  for (const { text, blocks } of [...sandbox.workspace.messages(), ...everybody]) {
    texts.push(text);
    collect(blocks);
  }
  return { blocks: marks, texts };
}

async function timed<Value>(work: () => Promise<Value>): Promise<{ readonly ms: number; readonly value: Value }> {
  const began = Date.now();
  const value = await work();
  return { ms: Date.now() - began, value };
}

async function asks(user: string, text: string): Promise<string> {
  const reply = await sandbox.workspace.command(user, `/cutover ${text}`, { settleMs: 8_000 });
  expect(reply.error).toBeNull();
  return reply.messages.map((each) => `${textOf(each)}\n${each.text}`).join('\n');
}

const post = (body: string, headers: Readonly<Record<string, string>> = signed(secret, body)): Promise<Answered> =>
  send(url(), 'POST', { ...FORM, ...headers }, body);

let card: StoredMessage;

/** Whoever is still sending when the no comes may see only that the connection was closed: that is asked once more. */
async function answeredAtLast(ask: () => Promise<Answered>, tries = 5): Promise<Answered> {
  try {
    return await ask();
  } catch (cause) {
    if (tries === 1) throw cause;
    return answeredAtLast(ask, tries - 1);
  }
}

const openGate = (): Promise<StoredMessage> =>
  until('an open gate', () => sandbox.workspace.messages().findLast((each) => hasAction(each, 'gate.approve')), 60_000);

const openGateAfter = (former: StoredMessage): Promise<StoredMessage> =>
  until(
    'the next gate',
    () => sandbox.workspace.messages().findLast((each) => each.ts !== former.ts && hasAction(each, 'gate.approve')),
    80_000,
  );

/** A click as Slack sends it, with some of it replaced. */
function clickBody(change: (payload: Record<string, unknown>) => void = () => undefined): string {
  const payload: Record<string, unknown> = {
    type: 'block_actions',
    user: { id: APPROVER, username: 'daniel', name: 'daniel', team_id: 'T0SANDBOX1' },
    api_app_id: 'A0',
    token: 't',
    trigger_id: '1.2.3',
    team: { id: 'T0SANDBOX1', domain: 'x' },
    enterprise: null,
    is_enterprise_install: false,
    container: { type: 'message', message_ts: card.ts, channel_id: CHANNEL.id, is_ephemeral: false },
    channel: { id: CHANNEL.id, name: CHANNEL.name },
    message: { ts: card.ts, thread_ts: card.thread_ts },
    state: { values: {} },
    response_url: `${sandbox.workspace.apiUrl}nowhere`,
    actions: [
      { action_id: 'gate.approve', block_id: 'b', type: 'button', action_ts: '1.0', value: approveValue(card) },
    ],
  };
  change(payload);
  return new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
}

/** The value of the card's Approve button. */
function approveValue(message: StoredMessage): string {
  for (const block of message.blocks)
    for (const element of (block.elements ?? []) as readonly { action_id?: string; value?: string }[])
      if (element.action_id === 'gate.approve') return element.value ?? '';
  throw new Error('the card has no Approve');
}

describe('what comes in over HTTP', () => {
  beforeAll(async () => {
    expect(await asks(OPERATOR, 'start site-b')).toMatch(/site-b-wave-1 has started/);
    card = await openGate();
    sandbox.pace.freeze();
  });

  it('is refused by its status when it is not Slack’s, not now, not whole or not for us', async () => {
    const now = Math.floor(Date.now() / 1000);
    const click = clickBody();
    const slash = new URLSearchParams({
      command: '/cutover',
      text: 'abort site-b now',
      user_id: OPERATOR,
      team_id: 'T0SANDBOX1',
    }).toString();
    const form = (payload: string): string => new URLSearchParams({ payload }).toString();
    const json = (body: string): Promise<Answered> =>
      post(body, { ...signed(secret, body), 'content-type': 'application/json' });
    const view = (body: object): string =>
      form(JSON.stringify({ type: 'view_submission', user: { id: APPROVER }, team: { id: 'T0SANDBOX1' }, view: body }));
    const big = `payload=${'x'.repeat(5 * 1024 * 1024)}`;
    const rows: readonly (readonly [string, Promise<Answered>, number | readonly number[]])[] = [
      ['another secret', post(click, signed('another-secret', click)), 401],
      ['a signature for another body', post(slash, signed(secret, click)), 401],
      ['no signature', post(click, { 'x-slack-request-timestamp': String(now) }), 401],
      ['no time', post(click, { 'x-slack-signature': 'v0=00' }), 401],
      ['another version', post(click, { 'x-slack-request-timestamp': String(now), 'x-slack-signature': 'v1=00' }), 401],
      ['a time that is none', post(click, { ...signed(secret, click), 'x-slack-request-timestamp': 'soon' }), 401],
      ['a time of five minutes ago', post(click, signed(secret, click, now - 310)), 401],
      ['a time of tomorrow', post(click, signed(secret, click, now + 86_400)), 401],
      ['a time of ten minutes ahead', post(click, signed(secret, click, now + 600)), 401],
      ['a TLS check that smuggles a click', post(`ssl_check=1&${click}`, {}), 200],
      ['a URL check unsigned', post('{"type":"url_verification","challenge":"x"}', {}), 401],
      ['another content type', post(click, { ...signed(secret, click), 'content-type': 'text/plain' }), 400],
      ['too much', answeredAtLast(() => post(big, signed(secret, big))), 413],
      ['half a payload', post(form('{"type":'), undefined), 400],
      ['a payload of nothing', post(form('null')), 400],
      ['a payload that is a list', post(form('[]')), [400, 404]],
      ['JSON of nothing', json('null'), 400],
      ['JSON that is text', json('"x"'), [400, 404]],
      ['an empty body', post(''), [400, 404]],
      ['no UTF-8', post('\ud800=%ff%fe&payload=%'), [400, 404]],
      // A signed gesture is acknowledged before it is looked at: that it is not for us shows in that nothing is done.
      [
        'an action that is not ours',
        post(
          clickBody((p) => {
            p.actions = [{ action_id: 'gate.destroy', type: 'button', value: approveValue(card) }];
          }),
        ),
        200,
      ],
      [
        'no action',
        post(
          clickBody((p) => {
            p.actions = [];
          }),
        ),
        [200, 404, 500],
      ],
      [
        'no person',
        post(
          clickBody((p) => {
            delete p.user;
          }),
        ),
        400,
      ],
      ['a view that is not ours', post(view({ type: 'modal', callback_id: 'other', state: { values: {} } })), 404],
      ['a view without anything', post(view({ type: 'modal', callback_id: 'cutover.reason' })), [200, 404, 500]],
      ['a slash command that is not ours', post(slash.replace('cutover', 'destroy')), 200],
    ];
    await withoutEffect(async () => {
      for (const [what, answered, wanted] of rows) {
        const { status: got } = await answered.catch(() => ({ status: 0 }));
        expect([what, [wanted].flat().includes(got) ? 'as wanted' : got]).toEqual([what, 'as wanted']);
      }
      const base = url().replace('/slack/events', '');
      const paths: readonly (readonly [string, string, number])[] = [
        ['GET', '/slack/events', 404],
        ['PUT', '/slack/events', 404],
        ['POST', '/slack/events/', 404],
        ['GET', '/', 404],
        ['GET', '//', 404],
        ['GET', '/\\', 404],
        ['GET', '/readyz', 200],
      ];
      for (const [method, path, wanted] of paths)
        expect([method, path, (await send(`${base}${path}`, method, {}, '')).status]).toEqual([method, path, wanted]);
    });
  });
});

describe('what has been captured on its way', () => {
  const gates = async (): Promise<number> => (await log()).filter(({ event }) => event.type === 'GateApproved').length;
  const replay = (captured: Captured | undefined): Promise<Answered> =>
    send(url(), 'POST', captured?.headers ?? {}, captured?.body ?? '');

  it('does not hold a wave again after others have let it go on', async () => {
    await asks(APPROVER, 'pause site-b to look at it');
    const captured = slack.captured.at(-1);
    await asks(OPERATOR, 'resume site-b');
    await until('the gate again', () => status() === 'gated');
    await withoutEffect(async () => {
      expect((await replay(captured)).status).toBe(200);
      expect((await Promise.all(Array.from({ length: 5 }, () => replay(captured)))).map((each) => each.status)).toEqual(
        Array.from({ length: 5 }, () => 200),
      );
    });
  });

  it('does not speak for anybody when a field of the button is altered', async () => {
    const value = JSON.parse(approveValue(card)) as Record<string, unknown>;
    const rows: readonly (readonly [object, RegExp])[] = [
      [{ v: 2 }, /not ours \(v\)/],
      [{ w: 'site-c-wave-1' }, /There is no wave of site-c-wave-1 yet/],
      [{ w: 'site-b-wave-2' }, /There is no wave of site-b-wave-2 yet/],
      [{ w: '{cutover}:locks' }, /not ours \(w\)/],
      [{ s: 'retire-legacy' }, /out of date/],
      [{ s: 'no-such-step' }, /out of date/],
      [{ s: '../x' }, /not ours \(s\)/],
      [{ g: 2 }, /out of date/],
      [{ g: -1 }, /not ours \(g\)/],
      [{ h: 'f'.repeat(64) }, /another plan/],
      [{ h: '' }, /not ours \(h\)/],
      [{ force: true }, /a field too many/],
    ];
    await withoutEffect(async () => {
      for (const [change, sentence] of rows) {
        const before = told(APPROVER).length;
        await sandbox.workspace.click(APPROVER, card.ts, 'gate.approve', JSON.stringify({ ...value, ...change }));
        await until('an answer', () => told(APPROVER).length > before);
        expect(told(APPROVER).at(-1)).toMatch(sentence);
      }
    });
  });

  it('does not speak for anybody when a form is altered', async () => {
    const views: readonly (readonly [string, string, (metadata: Record<string, unknown>) => object, RegExp])[] = [
      ['gate.hold', OUTSIDER, (each) => each, /not among/],
      ['gate.hold', APPROVER, (each) => ({ ...each, kind: 'gate.approve', h: 'f'.repeat(64) }), /another plan/],
      ['gate.hold', APPROVER, (each) => ({ ...each, g: 9 }), /out of date/],
      ['gate.rollback', APPROVER, (each) => ({ ...each, w: 'site-c-wave-1' }), /no wave of site-c/],
    ];
    await withoutEffect(async () => {
      for (const [action, user, change, sentence] of views) {
        await sandbox.workspace.click(user, card.ts, action);
        const view = await until('a form', () => sandbox.workspace.openViews(user).at(-1));
        const before = told(user).length;
        const captured = view.private_metadata;
        const metadata = JSON.stringify(change(JSON.parse(captured) as Record<string, unknown>));
        const payload = {
          type: 'view_submission',
          user: { id: user, team_id: 'T0SANDBOX1' },
          team: { id: 'T0SANDBOX1' },
          view: {
            ...view,
            type: 'modal',
            private_metadata: metadata,
            state: { values: { reason: { text: { type: 'plain_text_input', value: 'because' } } } },
          },
        };
        const body = new URLSearchParams({ payload: JSON.stringify(payload) }).toString();
        expect((await post(body)).status).toBe(200);
        await until('an answer', () => told(user).length > before);
        expect(told(user).at(-1)).toMatch(sentence);
        await sandbox.workspace.closeView(user, view.id);
      }
      const body = new URLSearchParams({
        payload: JSON.stringify({
          type: 'view_submission',
          user: { id: APPROVER, team_id: 'T0SANDBOX1' },
          team: { id: 'T0SANDBOX1' },
          view: {
            type: 'modal',
            callback_id: 'cutover.reason',
            private_metadata: JSON.stringify({ v: 1, kind: 'wave.abort', w: WAVE, channel: CHANNEL.id }),
            state: { values: { reason: { text: { value: 'because' } } } },
          },
        }),
      }).toString();
      expect((await post(body)).body).toMatch(/Type site-b to abort its wave/);
    });
  });

  it('has one effect when the same approval comes twenty times', async () => {
    await sandbox.workspace.click(APPROVER, card.ts, 'gate.approve');
    const captured = slack.captured.at(-1);
    expect(decodeURIComponent(captured?.body ?? '')).toContain('gate.approve');
    const answers = await Promise.all(Array.from({ length: 20 }, () => replay(captured)));
    expect(new Set(answers.map((each) => each.status))).toEqual(new Set([200]));
    await until('the step after the gate', async () =>
      (await log()).some(({ event }) => event.type === 'StepBegun' && event.step === 'switch-dns'),
    );
    expect(await gates()).toBe(1);
    await isAlive();
  });
});

describe('what people type', () => {
  const rows: readonly (readonly [string, RegExp])[] = [
    ['strat site-b', /"strat" is not a verb[\s\S]*Did you mean `start`/],
    ['start site-q', /there is no site "site-q"[\s\S]*Did you mean `site-/],
    ['start', /`start` needs a site[\s\S]*site-a, site-b, site-c/],
    ['start site-a from ../../etc/passwd', /not a bare file name/],
    ['start site-a from nothing-here', /nothing-here cannot be used[\s\S]*no such file/],
    ['<!channel> <@U0TOM0001> site-b', /is not a verb/],
    ['&lt;!channel&gt; *x* `y`', /is not a verb/],
    ['\u202estatus site-b', /control character \(U\+202E\)/],
    ['status\u0000 site-b', /control character \(U\+0000\)/],
    [`abort site-b ${'x'.repeat(10_000)}`, /10013 characters; 2000 is the most/],
    ['x'.repeat(1900), /is not a verb/],
    ['status <@U0TOM0001|tom>', /there is no site/],
    ['status site-b', /site-b-wave-1/],
    ['sites', /4 sites/],
    ['help', /What `?\/cutover`? can do/],
  ];

  it('is answered, row by row, with what is meant and nothing smuggled in', async () => {
    await until('the step to rest', async () => status() !== 'gated');
    for (const [text, answer] of rows) {
      const said = await asks(OUTSIDER, text);
      expect([text.slice(0, 40), said]).toEqual([text.slice(0, 40), expect.stringMatching(answer)]);
    }
    await isAlive();
  });
});

describe('Redis that holds something else', () => {
  /** Puts something in a key's place while `work` runs, then the key as it was. */
  async function tampered<Value>(
    key: string,
    change: () => Promise<unknown>,
    work: () => Promise<Value>,
  ): Promise<Value> {
    const kept = await redis.dumpBuffer(key);
    try {
      await change();
      return await work();
    } finally {
      await redis.del(key);
      if (kept) await redis.restore(key, 0, kept);
    }
  }
  const replaced = <Value>(key: string, work: () => Promise<Value>): Promise<Value> =>
    tampered(key, () => redis.multi().del(key).set(key, 'garbage').exec(), work);

  beforeAll(async () => {
    sandbox.pace.thaw();
    card = await openGateAfter(card);
    sandbox.pace.freeze();
  }, 90_000);

  it('is named by its key, by every verb that would need it, and nothing is changed', async () => {
    const needs: readonly (readonly [string, () => Promise<unknown>, string])[] = [
      [KEY, () => redis.hset(KEY, 'state', '{"status":"completed"}'), 'status site-b'],
      [KEY, () => redis.hset(KEY, 'plan', 'not json'), 'pause site-b'],
      [KEY, () => redis.hdel(KEY, 'head'), 'rollback site-b now'],
      [`${KEY}:log`, () => redis.rpush(`${KEY}:log`, '{"seq":'), 'audit site-b'],
      [`${KEY}:log`, () => redis.rpush(`${KEY}:log`, 'y'.repeat(50)), 'audit site-b'],
    ];
    await withoutEffect(async () => {
      for (const [key, change, verb] of needs) {
        const said = await tampered(key, change, () => asks(OPERATOR, verb));
        expect([verb, said]).toEqual([
          verb,
          expect.stringMatching(/Redis holds something at .*that is not a wave's record/),
        ]);
        expect(said).toContain(key);
      }
    });
  });

  it('of another type is named too, and no half of a wave is left behind', async () => {
    const keys: readonly (readonly [string, string])[] = [
      [KEY, 'status site-b'],
      [`${KEY}:log`, 'audit site-b'],
      [`${KEY}:log`, 'pause site-b'],
      ['{cutover}:site:site-b:waves', 'status site-b'],
      ['{cutover}:locks', 'start site-c'],
      ['{cutover}:unheard', 'start site-c'],
      ['{cutover}:wave:site-c-wave-1:log', 'start site-c'],
      ['{cutover}:wave:site-c-wave-1', 'start site-c'],
    ];
    await withoutEffect(async () => {
      for (const [key, verb] of keys) {
        const said = await replaced(key, () => asks(OPERATOR, verb));
        expect([key, said]).toEqual([key, expect.stringMatching(/Redis holds something at .*of another kind/)]);
        expect(said).toContain(key);
        expect(said).not.toMatch(/in a minute/);
      }
      expect(await redis.keys('*site-c*')).toEqual([]);
      expect(Object.keys(await redis.hgetall('{cutover}:locks')).filter((name) => name.includes('site-c'))).toEqual([]);
    });
  });

  it('in its queues, cursors and leases neither stops a wave nor ends the bot', async () => {
    const queues = ['steps', 'timers', 'thread'].map(
      (name) => new Queue(name, { connection: { url: sandbox.redis.url }, prefix: '{cutover}' }),
    );
    const visit = { step: 'drain-legacy', attempt: 1, visit: 1 };
    const rows: readonly (readonly [string, unknown])[] = [
      ['run-step', null],
      ['run-step', 'garbage'],
      ['run-step', { wave: 7 }],
      ['run-step', { wave: WAVE }],
      ['run-step', { wave: WAVE, visit: { ...visit, step: '__proto__' } }],
      ['run-step', { wave: WAVE, visit: { ...visit, visit: -1 } }],
      ['run-step', { wave: 'site-z-wave-1', visit }],
      ['undo-step', { wave: WAVE, visit }],
      ['inspect-gate', { wave: WAVE, visit }],
      ['wake', { wave: WAVE, at: -1 }],
      ['wake', { wave: 'site-z-wave-1', at: 0 }],
      ['post', { wave: 'site-z-wave-1' }],
      ['rm -rf', { wave: WAVE }],
    ];
    await withoutEffect(async () => {
      await replaced(`${KEY}:thread`, async () => {
        for (const queue of queues)
          for (const [name, data] of rows) await queue.add(name, data, { removeOnFail: true, removeOnComplete: true });
        await until('the queues to be empty', async () => {
          const counts = await Promise.all(
            queues.map((queue) => queue.getJobCounts('active', 'waiting', 'prioritized')),
          );
          return counts.every((each) => Object.values(each).every((count) => count === 0));
        });
      });
    });
    await Promise.all(queues.map((queue) => queue.close()));
    // Nobody of ours writes a lease that never runs out: such a one would keep the wave for ever.
    await redis.multi().del(`${KEY}:lease:work`).rpush(`${KEY}:lease:work`, 'garbage').exec();
    await redis.set(`${KEY}:lease:thread`, 'garbage');
    await asks(OPERATOR, `pause site-b ${NASTY}`);
    await asks(OPERATOR, 'resume site-b');
    await until('the thread to tell of it', () =>
      sandbox.workspace.messages().some((each) => each.thread_ts !== null && /∗bold∗/.test(textOf(each))),
    );
    await sandbox.workspace.click(APPROVER, card.ts, 'gate.approve');
    await until('the step after the gate', async () =>
      (await log()).some(({ event }) => event.type === 'StepBegun' && event.step === 'drain-legacy'),
    );
  });
});

describe('a vendor that answers with something else', () => {
  const wrong: readonly (readonly [string, (response: ServerResponse) => void, RegExp])[] = [
    [
      'another shape',
      (response) => response.end('{"id":7,"mode":"sideways"}'),
      /Legacy telephony answered GET \/v1\/trunks\/\S+ with something that does not fit \(.*id.*mode/,
    ],
    [
      'a page',
      (response) => response.setHeader('content-type', 'text/html').end('<html>Sign in</html>'),
      /Legacy telephony does not speak JSON/,
    ],
    [
      'a redirect',
      (response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(),
      /Legacy telephony answered 302.*a redirect, which is not followed/,
    ],
    [
      'more than anybody reads',
      (response) => response.end(`"${'x'.repeat(5 * 1024 * 1024)}"`),
      /Legacy telephony sent more than 4 MiB/,
    ],
    [
      'words of its own',
      (response) =>
        response
          .writeHead(422)
          .end(JSON.stringify({ message: `${NASTY}\u202e\n\n*Gate approved* ${settingsOf(sandbox).LEGACY_TOKEN}` })),
      /Legacy telephony answered 422.*: <!channel> <@U0TOM0001> \*bold\*/,
    ],
  ];

  it('holds the wave with a sentence that names system and field; it goes on once that is mended', async () => {
    sandbox.pace.thaw();
    await until('the legacy trunk to drain', async () =>
      (await log()).some(({ event }) => event.type === 'StepPassed' && event.step === 'drain-legacy'),
    );
    for (const [what, reply, sentence] of wrong) {
      const before = await log();
      // Wrong before the wave goes on: the next look is sure to meet it.
      legacy.answer = (_method, _path, response) => {
        reply(response);
        return true;
      };
      if (before.at(-1)?.event.type === 'WaveHeld') await asks(OPERATOR, 'resume site-b');
      const hold = await until(`a hold by ${what}`, async () =>
        (await log()).slice(before.length).find(({ event }) => event.type === 'WaveHeld'),
      );
      expect([what, hold.event.reason]).toEqual([what, expect.stringMatching(sentence)]);
      expect(await asks(OPERATOR, 'status site-b')).toMatch(/Legacy telephony/);
    }
    legacy.answer = null;
    const held = (await log()).length;
    await asks(OPERATOR, 'resume site-b');
    await until('the wave to go on', async () =>
      (await log())
        .slice(held)
        .some(({ event }) => /^(StepApplied|StepPassed|StepWaited|GateOpened)$/.test(event.type)),
    );
    const types = (await log()).map(({ event }) => event.type);
    expect(types).not.toContain('RollbackStarted');
    await isAlive();
  });
});

describe('what a running wave does not need', () => {
  const file = (): string => join(sitesDir, 'site-b.yaml');

  it('may break: its site file, and with it nothing but new plans', async () => {
    const kept = readFileSync(file(), 'utf8');
    writeFileSync(file(), 'site: [<!channel>');
    expect(await asks(OPERATOR, 'plan site-b')).toMatch(/site-b\.yaml cannot be used[\s\S]*site-b\.yaml:\d+:\d+/);
    expect(await asks(OPERATOR, 'sites')).toMatch(/its file cannot be used/);
    expect(await asks(OPERATOR, 'status site-b')).toMatch(/site-b-wave-1/);
    unlinkSync(file());
    expect(await asks(OPERATOR, 'status site-b')).toMatch(/site-b-wave-1/);
    expect(await asks(APPROVER, 'pause site-b')).toMatch(/is paused/);
    expect(await asks(APPROVER, 'resume site-b-wave-1')).toMatch(/goes on/);
    expect(await asks(OPERATOR, 'plan site-b')).toMatch(/no such file/);
    writeFileSync(file(), kept);
    await isAlive();
  });
});

describe('Redis that goes away in the middle of a wave', () => {
  it('is told of within three seconds, whether it hangs or is gone, and the wave goes on when it is back', async () => {
    card = await openGateAfter(card);
    const begun = async (): Promise<boolean> =>
      (await log()).some(({ event }) => event.type === 'StepBegun' && event.step === 'shift-queues');
    await sandbox.workspace.click(APPROVER, card.ts, 'gate.approve');
    await until('the queues to be shifted', begun);
    const before = await log();
    for (const [away, back] of [
      [() => outage.hang(), () => outage.wake()],
      [() => outage.kill(), () => outage.start()],
    ] as const) {
      await away();
      try {
        const asked = [
          timed(() => asks(OPERATOR, 'status site-b')),
          timed(() => asks(APPROVER, 'pause site-b')),
          timed(() => asks(OUTSIDER, 'audit site-b')),
        ];
        for (const { ms, value: said } of await Promise.all(asked)) {
          expect(said).toMatch(
            /Redis did not answer.*Nothing was changed by your request; please try again in a minute/,
          );
          expect(ms).toBeLessThan(3_000);
        }
        const { ms, value: ready } = await timed(() => send(url().replace('/slack/events', '/readyz'), 'GET', {}, ''));
        expect(ready.status).toBe(503);
        expect(ms).toBeLessThan(3_000);
      } finally {
        await back();
      }
      await until('an answer again', async () => /site-b-wave-1/.test(await asks(OPERATOR, 'status site-b')));
    }
    await until('the wave to go on', async () =>
      (await log()).slice(before.length).some(({ event }) => event.type === 'StepPassed'),
    );
    const after = await log();
    expect(after.slice(0, before.length)).toEqual(before);
    expect(after.map(({ seq }) => seq)).toEqual(after.map((_, i) => i + 1));
    await isAlive();
  });
});

describe('after all that', () => {
  it('no secret stands in the log, in Slack, in Redis or in the ledger', async () => {
    const secrets = Object.entries(settingsOf(sandbox)).filter(([name]) => /TOKEN|SECRET|API_KEY/.test(name));
    expect(secrets.length).toBeGreaterThan(6);
    const dumped = await Promise.all(
      (await redis.keys('*')).map(async (key) => (await redis.dumpBuffer(key))?.toString('latin1') ?? ''),
    );
    const events = await log();
    const places: readonly (readonly [string, string])[] = [
      ['the log', readFileSync(join(sandbox.folder, 'bot.log'), 'utf8')],
      [
        'Slack',
        JSON.stringify([
          sandbox.workspace.messages(),
          [OPERATOR, APPROVER, OUTSIDER].map((user) => sandbox.workspace.ephemerals(user)),
        ]),
      ],
      ['the events', JSON.stringify(events)],
      ['Redis', dumped.join('\n')],
      ['the ledger', readFileSync(join(sandbox.folder, 'ledger.jsonl'), 'utf8')],
    ];
    for (const [place, text] of places) {
      expect(text.length).toBeGreaterThan(100);
      for (const [name, value] of secrets) expect([place, name, text.includes(value)]).toEqual([place, name, false]);
    }
  });

  it('nothing of what others wrote has become a mark of Slack’s', () => {
    const { blocks, texts } = marked();
    for (const each of [blocks, texts]) expect(each.some((text) => text.includes('&lt;'))).toBe(true);
    for (const text of [...blocks, ...texts]) expect(text).not.toMatch(/<!channel>|<@U0TOM0001>|<https:|\u202e/);
    for (const text of blocks) expect(text).not.toMatch(/\*bold\*|`code`|\*Gate approved\*/);
  });

  it('the wave’s log is whole', async () => {
    const said = await cutover(['--config', sandbox.config, 'audit', 'export', WAVE]);
    expect(auditFile(said.out, 'log', null)).toMatchObject({ ok: true });
  });
});
