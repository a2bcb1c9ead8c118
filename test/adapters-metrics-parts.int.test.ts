/** Health and readiness of each part by itself: a bot in Socket Mode whose Slack goes away, and a worker that needs no Slack. */
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Sandbox } from '../sandbox/sandbox';
import { cutover, settingsWith } from './support/cutover-process';
import { send } from './support/front-door';
import { figureOf, readFigures } from './support/prometheus-text';
import { openSandbox } from './support/wave-run';

jest.setTimeout(120_000);

let sandbox: Sandbox;

beforeAll(async () => {
  sandbox = await openSandbox({ site: 'site-b', socketMode: true });
  cpSync(settingsWith(sandbox, 'watched', { OPS_PORT: '0' }), sandbox.config);
});
afterAll(async () => {
  await Promise.all(sandbox.bots.map((bot) => bot.kill('SIGTERM')));
  await sandbox.close();
});

const ready = async (port: number): Promise<{ readonly status: number; readonly checks: object }> => {
  const { status, body } = await send(`http://127.0.0.1:${port}/readyz`, 'GET', {}, '');
  return { status, checks: (JSON.parse(body) as { checks: object }).checks };
};

async function until<Value>(what: string, look: () => Promise<Value> | Value): Promise<NonNullable<Value>> {
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found as NonNullable<Value>;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`not seen in time: ${what}`);
}

it('a bot in Socket Mode is not ready while its socket is down, and is again by itself', async () => {
  await sandbox.startBot();
  const log = readFileSync(join(sandbox.folder, 'bot.log'), 'utf8');
  const port = Number(/"ops":(\d+)/.exec(log)?.[1]);
  await until('ready', async () => (await ready(port)).status === 200);
  sandbox.workspace.faults.down(true);
  const away = await until('not ready', async () => {
    const said = await ready(port);
    return said.status === 503 ? said : null;
  });
  expect(away.checks).toEqual({ process: 'ok', redis: 'ok', workers: 'ok', slack: 'not connected' });
  expect((await send(`http://127.0.0.1:${port}/healthz`, 'GET', {}, '')).status).toBe(200);
  sandbox.workspace.faults.down(false);
  await until('ready again', async () => (await ready(port)).status === 200);
});

it('a worker is ready without Slack, says its port when it starts, and looks at the open waves', async () => {
  let asked: Promise<unknown> = Promise.resolve();
  let seen: { status: number; checks: object; looked: number } | null = null;
  const said = await cutover(['--config', sandbox.config, 'start', '--only', 'worker'], {}, (out, _err, end) => {
    const line = /^\{"ready":true.*\}$/m.exec(out)?.[0];
    if (!line || seen) return;
    const { ops } = JSON.parse(line) as { ops: number };
    seen = { status: 0, checks: {}, looked: 0 };
    asked = until('a look at the open waves', async () => {
      const text = await send(`http://127.0.0.1:${ops}/metrics`, 'GET', {}, '');
      const looked = figureOf(readFigures(text.body), 'cutover_reconcile_looks_total', { outcome: 'done' }) ?? 0;
      seen = { ...(await ready(ops)), looked };
      return looked > 0;
    }).finally(end);
  });
  await asked;
  expect(said.code).toBe(0);
  expect(seen).toMatchObject({ status: 200, checks: { process: 'ok', redis: 'ok', workers: 'ok' } });
  expect(Object.keys((seen as unknown as { checks: object }).checks)).not.toContain('slack');
});
