/** When Slack has its 200: a real Bolt app, signed requests over loopback, and people of whom nothing is known yet. */
import { createTurns } from '../src/adapters/slack/acknowledge-first';
import { createBoltApp } from '../src/adapters/slack/bolt-app';
import type { Doorkeeper } from '../src/adapters/slack/doorkeeper';
import { requestSignature } from '../src/adapters/slack/request-signature';
import { closeLater, SETTINGS, start } from './sandbox-slack-setup';
import { send, signed } from './support/front-door';

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

interface House {
  readonly url: string;
  readonly done: string[];
  readonly warned: { readonly message: string }[];
  /** Until then nobody is let in or turned away. */
  letIn(): void;
  /** As when the process is asked to end. */
  stop(): Promise<void>;
}

async function house(isFirst: () => Promise<boolean> = async () => true): Promise<House> {
  const workspace = await start();
  const [done, warned]: [string[], { message: string }[]] = [[], []];
  let letIn: () => void = () => undefined;
  const known = new Promise<null>((resolve) => {
    letIn = () => resolve(null);
  });
  const { app, ...bolt } = createBoltApp({
    botToken: SETTINGS.botToken,
    mode: { kind: 'http', signingSecret: SETTINGS.signingSecret },
    apiUrl: workspace.apiUrl,
    host: '127.0.0.1',
    port: 0,
    warn: (about, message) => warned.push({ ...about, message }),
    timeoutMs: 5_000,
    isFirst,
    isReady: async () => true,
    door: { refusal: () => known, check: async () => undefined } as Doorkeeper,
  });
  app.command('/cutover', async ({ ack, command }) => {
    await ack();
    done.push(command.text);
  });
  app.action('gate.approve', async ({ ack, action }) => {
    await (ack as (said?: object) => Promise<void>)(
      'value' in action && action.value === 'words' ? { text: 'words' } : undefined,
    );
    done.push('value' in action ? String(action.value) : '');
  });
  app.view('cutover.reason', async ({ ack }) => {
    await ack({ response_action: 'errors', errors: { reason: 'too short' } });
  });
  const { port } = await bolt.start();
  closeLater(() => bolt.stop(1_000));
  return { url: `http://127.0.0.1:${port}/slack/events`, done, warned, letIn, stop: () => bolt.stop(10_000) };
}

/** Nobody listens there. */
const answer = { trigger_id: '1.2.3', response_url: 'http://127.0.0.1:1/answer' };
const person = { user: { id: 'U0MARIA001' }, team: { id: 'T0SANDBOX1' } };
const click = (value: string): string =>
  new URLSearchParams({
    payload: JSON.stringify({
      type: 'block_actions',
      ...person,
      ...answer,
      actions: [{ type: 'button', action_id: 'gate.approve', block_id: 'b', value }],
    }),
  }).toString();
const command = new URLSearchParams({
  command: '/cutover',
  text: 'status + more',
  user_id: 'U0MARIA001',
  team_id: 'T0SANDBOX1',
  channel_id: 'C0CUTOVERS',
  ...answer,
}).toString();
const form = new URLSearchParams({
  payload: JSON.stringify({
    type: 'view_submission',
    ...person,
    view: { type: 'modal', callback_id: 'cutover.reason', blocks: [], state: { values: {} } },
  }),
}).toString();

const post = (
  url: string,
  body: string,
  headers: Readonly<Record<string, string>> = signed(SETTINGS.signingSecret, body),
) => send(url, 'POST', { ...FORM, ...headers }, body);

async function until(holds: () => boolean): Promise<void> {
  for (const end = Date.now() + 10_000; !holds(); await new Promise((resolve) => setTimeout(resolve, 5)))
    if (Date.now() > end) throw new Error('it does not come to that');
}

describe('Slack has a 400', () => {
  const from = (team: string): string => form.replace('T0SANDBOX1', team);
  it.each([
    ['a click', click('one').replace('T0SANDBOX1', 'constructor')],
    ['a slash command', command.replace('T0SANDBOX1', '__proto__')],
    ['a form', from('toString')],
  ])('for %s from a workspace with a name that every object has, and nothing is done', async (_what, body) => {
    const at = await house();
    at.letIn();
    expect(await post(at.url, body)).toMatchObject({ status: 400, body: '' });
    expect(at.done).toEqual([]);
    expect(JSON.stringify(at.warned.map((said) => ('err' in said ? said.err : said)))).toBe(
      '[{"message":"the request names no person, or a workspace that cannot be one"}]',
    );
  });
});

describe('Slack has its 200', () => {
  it.each([
    ['a click', click('one'), 'one'],
    ['a slash command', command, 'status + more'],
  ])(
    'for %s while nobody knows yet who sent it, and the work is done once somebody does',
    async (_what, body, done) => {
      const at = await house();
      expect(await post(at.url, body)).toMatchObject({ status: 200, body: '' });
      expect(at.done).toEqual([]);
      at.letIn();
      await until(() => at.done.length > 0);
      expect(at.done).toEqual([done]);
    },
  );

  it('for each of a crowd, and a process that is asked to end does the work of all of them first', async () => {
    const at = await house();
    const crowd = Array.from({ length: 12 }, (_, i) => `of ${i}`);
    const answers = await Promise.all(crowd.map((value) => post(at.url, click(value))));
    expect(answers.map(({ status }) => status)).toEqual(crowd.map(() => 200));
    const stopped = at.stop();
    expect(at.done).toEqual([]);
    at.letIn();
    await stopped;
    expect([...at.done].sort()).toEqual([...crowd].sort());
  });

  it.each([
    ['a plus for a space', 'payload=%7B+'],
    ['all of its letters written as numbers', 'payload='],
    ['another field beside it', 'more=1&payload='],
  ])('for a click with %s', async (_what, before) => {
    const at = await house();
    at.letIn();
    const json = decodeURIComponent(click('a b+c').slice('payload='.length).replaceAll('+', '%20'));
    const written = before.endsWith('+')
      ? `${before}${encodeURIComponent(json.slice(1)).replaceAll('%20', '+')}`
      : `${before}${[...Buffer.from(json)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')}`;
    expect(await post(at.url, written)).toMatchObject({ status: 200, body: '' });
    await until(() => at.done.length > 0);
    expect(at.done).toEqual(['a b+c']);
  });

  it('for a form with what is wrong with it', async () => {
    const at = await house();
    at.letIn();
    const { status, body } = await post(at.url, form);
    expect([status, JSON.parse(body)]).toEqual([200, { response_action: 'errors', errors: { reason: 'too short' } }]);
  });

  it('for a click that comes a second time, and nothing is done', async () => {
    const at = await house(async () => false);
    at.letIn();
    expect(await post(at.url, click('again'))).toMatchObject({ status: 200, body: '' });
    await until(() => at.warned.some(({ message }) => message.includes('a second time')));
    expect(at.done).toEqual([]);
  });

  it('for a click whose words would be lost in it, and that is told instead of being swallowed', async () => {
    const at = await house();
    at.letIn();
    expect(await post(at.url, click('words'))).toMatchObject({ status: 200, body: '' });
    await until(() => at.warned.length > 0);
    expect(at.done).toEqual([]);
  });

  it.each([
    ['of another secret', signed('another-secret', click('x'))],
    ['of another body', signed(SETTINGS.signingSecret, click('y'))],
    ['without a signature', {}],
    [
      'of five minutes and a second ago',
      signed(SETTINGS.signingSecret, click('x'), Math.floor(Date.now() / 1000) - 302),
    ],
  ])('never for a click %s', async (_what, headers) => {
    const at = await house();
    at.letIn();
    expect((await post(at.url, click('x'), headers)).status).toBe(401);
    expect(at.done).toEqual([]);
  });
});

describe('a signature', () => {
  const body = Buffer.from('payload=%7B%7D');
  const now = (): number => Math.floor(Date.now() / 1000);
  const of = (secret: string, at: number) => requestSignature('secret').isOf(signed(secret, body.toString(), at), body);

  it.each([
    ['our own', 'secret', 0, true],
    ['almost five minutes old', 'secret', -290, true],
    ['past five minutes old', 'secret', -302, false],
    ['almost five minutes ahead', 'secret', 299, true],
    ['past five minutes ahead', 'secret', 310, false],
    ['somebody else’s', 'another', 0, false],
  ])('that is %s is taken: %s %d %p', (_what, secret, ahead, taken) => {
    expect(of(secret, now() + ahead)).toBe(taken);
  });

  it.each([
    ['no time', { 'x-slack-request-timestamp': undefined }],
    ['a time that is no number', { 'x-slack-request-timestamp': `${now()} ` }],
    ['another version', { 'x-slack-signature': 'v1=00' }],
    ['half its digits', { 'x-slack-signature': `v0=${'0'.repeat(32)}` }],
  ])('with %s is refused', (_what, change) => {
    const headers = { ...signed('secret', body.toString(), now()), ...change };
    expect(requestSignature('secret').isOf(headers, body)).toBe(false);
  });
});

describe('work that waits for its turn', () => {
  it('is begun in the order of asking, each once, and hands on how it ended', async () => {
    const turns = createTurns();
    const begun: number[] = [];
    const ends = await Promise.allSettled(
      Array.from({ length: 40 }, (_, i) =>
        turns.take(async () => {
          begun.push(i);
          if (i === 7) throw new Error('seven');
        }),
      ),
    );
    expect(begun).toEqual(Array.from({ length: 40 }, (_, i) => i));
    expect(ends.flatMap(({ status }, i) => (status === 'rejected' ? [i] : []))).toEqual([7]);
  });

  it('is begun although all that was begun before hangs', async () => {
    const turns = createTurns();
    const begun: number[] = [];
    for (let i = 0; i < 20; i++)
      void turns.take(() => {
        begun.push(i);
        return new Promise(() => undefined);
      });
    await until(() => begun.length === 20);
    expect(begun).toEqual(Array.from({ length: 20 }, (_, i) => i));
  });

  it('is begun although somebody knocks all the time', async () => {
    const turns = createTurns();
    let done = false;
    void turns.take(async () => {
      done = true;
    });
    const knocking = setInterval(() => void turns.take(async () => undefined), 1);
    try {
      await until(() => done);
    } finally {
      clearInterval(knocking);
    }
    expect(done).toBe(true);
  });
});
