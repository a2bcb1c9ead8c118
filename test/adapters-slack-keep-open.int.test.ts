/** The connections that a proxy keeps to the bot: a real Bolt app over loopback. */
import { Agent, type IncomingMessage, request } from 'node:http';
import { createBoltApp } from '../src/adapters/slack/bolt-app';
import type { Doorkeeper } from '../src/adapters/slack/doorkeeper';
import { closeLater, SETTINGS, start } from './sandbox-slack-setup';
import { signed } from './support/front-door';

async function house(isFirst: () => Promise<boolean> = async () => true) {
  const workspace = await start();
  const warned: string[] = [];
  const { app, ...bolt } = createBoltApp({
    botToken: SETTINGS.botToken,
    mode: { kind: 'http', signingSecret: SETTINGS.signingSecret },
    apiUrl: workspace.apiUrl,
    host: '127.0.0.1',
    port: 0,
    warn: (_about, message) => warned.push(message),
    timeoutMs: 5_000,
    isFirst,
    isReady: async () => true,
    door: { refusal: async () => null, check: async () => undefined } as Doorkeeper,
  });
  app.view('cutover.reason', async ({ ack }) => ack({ response_action: 'errors', errors: { reason: 'too short' } }));
  const { port } = await bolt.start();
  const agent = new Agent({ keepAlive: true });
  closeLater(async () => agent.destroy());
  const ask = (method: string, path: string, body = '', headers: Readonly<Record<string, string>> = {}) =>
    new Promise<IncomingMessage>((resolve, reject) => {
      const asked = request({ host: '127.0.0.1', port, method, path, agent, headers: { ...headers } }, (answer) => {
        answer.resume();
        answer.once('end', () => resolve(answer));
      });
      asked.once('error', reject).end(body);
    });
  return { ...bolt, warned, ask };
}

const form = new URLSearchParams({
  payload: JSON.stringify({
    type: 'view_submission',
    user: { id: 'U0MARIA001' },
    team: { id: 'T0SANDBOX1' },
    trigger_id: '1.2.3',
    view: { type: 'modal', callback_id: 'cutover.reason', blocks: [], state: { values: {} } },
  }),
}).toString();

test('a connection that nobody uses is kept open for longer than the minute that proxies keep theirs', async () => {
  const { ask, stop } = await house();
  closeLater(() => stop(1_000));
  const { headers } = await ask('GET', '/healthz');
  expect(headers['keep-alive']).toBe('timeout=75');
});

test('a bot that stops while a form is under way answers it, and waits for its connection no longer', async () => {
  let known: (first: boolean) => void = () => undefined;
  let asked: () => void = () => undefined;
  const isAsked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const { ask, stop, warned } = await house(() => {
    asked();
    return new Promise<boolean>((resolve) => {
      known = resolve;
    });
  });
  const type = { 'content-type': 'application/x-www-form-urlencoded' };
  const answered = ask('POST', '/slack/events', form, { ...type, ...signed(SETTINGS.signingSecret, form) });
  await isAsked;
  const stopped = stop(4_000);
  known(true);
  expect((await answered).statusCode).toBe(200);
  await stopped;
  // Whatever is not done in time is told.
  expect(warned).toEqual([]);
});
