/** Health, readiness and figures of the real bot while a wave runs, and its log read back. */
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { hasAction } from '../sandbox/auto';
import { APPROVER, OPERATOR } from '../sandbox/people';
import type { Sandbox } from '../sandbox/sandbox';
import { settingsWith } from './support/cutover-process';
import { type Answered, send } from './support/front-door';
import { figureOf, readFigures } from './support/prometheus-text';
import { type Outage, redisOutage } from './support/redis-outage';
import { openSandbox } from './support/wave-run';

jest.setTimeout(120_000);

const WAVE = 'site-b-wave-1';

let sandbox: Sandbox;
let outage: Outage;
let ops: string;

beforeAll(async () => {
  sandbox = await openSandbox({ site: 'site-b' });
  cpSync(settingsWith(sandbox, 'watched', { OPS_PORT: '0' }), sandbox.config);
  outage = redisOutage(sandbox);
  await sandbox.startBot();
  const { ops: port } = await until('the ops port', () => lines().find((line) => typeof line.ops === 'number'));
  ops = `http://127.0.0.1:${port}`;
});

afterAll(async () => {
  await Promise.all(sandbox.bots.map((bot) => bot.kill('SIGTERM')));
  await outage.close();
  await sandbox.close();
});

type Line = Readonly<Record<string, unknown>>;
const logText = (): string => readFileSync(join(sandbox.folder, 'bot.log'), 'utf8');
const lines = (): readonly Line[] =>
  logText()
    .split('\n')
    .filter((line) => line.startsWith('{') && line.endsWith('}'))
    .map((line) => JSON.parse(line) as Line);
const get = (path: string, method = 'GET'): Promise<Answered> => send(`${ops}${path}`, method, {}, '');
const figures = async () => readFigures((await get('/metrics')).body);

async function until<Value>(what: string, look: () => Promise<Value> | Value): Promise<NonNullable<Value>> {
  for (const end = Date.now() + 60_000; Date.now() < end; ) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found as NonNullable<Value>;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`not seen in time: ${what}\n${logText().slice(-2_000)}`);
}

it('answers on its own port that it lives and can be given work', async () => {
  const health = await get('/healthz');
  expect([health.status, (JSON.parse(health.body) as { ok: boolean }).ok]).toEqual([200, true]);
  const ready = await until('ready', async () => {
    const said = await get('/readyz');
    return said.status === 200 ? said : null;
  });
  expect(JSON.parse(ready.body)).toEqual({
    ready: true,
    checks: { process: 'ok', redis: 'ok', workers: 'ok', slack: 'ok' },
  });
  expect((await get('/metrics', 'POST')).status).toBe(405);
  expect((await get('/slack/events')).status).toBe(404);
});

describe('a wave that runs to its first gate', () => {
  beforeAll(async () => {
    await sandbox.workspace.command(OPERATOR, '/cutover start site-b', { settleMs: 8_000 });
    await until('a gate', () => sandbox.workspace.messages().findLast((each) => hasAction(each, 'gate.approve')));
    await sandbox.workspace.command(APPROVER, '/cutover pause site-b to look at it', { settleMs: 8_000 });
  });

  it('is counted by state, with its steps, jobs, calls and posts', async () => {
    const seen = await until('the held wave', async () => {
      const read = await figures();
      return figureOf(read, 'cutover_waves', { state: 'held' }) === 1 ? read : null;
    });
    expect(figureOf(seen, 'cutover_store_up')).toBe(1);
    expect(figureOf(seen, 'cutover_waves', { state: 'running' })).toBe(0);
    expect(figureOf(seen, 'cutover_waves_held', { cause: 'person' })).toBe(1);
    expect(figureOf(seen, 'cutover_waves_total', { became: 'started' })).toBe(1);
    expect(figureOf(seen, 'cutover_holds_total', { cause: 'person' })).toBe(1);
    expect(figureOf(seen, 'cutover_steps_total', { step: 'lower-ttl', outcome: 'passed' })).toBe(1);
    expect(figureOf(seen, 'cutover_step_seconds_count', { step: 'lower-ttl', outcome: 'passed' })).toBe(1);
    expect(figureOf(seen, 'cutover_job_seconds_count', { kind: 'run-step', result: 'done' })).toBeGreaterThan(0);
    expect(figureOf(seen, 'cutover_slack_calls_total', { method: 'post', outcome: 'done' })).toBeGreaterThan(1);
    expect(figureOf(seen, 'cutover_calls_total', { system: 'Genesys Cloud', status: '200' })).toBeGreaterThan(5);
    expect(figureOf(seen, 'cutover_call_seconds_count', { system: 'PowerDNS' })).toBeGreaterThan(0);
    expect(figureOf(seen, 'cutover_calls_total', { system: 'DNS servers', status: 'ok' })).toBeGreaterThan(0);
    expect(figureOf(seen, 'cutover_call_seconds_count', { system: 'SIP gateways' })).toBeGreaterThan(0);
    expect(figureOf(seen, 'cutover_call_budget_limit', { system: 'Genesys Cloud' })).toBeGreaterThan(0);
    expect(figureOf(seen, 'cutover_queue_jobs', { queue: 'steps', state: 'waiting' })).toBe(0);
    expect(figureOf(seen, 'process_cpu_seconds_total')).toBeGreaterThan(0);
    expect(figureOf(seen, 'nodejs_eventloop_lag_p99_seconds')).toBeGreaterThan(0);
  });

  it('has its thread told to the end', async () => {
    const told = await until('the told thread', async () => {
      const read = await figures();
      return figureOf(read, 'cutover_projection_lag_seconds', { projection: 'thread' }) === 0 ? read : null;
    });
    expect(figureOf(told, 'cutover_projection_waves_behind', { projection: 'thread' })).toBeDefined();
  });

  it('names neither wave nor person nor secret in its figures', async () => {
    const { body } = await get('/metrics');
    for (const word of [WAVE, 'site-b', OPERATOR, APPROVER, '127.0.0.1', 'xoxb', 'Bearer'])
      expect(body).not.toContain(word);
  });

  it('stands with its step and visit on every line that its jobs wrote, and with its wave on those of people', () => {
    const about = lines().filter((line) => line.msg === 'event');
    expect(about.length).toBeGreaterThan(8);
    for (const line of about)
      expect(line).toMatchObject({ wave: WAVE, seq: expect.any(Number), event: expect.any(String) });
    const visits = about.filter(({ job }) => job === 'run-step' || job === 'inspect-gate');
    expect(visits.length).toBeGreaterThan(5);
    for (const line of visits)
      expect(line).toMatchObject({ step: expect.any(String), attempt: expect.any(Number), visit: expect.any(Number) });
    const people = about.filter(({ by }) => by === 'person');
    expect(people.map(({ event }) => event)).toEqual(['WaveStarted', 'WaveHeld']);
    for (const line of people) expect(line.click).toMatch(/^[0-9a-f]{8}$/);
  });
});

it('says what is not there when Redis is away, counts on, and comes back by itself', async () => {
  await outage.kill();
  const away = await until('not ready', async () => {
    const said = await get('/readyz');
    return said.status === 503 ? said : null;
  });
  expect((JSON.parse(away.body) as { checks: Line }).checks).toMatchObject({ redis: 'does not answer', slack: 'ok' });
  expect((await get('/healthz')).status).toBe(200);
  const blind = await until('figures without the store', async () => {
    const read = await figures();
    return figureOf(read, 'cutover_store_up') === 0 ? read : null;
  });
  expect(figureOf(blind, 'cutover_waves', { state: 'held' })).toBeUndefined();
  expect(figureOf(blind, 'cutover_waves_total', { became: 'started' })).toBe(1);
  await outage.start();
  await until('ready again', async () => (await get('/readyz')).status === 200);
});
